package fakeslack

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// Pages of messages: Slack's default, and its most. Apps outside the Marketplace
// that are distributed get no more than distributedPage.
const (
	defaultPage     = 100
	maxPage         = 1000
	distributedPage = 15
)

func historyMethods() map[string]method {
	scopes := "channels:history groups:history im:history"
	return map[string]method{
		"conversations.history": {tier: tier3, scope: scopes, handle: history},
		"conversations.replies": {tier: tier3, scope: scopes, handle: threadReplies},
	}
}

// readable finds the channel that the bot wants to read.
func (f *Fake) readable(c call) (*channel, *refusal) {
	ch := f.find(c.str("channel"))
	bot := f.ws.Bot.ID
	switch {
	case ch == nil, ch.private && !ch.has(bot) && !ch.formerBot:
		return nil, refuse("channel_not_found")
	case !ch.has(bot) && !ch.formerBot:
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

func history(f *Fake, c call) (obj, *refusal) {
	ch, no := f.readable(c)
	if no != nil {
		return nil, no
	}
	var all []*message
	for _, m := range slices.Backward(ch.messages) { // newest first
		inRoot := m.thread == "" || m.broadcast
		tombstone := m.deleted && m.thread == "" && len(ch.replies(m.ts)) > 0
		if m.only == "" && inRoot && (!m.deleted || tombstone) && within(c, m.ts) {
			all = append(all, m)
		}
	}
	out, no := f.page(c, ch, all, nil)
	if no == nil {
		pins := 0
		for _, m := range ch.messages {
			if len(m.pinned) > 0 && !m.deleted {
				pins++
			}
		}
		out["pin_count"], out["channel_actions_ts"], out["channel_actions_count"] = pins, nil, 0
	}
	return out, no
}

func threadReplies(f *Fake, c call) (obj, *refusal) {
	ch, no := f.readable(c)
	if no != nil {
		return nil, no
	}
	root := ch.message(c.str("ts"))
	if root == nil && len(ch.replies(c.str("ts"))) == 0 {
		return nil, refuse("thread_not_found")
	}
	ts := c.str("ts")
	if root != nil && root.thread != "" {
		ts = root.thread
	}
	var first, all []*message
	for _, m := range ch.messages {
		if m.ts == ts {
			first = append(first, m)
		}
	}
	for _, m := range ch.replies(ts) {
		if within(c, m.ts) {
			all = append(all, m)
		}
	}
	return f.page(c, ch, all, first)
}

// within says whether a timestamp is in the asked range, whose ends belong to it
// only if inclusive is set.
func within(c call, ts string) bool {
	in := c.is("inclusive")
	if oldest := padded(c.str("oldest")); oldest != "" {
		if d := compareTS(ts, oldest); d < 0 || d == 0 && !in {
			return false
		}
	}
	if latest := padded(c.str("latest")); latest != "" {
		if d := compareTS(ts, latest); d > 0 || d == 0 && !in {
			return false
		}
	}
	return true
}

// padded completes a timestamp that was written without, or with a short,
// fraction; "0" is the beginning of time, as "" is.
func padded(ts string) string {
	sec, frac, _ := strings.Cut(ts, ".")
	if n, err := strconv.ParseInt(sec, 10, 64); err != nil || n == 0 {
		return ""
	}
	return sec + "." + (frac + "000000")[:6]
}

// page cuts a page of messages, after always: the root of a thread comes with
// each page, as it does from Slack.
func (f *Fake) page(c call, ch *channel, all, always []*message) (obj, *refusal) {
	limit := c.int("limit", defaultPage)
	most := maxPage
	if f.opt.Distributed {
		most = distributedPage
	}
	if limit < 1 {
		return nil, refuse("invalid_limit")
	}
	part, next, no := cut(c, all, min(limit, most))
	if no != nil {
		return nil, no
	}
	msgs := []obj{}
	for _, m := range slices.Concat(always, part) {
		if m.deleted {
			msgs = append(msgs, tombstone(ch, m))
			continue
		}
		o := f.shape(ch, m, c.is("include_all_metadata"))
		if always != nil && m.thread == "" {
			o["subscribed"] = false
		}
		msgs = append(msgs, o)
	}
	return obj{"messages": msgs, "has_more": next != "", "response_metadata": obj{"next_cursor": next}}, nil
}

// cut takes one page out of a list. A cursor names the first that is to come.
func cut[T any](c call, all []T, limit int) (part []T, next string, no *refusal) {
	from := 0
	if cursor := c.str("cursor"); cursor != "" {
		text, err := base64.StdEncoding.DecodeString(cursor)
		n, numberErr := strconv.Atoi(strings.TrimPrefix(string(text), "left:"))
		if err != nil || numberErr != nil || n < 0 {
			return nil, "", refuse("invalid_cursor")
		}
		// Counted from the end, so that what is new at the front moves nothing.
		from = max(0, len(all)-n)
	}
	part = all[from:]
	if len(part) > limit {
		part = part[:limit]
		next = base64.StdEncoding.EncodeToString([]byte("left:" + strconv.Itoa(len(all)-from-limit)))
	}
	return part, next, nil
}

package slack

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// longThreads is how far back the roots of threads are looked at for replies
// that came since: the history of a channel does not have them.
const longThreads = 14 * 24 * time.Hour

// longGone is how far back what is not in the history any more counts as taken
// back: a workspace that does not pay is not shown what is older than 90 days.
// Source: Slack's help page on the limits of the free plan.
const longGone = 30 * 24 * time.Hour

// skew is how far Slack's clock may be from ours. What was done so shortly before
// the history was read may not be in it.
const skew = 30 * time.Second

// pageSize is how many messages are asked for at a time. Slack gives apps that
// are distributed commercially 15, and one page a minute, whatever they ask for.
const pageSize = 200

// History hands on what was said and done in a channel, or in a thread, at an
// instant and since, oldest first: messages, replies, their newest edits,
// reactions and pins as they stand; and at the end which messages are there.
// Where Slack asks to wait it waits, since beginning again would never end.
func (p *Platform) History(ctx context.Context, in bot.Channel, since time.Time, keep func(bot.Request) error) error {
	me, err := p.self(ctx)
	if err != nil {
		return err
	}
	began := p.o.Now().Add(-skew)
	h := hearsay{p: p, me: me, in: in, since: since, stands: bot.Stands{Messages: map[string][]bot.Reacted{}}}
	if !since.IsZero() {
		h.from = later(since.Add(-longThreads), p.began(in)) // nothing is older than the room
	}
	gone := p.o.Now().Add(-longGone)
	h.stands.Since, h.stands.Answers = later(h.from, gone), later(since, gone)
	if err := h.listen(ctx); err != nil {
		return err
	}
	sort.SliceStable(h.acts, func(i, j int) bool { return h.acts[i].When.Before(h.acts[j].When) })
	for _, r := range h.acts {
		if err := keep(r); err != nil {
			return err
		}
	}
	if since.IsZero() { // nothing of it was kept before
		return nil
	}
	return keep(bot.Request{Key: Name + "/stands/" + in.ID + "/" + stamp(began), In: in, When: began, Do: h.stands})
}

// began is the instant from which what is said in a room belongs to an incident,
// with what may have come before it; zero if that is not known.
func (p *Platform) began(in bot.Channel) time.Time {
	for room, from := range p.incidents.Worked(Name) {
		if room.ID == in.ID && !from.IsZero() {
			return from.Add(-overlap)
		}
	}
	return time.Time{}
}

// A hearsay is what is read back of a channel or a thread.
type hearsay struct {
	p      *Platform
	me     identity
	in     bot.Channel
	since  time.Time
	from   time.Time // of the channel's own messages; of answers it is since
	acts   []bot.Request
	stands bot.Stands
}

func (h *hearsay) listen(ctx context.Context) error {
	channel, thread := spot(h.in)
	if thread != "" {
		return h.replies(ctx, channel, thread, true)
	}
	oldest := ""
	if !h.since.IsZero() {
		oldest = stamp(h.from)
	}
	for cursor := ""; ; {
		var page *api.GetConversationHistoryResponse
		err := h.p.patiently(ctx, "conversations.history", func() (err error) {
			page, err = h.p.web.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: channel, Cursor: cursor, Oldest: oldest, Inclusive: true, Limit: pageSize})
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			if m.ReplyCount > 0 && (h.since.IsZero() || !instantOf(m.LatestReply).Before(h.since)) {
				if err := h.replies(ctx, channel, m.Timestamp, false); err != nil {
					return err
				}
			}
			h.take(ctx, m.Msg)
		}
		if cursor = page.ResponseMetaData.NextCursor; !page.HasMore || cursor == "" {
			return nil
		}
	}
}

// replies takes what was said in a thread; whole says with its first message.
func (h *hearsay) replies(ctx context.Context, channel, root string, whole bool) error {
	for cursor, first := "", true; ; first = false {
		var ms []api.Message
		var more bool
		err := h.p.patiently(ctx, "conversations.replies", func() (err error) {
			ms, more, cursor, err = h.p.web.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{ChannelID: channel, Timestamp: root, Cursor: cursor, Limit: pageSize})
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range ms {
			if m.Timestamp != root || whole && first {
				h.take(ctx, m.Msg)
			}
		}
		if !more || cursor == "" {
			return nil
		}
	}
}

// take keeps a message as it stands, if it or its edit is new enough.
func (h *hearsay) take(ctx context.Context, m api.Msg) {
	acts := h.p.asItStands(ctx, h.me, h.in, m)
	if len(acts) == 0 {
		return
	}
	var put []bot.Reacted
	for _, r := range acts {
		x, reaction := r.Do.(bot.Reaction)
		switch {
		case reaction && !h.since.IsZero(): // held against what is kept, at the end
			put = append(put, bot.Reacted{Emoji: x.Emoji, By: r.By})
		case !r.When.Before(h.since):
			h.acts = append(h.acts, r)
		}
	}
	h.stands.Messages[acts[0].Key] = put
}

// asItStands is a message of the history as requests: what was said, its newest
// text where it was edited, and who reacted. They have the keys that they had
// when they happened, so that what is kept already stays what it is; reactions,
// whose instants the history does not have, have keys of their own.
func (p *Platform) asItStands(ctx context.Context, me identity, in bot.Channel, m api.Msg) []bot.Request {
	r, ok := p.said(ctx, me, in, m)
	if !ok {
		return nil
	}
	out := []bot.Request{r}
	if m.Edited != nil {
		out = append(out, p.editOf(ctx, me, in, m))
	}
	for _, x := range m.Reactions {
		if x.Name == p.o.Mark && !slices.Contains(x.Users, me.user) && p.incidents.InRoom(in) != nil {
			p.confirm(in, r.Key)
		}
		for _, user := range x.Users {
			if user == me.user {
				continue
			}
			react := bot.Request{Key: r.Key + "/r/" + user + "/" + x.Name + "/seen", In: in, When: r.When, Do: bot.Reaction{Key: r.Key, Emoji: x.Name}}
			react.By, react.Zone = p.somebody(ctx, me, user)
			out = append(out, react)
		}
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// patiently calls until Slack no longer asks to wait.
func (p *Platform) patiently(ctx context.Context, method string, call func() error) error {
	for {
		err := call()
		var t *bot.Temporary
		var no *refusal
		if !errors.As(err, &t) && !errors.As(err, &no) { // not in our words yet
			err = p.failed(method, err)
		}
		if !errors.As(err, &t) || t.After == 0 {
			return err
		}
		if !rest(ctx, t.After) {
			return ctx.Err()
		}
	}
}

// stamp is an instant as Slack writes it.
func stamp(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', 6, 64)
}

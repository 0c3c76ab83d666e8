package slack

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// longThreads is how far back the roots of threads are looked at for replies
// that came since: the history of a channel does not have them.
const longThreads = 14 * 24 * time.Hour

// History returns what was said and done in a channel at an instant and since,
// oldest first: messages, replies, their newest edits, reactions and pins as
// they stand. What was withdrawn is not there any more to be read. Where Slack
// asks to wait it waits, since beginning again would never end: apps that are
// distributed commercially may read 15 messages a minute.
func (p *Platform) History(ctx context.Context, in bot.Channel, since time.Time, limit int) ([]bot.Request, error) {
	me, err := p.self(ctx)
	if err != nil {
		return nil, err
	}
	channel, thread := spot(in)
	oldest := ""
	if !since.IsZero() {
		oldest = stamp(since.Add(-longThreads))
	}
	var out []bot.Request
	keep := func(rs ...bot.Request) {
		for _, r := range rs {
			if !r.When.Before(since) {
				out = append(out, r)
			}
		}
	}
	sorted := func() []bot.Request {
		sort.SliceStable(out, func(i, j int) bool { return out[i].When.Before(out[j].When) })
		return out[:min(limit, len(out))]
	}
	if thread != "" {
		err := p.replies(ctx, me, in, thread, true, keep)
		return sorted(), err
	}
	for cursor := ""; ; {
		var h *api.GetConversationHistoryResponse
		err := p.patiently(ctx, "conversations.history", func() (err error) {
			h, err = p.web.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: channel, Cursor: cursor, Oldest: oldest, Inclusive: true, Limit: 200})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, m := range h.Messages {
			if m.ReplyCount > 0 && (since.IsZero() || !instantOf(m.LatestReply).Before(since)) {
				if err := p.replies(ctx, me, in, m.Timestamp, false, keep); err != nil {
					return nil, err
				}
			}
			keep(p.asItStands(ctx, me, in, m.Msg)...)
		}
		if cursor = h.ResponseMetaData.NextCursor; !h.HasMore || cursor == "" {
			break
		}
	}
	return sorted(), nil
}

// replies hands on what was said in a thread; whole says with its first message.
func (p *Platform) replies(ctx context.Context, me identity, in bot.Channel, root string, whole bool, keep func(...bot.Request)) error {
	channel, _ := spot(in)
	for cursor, first := "", true; ; first = false {
		var ms []api.Message
		var more bool
		err := p.patiently(ctx, "conversations.replies", func() (err error) {
			ms, more, cursor, err = p.web.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{ChannelID: channel, Timestamp: root, Cursor: cursor, Limit: 200})
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range ms {
			if m.Timestamp != root || whole && first {
				keep(p.asItStands(ctx, me, in, m.Msg)...)
			}
		}
		if !more || cursor == "" {
			return nil
		}
	}
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

// patiently calls until Slack no longer asks to wait.
func (p *Platform) patiently(ctx context.Context, method string, call func() error) error {
	for {
		err := p.failed(method, call())
		var t *bot.Temporary
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

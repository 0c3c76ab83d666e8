package app

import (
	"context"
	"fmt"
	"time"

	"sitrep/bot"
	"sitrep/bot/slack"
	"sitrep/internal/config"
	"sitrep/store"
)

// unreadStream is where what a platform sent and nobody could read is kept.
const unreadStream = "unread"

// Slack makes the adapter of the configured workspace. It is one of the
// platforms to Start with. o gives what the configuration does not say: where
// the room and the page are reached, and, for tests, where Slack is.
func (a *App) Slack(botToken, appToken, signingSecret string, o slack.Options) (*slack.Platform, error) {
	c := a.cfg.Chat.Slack
	o.Command, o.Public = a.cfg.Command.Name, c.Audience == config.AudiencePublic
	if o.AppToken, o.SigningSecret = appToken, ""; c.Mode == config.ModeHTTP {
		o.AppToken, o.SigningSecret = "", signingSecret
	}
	if o.Mark = c.Emoji; o.Mark == "" {
		o.Mark = a.cfg.Timeline.Emoji
	}
	o.Invite = c.Groups()
	o.ThreadsIn, o.Thread = c.Announce, func(severity string) bool { return c.RoomFor(severity) == config.RoomThread }
	o.Now = func() time.Time { return a.Log.Now() }
	o.Log = a.slog
	o.Unread = a.keepUnread
	return slack.New(botToken, glance{a}, &o)
}

// keepUnread keeps what a platform sent and nobody here can read, so that it can
// be looked at, and read by a later version.
func (a *App) keepUnread(ctx context.Context, raw string) error {
	if a.mask != nil {
		raw, _ = a.mask(raw)
	}
	_, err := a.Log.Append(ctx, unreadStream, "", store.Record{Kind: "platform.unread", Data: []byte(raw)})
	if err != nil {
		return fmt.Errorf("keep what could not be read: %w", err)
	}
	return nil
}

// Worked lists the channels of a platform in which open incidents are worked on,
// with the instant from which what is said there belongs to one.
func (g glance) Worked(platform string) map[bot.Channel]time.Time {
	out := map[bot.Channel]time.Time{}
	for _, in := range g.app.Board.All() {
		if !in.Open() {
			continue
		}
		for _, r := range in.Rooms {
			if r.Platform != platform || r.Closed {
				continue
			}
			out[r.Place] = since(in, r)
		}
	}
	return out
}

// Undelivered says what of an incident could not be delivered.
func (g glance) Undelivered(id string) []string { return g.app.Undelivered(id) }

package story

import (
	"context"
	"strconv"
	"sync/atomic"

	"sitrep/bot"
	"sitrep/incident"
)

// Platform is the name of the platform that stories are told on.
const Platform = "story"

// A Stage is that platform: it opens rooms, and counts what is posted to them.
// A story's readers see the timeline, not the posts.
type Stage struct{ posts atomic.Int64 }

// Name returns Platform.
func (*Stage) Name() string { return Platform }

// Serve waits until ctx is done: a story's lines come from its Player.
func (*Stage) Serve(ctx context.Context, _ bot.Handler) error {
	<-ctx.Done()
	return nil
}

// Post takes a message.
func (s *Stage) Post(_ context.Context, p bot.Post) (bot.Ref, error) {
	return bot.Ref{Channel: p.To, ID: strconv.FormatInt(s.posts.Add(1), 10)}, nil
}

// Dedupes says that a repeated post does no harm: nobody reads it.
func (*Stage) Dedupes() {}

// Edit takes the new state of a message.
func (*Stage) Edit(context.Context, bot.Ref, bot.Message) error { return nil }

// OpenRoom opens the room of an incident: #INC-1.
func (*Stage) OpenRoom(_ context.Context, in *incident.Incident, _ []incident.Person) (bot.Channel, string, error) {
	return bot.Channel{Platform: Platform, ID: "#" + in.ID, Name: "#" + in.ID}, "", nil
}

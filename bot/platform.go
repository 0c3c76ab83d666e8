package bot

import (
	"context"
	"errors"
	"time"

	"sitrep/incident"
)

// A Ref is how a platform finds a message that it has posted. It is opaque,
// small, and kept in the log.
type Ref struct {
	Channel Channel `json:"channel"`
	ID      string  `json:"id"`
}

// A Platform is where people talk: Slack, Discord, the local room.
type Platform interface {
	// Name is the platform's short name, as in ids and refs: "slack".
	Name() string
	// Serve listens until ctx is done, calling h for every request, in order for
	// one channel. It acknowledges to the platform after h has returned, or after
	// one second at the latest. It returns nil when ctx is done, and an error
	// only when going on is useless (credentials revoked).
	Serve(ctx context.Context, h Handler) error
	// Post shows m in a channel (or in the thread of p.Thread). The same p.Key
	// posts once, as far as the platform can be made to: a retry after an unknown
	// outcome returns the first one's Ref. Errors are Temporary or Permanent.
	Post(ctx context.Context, p Post) (Ref, error)
	// Edit replaces a message that was posted.
	Edit(ctx context.Context, ref Ref, m Message) error
}

// A Post is a message and where it goes.
type Post struct {
	To      Channel
	Thread  Ref // the message whose thread it goes to; zero for the channel itself
	Message Message
	Key     string    // what the post is: the same for every try
	Since   time.Time // when it came to be posted: it cannot be there from before; zero if that is not known
}

// AnnouncedKey is the key of the post that announces an incident on a platform.
// A room that is a thread hangs on that post, whoever comes first.
func AnnouncedKey(platform, id string) string { return "announced:" + platform + "/" + id }

// A RoomOpener can open a conversation for an incident. All adapters with
// channels have this power.
type RoomOpener interface {
	// OpenRoom makes the room of an incident, or finds the one it made before
	// for the same incident, and brings the people of invite in.
	OpenRoom(ctx context.Context, in *incident.Incident, invite []incident.Person) (room Channel, ref string, err error)
}

// An Inviter can bring people into a room that is open already.
type Inviter interface {
	// Invite brings people of the platform into a room of an incident, and the
	// groups that its severity calls for. Who is there already stays.
	Invite(ctx context.Context, in *incident.Incident, room Channel, people []incident.Person) error
}

// A RoomCloser can put a room away. What was said there stays where it is, and a
// person can bring the room back.
type RoomCloser interface {
	// CloseRoom archives a room, or does nothing if it is archived already.
	CloseRoom(ctx context.Context, room Channel) error
}

// A Warden knows who can read rooms, and can put them away.
type Warden interface {
	RoomCloser
	// Readers says in words who can read a room besides those who were let in by
	// name: "the 14 people in it, and everybody else in the workspace". It is ""
	// if nobody else can.
	Readers(ctx context.Context, room Channel) (string, error)
}

// A RoomNamer can give a room that it opened what it is called now.
type RoomNamer interface {
	// NameRoom brings the room's name, and what else it shows of the incident
	// (a topic, tags), up to date. It never waits for a limit: a [Temporary] error
	// says how long there is to wait, and nothing else is held up meanwhile.
	NameRoom(ctx context.Context, in *incident.Incident, room Channel) error
}

// A RoomReopener can bring a room back that was put away.
type RoomReopener interface {
	// ReopenRoom brings the room back. Where it cannot be (it was deleted, or the
	// platform does not let a bot) the error is not Temporary, and another room is
	// opened.
	ReopenRoom(ctx context.Context, room Channel) error
}

// A Historian can read back what was said in a channel, for reconciling after a
// gap and for adopting a channel.
type Historian interface {
	// History hands on the acts in a channel at an instant and since, oldest
	// first, each with the Key it had or would have had when it happened. A
	// platform that can tell says at the end, with [Stands], what is still there.
	// It waits where the platform asks it to. An error of keep ends it.
	History(ctx context.Context, in Channel, since time.Time, keep func(Request) error) error
}

// A Limited platform works with what it was given, and says what it was not.
type Limited interface {
	// Lost says, a sentence each, what does not work because of something that a
	// person can give or turn on, and how.
	Lost() []string
}

// A Reactor can put its own reaction on a message, to confirm a mark.
type Reactor interface {
	// React puts the emoji on the message with this key.
	React(ctx context.Context, in Channel, key, emoji string) error
}

// A Deduper takes the same Post.Key for the same post for ever, also after a
// crash. Its followers need not keep their place after every send.
type Deduper interface {
	// Dedupes does nothing; having it is the promise.
	Dedupes()
}

// ErrTemporary is what a platform's error wraps when trying again may help.
var ErrTemporary = errors.New("the platform does not answer")

// A Temporary error may go away: the send is tried again, not before After.
type Temporary struct {
	After time.Duration // what the platform asked for; zero if it said nothing
	Err   error
}

// Error returns the cause.
func (t *Temporary) Error() string { return t.Err.Error() }

// Unwrap returns the cause.
func (t *Temporary) Unwrap() []error { return []error{ErrTemporary, t.Err} }

// RetryAfter is what the platform asked to wait.
func (t *Temporary) RetryAfter() time.Duration { return t.After }

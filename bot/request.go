package bot

import (
	"context"
	"time"

	"sitrep/incident"
)

// A Channel is a conversation on a platform.
type Channel = incident.Place

// A Request is one thing that somebody did on a platform.
type Request struct {
	// Key is what the request is, on its platform, for ever: the same for every
	// delivery of it ("slack/T1/C1/1599667900.000100", "local/cmd/17").
	Key string
	// In is where it was done.
	In Channel
	// Thread is the key of the message whose thread it was done in; "" if none.
	Thread string
	// By is who did it.
	By incident.Person
	// Zone is the author's own time zone, where the platform knows it; else nil.
	Zone *time.Location
	// When is the platform's own time of it; zero means now.
	When time.Time
	// Interactive says that the author can be shown a preview and asked to
	// confirm. Where it is false (command line, API, replay) publishing happens
	// at once.
	Interactive bool
	// Do is what was done.
	Do Act
}

// An Act is what a Request asks or reports. The set is closed: [Command],
// [Submission], [Said], [Edited], [Deleted], [Reaction], [Pin], [Stands], [Changed], [Join], [Gone] and
// [Back].
type Act interface{ act() }

// A Command is a line typed after the command's name, or carried by a button:
// "update identified We have found the cause". Incident says which incident it
// is meant for, where the surface knows better than the channel; else "".
//
// Mentions are the people that the text names, where the platform knows them by
// more than a name: "@ben" in the text is the one called ben.
type Command struct {
	Text     string
	Incident string // "INC-7" or ""
	Mentions []incident.Person
}

// A Submission is a filled-in form. Values are by field name, verbatim. Mentions
// are as in a Command.
type Submission struct {
	Verb     string
	Incident string
	Values   map[string]string
	Mentions []incident.Person
}

// Said is a message in a channel. Key is what it is on its platform.
type Said struct {
	Key    string
	Text   string
	Spans  []incident.Span
	Thread string // the key of the message that it answers; "" if none
	Files  []incident.File
	Link   string // the way back to it; "" if the platform has none
}

// Edited gives message Key a new text.
type Edited struct {
	Key   string
	Text  string
	Spans []incident.Span
}

// Deleted withdraws message Key.
type Deleted struct{ Key string }

// Reaction puts an emoji on message Key, or takes it off. Emoji is the name
// without colons ("pushpin") or the character itself.
type Reaction struct {
	Key   string
	Emoji string
	Off   bool
}

// Pin pins message Key to its channel, or unpins it.
type Pin struct {
	Key string
	Off bool
}

// Stands says what is there now: the messages of the channel itself from Since
// on, and the answers to them from Answers on, each with who has put which emoji
// on it. What is kept of that time and not among them was taken back while
// nobody listened.
type Stands struct {
	Since, Answers time.Time
	Messages       map[string][]Reacted // by key
	Only           []string             // the emoji that were looked for; every one if nil
}

// A Reacted is an emoji that somebody has put on a message.
type Reacted struct {
	Emoji string
	By    incident.Person
}

// Changed says that a person has given the channel another name, which the
// Request's In has, or has made it private.
type Changed struct{ Named, Private bool }

// Join says that somebody came into the channel.
type Join struct{}

// Gone says that the channel can no longer be written to: it was archived or
// deleted, in the words of How. Back says that it can again.
type (
	Gone struct{ How string }
	Back struct{}
)

func (Command) act()    {}
func (Submission) act() {}
func (Said) act()       {}
func (Edited) act()     {}
func (Deleted) act()    {}
func (Reaction) act()   {}
func (Pin) act()        {}
func (Changed) act()    {}
func (Stands) act()     {}
func (Join) act()       {}
func (Gone) act()       {}
func (Back) act()       {}

// A Handler answers a request. The message is for the author alone, and is nil
// where nothing needs to be said (a captured message). When it returns without
// an error, what the request asked for has been recorded durably, or the
// message says why not; of what was only said or done in a channel (all acts but
// Command and Submission) that is always an error, so that it is not lost. An
// error is ours, never the author's: the platform says so with a reference, or the words of an [incident.Problem], and does not lose the
// request.
type Handler func(ctx context.Context, r Request) (Message, error)

package hosted

import (
	"context"
	"errors"
	"time"

	"sitrep/incident"
)

// A Page is a status page that somebody else hosts. Its errors are tried again,
// unless they are [follow.Permanent]; one that knows when, says so by a method
// RetryAfter.
//
// What is sent is asked for immediately before the request: ask returns it, or
// false if it is not public any more. Then nothing is sent, and the error is
// [ErrNotPublic].
type Page interface {
	// Can says what the page's interface is able to do.
	Can() Capabilities
	// Find looks for the incident that was put there under a key; id is what it
	// is called there, if that is known. ok is false if there is none.
	Find(ctx context.Context, key, id string) (there Remote, ok bool, err error)
	// Put adds an update to the incident id, or begins one if id is empty: with
	// status, components and all else in one request.
	Put(ctx context.Context, id string, ask func() (Post, bool)) (Remote, error)
	// Mend gives an update another text, or another time.
	Mend(ctx context.Context, id, update string, ask func() (Mending, bool)) error
	// Report puts the postmortem on the page, or takes it off where its body is
	// empty. It is not told twice to anybody.
	Report(ctx context.Context, id string, ask func() (Report, bool)) error
	// Withdraw takes the incident off the page. One that is gone already is no
	// error.
	Withdraw(ctx context.Context, id string) error
}

// Capabilities are what not every hosted page can do.
type Capabilities struct {
	Name       string // of the page's kind, for the follower's name: "statuspage"
	Refind     bool   // Find finds what was put there under a key
	Mend       bool   // texts and times of updates can be changed
	Postmortem bool   // there are postmortems; else one is told as a last update with a link
	Withdraw   bool   // incidents can be taken off
	Title      int    // the longest title, in characters; 0 is any
	Body       int    // the longest text
}

// ErrNotPublic says that nothing was sent, because it is not public any more.
var ErrNotPublic = errors.New("it is not public any more")

// ErrGone says that the incident was deleted there.
var ErrGone = errors.New("it was deleted there")

// A Post is one update of an incident or of planned work, whole.
type Post struct {
	Key         string // under which it is found again: the incident's code here
	Update      string // the update's code here
	Title, Body string
	Status      incident.Status
	Impact      incident.Impact
	Components  []incident.ComponentChange // New is how each is on the page now
	Notify      bool
	Planned     bool // it is planned work, of this window
	From, Until time.Time
}

// A Mending changes an update: its text, and its time if that is not zero.
type Mending struct {
	Body  string
	Shown time.Time
}

// A Report is a postmortem for customers.
type Report struct {
	Body   string
	Notify bool
}

// A Remote is an incident as it is on the hosted page.
type Remote struct {
	ID      string
	Update  string   // the code of the update that was put there last
	Updates []string // what its updates are called there, the newest first
}

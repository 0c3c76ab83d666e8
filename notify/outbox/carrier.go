package outbox

import (
	"context"
	"time"

	"sitrep/incident"
	"sitrep/subscriber"
)

// A Carrier brings parcels to subscribers of one channel.
type Carrier interface {
	// Channel is whose subscribers it reaches.
	Channel() subscriber.Channel
	// Batch is how many parcels it takes at once: as many as are sent again if the
	// process dies in the middle.
	Batch() int
	// Carry tries to deliver each parcel once, and says what came of it. Right
	// before it sends one it asks still, which brings the parcel up to date, and
	// answers false if it must not be sent any more. An error means that the
	// carrier reaches nobody at present; outcomes so far count.
	Carry(ctx context.Context, parcels []Parcel, still func(*Parcel) bool) ([]Outcome, error)
}

// A Parcel is one message to one subscriber: a letter or a story.
type Parcel struct {
	To     *subscriber.Subscriber
	Letter *Letter
	Story  *Story
	// Key names the message: the same for one that is sent again because nobody
	// knows whether it arrived.
	Key string

	from   *thread // of a story
	letter int     // its place among the letters, of a letter
}

// A Letter asks the owner of an address to confirm.
type Letter struct {
	Ask uint64    `json:"ask"` // the number of the request in the subscriber's stream
	At  time.Time `json:"at"`  // when it was made
}

// A Kind is what a story is about.
type Kind string

// The kinds of stories.
const (
	News       Kind = "news"       // updates that were not told yet
	Postmortem Kind = "postmortem" // it was published
	Correction Kind = "correction" // an update that was told has another text now
	Reminder   Kind = "reminder"   // planned work is about to begin
)

// A Story is what somebody is told of an incident or a maintenance at once. It
// never changes, and is shared by all who are told the same.
type Story struct {
	Kind   Kind
	Public *incident.Public
	// New are the places in Public.Updates, newest first, of what was not told
	// yet; of a correction, of what was corrected; of a reminder, of the newest; none
	// of a postmortem.
	New []int
	// Begun says that something of it was told before.
	Begun bool

	key   string
	level int // what whoever hears it has been told
}

// A Did is what came of a parcel.
type Did int

// What can come of a parcel.
const (
	Untried Did = iota // not yet
	Sent
	Dropped // still said no
	Later   // this address cannot be reached now
	Refused // this address takes nothing, and never will
)

// An Outcome is what came of a parcel, and why. Why names no address.
type Outcome struct {
	Did Did
	Why string
}

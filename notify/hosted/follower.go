package hosted

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
)

// keptIncidents is how many incidents are remembered by what they are called
// there, the ones that changed last. Others are found again.
const keptIncidents = 50

// lateAfter is how far the time that the page prints may be from that of the
// request before it is corrected there: a minute is what readers see.
const lateAfter = time.Minute

// Options are the optional parts of a Follower.
type Options struct {
	Now  func() time.Time // time.Now if nil
	URL  string           // of our page, for links; none if empty
	Hold time.Duration    // for how long the follower's records are held: see follow.Options
}

// A Follower keeps one hosted page in step with what is public here.
type Follower struct {
	board *incident.Board
	page  Page
	o     Options

	// What follows is Handle's own. In memory it is what the last state says, and
	// what was done since then and is not kept yet.
	kept  []byte
	state *state
	ran   bool   // a record was handled since the start
	tried uint64 // the record that was handled last
	quiet *bool  // what the record says of whether subscribers are told of a postmortem; nil if it is of something else
}

// state is what is kept with the place in the log.
type state struct {
	Since time.Time         `json:"since"` // what was published before is not sent
	Known map[string]*known `json:"known"` // by our id: "INC-1"
}

// known is an incident as it was put there.
type known struct {
	ID     string          `json:"id"`               // "" if it is not there, any more
	At     time.Time       `json:"at"`               // when it last changed
	Told   map[string]told `json:"told"`             // by the update's code here
	Report string          `json:"report,omitempty"` // the sum of the postmortem's text; "" if there is none
	Heard  []string        `json:"heard,omitempty"`  // the updates that subscribers were told before it was taken off
	Gone   bool            `json:"gone,omitempty"`   // somebody has deleted it there, and meant it
}

type told struct {
	ID  string `json:"id"`  // what the update is called there; "" if nobody knows
	Sum string `json:"sum"` // of its text
}

// New returns the follower that keeps page in step with the board.
func New(b *incident.Board, page Page, o *Options) *Follower {
	f := &Follower{board: b, page: page}
	if o != nil {
		f.o = *o
	}
	if f.o.Now == nil {
		f.o.Now = time.Now
	}
	return f
}

// Name is the name of its cursor.
func (f *Follower) Name() string { return "hosted:" + f.page.Can().Name }

// Wants reports whether records of a kind change what is public.
func (f *Follower) Wants(kind string) bool {
	switch kind {
	case incident.UpdatePosted{}.Kind(), incident.UpdateEdited{}.Kind(), incident.UpdateWithdrawn{}.Kind(), incident.PrivacyChanged{}.Kind(),
		incident.PostmortemPublished{}.Kind(), incident.PostmortemUnpublished{}.Kind(), incident.Erased{}.Kind(),
		incident.MaintenanceScheduled{}.Kind(), incident.MaintenanceMoved{}.Kind(), incident.MaintenanceRescheduled{}.Kind():
		return true
	}
	return false
}

// Handle brings what the record is about in step.
func (f *Follower) Handle(ctx context.Context, r store.Record, raw []byte) ([]byte, error) {
	if err := f.board.Await(ctx, r.Seq); err != nil {
		return raw, err
	}
	if err := f.load(raw); err != nil {
		return raw, err
	}
	if f.state.Since.IsZero() {
		f.state.Since = r.At
	}
	// The first record after a start may have been done by whoever was stopped,
	// and one that is tried again by the try before.
	doubt := !f.ran || f.tried == r.Seq
	f.ran, f.tried = true, r.Seq
	f.quiet = nil
	if r.Kind == (incident.PostmortemPublished{}).Kind() {
		_, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
		if err != nil {
			return raw, follow.Permanent(err)
		}
		if e, ok := ev.(incident.PostmortemPublished); ok {
			f.quiet = &e.Quiet
		}
	}
	about := []string{r.Stream}
	if r.Kind == (incident.Erased{}).Kind() { // nobody says of which: of any that is there
		about = about[:0]
		for id := range f.state.Known {
			about = append(about, id)
		}
		slices.Sort(about)
	}
	var gone error // of those that are deleted there; the others are kept in step all the same
	for _, id := range about {
		err := f.sync(ctx, id, r.At, doubt)
		for errors.Is(err, ErrNotPublic) { // it has changed between two requests: look again
			err = f.sync(ctx, id, r.At, doubt)
		}
		switch {
		case errors.Is(err, ErrGone):
			gone = errors.Join(gone, err)
		case err != nil:
			return raw, fmt.Errorf("keep %s in step on the hosted page: %w", id, err)
		}
	}
	if gone != nil {
		return raw, follow.Permanent(gone)
	}
	f.prune()
	out, err := json.Marshal(f.state)
	f.kept = out
	return out, err
}

// load takes the state over, unless it is what is in memory.
func (f *Follower) load(raw []byte) error {
	if f.state != nil && bytes.Equal(raw, f.kept) {
		return nil
	}
	s := &state{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, s); err != nil {
			return fmt.Errorf("read the state of %s: %w", f.Name(), err)
		}
	}
	if s.Known == nil {
		s.Known = map[string]*known{}
	}
	f.state, f.kept = s, raw
	return nil
}

func (f *Follower) prune() {
	for len(f.state.Known) > keptIncidents {
		oldest := ""
		for id, k := range f.state.Known {
			if o := f.state.Known[oldest]; o == nil || k.At.Before(o.At) || k.At.Equal(o.At) && id < oldest {
				oldest = id
			}
		}
		delete(f.state.Known, oldest)
	}
}

// public is what customers may know of an incident or of planned work now; nil
// is nothing.
func (f *Follower) public(id string) *incident.Public {
	if strings.HasPrefix(id, "MNT-") {
		if w := f.board.Maintenance(id); w != nil {
			return w.Public(f.board.Page())
		}
		return nil
	}
	if in := f.board.Get(id); in != nil {
		return in.Public(f.board.Page())
	}
	return nil
}

func sum(body string) string {
	h := sha256.Sum256([]byte(body))
	return hex.EncodeToString(h[:8])
}

var _ follow.Chooser = (*Follower)(nil)

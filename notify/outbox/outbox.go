package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
	"sitrep/subscriber"
)

// Options are the optional parts of an Outbox. Nil and the zero value are
// usable.
type Options struct {
	Hold   time.Duration // how long an update is held before it is sent
	GiveUp time.Duration // how long an address may be away before it is quarantined; 48 h if zero
	Log    *slog.Logger
}

// The pauses between tries of one address: a minute, doubling to an hour. Mail
// servers that let strangers wait do so for minutes (RFC 6647).
const (
	firstPause = time.Minute
	lastPause  = time.Hour
)

// An Outbox is the follower that tells the subscribers of one channel.
type Outbox struct {
	board    *incident.Board
	registry *subscriber.Registry
	carrier  Carrier
	now      func() time.Time
	hold     time.Duration
	giveUp   time.Duration
	slog     *slog.Logger

	// What the last state said, so that it is not read again, and what was made
	// of it. Only the follower's goroutine uses them.
	kept  []byte
	state *state
	views map[*thread]*view
	turn  int // the thread whose turn it is
}

// New returns the outbox of a carrier. now is the log's clock.
func New(b *incident.Board, r *subscriber.Registry, c Carrier, now func() time.Time, o *Options) *Outbox {
	if o == nil {
		o = &Options{}
	}
	box := &Outbox{board: b, registry: r, carrier: c, now: now, hold: o.Hold, giveUp: o.GiveUp, slog: o.Log, views: map[*thread]*view{}}
	if box.giveUp == 0 {
		box.giveUp = 48 * time.Hour
	}
	if box.slog == nil {
		box.slog = slog.New(slog.DiscardHandler)
	}
	return box
}

// Name is the name of its cursor.
func (o *Outbox) Name() string { return "subscribers-told:" + string(o.carrier.Channel()) }

// Wants reports whether records of a kind may be something to tell.
func (o *Outbox) Wants(kind string) bool {
	switch kind {
	case incident.UpdatePosted{}.Kind(), incident.UpdateEdited{}.Kind(), incident.MaintenanceScheduled{}.Kind(), incident.MaintenanceMoved{}.Kind(),
		incident.MaintenanceRescheduled{}.Kind(), incident.MaintenanceReminded{}.Kind(), incident.PostmortemPublished{}.Kind(), incident.PrivacyChanged{}.Kind(), incident.UpdateWithdrawn{}.Kind(),
		subscriber.KindAsked, subscriber.KindConfirmed, subscriber.KindChanged, subscriber.KindReleased:
		return true
	}
	return false
}

// Handle notes what a record asks for. Nothing is sent by it.
func (o *Outbox) Handle(ctx context.Context, r store.Record, kept []byte) ([]byte, error) {
	s, err := o.read(kept)
	if err != nil {
		return kept, follow.Permanent(err)
	}
	if id := subscriber.Of(r.Stream); id != "" {
		if err := o.registry.Await(ctx, r.Seq); err != nil {
			return kept, err
		}
		who := o.registry.Get(id)
		switch {
		case r.Redacted || who == nil || who.Channel != o.carrier.Channel():
			return kept, nil
		case r.Kind == subscriber.KindAsked:
			s.Letters = append(s.Letters, pendingLetter{To: id, Letter: Letter{Ask: r.N, At: r.At}})
			return o.write(s)
		}
		for _, t := range s.Threads {
			t.next = 0 // somebody has come, or wants something else
		}
		return kept, nil
	}
	if err := o.board.Await(ctx, r.Seq); err != nil {
		return kept, err
	}
	_, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return kept, follow.Permanent(err)
	}
	switch e := ev.(type) {
	case incident.UpdatePosted, incident.MaintenanceScheduled, incident.MaintenanceRescheduled, incident.MaintenanceMoved:
		s.open(r.Stream, News, "")
	case incident.MaintenanceReminded:
		if e.Missed {
			return kept, nil
		}
		s.drop(r.Stream, Reminder, "")
		s.open(r.Stream, Reminder, "").At = r.At
	case incident.PostmortemPublished:
		if e.Quiet {
			break // what is still to be told of it is told as it is now
		}
		s.drop(r.Stream, Postmortem, "") // published anew, it is told anew
		s.open(r.Stream, Postmortem, "")
	case incident.UpdateEdited:
		if e.Notify {
			if code := o.code(r.Stream, e.Number); code != "" {
				s.drop(r.Stream, Correction, code)
				s.open(r.Stream, Correction, code)
			}
		}
	}
	return o.write(s)
}

// drop forgets a thread.
func (s *state) drop(stream string, kind Kind, update string) {
	s.Threads = slices.DeleteFunc(s.Threads, func(t *thread) bool { return t.Stream == stream && t.Kind == kind && t.Update == update })
}

// code is the code of an incident's update number n; "" if customers do not
// see it.
func (o *Outbox) code(stream string, n int) string {
	in := o.board.Get(stream)
	if in == nil {
		return ""
	}
	if p := in.Public(o.board.Page()); p != nil {
		for _, u := range p.Updates {
			if u.Number == n {
				return u.Code
			}
		}
	}
	return ""
}

// Work sends one batch.
func (o *Outbox) Work(ctx context.Context, kept []byte) ([]byte, time.Duration, error) {
	s, err := o.read(kept)
	if err != nil {
		return kept, 0, err
	}
	now := o.now()
	parcels, next := o.pick(s, now)
	if len(parcels) == 0 {
		o.tidy(s, now)
		kept, err := o.write(s)
		if next.IsZero() {
			return kept, -1, err
		}
		return kept, max(next.Sub(now), time.Millisecond), err
	}
	outcomes, failed := o.carrier.Carry(ctx, parcels, func(p *Parcel) bool { return o.still(s, p) })
	refused, err := o.settle(s, parcels, outcomes, failed == nil)
	if err != nil {
		o.kept = nil // what is kept is not what was done; it is read again
		return kept, 0, err
	}
	done, err := o.write(s)
	if err != nil {
		return kept, 0, err
	}
	for id, why := range refused {
		if err := o.registry.Quarantine(ctx, id, why); err != nil { // it is tried once more
			return done, 0, fmt.Errorf("quarantine an address: %w", err)
		}
		o.slog.Warn("an address takes nothing, and is not tried any more", "subscriber", id, "channel", o.carrier.Channel(), "why", why)
	}
	return done, 0, failed
}

// pick chooses what is sent now, at most a batch and one parcel for each
// subscriber, and says when there is more if there is none.
func (o *Outbox) pick(s *state, now time.Time) (parcels []Parcel, next time.Time) {
	later := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	most := o.carrier.Batch()
	taken := map[string]bool{}
	o.prune(s, now)
	for i := range s.Letters {
		l := &s.Letters[i]
		if now.Before(l.Next) {
			later(l.Next)
			continue
		}
		if who := o.registry.Get(l.To); len(parcels) < most && who != nil && !taken[l.To] {
			taken[l.To] = true
			parcels = append(parcels, Parcel{To: who, Letter: &l.Letter, Key: fmt.Sprintf("%s-%d", l.To, l.Ask), letter: i})
		}
	}
	o.turn++
	for k := range s.Threads { // each thread has its turn first
		t := s.Threads[(k+o.turn)%len(s.Threads)]
		v := o.view(t, now)
		later(v.held)
		if v.public == nil || v.level == 0 {
			continue
		}
		kept := false // somebody before here has still something to hear
		o.registry.Each(t.next, func(who *subscriber.Subscriber) bool {
			if len(parcels) >= most {
				return false
			}
			if who.Channel == o.carrier.Channel() && who.Active() && v.owes(o, t, who) {
				late, is := s.Late[who.Number]
				switch {
				case is && now.Before(late.Next):
					later(late.Next)
					kept = true
				case taken[who.ID]:
					kept = true
				default:
					taken[who.ID] = true
					parcels = append(parcels, parcel(who, t, v))
				}
			}
			if !kept && !taken[who.ID] {
				t.next = who.Number
			}
			kept = kept || taken[who.ID]
			return true
		})
	}
	return parcels, next
}

func parcel(who *subscriber.Subscriber, t *thread, v *view) Parcel {
	story := v.story(t, t.Told.get(who.Number))
	return Parcel{To: who, Story: story, Key: story.key + "-" + who.ID, from: t}
}

// still brings a parcel up to date, and reports whether it may be sent.
func (o *Outbox) still(s *state, p *Parcel) bool {
	who := o.registry.Get(p.To.ID)
	if who == nil {
		return false
	}
	p.To = who
	if p.Letter != nil {
		return who.Ask == p.Letter.Ask // else a later request is sent in its place
	}
	if !who.Active() {
		return false
	}
	v := o.view(p.from, o.now())
	if !v.owes(o, p.from, who) {
		return false
	}
	*p = parcel(who, p.from, v)
	return true
}

// settle notes what came of a batch. It returns who is to be quarantined, and
// why; nobody for being away where the carrier reaches nobody at all.
func (o *Outbox) settle(s *state, parcels []Parcel, outcomes []Outcome, reaches bool) (map[string]string, error) {
	if len(outcomes) > len(parcels) {
		return nil, fmt.Errorf("%d outcomes of %d parcels", len(outcomes), len(parcels))
	}
	refused := map[string]string{}
	var done []int // letters
	for i, out := range outcomes {
		p := &parcels[i]
		if p.Letter != nil {
			if o.settleLetter(&s.Letters[p.letter], out) {
				done = append(done, p.letter)
			}
			continue
		}
		number := p.To.Number
		switch out.Did {
		case Sent:
			p.from.Told.set(number, p.Story.level)
			delete(s.Late, number)
		case Later:
			p.from.next = min(p.from.next, number-1)
			if l := s.late(number, o.now()); reaches && o.now().Sub(l.Since) > o.giveUp {
				delete(s.Late, number)
				refused[p.To.ID] = "away for too long: " + out.Why
			}
		case Refused:
			delete(s.Late, number)
			refused[p.To.ID] = out.Why
		}
	}
	slices.Sort(done)
	for _, i := range slices.Backward(done) {
		s.Letters = slices.Delete(s.Letters, i, i+1)
	}
	return refused, nil
}

// settleLetter notes what came of a letter, and reports whether it is done with.
func (o *Outbox) settleLetter(l *pendingLetter, out Outcome) bool {
	switch out.Did {
	case Sent, Dropped, Refused:
		return true
	case Later:
		l.Next = o.now().Add(pauseAfter(l.Tries))
		l.Tries++
	}
	return false
}

// late notes that an address could not be reached.
func (s *state) late(number int, now time.Time) lateness {
	l := s.Late[number]
	if l.Tries == 0 {
		l.Since = now
	}
	l.Next = now.Add(pauseAfter(l.Tries))
	l.Tries++
	s.Late[number] = l
	return l
}

func pauseAfter(tries int) time.Duration {
	return min(firstPause<<min(tries, 10), lastPause)
}

// prune drops the letters that would come too late, or that nobody waits for.
func (o *Outbox) prune(s *state, now time.Time) {
	s.Letters = slices.DeleteFunc(s.Letters, func(l pendingLetter) bool {
		return now.Sub(l.At) > subscriber.ConfirmWithin || o.registry.Get(l.To) == nil
	})
}

// tidy forgets the threads of which everybody has heard all, and who was late
// and waits for nothing any more. It is called when there is nothing to send now.
func (o *Outbox) tidy(s *state, now time.Time) {
	waiting, over := map[int]bool{}, map[*thread]bool{}
	for _, t := range s.Threads {
		v, waits := o.view(t, now), false
		if v.public == nil {
			over[t] = t.Kind != News // an incident may become public again
			continue
		}
		o.registry.Each(t.next, func(who *subscriber.Subscriber) bool {
			if who.Channel == o.carrier.Channel() && who.Active() && v.owes(o, t, who) {
				waiting[who.Number], waits = true, true
			}
			return true
		})
		over[t] = !waits && !v.ended.IsZero() && v.held.IsZero()
	}
	s.Threads = slices.DeleteFunc(s.Threads, func(t *thread) bool { return over[t] })
	for t := range over {
		if over[t] {
			delete(o.views, t)
		}
	}
	for number := range s.Late {
		if !waiting[number] {
			delete(s.Late, number)
		}
	}
}

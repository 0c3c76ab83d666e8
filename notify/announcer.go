package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
)

// An Announcer tells one channel of every incident. For the team that is a card
// of each, edited in place; for the public it is what customers are told, under
// the title that they read, and nothing else.
//
// What may be shown is asked of the incident as it is now, before each send: of
// a private one or a drill nothing is announced, and what stands there of one
// that has become private is taken back to its number.
type Announcer struct {
	board    *incident.Board
	platform bot.Platform
	to       bot.Channel
	public   bool
	o        Options
}

// NewAnnouncer returns the follower that announces in a channel; public says
// that customers read it.
func NewAnnouncer(b *incident.Board, p bot.Platform, to bot.Channel, public bool, o *Options) *Announcer {
	a := &Announcer{board: b, platform: p, to: to, public: public}
	if o != nil {
		a.o = *o
	}
	if a.o.Now == nil {
		a.o.Now = time.Now
	}
	return a
}

// Name is the name of its cursor.
func (a *Announcer) Name() string { return "announced:" + a.platform.Name() }

// Wants reports whether records of a kind change what is announced.
func (a *Announcer) Wants(kind string) bool {
	if a.public {
		return kind == incident.UpdatePosted{}.Kind() || kind == incident.UpdateEdited{}.Kind() || kind == incident.PostmortemPublished{}.Kind() || ofPlanned(kind)
	}
	return tells(kind) || ofPlanned(kind)
}

// Handle brings the announcement of the record's incident up to date.
func (a *Announcer) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if strings.HasPrefix(r.Stream, "MNT-") && !r.Redacted {
		if err := a.board.Await(ctx, r.Seq); err != nil {
			return state, err
		}
		return state, a.planned(ctx, r)
	}
	if !strings.HasPrefix(r.Stream, "INC-") || strings.HasSuffix(r.Stream, "/room") {
		return state, nil
	}
	if err := a.board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	in := a.board.Get(r.Stream)
	if in == nil || in.Drill {
		return state, nil
	}
	if a.public {
		return state, a.publish(ctx, in, r)
	}
	var s told
	if len(state) > 0 {
		if err := json.Unmarshal(state, &s); err != nil {
			return state, fmt.Errorf("read the state of %s: %w", a.Name(), err)
		}
	}
	if s.Cards == nil {
		s.Cards = map[string]card{}
	}
	was, there := s.Cards[in.ID]
	if there && was.N >= in.LastN || !there && in.Private {
		return state, nil
	}
	var m bot.Message
	if in.Private {
		m = bot.Announcement{Incident: in.ID, Title: in.ID, Text: in.ID + " is private now.", At: a.o.Now(), Zone: a.zone()}
	} else {
		var undelivered []string
		if a.o.Undelivered != nil {
			undelivered = a.o.Undelivered(in.ID)
		}
		m = bot.NewCard(in, a.o.Now(), a.zone(), undelivered)
	}
	ref := was.Ref
	if there {
		if err := a.platform.Edit(ctx, ref, m); err != nil {
			return state, sent(fmt.Errorf("bring the announcement of %s up to date: %w", in.ID, err))
		}
	} else {
		var err error
		if ref, err = a.platform.Post(ctx, bot.Post{To: a.to, Message: m, Key: bot.AnnouncedKey(a.platform.Name(), in.ID), Since: in.Declared.Recorded}); err != nil {
			return state, sent(fmt.Errorf("announce %s: %w", in.ID, err))
		}
	}
	s.Cards[in.ID] = card{Ref: ref, N: in.LastN, Number: in.Number}
	s.prune(in.ID)
	return json.Marshal(s)
}

// toCustomers begins an announcement for customers: without our number, since
// they are not told how many there were.
func (a *Announcer) toCustomers(pub *incident.Public) bot.Announcement {
	out := bot.Announcement{Title: pub.Title, Public: true, Zone: a.zone()}
	if page := a.board.Page(); page.URL != "" {
		out.Link = strings.TrimSuffix(page.URL, "/") + "/incidents/" + pub.Code
	}
	return out
}

// publish tells customers in chat what they were told on the page.
func (a *Announcer) publish(ctx context.Context, in *incident.Incident, r store.Record) error {
	pub := in.Public(a.board.Page())
	if pub == nil || r.Redacted {
		return nil
	}
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return follow.Permanent(err)
	}
	out := a.toCustomers(pub)
	switch e := ev.(type) {
	case incident.UpdatePosted:
		for i, u := range pub.Updates {
			if u.Code == e.Code {
				out.Text, out.Quote, out.At = pub.Label(i), u.Body, u.Shown // the text as it is now
			}
		}
		if out.Quote == "" || e.Quiet {
			return nil // erased meanwhile, or subscribers are not told
		}
	case incident.UpdateEdited:
		for i, u := range pub.Updates {
			if u.Number == e.Number {
				out.Text, out.Quote, out.At = pub.Label(i)+", corrected", u.Body, u.Shown
			}
		}
		if out.Quote == "" || !e.Notify {
			return nil // nobody is told of a mended text unless that was asked for
		}
	case incident.PostmortemPublished:
		if pub.Postmortem == nil || e.Quiet {
			return nil
		}
		out.Text, out.At = "The postmortem is on the status page.", pub.Postmortem.Shown
		if e.Shown.After(pub.Postmortem.Shown) { // the stamp is the first publication's
			out.Text, out.At = "The postmortem on the status page was corrected.", e.Shown
		}
	}
	if _, err := a.platform.Post(ctx, bot.Post{To: a.to, Message: out, Key: fmt.Sprintf("%s/%d", a.Name(), m.Seq), Since: m.Recorded}); err != nil {
		return sent(fmt.Errorf("announce to customers: %w", err))
	}
	return nil
}

func (a *Announcer) zone() *time.Location {
	zone, err := time.LoadLocation(a.board.Page().TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

package outbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/subscriber"
)

// A view is what there is to tell of a thread now.
type view struct {
	of         any              // the board's snapshot that it was made of
	public     *incident.Public // nil: nothing may be told
	components []string
	level      int       // of who has been told everything that is due
	held       time.Time // when more is due; zero if nothing is held
	ended      time.Time // when the end was recorded; zero while it goes on
	stories    map[int]*Story
}

// view asks the gate: it is made anew whenever the incident is another than it
// was, or something that was held is due.
func (o *Outbox) view(t *thread, now time.Time) *view {
	var of any
	var public func(incident.Page) *incident.Public
	if strings.HasPrefix(t.Stream, "MNT-") {
		if w := o.board.Maintenance(t.Stream); w != nil {
			of, public = w, w.Public
		}
	} else if in := o.board.Get(t.Stream); in != nil {
		of, public = in, in.Public
	}
	v := o.views[t]
	if v != nil && v.of == of && (v.held.IsZero() || now.Before(v.held)) {
		return v
	}
	v = &view{of: of, stories: map[int]*Story{}}
	o.views[t] = v
	t.next = 0
	if public != nil {
		v.public = public(o.board.Page())
	}
	if v.public == nil {
		return v
	}
	for _, c := range v.public.Components {
		v.components = append(v.components, c.ID)
	}
	switch t.Kind {
	case Postmortem:
		if pm := v.public.Postmortem; pm == nil {
			v.public = nil
		} else if v.due(o.hold, pm.Recorded, now) {
			v.level, v.ended = 1, pm.Recorded
		}
	case Correction:
		i := v.find(t.Update)
		if i < 0 {
			v.public = nil
		} else if u := v.public.Updates[i]; v.due(o.hold, u.Edited, now) {
			v.level, v.ended = 1, u.Edited
		}
	case Reminder:
		if v.public.Status != incident.Scheduled { // it has begun, or will not
			v.public = nil
		} else {
			v.level, v.ended = 1, t.At
		}
	default:
		v.news(t, o.hold, now)
	}
	return v
}

// due reports whether what was recorded then is not held any more. A clock that
// was set back holds nothing for ever.
func (v *view) due(hold time.Duration, recorded, now time.Time) bool {
	at := recorded.Add(hold)
	if !now.Before(at) || at.Sub(now) > hold+time.Minute {
		return true
	}
	if v.held.IsZero() || at.Before(v.held) {
		v.held = at
	}
	return false
}

// news finds what of an incident is to be told, and whether it is over.
func (v *view) news(t *thread, hold time.Duration, now time.Time) {
	order := make([]incident.PublicUpdate, len(v.public.Updates))
	copy(order, v.public.Updates)
	slices.SortStableFunc(order, func(a, b incident.PublicUpdate) int {
		return cmp.Or(a.Recorded.Compare(b.Recorded), cmp.Compare(a.Number, b.Number))
	})
	over := false
	for _, u := range order {
		ends := u.Status == incident.Resolved || u.Status == incident.Completed
		if ends && !over {
			v.ended = u.Recorded
		}
		if over = ends; !over {
			v.ended = time.Time{}
		}
		if !u.Notify || u.Imported || !v.due(hold, u.Recorded, now) {
			continue
		}
		i := slices.Index(t.Said, u.Code)
		if i < 0 {
			t.Said = append(t.Said, u.Code)
			i = len(t.Said) - 1
		}
		v.level = max(v.level, i+1)
	}
}

func (v *view) find(code string) int {
	return slices.IndexFunc(v.public.Updates, func(u incident.PublicUpdate) bool { return u.Code == code })
}

// owes reports whether a subscriber has something to hear.
func (v *view) owes(o *Outbox, t *thread, s *subscriber.Subscriber) bool {
	if v.public == nil || v.level == 0 {
		return false
	}
	level := t.Told.get(s.Number)
	switch {
	case level >= v.level:
		return false
	case level > 0:
		return true // who was told of the beginning is told of the end
	case !v.ended.IsZero() && !s.Since.Before(v.ended):
		return false // it was over when they came
	case !s.Choice.Wants(v.public.Code, v.components):
		return false
	case t.Kind == Correction:
		return o.heard(t, s)
	}
	return true
}

// heard reports whether somebody was told the update that was corrected: else
// they are told it as it is now.
func (o *Outbox) heard(t *thread, s *subscriber.Subscriber) bool {
	for _, other := range o.state.Threads {
		if other.Stream == t.Stream && other.Kind == News {
			i := slices.Index(other.Said, t.Update)
			return i >= 0 && other.Told.get(s.Number) > i
		}
	}
	return true // it is over, and everybody was told
}

// story is what somebody at a level is told.
func (v *view) story(t *thread, level int) *Story {
	if s := v.stories[level]; s != nil {
		return s
	}
	s := &Story{Kind: t.Kind, Public: v.public, Begun: level > 0, level: v.level}
	switch t.Kind {
	case Postmortem:
		s.key = v.public.Postmortem.Code
	case Correction:
		i := v.find(t.Update)
		s.New, s.key = []int{i}, fmt.Sprintf("%s-%d", t.Update, v.public.Updates[i].Edited.UnixMilli())
	case Reminder:
		s.New, s.key = []int{0}, fmt.Sprintf("%s-reminder-%d", v.public.Code, t.At.UnixMilli())
	default:
		for i, u := range v.public.Updates {
			if at := slices.Index(t.Said, u.Code); at >= level && at < v.level && u.Notify {
				s.New = append(s.New, i)
			}
		}
		s.key = t.Said[v.level-1]
	}
	v.stories[level] = s
	return s
}

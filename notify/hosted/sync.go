package hosted

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sitrep/follow"
	"sitrep/incident"
)

// removed is what stands there instead of an update that is public no more and
// that the page's interface cannot take off.
const removed = "This update was removed."

// sync brings one incident, or planned work, in step with what is public of it,
// as far as it was recorded by an instant: what is newer is held back still.
// doubt says that somebody may have done so already, and the answer was lost.
func (f *Follower) sync(ctx context.Context, id string, upto time.Time, doubt bool) error {
	pub := f.public(id)
	k := f.state.Known[id]
	if pub == nil {
		return f.withdraw(ctx, id, k)
	}
	due := f.due(pub, upto)
	if k != nil && k.Gone {
		return nil
	}
	if k == nil {
		if len(due) == 0 {
			return nil // nothing of it was published since this began
		}
		k = &known{Told: map[string]told{}}
		f.state.Known[id] = k
		doubt = doubt || pub.Origin != nil // it may be there as what it was brought over from
	}
	if doubt {
		if err := f.find(ctx, id, k, pub); err != nil {
			return err
		}
	}
	for _, u := range due {
		if _, done := k.Told[u.Code]; done {
			continue
		}
		if err := f.put(ctx, id, k, u); err != nil {
			return err
		}
	}
	if err := f.mend(ctx, id, k); err != nil {
		return err
	}
	return f.report(ctx, id, k, upto)
}

// gone is what an error comes to: of an incident that was deleted there nobody is
// told any more, and it is not made again.
func (k *known) gone(id string, err error) error {
	if !errors.Is(err, ErrGone) {
		return err
	}
	k.Gone = true
	return follow.Permanent(fmt.Errorf("%s was deleted there, so what is told of %s does not reach that page any more: %w", k.ID, id, err))
}

// due lists the updates that belong there, in the order in which they were
// published here.
func (f *Follower) due(pub *incident.Public, upto time.Time) []incident.PublicUpdate {
	var out []incident.PublicUpdate
	for _, u := range f.ours(pub) {
		if !u.Recorded.After(upto) {
			out = append(out, u)
		}
	}
	return out
}

// ours lists all updates that belong there, those that are held back too.
func (f *Follower) ours(pub *incident.Public) []incident.PublicUpdate {
	var out []incident.PublicUpdate
	for _, u := range pub.Updates {
		if !u.Imported && !u.Recorded.Before(f.state.Since) {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b incident.PublicUpdate) int { return a.Number - b.Number })
	return out
}

// find looks for the incident there, and for how much of it is there already.
func (f *Follower) find(ctx context.Context, id string, k *known, pub *incident.Public) error {
	if !f.page.Can().Refind && k.ID == "" {
		return nil
	}
	hint := k.ID
	if hint == "" && pub.Origin != nil {
		hint = pub.Origin.Code
	}
	there, ok, err := f.page.Find(ctx, pub.Code, hint)
	if err != nil {
		return fmt.Errorf("look for it there: %w", err)
	}
	if !ok {
		if k.ID != "" {
			return k.gone(id, ErrGone)
		}
		return nil
	}
	k.ID = there.ID
	ours := f.ours(pub) // the place in the log may have been put back far
	at := slices.IndexFunc(ours, func(u incident.PublicUpdate) bool { return u.Code == there.Update })
	for i, u := range ours[:at+1] {
		if _, done := k.Told[u.Code]; done {
			continue
		}
		t := told{Sum: sum(u.Body)}
		if back := at - i; back < len(there.Updates) { // they were put there one after the other
			t.ID = there.Updates[back]
		}
		k.Told[u.Code] = t
	}
	return nil
}

// put tells one update there.
func (f *Follower) put(ctx context.Context, id string, k *known, u incident.PublicUpdate) error {
	var sent incident.PublicUpdate
	there, err := f.page.Put(ctx, k.ID, func() (Post, bool) {
		pub := f.public(id)
		if pub == nil {
			return Post{}, false
		}
		i := slices.IndexFunc(pub.Updates, func(x incident.PublicUpdate) bool { return x.Code == u.Code })
		if i < 0 {
			return Post{}, false
		}
		sent = pub.Updates[i]
		p := f.post(pub, sent)
		p.Notify = p.Notify && !slices.Contains(k.Heard, u.Code)
		return p, true
	})
	if err != nil {
		return k.gone(id, err)
	}
	k.ID, k.At = there.ID, f.o.Now()
	t := told{Sum: sum(sent.Body)}
	if len(there.Updates) > 0 {
		t.ID = there.Updates[0]
	}
	k.Told[u.Code] = t
	if late := f.o.Now().Sub(sent.Shown).Abs(); late > lateAfter && t.ID != "" && f.page.Can().Mend {
		return f.correct(ctx, id, k, u.Code, true)
	}
	return nil
}

// post is an update as it goes there: the incident as it is, with this text.
func (f *Follower) post(pub *incident.Public, u incident.PublicUpdate) Post {
	can := f.page.Can()
	p := Post{
		Key: pub.Code, Update: u.Code, Title: clip(pub.Title, can.Title), Body: f.fitting(pub, u.Body), Status: u.Status, Impact: pub.Impact,
		Planned: pub.Maintenance, From: pub.From, Until: pub.Until,
	}
	ready := f.o.Now().Add(-f.o.Hold)
	p.Notify = u.Notify && !slices.ContainsFunc(pub.Updates, func(x incident.PublicUpdate) bool {
		return x.Number > u.Number && !x.Recorded.After(ready) // a newer word is about to be told
	})
	if latest, ok := pub.Latest(); ok && latest.Number < u.Number {
		p.Status = latest.Status // it is back-dated, and changes nothing of how things are now
	}
	for _, c := range pub.Components {
		c.New = f.stateOf(c.ID)
		p.Components = append(p.Components, c)
	}
	return p
}

// stateOf is how a component is for customers now: the worst of what open
// incidents and running maintenance last published for it.
func (f *Follower) stateOf(id string) incident.ComponentState {
	worst := incident.Operational
	claim := func(pub *incident.Public) {
		if pub == nil || !pub.Open() || pub.Status == incident.Scheduled {
			return
		}
		for _, c := range pub.Components {
			if c.ID == id {
				worst = worst.Worse(c.New)
			}
		}
	}
	page := f.board.Page()
	for _, in := range f.board.All() {
		if in.IsPublic() && in.PublishedStatus().Open() {
			claim(in.Public(page))
		}
	}
	for _, w := range f.board.Maintenances() {
		if !w.Over() {
			claim(w.Public(page))
		}
	}
	return worst
}

// mend brings texts in step that were changed here since they were told there.
func (f *Follower) mend(ctx context.Context, id string, k *known) error {
	if !f.page.Can().Mend {
		return nil
	}
	pub := f.public(id)
	if pub == nil {
		return ErrNotPublic
	}
	var codes []string
	for code := range k.Told {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		if body := bodyOf(pub, code); sum(body) != k.Told[code].Sum {
			if err := f.correct(ctx, id, k, code, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// bodyOf is the text of an update as it belongs there.
func bodyOf(pub *incident.Public, code string) string {
	for _, u := range pub.Updates {
		if u.Code == code {
			return u.Body
		}
	}
	return removed
}

// correct gives an update its text there, and its time if that was not when it
// was sent.
func (f *Follower) correct(ctx context.Context, id string, k *known, code string, dated bool) error {
	t := k.Told[code]
	if t.ID == "" {
		return follow.Permanent(fmt.Errorf("the text of an update has changed, and nobody knows what that update is called there"))
	}
	var sent string
	err := f.page.Mend(ctx, k.ID, t.ID, func() (Mending, bool) {
		pub := f.public(id)
		if pub == nil {
			return Mending{}, false
		}
		sent = bodyOf(pub, code)
		m := Mending{Body: f.fitting(pub, sent)}
		for _, u := range pub.Updates {
			if u.Code == code && dated {
				m.Shown = u.Shown
			}
		}
		return m, true
	})
	if err != nil {
		return k.gone(id, err)
	}
	k.Told[code], k.At = told{ID: t.ID, Sum: sum(sent)}, f.o.Now()
	return nil
}

// report brings the postmortem in step.
func (f *Follower) report(ctx context.Context, id string, k *known, upto time.Time) error {
	pub := f.public(id)
	if pub == nil {
		return ErrNotPublic
	}
	if k.ID == "" || pub.Postmortem != nil && (pub.Postmortem.Recorded.After(upto) || pub.Postmortem.Recorded.Before(f.state.Since)) {
		return nil
	}
	want := ""
	if pub.Postmortem != nil {
		want = sum(pub.Postmortem.Body)
	}
	if want == k.Report {
		return nil
	}
	if !f.page.Can().Postmortem {
		return f.link(ctx, id, k, want)
	}
	err := f.page.Report(ctx, k.ID, func() (Report, bool) {
		pub := f.public(id)
		switch {
		case pub == nil:
			return Report{}, false
		case pub.Postmortem == nil:
			want = ""
			return Report{}, true
		}
		want = sum(pub.Postmortem.Body)
		return Report{Body: pub.Postmortem.Body, Notify: f.quiet == nil && k.Report == "" || f.quiet != nil && !*f.quiet}, true
	})
	if err != nil {
		return k.gone(id, fmt.Errorf("the postmortem: %w", err))
	}
	k.Report, k.At = want, f.o.Now()
	return nil
}

// link tells of a postmortem where the page has none: as a last word, with where
// it is. What was told so cannot be taken back.
func (f *Follower) link(ctx context.Context, id string, k *known, want string) error {
	if want == "" || k.Report != "" || f.o.URL == "" {
		k.Report = want
		return nil
	}
	_, err := f.page.Put(ctx, k.ID, func() (Post, bool) {
		pub := f.public(id)
		if pub == nil || pub.Postmortem == nil {
			return Post{}, false
		}
		return f.post(pub, incident.PublicUpdate{
			Code: pub.Postmortem.Code, Number: len(pub.Updates) + 1, Status: incident.Resolved, Notify: true,
			Body: "The postmortem is published: " + f.o.URL + "/incidents/" + pub.Code,
		}), true
	})
	if err != nil {
		return fmt.Errorf("the postmortem: %w", err)
	}
	k.Report, k.At = want, f.o.Now()
	return nil
}

// withdraw takes off what is public no more.
func (f *Follower) withdraw(ctx context.Context, id string, k *known) error {
	if k == nil || k.Gone {
		return nil
	}
	if k.ID != "" {
		if !f.page.Can().Withdraw {
			return follow.Permanent(fmt.Errorf("%s is public no more here, and has to be taken off there by hand", id))
		}
		if err := f.page.Withdraw(ctx, k.ID); err != nil {
			return fmt.Errorf("take it off: %w", err)
		}
	}
	for code := range k.Told {
		k.Heard = append(k.Heard, code)
	}
	slices.Sort(k.Heard)
	k.ID, k.Told, k.Report, k.At = "", map[string]told{}, "", f.o.Now()
	return nil
}

// fitting is a text as long as the page takes it, with where the whole is.
func (f *Follower) fitting(pub *incident.Public, body string) string {
	most := f.page.Can().Body
	if most == 0 || len([]rune(body)) <= most {
		return body
	}
	more := ""
	if f.o.URL != "" {
		more = "\n\n" + f.o.URL + "/incidents/" + pub.Code
	}
	return clip(body, most-len([]rune(more))) + more
}

func clip(s string, most int) string {
	r := []rune(s)
	if most <= 0 || len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

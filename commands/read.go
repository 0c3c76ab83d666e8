package commands

import (
	"context"
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
	"sitrep/store"
)

// pageSize is how many records are read at once.
const pageSize = 256

// Timeline reads the timeline of an incident: both of its streams, in the order
// in which they were recorded, up to record through (0 is all).
func (r *Runner) Timeline(ctx context.Context, id string, through uint64) (*incident.Timeline, error) {
	t := incident.NewTimeline()
	err := r.both(ctx, id, through, func(_ bool, m incident.Meta, ev incident.Event) { t.Apply(m, ev) })
	return t, err
}

// both reads the two streams of an incident merged by Seq.
func (r *Runner) both(ctx context.Context, id string, through uint64, do func(room bool, m incident.Meta, ev incident.Event)) error {
	type side struct {
		stream string
		room   bool
		buf    []store.Record
		after  uint64
		done   bool
	}
	sides := []*side{{stream: id}, {stream: incident.RoomStream(id), room: true}}
	for {
		var next *side
		for _, s := range sides {
			if len(s.buf) == 0 && !s.done {
				rs, err := r.log.Read(ctx, s.stream, s.after, pageSize)
				if err != nil {
					return fmt.Errorf("read %s: %w", s.stream, err)
				}
				s.buf, s.done = rs, len(rs) == 0
				if len(rs) > 0 {
					s.after = rs[len(rs)-1].N
				}
			}
			if len(s.buf) > 0 && (next == nil || s.buf[0].Seq < next.buf[0].Seq) {
				next = s
			}
		}
		if next == nil || through > 0 && next.buf[0].Seq > through {
			return nil
		}
		m, ev, err := Decode(next.buf[0])
		if err != nil { // one record that nobody can read must not hide all others
			m, ev = incident.Meta{Seq: next.buf[0].Seq, N: next.buf[0].N, Recorded: next.buf[0].At, When: next.buf[0].At}, incident.Unknown{Was: next.buf[0].Kind}
		}
		next.buf = next.buf[1:]
		do(next.room, m, ev)
	}
}

func status(_ context.Context, r *Runner, c *call) (bot.Message, error) {
	return r.card(c.in, c), nil
}

func (r *Runner) card(in *incident.Incident, c *call) bot.Card {
	var undelivered []string
	if r.o.Undelivered != nil {
		undelivered = r.o.Undelivered(in.ID)
	}
	return bot.NewCard(in, c.present(), c.zone, undelivered)
}

func catchUp(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	in := c.in
	t, err := r.Timeline(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	out := bot.Reading{Title: in.ID + ": " + in.Title}
	now := bot.Section{Heading: "Now"}
	now.Lines = append(now.Lines, fmt.Sprintf("%s, severity %s, declared %s by %s.", in.Status.Label(), orNotSet(in.Severity), instant.Clock(in.Declared.When, c.zone), in.Declared.By))
	if m := in.Milestones[incident.ImpactStarted]; m.State == incident.Recorded {
		now.Lines = append(now.Lines, "Impact since "+instant.Clock(m.At, c.zone)+".")
	}
	if len(in.Affects) > 0 {
		now.Lines = append(now.Lines, "For the team: "+strings.TrimPrefix(affectedWords(in.Affects), ", ")+".")
	}
	out.Sections = append(out.Sections, now)

	tried := bot.Section{Heading: "Believed and tried", Lines: nil}
	for _, th := range in.Theories {
		tried.Lines = append(tried.Lines, fmt.Sprintf("Theory %d, %s: %s", th.Number, th.State, join(th.Text, th.Why)))
	}
	for _, e := range lastInStory(t, 6) {
		tried.Lines = append(tried.Lines, r.entryLine(c, e))
	}
	if len(tried.Lines) > 0 {
		out.Sections = append(out.Sections, tried)
	}

	who := bot.Section{Heading: "Who does what"}
	for _, x := range r.o.Roles {
		if p, ok := in.Roles[x.Name]; ok {
			who.Lines = append(who.Lines, upper(x.Name)+": "+p.String())
		}
	}
	if in.Commander().IsZero() {
		who.Lines = append(who.Lines, "Nobody leads.")
		out.Buttons = append(out.Buttons, bot.Button{Label: "Take it", Command: "role " + in.ID + " commander @me", Style: bot.Primary})
	}
	out.Sections = append(out.Sections, who)

	know := bot.Section{Heading: "What customers know"}
	if u, ok := in.LastWord(); !ok || !in.IsPublic() {
		know.Lines = []string{"Nothing."}
	} else {
		know.Lines = append(know.Lines, fmt.Sprintf("%s, %s: %s", u.Status.Label(), instant.Clock(u.Shown, c.zone), u.Body))
	}
	out.Sections = append(out.Sections, know)

	due := bot.Section{Heading: "Due"}
	if n := in.NextWord(); !n.IsZero() {
		line := "The next public word was promised for " + instant.Clock(n, c.zone) + "."
		if c.present().After(n) {
			line = "The next public word is overdue: it was promised for " + instant.Clock(n, c.zone) + "."
		}
		due.Lines = append(due.Lines, line)
	}
	for _, p := range in.Previews.Waiting() {
		due.Lines = append(due.Lines, fmt.Sprintf("Preview %d waits for somebody to publish or discard it.", p.Number))
	}
	for _, a := range in.Actions {
		if a.Done.IsZero() {
			due.Lines = append(due.Lines, fmt.Sprintf("Follow-up %d: %s", a.Number, a.Text))
		}
	}
	if line := c.dueLine(in); line != "" && !in.Open() {
		due.Lines = append(due.Lines, "The postmortem: "+strings.ToLower(line[:1])+line[1:])
	}
	if r.o.Undelivered != nil {
		due.Lines = append(due.Lines, r.o.Undelivered(in.ID)...)
	}
	if len(due.Lines) > 0 {
		out.Sections = append(out.Sections, due)
	}
	return out, nil
}

func lastInStory(t *incident.Timeline, most int) []*incident.Entry {
	var out []*incident.Entry
	all := t.Chronological()
	for i := len(all) - 1; i >= 0 && len(out) < most; i-- {
		if all[i].InStory() {
			out = append([]*incident.Entry{all[i]}, out...)
		}
	}
	return out
}

func (r *Runner) entryLine(c *call, e *incident.Entry) string {
	text := clip(e.Text, 300)
	switch {
	case e.Withdrawn:
		text = "(withdrawn by its author)"
	case e.Struck:
		text += " (struck)"
	}
	by := ""
	if !e.By.IsZero() {
		by = " " + e.By.String() + ":"
	}
	return fmt.Sprintf("%s %s%s %s", e.Ref(), instant.Clock(e.At, c.zone), by, text)
}

func timeline(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if c.sub != "" && c.sub != "show" {
		if p := r.may(Command, c.req.By, c.in); p != nil {
			return nil, p
		}
		return amendTimeline(ctx, r, c)
	}
	if c.sub == "" && c.text != "" { // elsewhere that adds an entry
		return bot.Problem{
			Code: "no-sub", Text: "timeline shows the timeline, or corrects it. To add that: note " + clip(c.text, 60),
			Buttons: []bot.Button{{Label: "Keep it as a note", Command: c.in.ID + " note " + c.text, Style: bot.Primary}, {Label: "Show the timeline", Command: "timeline " + c.in.ID}},
		}, nil
	}
	t, err := r.Timeline(ctx, c.in.ID, 0)
	if err != nil {
		return nil, err
	}
	out := bot.Reading{Title: "Timeline of " + c.in.ID}
	day := ""
	for _, e := range t.Chronological() {
		if !e.InStory() && t.Len() > 60 {
			continue // of a long conversation only the story is told here; the room shows all
		}
		if d := instant.Date(e.At, c.zone); d != day {
			day = d
			out.Sections = append(out.Sections, bot.Section{Heading: d})
		}
		s := &out.Sections[len(out.Sections)-1]
		s.Lines = append(s.Lines, r.entryLine(c, e))
	}
	return out, nil
}

func amendTimeline(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n, ok := number(c.vals["number"])
	if !ok {
		return nil, incident.Problemf("number-missing", "Say which entry: timeline %s T4. See them with: timeline.", c.sub)
	}
	if n > r.board.Entries(c.in.ID) {
		return nil, incident.Problemf("no-entry", "%s has no entry T%d; the last is T%d.", c.in.ID, n, r.board.Entries(c.in.ID))
	}
	when, notes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	var of uint64
	if !when.IsZero() {
		t, err := r.Timeline(ctx, c.in.ID, 0)
		if err != nil {
			return nil, err
		}
		if e := t.Entry(n); e != nil {
			of = e.Seq
		}
	}
	var ev incident.Event
	var did string
	switch c.sub {
	case "correct":
		if c.text == "" && when.IsZero() {
			return nil, incident.Problemf("text-missing", "Say what is right: timeline correct T%d [at:TIME] <text>.", n)
		}
		ev, did = incident.EntryCorrected{Entry: n, Text: c.text, At: when, Of: of}, "is corrected; what stood there stays on record"
	case "strike":
		ev, did = incident.EntryStruck{Entry: n, Why: c.text}, "is struck from the story; it stays on record"
	case "mark":
		ev, did = incident.EntryMarked{Entry: n}, "is in the story"
	default:
		ev, did = incident.EntryMarked{Entry: n, Off: true}, "is out of the story again"
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) { return []incident.Event{ev}, nil })
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("T%d of %s %s.", n, c.in.ID, did))
	rc.Notes = notes
	return rc, nil
}

// asOf shows an incident as it was known at a moment: only what had been
// recorded by then.
func asOf(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if c.vals["at"] == "" {
		c.vals["at"] = c.text
	}
	when, notes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	if when.IsZero() {
		return nil, incident.Problemf("time-missing", "Say which moment: asof 12:05.")
	}
	in := incident.New(c.in.ID)
	entries := 0
	err = r.both(ctx, c.in.ID, 0, func(room bool, m incident.Meta, ev incident.Event) {
		if m.Recorded.After(when) {
			return
		}
		if !room {
			in.Apply(m, ev)
		}
		if incident.Enters(ev) {
			entries++
		}
	})
	if err != nil {
		return nil, err
	}
	if in.LastN == 0 {
		return nil, incident.Problemf("before", "%s was not declared yet at %s; it was at %s.", c.in.ID, instant.Clock(when, c.zone), instant.Stamp(c.in.Declared.Recorded, c.zone))
	}
	s := bot.Section{Lines: []string{
		fmt.Sprintf("%s, severity %s.", in.Status.Label(), orNotSet(in.Severity)),
		fmt.Sprintf("%d entries in the timeline.", entries),
	}}
	for _, x := range r.o.Roles {
		if p, ok := in.Roles[x.Name]; ok {
			s.Lines = append(s.Lines, upper(x.Name)+": "+p.String())
		}
	}
	if last, ok := in.LastWord(); ok {
		s.Lines = append(s.Lines, fmt.Sprintf("Customers had been told (%s, %s): %s", last.Status.Label(), instant.Clock(last.Shown, c.zone), last.Body))
	} else {
		s.Lines = append(s.Lines, "Customers had been told nothing.")
	}
	for _, t := range in.Theories {
		s.Lines = append(s.Lines, fmt.Sprintf("Theory %d, %s: %s", t.Number, t.State, t.Text))
	}
	return bot.Reading{Title: fmt.Sprintf("%s as it was known at %s", c.in.ID, instant.Stamp(when, c.zone)), Sections: []bot.Section{s, {Lines: notes}}}, nil
}

func listIncidents(_ context.Context, r *Runner, c *call) (bot.Message, error) {
	open, last := bot.Section{Heading: "Open"}, bot.Section{Heading: "The last ones"}
	for _, in := range r.Offered(c.req.By) {
		line := fmt.Sprintf("%s %s: %s, severity %s, since %s", in.ID, clip(in.Title, 80), in.Status, orNotSet(in.Severity), instant.Stamp(in.Declared.When, c.zone))
		if in.Open() {
			open.Lines = append(open.Lines, line)
		} else if len(last.Lines) < 5 {
			last.Lines = append(last.Lines, line)
		}
	}
	if len(open.Lines) == 0 {
		open.Lines = []string{"None."}
	}
	out := bot.Reading{Title: "Incidents", Sections: []bot.Section{open}}
	if len(last.Lines) > 0 {
		out.Sections = append(out.Sections, last)
	}
	return out, nil
}

// search looks through what is on the board: titles, what customers were told,
// follow-ups, theories, components; first by the index, then as it is written.
func search(_ context.Context, r *Runner, c *call) (bot.Message, error) {
	words := strings.Fields(strings.ToLower(c.text))
	if len(words) == 0 {
		return nil, incident.Problemf("words-missing", "Say what to look for: search <words>.")
	}
	s := bot.Section{}
	found := map[string]bool{}
	say := func(in *incident.Incident) {
		if !found[in.ID] && len(s.Lines) < 20 {
			found[in.ID] = true
			s.Lines = append(s.Lines, fmt.Sprintf("%s %s: %s, %s", in.ID, clip(in.Title, 80), in.Status, instant.Date(in.Declared.When, c.zone)))
		}
	}
	if r.o.Find != nil { // other forms of the words too, the best first
		for _, in := range r.o.Find(c.text, func(in *incident.Incident) bool { return r.Visible(c.req.By, in) }) {
			say(in)
		}
	}
	for _, in := range r.Offered(c.req.By) {
		hay := strings.ToLower(strings.Join(haystack(in), "\n"))
		all := true
		for _, w := range words {
			all = all && strings.Contains(hay, w)
		}
		if all {
			say(in)
		}
	}
	if len(s.Lines) == 0 {
		s.Lines = []string{"Nothing has all of these words."}
	}
	return bot.Reading{Title: "Found for: " + clip(c.text, 80), Sections: []bot.Section{s}}, nil
}

func haystack(in *incident.Incident) []string {
	out := []string{in.ID, in.Title, in.PublicTitle, in.Severity, in.Report.Internal, in.Report.Customer}
	for _, u := range in.Updates {
		out = append(out, u.Body)
	}
	for _, a := range in.Actions {
		out = append(out, a.Text)
	}
	for _, t := range in.Theories {
		out = append(out, t.Text, t.Why)
	}
	for _, a := range in.Affects {
		out = append(out, a.Name)
	}
	return out
}

func join(what, more string) string {
	if more == "" {
		return what
	}
	return what + " — " + more
}

// figures tells what the incidents of a month or a quarter came to; of this
// month, if nothing is said.
func figures(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if r.o.Figures == nil {
		return nil, incident.Problemf("no-figures", "No figures are kept here.")
	}
	period := strings.TrimSpace(c.text)
	if period == "" {
		period = c.present().In(c.zone).Format("2006-01")
	}
	return r.o.Figures(ctx, period)
}

package app

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sitrep/commands"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/instant"
	"sitrep/postmortem"
	"sitrep/store"
)

// precedents keeps the index of past incidents up to date: what was said in
// rooms is read here, all else it takes from the board.
type precedents struct {
	app   *App
	seq   uint64
	dirty bool
}

func (p *precedents) Name() string { return "precedents" }

// Wants reports whether records of a kind can change what an incident is like.
func (p *precedents) Wants(kind string) bool {
	switch kind {
	case (incident.Reacted{}).Kind(), (incident.Unreacted{}).Kind(), (incident.Pinned{}).Kind(), (incident.Unpinned{}).Kind(), (incident.Joined{}).Kind():
		return false
	}
	return !strings.HasPrefix(kind, "local.") && !strings.HasPrefix(kind, "maintenance.")
}

// Handle reads one record.
func (p *precedents) Handle(_ context.Context, r store.Record, _ []byte) ([]byte, error) {
	p.seq = r.Seq
	id, room := strings.CutSuffix(r.Stream, "/room")
	if !strings.HasPrefix(id, "INC-") && r.Kind != (incident.Erased{}).Kind() {
		return nil, nil
	}
	m, ev, err := commands.Decode(r)
	if err != nil {
		return nil, follow.Permanent(fmt.Errorf("record %d: %w", r.Seq, err))
	}
	switch e, erased := ev.(incident.Erased); {
	case erased:
		p.app.index.Forget(e.Seqs)
		p.dirty = true
	case room:
		p.app.index.Said(id, m, ev)
	default:
		p.dirty = true
	}
	return nil, nil
}

// Restore takes a snapshot over.
func (p *precedents) Restore(seq uint64, state []byte) (uint64, error) {
	p.dirty = true
	if !p.app.index.Restore(state) {
		return 0, nil
	}
	p.seq = seq
	return seq, nil
}

// Snapshot returns what was read in rooms.
func (p *precedents) Snapshot() (uint64, []byte, error) {
	state, err := p.app.index.Snapshot()
	return p.seq, state, err
}

// CaughtUp brings the index up to date, so that nobody who asks waits for it.
func (p *precedents) CaughtUp(ctx context.Context) {
	if !p.dirty || p.app.Board.Await(ctx, p.seq) != nil {
		return
	}
	p.dirty = false
	p.app.index.Refresh()
}

// How many past incidents are named: in one line of chat, in a report, and as
// what was searched for.
const (
	namedInLine   = 2
	namedInReport = 3
	namedFound    = 20
)

// precedentLine says in one line which past incidents an incident is like; "" if
// none. The line is for the team: no private incident is named in it.
func (a *App) precedentLine(in *incident.Incident) string {
	var parts []string
	for _, m := range a.index.Like(in, namedInLine, forTeam) {
		part := fmt.Sprintf("%s (%s), %s: %s", m.Incident.ID, instant.Date(m.Incident.Declared.When, a.zone()), quoted(m.Incident.Title, 80), m.Why())
		switch n := len(open(m.Incident)); n {
		case 0:
		case 1:
			part += "; a follow-up of it is open: " + quoted(open(m.Incident)[0].Text, 80)
		default:
			part += fmt.Sprintf("; %d follow-ups of it are open, the first: %s", n, quoted(open(m.Incident)[0].Text, 80))
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "This looks like " + strings.Join(parts, ". And like ") + "."
}

func forTeam(in *incident.Incident) bool { return !in.Private }

func open(in *incident.Incident) []incident.Action {
	return slices.DeleteFunc(slices.Clone(in.Actions), func(a incident.Action) bool { return !a.Done.IsZero() })
}

// quoted is a text between quotation marks, shortened to most characters.
func quoted(s string, most int) string {
	rs := []rune(strings.Join(strings.Fields(s), " "))
	if len(rs) > most {
		rs = append(rs[:most-1], '…')
	}
	return "“" + strings.TrimRight(string(rs), ".") + "”"
}

// referred finds the incidents that a report refers to.
var referred = regexp.MustCompile(`\[INC-([0-9]{1,9})\]`)

// precedents are the past incidents that a report would name now, and those that
// the texts of this one's name already, which may have been others.
func (a *App) precedents(in *incident.Incident) (like, named []postmortem.Precedent) {
	of := func(past *incident.Incident) postmortem.Precedent {
		p := postmortem.Precedent{Incident: past.ID, Title: past.Title, Declared: past.Declared.When}
		for _, x := range open(past) {
			p.Open = append(p.Open, postmortem.Action{Number: x.Number, Text: x.Text, Owner: x.Owner.String()})
		}
		return p
	}
	for _, m := range a.index.Like(in, namedInReport, forTeam) {
		p := of(m.Incident)
		p.Components, p.Errors, p.Words = m.Components, m.Errors, m.Words
		like = append(like, p)
	}
	for _, m := range referred.FindAllStringSubmatch(in.Report.Text("internal"), -1) {
		n, _ := strconv.Atoi(m[1])
		past := a.Board.Get(incident.Ref(n))
		if past != nil && forTeam(past) && past.ID != in.ID && !slices.ContainsFunc(slices.Concat(like, named), func(p postmortem.Precedent) bool { return p.Incident == past.ID }) {
			named = append(named, of(past))
		}
	}
	return like, named
}

// found are the incidents that have words, the best first.
func (a *App) found(words string, may func(*incident.Incident) bool) []*incident.Incident {
	var out []*incident.Incident
	for _, m := range a.index.Search(words, namedFound, may) {
		out = append(out, m.Incident)
	}
	return out
}

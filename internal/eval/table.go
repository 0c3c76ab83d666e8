package eval

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Kinds are the facts in the order of the table.
func kinds() []string {
	return []string{"start", "detected", "identified", "mitigated", "resolved", "duration", "component", "cause", "action"}
}

// target is what the share of a fact that can be known should reach; 0 where
// none is set for it alone.
func target(kind string) float64 {
	switch kind {
	case "start", "detected", "resolved":
		return 0.98
	case "identified", "mitigated":
		return 0.85
	}
	return 0
}

// Write prints the report as Markdown. With all, each miss is named, but those
// of the half that is held out; that would be looking at it.
func (r *Report) Write(w io.Writer, all bool) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%d incidents, %d drafts, %s.\n", r.Incidents, r.Drafts, r.Took.Round(time.Second/10))
	slices.SortFunc(r.Sets, func(x, y *Set) int {
		return cmp.Or(cmp.Compare(x.Telling.order(), y.Telling.order()), cmp.Compare(fmt.Sprint(x.Held), fmt.Sprint(y.Held)))
	})
	for _, how := range []Telling{Page, Room, Channel} {
		r.facts(b, how)
	}
	r.statuses(b)
	r.support(b)
	r.contradictions(b)
	r.Prose.write(b)
	if all {
		r.details(b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Telling) order() int { return slices.Index([]Telling{Page, Room, Channel}, t) }

func (t Telling) title() string {
	switch t {
	case Page:
		return "Told as public updates, with their status"
	case Room:
		return "Told as messages in the room, with no command but the declaration"
	}
	return "Told by the real channel alone"
}

func half(held bool) string {
	if held {
		return "held out"
	}
	return "worked on"
}

func (r *Report) facts(b *strings.Builder, how Telling) {
	var sets []*Set
	for _, s := range r.Sets {
		if s.Telling == how {
			sets = append(sets, s)
		}
	}
	if len(sets) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| Fact | Target |", how.title())
	for _, s := range sets {
		fmt.Fprintf(b, " %s, can be known | partly | cannot | by pattern |", half(s.Held))
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" --- | --- | --- | --- |", len(sets)) + "\n")
	total := make([]map[string]Tally, len(sets))
	for _, k := range kinds() {
		goal := ""
		if t := target(k); t > 0 {
			goal = fmt.Sprintf("%.2f", t)
		}
		fmt.Fprintf(b, "| %s | %s |", k, goal)
		for i, s := range sets {
			if total[i] == nil {
				total[i] = map[string]Tally{}
			}
			for der, t := range s.Facts[k] {
				total[i][der] = sum(total[i][der], t)
			}
			total[i]["auto"] = sum(total[i]["auto"], s.Auto[k]["yes"])
			fmt.Fprintf(b, " %s | %s | %s | %s |", s.Facts[k]["yes"], s.Facts[k]["partly"], s.Facts[k]["no"], s.Auto[k]["yes"])
		}
		b.WriteByte('\n')
	}
	b.WriteString("| **all** | 0.97 |")
	for i := range sets {
		fmt.Fprintf(b, " **%s** | %s | %s | %s |", total[i]["yes"], total[i]["partly"], total[i]["no"], total[i]["auto"])
	}
	b.WriteByte('\n')
}

func sum(a, b Tally) Tally { return Tally{a.Hit + b.Hit, a.Of + b.Of} }

// String prints a share with what it is of: "0.92 (11/12)".
func (t Tally) String() string {
	if t.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f (%d/%d)", t.Rate(), t.Hit, t.Of)
}

func (r *Report) statuses(b *strings.Builder) {
	b.WriteString("\n## Read out of the words alone, against the status that was set beside them\n\n| Fact |")
	var sets []*Set
	for _, s := range r.Sets {
		if s.Telling == Room {
			sets = append(sets, s)
			fmt.Fprintf(b, " %s |", half(s.Held))
		}
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(sets)) + "\n")
	for _, k := range []string{"identified", "mitigated", "resolved"} {
		fmt.Fprintf(b, "| %s |", k)
		for _, s := range sets {
			fmt.Fprintf(b, " %s |", s.Status[k])
		}
		b.WriteByte('\n')
	}
}

func (r *Report) support(b *strings.Builder) {
	b.WriteString("\n## What the drafts say\n\n| Telling | Half | Drafts | Tokens that can be checked | Unsupported | Statements that the record does not carry | Rows of people's timelines found | Rows drafted to theirs |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, s := range r.Sets {
		ratio := "–"
		if s.Theirs > 0 {
			ratio = fmt.Sprintf("%.2f", float64(s.Rows)/float64(s.Theirs))
		}
		fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %d | %s | %s |\n", s.Telling, half(s.Held), s.Drafts, s.Tokens, len(s.Bad), len(s.Failed), s.Recalled, ratio)
	}
}

func (r *Report) contradictions(b *strings.Builder) {
	b.WriteString("\n## Contradictions\n\n| What | Found |\n| --- | --- |\n")
	fmt.Fprintf(b, "| in what people wrote (target 0.80) | %s |\n", r.Known)
	fmt.Fprintf(b, "| false alarms in the other texts (at most 0.02) | %s |\n", r.Texts)
	fmt.Fprintf(b, "| false alarms in texts made to be right (at most 0.02) | %s |\n", r.Truths)
	found := 0
	var all Tally
	for _, t := range r.Planted {
		all = sum(all, t)
		if t.Rate() >= 0.95 {
			found++
		}
	}
	fmt.Fprintf(b, "| planted, of %d kinds (target 0.95) | %s; %d kinds at 0.95 or more |\n", len(r.Planted), all, found)
	for _, name := range slices.Sorted(maps.Keys(r.Planted)) {
		fmt.Fprintf(b, "| … %s | %s |\n", name, r.Planted[name])
	}
}

func (r *Report) details(b *strings.Builder) {
	list := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		fmt.Fprintf(b, "\n### %s\n\n", title)
		for _, x := range items {
			fmt.Fprintf(b, "- %s\n", oneLine(x))
		}
	}
	list("Stories that could not be played", r.Broken)
	for _, s := range r.Sets {
		if s.Held {
			continue
		}
		name := string(s.Telling) + ", " + half(s.Held)
		list("Missed: "+name, s.Misses)
		list("Words and status differ: "+name, s.Other)
		list("Unsupported: "+name, s.Bad)
		list("Not carried by the record: "+name, s.Failed)
	}
	var missed []string
	for _, k := range r.Missed {
		missed = append(missed, k.ID+": "+k.Kind+": "+k.Text)
	}
	list("A model's sentences that were kept, and are false, and what came of answers otherwise", r.Prose.Broken())
	for _, k := range slices.Sorted(maps.Keys(r.Prose.Recorded)) {
		list("Recorded answers, "+k, r.Prose.Recorded[k].Wrong)
	}
	list("A fact in its own words, dropped", r.Prose.Lost)
	list("Contradictions not found", missed)
	list("False alarms", r.False)
}

func (p *Prose) write(b *strings.Builder) {
	if p.Truths.Of == 0 {
		return
	}
	b.WriteString("\n## A model's answers\n\n| Sentences about real incidents | Right |\n| --- | --- |\n")
	fmt.Fprintf(b, "| a fact in its own words: kept | %s |\n", p.Truths)
	var lies Tally
	for _, t := range p.Lies {
		lies = sum(lies, t)
	}
	fmt.Fprintf(b, "| false ones of %d kinds: dropped | %s |\n", len(p.Lies), lies)
	for _, l := range Lies() {
		fmt.Fprintf(b, "| … %s | %s |\n", l.Name, p.Lies[l.Name])
	}
	b.WriteString("\n| Answers to whole drafts | Reports | Passages in prose | Facts stand | Sentences kept | Tokens that can be checked | Unsupported | Statements that the record does not carry | Orders obeyed | Other text than the facts |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, k := range []string{goodAnswer, hallucinating, injectedAnswer, cutAnswer} {
		if a := p.Answers[k]; a != nil {
			fmt.Fprintf(b, "| %s | %d | %d | %d | %s | %d | %d | %d | %d | %d |\n", k, a.Reports, a.Prose, a.Facts, a.Sentence, a.Tokens, len(a.Bad), len(a.Failed), len(a.Obeyed), len(a.Unlike))
		}
	}
	if len(p.Recorded) == 0 {
		return
	}
	b.WriteString("\n| Recorded answers | True sentences kept | False ones dropped | About facts that are told otherwise by now |\n| --- | --- | --- | --- |\n")
	for _, k := range slices.Sorted(maps.Keys(p.Recorded)) {
		v := p.Recorded[k]
		fmt.Fprintf(b, "| %s | %s | %s | %d |\n", k, v.True, v.False, v.Stale)
	}
}

package postmortem

import (
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A Finding is a place where the record, or a text about it, cannot be right:
// both sides, and how to mend it.
type Finding struct {
	Kind  string // "zone", "order", "missing", "page", "clock", "corrected", "length", "name", "proposed", "reference", "unsourced", "quote", "unbacked"
	Quote string // the words that it is about; "" if it is about no words
	Text  string // both sides, in a sentence
	Mend  string // what to do, in a sentence; "" if only people can tell
	Refs  Refs
}

// contradictions finds where the record cannot be right.
func (b *Brief) contradictions(in *incident.Incident, t *incident.Timeline) []Finding {
	var out []Finding
	out = append(out, b.zones(t)...)
	out = append(out, b.orders()...)
	out = append(out, b.againstPage()...)
	out = append(out, b.corrected(t)...)
	out = append(out, b.steps(in, t)...)
	for _, c := range b.Words {
		out = append(out, lengthsAgainstTimes(c.Body, c.At, b.Zone, Refs{c.Ref})...)
	}
	posted := slices.DeleteFunc(slices.Clone(in.Updates), func(u incident.Update) bool { return !u.Withdrawn.IsZero() })
	for i := 1; i < len(posted); i++ {
		u, before := posted[i], posted[i-1]
		if u.Shown.Before(before.Shown) {
			out = append(out, Finding{
				Kind: "order",
				Text: "Update " + itoa(u.Number) + " was posted after update " + itoa(before.Number) + ", and is shown " + b.clock.on(u.Shown) + ", before it, " + b.clock.on(before.Shown) + ".",
				Refs: b.record.refs(before.Meta.Seq, u.Meta.Seq),
			})
		}
	}
	return append(out, b.missing()...)
}

// zones finds times whose zone is not in force on that day.
func (b *Brief) zones(t *incident.Timeline) []Finding {
	if t == nil {
		return nil
	}
	var out []Finding
	seen := map[string]int{}
	const most = 20
	for _, e := range t.Entries() {
		if !quotable(e) || !zoned(e.Text) {
			continue
		}
		for _, f := range zonesIn(e.Text, e.At, b) {
			if i, ok := seen[f.Quote]; ok {
				if len(out[i].Refs) < 6 {
					out[i].Refs = out[i].Refs.and(b.record.ref(e.Seq))
				}
				continue
			}
			if len(out) == most {
				return out
			}
			seen[f.Quote] = len(out)
			f.Refs = f.Refs.and(b.record.ref(e.Seq))
			if first, ok := b.milestone(incident.FirstPublicWord); ok && strings.Contains(f.Text, firstTold) {
				f.Refs = f.Refs.and(first.Refs...)
			}
			out = append(out, f)
		}
	}
	return out
}

// zoned is the cheap question whether a text may name a zone after a time:
// a capital letter after a figure.
func zoned(s string) bool {
	figure := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			figure = true
		case 'A' <= c && c <= 'Z' && figure && c != 'T':
			return true
		case c == 'a', c == 'p', c == 'A', c == 'P', c == 'm', c == 'M', c == '.', c == ' ', c == '(': // 9 p.m. (CST)
		default:
			figure = figure && c == 'T' // 12:00 TRT
		}
	}
	return false
}

const firstTold = "after customers were first told"

// zonesIn finds the times in a text whose zone is not in force on their day.
func zonesIn(text string, day time.Time, b *Brief) []Finding {
	var out []Finding
	for _, m := range instant.Find(text, day, b.Zone) {
		if !m.NotInForce || m.Unresolved {
			continue
		}
		if !strings.Contains(m.Text, "(") {
			m.Text = strings.TrimSuffix(m.Text, ")")
		}
		f := Finding{Kind: "zone", Quote: oneLine(m.Text)}
		date := instant.Date(m.Time, b.Zone)
		if m.Time.Equal(m.Literal) {
			f.Text = quote(m.Text) + " names " + m.Zone + ", which was not in force on " + date + ", when " + m.InForce + " was; it is read as " + instant.Clock(m.Time, b.Zone) + "."
			f.Mend = "Say which was meant, in the page's zone."
			out = append(out, f)
			continue
		}
		f.Text = quote(m.Text) + " contradicts the page's clock: " + m.Zone + " is not in force in " + b.Zone.String() + " on " + date + ", " + m.InForce + " is; it is read as " +
			instant.Clock(m.Time, b.Zone) + ", and taken literally it would be " + instant.Clock(m.Literal, b.Zone)
		if first, ok := b.milestone(incident.FirstPublicWord); ok && !m.Time.After(first.At) && m.Literal.After(first.At) {
			f.Text += ", " + instant.Short(m.Literal.Sub(first.At)) + " " + firstTold
		} else if r, ok := b.milestone(incident.ResolvedAt); ok && !m.Time.After(r.At) && m.Literal.After(r.At) {
			f.Text += ", " + instant.Short(m.Literal.Sub(r.At)) + " after it was resolved"
			f.Refs = r.Refs
		}
		f.Text += "."
		f.Mend = "Write " + m.Time.In(b.Zone).Format("15:04") + " " + m.InForce + "."
		out = append(out, f)
	}
	return out
}

// orders finds milestones that cannot have come in the order that is recorded.
func (b *Brief) orders() []Finding {
	var out []Finding
	for _, p := range [][2]incident.MilestoneName{
		{incident.ImpactStarted, incident.Detected}, {incident.ImpactStarted, incident.DeclaredAt}, {incident.ImpactStarted, incident.FirstPublicWord},
		{incident.ImpactStarted, incident.IdentifiedAt}, {incident.ImpactStarted, incident.Mitigated}, {incident.ImpactStarted, incident.ImpactEnded},
		{incident.Detected, incident.Acknowledged}, {incident.Mitigated, incident.ImpactEnded},
		{incident.Mitigated, incident.ResolvedAt}, {incident.ImpactEnded, incident.ResolvedAt},
	} {
		first, ok1 := b.milestone(p[0])
		then, ok2 := b.milestone(p[1])
		if !ok1 || !ok2 || !end(then).Before(first.At) {
			continue
		}
		out = append(out, Finding{
			Kind: "order",
			Text: upper(milestoneWords(p[1])) + " (" + b.range1(then) + ") is recorded before " + milestoneWords(p[0]) + " (" + b.range1(first) + ").",
			Mend: "Set the wrong one again with the milestone command.",
			Refs: first.Refs.and(then.Refs...),
		})
	}
	return out
}

// againstPage finds where customers were told that something was still wrong
// after the impact is recorded as ended.
func (b *Brief) againstPage() []Finding {
	stop, ok := b.milestone(incident.ImpactEnded)
	if !ok {
		return nil
	}
	var out []Finding
	for _, x := range b.Impact {
		f := Finding{Kind: "page", Refs: stop.Refs}
		var shown []string
		for i, win := range x.Windows {
			switch {
			case win.State == incident.Operational, win.To.IsZero() && b.publicOver(), !win.To.IsZero() && !win.To.After(end(stop)):
				continue
			case win.To.IsZero():
				shown = append(shown, shownAs(win.State)+" after that")
			default:
				shown = append(shown, shownAs(win.State)+" until "+b.clock.at(win.To))
				f.Refs = f.Refs.and(x.Windows[i+1].Refs...)
			}
			f.Refs = f.Refs.and(win.Refs...)
		}
		if len(shown) == 0 {
			continue
		}
		f.Text = "The impact is recorded as ended at " + b.range1(stop) + ", but customers were shown " + and(x.Components) + " " + and(shown) + "."
		f.Mend = "Say which is right, the milestone or the page, or why the page was later."
		out = append(out, f)
	}
	return out
}

// publicOver reports whether customers were last told that it is over.
func (b *Brief) publicOver() bool {
	n := len(b.Words)
	return n > 0 && b.Words[n-1].Status == incident.Resolved
}

// corrected finds milestones whose entry was corrected while the milestone
// stayed as it was.
func (b *Brief) corrected(t *incident.Timeline) []Finding {
	if t == nil {
		return nil
	}
	var out []Finding
	for _, m := range b.Milestones {
		e := t.BySeq(m.Seq)
		if e == nil || m.State != incident.Recorded || len(e.Versions) == 0 || e.Redacted {
			continue
		}
		if _, ok := e.Event.(incident.MilestoneRecorded); !ok || e.At.Equal(m.At) {
			continue
		}
		out = append(out, Finding{
			Kind: "corrected",
			Text: "The entry that set " + milestoneWords(m.Name) + " was corrected to " + b.clock.at(e.At) + ", and the milestone is still " + b.range1(m) + ".",
			Mend: "Set it again with: milestone " + string(m.Name) + " at:" + e.At.In(b.Zone).Format("15:04") + ".",
			Refs: m.Refs,
		})
	}
	return out
}

// steps tells of each time that the machine's clock was set back while the
// incident was recorded.
func (b *Brief) steps(in *incident.Incident, t *incident.Timeline) []Finding {
	if t == nil || t.Len() == 0 {
		return nil
	}
	var out []Finding
	all := t.Entries()
	for _, s := range in.Steps {
		var refs Refs
		for i := 1; i < len(all); i++ {
			if all[i-1].Seq < s.Seq && s.Seq < all[i].Seq {
				refs = b.record.refs(all[i-1].Seq, all[i].Seq)
				break
			}
		}
		if len(refs) == 0 {
			continue // before or after all that was recorded here
		}
		b.stepped = append(b.stepped, s.From.Sub(s.To))
		out = append(out, Finding{
			Kind: "clock",
			Text: "The machine's clock was set back between these two entries, by " + instant.Short(s.From.Sub(s.To)) + "; lengths of time across it cannot be computed.",
			Mend: "Set the milestones around it with a time of your own.",
			Refs: refs,
		})
	}
	return out
}

// missing names the milestones without which a review lacks its figures.
func (b *Brief) missing() []Finding {
	if b.Ended.At.IsZero() && b.Past == "" || b.Status == incident.Canceled || b.Status == incident.Merged {
		return nil
	}
	var out []Finding
	var names []incident.MilestoneName
	var missing []string
	for _, n := range []incident.MilestoneName{incident.ImpactStarted, incident.Detected, incident.Acknowledged, incident.Mitigated, incident.ImpactEnded} {
		switch m := find(b.Milestones, n); m.State {
		case incident.Pending:
			names, missing = append(names, n), append(missing, when(n))
		case incident.Proposed:
			out = append(out, Finding{
				Kind: "proposed", Quote: m.Quote,
				Text: "Nobody recorded " + when(n) + "; " + quote(m.Quote) + " puts it " + b.clock.span(m.At, m.Until) + ".",
				Mend: b.confirm(n, m.At),
				Refs: m.Refs,
			})
		}
	}
	if len(names) > 0 {
		f := Finding{
			Kind: "missing", Text: "Nobody recorded " + or(missing) + ", so the metrics that need it are pending.",
			Mend: "Set it with: milestone " + string(names[0]) + " at:TIME, or say that it does not apply.",
		}
		if b.Past != "" {
			f.Mend = "Ask who was there."
		}
		out = append(out, f)
	}
	return out
}

// confirm says how to make a proposal a fact. In a channel of the past there is
// nothing to give a command to.
func (b *Brief) confirm(n incident.MilestoneName, at time.Time) string {
	if b.Past != "" {
		return "Ask whether that is right."
	}
	at = at.In(b.Zone)
	when := at.Format("15:04")
	if now := b.Now.In(b.Zone); at.Year() != now.Year() || at.YearDay() != now.YearDay() {
		when = at.Format(`"2006-01-02 15:04"`)
	}
	return "Confirm it with: milestone " + string(n) + " at:" + when + "."
}

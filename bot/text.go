package bot

import (
	"fmt"
	"strings"
	"time"

	"sitrep/instant"
)

// Text renders a message as plain text: for notifications, for the command line
// and for receipts. page is the zone of every time in it that has none of its
// own; nil is UTC.
func Text(m Message, page *time.Location) string {
	if page == nil {
		page = time.UTC
	}
	var b strings.Builder
	switch m := m.(type) {
	case nil:
	case Receipt:
		b.WriteString(m.Text)
		if m.Public {
			b.WriteString(" Public: customers see this.")
		} else if m.Seq > 0 {
			b.WriteString(" Internal.")
		}
		lines(&b, m.Notes)
	case Card:
		b.WriteString(cardText(m, page))
	case Announcement:
		if m.Incident == "" {
			b.WriteString(m.Title + ": " + m.Text)
		} else {
			b.WriteString(m.Incident + ": " + m.Text)
		}
		if m.Quote != "" {
			b.WriteString("\n> " + strings.ReplaceAll(m.Quote, "\n", "\n> "))
		}
		if m.Link != "" {
			b.WriteString("\n" + m.Link)
		}
	case Line:
		if m.Entry > 0 {
			fmt.Fprintf(&b, "T%d ", m.Entry)
		}
		fmt.Fprintf(&b, "%s %s: %s", instant.Clock(m.At, zoneOr(m.Zone, page)), m.By, m.Text)
	case CatchUp:
		zone := zoneOr(m.Zone, page)
		fmt.Fprintf(&b, "%s: what happened since %s and could not be said here then", m.Incident, instant.Clock(m.Since(), zone))
		for _, x := range m.Missed {
			fmt.Fprintf(&b, "\n%s %s", instant.Clock(x.At, zone), x.Text)
			if x.Quote != "" {
				b.WriteString("\n> " + strings.ReplaceAll(x.Quote, "\n", "\n> "))
			}
		}
	case Reminder:
		fmt.Fprintf(&b, "%s: %s Due %s.", m.Incident, m.Text, instant.Stamp(m.Due, zoneOr(m.Zone, page)))
	case Preview:
		b.WriteString(previewText(m, page))
	case DraftReady:
		b.WriteString(m.Incident + ": " + m.Text)
		if m.Path != "" {
			b.WriteString(" " + m.Path)
		}
	case Problem:
		b.WriteString(m.Text)
		for _, x := range m.Buttons {
			b.WriteString("\n- " + x.Label + ": " + x.Command)
		}
	case Help:
		b.WriteString(m.Intro)
		for _, v := range m.Verbs {
			fmt.Fprintf(&b, "\n%s %s\n    %s", v.Name, v.Usage, v.Summary)
			for _, d := range v.Details {
				b.WriteString("\n    " + d)
			}
			if v.Example != "" {
				b.WriteString("\n    For example: " + v.Example)
			}
		}
	case Reading:
		b.WriteString(m.Title)
		for _, s := range m.Sections {
			if s.Heading != "" {
				b.WriteString("\n\n" + s.Heading)
			}
			lines(&b, s.Lines)
		}
	case Form:
		b.WriteString(m.Title)
		for _, f := range m.Fields {
			if f.Hidden {
				continue
			}
			fmt.Fprintf(&b, "\n%s: %s", f.Label, f.Value)
			if f.Error != "" {
				b.WriteString(" (" + f.Error + ")")
			}
		}
	}
	return strings.TrimSpace(b.String())
}

func cardText(c Card, page *time.Location) string {
	zone := zoneOr(c.Zone, page)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", c.Incident, c.Title)
	switch {
	case c.Drill:
		b.WriteString(" (drill)")
	case c.Private:
		b.WriteString(" (private)")
	}
	severity := c.Severity
	if severity == "" {
		severity = "severity not set"
	}
	since := "declared " + instant.Stamp(c.Started, zone)
	if c.StartedKnown {
		since = "since " + instant.Stamp(c.Started, zone)
	}
	fmt.Fprintf(&b, "\n%s, %s, %s.", c.State, severity, since)
	if c.Leader == "" {
		b.WriteString("\nNobody leads.")
	} else {
		b.WriteString("\n" + c.Leader + " leads.")
	}
	if len(c.Affected) > 0 {
		parts := make([]string, len(c.Affected))
		for i, a := range c.Affected {
			parts[i] = a.Name
			if a.New != "" {
				parts[i] += " (" + strings.ToLower(a.New.Label()) + ")"
			}
		}
		b.WriteString("\nAffected: " + strings.Join(parts, ", ") + ".")
	}
	if !c.Public {
		b.WriteString("\nCustomers have been told nothing.")
	} else {
		fmt.Fprintf(&b, "\nCustomers were told (%s, %s): %s", c.LastLabel, instant.Clock(c.LastWordAt, zone), c.LastWord)
		switch {
		case c.NextWord.IsZero():
		case c.Overdue:
			b.WriteString("\nThe next word is overdue: it was promised for " + instant.Clock(c.NextWord, zone) + ".")
		default:
			b.WriteString("\nThe next word is due " + instant.Clock(c.NextWord, zone) + ".")
		}
	}
	for _, n := range c.Waiting {
		fmt.Fprintf(&b, "\nPreview %d waits to be published or discarded.", n)
	}
	lines(&b, c.Undelivered)
	return b.String()
}

func previewText(p Preview, page *time.Location) string {
	zone := zoneOr(p.Zone, page)
	var b strings.Builder
	b.WriteString("Only you see this. Customers will read:\n" + p.Public.Title)
	if p.Update >= 0 && p.Update < len(p.Public.Updates) {
		u := p.Public.Updates[p.Update]
		fmt.Fprintf(&b, "\n%s - %s\nPosted %s", p.Public.Label(p.Update), u.Body, instant.Stamp(u.Shown, zone))
	} else if p.Public.Postmortem != nil {
		b.WriteString("\nPostmortem - " + p.Public.Postmortem.Body)
	}
	if p.Drill {
		b.WriteString("\nThis is a drill: it cannot be published.")
	}
	lines(&b, p.Notes)
	for _, f := range p.Findings {
		b.WriteString("\n" + strings.TrimSpace(f.Text+" "+f.Mend))
	}
	return b.String()
}

func lines(b *strings.Builder, ls []string) {
	for _, l := range ls {
		b.WriteString("\n" + l)
	}
}

func zoneOr(z, other *time.Location) *time.Location {
	if z == nil {
		return other
	}
	return z
}

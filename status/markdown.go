package status

import (
	"fmt"
	"strings"
	"time"

	"sitrep/incident"
)

// markEscaper keeps what people wrote from being read as HTML by whoever shows
// Markdown as a page; the Markdown itself is theirs.
var markEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")

func markText(s string) string { return strings.TrimSpace(markEscaper.Replace(clean(s))) }

// markLine is a text in one line, with nothing in it that Markdown would read.
func markLine(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "`", "\\`").Replace(s)
}

// markHome writes the home page as Markdown, for programs that read text: some
// thirty times shorter than the page.
func (r rendering) markHome(now time.Time) []byte {
	var b strings.Builder
	headline, _ := r.headline()
	fmt.Fprintf(&b, "# %s\n\n**%s.**\n\n", markLine(r.title()), markLine(headline))
	for _, it := range append(r.unresolved(), r.active()...) {
		r.markArticle(&b, &it.Public, 2, homeUpdates, now)
	}
	for i, it := range r.upcoming() {
		if i == 0 {
			fmt.Fprintf(&b, "## %s\n\n", r.tongue.Say("home.planned"))
		}
		fmt.Fprintf(&b, "- %s: %s\n", r.markLink(&it.Public), plainPieces(r.spanOf(&it.Public)))
	}
	if len(r.rows) > 0 {
		fmt.Fprintf(&b, "\n## %s\n\n", r.tongue.Say("home.components"))
		starts := r.days(now)
		spans := r.spans(starts[0])
		for i := range r.rows {
			if c := &r.rows[i]; !c.group() {
				days := componentDays(starts, spans[c.ID], r.since(c, now), now)
				name := c.Name
				if g := r.row(c.groupID); g != nil {
					name = g.Name + " - " + name
				}
				fmt.Fprintf(&b, "- %s: %s (%s)\n", markLine(name), r.stateMark(c.state).Words, r.percent(uptime(days, barDays)))
			}
		}
	}
	fmt.Fprintf(&b, "\n## %s\n\n", r.tongue.Say("home.past"))
	for _, d := range r.pastDays(now) {
		if d.Empty != "" {
			fmt.Fprintf(&b, "%s\n\n", d.Empty)
			continue
		}
		for _, it := range d.of {
			r.markEntry(&b, &it.Public)
		}
	}
	r.markFoot(&b)
	return []byte(b.String())
}

// markIncident writes an incident as Markdown, whole.
func (r rendering) markIncident(it *item) []byte {
	var b strings.Builder
	r.markArticle(&b, &it.Public, 1, 0, it.Changed)
	r.markFoot(&b)
	return []byte(b.String())
}

// markHistory writes page n of the history as Markdown.
func (r rendering) markHistory(n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s - %s\n", markLine(r.title()), r.tongue.Say("history.title"))
	months, items := r.months(n)
	for _, m := range months {
		fmt.Fprintf(&b, "\n## %s\n\n", r.tongue.Time("month", m.first(r.loc), r.loc))
		if len(items[m]) == 0 {
			fmt.Fprintf(&b, "%s\n", r.tongue.Say("history.none"))
		}
		for _, it := range items[m] {
			r.markEntry(&b, &it.Public)
		}
	}
	if n < r.historyPages() {
		fmt.Fprintf(&b, "\n[%s](%s%s.md)\n", r.tongue.Say("history.older"), r.root, r.tongue.path(historyPath(n+1)))
	}
	r.markFoot(&b)
	return []byte(b.String())
}

func (r rendering) markLink(p *incident.Public) string {
	return fmt.Sprintf("[%s](%s%s)", markLine(p.Title), r.root, r.tongue.path("/incidents/"+p.Code))
}

func (r rendering) markEntry(b *strings.Builder, p *incident.Public) {
	fmt.Fprintf(b, "- %s: %s, %s", r.markLink(p), r.impactMark(impactOf(p)).Words, plainPieces(r.spanOf(p)))
	if u, ok := p.Latest(); ok {
		fmt.Fprintf(b, ". %s: %s", r.label(p, 0), markLine(r.site.look.prose.excerpt(u.Body, excerptSize)))
	}
	b.WriteString("\n")
}

// markArticle writes an incident under a heading of a level; most limits the
// updates, 0 is all.
func (r rendering) markArticle(b *strings.Builder, p *incident.Public, level, most int, now time.Time) {
	h := strings.Repeat("#", level)
	fmt.Fprintf(b, "%s %s\n\n%s, %s.", h, markLine(p.Title), r.impactMark(impactOf(p)).Words, plainPieces(r.spanOf(p)))
	if said := r.affectedSentence(p); said != "" {
		fmt.Fprintf(b, " %s", markLine(said))
	}
	if p.Open() && !p.Next.IsZero() && now.Before(p.Next) {
		fmt.Fprintf(b, " %s.", r.tongue.Say("incident.next", "time", r.near(p.Next, p)))
	}
	b.WriteString("\n\n")
	if pm := p.Postmortem; pm != nil {
		fmt.Fprintf(b, "%s# %s (%s)\n\n%s\n\n", h, r.status(incident.Postmortem), r.when(pm.Shown).Text, markText(pm.Body))
	}
	for i, u := range p.Updates {
		if most > 0 && i == most {
			fmt.Fprintf(b, "%s: %s\n\n", r.tongue.Count("incident.more", len(p.Updates)-most), r.root+r.tongue.path("/incidents/"+p.Code+".md"))
			break
		}
		fmt.Fprintf(b, "%s# %s (%s)\n\n%s\n\n", h, r.label(p, i), r.when(u.Shown).Text, markText(u.Body))
	}
}

func (r rendering) markFoot(b *strings.Builder) {
	fmt.Fprintf(b, "\n---\n\n%s %s\n", r.tongue.Say("footer.zone", "zone", r.zoneName(r.updated)), r.root+r.tongue.path("/"))
}

// plainPieces is a stretch of text without its marks.
func plainPieces(ps []piece) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Text)
	}
	return b.String()
}

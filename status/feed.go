package status

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// feedEntries is how many incidents a feed holds: always 25 on hosted pages.
const feedEntries = 25

// xmlEscaper escapes text for XML. Only what must be is escaped, as in real
// feeds, which keep their apostrophes.
var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func xmlText(s string) string { return xmlEscaper.Replace(clean(s)) }

func xmlAttr(s string) string { return strings.ReplaceAll(xmlText(s), `"`, "&quot;") }

// A channel is what a feed is about: all that is published, or what concerns one
// component or the members of one group.
type channel struct {
	of    *row // nil is all
	query string
}

// channel reads which feed ?component=ID asks for; ok is false if there is no
// such component.
func (e *edition) channel(query string) (c channel, ok bool) {
	if query == "" {
		return c, true
	}
	q, _ := url.ParseQuery(strings.TrimPrefix(query, "?")) // what could be read of it is enough
	id := q.Get("component")
	if id == "" {
		return c, true
	}
	of := e.row(id)
	return channel{of, "?component=" + id}, of != nil
}

// carries reports whether an incident is part of the channel.
func (c channel) carries(p *incident.Public) bool {
	return c.of == nil || slices.ContainsFunc(p.Components, func(x incident.ComponentChange) bool {
		return x.ID == c.of.ID || slices.Contains(c.of.children, x.ID)
	})
}

// title is what the feed is called.
func (c channel) title(e *edition) string {
	if c.of == nil {
		return e.page.Name + " Status - Incident History"
	}
	return e.page.Name + " Status - " + c.of.Name
}

// lookupFeed returns the feed at an address.
func (e *edition) lookupFeed(path, query string) (document, bool) {
	d := document{kind: atomFeed}
	var write func(*edition, channel) []byte
	switch path {
	case "/history.atom":
		write = (*edition).writeAtom
	case "/updates.atom":
		write = (*edition).writeUpdates
	case "/history.rss":
		d.kind, write = rssFeed, (*edition).writeRSS
	case "/feed.json":
		d.kind, write = jsonFeed, (*edition).writeJSONFeed
	case "/history.ics":
		d.kind, write = calendarFile, (*edition).writeCalendar
	default:
		return document{}, false
	}
	c, ok := e.channel(query)
	d.key = path + c.query
	d.write = untilChanged(func(e *edition) []byte {
		c, _ := e.channel(c.query) // the same component, as this edition has it
		return write(e, c)
	})
	return d, ok
}

// feedItems lists what the feeds hold, the newest published first.
func (e *edition) feedItems(c channel) []*item {
	items := filter(slices.Concat(e.incidents, e.maintenances), c.carries)
	slices.SortStableFunc(items, func(a, b *item) int {
		return cmp.Or(published(&b.Public).Compare(published(&a.Public)), cmp.Compare(b.Serial, a.Serial))
	})
	return items[:min(len(items), feedEntries)]
}

// published is the shown time of the newest update. For a maintenance that has
// not begun it is the beginning, which lies ahead: hosted pages do so. A
// postmortem does not move it, only the entry's "updated".
func published(p *incident.Public) time.Time {
	if p.Maintenance && p.Status == incident.Scheduled {
		return p.From
	}
	if u, ok := p.Latest(); ok {
		return u.Shown
	}
	return p.Created
}

// writeAtom writes /history.atom (RFC 4287): one entry an incident, its updates
// newest first in one content.
func (e *edition) writeAtom(c channel) []byte {
	items := e.feedItems(c)
	updated := e.updated
	for _, it := range items {
		updated = latest(updated, it.Changed)
	}
	host := e.host()
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2005/Atom\">\n")
	fmt.Fprintf(&b, "  <id>tag:%s,2005:/history%s</id>\n", xmlText(host), xmlText(c.query))
	fmt.Fprintf(&b, "  <link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n", xmlAttr(e.root))
	fmt.Fprintf(&b, "  <link rel=\"self\" type=\"application/atom+xml\" href=\"%s/history.atom%s\"/>\n", xmlAttr(e.root), xmlAttr(c.query))
	fmt.Fprintf(&b, "  <title>%s</title>\n", xmlText(c.title(e)))
	fmt.Fprintf(&b, "  <updated>%s</updated>\n", atomTime(updated))
	fmt.Fprintf(&b, "  <author>\n    <name>%s</name>\n  </author>\n", xmlText(e.page.Name))
	for _, it := range items {
		p := &it.Public
		b.WriteString("  <entry>\n")
		fmt.Fprintf(&b, "    <id>tag:%s,2005:Incident/%d</id>\n", xmlText(host), p.Serial)
		fmt.Fprintf(&b, "    <published>%s</published>\n", atomTime(published(p)))
		fmt.Fprintf(&b, "    <updated>%s</updated>\n", atomTime(p.Changed))
		fmt.Fprintf(&b, "    <link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n", xmlAttr(e.address(p)))
		fmt.Fprintf(&b, "    <title>%s</title>\n", xmlText(p.Title))
		fmt.Fprintf(&b, "    <content type=\"html\">%s</content>\n", xmlText(e.feedBody(p)))
		b.WriteString("  </entry>\n")
	}
	b.WriteString("</feed>\n")
	return []byte(b.String())
}

// writeRSS writes /history.rss (RSS 2.0) with the same entries. Its items'
// dates are in the page's zone.
func (e *edition) writeRSS(c channel) []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
		"<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n  <channel>\n")
	title := xmlText(c.title(e))
	fmt.Fprintf(&b, "    <title>%s</title>\n    <link>%s</link>\n", title, xmlText(e.root))
	fmt.Fprintf(&b, "    <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"%s/history.rss%s\"/>\n", xmlAttr(e.root), xmlAttr(c.query))
	fmt.Fprintf(&b, "    <description>%s</description>\n    <language>en-us</language>\n    <pubDate>%s</pubDate>\n", title, e.rssTime(e.updated))
	for _, it := range e.feedItems(c) {
		p := &it.Public
		b.WriteString("    <item>\n")
		fmt.Fprintf(&b, "      <title>%s</title>\n", xmlText(p.Title))
		fmt.Fprintf(&b, "      <description>%s</description>\n", xmlText(e.feedBody(p)))
		fmt.Fprintf(&b, "      <pubDate>%s</pubDate>\n", e.rssTime(published(p)))
		fmt.Fprintf(&b, "      <link>%s</link>\n      <guid>%[1]s</guid>\n", xmlText(e.address(p)))
		b.WriteString("    </item>\n")
	}
	b.WriteString("  </channel>\n</rss>\n")
	return []byte(b.String())
}

// feedBody is an entry's HTML, paragraph for paragraph that of hosted pages.
func (e *edition) feedBody(p *incident.Public) string {
	var b strings.Builder
	if p.Maintenance && p.Status == incident.Scheduled {
		fmt.Fprintf(&b, "<p><strong>THIS IS A SCHEDULED EVENT %s &nbsp;-&nbsp; %s</strong></p>", e.feedStamp(p.From), e.feedStamp(p.Until))
	}
	paragraph := func(shown time.Time, label, body, html string) {
		fmt.Fprintf(&b, "<p><small>%s</small><br><strong>%s</strong> - %s</p>", e.feedStamp(shown), escapeBody(label), bodyOf(body, html))
	}
	if pm := p.Postmortem; pm != nil {
		paragraph(pm.Shown, incident.Postmortem.Label(), pm.Body, pm.HTML)
	}
	for i, u := range p.Updates {
		paragraph(u.Shown, p.Label(i), u.Body, u.HTML)
	}
	return b.String()
}

// feedStamp writes "Sep  9, 15:39 CDT" with the marks that hosted pages put
// around what a reader's script may want to replace.
func (e *edition) feedStamp(t time.Time) string {
	return t.In(e.loc).Format("Jan <var data-var='date'>_2</var>, <var data-var='time'>15:04</var> ") + instant.Zone(t, e.loc)
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (e *edition) rssTime(t time.Time) string { return t.In(e.loc).Format(time.RFC1123Z) }

// host is the page's host, which names the feeds' entries for good.
func (e *edition) host() string {
	if u, err := url.Parse(e.root); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "localhost"
}

package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// updateEntries is how many updates a feed with an entry for each holds: twice
// as many as there are incidents in the others.
const updateEntries = 2 * feedEntries

// An entry is one update as a feed carries it, or a postmortem.
type entry struct {
	of                  *item
	code, label         string
	body                string // HTML
	published, modified time.Time
}

// title names the update so that it can be read alone: "Resolved: Service Outage".
func (n entry) title() string { return n.label + ": " + n.of.Title }

// entries lists the updates of a channel, the newest first. Readers and chats
// announce what has a new id; in a feed with an entry for each incident they miss
// all but its first word.
func (e *edition) entries(c channel) []entry {
	var out []entry
	e.all(func(it *item) bool {
		p := &it.Public
		if !c.carries(p) {
			return true
		}
		if pm := p.Postmortem; pm != nil {
			out = append(out, entry{it, pm.Code, incident.Postmortem.Label(), bodyOf(pm.Body, pm.HTML), pm.Shown, pm.Edited})
		}
		for i, u := range p.Updates {
			out = append(out, entry{it, u.Code, p.Label(i), bodyOf(u.Body, u.HTML), u.Shown, u.Edited})
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b entry) int { return b.published.Compare(a.published) })
	return out[:min(len(out), updateEntries)]
}

// writeUpdates writes /updates.atom: an entry for each update.
func (e *edition) writeUpdates(c channel) []byte {
	entries := e.entries(c)
	updated := e.updated
	for _, n := range entries {
		updated = latest(updated, latest(n.published, n.modified))
	}
	host := xmlText(e.host())
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2005/Atom\">\n")
	fmt.Fprintf(&b, "  <id>tag:%s,2005:/updates%s</id>\n", host, xmlText(c.query))
	fmt.Fprintf(&b, "  <link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n", xmlAttr(e.root))
	fmt.Fprintf(&b, "  <link rel=\"self\" type=\"application/atom+xml\" href=\"%s/updates.atom%s\"/>\n", xmlAttr(e.root), xmlAttr(c.query))
	fmt.Fprintf(&b, "  <title>%s</title>\n  <updated>%s</updated>\n", xmlText(strings.Replace(c.title(e), "Incident History", "Updates", 1)), atomTime(updated))
	fmt.Fprintf(&b, "  <author>\n    <name>%s</name>\n  </author>\n", xmlText(e.page.Name))
	for _, n := range entries {
		b.WriteString("  <entry>\n")
		fmt.Fprintf(&b, "    <id>tag:%s,2005:Update/%s</id>\n", host, xmlText(n.code))
		fmt.Fprintf(&b, "    <published>%s</published>\n    <updated>%s</updated>\n", atomTime(n.published), atomTime(latest(n.published, n.modified)))
		fmt.Fprintf(&b, "    <link rel=\"alternate\" type=\"text/html\" href=\"%s#%s\"/>\n", xmlAttr(e.address(&n.of.Public)), xmlAttr(n.code))
		fmt.Fprintf(&b, "    <title>%s</title>\n    <content type=\"html\">%s</content>\n", xmlText(n.title()), xmlText("<p>"+n.body+"</p>"))
		b.WriteString("  </entry>\n")
	}
	b.WriteString("</feed>\n")
	return []byte(b.String())
}

// The objects of a JSON Feed (https://www.jsonfeed.org/version/1.1/).
type (
	jsonFeedFile struct {
		Version  string         `json:"version"`
		Title    string         `json:"title"`
		HomePage string         `json:"home_page_url"`
		FeedURL  string         `json:"feed_url"`
		Language string         `json:"language"`
		Items    []jsonFeedItem `json:"items"`
	}
	jsonFeedItem struct {
		ID        string `json:"id"`
		URL       string `json:"url"`
		Title     string `json:"title"`
		HTML      string `json:"content_html"`
		Published string `json:"date_published"`
		Modified  string `json:"date_modified"`
	}
)

// writeJSONFeed writes /feed.json: an entry for each update.
func (e *edition) writeJSONFeed(c channel) []byte {
	f := jsonFeedFile{
		Version: "https://jsonfeed.org/version/1.1", Title: clean(strings.Replace(c.title(e), "Incident History", "Updates", 1)),
		HomePage: e.root, FeedURL: e.root + "/feed.json" + c.query, Language: "en", Items: []jsonFeedItem{},
	}
	for _, n := range e.entries(c) {
		f.Items = append(f.Items, jsonFeedItem{
			ID: fmt.Sprintf("tag:%s,2005:Update/%s", e.host(), n.code), URL: e.address(&n.of.Public) + "#" + n.code, Title: clean(n.title()),
			HTML: "<p>" + n.body + "</p>", Published: e.stamp(n.published), Modified: e.stamp(latest(n.published, n.modified)),
		})
	}
	b, err := json.Marshal(f)
	if err != nil {
		return nil // strings always marshal
	}
	return b
}

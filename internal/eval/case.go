package eval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Case is one real incident of the collection (schema incident/1).
type Case struct {
	ID         string
	Org        string
	Title      string
	Components []string
	Started    string `json:"started_at"`  // as its page states it: RFC 3339, or ""
	Resolved   string `json:"resolved_at"` // as its page states it: RFC 3339, or ""
	Origin     string `json:"timeline_origin"`
	Zone       struct {
		Stated, Applied string
	} `json:"tz"`
	Updates    []Row
	Chat       []Message
	Postmortem *struct {
		Markdown string
	}
	Facts []Fact
	Notes []string
}

// A Row is a public update, or a row of the timeline that people wrote.
type Row struct {
	At         *time.Time
	Status     string
	Body       string
	Inferred   bool `json:"status_inferred"`
	Components []struct{ Name, To string }
}

// A Message is one of the room, where the room is known.
type Message struct {
	At                    time.Time
	Author, Channel, Text string
}

// A Fact is what a reader of the whole record knows of the incident.
type Fact struct {
	Kind      string
	Value     string
	Derivable string   // from the updates alone: "yes", "partly" or "no"
	FromChat  string   `json:"derivable_chat"` // the same from the room alone; "" if there is none
	Alt       []string // other values that a careful reader may defend
	Match     []string // regular expressions that must all hit the draft
	Auto      bool     // marked by a pattern, not by hand
}

// Instant reports whether the fact is a time.
func (f Fact) Instant() bool {
	_, err := time.Parse(time.RFC3339, f.Value)
	return err == nil
}

// Load reads every incident of a folder, by name. The error names the file.
func Load(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []Case
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read an incident: %w", err)
		}
		var c Case
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(f), err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no incidents in %s", dir)
	}
	return out, nil
}

// Held reports whether the case is in the half that nobody looks at while
// what reads drafts is improved.
func (c *Case) Held() bool {
	h := fnv.New32a()
	h.Write([]byte(c.ID))
	return h.Sum32()%2 == 1
}

// Live reports whether the rows are what customers read while it happened,
// rather than a timeline that was written afterwards.
func (c *Case) Live() bool { return c.Origin == "status_page" || c.Origin == "git_history" }

// Marked reports whether somebody marked facts by hand.
func (c *Case) Marked() bool {
	return slices.ContainsFunc(c.Facts, func(f Fact) bool { return !f.Auto })
}

// rows are those that have a time and a text, in order.
func (c *Case) rows() []Row {
	var out []Row
	for _, r := range c.Updates {
		if r.At != nil && strings.TrimSpace(r.Body) != "" {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Row) int { return a.At.Compare(*b.At) })
	return out
}

// Location is the zone of the page: the one that the incident was written in,
// where its name says which; else UTC.
func (c *Case) Location() *time.Location {
	stated := c.Zone.Stated + " " + c.Zone.Applied
	for _, z := range []struct{ says, zone string }{
		{"America/Chicago", "America/Chicago"}, {"America/New_York", "America/New_York"}, {"Europe/London", "Europe/London"},
		{"CET", "Europe/Copenhagen"}, {"EEST", "Europe/Bucharest"}, {"BST", "Europe/London"},
		{"PST", "America/Los_Angeles"}, {"Pacific", "America/Los_Angeles"}, {"America/Los_Angeles", "America/Los_Angeles"},
	} {
		if strings.Contains(stated, z.says) {
			if loc, err := time.LoadLocation(z.zone); err == nil {
				return loc
			}
		}
	}
	return time.UTC
}

// names are the components that customers know, each once.
func (c *Case) names() []string {
	var out []string
	add := func(n string) {
		n = strings.Join(strings.Fields(n), " ")
		if n != "" && !strings.HasPrefix(n, "Visit www.") && !strings.HasPrefix(n, "No components were affected") &&
			!slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, n) }) {
			out = append(out, n)
		}
	}
	for _, n := range c.Components {
		add(n)
	}
	for _, r := range c.Updates {
		for _, x := range r.Components {
			add(x.Name)
		}
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

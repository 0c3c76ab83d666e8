package tally_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sitrep/incident"
	"sitrep/tally"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A house makes incidents and remembers what happened to each.
type house struct {
	t      *testing.T
	seq    uint64
	ins    []*incident.Incident
	events map[string][]told
	page   incident.Page
}

type told struct {
	m  incident.Meta
	ev incident.Event
}

func newHouse(t *testing.T) *house {
	return &house{t: t, events: map[string][]told{}, page: incident.Page{Name: "Shop", TimeZone: "Europe/Berlin"}}
}

func when(s string) time.Time {
	at, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return at
}

func (h *house) declare(at, title string, more ...func(*incident.Declared)) *incident.Incident {
	n := len(h.ins) + 1
	ev := incident.Declared{Number: n, Title: title, Severity: "sev2"}
	for _, m := range more {
		m(&ev)
	}
	in := incident.New(incident.Ref(n))
	h.ins = append(h.ins, in)
	h.do(in, at, ev)
	return in
}

func (h *house) do(in *incident.Incident, at string, evs ...incident.Event) {
	for _, ev := range evs {
		h.seq++
		m := incident.Meta{Seq: h.seq, N: in.LastN + 1, Recorded: when(at), When: when(at), By: incident.Person{ID: "x/ana", Name: "ana"}}
		in.Apply(m, ev)
		h.events[in.ID] = append(h.events[in.ID], told{m, ev})
	}
}

func (h *house) tell(in *incident.Incident, at string, w incident.Wording) {
	w.Shown = when(at)
	evs, _, err := in.Update(w, h.page)
	if err != nil {
		h.t.Fatal(err)
	}
	h.do(in, at, evs...)
}

func (h *house) report(period, now string) tally.Report {
	h.t.Helper()
	zone, err := time.LoadLocation(h.page.TimeZone)
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := tally.ParsePeriod(period, zone)
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := tally.New(tally.Source{Period: p, Incidents: h.ins, Page: h.page, Now: when(now), Each: func(id string, do func(incident.Meta, incident.Event)) error {
		for _, e := range h.events[id] {
			do(e.m, e.ev)
		}
		return nil
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func find(t *testing.T, ds []tally.Distribution, name string) tally.Distribution {
	t.Helper()
	for _, d := range ds {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("there is no %s", name)
	return tally.Distribution{}
}

func milestone(n incident.MilestoneName, at string) incident.MilestoneRecorded {
	return incident.MilestoneRecorded{Name: n, At: when(at)}
}

func TestPeriods(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]string{
		"2026-03": "2026-02-28T23:00:00Z 2026-03-31T22:00:00Z March 2026",
		"2026-Q4": "2026-09-30T22:00:00Z 2026-12-31T23:00:00Z The fourth quarter of 2026",
		"2026q1":  "2025-12-31T23:00:00Z 2026-03-31T22:00:00Z The first quarter of 2026",
		"2026-13": "", "2026-Q5": "", "2026": "", "": "", "26-01": "",
	} {
		p, err := tally.ParsePeriod(s, berlin)
		if want == "" {
			if err == nil {
				t.Errorf("%q is taken for %s", s, p.Name)
			}
			continue
		}
		if got := p.From.UTC().Format(time.RFC3339) + " " + p.Until.UTC().Format(time.RFC3339) + " " + p.Name; got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

// Missing and invalid values are counted, and are in no figure.
func TestMissingAndInvalid(t *testing.T) {
	h := newHouse(t)
	for i, took := range []string{"10:05", "10:10", "10:20", "10:40", "11:20"} {
		in := h.declare(fmt.Sprintf("2026-09-%02d 10:00", 2+i), "down")
		day := fmt.Sprintf("2026-09-%02d ", 2+i)
		h.do(in, day+"12:00", milestone(incident.ImpactStarted, day+"10:00"), milestone(incident.Mitigated, day+took))
	}
	h.declare("2026-09-20 10:00", "nobody recorded anything")
	wrong := h.declare("2026-09-21 10:00", "the wrong way round")
	h.do(wrong, "2026-09-21 11:00", milestone(incident.ImpactStarted, "2026-09-21 10:00"), milestone(incident.Mitigated, "2026-09-21 09:00"))
	off := h.declare("2026-09-22 10:00", "nothing to mitigate")
	h.do(off, "2026-09-22 11:00", milestone(incident.ImpactStarted, "2026-09-22 10:00"), incident.MilestoneRecorded{Name: incident.Mitigated, NotApplicable: true})
	for _, apart := range []incident.Event{incident.CanceledBy{Why: "a test"}, incident.MergedInto{Into: "INC-1"}} {
		in := h.declare("2026-09-23 10:00", "apart")
		h.do(in, "2026-09-23 10:01", milestone(incident.ImpactStarted, "2026-09-23 10:00"), milestone(incident.Mitigated, "2026-09-23 10:01"), apart)
	}
	h.declare("2026-09-23 10:00", "a drill", func(d *incident.Declared) { d.Drill = true })
	h.declare("2026-09-23 10:00", "about a person", func(d *incident.Declared) { d.Private = true })
	h.declare("2026-08-31 21:59", "the month before, in Berlin")
	h.declare("2026-10-01 00:00", "the month after")

	r := h.report("2026-09", "2026-10-02 10:00")
	if r.Incidents != 10 || r.Canceled != 1 || r.Merged != 1 || r.Drills != 1 || r.Private != 1 || r.Running {
		t.Errorf("%d incidents, %d canceled, %d merged, %d drills, %d private, running %v", r.Incidents, r.Canceled, r.Merged, r.Drills, r.Private, r.Running)
	}
	d := find(t, r.Metrics, "time to mitigate")
	if len(d.Values) != 5 || d.Missing != 1 || d.Invalid != 1 || d.NotApplicable != 1 || len(d.Wrong) != 1 {
		t.Errorf("time to mitigate: %+v", d)
	}
	for q, want := range map[float64]time.Duration{0: 5 * time.Minute, .25: 10 * time.Minute, .5: 20 * time.Minute, .75: 40 * time.Minute, 1: 80 * time.Minute} {
		if got, _ := d.Quantile(q); got.Low != want || got.High != want {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	md := r.Markdown()
	if !strings.Contains(md, "| Time to mitigate | 5 | 5 min | 10 min | 20 min | 40 min | 1 h 20 min | 1 missing, 1 invalid, 1 not applicable |") {
		t.Errorf("the table says otherwise:\n%s", md)
	}
	if strings.Contains(md, "about a person") || strings.Contains(strings.ToLower(md), "mean ") {
		t.Errorf("it says what it must not:\n%s", md)
	}
}

// What is known to an interval keeps both ends.
func TestIntervals(t *testing.T) {
	h := newHouse(t)
	in := h.declare("2026-09-02 11:10", "crashed")
	h.do(in, "2026-09-02 11:20", incident.MilestoneRecorded{Name: incident.ImpactStarted, At: when("2026-09-02 11:02"), Until: when("2026-09-02 11:09")}, milestone(incident.Detected, "2026-09-02 11:10"))
	d := find(t, h.report("2026-09", "2026-10-02 10:00").Metrics, "time to detect")
	if s, ok := d.Quantile(.5); !ok || s.Low != time.Minute || s.High != 8*time.Minute || d.Enough() {
		t.Errorf("%v, enough %v", s, d.Enough())
	}
}

// The half-life by hand: of five follow-ups, done after 1, 2 and 6 days, open
// for 3 and 10. S(1)=4/5, S(2)=3/5, at 3 one is censored, S(6)=3/5·1/2=0.3.
func TestHalfLife(t *testing.T) {
	h := newHouse(t)
	in := h.declare("2026-09-01 10:00", "down")
	h.do(in, "2026-09-02 00:00", incident.ActionAdded{Text: "one"}, incident.ActionAdded{Text: "two"}, incident.ActionAdded{Text: "three"}, incident.ActionAdded{Text: "four"})
	h.do(in, "2026-09-03 00:00", incident.ActionDone{Number: 1})
	h.do(in, "2026-09-04 00:00", incident.ActionDone{Number: 2})
	h.do(in, "2026-09-08 00:00", incident.ActionDone{Number: 3})
	h.do(in, "2026-09-09 00:00", incident.ActionAdded{Text: "five", Owner: incident.Person{Name: "ben"}})
	a := h.report("2026-09", "2026-09-12 00:00").Actions
	const day = 24 * time.Hour
	want := []tally.Step{{After: day, Open: .8}, {After: 2 * day, Open: .6}, {After: 6 * day, Open: .3}}
	if fmt.Sprintf("%.3v", a.Steps) != fmt.Sprintf("%.3v", want) || a.HalfLife != 6*day || a.Done != 3 || a.Open != 2 || fmt.Sprint(a.Censored) != fmt.Sprint([]time.Duration{3 * day, 10 * day}) {
		t.Errorf("%+v", a)
	}
	left := h.report("2026-09", "2026-09-12 00:00").Left
	if len(left) != 2 || left[0].Text != "four" || left[1].Owner != "ben" {
		t.Errorf("left: %+v", left)
	}
}

func TestUnled(t *testing.T) {
	ana := incident.Person{ID: "x/ana", Name: "ana"}
	h := newHouse(t)
	in := h.declare("2026-09-01 10:00", "down")
	h.do(in, "2026-09-01 10:15", incident.RoleAssigned{Role: "scribe", Who: ana})
	h.do(in, "2026-09-01 10:20", incident.RoleAssigned{Role: "commander", Who: ana})
	h.do(in, "2026-09-01 11:00", incident.RoleAssigned{Role: "commander"})
	h.do(in, "2026-09-01 11:30", incident.StateChanged{Status: incident.Resolved})
	h.do(in, "2026-09-01 12:00", incident.Reopened{Why: "again"})
	h.do(in, "2026-09-01 12:10", incident.HandoverAccepted{Role: "commander"})
	h.do(in, "2026-09-01 13:00", incident.StateChanged{Status: incident.Resolved})
	back := h.declare("2026-09-02 10:00", "the clock went back")
	h.do(back, "2026-09-02 09:00", incident.StateChanged{Status: incident.Resolved})
	r := h.report("2026-09", "2026-10-02 10:00")
	if r.Whole != 150*time.Minute || r.Alone != 60*time.Minute || len(r.Unled.Values) != 1 || r.Unled.Invalid != 1 {
		t.Errorf("open %v, alone %v, %+v", r.Whole, r.Alone, r.Unled)
	}
}

func TestPromises(t *testing.T) {
	h := newHouse(t)
	in := h.declare("2026-09-01 10:00", "down")
	h.tell(in, "2026-09-01 10:10", incident.Wording{Status: incident.Investigating, Title: "Shop is down", Body: "We are looking into it. Next update in 30 minutes."})
	h.tell(in, "2026-09-01 11:10", incident.Wording{Body: "Still at it. We will update you again shortly."})
	h.tell(in, "2026-09-01 11:20", incident.Wording{Status: incident.Resolved, Body: "Solved. A postmortem will follow."})
	r := h.report("2026-09", "2026-10-02 10:00")
	words, reports := r.Fates(false), r.Fates(true)
	if len(r.Promises) != 3 || words["kept late"] != 1 || words["kept"] != 1 || reports["open"] != 1 {
		t.Errorf("%+v %+v", words, reports)
	}
	if md := r.Markdown(); !strings.Contains(md, "Of 3 promises to customers, 1 was kept in time and 1 was not.") {
		t.Error(md)
	}
}

// quarter is a full quarter of a made-up shop, the same every time.
func quarter(t *testing.T) tally.Report {
	h, r := newHouse(t), rand.New(rand.NewPCG(20, 26))
	stamp := func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04") }
	components := []string{"Checkout", "Search", "Mail", "API", "Login <beta>"}
	for day := when("2026-07-02 08:00"); day.Before(when("2026-09-28 00:00")); day = day.AddDate(0, 0, 1+r.IntN(5)) {
		began := day.Add(time.Duration(r.IntN(600)) * time.Minute)
		at := began.Add(time.Duration(2+r.IntN(25)) * time.Minute)
		c := components[r.IntN(5)*r.IntN(2)]
		in := h.declare(stamp(at), "Trouble with "+c, func(d *incident.Declared) {
			d.Severity = []string{"sev1", "sev2", "sev2", "sev3", ""}[r.IntN(5)]
			d.Affects = []incident.ComponentChange{{ID: c, Name: c, New: incident.PartialOutage}}
		})
		if r.IntN(5) > 0 {
			h.do(in, stamp(at), milestone(incident.ImpactStarted, stamp(began)), milestone(incident.Detected, stamp(began.Add(time.Duration(1+r.IntN(12))*time.Minute))))
		}
		led := at.Add(time.Duration(r.IntN(20)) * time.Minute)
		if r.IntN(6) > 0 {
			h.do(in, stamp(led), incident.RoleAssigned{Role: "commander", Who: incident.Person{Name: "ana"}})
		}
		word := led
		if r.IntN(3) > 0 {
			h.tell(in, stamp(word), incident.Wording{Status: incident.Investigating, Title: "Trouble", Body: "We are looking into it. Next update in 30 minutes."})
			word = word.Add(time.Duration(10+r.IntN(40)) * time.Minute)
			h.tell(in, stamp(word), incident.Wording{Status: incident.Identified, Body: "We know what it is. More updates to follow."})
		}
		end := word.Add(time.Duration(int(5*float64(r.IntN(8)*r.IntN(60))/6)+4) * time.Minute)
		if r.IntN(4) > 0 {
			m := milestone(incident.Mitigated, stamp(end.Add(-3*time.Minute)))
			if r.IntN(9) == 0 {
				m.At = began.Add(-time.Hour)
			}
			h.do(in, stamp(end), m)
		}
		if in.IsPublic() {
			h.tell(in, stamp(end), incident.Wording{Status: incident.Resolved, Body: "It is over. A postmortem will follow."})
		} else {
			h.do(in, stamp(end), incident.StateChanged{Status: incident.Resolved})
		}
		for i := range r.IntN(4) {
			h.do(in, stamp(end.Add(time.Hour)), incident.ActionAdded{Text: fmt.Sprintf("Make *%s* hold <b>%d</b> times more", c, i+2)})
			if r.IntN(3) > 0 {
				h.do(in, stamp(end.Add(time.Duration(r.IntN(60)*r.IntN(30))*time.Hour)), incident.ActionDone{Number: i + 1})
			}
		}
	}
	return h.report("2026-Q3", "2026-10-05 09:00")
}

// The report in its three forms; read the difference like code.
func TestGolden(t *testing.T) {
	r := quarter(t)
	page, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"quarter.html": page, "quarter.md": []byte(r.Markdown()), "quarter.json": facts} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what it was; go test ./tally -update writes it anew", name)
		}
	}
	var any map[string]json.RawMessage
	if err := json.Unmarshal(facts, &any); err != nil {
		t.Error(err)
	}
}

// The page fetches nothing, every plot has a title and a description, and what
// people wrote makes no HTML.
func TestPage(t *testing.T) {
	r := quarter(t)
	page, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	plots := 0
	ids := map[string]bool{}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "script", "link", "img", "iframe", "object", "b":
				t.Errorf("the page has a %s", n.Data)
			case "svg":
				plots++
				has := map[string]bool{}
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					if c.FirstChild != nil && strings.TrimSpace(c.FirstChild.Data) != "" {
						has[c.Data] = true
					}
				}
				if !has["title"] || !has["desc"] {
					t.Error("a plot has no title or no description")
				}
			}
			for _, a := range n.Attr {
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("two elements are %s", a.Val)
				}
				ids[a.Val] = ids[a.Val] || a.Key == "id"
				if strings.Contains(a.Val, "://") || strings.HasPrefix(a.Key, "on") {
					t.Errorf("an attribute that fetches or runs: %s=%q", a.Key, a.Val)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	if plots != 4 {
		t.Errorf("%d plots, want 4", plots)
	}
}

// A period in which nothing happened is a report too, in every form.
func TestEmpty(t *testing.T) {
	r := newHouse(t).report("2026-09", "2026-09-10 10:00")
	page, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	if facts, err := r.JSON(); err != nil || strings.Contains(string(facts), "NaN") {
		t.Errorf("%v %s", err, facts)
	}
	for _, text := range []string{string(page), r.Markdown()} {
		for _, want := range []string{"No incident was declared.", "not over", "No follow-up was added.", "Customers were promised nothing."} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in it", want)
			}
		}
		if strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
			t.Error("a figure is none")
		}
	}
}

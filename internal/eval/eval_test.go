package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const collection = "../../../shared/data"

// collected loads the collection, or skips the test where it is not at hand.
func collected(t *testing.T) []Case {
	t.Helper()
	dir, _ := Collection(collection)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no collection of incidents here")
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// small is a case typed for these tests.
func small(t *testing.T) *Case {
	t.Helper()
	var c Case
	err := json.Unmarshal([]byte(`{
		"id": "shop-2024-03-05-checkout", "org": "Shop", "title": "Checkout is \"slow\"", "components": ["Checkout", "Visit www.shop.example for more"],
		"timeline_origin": "status_page", "tz": {"stated": "UTC", "applied": "UTC"},
		"updates": [
			{"at": "2024-03-05T10:10:00Z", "status": "identified", "body": "We have found the cause.\nA fix is on its way.", "components": [{"name": "Checkout", "to": "degraded_performance"}]},
			{"at": "2024-03-05T10:00:30Z", "status": "investigating", "body": "Checkout is slow."},
			{"at": null, "status": "update", "body": "no time"},
			{"at": "2024-03-05T11:00:00Z", "status": "resolved", "body": "It is over.", "components": [{"name": "Checkout", "to": "operational"}]},
			{"at": "2024-03-06T11:00:00Z", "status": "update", "body": "It was the pool."}],
		"facts": [
			{"kind": "identified", "value": "2024-03-05T10:10:00Z", "derivable": "yes"},
			{"kind": "resolved", "value": "2024-03-05T10:30:00Z", "derivable": "partly", "alt": ["2024-03-05T11:01:00Z"]},
			{"kind": "start", "value": "2024-03-05T09:40:00Z", "derivable": "no"},
			{"kind": "duration", "value": "PT60M", "derivable": "yes", "match": ["59 ?min"]},
			{"kind": "duration", "value": "PT60M", "derivable": "no", "auto": true}]}`), &c)
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestTell(t *testing.T) {
	c := small(t)
	want := `2024-03-05T10:00:30Z  #ops  @support  /incident declare -- Checkout is "slow"
2024-03-05T10:00:30Z  #incident  @support  /incident update investigating title:"Checkout is 'slow'" affects:"Checkout" -- Checkout is slow.
2024-03-05T10:10:00Z  #incident  @support  /incident update identified affects:"Checkout=degraded_performance" -- We have found the cause.
	A fix is on its way.
2024-03-05T11:00:00Z  #incident  @support  /incident update resolved affects:"Checkout=operational" -- It is over.
2024-03-06T11:00:00Z  #incident  @support  /incident update resolved -- It was the pool.
`
	if got := c.Tell(Page); got != want {
		t.Errorf("told as updates:\n%s\nwant:\n%s", got, want)
	}
	if got := c.Tell(Room); strings.Count(got, "/incident") != 1 || strings.Contains(got, "identified") {
		t.Errorf("the room knows what nobody said there:\n%s", got)
	}
	if got := c.Tell(Channel); got != "" {
		t.Errorf("no channel is known, and this was told: %s", got)
	}
}

func TestScore(t *testing.T) {
	c := small(t)
	d, err := Replay(t.Context(), c.Tell(Page), c.names(), c.Location(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, r := range c.Score(d, true) {
		got[r.Fact.Kind+" "+r.Fact.Derivable] = r.Hit
	}
	want := map[string]bool{"identified yes": true, "resolved partly": true, "start no": false, "duration yes": true}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("scored %v, want %v", got, want)
	}
}

func TestUnsupported(t *testing.T) {
	c := small(t)
	for _, x := range []struct {
		text string
		bad  int
	}{
		{"It was over at 11:00, after 59 min.", 0},
		{"It was over at 12:15, after 2 h 15 min.", 2},
		{"From 10:10 to 11:00 is 50 min, and a day later 1 d 1 h.", 0},
		{"35% of requests failed, see #123 and https://a.example/b", 3},
	} {
		if _, bad := c.Unsupported(x.text, time.UTC, nil); len(bad) != x.bad {
			t.Errorf("%q: %q are unsupported, want %d", x.text, bad, x.bad)
		}
	}
}

// Real incidents can be told, replayed and drafted, no draft says what its
// record does not, and the reference scorer agrees on every fact. Every fourth
// incident is enough here; make eval takes them all.
func TestRealIncidents(t *testing.T) {
	var cases []Case
	for i, c := range collected(t) {
		if i%4 == 0 || c.Marked() {
			cases = append(cases, c)
		}
	}
	dir := t.TempDir()
	want := map[string]Tally{}
	r := Run(t.Context(), cases, Options{Unplanted: true, Visit: func(c *Case, how Telling, _ string, d Drafted) {
		if how != Page {
			return
		}
		raw, err := json.Marshal(map[string]any{"facts": d.Facts, "markdown": d.Markdown, "timeline": d.Timeline})
		if err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(dir, c.ID+".json"), raw, 0o600); err != nil {
			t.Error(err)
		}
		for _, r := range c.Score(d, true) {
			for _, key := range []string{r.Fact.Kind, "derivable=" + r.Fact.Derivable, "ALL"} {
				s := want[key]
				s.add(r.Hit)
				want[key] = s
			}
		}
	}})
	for _, b := range r.Broken {
		t.Error(b)
	}
	for _, s := range r.Sets {
		for _, f := range s.Failed {
			t.Errorf("%s, %s: %s", s.Telling, half(s.Held), f)
		}
	}
	if r.Drafts < len(cases) {
		t.Errorf("%d drafts of %d incidents", r.Drafts, len(cases))
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Log("Not run: the reference scorer, which needs python3.")
		return
	}
	incidents, _ := Collection(collection)
	out, err := exec.Command(python, filepath.Join(collection, "score.py"), incidents, dir, "--auto").Output()
	if err != nil {
		t.Fatalf("the reference scorer: %v", err)
	}
	_, drafts, ok := bytes.Cut(out, []byte("DRAFT "))
	if !ok {
		t.Fatalf("the reference scorer says nothing of drafts: %s", out)
	}
	for key, s := range want {
		if part := fmt.Sprintf("'%s': '%d/%d=", key, s.Hit, s.Of); !bytes.Contains(drafts, []byte(part)) {
			t.Errorf("%s is %d of %d here; the reference says %s", key, s.Hit, s.Of, drafts)
		}
	}
}

// What is planted about an incident is found, and nothing without it.
func TestPlants(t *testing.T) {
	c := small(t)
	d, err := Replay(t.Context(), c.Tell(Page), c.names(), c.Location(), "")
	if err != nil {
		t.Fatal(err)
	}
	s, ok := see(&d.Brief)
	if !ok {
		t.Fatal("nothing can be planted about the small incident")
	}
	if fs := Flagged(s.Truth(), d.Brief); len(fs) > 0 {
		t.Errorf("found in a text that is right: %+v", fs)
	}
	planted := 0
	for _, p := range Plants() {
		words, ok := p.Write(s)
		if !ok {
			continue
		}
		if planted++; len(Flagged(s.Truth()+"\n"+words+"\n", d.Brief)) == 0 {
			t.Errorf("%s: nothing was found in %q", p.Name, words)
		}
	}
	if planted < 20 {
		t.Errorf("%d kinds were planted", planted)
	}
}

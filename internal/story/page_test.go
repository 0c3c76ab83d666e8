package story_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/story"
	"sitrep/store"
	"sitrep/store/memory"
)

// get is what the page answers at an address.
func get(t *testing.T, a *app.App, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.Site.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 {
		t.Fatalf("%s: %d", path, w.Code)
	}
	return w.Body.String()
}

// uptime is what the page says of a component's history.
type uptime struct {
	Ninety  float64 `json:"ninety"`
	Days    []struct{ Outages map[string]int }
	Windows []struct{ Status, From, To string }
}

func (u uptime) today() map[string]int { return u.Days[len(u.Days)-1].Outages }

func uptimeOf(t *testing.T, a *app.App, name string) (u uptime) {
	t.Helper()
	for _, c := range a.Board.Page().Components {
		if c.Name == name {
			if err := json.Unmarshal([]byte(get(t, a, "/uptime/"+c.ID+".json")), &u); err != nil {
				t.Fatal(err)
			}
		}
	}
	return u
}

// The state that customers see changes without a text, and a correction changes
// the days, the percentages and the windows of the incident.
func TestStatesAloneArePublishedAndCorrected(t *testing.T) {
	lines := []string{
		"#ops @ana /incident declare sev1 it is down",                                               // 16:01
		`#incident @ana /incident update title:"Trouble" affects:website=down One.`,                 // 16:02
		"#incident @ana /incident affects website partial",                                          // 16:03, for the team
		"#incident @ana /incident affects website partial, api degraded publish:yes",                // 16:04
		"#incident @ana! /incident affects website partial publish:yes",                             // as it is
		"#incident @ana /incident resolve Over.",                                                    // 16:06
		"#incident @ana /incident affects website degraded at:\"2020-09-09 16:03 UTC\" publish:yes", // what was down had come back slowly
	}
	a, receipts, err := play(t, at(lines[:6]...))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The page changes with the next update", "Update 2 of INC-1 is on the page: Update", "Customers see that already."} {
		if !strings.Contains(receipts, want) {
			t.Errorf("the receipts do not say %q:\n%s", want, receipts)
		}
	}
	in := a.Board.Get("INC-1").Public(a.Board.Page())
	if u := in.Updates[1]; u.Body != "Website: from major outage to partial outage.\nAPI: from operational to degraded performance." || u.Status != "investigating" {
		t.Errorf("customers read %+v", u)
	}
	if home := get(t, a, "/incidents/"+in.Code); !strings.Contains(home, "Website: from major outage to partial outage.") {
		t.Errorf("the page does not say it in words:\n%s", home)
	}
	before := uptimeOf(t, a, "Website")
	if got := before.today(); got["m"] != 120 || got["p"] != 120 || len(before.Windows) != 2 {
		t.Errorf("before the correction: %v, %+v", got, before.Windows)
	}

	a, receipts, err = play(t, at(lines...))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(receipts, "Days and percentages are counted again.") {
		t.Errorf("the receipt of the correction:\n%s", receipts)
	}
	after := uptimeOf(t, a, "Website")
	if got := after.today(); got["m"] != 60 || got["p"] != 120 || len(after.Windows) != 3 || after.Windows[1].Status != "degraded_performance" {
		t.Errorf("after the correction: %v, %+v", got, after.Windows)
	}
	if us := a.Board.Get("INC-1").Updates; !us[len(us)-1].Quiet {
		t.Error("subscribers are told of a correction, unasked")
	}
	if code := a.Board.Get("INC-1").Public(a.Board.Page()).Code; !strings.Contains(get(t, a, "/incidents/"+code), "Degraded") {
		t.Error("the incident's own windows do not follow")
	}
	if after.Ninety < before.Ninety {
		t.Errorf("%v %% became %v %%", before.Ninety, after.Ninety)
	}
}

// storyLog is a log in memory with a clock that stands still.
func storyLog() (*store.Log, *story.Clock) {
	var clock story.Clock
	l := store.New(memory.New(), nil)
	l.Now = clock.Now
	return l, &clock
}

// command gives a command as a surface does that shows no previews.
func command(t *testing.T, a *app.App, key, line string) {
	t.Helper()
	m, err := a.Runner.Handle(t.Context(), bot.Request{Key: key, By: incident.Person{ID: "story/ana", Name: "ana"}, Do: bot.Command{Text: line}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.(bot.Receipt); !ok {
		t.Fatalf("%s: %+v", line, m)
	}
}

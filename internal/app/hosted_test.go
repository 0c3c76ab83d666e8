package app_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakestatuspage"
	"sitrep/notify/hosted"
	"sitrep/store"
	"sitrep/store/memory"
)

// A command reaches the hosted page when its update cannot be undone any more;
// a card says why one does not, and that it will.
func TestHostedPageIsKeptInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		there := fakestatuspage.New("p1", "key", "Website")
		page := hosted.NewStatuspage("p1", "key", &hosted.StatuspageOptions{API: "https://api.example.com/v1", Client: &http.Client{Transport: there}})
		a := app.New(store.New(memory.New(), nil), config.Default(time.UTC), &app.Options{Hosted: []hosted.Page{page}})
		if err := a.Start(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		n := 0
		command := func(line string) {
			t.Helper()
			n++
			m, err := a.Runner.Handle(t.Context(), bot.Request{Key: strings.Repeat("k", n), By: incident.Person{ID: "test/ana", Name: "ana"}, Do: bot.Command{Text: line}})
			if _, ok := m.(bot.Receipt); !ok || err != nil {
				t.Fatalf("%s: %+v, %v", line, m, err)
			}
		}
		command("declare sev1 it is down")
		command(`INC-1 update title:"Whoops" Not this.`)
		command("INC-1 update undo")
		command(`INC-1 update title:"Trouble" affects:website=down We look.`)
		time.Sleep(25 * time.Second)
		if n := len(there.Requests()); n != 0 {
			t.Errorf("%d requests while it could be undone", n)
		}
		time.Sleep(20 * time.Second)
		in := there.Incidents()
		if len(in) != 1 || in[0].Name != "Trouble" || len(in[0].Updates) != 1 || there.States()["Website"] != "major_outage" || len(there.Mails()) != 1 {
			t.Fatalf("there is %+v", in)
		}
		there.Disturb(fakestatuspage.Refuse, fakestatuspage.Refuse, fakestatuspage.Refuse, fakestatuspage.Refuse, fakestatuspage.Refuse)
		command("INC-1 resolve Over.")
		time.Sleep(35 * time.Second)
		if got := strings.Join(a.Undelivered("INC-1"), " "); !strings.Contains(got, "Keeping the hosted page (statuspage) in step waits since") || !strings.Contains(got, "503: Service unavailable") {
			t.Errorf("the card says %q", got)
		}
		time.Sleep(5 * time.Minute)
		if in := there.Incidents()[0]; in.Status != "resolved" || there.States()["Website"] != "operational" || len(a.Undelivered("INC-1")) != 0 {
			t.Errorf("there is %+v, and the card says %q", in, a.Undelivered("INC-1"))
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

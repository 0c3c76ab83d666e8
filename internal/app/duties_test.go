package app_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/store"
	"sitrep/store/memory"
)

// A running app reminds people of a postmortem when the time comes, and not of
// one that was reviewed; a process that comes back says what it missed, once.
func TestRemindersCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := memory.New()
		start := func() *app.App {
			a := app.New(store.New(kept, nil), config.Default(time.UTC), nil)
			if err := a.Start(t.Context(), "test"); err != nil {
				t.Fatal(err)
			}
			return a
		}
		a := start()
		do := func(id, text string) {
			t.Helper()
			msg, err := a.Runner.Handle(t.Context(), bot.Request{Key: id + text, By: incident.Person{ID: "x/ana", Name: "ana"}, In: bot.Channel{Platform: "cli", ID: "cli"}, Do: bot.Command{Text: text, Incident: id}})
			if p, refused := msg.(bot.Problem); err != nil || refused {
				t.Fatalf("%s: %v %s", text, err, p.Text)
			}
			if err := a.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		reminded := func(id string) int {
			t.Helper()
			synctest.Wait()
			rs, err := a.Log.Read(t.Context(), id, 0, 256)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, r := range rs {
				if r.Kind == (incident.PostmortemReminded{}).Kind() {
					n++
				}
			}
			return n
		}
		const day = 24 * time.Hour
		for _, id := range []string{"INC-1", "INC-2", "INC-3"} {
			do("", "declare sev1 down "+id)
			do(id, "resolve")
		}
		do("INC-2", "postmortem review")
		do("INC-2", "postmortem reviewed")
		do("INC-3", "severity sev4")
		time.Sleep(2*day + 2*time.Hour)
		if n := reminded("INC-1"); n != 1 {
			t.Fatalf("%d reminders a day before", n)
		}
		time.Sleep(day)
		if n := reminded("INC-1"); n != 2 {
			t.Fatalf("%d reminders when it was due", n)
		}
		a.Unfollow()
		time.Sleep(20 * day)
		a = start()
		time.Sleep(time.Minute)
		if n := reminded("INC-1"); n != 3 {
			t.Errorf("%d reminders after it was away for long", n)
		}
		do("INC-1", "postmortem due none")
		time.Sleep(60 * day)
		for id, want := range map[string]int{"INC-1": 3, "INC-2": 0, "INC-3": 0} {
			if n := reminded(id); n != want {
				t.Errorf("%s: %d reminders, want %d", id, n, want)
			}
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
}

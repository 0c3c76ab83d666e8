package app_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/store"
	"sitrep/store/memory"
	"sitrep/subscriber"
)

// TestForgetting: who left, and who never confirmed, is erased once a day, but not
// while an incident is open, unless that takes days.
func TestForgetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default(time.UTC)
		cfg.Subscribers.Webhooks = true
		a := app.New(store.New(memory.New(), nil), cfg, nil)
		if err := a.Subscribe(app.SubscribeOptions{Key: "0123456789abcdef"}); err != nil {
			t.Fatal(err)
		}
		if err := a.Start(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		asks := func(address string) {
			t.Helper()
			if err := a.Registry.Ask(t.Context(), subscriber.Asked{Channel: subscriber.Mail, Address: address}); err != nil {
				t.Fatal(err)
			}
		}
		known := func(address string) bool { return a.Registry.Find(subscriber.Mail, address) != nil }
		asks("silent@example.com")
		asks("jane@example.com")
		jane := a.Registry.Find(subscriber.Mail, "jane@example.com")
		if _, err := a.Registry.Confirm(t.Context(), subscriber.Link{ID: jane.ID, Ask: 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(23 * time.Hour)
		synctest.Wait()
		if !known("silent@example.com") {
			t.Error("the link still works, and who was to open it is forgotten")
		}
		time.Sleep(26 * time.Hour)
		synctest.Wait()
		if known("silent@example.com") || !known("jane@example.com") {
			t.Error("after two days who never confirmed is still known, or who did is not")
		}
		data, err := incident.Encode(incident.Meta{}, incident.Declared{Number: 1, Title: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Log.Append(t.Context(), "INC-1", "", store.Record{Kind: incident.Declared{}.Kind(), Data: data}); err != nil {
			t.Fatal(err)
		}
		if err := a.Registry.Leave(t.Context(), jane.ID, "page"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Hour)
		synctest.Wait()
		if !known("jane@example.com") {
			t.Error("the file is rewritten while an incident is open")
		}
		time.Sleep(40 * time.Hour)
		synctest.Wait()
		if known("jane@example.com") {
			t.Error("an incident that is never closed keeps who left for ever")
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
}

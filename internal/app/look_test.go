package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/status"
	"sitrep/status/statuspage"
	"sitrep/store"
	"sitrep/store/memory"
)

// TestBroughtOverPageStands: starting without a configuration leaves the page
// that the log has, and starting with one keeps what a hosted page said of the
// components that both know.
func TestBroughtOverPageStands(t *testing.T) {
	driver := memory.New()
	l := store.New(driver, nil)
	a := app.New(l, config.Default(time.UTC), &app.Options{KeepPage: true})
	if err := a.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := statuspage.Read(bytes.NewReader(real(t, "github-components-array.json")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ImportPublic(t.Context(), s, "", false); err != nil {
		t.Fatal(err)
	}
	a.Unfollow()

	cfg := config.Default(time.UTC)
	cfg.Page.URL = "http://127.0.0.1:8080"
	kept := app.New(l, cfg, &app.Options{KeepPage: true})
	if err := kept.Start(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	if page := kept.Board.Page(); page.ID != "kctbh9vrtdwd" || len(page.Components) != 12 || page.URL != "http://127.0.0.1:8080" {
		t.Errorf("without a configuration: %s, %d components, %s", page.ID, len(page.Components), page.URL)
	}
	kept.Unfollow()

	cfg = config.Default(time.UTC)
	cfg.Page.Name, cfg.Page.Components = "GitHub", []config.Component{{Name: "Webhooks"}, {Name: "Something new"}}
	with := app.New(l, cfg, nil)
	if err := with.Start(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	page := with.Board.Page()
	if len(page.Components) != 2 || page.Components[0].ID != "4230lsnqdsld" || page.Components[0].Listing.Created.IsZero() || page.Components[0].Listing.Position != 0 || page.Components[1].ID == "" {
		t.Errorf("with a configuration: %+v", page.Components)
	}
	if err := errors.Join(with.Stop()); err != nil {
		t.Error(err)
	}
}

// TestLook: what is chosen is on the page, and what nobody could read is refused.
func TestLook(t *testing.T) {
	look, err := status.NewLook(&status.LookOptions{Languages: []string{"fr", "en"}, Footer: "Write to **us**."})
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(store.New(memory.New(), nil), config.Default(time.UTC), &app.Options{Look: look})
	if err := a.Start(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if home := text(t, a, "/"); !strings.Contains(home, `lang="fr"`) || !strings.Contains(home, "Tous les services fonctionnent") || !strings.Contains(home, "Write to <strong>us</strong>.") {
		t.Error(home)
	}
	if home := text(t, a, "/en"); !strings.Contains(home, "All systems operational") {
		t.Error(home)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
}

// TestGroupsBroughtOver: a group keeps its id where the configuration has it,
// and stands where the configuration puts it.
func TestGroupsBroughtOver(t *testing.T) {
	a := fresh(t)
	bringOver(t, a, real(t, "hashicorp-components-groups-excerpt-2021-08.json"))
	a.Unfollow()
	cfg := config.Default(time.UTC)
	cfg.Page.Components = []config.Component{
		{Name: "Vagrant Cloud"}, {Group: "HashiCorp Cloud Platform (HCP)", Name: "Consul"}, {Group: "HashiCorp Cloud Platform (HCP)", Name: "New"},
	}
	with := app.New(a.Log, cfg, nil)
	if err := with.Start(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	if err := with.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := get(t, with, "/api/v2/components.json").(map[string]any)["components"].([]any)
	var got []string
	for _, r := range rows {
		c := r.(map[string]any)
		got = append(got, fmt.Sprint(c["name"], " ", c["position"], " ", c["group_id"], " ", c["components"]))
	}
	if len(rows) != 4 || !strings.Contains(strings.Join(got, "\n"), "Vagrant Cloud 1 <nil>") || !strings.Contains(strings.Join(got, "\n"), "HashiCorp Cloud Platform (HCP) 2 <nil> [b4pr9x7288zy ") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	with.Unfollow()
}

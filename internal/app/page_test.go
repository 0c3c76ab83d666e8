package app_test

import (
	"context"
	"testing"
	"time"

	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/store"
	"sitrep/store/memory"
)

// A component keeps its id through renames, and no two ever share one.
func TestComponentIDs(t *testing.T) {
	type c = config.Component
	l := store.New(memory.New(), nil)
	load := func(cs ...c) map[string]string {
		t.Helper()
		cfg := config.Default(time.UTC)
		cfg.Page.Components = cs
		if problems := cfg.Check(); len(problems) > 0 {
			t.Fatalf("%+v: %v", cs, problems)
		}
		a := app.New(l, cfg, nil)
		if err := a.Start(context.Background(), "test"); err != nil {
			t.Fatal(err)
		}
		ids, seen := map[string]string{}, map[string]string{}
		for _, x := range a.Board.Page().Components {
			ids[x.FullName()] = x.ID
			if other, twice := seen[x.ID]; twice || x.ID == "" {
				t.Errorf("%s and %s both have the id %q", other, x.FullName(), x.ID)
			}
			seen[x.ID] = x.FullName()
		}
		a.Unfollow()
		return ids
	}
	first := load(c{Name: "A"}, c{Name: "Cart"})
	second := load(c{Name: "B", Was: "A"}, c{Name: "Cart"})
	if second["B"] != first["A"] || second["Cart"] != first["Cart"] {
		t.Errorf("renamed: %v, then %v", first, second)
	}
	third := load(c{Name: "B"}, c{Name: "A"}, c{Name: "Cart"})
	if third["B"] != first["A"] || third["A"] == first["A"] {
		t.Errorf("a new one under an old name: %v, then %v", second, third)
	}
	fourth := load(c{Name: "A"}, c{Name: "B"}, c{Name: "Cart"}, c{Name: "Cart", Group: "Shop"})
	if fourth["A"] != third["A"] || fourth["B"] != third["B"] || fourth["Cart"] != first["Cart"] {
		t.Errorf("turned round: %v, then %v", third, fourth)
	}
	fifth := load(c{Name: "Cart"}, c{Name: "Basket", Group: "Shop", Was: "Cart"})
	if fifth["Shop - Basket"] != fourth["Shop - Cart"] || fifth["Cart"] != first["Cart"] {
		t.Errorf("renamed in its group: %v, then %v", fourth, fifth)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

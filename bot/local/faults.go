package local

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"sitrep/bot"
)

// faults are the switches with which the room can be made to fail, for
// demonstrations and tests: /fail post 503 20m.
type faults struct {
	now func() time.Time

	mu sync.Mutex
	on map[string]fault
}

type fault struct {
	kind  string // 503, 429 or timeout
	until time.Time
}

// powers are what can be made to fail.
var powers = []string{"post", "edit", "room", "history", "react"}

// check returns the error that a call is to fail with; nil for none.
func (f *faults) check(power string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.on[power]
	if !ok {
		return nil
	}
	left := x.until.Sub(f.now())
	if left <= 0 {
		delete(f.on, power)
		return nil
	}
	switch x.kind {
	case "429":
		return &bot.Temporary{After: min(left, 30*time.Second), Err: errors.New("the local room answers 429, as it was told to")}
	case "timeout":
		return &bot.Temporary{Err: errors.New("the local room does not answer, as it was told to")}
	}
	return &bot.Temporary{Err: errors.New("the local room answers 503, as it was told to")}
}

// set reads what stands behind /fail and answers it.
func (f *faults) set(words string) bot.Message {
	fs := strings.Fields(words)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case len(fs) == 0:
		return bot.Receipt{Text: f.say()}
	case len(fs) == 1 && fs[0] == "off":
		f.on = nil
		return bot.Receipt{Text: "Nothing fails any more."}
	case len(fs) == 3 && canFail(fs[0]) && (fs[1] == "503" || fs[1] == "429" || fs[1] == "timeout"):
		d, err := time.ParseDuration(fs[2])
		if err != nil || d <= 0 || d > 24*time.Hour {
			return bot.Problem{Code: "bad-fault", Text: fmt.Sprintf("%q is no length of time. Write: /fail %s %s 20m.", fs[2], fs[0], fs[1])}
		}
		if f.on == nil {
			f.on = map[string]fault{}
		}
		f.on[fs[0]] = fault{kind: fs[1], until: f.now().Add(d)}
		return bot.Receipt{Text: f.say()}
	}
	return bot.Problem{Code: "bad-fault", Text: "Write /fail, then post, edit, room, history or react, then 503, 429 or timeout, then for how long: /fail post 503 20m. /fail off ends it."}
}

func canFail(power string) bool {
	for _, p := range powers {
		if p == power {
			return true
		}
	}
	return false
}

func (f *faults) say() string {
	var parts []string
	for _, p := range powers {
		if x, ok := f.on[p]; ok && x.until.After(f.now()) {
			parts = append(parts, fmt.Sprintf("%s fails with %s for %s more", p, x.kind, x.until.Sub(f.now()).Round(time.Second)))
		}
	}
	if len(parts) == 0 {
		return "Nothing is made to fail. Begin with: /fail post 503 20m."
	}
	return strings.Join(parts, "; ") + ". End it with: /fail off."
}

package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sitrep/internal/webtest"
)

// output is what a running program prints, which a test waits for.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
	new chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.new <- struct{}{}:
	default:
	}
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// A running is sitrep, running in this process.
type running struct {
	room, page string
	stop       func() int // ends it as SIGTERM does, and returns the exit status
}

// start runs the program until the test ends, and waits until it says where it
// listens.
func start(t *testing.T, args ...string) running {
	t.Helper()
	out := &output{new: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, 1)
	p := &program{stdout: out, stderr: out, getenv: os.Getenv}
	go func() { done <- p.run(ctx, args) }()
	var once sync.Once
	code := 0
	stop := func() int {
		once.Do(func() { cancel(); code = <-done })
		return code
	}
	t.Cleanup(func() { stop() })
	where := regexp.MustCompile(`team:\s+(\S+)\nThe status page:\s+(\S+)`)
	late := time.After(20 * time.Second)
	for {
		if m := where.FindStringSubmatch(out.String()); m != nil {
			return running{room: m[1], page: m[2], stop: stop}
		}
		select {
		case <-out.new:
		case code := <-done:
			t.Fatalf("it ended with %d: %s", code, out)
		case <-late:
			t.Fatalf("it does not say where it listens: %s", out)
		}
	}
}

func startLocal(t *testing.T, db string) running {
	t.Helper()
	return start(t, "local", "--db", db, "--page", "127.0.0.1:0", "--room", "127.0.0.1:0")
}

// pictures is where the pictures of a run are kept, if anybody asks for them.
func picture(b *webtest.Browser, name string) {
	if dir := os.Getenv("SITREP_PICTURES"); dir != "" {
		b.Picture(filepath.Join(dir, name+".png"))
	}
}

// An incident from its first word to its last, by somebody who has never seen
// the room before: with the keyboard, and with the buttons.
func TestIncidentInTheBrowser(t *testing.T) {
	db := filepath.Join(t.TempDir(), "sitrep.db")
	s := startLocal(t, db)
	b := webtest.Open(t, 1400, 900, false)
	b.Goto(s.room)
	b.See(".empty", "Nothing has been said here yet.")
	picture(b, "room-empty")
	b.Type("#who", "ana")
	b.Click(".who button", "That is me")
	b.See(".who button", "Change")

	// Declare with a form; something is left out first.
	b.Click(".empty button", "Declare an incident")
	b.See("dialog h3", "Declare an incident")
	picture(b, "room-declare")
	b.Type(`dialog [name="field-text"]`, "Checkout <b>fails</b> for everybody")
	b.Type(`dialog [name="field-affects"]`, "Webbsite down")
	b.Click("dialog button", "Declare")
	b.See("dialog .error", `There is no component "Webbsite"`)
	b.Type(`dialog [name="field-affects"]`, "Website down")
	b.Click("dialog button", "Declare")
	b.See(".answer.receipt", "Declared INC-1: Checkout <b>fails</b> for everybody, affecting Website (major outage).")
	b.See(".nav", "severity not set")
	b.Click(".nav a", "INC-1")
	b.See("h1", "#inc-1")
	b.See(".side .card", "Nobody leads")

	// Talk, mark, take the lead, complete with the keyboard.
	b.Type("#text", "the pool is exhausted"+kb.Enter)
	b.See(".message .text", "the pool is exhausted")
	b.Click(".message .tools summary", "⋯")
	b.Click(".message button", "Add to timeline")
	b.See(".message .mark", "in the timeline")
	b.Click(".side button", "Take it")
	b.See(".side .card", "ana leads")
	b.Type("#text", "/incident sever")
	b.See("#choices li", "severity")
	b.Do(chromedp.SendKeys("#text", kb.Tab, chromedp.ByQuery))
	b.See("#choices li", "sev1")
	b.Do(chromedp.SendKeys("#text", "sev1"+kb.Enter, chromedp.ByQuery))
	b.See(".side .card", "sev1")
	b.See(".messages", "set the severity to sev1")

	// The first public word takes two taps: Tell customers, Publish.
	b.Click(".side button", "Tell customers")
	b.See("dialog h3", "Only you see this.")
	picture(b, "room-preview")
	b.Click("dialog button", "Edit")
	b.See("dialog h3", "Tell customers")
	picture(b, "room-tell")
	b.Click("dialog button", "Preview")
	b.See("dialog h3", "Only you see this.")
	if page := get(t, s.page); strings.Contains(page, "Problem with Website") {
		t.Error("it is on the page before anybody has confirmed it")
	}
	b.Do(chromedp.Reload())
	b.See("body:not(:has(dialog[open])) .side", "Look at preview 2")
	b.Click(".side button", "Look at preview 2")
	b.Click("dialog button", "Publish")
	b.See(".side .card", "Customers were told Investigating")
	if page := get(t, s.page); !strings.Contains(page, "Problem with Website") || strings.Contains(page, "Checkout") || strings.Contains(page, "exhausted") {
		t.Error("the page does not say what was published, or says more")
	}

	// A publication by typing, and the end.
	b.Type("#text", "/incident update identified It is the database."+kb.Enter)
	b.Click("dialog button", "Publish")
	b.See(".messages", "It is the database.")
	b.Type("#text", "/incident resolve It works again."+kb.Enter)
	b.Click("dialog button", "Publish")
	b.See(".side .card", "Resolved")
	b.See(`.side [data-part="postmortem"]`, "Postmortem (draft)")
	picture(b, "room-resolved")
	b.Goto(s.page)
	b.See("body", "It works again.")
	picture(b, "page-resolved")

	// Stopping and starting goes on where it was.
	if code := s.stop(); code != 0 {
		t.Fatalf("it ended with %d", code)
	}
	s = startLocal(t, db)
	b.Goto(s.room + "/c/inc-1")
	b.See(".message .text", "the pool is exhausted")
	b.See(".side .card", "Resolved")

	phone := webtest.Open(t, 390, 844, true)
	phone.Goto(s.room + "/c/inc-1")
	phone.See(".side .card", "Resolved")
	picture(phone, "room-phone-dark")
}

// A port that is taken is one sentence, and the exit status is 1.
func TestPortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	yml := filepath.Join(dir, "sitrep.yml")
	if err := os.WriteFile(yml, []byte("page:\n  name: Status\n  time_zone: UTC\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"--page", "--room"} {
		code, _, said := run(t, "serve", "--config", yml, "--db", filepath.Join(dir, "sitrep.db"), "--page", "127.0.0.1:0", "--room", "127.0.0.1:0", at, l.Addr().String())
		if code != 1 || !strings.Contains(said, "address already in use") || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit %d, %s", at, code, said)
		}
	}
}

// A second start on the same file says who has it.
func TestSecondStartSaysWhoHasTheFile(t *testing.T) {
	db := filepath.Join(t.TempDir(), "sitrep.db")
	s := startLocal(t, db)
	code, _, errs := run(t, "local", "--db", db, "--page", "127.0.0.1:0", "--room", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, "is in use by sitrep local (process ") || !strings.Contains(errs, s.room) {
		t.Errorf("exit %d: %s", code, errs)
	}
	// The command line works on the log through the process that has it.
	code, out, errs := run(t, "log", "--db", db, "verify")
	if code != 0 || !strings.Contains(out, "The log is whole") {
		t.Errorf("verify: exit %d: %s%s", code, out, errs)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if code, _, errs := run(t, "log", "--db", db, "backup", backup); code != 0 {
		t.Fatalf("backup: %s", errs)
	}
	if code, out, errs := run(t, "log", "--db", backup, "verify"); code != 0 || !strings.Contains(out, "The log is whole") {
		t.Errorf("the backup: exit %d: %s%s", code, out, errs)
	}
}

// Beyond loopback the room needs a token, and says so.
func TestRoomBeyondLoopbackNeedsAToken(t *testing.T) {
	code, _, errs := run(t, "local", "--db", filepath.Join(t.TempDir(), "s.db"), "--room", "0.0.0.0:0")
	if code != 1 || !strings.Contains(errs, "token") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestPortsThatAreTakenAreExchanged(t *testing.T) {
	dir := t.TempDir()
	a := startLocal(t, filepath.Join(dir, "a.db"))
	b := start(t, "local", "--db", filepath.Join(dir, "b.db"), "--page", strings.TrimPrefix(a.page, "http://"), "--room", strings.TrimPrefix(a.room, "http://"))
	if a.page == b.page || a.room == b.room {
		t.Errorf("both listen at %s and %s", a.page, a.room)
	}
}

// The demonstration plays the seed in the room, and leaves it open.
func TestDemo(t *testing.T) {
	s := start(t, "demo", "--db", filepath.Join(t.TempDir(), "demo.db"), "--length", "2s", "--page", "127.0.0.1:0", "--room", "127.0.0.1:0")
	b := webtest.Open(t, 1400, 900, false)
	b.Goto(s.room + "/c/ops")
	b.See(".nav .list a", "INC-1")
	b.Goto(s.room + "/c/inc-1")
	b.See(`.side [data-part="postmortem"]`, "(published)")
	b.See(".messages", "data checks are complete")
	picture(b, "demo-room")
	b.Goto(s.page)
	b.See("body", "Service Outage")
	picture(b, "demo-page")
	phone := webtest.Open(t, 390, 844, false)
	phone.Goto(s.room + "/c/inc-1")
	phone.See(".side .card", "oncall leads")
	picture(phone, "demo-phone")
	phone.Goto(s.page)
	picture(phone, "demo-page-phone")
	if code := s.stop(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

package app_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/story"
	"sitrep/internal/webtest"
	"sitrep/store"
	"sitrep/store/memory"
)

// seeded is the seed incident, played, with the web room that shows it; a text
// of its internal version was written by a person, in places wrongly.
func seeded(t *testing.T) (*app.App, *local.Platform, string) {
	t.Helper()
	text, yml := story.Seed()
	lines, err := story.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var clock story.Clock
	clock.Set(lines[0].At)
	l := store.New(memory.New(), nil)
	l.Now = clock.Now
	cfg := configured(t, yml)
	a := app.New(l, cfg, &app.Options{Played: true})
	room := a.Room(&local.Options{Channels: []string{"ops"}, Now: clock.Now, Self: "ana"})
	ctx, cancel := context.WithCancel(context.Background())
	if err := room.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx, "test", &story.Stage{}, room); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := story.NewPlayer(a, &clock, cfg.Command.Name, &strings.Builder{}).Play(ctx, lines); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(room.Handler())
	t.Cleanup(srv.Close)
	return a, room, srv.URL
}

// pictured writes a picture of the page where somebody wants to look at it.
func pictured(b *webtest.Browser, name string) {
	if dir := os.Getenv("SITREP_PICTURES"); dir != "" {
		if name == "print" {
			b.Whole(filepath.Join(dir, name+".png"))
			return
		}
		b.Picture(filepath.Join(dir, name+".png"))
	}
}

// The page of a postmortem: beside its timeline, both ways; what the record says
// in the margin; its life.
func TestReportPage(t *testing.T) {
	_, _, at := seeded(t)
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"wide-light", 1440, 900, false}, {"wide-dark", 1440, 900, true}, {"middle", 1024, 768, false}, {"phone-light", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		t.Run(look.name, func(t *testing.T) {
			b := webtest.Open(t, look.width, look.height, look.dark)
			b.Goto(at + "/postmortem/INC-1")
			b.See(".report h1", "INC-1")
			b.See(".steps .now", "Published")
			pictured(b, "report-"+look.name)
			var wide bool
			b.Do(chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide))
			if wide {
				t.Error("it is wider than the window")
			}
			if wrong := b.Axe(); len(wrong) > 0 {
				t.Errorf("axe: %s", strings.Join(wrong, "\n"))
			}
			// A note leads to its entry, which shows that it is meant; its number leads back.
			b.Do(chromedp.Evaluate(`document.querySelector(".report .note").click()`, nil))
			b.Until(`(() => { const e = document.querySelector(":target"); return e ? e.id + " " + getComputedStyle(e.closest("li")).outlineStyle : ""; })()`, "solid")
			var seen bool
			b.Do(chromedp.Evaluate(`(() => { const r = document.querySelector(":target").closest("li").getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight; })()`, &seen))
			if !seen {
				t.Error("the entry that a note leads to is not in sight")
			}
			b.Do(chromedp.Evaluate(`document.querySelector(":target").closest("li").querySelector(".back a").click()`, nil))
			b.Until(`(document.querySelector(":target") || {}).className || ""`, "note")
			b.Goto(at + "/postmortem/INC-1?version=customer")
			b.See(".aside", "CST")
			pictured(b, "customer-"+look.name)
			if look.width == 1024 {
				b.Do(emulation.SetEmulatedMedia().WithMedia("print"))
				b.Goto(at + "/postmortem/INC-1")
				b.See(".report h1", "INC-1")
				var shown string
				b.Do(chromedp.Evaluate(`[...document.querySelectorAll(".top, .life, .bar, .aside, #copy")].filter((e) => e.getClientRects().length).length + " controls, " + [...document.querySelectorAll(".report .part > :not(summary)")].filter((e) => !e.getClientRects().length).length + " folded, " + (document.querySelector("#timeline").getClientRects().length ? "the timeline" : "")`, &shown))
				if shown != "0 controls, 0 folded, the timeline" {
					t.Errorf("printed: %s", shown)
				}
				pictured(b, "print")
				b.Do(emulation.SetEmulatedMedia().WithMedia("screen"))
				b.Goto(at + "/postmortem/INC-1?version=customer")
			}
			if wrong := b.Axe(); len(wrong) > 0 {
				t.Errorf("axe, customers: %s", strings.Join(wrong, "\n"))
			}
			b.Goto(at + "/postmortem/INC-1/history?version=customer")
			b.See(".changes ins", "MariaDB")
			pictured(b, "history-"+look.name)
			if wrong := b.Axe(); len(wrong) > 0 {
				t.Errorf("axe, history: %s", strings.Join(wrong, "\n"))
			}
			b.Goto(at + "/postmortem/INC-1?version=customer&edit=1")
			b.See("#write", "Keep")
			pictured(b, "edit-"+look.name)
			if wrong := b.Axe(); len(wrong) > 0 {
				t.Errorf("axe, editing: %s", strings.Join(wrong, "\n"))
			}
		})
	}
}

// What is copied is rich text that an editor takes over, with its tables.
func TestReportIsCopied(t *testing.T) {
	_, _, at := seeded(t)
	b := webtest.Open(t, 1280, 900, false)
	b.Goto(at + "/postmortem/INC-1")
	b.See("#copy", "Copy")
	b.Do(browser.GrantPermissions([]browser.PermissionType{browser.PermissionTypeClipboardReadWrite, browser.PermissionTypeClipboardSanitizedWrite}).WithOrigin(at))
	b.Do(chromedp.Click("#copy", chromedp.ByQuery))
	b.See("#copy", "Copied")
	var html, text string
	wait := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	read := func(kind string) string {
		return `navigator.clipboard.read().then((x) => x[0].getType("` + kind + `")).then((x) => x.text())`
	}
	b.Do(chromedp.Evaluate(read("text/html"), &html, wait), chromedp.Evaluate(read("text/plain"), &text, wait))
	for _, want := range []string{"<h1", "<h2", "<table", "border-collapse", "<th", "<td", "padding", "<ul", "<sup", "Evidence</h2>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the rich text has no %s", want)
		}
	}
	for _, bad := range []string{"<details", "<svg", "class=", "<script", "href=\"#"} {
		if strings.Contains(html, bad) {
			t.Errorf("the rich text has %s", bad)
		}
	}
	if !strings.HasPrefix(text, "# INC-1: ") || !strings.Contains(text, "| Milestone | When |") {
		t.Errorf("the plain text begins with %.80q", text)
	}

	// An editor that takes rich text has the same table afterwards.
	b.Goto("data:text/html,<div contenteditable id=editor></div>")
	b.Do(chromedp.Focus("#editor", chromedp.ByQuery))
	b.Do(input.DispatchKeyEvent(input.KeyRawDown).WithKey("v").WithCode("KeyV").WithModifiers(input.ModifierCtrl).WithCommands([]string{"paste"}))
	b.Until(`document.querySelector("#editor").textContent`, "Evidence")
	var got string
	b.Do(chromedp.Evaluate(`[...document.querySelectorAll("#editor table")].map((t) => t.rows.length + "x" + t.rows[0].cells.length + " " + getComputedStyle(t.rows[0].cells[0]).borderTopStyle).join() + "; " + document.querySelectorAll("#editor h2").length + " headings; " + document.querySelectorAll("#editor li").length + " items"`, &got))
	t.Log(got)
	if !strings.Contains(got, "x3 solid") {
		t.Errorf("pasted: %s", got)
	}

	// Where the page has no secure origin, the old way puts the same there.
	b.Goto(at + "/postmortem/INC-1")
	b.See("#copy", "Copy")
	b.Do(chromedp.Evaluate(`Object.defineProperty(navigator, "clipboard", { value: undefined }); window.was = null; document.addEventListener("copy", (e) => { setTimeout(() => { window.was = "gone"; }); window.types = [...e.clipboardData.types].join(); })`, nil))
	b.Do(chromedp.Click("#copy", chromedp.ByQuery))
	b.See("#copy", "Copied")
}

// Two people write: what the second began with is gone, so nothing is lost; and
// a text can be looked at, with what the record says to it, before it is kept.
func TestReportIsWritten(t *testing.T) {
	a, room, at := seeded(t)
	b := webtest.Open(t, 1280, 900, false)
	b.Goto(at + "/postmortem/INC-1?version=customer&edit=1")
	b.Type("#f0", "The database crashed at 11:09 CST and was back after approximately 3 hours, from 11:09 CDT to 14:49 CDT.")
	b.Click("#write button", "Look at it first")
	b.See(".bar", "Not kept yet")
	b.See(".aside", "Write 11:09 CDT")
	b.Click("#write button", "Keep")
	b.See(".bar", "which is not what stands here")
	b.See(".report", "was back after approximately 3 hours")
	if got := a.Board.Get("INC-1").Report.Text("customer"); !strings.HasPrefix(got, "The database crashed") {
		t.Errorf("kept: %q", got)
	}

	b.Goto(at + "/postmortem/INC-1?edit=1")
	b.Type("#f0", "Ana's words.")
	say(t, a, room, "inc-1", "other", "/incident postmortem edit internal Ben's words.")
	b.Click("#write button", "Keep")
	b.See(".answer", "your text was not kept")
	if got := b.Text("#f0"); got == "" {
		var typed string
		b.Do(chromedp.Value("#f0", &typed, chromedp.ByQuery))
		if typed != "Ana's words." {
			t.Errorf("what was typed is %q", typed)
		}
	}
	if got := a.Board.Get("INC-1").Report.Text("internal"); got != "Ben's words." {
		t.Errorf("it says %q", got)
	}

	// Without JavaScript it is the same.
	b.Do(webtest.NoScripts())
	b.Goto(at + "/postmortem/INC-1?edit=1")
	b.See("#write", "Keep")
	say(t, a, room, "inc-1", "third", "/incident postmortem edit internal Carl's words.")
	b.Do(chromedp.SendKeys("#f0", "And Ana's. ", chromedp.ByQuery), chromedp.Click("#write button.primary", chromedp.ByQuery))
	b.See(".error", "your text was not kept")
	b.See("#f0", "And Ana's.")
	b.Goto(at + "/postmortem/INC-1?edit=1")
	b.Do(chromedp.SendKeys("#f0", "Dora's words [T6]. ", chromedp.ByQuery), chromedp.Click("#write button.primary", chromedp.ByQuery))
	b.See(".report", "Carl's words.")
	b.See(".record .used", "Failing assertion")
}

// From the page: a review, a correction that customers see only once it is
// confirmed, and taking it back.
func TestReportIsCorrectedAndWithdrawn(t *testing.T) {
	a, _, at := seeded(t)
	report := func() incident.Report { return a.Board.Get("INC-1").Report }
	b := webtest.Open(t, 1280, 900, false)
	press := func(button string) {
		t.Helper()
		b.Until(`document.body.dataset.live === undefined ? "" : document.readyState`, "complete")
		b.Click(".life button", button)
	}
	b.Goto(at + "/postmortem/INC-1")
	press("Ask for a review")
	b.See(".steps", "In review ana")
	press("Reviewed")
	b.See(".steps .done", "Reviewed ana")
	press("I own it")
	b.See(".owner", "ana owns it")

	b.Goto(at + "/postmortem/INC-1?version=customer&edit=1")
	b.Type("#f0", "MariaDB crashed at 11:09 CDT. It was back at 15:01 CDT.")
	b.Click("#write button", "Keep")
	b.See(".owner", "It was changed after ana reviewed it")
	press("Publish the correction")
	b.See("dialog .answer", "It corrects what is on the page")
	pictured(b, "correct")
	if report().Published.Body == report().Text("customer") {
		t.Error("it is published before anybody has confirmed it")
	}
	b.Click("dialog button", "Publish")
	b.See(".bar", "Customers read it as it was when it was published.")
	if got := report().Published.Body; !strings.HasPrefix(got, "MariaDB crashed at 11:09 CDT") {
		t.Errorf("the page says %q", got)
	}
	page := httptest.NewRecorder()
	a.Site.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/incidents/"+a.Board.Get("INC-1").Public(a.Board.Page()).Code, nil))
	if body := page.Body.String(); !strings.Contains(body, "MariaDB crashed at 11:09 CDT") || strings.Contains(body, "11:09 CST") {
		t.Error("the status page has not the corrected text")
	}

	press("Withdraw")
	b.Click("dialog button", "Take it off the page")
	b.See(".steps .now", "Reviewed")
	if report().Published != nil {
		t.Error("it is on the page still")
	}
	press("Publish")
	b.Click("dialog button", "Cancel")
	b.See("#answers", "is discarded")
	if report().Published != nil {
		t.Error("it was published by being canceled")
	}

	// Without JavaScript a button leads back to the page, and asks first all the same.
	b.Do(webtest.NoScripts())
	b.Goto(at + "/postmortem/INC-1?version=customer")
	b.Click(".life button", "Ask for a review")
	b.See(".versions [aria-current]", "Customers")
	b.See(".steps .now", "In review")
	b.Click(".life button", "Publish")
	b.See(".answer.preview", "Only you see this")
	if report().Published != nil {
		t.Error("without JavaScript nobody is asked")
	}
}

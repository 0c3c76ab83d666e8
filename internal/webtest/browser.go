// Package webtest drives a real browser for tests: headless Chromium from the
// operating system's packages.
//
// A test that needs it is skipped where there is no browser, with a sentence
// that says what to install, and fails instead where CI is set: a check that was
// not run must not look like one that passed. A Browser is used by one
// goroutine.
package webtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one test may take in the browser, a slow machine and the
// start of Chromium included.
const patience = 90 * time.Second

// A Browser is a window of headless Chromium.
type Browser struct {
	t   *testing.T
	ctx context.Context
}

// Open opens a browser with a window of the given size in CSS pixels; dark asks
// pages for their dark theme. It is closed when the test ends.
func Open(t *testing.T, width, height int, dark bool) *Browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		const say = "no Chromium here, so the pages were not tried in a browser; install Debian's package chromium"
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true),
	)
	alloc, closeAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, closeTab := chromedp.NewContext(alloc)
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(func() { cancel(); closeTab(); closeAlloc() })
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b := &Browser{t: t, ctx: ctx}
	b.Do(emulation.SetDeviceMetricsOverride(int64(width), int64(height), 1, width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	return b
}

// Do runs actions, and ends the test if one fails.
func (b *Browser) Do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		shot := filepath.Join(os.TempDir(), "sitrep-"+filepath.Base(b.t.Name())+".png")
		b.Picture(shot)
		b.t.Fatalf("in the browser: %v (see %s)", err, shot)
	}
}

// Goto opens an address and waits until it is there.
func (b *Browser) Goto(url string) { b.t.Helper(); b.Do(chromedp.Navigate(url)) }

// Text waits for an element and returns its text.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	var s string
	b.Do(chromedp.Text(selector, &s, chromedp.ByQuery))
	return s
}

// See waits until an element that matches selector has the words in it, also
// while pages come and go.
func (b *Browser) See(selector, words string) {
	b.t.Helper()
	b.until(`[...document.querySelectorAll(`+quote(selector)+`)].some((e) => e.textContent.includes(`+quote(words)+`))`, selector+" with "+words)
}

// until waits until an expression is true.
func (b *Browser) until(expression, what string) {
	b.t.Helper()
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		var there bool
		if err := chromedp.Run(b.ctx, chromedp.Evaluate(expression, &there)); err == nil && there {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			shot := filepath.Join(os.TempDir(), "sitrep-"+filepath.Base(b.t.Name())+".png")
			b.Picture(shot)
			b.t.Fatalf("not seen within 20 s: %s (see %s)", what, shot)
		}
	}
}

// Click waits for a visible element that matches selector and has the words in
// it, and clicks it.
func (b *Browser) Click(selector, words string) {
	b.t.Helper()
	b.until(`(() => {
		const e = [...document.querySelectorAll(`+quote(selector)+`)].find((e) => e.textContent.includes(`+quote(words)+`) && e.getClientRects().length && !e.disabled);
		if (e) e.click();
		return !!e;
	})()`, "something to click: "+selector+" with "+words)
}

// Type types into an element; what stood there is replaced.
func (b *Browser) Type(selector, text string) {
	b.t.Helper()
	b.Do(chromedp.WaitVisible(selector, chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector(`+quote(selector)+`).value = ""`, nil),
		chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// Picture writes what the window shows as a PNG.
func (b *Browser) Picture(path string) {
	b.t.Helper()
	var png []byte
	if err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		return err
	})); err != nil {
		b.t.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		b.t.Logf("no picture: %v", err)
	}
}

// awaitPromise makes an evaluation wait for what its expression promises.
func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// Whole writes the whole page as a PNG, however long it is.
func (b *Browser) Whole(path string) {
	b.t.Helper()
	var png []byte
	b.Do(chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(path, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// NoScripts keeps pages that are opened from now on from running any script.
func NoScripts() chromedp.Action { return emulation.SetScriptExecutionDisabled(true) }

// Until waits until an expression's text contains words, and returns it.
func (b *Browser) Until(expression, words string) string {
	b.t.Helper()
	b.until(`(`+expression+`).includes(`+quote(words)+`)`, words)
	var got string
	b.Do(chromedp.Evaluate(expression, &got))
	return got
}

package subscriber

import (
	"strings"
	"testing"
	"time"
)

func TestCleanMail(t *testing.T) {
	for typed, want := range map[string]string{
		"jane@example.com":                        "jane@example.com",
		"  Jane.Doe+status@Example.COM ":          "Jane.Doe+status@example.com",
		"o'neil@example.com":                      "o'neil@example.com",
		"jane@bücher.example":                     "jane@xn--bcher-kva.example",
		"jane@example.com.":                       "jane@example.com",
		"":                                        "",
		"jane":                                    "",
		"@example.com":                            "",
		"jane@":                                   "",
		"jane@localhost":                          "",
		"jane@[127.0.0.1]":                        "",
		"jane@127.0.0.1":                          "",
		"Jane <jane@example.com>":                 "",
		"jane@example.com, eve@example.com":       "",
		"jane@example.com\r\nBcc: eve@a.example":  "",
		"\"jane doe\"@example.com":                "",
		"jane@example.com\x00":                    "",
		"jäne@example.com":                        "",
		"a..b@example.com":                        "",
		strings.Repeat("a", 65) + "@example.com":  "",
		"j@" + strings.Repeat("abc.", 70) + "com": "",
	} {
		got, ok := CleanMail(typed)
		if got != want || ok != (want != "") {
			t.Errorf("CleanMail(%q) = %q, %v; want %q", typed, got, ok, want)
		}
	}
}

func TestCleanWebhook(t *testing.T) {
	for typed, want := range map[string]string{
		"https://example.com/hook?a=b":                   "https://example.com/hook?a=b",
		" https://Example.com ":                          "https://example.com",
		"https://example.com:443/x":                      "https://example.com/x",
		"https://example.com:8443/x":                     "https://example.com:8443/x",
		"http://example.com/":                            "",
		"ftp://example.com/":                             "",
		"https://user:pw@example.com/":                   "",
		"https://example.com/#part":                      "",
		"https://localhost/":                             "",
		"https:///x":                                     "",
		"//example.com":                                  "",
		"https://exa mple.com/":                          "",
		"https://x.example/" + strings.Repeat("y", 2000): "",
	} {
		got, ok := CleanWebhook(typed)
		if got != want || ok != (want != "") {
			t.Errorf("CleanWebhook(%q) = %q, %v; want %q", typed, got, ok, want)
		}
	}
}

// FuzzCleanMail: what is taken is one line, one address, and is taken again
// unchanged.
func FuzzCleanMail(f *testing.F) {
	f.Add("jane@example.com")
	f.Add("a@b.c\r\nBcc: x@y.z")
	f.Add("jane@bücher.example")
	f.Fuzz(func(t *testing.T, typed string) {
		got, ok := CleanMail(typed)
		if !ok {
			return
		}
		if strings.ContainsAny(got, "\r\n\x00 <>,;\"") || strings.Count(got, "@") != 1 || len(got) > maxMail {
			t.Fatalf("%q gave %q", typed, got)
		}
		if again, ok := CleanMail(got); !ok || again != got {
			t.Fatalf("%q gave %q, which gives %q", typed, got, again)
		}
	})
}

func TestMasked(t *testing.T) {
	for _, c := range []struct{ s, want string }{
		{"jane@example.com", "j…@example.com"},
		{"j@example.com", "j…@example.com"},
	} {
		if got := (&Subscriber{Channel: Mail, Address: c.s}).Masked(); got != c.want {
			t.Errorf("%s: %s", c.s, got)
		}
	}
	if got := (&Subscriber{Channel: Webhook, Address: "https://example.com/secret?token=1"}).Masked(); got != "https://example.com/…" {
		t.Error(got)
	}
}

func TestWants(t *testing.T) {
	api := Choice{Components: []string{"api"}}
	one := Choice{Incidents: []string{"x1"}}
	for _, c := range []struct {
		name       string
		choice     Choice
		components []string
		want       bool
	}{
		{"everything", Choice{}, nil, true},
		{"a component of it", api, []string{"web", "api"}, true},
		{"another component", api, []string{"web"}, false},
		{"no component named", api, nil, true},
		{"this incident", one, []string{"web"}, true},
		{"another incident", Choice{Incidents: []string{"x2"}}, nil, false},
		{"another incident, and a component of it", Choice{Incidents: []string{"x2"}, Components: []string{"web"}}, []string{"web"}, true},
	} {
		if got := c.choice.Wants("x1", c.components); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := api.With(one); got.All() || !got.Wants("x1", []string{"web"}) || !got.Wants("x9", []string{"api"}) {
		t.Error(got)
	}
	if got := api.With(Choice{}); !got.All() {
		t.Error(got)
	}
}

func testLinks(t testing.TB, key string) *Links {
	t.Helper()
	l, err := NewLinks([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const aKey = "0123456789abcdef0123456789abcdef"

func TestLinks(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := testLinks(t, aKey)
	for _, k := range []Link{
		{Purpose: ToConfirm, ID: "ABC", Ask: 3, Expires: now.Add(ConfirmWithin)},
		{Purpose: ToManage, ID: "ABC", Expires: now.Add(ManageWithin)},
		{Purpose: ToLeave, ID: "ABC"},
	} {
		text := l.Sign(k)
		if got, err := l.Read(text, now); err != nil || got != k {
			t.Errorf("%+v came back as %+v, %v", k, got, err)
		}
		if k.Expires.IsZero() {
			if _, err := l.Read(text, now.AddDate(50, 0, 0)); err != nil {
				t.Errorf("a link to leave does not work in 50 years: %v", err)
			}
		} else if _, err := l.Read(text, k.Expires); err != ErrExpired { //nolint:errorlint // returned as it is
			t.Errorf("%+v at its end: %v", k, err)
		}
		for i := range text { // every letter of it counts
			other := byte('A')
			if text[i] == other {
				other = 'B'
			}
			if _, err := l.Read(text[:i]+string(other)+text[i+1:], now); err != ErrForged { //nolint:errorlint // returned as it is
				t.Errorf("with letter %d changed: %v", i, err)
			}
			if _, err := l.Read(text[:i], now); err != ErrForged { //nolint:errorlint // returned as it is
				t.Errorf("cut after %d: %v", i, err)
			}
		}
		if _, err := testLinks(t, "another key, as long as needed").Read(text, now); err != ErrForged { //nolint:errorlint // returned as it is
			t.Errorf("under another key: %v", err)
		}
	}
	if _, err := NewLinks([]byte("short")); err == nil {
		t.Error("a key of five bytes was taken")
	}
	if string(l.Secret("a")) == string(l.Secret("b")) || len(l.Secret("a")) != 32 {
		t.Error("two webhooks have the same secret")
	}
}

// FuzzLinks: nothing that was not signed here is read.
func FuzzLinks(f *testing.F) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := testLinks(f, aKey)
	good := l.Sign(Link{Purpose: ToLeave, ID: "ABC"})
	f.Add(good)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := l.Read(text, now); err == nil && l.Sign(k) != text {
			t.Fatalf("%q was read as %+v", text, k)
		}
	})
}

func TestAddress(t *testing.T) {
	l := testLinks(t, aKey)
	k := Link{Purpose: ToLeave, ID: "ABC"}
	e := Entrance{Root: "https://status.example.com/", Own: "en", Links: l}
	for language, want := range map[string]string{"": "/subscriptions/", "en": "/subscriptions/", "fr": "/fr/subscriptions/"} {
		if got := e.Address(language, k); got != "https://status.example.com"+want+l.Sign(k) {
			t.Errorf("%q: %s", language, got)
		}
	}
}

package postmortem

import (
	"strings"
	"testing"

	"sitrep/incident"
)

func veiled(t *testing.T) (Brief, *Veil) {
	s := newScene(t, "Europe/Berlin")
	s.at("2024-03-05 10:00:00").does("Jane Doe", incident.Declared{Number: 1, Severity: "sev2", Title: "API is down"})
	s.does("Jane Doe", incident.RoleAssigned{Role: "incident-commander", Who: person("Jane Doe")}, incident.RoleAssigned{Role: "scribe", Who: person("Ütz Müller")},
		incident.ComponentsChanged{Affects: []incident.ComponentChange{{Name: "API", New: incident.MajorOutage}}})
	s.says("dba", "ask Mark").says("Mark O'Neil", "API is back").says("API Bot", "200")
	b := s.brief()
	return b, b.NewVeil([]string{"Zoë Quinn", "somebody", ""}, func(text string) (string, []string) {
		if strings.Contains(text, "hunter2") {
			return strings.ReplaceAll(text, "hunter2", "[masked: a password]"), []string{"a password"}
		}
		return text, nil
	})
}

func TestVeil(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"nothing here", "nothing here"},
		{"Jane Doe took it", "[incident commander] took it"},
		{"jane doe took it, and Jane said so; @Jane", "[incident commander] took it, and [incident commander b] said so; @[incident commander b]"},
		{"Müller and Ütz", "[scribe] and [scribe b]"},
		{"DBA, dba's, dbas", "[responder 1], [responder 1b]'s, dbas"},
		{"we mark it; Mark does", "we mark it; [responder 2] does"},
		{"Mark O'Neil", "[responder 2]"},
		{"the API of the API Bot", "the API of the [responder 3]"},
		{"Zoë wrote to zoe.q@example.co.uk and z@example.com.", "[colleague 1] wrote to [mail 1] and [mail 2]."},
		{"mailto:jane@example.com", "mailto:[mail 1]"},
		{"10.0.0.1 and 10.0.0.1:80, not 10.0.0.1.2 or v1.2.3", "[address 1] and [address 1]:80, not [address 1].2 or v1.2.3"},
		{"2001:db8::1 at 11:09:30, ::1, std::string", "[address 1] at 11:09:30, [address 2], std::string"},
		{"password hunter2", "password [masked: a password]"},
		{"[responder 1] is typed, [incident commander] too", "(responder 1) is typed, (incident commander) too"},
		{"300.1.1.1", "300.1.1.1"},
		{"\xff Jane \xff", "\xff [incident commander] \xff"},
	} {
		_, v := veiled(t)
		got := v.Hide(tt.text)
		if got != tt.want {
			t.Errorf("Hide(%q) is %q, want %q", tt.text, got, tt.want)
		}
		if back := v.Reveal(got); back != tt.text && !strings.ContainsAny(got, "(") && !strings.Contains(got, "masked") {
			t.Errorf("%q came back as %q", tt.text, back)
		}
	}
}

func TestVeilSaysHowMuch(t *testing.T) {
	_, v := veiled(t)
	if v.Hidden() != "" {
		t.Errorf("before anything: %q", v.Hidden())
	}
	v.Hide("Jane, Jane and Mark at a@b.io, c@d.io, 10.0.0.1: hunter2")
	if got := v.Hidden(); got != "two names, two mail addresses, one IP address and one secret" {
		t.Errorf("hidden: %q", got)
	}
	if got := v.Reveal("[responder 9] and [mail 1]"); got != "[responder 9] and a@b.io" {
		t.Errorf("revealed: %q", got)
	}
}

// Whatever a text is, nobody's name leaves, and what was hidden comes back.
func FuzzVeil(f *testing.F) {
	for _, s := range []string{"Jane Doe", "jane doe's API", "a@b.io [mail 1] 10.0.0.1 ::1", "[[Mark]] [Mark 1]", "Jane\xffDoe", "İane Doe"} {
		f.Add(s)
	}
	s := newScene(f, "UTC")
	s.at("2024-03-05 10:00:00").says("Jane Doe", "x").says("Mark O'Neil", "y")
	b := s.brief()
	f.Fuzz(func(t *testing.T, text string) {
		v := b.NewVeil(nil, nil)
		got := v.Hide(text)
		if strings.Contains(" "+got+" ", " Jane ") || strings.Contains(" "+got+" ", " O'Neil ") {
			t.Errorf("%q was hidden as %q", text, got)
		}
		if !token.MatchString(text) && v.Reveal(got) != text {
			t.Errorf("%q was hidden as %q and came back as %q", text, got, v.Reveal(got))
		}
	})
}

package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func shelf(t *testing.T) *Shelf {
	t.Helper()
	s, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOwnLanguagesAreComplete: French says all that English says, with the same
// values in it, and the other way round.
func TestOwnLanguagesAreComplete(t *testing.T) {
	s := shelf(t)
	en, fr := s.Book("en"), s.Book("fr")
	values := regexp.MustCompile(`\{[a-z]+\}`)
	for _, c := range []struct {
		name   string
		en, fr map[string]string
	}{{"words", en.Words, fr.Words}, {"formats", en.Formats, fr.Formats}} {
		for key, said := range c.en {
			other, ok := c.fr[key]
			if !ok {
				t.Errorf("%s: French lacks %s", c.name, key)
				continue
			}
			a, b := values.FindAllString(said, -1), values.FindAllString(other, -1)
			slices.Sort(a)
			slices.Sort(b)
			if c.name == "words" && !slices.Equal(a, b) {
				t.Errorf("%s: %q and %q hold different values", key, said, other)
			}
			if strings.TrimSpace(other) == "" || strings.Contains(other, "!") {
				t.Errorf("%s: %q", key, other)
			}
		}
		for key := range c.fr {
			if _, ok := c.en[key]; !ok {
				t.Errorf("%s: English lacks %s", c.name, key)
			}
		}
	}
}

func TestSayAndCount(t *testing.T) {
	s := shelf(t)
	en, fr := s.Book("en"), s.Book("fr")
	for _, c := range []struct{ got, want string }{
		{en.Say("incident.next", "time", "12:08 CDT"), "Next update by 12:08 CDT"},
		{fr.Say("incident.next", "time", "12:08 CDT"), "Prochaine nouvelle avant 12:08 CDT"},
		{en.Say("no.such.key"), "no.such.key"},
		{en.Count("bars.more", 1), "1 other day"},
		{en.Count("bars.more", 0), "0 other days"},
		{fr.Count("bars.more", 0), "0 autre jour"}, // French counts nothing as one
		{fr.Count("bars.more", 2), "2 autres jours"},
		{en.List([]string{"A"}), "A"},
		{en.List([]string{"A", "B", "C"}), "A, B, and C"},
		{fr.List([]string{"A", "B", "C"}), "A, B et C"},
		{fr.Length(51 * time.Hour), "2 j 3 h"},
		{en.Length(4*time.Hour + 24*time.Minute), "4 h 24 min"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestTime(t *testing.T) {
	s := shelf(t)
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2020, 9, 9, 20, 39, 0, 0, time.UTC)
	for _, c := range []struct{ tag, format, want string }{
		{"en", "stamp", "Sep 09, 2020 - 15:39 CDT"},
		{"en", "brief", "Sep 9, 15:39 CDT"},
		{"en", "month", "September 2020"},
		{"fr", "stamp", "9 sept. 2020 à 15:39 CDT"},
		{"fr", "date", "9 sept. 2020"},
		{"fr", "month", "septembre 2020"},
	} {
		if got := s.Book(c.tag).Time(c.format, at, chicago); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.tag, c.format, got, c.want)
		}
	}
}

// arabic is a language that somebody brings: from right to left, with six forms
// for numbers, and with only a few words translated.
const arabic = `{"tag":"ar","name":"العربية","dir":"rtl",
"months":["يناير","فبراير","مارس","أبريل","مايو","يونيو","يوليو","أغسطس","سبتمبر","أكتوبر","نوفمبر","ديسمبر"],
"short_months":["يناير","فبراير","مارس","أبريل","مايو","يونيو","يوليو","أغسطس","سبتمبر","أكتوبر","نوفمبر","ديسمبر"],
"formats":{"stamp":"{d} {month} {year} {time} {zone}"},
"words":{"nav.history":"السجل","bars.more.two":"يومان آخران","bars.more.few":"{n} أيام أخرى","bars.more.other":"{n} يوم آخر"}}`

func TestMoreLanguages(t *testing.T) {
	s, err := Open(fstest.MapFS{"ar.json": {Data: []byte(arabic)}})
	if err != nil {
		t.Fatal(err)
	}
	ar := s.Book("ar")
	for _, c := range []struct{ got, want string }{
		{ar.Say("nav.history"), "السجل"},
		{ar.Say("nav.now"), "Current status"}, // what it lacks is said in English
		{ar.Count("bars.more", 2), "يومان آخران"},
		{ar.Count("bars.more", 5), "5 أيام أخرى"},
		{ar.Count("bars.more", 100), "100 يوم آخر"},
		{ar.Count("bars.days", 3), "3 days with incidents"},
		{ar.Time("date", time.Date(2020, 9, 9, 0, 0, 0, 0, time.UTC), time.UTC), "Sep 09, 2020"},
		{strings.Join(s.Tags(), " "), "ar en fr"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"no JSON", "de.json", "{", "unexpected end"},
		{"no language", "x.json", `{"tag":"../x"}`, "no language"},
		{"another name", "de.json", `{"tag":"nl"}`, "name the file nl.json"},
		{"no direction", "de.json", `{"tag":"de","name":"Deutsch"}`, "dir ltr or rtl"},
		{"no months", "de.json", `{"tag":"de","name":"Deutsch","dir":"ltr"}`, "twelve months"},
	} {
		if _, err := Open(fstest.MapFS{c.file: {Data: []byte(c.text)}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

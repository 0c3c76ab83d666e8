package story_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sitrep/internal/story"
)

// shown is a line as one string, with what is unusual about it.
func shown(l story.Line) string {
	s := fmt.Sprintf("%d %s %s %s", l.Number, l.At.UTC().Format("15:04:05"), l.Room, l.Author)
	if l.Zone != nil {
		s += "[" + l.Zone.String() + "]"
	}
	if l.Refused {
		s += "!"
	}
	if l.Do != story.Say {
		s += fmt.Sprintf(" %s%s T%d", []string{"say", "reply", "react ", "unreact ", "edit", "delete"}[l.Do], l.Emoji, l.Entry)
	}
	return fmt.Sprintf("%s: %q", s, l.Text)
}

const day = "2020-09-09T11:15:00-05:00 "

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"comments and blank lines", "# a story\n\n  \n#also\n", nil},
		{"spaces and tabs", "2020-09-09T11:15:00-05:00\t #ops \t@ana\t  hello,  world \n", []string{`1 16:15:00 #ops ana: "hello,  world"`}},
		{"no last line end", day + "#ops @ana hi", []string{`1 16:15:00 #ops ana: "hi"`}},
		{"of a Windows editor", "\ufeff" + day + "#ops @ana hi\r\n\tyou\r\n\r\n" + day + "#ops @ben ho\r\n", []string{`1 16:15:00 #ops ana: "hi\nyou"`, `4 16:15:00 #ops ben: "ho"`}},
		{"a comment after the mark of a Windows editor", "\ufeff# x\n" + day + "#ops @ana hi", []string{`2 16:15:00 #ops ana: "hi"`}},
		{"text over several lines", day + "#ops @ana one\n\ttwo\n\t\n\t  three\n\t\n", []string{`1 16:15:00 #ops ana: "one\ntwo\n\n  three"`}},
		{"text that begins on the next line", day + "#ops @ana\n\ttwo", []string{`1 16:15:00 #ops ana: "two"`}},
		{"continued after a blank line", day + "#ops @ana one\n\n# x\n\ttwo", []string{`1 16:15:00 #ops ana: "one\ntwo"`}},
		{"a comment sign in a text", day + "#ops @ana one\n\t# two", []string{`1 16:15:00 #ops ana: "one\n# two"`}},
		{"the same instant twice", day + "#ops @ana a\n" + day + "#ops @ana b", []string{`1 16:15:00 #ops ana: "a"`, `2 16:15:00 #ops ana: "b"`}},
		{"time order, not clock order", "2020-09-09T11:15:00-05:00 #ops @ana a\n2020-09-09T18:20:00+02:00 #ops @ana b", []string{`1 16:15:00 #ops ana: "a"`, `2 16:20:00 #ops ana: "b"`}},
		{"a zone is said once", day + "#ops @ana[Europe/Berlin] a\n" + day + "#ops @ben b\n" + day + "#ops @ana c\n" + day + "#ops @ana[America/Chicago]! d",
			[]string{`1 16:15:00 #ops ana[Europe/Berlin]: "a"`, `2 16:15:00 #ops ben: "b"`, `3 16:15:00 #ops ana[Europe/Berlin]: "c"`, `4 16:15:00 #ops ana[America/Chicago]!: "d"`}},
		{"refused", day + "#ops @ana! /incident x", []string{`1 16:15:00 #ops ana!: "/incident x"`}},
		{"a reply", day + "#incident @ana>T3 yes", []string{`1 16:15:00 #incident ana reply T3: "yes"`}},
		{"a mark", day + "#incident @ana+📌T3", []string{`1 16:15:00 #incident ana react 📌 T3: ""`}},
		{"a mark by name", day + "#incident @ana+pushpinT12", []string{`1 16:15:00 #incident ana react pushpin T12: ""`}},
		{"a mark taken off", day + "#incident @ana-📌T3", []string{`1 16:15:00 #incident ana unreact 📌 T3: ""`}},
		{"an edit", day + "#incident @ana~T3 new", []string{`1 16:15:00 #incident ana edit T3: "new"`}},
		{"an edit on the next line", day + "#incident @ana~T3\n\tnew", []string{`1 16:15:00 #incident ana edit T3: "new"`}},
		{"a deletion", day + "#incident @anaxT3", []string{`1 16:15:00 #incident ana delete T3: ""`}},
		{"a name with a hyphen, a dot, an x, a T", day + "#ops @on-call.2 a\n" + day + "#ops @max b\n" + day + "#ops @Team c\n" + day + "#ops @T3 d",
			[]string{`1 16:15:00 #ops on-call.2: "a"`, `2 16:15:00 #ops max: "b"`, `3 16:15:00 #ops Team: "c"`, `4 16:15:00 #ops T3: "d"`}},
		{"a zone and a deed", day + "#incident @ana[Europe/Berlin]>T3 yes", []string{`1 16:15:00 #incident ana[Europe/Berlin] reply T3: "yes"`}},
	} {
		lines, err := story.Parse(strings.NewReader(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, l := range lines {
			got = append(got, shown(l))
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
	}
}

func TestParseNamesTheLine(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		line     int
		says     string
	}{
		{"no time", "# x\n#ops\nhello", 3, `"hello" is no RFC 3339 time`},
		{"a time without a zone", "2020-09-09T11:15:00 #ops @ana x", 1, "no RFC 3339 time"},
		{"no room", day + "ops @ana x", 1, `"ops" is no room`},
		{"an empty room", day + "# @ana x", 1, `"#" is no room`},
		{"nothing after the time", day, 1, `"" is no room`},
		{"no author", day + "#ops ana x", 1, `"ana" is no author`},
		{"an author with no name", day + "#ops @ x", 1, `"@" is no author`},
		{"a zone that is none", day + "#ops @ana[Mars/North] x", 1, `"Mars/North" is no time zone`},
		{"a zone that is everywhere another", day + "#ops @ana[Local] x", 1, `"Local" is no time zone`},
		{"a zone outside", day + "#ops @ana[../../etc/passwd] x", 1, "is no time zone"},
		{"entry 0", day + "#incident @ana>T0 x", 1, "names no entry"},
		{"an entry beyond all", day + "#incident @ana>T99999999999999999999 x", 1, "names no entry"},
		{"nothing said", day + "#ops @ana x\n" + day + "#ops @ana  ", 2, "the text is missing"},
		{"nothing answered", day + "#ops @ana>T3", 1, "the text is missing"},
		{"nothing new", day + "#ops @ana~T3\n\t\n", 1, "the text is missing"},
		{"a mark with words", day + "#ops @ana+📌T3 look", 1, "has no text"},
		{"a deletion with words", day + "#ops @anaxT3\n\twhy", 1, "has no text"},
		{"the first is named", day + "#ops @ana\nrubbish", 1, "the text is missing"},
		{"out of order", day + "#ops @ana a\n\n2020-09-09T11:14:59-05:00 #ops @ana b", 3, "is before the line above it (2020-09-09T11:15:00-05:00)"},
		{"a continuation of nothing", "# x\n\thello", 2, "there is none above it"},
		{"a line without an end", day + "#ops @ana a\n" + strings.Repeat("x", 2<<20), 2, "longer than 1048576 bytes"},
	} {
		lines, err := story.Parse(strings.NewReader(tt.in))
		var e *story.Error
		if !errors.As(err, &e) || lines != nil {
			t.Errorf("%s: %v with %d lines", tt.name, err, len(lines))
			continue
		}
		if e.Line != tt.line || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), fmt.Sprintf("line %d: ", tt.line)) {
			t.Errorf("%s: %v, want line %d: …%s…", tt.name, err, tt.line, tt.says)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := story.Parse(&failing{broken}); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestSeedParses(t *testing.T) {
	text, config := story.Seed()
	lines, err := story.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 30 || len(config) == 0 {
		t.Errorf("the seed has %d lines, its configuration %d bytes", len(lines), len(config))
	}
}

// FuzzParse: nothing panics; an error names a line of the story; what is read
// is whole and in order.
func FuzzParse(f *testing.F) {
	seed, _ := story.Seed()
	f.Add(seed)
	for _, s := range []string{"", "\t", "\ufeff", day + "#ops @ana[Europe/Berlin]+📌T3", day + "#ops @ana-xT3\r\n\ty", day + "#incident @ana~T3 x\n\n\t\n\ty", day + "#ops @a!x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		lines, err := story.Parse(strings.NewReader(in))
		if err != nil {
			var e *story.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Line > strings.Count(in, "\n")+1 || lines != nil {
				t.Fatalf("%v, of %d lines", err, strings.Count(in, "\n")+1)
			}
			return
		}
		var last time.Time
		for i, l := range lines {
			if l.Room == "" || l.Room[0] != '#' || l.Author == "" || i > 0 && (l.At.Before(last) || l.Number <= lines[i-1].Number) {
				t.Fatalf("line %+v", l)
			}
			if (l.Do == story.Say) != (l.Entry == 0) || l.Refused && l.Do != story.Say || (l.Emoji != "") != (l.Do == story.React || l.Do == story.Unreact) {
				t.Fatalf("deed %+v", l)
			}
			last = l.At
		}
	})
}

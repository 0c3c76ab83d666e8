// Package words is what the public page says of itself, by language: a file a
// language, English and French with the program, others given by whoever runs
// it. What people wrote is never translated.
//
// # Invariants
//
// A book answers every key: one that its language lacks is answered in English.
// How many forms a language has for numbers is CLDR's to say, not this
// package's.
//
// # Concurrency
//
// A [Shelf] and its books never change once they are opened.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"sitrep/instant"
)

//go:embed *.json
var own embed.FS

// A Book is one language.
type Book struct {
	Tag     string            `json:"tag"`  // BCP 47: "fr", "pt-BR"
	Name    string            `json:"name"` // in itself: "Français"
	Dir     string            `json:"dir"`  // "ltr" or "rtl"
	Months  []string          `json:"months"`
	Short   []string          `json:"short_months"`
	Formats map[string]string `json:"formats"` // of dates: stamp, date, brief, day, month, clock
	Words   map[string]string `json:"words"`

	tag     language.Tag
	english *Book // answers what is missing; nil for English itself
}

// A Shelf is all languages that are there.
type Shelf struct {
	books map[string]*Book
}

// Open reads the program's own languages and those of more: every *.json at its
// top, each a Book. A language that is there already is replaced. The error
// names the file and what is wrong with it. more may be nil.
func Open(more fs.FS) (*Shelf, error) {
	s := &Shelf{books: make(map[string]*Book)}
	for _, from := range []fs.FS{own, more} {
		if from == nil {
			continue
		}
		names, err := fs.Glob(from, "*.json")
		if err != nil {
			return nil, fmt.Errorf("read the languages: %w", err)
		}
		for _, name := range names {
			b, err := read(from, name)
			if err != nil {
				return nil, fmt.Errorf("language %s: %w", name, err)
			}
			s.books[b.Tag] = b
		}
	}
	en := s.books["en"]
	for _, b := range s.books {
		if b != en {
			b.english = en
		}
	}
	return s, nil
}

func read(from fs.FS, name string) (*Book, error) {
	raw, err := fs.ReadFile(from, name)
	if err != nil {
		return nil, err
	}
	b := new(Book)
	if err := json.Unmarshal(raw, b); err != nil {
		return nil, err
	}
	if b.tag, err = language.Parse(b.Tag); err != nil || strings.ContainsAny(b.Tag, "/ ") {
		return nil, fmt.Errorf("its tag %q is no language (BCP 47): write de or pt-BR", b.Tag)
	}
	if want := strings.TrimSuffix(path.Base(name), ".json"); want != b.Tag {
		return nil, fmt.Errorf("it says that it is %q; name the file %s.json", b.Tag, b.Tag)
	}
	if b.Name == "" || b.Dir != "ltr" && b.Dir != "rtl" {
		return nil, fmt.Errorf("it needs a name, and dir ltr or rtl")
	}
	if len(b.Months) != 12 || len(b.Short) != 12 {
		return nil, fmt.Errorf("it needs twelve months and twelve short_months")
	}
	return b, nil
}

// Book returns a language by its tag; nil if it is not there.
func (s *Shelf) Book(tag string) *Book { return s.books[tag] }

// Tags lists the languages that are there, in alphabetical order.
func (s *Shelf) Tags() []string {
	var out []string
	for tag := range s.books {
		out = append(out, tag)
	}
	slices.Sort(out)
	return out
}

// Say returns what stands under a key, with {name} replaced by the value that
// follows name in args. A key that no book has is returned as it is, which a
// test of the pages would show.
func (b *Book) Say(key string, args ...any) string {
	s, ok := b.Words[key]
	if !ok {
		if b.english != nil {
			return b.english.Say(key, args...)
		}
		return key
	}
	return fill(s, args)
}

// Count is Say for a number of things: the language's own form for n stands
// under key.one, key.few, key.many or key.other, and {n} is the number.
func (b *Book) Count(key string, n int, args ...any) string {
	args = append(args, "n", strconv.Itoa(n))
	abs := max(n, -n)
	for _, form := range []string{forms(plural.Cardinal.MatchPlural(b.tag, abs, 0, 0, 0, 0)), "other"} {
		if s, ok := b.Words[key+"."+form]; ok {
			return fill(s, args)
		}
	}
	if b.english != nil {
		return b.english.Count(key, n, args...)
	}
	return key
}

func forms(f plural.Form) string {
	switch f {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

func fill(s string, args []any) string {
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	said := strings.NewReplacer(pairs...).Replace(s)
	if strings.HasSuffix(said, "..") { // a month's short name has its own full stop
		said = said[:len(said)-1]
	}
	return said
}

// List joins names for a sentence: "A", "A and B", "A, B, and C".
func (b *Book) List(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	case 2:
		return names[0] + b.Say("list.two") + names[1]
	}
	last := len(names) - 1
	return strings.Join(names[:last], b.Say("list.comma")) + b.Say("list.last") + names[last]
}

// Time prints an instant in a zone, in one of the book's formats: stamp, date,
// brief, day, month or clock. Zones are named by what they are called in that
// zone at that time (CDT), which needs no translation.
func (b *Book) Time(format string, t time.Time, loc *time.Location) string {
	f, ok := b.Formats[format]
	if !ok && b.english != nil {
		return b.english.Time(format, t, loc)
	}
	t = t.In(loc)
	m := int(t.Month()) - 1
	return strings.NewReplacer(
		"{d}", strconv.Itoa(t.Day()), "{dd}", t.Format("02"), "{mon}", b.Short[m], "{month}", b.Months[m],
		"{year}", t.Format("2006"), "{time}", t.Format("15:04"), "{zone}", instant.Zone(t, loc),
	).Replace(f)
}

// Length prints a length of time in at most two units: "4 h 24 min".
func (b *Book) Length(d time.Duration) string {
	parts := strings.Fields(instant.Short(d))
	for i := 1; i < len(parts); i += 2 {
		parts[i] = b.Say("unit." + parts[i])
	}
	return strings.Join(parts, " ")
}

// Package view sets a report to be read (as a page of its own, beside its
// timeline, or to be pasted elsewhere): one page first, the rest folded below
// it, a strip of the milestones drawn to scale, and the references as small
// notes that are hidden until they are asked for.
//
// A page is one file: it needs no JavaScript and fetches nothing. What other
// people wrote reaches it only as the report's Markdown, in which no HTML is
// understood, and through html/template.
//
// Everything here is a pure function of its arguments.
package view

import (
	"bytes"
	_ "embed" // page.html
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"sitrep/instant"
	"sitrep/postmortem"
)

//go:embed page.html
var page string

// reading is what page.html shows.
type reading struct {
	Title string
	Zone  string
	About template.HTML
	Strip template.HTML
	First []section
	Rest  []section
	Notes []note
}

type section struct {
	Title string
	Body  template.HTML
}

// A note is what a reference leads to.
type note struct {
	Number int
	Ref    string
	At     string
	By     string
	Text   string
	Link   string
}

// firstPage are the sections that a reader needs, in our form and in others; the
// rest is there to be looked up.
func firstPage() []string {
	return []string{"Summary", "Impact", "What will change", "Overview", "What happened", "Action items"}
}

// onFirstPage says which of a report's sections stand open: those of a first
// page or, in a report that has no such section, the first three.
func onFirstPage(titles []string) func(i int) bool {
	known := slices.ContainsFunc(titles, func(t string) bool { return slices.Contains(firstPage(), t) })
	return func(i int) bool {
		if known {
			return slices.Contains(firstPage(), titles[i])
		}
		return i < 3
	}
}

var (
	reference = regexp.MustCompile(`\[((?:[TU]|INC-)[0-9]{1,9})\]`)
	marked    = regexp.MustCompile(`\x{E000}((?:[TU]|INC-)[0-9]{1,9})\x{E001}`)
	heading   = regexp.MustCompile(`(?m)^## +(.+)$`)
)

// Page sets a report that was drafted from b, or written by people since. The
// error is one of Markdown or of the template, and ours.
func Page(b postmortem.Brief, markdown string) ([]byte, error) {
	v := reading{Zone: b.Zone.String()}
	markdown, notes := cited(b, markdown)
	v.Notes = notes
	numbers := numbersOf(notes)

	head, rest := markdown, ""
	if i := heading.FindStringIndex(markdown); i != nil {
		head, rest = markdown[:i[0]], markdown[i[0]:]
	}
	if title, after, ok := strings.Cut(strings.TrimSpace(head), "\n"); ok || strings.HasPrefix(title, "# ") {
		body, err := render(title, numbers)
		if err != nil {
			return nil, err
		}
		v.Title = strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(string(body), "")))
		head = after
	}
	head = aboutNotes.ReplaceAllString(head, "") // the page has notes in their place
	var err error
	if v.About, err = render(head, numbers); err != nil {
		return nil, err
	}
	at := heading.FindAllStringSubmatchIndex(rest, -1)
	var titles []string
	for _, m := range at {
		titles = append(titles, strings.ReplaceAll(rest[m[2]:m[3]], `\`, ""))
	}
	open := onFirstPage(titles)
	for i, m := range at {
		end := len(rest)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		body, err := render(rest[m[1]:end], numbers)
		if err != nil {
			return nil, err
		}
		s := section{titles[i], body}
		if open(i) {
			v.First = append(v.First, s)
		} else {
			v.Rest = append(v.Rest, s)
		}
	}
	v.Strip = strip(b)
	t, err := template.New("page").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("read the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("set the report of %s: %w", b.ID, err)
	}
	return out.Bytes(), nil
}

var aboutNotes = regexp.MustCompile(` Letters and numbers in brackets name the evidence[^*\n]*`)

var tags = regexp.MustCompile(`<[^>]*>`)

// cited puts marks in the place of a report's references, and returns what they
// lead to. What is escaped, or leads nowhere, is no reference.
func cited(b postmortem.Brief, markdown string) (string, []note) {
	var notes []note
	numbers := map[string]int{}
	markdown = unmarked(markdown)
	markdown = strings.ReplaceAll(markdown, `\[`, "\uE001[")
	markdown = reference.ReplaceAllStringFunc(markdown, func(s string) string {
		ref := s[1 : len(s)-1]
		e, ok := b.Evidence(ref)
		if !ok {
			return s
		}
		if numbers[ref] == 0 {
			numbers[ref] = len(numbers) + 1
			notes = append(notes, note{
				Number: numbers[ref], Ref: ref, By: e.By, Text: unmarked(e.Text), Link: e.Link,
				At: instant.Stamp(e.At, b.Zone),
			})
		}
		return "\uE000" + ref + "\uE001"
	})
	return strings.ReplaceAll(markdown, "\uE001[", `\[`), notes
}

// unmarked takes out what we mark references and findings with.
func unmarked(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\uE000' && r <= '\uE003' {
			return -1
		}
		return r
	}, s)
}

func numbersOf(notes []note) map[string]int {
	out := map[string]int{}
	for _, n := range notes {
		out[n.Ref] = n.Number
	}
	return out
}

// render makes HTML of Markdown, with its references as notes.
func render(markdown string, numbers map[string]int) (template.HTML, error) {
	out, err := plainly(markdown)
	return template.HTML(marked.ReplaceAllStringFunc(out, func(s string) string { //nolint:gosec // goldmark escapes; what is put in are letters and figures
		ref := marked.FindStringSubmatch(s)[1]
		return `<a class="note" href="#` + ref + `" title="` + ref + `">` + strconv.Itoa(numbers[ref]) + `</a>`
	})), err
}

// plainly makes HTML of Markdown, in which marks stay as they are.
func plainly(markdown string) (string, error) {
	var out bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
	if err := md.Convert([]byte(markdown), &out); err != nil {
		return "", fmt.Errorf("read the report: %w", err)
	}
	return out.String(), nil
}

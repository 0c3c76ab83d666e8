package view

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"

	"sitrep/postmortem"
)

// A Sheet is a version of a report, set to be worked on beside its timeline.
type Sheet struct {
	Title string
	Strip template.HTML // the milestones, drawn to scale; "" if there is nothing to draw
	// Body is the report in HTML: each reference is a link to #T12 or #U3, with
	// the id n3 where note 3 stands first, and each finding stands behind the
	// words that it is about, in a span of class aside.
	Body template.HTML
	// Rich is the report to be pasted elsewhere: what it looks like stands in it,
	// and it needs no other file.
	Rich template.HTML
	// Loose are the findings whose words do not stand there.
	Loose []postmortem.Finding
	// Notes are the numbers of the notes, by reference.
	Notes map[string]int
}

// Set sets a version of a report, which was drafted from b or written by people
// since. The error is one of Markdown, and ours.
func Set(b postmortem.Brief, markdown string, findings []postmortem.Finding) (Sheet, error) {
	markdown, notes := cited(b, markdown)
	s := Sheet{Strip: strip(b), Notes: numbersOf(notes)}
	rich, err := rich(markdown, notes)
	if err != nil {
		return Sheet{}, err
	}
	s.Rich = rich
	if title, after, ok := strings.Cut(strings.TrimSpace(markdown), "\n"); strings.HasPrefix(title, "# ") {
		body, err := plainly(marked.ReplaceAllString(title, ""))
		if err != nil {
			return Sheet{}, err
		}
		s.Title = strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(body, "")))
		if markdown = after; !ok {
			markdown = ""
		}
	}
	markdown = aboutNotes.ReplaceAllString(markdown, "")
	markdown = flagged(markdown, findings)
	var body strings.Builder
	seen, placed := map[string]bool{}, make([]bool, len(findings))
	all := parts(markdown)
	var titles []string
	for _, part := range all[1:] {
		titles = append(titles, part.title)
	}
	first := onFirstPage(titles)
	for i, part := range all {
		inner, err := plainly(part.body)
		if err != nil {
			return Sheet{}, err
		}
		inner = noted(asides(inner, findings, placed), s.Notes, notes, seen)
		switch {
		case i == 0:
			body.WriteString(inner)
		case first(i - 1):
			fmt.Fprintf(&body, "<section>\n<h2>%s</h2>\n%s</section>\n", html.EscapeString(part.title), inner)
		default:
			open := ""
			if strings.Contains(inner, `class="aside"`) {
				open = " open"
			}
			fmt.Fprintf(&body, "<details class=\"part\"%s><summary><h2>%s</h2></summary>\n%s</details>\n", open, html.EscapeString(part.title), inner)
		}
	}
	s.Loose = nil
	for i, f := range findings { // some words stand where nothing is shown, such as in a row's superfluous cell
		if !placed[i] {
			s.Loose = append(s.Loose, f)
		}
	}
	s.Body = template.HTML(body.String()) //nolint:gosec // goldmark escapes; what is put in is escaped
	return s, nil
}

// A part is a section of a report.
type part struct {
	title, body string
}

// parts cuts a report into what stands before its first section, and its
// sections.
func parts(markdown string) []part {
	at := heading.FindAllStringSubmatchIndex(markdown, -1)
	if len(at) == 0 {
		return []part{{body: markdown}}
	}
	out := []part{{body: markdown[:at[0][0]]}}
	for i, m := range at {
		end := len(markdown)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		title := flag.ReplaceAllString(markdown[m[2]:m[3]], "")
		title = strings.TrimSpace(strings.ReplaceAll(marked.ReplaceAllString(title, ""), `\`, ""))
		out = append(out, part{title: title, body: flagsOf(markdown[m[2]:m[3]]) + markdown[m[1]:end]})
	}
	return out
}

// flagsOf are the flags of a heading, which stand before its text.
func flagsOf(heading string) string {
	return strings.Join(flag.FindAllString(heading, -1), "")
}

var flag = regexp.MustCompile(`\x{E002}([0-9]{1,6})\x{E003}`)

// flagged puts a mark behind the words of each finding, where they stand.
func flagged(markdown string, findings []postmortem.Finding) string {
	read := reader(markdown)
	type at struct{ end, finding int }
	var found []at
	for i, f := range findings {
		if end, ok := read.find(f.Quote); ok {
			found = append(found, at{end, i})
		}
	}
	slices.SortStableFunc(found, func(x, y at) int { return cmp.Compare(y.end, x.end) })
	for _, f := range found {
		markdown = markdown[:f.end] + "\uE002" + strconv.Itoa(f.finding) + "\uE003" + markdown[f.end:]
	}
	return markdown
}

// A plain is Markdown as it is read, with where each of its bytes ends in it.
type plain struct {
	text string
	ends []int
}

// reader reads Markdown: without escapes, references and emphasis, with one
// blank for any white space.
func reader(markdown string) plain {
	var p plain
	var read []byte
	add := func(s string, end int) {
		for range len(s) {
			p.ends = append(p.ends, end)
		}
		read = append(read, s...)
	}
	blank := func() bool { return len(read) > 0 && read[len(read)-1] == ' ' }
	for i := 0; i < len(markdown); {
		r, n := utf8.DecodeRuneInString(markdown[i:])
		rest := markdown[i:]
		mark := 0 // the length of the reference that begins here
		if r == '\uE000' {
			if m := marked.FindStringIndex(rest); m != nil && m[0] == 0 {
				mark = m[1]
			}
		}
		switch {
		case mark > 0: // one of the blanks around it goes with it
			if next, _ := utf8.DecodeRuneInString(rest[mark:]); blank() && next != '\uE000' && !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				read, p.ends = read[:len(read)-1], p.ends[:len(p.ends)-1]
			}
			n = mark
		case r == '\\' && len(rest) > 1 && (unicode.IsPunct(rune(rest[1])) || unicode.IsSymbol(rune(rest[1]))):
			n = 2
			add(rest[1:2], i+n)
		case r == '*' || r == '`':
		case unicode.IsSpace(r):
			if len(read) > 0 && !blank() {
				add(" ", i+n)
			}
		default:
			add(rest[:n], i+n)
		}
		i += n
	}
	p.text = string(read)
	return p
}

// find is where words end in the Markdown; ok is false if they do not stand in it.
func (p plain) find(words string) (end int, ok bool) {
	words = strings.TrimSuffix(strings.TrimSpace(reader(words).text), "…")
	i := strings.Index(p.text, words)
	if words == "" || i < 0 {
		return 0, false
	}
	return p.ends[i+len(words)-1], true
}

// blockEnd is where a block of text ends, or what it holds begins.
var blockEnd = regexp.MustCompile(`</(?:p|li|td|th|h[1-6]|pre|blockquote)>|<(?:ul|ol)[ >]`)

// asides sets each finding at the end of the block that its mark stands in, and
// a sign where the mark was; placed tells which were there.
func asides(body string, findings []postmortem.Finding, placed []bool) string {
	var out, waiting strings.Builder
	for body != "" {
		m := flag.FindStringSubmatchIndex(body)
		end := blockEnd.FindStringIndex(body)
		if m == nil && waiting.Len() == 0 {
			break
		}
		if m == nil || end != nil && waiting.Len() > 0 && end[0] < m[0] {
			if end == nil {
				end = []int{len(body), len(body)}
			}
			out.WriteString(body[:end[0]] + waiting.String())
			waiting.Reset()
			body = body[end[0]:]
			continue
		}
		out.WriteString(body[:m[0]])
		if i, err := strconv.Atoi(body[m[2]:m[3]]); err == nil && i < len(findings) && !placed[i] {
			placed[i] = true
			out.WriteString(`<span class="flag" aria-hidden="true"></span>`)
			waiting.WriteString(`<span class="aside" role="note">` + html.EscapeString(findings[i].Text))
			if findings[i].Mend != "" {
				waiting.WriteString(` <span class="mend">` + html.EscapeString(findings[i].Mend) + `</span>`)
			}
			waiting.WriteString(`</span>`)
		}
		body = body[m[1]:]
	}
	return out.String() + body + waiting.String()
}

// noted sets each reference as a small number that leads to its entry.
func noted(body string, numbers map[string]int, notes []note, seen map[string]bool) string {
	return marked.ReplaceAllStringFunc(body, func(s string) string {
		ref := marked.FindStringSubmatch(s)[1]
		n := notes[numbers[ref]-1]
		id := ""
		if !seen[ref] {
			seen[ref] = true
			id = fmt.Sprintf(` id="n%d"`, n.Number)
		}
		return fmt.Sprintf(`<a class="note"%s href="#%s" title="%s">%d</a>`, id, ref, html.EscapeString(strings.TrimSuffix(n.At+" "+n.By+": "+short(n.Text), ": ")), n.Number)
	})
}

// short is the beginning of a text, for a hint.
func short(s string) string {
	const most = 120
	if rs := []rune(strings.Join(strings.Fields(s), " ")); len(rs) > most {
		return string(rs[:most-1]) + "…"
	}
	return s
}

// What the cells of a table look like where it is pasted; editors read it from
// each cell, and nowhere else.
const cell = `border:1px solid #b1b7bb;padding:4px 8px;text-align:left;vertical-align:top`

// rich sets a report to be pasted into an editor: headings, lists and tables,
// with what they look like in them, and the evidence as a list at the end.
func rich(markdown string, notes []note) (template.HTML, error) {
	body, err := plainly(aboutNotes.ReplaceAllString(markdown, ""))
	if err != nil {
		return "", err
	}
	numbers := numbersOf(notes)
	body = marked.ReplaceAllStringFunc(body, func(s string) string {
		n := notes[numbers[marked.FindStringSubmatch(s)[1]]-1]
		if n.Link == "" {
			return fmt.Sprintf("<sup>[%d]</sup>", n.Number)
		}
		return fmt.Sprintf(`<sup><a href="%s">[%d]</a></sup>`, html.EscapeString(n.Link), n.Number)
	})
	body = strings.NewReplacer(
		"<table>", `<table style="border-collapse:collapse">`,
		"<th>", `<th style="`+cell+`;background-color:#f0f2f4">`,
		"<td>", `<td style="`+cell+`">`,
	).Replace(body)
	var b strings.Builder
	b.WriteString(body)
	if len(notes) > 0 {
		b.WriteString("<h2>Evidence</h2>\n<ol>\n")
		for _, n := range notes {
			b.WriteString("<li>" + html.EscapeString(n.At+" "+n.By))
			if n.Text != "" {
				b.WriteString(": “" + html.EscapeString(n.Text) + "”")
			}
			if n.Link != "" {
				b.WriteString(` <a href="` + html.EscapeString(n.Link) + `">Open</a>`)
			}
			b.WriteString("</li>\n")
		}
		b.WriteString("</ol>\n")
	}
	return template.HTML(b.String()), nil //nolint:gosec // goldmark escapes, and so does what is put in
}

// Changes sets what became of one text in another, by words: what went in del,
// what came in ins, and of what stayed only what is near to either.
func Changes(was, is string) template.HTML {
	var t words
	diffs := merged(diffmatchpatch.New().DiffMainRunes(t.read(was), t.read(is), false), &t)
	const near = 160 // bytes of what stayed, on either side
	var b strings.Builder
	for i, x := range diffs {
		switch x.Type {
		case diffmatchpatch.DiffDelete:
			b.WriteString("<del>" + html.EscapeString(x.Text) + "</del>")
		case diffmatchpatch.DiffInsert:
			b.WriteString("<ins>" + html.EscapeString(x.Text) + "</ins>")
		case diffmatchpatch.DiffEqual:
			before, after := near, near
			if i == 0 {
				before = 0
			}
			if i == len(diffs)-1 {
				after = 0
			}
			if len(x.Text) <= before+after+near {
				b.WriteString(html.EscapeString(x.Text))
				continue
			}
			b.WriteString(html.EscapeString(upTo(x.Text, before)) + `<span class="skipped">…</span>` + html.EscapeString(from(x.Text, len(x.Text)-after)))
		}
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

// words gives each word, and each stretch of white space, a rune of its own.
type words struct {
	runes map[string]rune
	text  map[rune]string
}

var wordOrBlank = regexp.MustCompile(`\s+|[^\s]+`)

func (t *words) read(s string) []rune {
	if t.runes == nil {
		t.runes, t.text = map[string]rune{}, map[rune]string{}
	}
	var out []rune
	for _, w := range wordOrBlank.FindAllString(s, -1) {
		r, ok := t.runes[w]
		if !ok {
			if r = rune(len(t.runes) + 1); r >= 0xD800 { // these are no runes of their own
				r += 0x800
			}
			t.runes[w], t.text[r] = r, w
		}
		out = append(out, r)
	}
	return out
}

// merged puts what came and went side by side, and takes white space between two
// changes for part of both: one change reads better than a row of them.
func merged(diffs []diffmatchpatch.Diff, t *words) []diffmatchpatch.Diff {
	var out []diffmatchpatch.Diff
	var went, came strings.Builder
	flush := func() {
		if went.Len() > 0 {
			out = append(out, diffmatchpatch.Diff{Type: diffmatchpatch.DiffDelete, Text: went.String()})
		}
		if came.Len() > 0 {
			out = append(out, diffmatchpatch.Diff{Type: diffmatchpatch.DiffInsert, Text: came.String()})
		}
		went.Reset()
		came.Reset()
	}
	for i, x := range diffs {
		var s strings.Builder
		for _, r := range x.Text {
			s.WriteString(t.text[r])
		}
		switch {
		case x.Type == diffmatchpatch.DiffDelete:
			went.WriteString(s.String())
		case x.Type == diffmatchpatch.DiffInsert:
			came.WriteString(s.String())
		case went.Len()+came.Len() > 0 && i < len(diffs)-1 && strings.TrimSpace(s.String()) == "" && !strings.Contains(s.String(), "\n"):
			went.WriteString(s.String())
			came.WriteString(s.String())
		default:
			flush()
			out = append(out, diffmatchpatch.Diff{Type: diffmatchpatch.DiffEqual, Text: s.String()})
		}
	}
	flush()
	return out
}

// upTo and from cut a text at the next blank, so that no word is halved.
func upTo(s string, n int) string {
	if n == 0 {
		return ""
	}
	if i := strings.IndexFunc(s[n:], unicode.IsSpace); i >= 0 {
		return s[:n+i+1]
	}
	return s
}

func from(s string, n int) string {
	if i := strings.LastIndexFunc(s[:n], unicode.IsSpace); i >= 0 && n < len(s) {
		return s[i:]
	}
	return s[n:]
}

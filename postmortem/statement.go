package postmortem

import (
	"regexp"
	"strings"
)

// A statement is one sentence of a report, one row of its table, or one line of
// its lists that has no full stop.
type statement struct {
	text   string   // as a reader sees it, without its references
	bare   string   // the same, with “” for each quotation
	quotes []string // what stands between “ and ”
	refs   Refs
}

// question reports whether it asks: then it states nothing.
func (s statement) question() bool { return strings.HasSuffix(s.bare, "?") }

var (
	listMark  = regexp.MustCompile(`^\s*(?:[-*+]|\d{1,9}[.)])\s+`)
	tableRule = regexp.MustCompile(`^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$`)
	reference = regexp.MustCompile(`^\[((?:[TU]|INC-)[0-9]{1,9})\]`)
)

// statements reads a report. Headings, code and remarks on the report itself
// (a text between single asterisks) state nothing.
func statements(markdown string) []statement {
	var out []statement
	var block strings.Builder
	flush := func() {
		out = append(out, sentences(block.String())...)
		block.Reset()
	}
	lines := strings.Split(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n")
	fence := ""
	for i, line := range lines {
		bare := strings.TrimSpace(line)
		if fence != "" {
			if strings.HasPrefix(bare, fence) {
				fence = ""
			}
			continue
		}
		switch {
		case strings.HasPrefix(bare, "```"), strings.HasPrefix(bare, "~~~"):
			flush()
			fence = bare[:3]
		case bare == "", bare == ">", strings.HasPrefix(bare, "#"):
			flush()
		case strings.HasPrefix(bare, "|"):
			flush()
			head := i+1 < len(lines) && tableRule.MatchString(lines[i+1])
			if s, ok := row(bare); ok && !head && !tableRule.MatchString(bare) {
				out = append(out, s)
			}
		default:
			bare = strings.TrimSpace(strings.TrimPrefix(bare, ">"))
			if m := listMark.FindString(bare); m != "" {
				flush()
				bare = bare[len(m):]
			}
			if block.Len() > 0 {
				block.WriteByte(' ')
			}
			block.WriteString(bare)
		}
	}
	flush()
	return out
}

// row reads a line of a table as one statement.
func row(line string) (statement, bool) {
	var cells []string
	from := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			cells = append(cells, strings.TrimSpace(line[from:i]))
			from = i + 1
		}
	}
	var all statement
	for _, s := range sentences(strings.Join(append(cells, strings.TrimSpace(line[min(from, len(line)):])), ", ")) {
		all.text, all.bare = all.text+" "+s.text, all.bare+" "+s.bare
		all.quotes, all.refs = append(all.quotes, s.quotes...), all.refs.and(s.refs...)
	}
	all.text, all.bare = strings.Trim(all.text, " ,"), strings.Trim(all.bare, " ,")
	return all, all.text != ""
}

// sentences reads a paragraph or a line of a list. References belong to the
// sentence that they follow or stand in.
func sentences(block string) []statement {
	var out []statement
	var text, bare, said strings.Builder
	var cur statement
	quoted := false
	flush := func() {
		cur.text, cur.bare = strings.TrimSpace(text.String()), strings.TrimSpace(bare.String())
		if strings.Trim(cur.bare, " .,;:*_") != "" {
			out = append(out, cur)
		}
		cur = statement{}
		text.Reset()
		bare.Reset()
	}
	put := func(s string) {
		text.WriteString(s)
		if quoted {
			said.WriteString(s)
		} else {
			bare.WriteString(s)
		}
	}
	for i := 0; i < len(block); {
		rest := block[i:]
		switch {
		case rest[0] == '\\' && len(rest) > 1 && rest[1] < 0x80:
			put(rest[1:2])
			i += 2
			continue
		case strings.HasPrefix(rest, "**"):
			i += 2
			continue
		case rest[0] == '*' && !quoted && aboutEnd(rest) > 0:
			i += aboutEnd(rest)
			continue
		case strings.HasPrefix(rest, "“") && !quoted && strings.Contains(rest, "”"):
			put("“")
			quoted = true
			i += len("“")
			continue
		case strings.HasPrefix(rest, "”") && quoted:
			quoted = false
			put("”")
			cur.quotes = append(cur.quotes, said.String())
			said.Reset()
			i += len("”")
			continue
		case rest[0] == '[' && !quoted:
			if m := reference.FindStringSubmatch(rest); m != nil && !strings.HasPrefix(rest[len(m[0]):], "(") {
				if strings.TrimSpace(text.String()) == "" && len(out) > 0 {
					out[len(out)-1].refs = out[len(out)-1].refs.and(m[1])
				} else {
					cur.refs = cur.refs.and(m[1])
				}
				i += len(m[0])
				continue
			}
		}
		n := 1
		for i+n < len(block) && block[i+n]&0xC0 == 0x80 {
			n++
		}
		put(block[i : i+n])
		i += n
		if !quoted && ends(block, i) {
			flush()
		}
	}
	flush()
	return out
}

// ends reports whether a sentence ends right before i.
func ends(block string, i int) bool {
	if strings.IndexByte(".?!", block[i-1]) < 0 || i < len(block) && block[i] != ' ' {
		return false
	}
	before := block[:i-1]
	word := strings.ToLower(before[strings.LastIndexAny(before, " (")+1:])
	return word != "e.g" && word != "i.e" && word != "approx" && word != "vs" && word != "etc"
}

// aboutEnd is how long the text between single asterisks is that s begins with;
// 0 if it begins with none.
func aboutEnd(s string) int {
	if len(s) < 3 || s[1] == '*' || s[1] == ' ' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '*':
			return i + 1
		}
	}
	return 0
}

package secret

import (
	"slices"
	"sort"
	"strings"
)

// A window is the part of a text that a rule is asked about: regular
// expressions are slow, and most of a long text has nothing to do with them.
type window struct{ start, end int }

// windows lists the lines around the rule's keywords, joined where they meet.
// A match is at most a line before its keyword, and two after, where white
// space may be a line's end; a rule that says of itself that it spans lines
// gets the whole text.
func (r *rule) windows(at map[string][]int, starts []int, length int) []window {
	var lines []int
	for _, k := range r.keywords {
		for _, i := range at[k] {
			lines = append(lines, sort.SearchInts(starts, i+1)-1)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if r.multiline {
		return []window{{0, length}}
	}
	slices.Sort(lines)
	var out []window
	for _, l := range slices.Compact(lines) {
		w := window{starts[max(0, l-1)], length}
		if l+3 < len(starts) {
			w.end = starts[l+3]
		}
		if n := len(out); n > 0 && w.start <= out[n-1].end {
			out[n-1].end = w.end
			continue
		}
		out = append(out, w)
	}
	return out
}

// spansLines says whether a pattern matches over any number of lines.
func spansLines(pattern string) bool {
	for _, sign := range []string{"(?s", "(?is", `[\s\S`, `[\r\n]`, `\z`} {
		if strings.Contains(pattern, sign) {
			return true
		}
	}
	return false
}

// lineStarts lists the offsets at which lines begin.
func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// indexes lists where word stands in text.
func indexes(text, word string) []int {
	var out []int
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return out
		}
		out = append(out, from+i)
		from += i + len(word)
	}
}

// lowerASCII is strings.ToLower for the letters that keywords have, with every
// offset as it was.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hasToken says whether a text has what the general rule can take for a secret:
// ten characters of a token in a row that are not all letters, dots and hyphens,
// which its own allowlist refuses; the tests hold it to that.
func hasToken(text string) bool {
	run, mixed := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9', c == '=', c == '+', c == '/':
			mixed = true
			run++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == '.', c == '-':
			run++
		default:
			run, mixed = 0, false
		}
		if mixed && run >= 10 {
			return true
		}
	}
	return false
}

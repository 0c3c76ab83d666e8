package config

import (
	"fmt"
	"strings"
)

// A Problem is one thing that is wrong with a file.
type Problem struct {
	Line int    // from 1; 0 if it belongs to no line
	Text string // a clause that begins with the key: "page.url is not …"

	path string // of the value: page.url
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// An Error is a file that cannot be used, with everything that is wrong with
// it, in the order of its lines.
type Error struct {
	Name     string // the file's
	Problems []Problem
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.Name + ": " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s has %d problems:", e.Name, len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// nearest finds the word that was probably meant; "" if none is near.
func nearest(word string, words []string) string {
	best, bestCost := "", 1+max(1, len(word)/3)
	for _, w := range words {
		if cost := distance(strings.ToLower(word), strings.ToLower(w)); cost < bestCost {
			best, bestCost = w, cost
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace, or swap with their
// neighbour to make b of a.
func distance(a, b string) int {
	const longest = 64 // longer words are not misspelled keys
	if len(a) > longest || len(b) > longest {
		return longest
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// orList joins words as in "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

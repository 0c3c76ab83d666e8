package incident

import "fmt"

// A Problem is an error that its author can mend: one clear sentence, shown
// word for word, that says what to do next. Nothing was recorded.
type Problem struct {
	Code string // stable, for tests and callers: "unknown-component", "already-resolved", …
	Text string // the sentence
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Text }

// Problemf returns a Problem with the given code and formatted sentence.
func Problemf(code, format string, args ...any) *Problem {
	return &Problem{Code: code, Text: fmt.Sprintf(format, args...)}
}

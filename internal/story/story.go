// Package story reads stories and plays them: plain text files in which a line
// is a message, used for demonstrations, tests and bug reports.
//
//	2020-09-09T11:15:00-05:00  #ops       @oncall  /incident declare severity:sev1 MariaDB crashed
//	2020-09-09T11:15:30-05:00  #incident  @dba     it restarted by itself
//		a line that begins with a tab continues the text above
//
// Fields are separated by spaces or tabs: a time (RFC 3339), a room, an author,
// and the text to the end of the line. Blank lines and lines that begin with #
// are comments. Lines are in time order.
//
// #incident is the room of the incident that was declared last, #INC-2 that
// incident's; any other room is an ordinary one. An author may say a zone once,
// @oncall[Europe/Berlin], in which their bare clock times are read, and may end
// in one of
//
//	!        this command must be refused (a refusal that was not announced ends
//	         the story)
//	>T3      a reply to entry T3
//	+📌T3    puts that emoji on entry T3; -📌T3 takes it off
//	~T3      edits entry T3 to say the text
//	xT3      deletes entry T3
//
// # Concurrency
//
// Parse is pure. A Player is used by one goroutine.
package story

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A Line is one line of a story.
type Line struct {
	Number  int // in the file, from 1
	At      time.Time
	Room    string // with its #
	Author  string // without its @
	Zone    *time.Location
	Text    string
	Refused bool // the command must be refused
	Do      Deed
	Entry   int    // what the deed is done to: 3 for T3; 0 if there is none
	Emoji   string // of a React or Unreact
}

// A Deed is what a line does, where it does not just say its text.
type Deed int

// The deeds.
const (
	Say Deed = iota
	Reply
	React
	Unreact
	Edit
	Delete
)

// An Error is a line that cannot be read or run.
type Error struct {
	Line int
	Err  error
}

// Error names the line.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// maxLine is the longest line that is read: the longest message of any
// platform (Slack: 40,000 characters) in bytes, several times over.
const maxLine = 1 << 20

var authorForm = regexp.MustCompile(`^@([^\s\[\]!>~]+?)(?:\[([^\]]+)\])?(!|>T\d+|~T\d+|xT\d+|[+-][^T\s]+T\d+)?$`)

// Parse reads a story. The error is an *Error that names the first line that
// cannot be read.
func Parse(r io.Reader) ([]Line, error) {
	var lines []Line
	zones := map[string]*time.Location{}
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	number := 0
	for sc.Scan() {
		number++
		text := sc.Text()
		if number == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		switch {
		case strings.HasPrefix(text, "\t"):
			if len(lines) == 0 {
				return nil, &Error{number, errors.New("this continues a message, but there is none above it")}
			}
			last := &lines[len(lines)-1]
			last.Text += "\n" + text[1:]
			continue
		case strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#"):
			continue
		}
		if err := finish(lines); err != nil {
			return nil, err
		}
		l, err := parseLine(text, zones)
		if err != nil {
			return nil, &Error{number, err}
		}
		l.Number = number
		if n := len(lines); n > 0 && l.At.Before(lines[n-1].At) {
			return nil, &Error{number, fmt.Errorf("%s is before the line above it (%s); lines are in time order", l.At.Format(time.RFC3339), lines[n-1].At.Format(time.RFC3339))}
		}
		lines = append(lines, l)
	}
	if err := finish(lines); err != nil {
		return nil, err
	}
	switch err := sc.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, &Error{number + 1, fmt.Errorf("this line is longer than %d bytes", maxLine)}
	case err != nil:
		return nil, &Error{number + 1, err}
	}
	return lines, nil
}

// finish checks the last line once its text is whole: what continues it has
// been read.
func finish(lines []Line) error {
	if len(lines) == 0 {
		return nil
	}
	l := &lines[len(lines)-1]
	l.Text = strings.TrimLeft(strings.TrimRight(l.Text, " \t\n"), "\n") // it may begin on the next line
	switch takesText := l.Do == Say || l.Do == Reply || l.Do == Edit; {
	case takesText && strings.TrimSpace(l.Text) == "":
		return &Error{l.Number, errors.New("the text is missing")}
	case !takesText && l.Text != "":
		return &Error{l.Number, fmt.Errorf("a mark or a deletion of T%d has no text; write %q on a line of its own", l.Entry, l.Text)}
	}
	return nil
}

func parseLine(text string, zones map[string]*time.Location) (Line, error) {
	when, rest := field(text)
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return Line{}, fmt.Errorf("%q is no RFC 3339 time; write 2020-09-09T11:15:00-05:00", when)
	}
	room, rest := field(rest)
	if len(room) < 2 || room[0] != '#' {
		return Line{}, fmt.Errorf("%q is no room; write #ops after the time", room)
	}
	who, rest := field(rest)
	m := authorForm.FindStringSubmatch(who)
	if m == nil {
		return Line{}, fmt.Errorf("%q is no author; write @name after the room", who)
	}
	l := Line{At: at, Room: room, Author: m[1], Text: rest}
	if m[2] != "" {
		zone, err := time.LoadLocation(m[2])
		if err != nil || zone == time.Local { // which every machine has another of
			return Line{}, fmt.Errorf("%q is no time zone; write one like Europe/Berlin", m[2])
		}
		zones[l.Author] = zone
	}
	l.Zone = zones[l.Author]
	return l, l.deed(m[3])
}

// deed reads what stands behind an author's name.
func (l *Line) deed(s string) error {
	if s == "" {
		return nil
	}
	if s == "!" {
		l.Refused = true
		return nil
	}
	i := strings.LastIndex(s, "T")
	n, err := strconv.Atoi(s[i+1:])
	if err != nil || n < 1 {
		return fmt.Errorf("%q names no entry; write T3", s)
	}
	l.Entry = n
	switch s[0] {
	case '>':
		l.Do = Reply
	case '~':
		l.Do = Edit
	case 'x':
		l.Do = Delete
	case '+':
		l.Do, l.Emoji = React, s[1:i]
	default:
		l.Do, l.Emoji = Unreact, s[1:i]
	}
	return nil
}

// field cuts the first field off.
func field(s string) (first, rest string) {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

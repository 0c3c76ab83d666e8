package discord

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sitrep/instant"
)

// Discord's limits, in characters. They are applied in UTF-16 units, the
// strictest reading. Source: Discord's developer documentation, "Message",
// "Embed Limits", "Component Reference", "Application Commands".
const (
	maxContent     = 2000
	maxTitle       = 256
	maxDescription = 4096
	maxButtonLabel = 80
	maxCustomID    = 100
	maxModalTitle  = 45
	maxLabel       = 45
	maxHint        = 100
	maxInput       = 4000
	maxChoices     = 25
	maxName        = 100 // of a channel, a thread, a choice
	maxNonce       = 25
	maxParts       = 5 // components of a form; rows of a message; buttons in a row
)

// units is the length of a text in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// clip shortens a text to most units, with an ellipsis, and never within an
// escape.
func clip(s string, most int) string {
	if units(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		w := 1
		if r > 0xffff {
			w = 2
		}
		if n+w > most-1 {
			s = s[:i]
			break
		}
		n += w
	}
	slashes := len(s) - len(strings.TrimRight(s, `\`))
	return s[:len(s)-slashes%2] + "…"
}

// clean takes out what no client shows: control characters and broken UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == utf8.RuneError:
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\ufffd"))
}

// escape makes Discord show a text as it stands. Addresses are left alone: an
// escape in them would be part of them.
func escape(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(clean(s), "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		rest := strings.TrimLeft(line, " ")
		b.WriteString(line[:len(line)-len(rest)])
		if rest != "" && strings.ContainsRune("#>-", rune(rest[0])) {
			b.WriteByte('\\')
			b.WriteByte(rest[0])
			rest = rest[1:]
		}
		for j, word := range strings.Split(rest, " ") {
			if j > 0 {
				b.WriteByte(' ')
			}
			if strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://") {
				b.WriteString(word)
				continue
			}
			for _, r := range word {
				if strings.ContainsRune("\\*_~`|[]<>", r) {
					b.WriteByte('\\')
				}
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// line is a text on one line, at most most units before it is escaped.
func line(s string, most int) string {
	return escape(clip(strings.Join(strings.Fields(clean(s)), " "), most))
}

// bold is a text on one line in bold; nothing stays nothing.
func bold(s string, most int) string {
	if s = line(s, most); s == "" {
		return ""
	}
	return "**" + s + "**"
}

// code is a text on one line in fixed width. There is no escape in it, so its
// own backticks become quotes.
func code(s string, most int) string {
	s = clip(strings.Join(strings.Fields(strings.ReplaceAll(clean(s), "`", "'")), " "), most)
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// quote sets a text off, as it was written: customers read it so.
func quote(s string, most int) string {
	s = strings.TrimSpace(clip(clean(s), most))
	if s == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(s, "\n", "\n> ")
}

// small is a text in small letters, line by line.
func small(s string) string {
	if s == "" {
		return ""
	}
	return "-# " + strings.ReplaceAll(s, "\n", "\n-# ")
}

// at is an instant in the page's zone, and in the reader's own, which the
// client fills in.
func at(t time.Time, zone *time.Location) string { return stamped(t, zone, "t") }

// on is at, with the day.
func on(t time.Time, zone *time.Location) string { return stamped(t, zone, "f") }

func stamped(t time.Time, zone *time.Location, style string) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return instant.Clock(t, zone) + " (<t:" + strconv.FormatInt(t.Unix(), 10) + ":" + style + ">)"
}

// plain is a label for where there is no markup: buttons, titles of forms.
func plain(s string, most int, otherwise string) string {
	if s = clip(strings.Join(strings.Fields(clean(s)), " "), most); s == "" {
		return otherwise
	}
	return s
}

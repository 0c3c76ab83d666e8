package slack

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/rivo/uniseg"

	"sitrep/instant"
)

// clean makes a text one that JSON and Slack take as it is: UTF-8, without
// control characters other than line ends and tabs.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, s)
}

// escape escapes what Slack would read as markup.
func escape(s string) string { return escapes.Replace(s) }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// width is how much room a text takes, in what Slack may count: UTF-16 units of
// the JSON that carries it. It is never less than the number of its characters,
// so that a text within a limit by width is within it however Slack counts.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r == '"' || r == '\\' || r == '\n' || r == '\t' || r > 0xffff:
		return 2
	case r == '<' || r == '>' || r == '&' || r < 0x20 || r == '\u2028' || r == '\u2029':
		return 6
	}
	return 1
}

// cut takes as much of the front of s as has a width of at most room when it is
// written through write, never dividing what people see as one character, and
// preferring the end of a line or a word. rest is what did not fit.
func cut(s string, room int, write func(string) string) (front, rest string) {
	used, end, word := 0, 0, 0
	state := -1
	for left := s; left != ""; {
		var c string
		c, left, _, state = uniseg.FirstGraphemeClusterInString(left, state)
		w := width(write(c))
		if used+w > room {
			break
		}
		used += w
		end += len(c)
		if c == "\n" || c == " " {
			word = end
		}
	}
	switch {
	case end == len(s):
		return s, ""
	case word > end/2:
		end = word
	case end == 0 && room >= 16:
		// One "character" of hundreds of marks: it is divided after all, by runes.
		for i, r := range s {
			if used += width(write(string(r))); used > room {
				break
			}
			end = i + len(string(r))
		}
	}
	return s[:end], s[end:]
}

const ellipsis = "…"

// clip is a text for a plain place: in one line, at most room wide, with an
// ellipsis where something was left out.
func clip(s string, room int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	same := func(s string) string { return s }
	front, rest := cut(s, room, same)
	if rest == "" {
		return front
	}
	front, _ = cut(s, room-width(ellipsis), same)
	return strings.TrimSpace(front) + ellipsis
}

// A piece is a part of a text that we write: people's words, which are escaped
// and may be cut anywhere, or markup of our own, which is whole or not at all.
type piece struct {
	words  string
	markup string
	mark   string // around the words: "*" or "`"
}

// words are what people wrote; addresses in them can be followed.
func words(s string) []piece {
	s = clean(s)
	var out []piece
	last := 0
	for _, at := range address.FindAllStringIndex(s, -1) {
		if at[1]-at[0] > longestAddress {
			continue
		}
		out = append(out, piece{words: s[last:at[0]]}, link(s[at[0]:at[1]], ""))
		last = at[1]
	}
	return append(out, piece{words: s[last:]})
}

var address = regexp.MustCompile(`https?://[^\s<>"'|]+[^\s<>"'|.,;:!?)\]*_~` + "`" + `]`)

// longestAddress is how long an address may be and still be followed from a
// text; a longer one stays words, which can be cut.
const longestAddress = 500

// bold and code are words in one line that look different.
func bold(s string) piece { return marked(s, "*") }
func code(s string) piece { return marked(s, "`") }

func marked(s, mark string) piece {
	s = strings.Join(strings.Fields(strings.ReplaceAll(clean(s), mark, "")), " ")
	if s == "" {
		return piece{}
	}
	return piece{words: s, mark: mark}
}

// plain is what we write ourselves.
func plain(format string, args ...any) piece { return piece{words: fmt.Sprintf(format, args...)} }

// link leads to an address; without a label it shows the address.
func link(to, label string) piece {
	to = strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20").Replace(to)
	if label == "" {
		return piece{markup: "<" + escape(to) + ">"}
	}
	return piece{markup: "<" + escape(to) + "|" + escape(strings.ReplaceAll(clip(label, 200), "|", "¦")) + ">"}
}

// at is an instant, shown in each reader's own zone; where that cannot be, as
// the page prints it.
func at(t time.Time, page *time.Location) piece {
	stamp := instant.Stamp(t, page)
	if t.Unix() <= 0 || t.Unix() > maxUnix {
		return piece{words: stamp}
	}
	return piece{markup: fmt.Sprintf("<!date^%d^{date_short}, {time}|%s>", t.Unix(), stamp)}
}

// write writes as much of a piece as fits, and returns what did not.
func (p piece) write(room int) (text string, rest piece) {
	if p.markup != "" {
		if width(p.markup) > room {
			return "", p
		}
		return p.markup, piece{}
	}
	if p.words == "" {
		return "", piece{}
	}
	front, left := cut(p.words, room-2*width(p.mark), escape)
	if strings.TrimSpace(front) == "" {
		if left != "" && p.mark != "" {
			return "", p
		}
		return escape(front), piece{words: left, mark: p.mark}
	}
	if p.mark != "" {
		front = strings.TrimSpace(front)
	}
	return p.mark + escape(front) + p.mark, piece{words: left, mark: p.mark}
}

func (p piece) empty() bool { return p.words == "" && p.markup == "" }

// Escape is a text as it must be sent where Slack reads markup, for what is sent
// without blocks: it shows as it was written and pings nobody. What is too long
// for a message ends in an ellipsis.
func Escape(s string) string { return escaped(s, maxText) }

// escaped is a text for the places where Slack reads markup but we show none:
// notifications, and what stands for a message where blocks cannot be shown. It
// is at most room wide.
func escaped(s string, room int) string {
	s = strings.TrimSpace(clean(s))
	front, rest := cut(s, room, escape)
	if rest == "" {
		return escape(front)
	}
	front, _ = cut(s, room-width(ellipsis), escape)
	return escape(strings.TrimSpace(front)) + ellipsis
}

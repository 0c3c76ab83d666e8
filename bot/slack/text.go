package slack

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sitrep/incident"
	"sitrep/instant"
)

// Names knows what Slack's ids stand for. Each method returns "" for an id whose
// name is not known (yet): the text then says "@someone", and the span has no
// name, so that it can be completed later.
type Names interface {
	Person(id string) string
	Group(id string) string
	Channel(id string) string
}

// A Reader turns what Slack sends into text and spans. The zero Reader knows no
// names.
type Reader struct {
	Team  string         // the workspace's id, which begins the ids of spans: "slack/T1/U1"
	Names Names          // nil knows none
	Zone  *time.Location // of dates that carry no words of their own; nil is UTC
}

// ID is how a user, a group or a channel is called in the record: "slack/T1/U1".
func (r Reader) ID(id string) string { return "slack/" + r.Team + "/" + id }

// Text reads Slack's markup ("mrkdwn"): mentions become names with a span each,
// links and dates become words, and &amp; &lt; &gt; become what they stand for.
// Everything else is kept as it was written. A text that is not markup at all
// comes back unchanged.
func (r Reader) Text(s string) (string, []incident.Span) {
	w := writer{r: r}
	w.markup(s)
	return w.done()
}

// A writer builds a text and its spans.
type writer struct {
	r     Reader
	b     strings.Builder
	spans []incident.Span
}

func (w *writer) done() (string, []incident.Span) { return w.b.String(), w.spans }

// words writes what people wrote. What is no text at all is made visible.
func (w *writer) words(s string) { w.b.WriteString(strings.ToValidUTF8(s, "\ufffd")) }

// span writes a name, in one line, and says what it stands for.
func (w *writer) span(kind, id, name, before, after string) {
	start := w.b.Len()
	name = strings.ToValidUTF8(strings.Join(strings.Fields(name), " "), "\ufffd")
	w.b.WriteString(before + orElse(name, unknown(kind)) + after)
	w.spans = append(w.spans, incident.Span{Start: start, End: w.b.Len(), Kind: kind, ID: id, Name: name})
}

// unknown is what stands for a name that is not known: never the id.
func unknown(kind string) string {
	switch kind {
	case "group":
		return "a-group"
	case "channel":
		return "a-channel"
	case "emoji":
		return "an-emoji"
	}
	return "someone"
}

// markup reads one text of Slack's markup.
func (w *writer) markup(s string) {
	for s != "" {
		i := strings.IndexAny(s, "<&")
		if i < 0 {
			w.words(s)
			return
		}
		w.words(s[:i])
		s = s[i:]
		if s[0] == '&' {
			n, c := entity(s)
			w.words(c)
			s = s[n:]
			continue
		}
		// People's own "<" arrives as &lt;, so that every bare one begins markup,
		// which never spans lines.
		end := strings.IndexAny(s[1:], "<>\n")
		if end < 0 || s[1+end] != '>' || end == 0 {
			w.words("<")
			s = s[1:]
			continue
		}
		w.reference(s[1 : 1+end])
		s = s[end+2:]
	}
}

// entity reads an escaped character at the start of s: how long it is, and what
// it stands for. Slack escapes these three and no others.
func entity(s string) (n int, c string) {
	for _, e := range []struct{ name, char string }{{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}} {
		if strings.HasPrefix(s, e.name) {
			return len(e.name), e.char
		}
	}
	return 1, "&"
}

func unescape(s string) string { return unescapes.Replace(s) }

var unescapes = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// reference reads what stands between < and >.
func (w *writer) reference(s string) {
	body, label, labelled := strings.Cut(s, "|")
	label = unescape(label)
	switch {
	case strings.HasPrefix(body, "@") && isID(body[1:]):
		w.person(body[1:], label)
	case strings.HasPrefix(body, "#") && isID(body[1:]):
		w.channel(body[1:], label)
	case strings.HasPrefix(body, "!subteam^") && isID(body[len("!subteam^"):]):
		w.group(body[len("!subteam^"):], label)
	case strings.HasPrefix(body, "!date^"):
		w.date(body[len("!date^"):], label)
	case body == "!here" || body == "!channel" || body == "!everyone":
		w.words("@" + body[1:])
	case strings.HasPrefix(body, "!"):
		if !labelled {
			label = body[1:]
		}
		w.words(label)
	case strings.Contains(body, ":"):
		w.link(unescape(body), label)
	default: // no markup of Slack's: somebody's program forgot to escape
		w.words("<" + unescape(s) + ">")
	}
}

// isID reports whether s can be an id of Slack's: capital letters and digits.
func isID(s string) bool {
	return s != "" && len(s) <= 32 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

func (w *writer) person(id, label string) {
	name := strings.TrimPrefix(label, "@")
	if w.r.Names != nil {
		name = orElse(w.r.Names.Person(id), name)
	}
	w.span("person", w.r.ID(id), name, "@", "")
}

func (w *writer) group(id, label string) {
	name := strings.TrimPrefix(label, "@")
	if w.r.Names != nil {
		name = orElse(strings.TrimPrefix(w.r.Names.Group(id), "@"), name)
	}
	w.span("group", w.r.ID(id), name, "@", "")
}

func (w *writer) channel(id, label string) {
	name := strings.TrimPrefix(label, "#")
	if w.r.Names != nil {
		name = orElse(strings.TrimPrefix(w.r.Names.Channel(id), "#"), name)
	}
	w.span("channel", w.r.ID(id), name, "#", "")
}

// date writes a date as the words that were given for where it cannot be shown,
// or as a stamp.
func (w *writer) date(body, label string) {
	seconds, _, _ := strings.Cut(body, "^")
	n, err := strconv.ParseInt(seconds, 10, 64)
	switch {
	case label != "":
		w.words(label)
	case err != nil || n < 0 || n > maxUnix:
		w.words(seconds)
	default:
		w.words(instant.Stamp(time.Unix(n, 0), w.r.Zone))
	}
}

// maxUnix is the last second that Slack shows as a date: the end of year 9999.
const maxUnix = 253402300799

// link writes an address, with its label before it where that says more.
func (w *writer) link(address, label string) {
	bare := address
	for _, scheme := range []string{"mailto:", "tel:", "https://", "http://"} {
		if rest, ok := strings.CutPrefix(address, scheme); ok {
			bare = rest
			break
		}
	}
	if strings.HasPrefix(address, "mailto:") || strings.HasPrefix(address, "tel:") {
		address = bare
	}
	switch {
	case label == "" || label == address:
		w.words(address)
	case label == bare || label+"/" == bare: // Slack made a link of what was written
		w.words(label)
	default:
		w.words(label + " (" + address + ")")
	}
}

// emoji writes an emoji: the character where it has one, else its name, which
// only its workspace knows.
func (w *writer) emoji(name, code string) {
	if c := characters(code); c != "" {
		w.words(c)
		return
	}
	w.span("emoji", name, name, ":", ":")
}

// characters reads a sequence of code points in hexadecimal: "1f1e9-1f1ea".
func characters(code string) string {
	if code == "" {
		return ""
	}
	var b strings.Builder
	for _, hex := range strings.Split(code, "-") {
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil || n < 0x20 || !utf8.ValidRune(rune(n)) { //nolint:gosec // 32 bits were asked for, and ValidRune refuses the rest
			return ""
		}
		b.WriteRune(rune(n)) //nolint:gosec // as above
	}
	return b.String()
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

package slack

import (
	"encoding/json"
	"strings"
	"unicode/utf16"

	api "github.com/slack-go/slack"
)

// A sheet is a message or a view that is being written. What does not fit is
// left out, and cut says so; it cannot become too large.
type sheet struct {
	blocks []api.Block
	room   int // what is left, as width
	slots  int // blocks that are left
	kept   int // room for what comes later; see keep
	held   int // blocks for what comes later
	cut    bool
}

// keep sets room and blocks aside for what must follow, however long what is
// written now turns out; keep(0, 0) gives them back.
func (s *sheet) keep(room, blocks int) { s.kept, s.held = min(room, s.room), min(blocks, s.slots) }

// left is what may be written now: room, and blocks.
func (s *sheet) left() (room, blocks int) { return s.room - s.kept, s.slots - s.held }

// newSheet returns an empty sheet with room for what must stand at its end: the
// foot is written by the caller with end.
func newSheet(slots, room int, foot []api.Block) *sheet {
	s := &sheet{room: room, slots: slots - len(foot)}
	for _, b := range foot {
		s.room -= size(b)
	}
	return s
}

// size is how much of a message a block takes: the JSON that carries it, in
// UTF-16 units, and what Slack adds.
func size(b api.Block) int {
	data, err := json.Marshal(b)
	if err != nil { // blocks are plain data; were one not, it would not fit
		return maxView + 1
	}
	n := overhead
	for _, r := range string(data) {
		n += len(utf16.AppendRune(nil, r))
	}
	return n
}

// add adds a block, if there is room for it.
func (s *sheet) add(b api.Block) bool {
	n := size(b)
	if room, blocks := s.left(); blocks < 1 || n > room {
		s.cut = true
		return false
	}
	s.slots--
	s.room -= n
	s.blocks = append(s.blocks, b)
	return true
}

// end writes the foot that newSheet left room for.
func (s *sheet) end(foot []api.Block) []api.Block { return append(s.blocks, foot...) }

// frame is about what a block of text takes besides its text.
const frame = 130

// longest is how wide a section's text may be: Slack's limit less an ellipsis.
const longest = maxSection - 10

// text writes pieces as one text, in as many sections as it takes.
func (s *sheet) text(ps ...piece) {
	for len(ps) > 0 {
		room, blocks := s.left()
		var t string
		t, ps = compose(ps, min(longest, room-frame))
		if strings.TrimSpace(t) == "" {
			if len(ps) > 0 && room-frame < longest {
				s.cut = true
				return
			}
			if len(ps) > 0 { // markup that fits nowhere
				ps = ps[1:]
			}
			continue
		}
		if len(ps) > 0 && (blocks < 2 || room-frame-width(t) < 2*frame) { // nothing follows: say that it goes on
			t, s.cut = strings.TrimRight(t, "\n ")+ellipsis, true
			ps = nil
		}
		if !s.add(section(t)) {
			return
		}
	}
}

// compose writes as many pieces as fit, and returns those that did not.
func compose(ps []piece, room int) (string, []piece) {
	var b strings.Builder
	used := 0
	for i, p := range ps {
		t, rest := p.write(room - used)
		b.WriteString(t)
		used += width(t)
		if !rest.empty() {
			return b.String(), append([]piece{rest}, ps[i+1:]...)
		}
	}
	return b.String(), nil
}

// brief are words of which only the beginning is shown, at most room wide.
func (s *sheet) brief(text string, room int) []piece {
	t := strings.TrimSpace(clean(text))
	same := func(s string) string { return s }
	front, rest := cut(t, room, same)
	if rest != "" {
		front, s.cut = strings.TrimRight(front, "\n ")+ellipsis, true
	}
	return words(front)
}

// small writes pieces in small gray letters: what is good to know.
func (s *sheet) small(ps ...piece) {
	room, _ := s.left()
	t, rest := compose(ps, min(longest, room-frame))
	if strings.TrimSpace(t) == "" {
		s.cut = s.cut || len(rest) > 0
		return
	}
	if len(rest) > 0 {
		t, s.cut = strings.TrimRight(t, "\n ")+ellipsis, true
	}
	s.add(api.NewContextBlock("", mrkdwn(t)))
}

// head writes a title in large letters, cut to one line's worth.
func (s *sheet) head(title string) {
	t := clip(title, maxHeader)
	if t == "" {
		return
	}
	s.cut = s.cut || width(strings.TrimSpace(title)) > maxHeader
	s.add(api.NewHeaderBlock(api.NewTextBlockObject(api.PlainTextType, t, false, false)))
}

// quote writes words verbatim behind a bar: nothing in them is markup, so that
// they read exactly as they do where they come from.
func (s *sheet) quote(text string) {
	text = strings.Trim(clean(text), "\n")
	for text != "" {
		room, blocks := s.left()
		same := func(s string) string { return s }
		front, rest := cut(text, min(longest, room-2*frame), same)
		if front == "" {
			s.cut = true
			return
		}
		if rest != "" && (blocks < 2 || room-width(front) < 4*frame) {
			front, rest, s.cut = strings.TrimRight(front, "\n ")+ellipsis, "", true
		}
		if strings.TrimSpace(front) != "" && !s.add(verbatim(front)) {
			return
		}
		text = strings.TrimLeft(rest, "\n")
	}
}

// verbatim is a quotation as rich text: text and addresses, and nothing else.
func verbatim(text string) api.Block {
	return api.NewRichTextBlock("", &api.RichTextQuote{Type: api.RTEQuote, Elements: []api.RichTextSectionElement{api.NewRichTextSectionTextElement(text, nil)}})
}

func (s *sheet) rule() { s.add(api.NewDividerBlock()) }

func section(text string) *api.SectionBlock { return api.NewSectionBlock(mrkdwn(text), nil, nil) }

// mrkdwn is text with markup of ours. Verbatim keeps Slack from finding mentions
// and links of its own in it.
func mrkdwn(text string) *api.TextBlockObject {
	return api.NewTextBlockObject(api.MarkdownType, text, false, true)
}

// label is a plain text of at most n characters, never empty.
func label(s string, n int) *api.TextBlockObject {
	return api.NewTextBlockObject(api.PlainTextType, orElse(clip(s, n), "–"), false, false)
}

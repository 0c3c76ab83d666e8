package slack

import (
	"strconv"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/incident"
	"sitrep/instant"
)

// Message reads all that a message says: what somebody typed, or what a tool
// posted in blocks and attachments. What people type comes twice, as markup and
// as rich text; the rich text is read, because in it nothing needs guessing.
func (r Reader) Message(m api.Msg) (string, []incident.Span) {
	w := writer{r: r}
	if rich(m.Blocks.BlockSet) {
		w.blocks(m.Blocks.BlockSet)
	} else if m.Text != "" {
		w.markup(m.Text)
	} else {
		w.blocks(m.Blocks.BlockSet)
	}
	for _, a := range m.Attachments {
		if a.FromURL != "" && !a.IsShare && !a.IsMsgUnfurl || a.OriginalURL != "" {
			continue // what Slack adds of a link's page: nobody said it
		}
		w.attachment(a)
	}
	return w.done()
}

// rich reports whether blocks hold what somebody typed.
func rich(bs []api.Block) bool {
	for _, b := range bs {
		if t, ok := b.(*api.RichTextBlock); ok && len(t.Elements) > 0 {
			return true
		}
	}
	return false
}

// line begins a new line, unless nothing was written yet or one was just begun.
func (w *writer) line() {
	if s := w.b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		w.b.WriteByte('\n')
	}
}

func (w *writer) attachment(a api.Attachment) {
	before := w.b.Len()
	for _, s := range []string{a.Pretext, a.AuthorName, a.Title, a.Text} {
		if s != "" {
			w.line()
			w.markup(s)
		}
	}
	for _, f := range a.Fields {
		w.line()
		w.markup(strings.TrimSuffix(f.Title, ":"))
		w.words(": ")
		w.markup(f.Value)
	}
	w.blocks(a.Blocks.BlockSet)
	if w.b.Len() == before && a.Fallback != "" {
		w.line()
		w.markup(a.Fallback)
	}
}

// blocks writes what blocks say, a line or more each.
func (w *writer) blocks(bs []api.Block) {
	text := func(t *api.TextBlockObject) {
		switch {
		case t == nil || t.Text == "":
		case t.Type == api.PlainTextType:
			w.line()
			w.words(t.Text)
		default:
			w.line()
			w.markup(t.Text)
		}
	}
	for _, b := range bs {
		switch b := b.(type) {
		case *api.RichTextBlock:
			w.line()
			w.rich(b.Elements)
		case *api.SectionBlock:
			text(b.Text)
			for _, f := range b.Fields {
				text(f)
			}
		case *api.HeaderBlock:
			text(b.Text)
		case *api.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*api.TextBlockObject); ok {
					text(t)
				}
			}
		case *api.MarkdownBlock:
			w.line()
			w.words(b.Text)
		case *api.ImageBlock:
			if b.AltText != "" {
				w.line()
				w.words(b.AltText)
			}
		}
	}
}

// rich writes rich text as Slack's own plain form of it has it: with the marks
// that people type (* _ ~ `), so that what is read from history and what came
// as it happened are one text.
func (w *writer) rich(es []api.RichTextElement) {
	numbers := map[int]int{} // of ordered lists, by indent
	for _, e := range es {
		switch e := e.(type) {
		case *api.RichTextSection:
			w.inline(e.Elements)
		case *api.RichTextQuote:
			w.line()
			w.quoted(e.Elements)
			w.b.WriteByte('\n')
		case *api.RichTextPreformatted:
			w.line()
			w.b.WriteString("```\n")
			w.inline(e.Elements)
			w.line()
			w.b.WriteString("```\n")
		case *api.RichTextList:
			w.list(e, numbers)
		}
	}
	trimEnd(w)
}

// deepest is how far Slack indents lists.
const deepest = 8

func (w *writer) list(l *api.RichTextList, numbers map[int]int) {
	indent := min(max(l.Indent, 0), deepest)
	for deeper := range numbers {
		if deeper > indent {
			delete(numbers, deeper)
		}
	}
	if l.Offset > 0 {
		numbers[indent] = l.Offset
	}
	for _, item := range l.Elements {
		w.line()
		w.b.WriteString(strings.Repeat("    ", indent))
		if l.Style == api.RTEListOrdered {
			numbers[indent]++
			w.b.WriteString(strconv.Itoa(numbers[indent]) + ". ")
		} else {
			w.b.WriteString("• ")
		}
		if s, ok := item.(*api.RichTextSection); ok {
			w.inline(s.Elements)
		}
	}
	w.b.WriteByte('\n')
}

// quoted writes a quotation, a ">" before each of its lines.
func (w *writer) quoted(es []api.RichTextSectionElement) {
	q := writer{r: w.r}
	q.inline(es)
	text, spans := q.done()
	// The lines of the quotation move by two bytes each; its spans move along.
	pos, start := 0, w.b.Len()
	for i, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			w.b.WriteByte('\n')
		}
		w.b.WriteString("> " + l)
		shift := start + 2*(i+1)
		for len(spans) > 0 && spans[0].End <= pos+len(l) {
			s := spans[0]
			s.Start, s.End = s.Start+shift, s.End+shift
			w.spans = append(w.spans, s)
			spans = spans[1:]
		}
		pos += len(l) + 1
	}
}

// trimEnd takes line ends off the end; no span ends in one.
func trimEnd(w *writer) {
	s := strings.TrimRight(w.b.String(), "\n")
	w.b.Reset()
	w.b.WriteString(s)
	for i := range w.spans {
		w.spans[i].End = min(w.spans[i].End, len(s))
		w.spans[i].Start = min(w.spans[i].Start, w.spans[i].End)
	}
}

func (w *writer) inline(es []api.RichTextSectionElement) {
	for _, e := range es {
		switch e := e.(type) {
		case *api.RichTextSectionTextElement:
			w.styled(e.Text, e.Style)
		case *api.RichTextSectionUserElement:
			w.person(e.UserID, "")
		case *api.RichTextSectionCanvasUserMentionElement:
			w.person(e.UserID, "")
		case *api.RichTextSectionUserGroupElement:
			w.group(e.UsergroupID, "")
		case *api.RichTextSectionChannelElement:
			w.channel(e.ChannelID, "")
		case *api.RichTextSectionEmojiElement:
			name := e.Name
			if e.SkinTone > 0 {
				name += "::skin-tone-" + strconv.Itoa(e.SkinTone)
			}
			w.emoji(name, e.Unicode)
		case *api.RichTextSectionLinkElement:
			w.link(e.URL, e.Text)
		case *api.RichTextSectionBroadcastElement:
			w.words("@" + e.Range)
		case *api.RichTextSectionDateElement:
			t := time.Unix(int64(e.Timestamp), 0)
			if e.Fallback != nil && *e.Fallback != "" {
				w.words(*e.Fallback)
			} else {
				w.words(instant.Stamp(t, w.r.Zone))
			}
		case *api.RichTextSectionColorElement:
			w.words(e.Value)
		case *api.RichTextSectionTagElement:
			w.words(e.Text)
		case *api.RichTextSectionTeamElement:
			w.words("@" + e.TeamID)
		case *api.RichTextSectionMessageMentionElement:
			w.link(e.URL, e.Text)
		case *api.RichTextSectionFileElement:
			w.link(e.URL, orElse(e.Text, "a file"))
		case *api.RichTextSectionCanvasElement:
			w.link(e.URL, orElse(e.Text, "a canvas"))
		case *api.RichTextSectionAttachmentMentionElement:
			w.link(e.URL, e.Text)
		case *api.RichTextSectionWorkObjectMentionElement:
			w.link(e.URL, e.Text)
		case *api.RichTextSectionWorkflowMentionElement:
			w.link(e.URL, e.Text)
		case *api.RichTextSectionListRecordElement:
			w.link(e.URL, e.Text)
		}
	}
}

// styled writes words with the marks that make them look as they did. Marks
// hold only within a line and without space inside, as where people type them.
func (w *writer) styled(text string, st *api.RichTextSectionTextStyle) {
	marks := ""
	if st != nil {
		for _, m := range []struct {
			on   bool
			mark string
		}{{st.Bold, "*"}, {st.Italic, "_"}, {st.Strike, "~"}, {st.Code, "`"}} {
			if m.on {
				marks += m.mark
			}
		}
	}
	if marks == "" || strings.TrimSpace(text) == "" {
		w.words(text)
		return
	}
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			w.b.WriteByte('\n')
		}
		inner := strings.TrimSpace(l)
		if inner == "" {
			w.words(l)
			continue
		}
		at := strings.Index(l, inner)
		w.words(l[:at])
		w.b.WriteString(marks)
		w.words(inner)
		w.b.WriteString(reverse(marks))
		w.words(l[at+len(inner):])
	}
}

func reverse(marks string) string {
	b := []byte(marks)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

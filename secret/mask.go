package secret

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Options changes what a Masker looks for. The zero value looks for all that
// it knows.
type Options struct {
	Skip []string // ids of rules that are not applied, such as "discord-client-id"
}

// A Masker finds and masks secrets.
type Masker struct {
	rules    []*rule
	keywords []string // every keyword once, in lower case
	allow    []*allowlist
}

// A Finding is one masked place. masked[Start:End] is the token that stands
// for the secret.
type Finding struct {
	Rule        string // the rule's id: "aws-access-token"
	Description string // what it is, as in the token: "AWS access token"
	Start, End  int    // byte offsets in the masked text
}

// New makes a Masker; opts may be nil. It takes a few milliseconds. The error
// is a rule set that cannot be read, or a rule to skip that does not exist.
func New(opts *Options) (*Masker, error) {
	if opts == nil {
		opts = &Options{}
	}
	rules, allow, err := load()
	if err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	for _, id := range opts.Skip {
		n := len(rules)
		if rules = slices.DeleteFunc(rules, func(r *rule) bool { return r.id == id }); len(rules) == n {
			return nil, fmt.Errorf("there is no rule %q for secrets to skip", id)
		}
	}
	m := &Masker{rules: rules, allow: allow}
	for _, r := range rules {
		m.keywords = append(m.keywords, r.keywords...)
	}
	slices.Sort(m.keywords)
	m.keywords = slices.Compact(m.keywords)
	return m, nil
}

// A span is a secret's place in the original text.
type span struct {
	start, end int
	rule       *rule
}

// Mask returns the text with its secrets masked, and what was found, in order.
// Text without secrets is returned as it is, with no findings.
func (m *Masker) Mask(text string) (masked string, found []Finding) {
	spans := m.find(text)
	if len(spans) == 0 {
		return text, nil
	}
	spans = merge(append(spans, repeats(text, spans)...))
	var b strings.Builder
	last := 0
	for _, s := range spans {
		b.WriteString(text[last:s.start])
		start := b.Len()
		b.WriteString("[masked: " + s.rule.label + "]")
		found = append(found, Finding{Rule: s.rule.id, Description: s.rule.label, Start: start, End: b.Len()})
		last = s.end
	}
	b.WriteString(text[last:])
	return b.String(), found
}

// find asks every rule of which the text has a keyword, about the lines around
// that keyword.
func (m *Masker) find(text string) []span {
	lower := lowerASCII(text)
	at := make(map[string][]int)
	for _, k := range m.keywords {
		if is := indexes(lower, k); is != nil {
			at[k] = is
		}
	}
	if len(at) == 0 {
		return nil
	}
	prose, starts := soften(text), lineStarts(text)
	var spans []span
	for _, r := range m.rules {
		for _, w := range r.windows(at, starts, len(text)) {
			part := text[w.start:w.end]
			if r.generic && !hasToken(part) {
				continue
			}
			spans = r.find(spans, part, w.start, m.allow)
			if soft := prose[w.start:w.end]; !r.own && soft != part {
				spans = r.find(spans, soft, w.start, m.allow)
			}
		}
	}
	return spans
}

// soften replaces by spaces the punctuation that ends a word in prose, in
// chat's markup and in a URL's query. The rules are made for files, where a
// token ends at white space or a quote; in a sentence it is followed by a
// comma. Offsets stay as they are.
func soften(text string) string {
	var b []byte
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case '&', ')', '(', ']', '[', '}', '{', '>', '<', '|', ',', '#', '*':
		case '.', '!', '?', ':':
			if i+1 < len(text) && !isSpace(text[i+1]) && (b == nil || b[i+1] != ' ') {
				continue
			}
		default:
			continue
		}
		if b == nil {
			b = []byte(text)
		}
		b[i] = ' '
	}
	if b == nil {
		return text
	}
	return string(b)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// repeats finds the other places at which the same secrets stand.
func repeats(text string, spans []span) []span {
	const shortest = 8 // shorter ones would be found in innocent words
	var out []span
	seen := make(map[string]bool)
	for _, s := range spans {
		secret := text[s.start:s.end]
		if len(secret) < shortest || seen[secret] {
			continue
		}
		seen[secret] = true
		for _, i := range indexes(text, secret) {
			out = append(out, span{i, i + len(secret), s.rule})
		}
	}
	return out
}

// merge sorts the spans and joins those that overlap or touch; the joined one
// has the name that the most specific rule gives it.
func merge(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			last := &out[n-1]
			last.end = max(last.end, s.end)
			if last.rule.generic && !s.rule.generic {
				last.rule = s.rule
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

package commands

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"sitrep/incident"
)

// maxText is the longest command that is read: a platform's longest message
// (Slack: 40,000 characters of text) with room for the options.
const maxText = 64_000

// args is a command, read.
type args struct {
	verb *Verb
	sub  string
	vals map[string]string // by key
	list []string          // bare words that are no key's: numbers, names
	text string            // verbatim
}

// A scanner reads one line word by word.
type scanner struct {
	s   string
	pos int
}

// next returns the next word and where it begins; quoted words come without
// their quotes. It does not move.
func (sc *scanner) next() (word string, start, end int, quoted bool) {
	i := sc.pos
	for i < len(sc.s) {
		r, n := utf8.DecodeRuneInString(sc.s[i:])
		if !unicode.IsSpace(r) {
			break
		}
		i += n
	}
	start = i
	var b strings.Builder
	open := false
	for i < len(sc.s) {
		r, n := utf8.DecodeRuneInString(sc.s[i:])
		switch {
		case !open && opens(r) && (i == start || afterSeparator(sc.s[start:i])):
			open, quoted = true, true
		case open && closes(r):
			open = false
		case !open && unicode.IsSpace(r):
			return b.String(), start, i, quoted
		default:
			b.WriteString(sc.s[i : i+n])
		}
		i += n
	}
	if open { // the quote is never closed: it is no quote
		return sc.plain(start)
	}
	return b.String(), start, i, quoted
}

func (sc *scanner) plain(start int) (string, int, int, bool) {
	i := start
	for i < len(sc.s) {
		r, n := utf8.DecodeRuneInString(sc.s[i:])
		if unicode.IsSpace(r) {
			break
		}
		i += n
	}
	return sc.s[start:i], start, i, false
}

// opens and closes know the double quotes of keyboards and of word processors,
// which mix them. Single quotes are apostrophes.
func opens(r rune) bool  { return r == '"' || r == '“' || r == '”' || r == '„' || r == '«' }
func closes(r rune) bool { return r == '"' || r == '”' || r == '“' || r == '»' }

func afterSeparator(s string) bool {
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "=")
}

// bareWord says what a bare word is for what was read so far: the key that it
// stands for.
type bareWord func(a *args, word string) (key, value string, ok bool)

// parse reads what follows the verb. Options are read only before the first
// word that is neither a key of this verb nor one of its bare values; the rest
// is the text, verbatim. "--" ends the options.
func parse(v *Verb, rest string, bare bareWord) (args, error) {
	a := args{verb: v, vals: map[string]string{}}
	if n := utf8.RuneCountInString(rest); n > maxText {
		return a, incident.Problemf("too-long", "That is %d characters; at most %d can be read at once. Nothing was recorded.", n, maxText)
	}
	sc := scanner{s: rest}
	if len(v.Subs) > 0 {
		if word, _, end, quoted := sc.next(); !quoted {
			if name, ok := v.sub(word); ok {
				a.sub, sc.pos = name, end
			}
		}
	}
	for {
		word, start, end, _ := sc.next()
		if start >= len(sc.s) {
			return a, nil
		}
		raw := sc.s[start:end]
		switch {
		case raw == "--" || raw == "—" || raw == "–":
			a.text = strings.TrimSpace(sc.s[end:])
			return a, nil
		case strings.HasPrefix(raw, "--") || strings.HasPrefix(raw, "—"):
			name, value, has := cut(strings.TrimLeft(word, "-—"))
			key, ok := v.key(name)
			if !ok {
				a.text = strings.TrimSpace(sc.s[start:])
				return a, nil
			}
			if !has {
				sc.pos = end
				value, _, end, _ = sc.next()
			}
			a.vals[key], sc.pos = value, end
			continue
		}
		if name, value, has := cut(word); has {
			if key, ok := v.key(name); ok {
				if value == "" && !strings.HasSuffix(raw, `""`) { // "at: 11:09": the value is the next word
					sc.pos = end
					value, _, end, _ = sc.next()
				}
				a.vals[key], sc.pos = value, end
				continue
			}
		}
		if key, value, ok := bare(&a, word); ok {
			if key == "" {
				a.list = append(a.list, value)
			} else {
				a.vals[key] = value
			}
			sc.pos = end
			continue
		}
		a.text = strings.TrimSpace(sc.s[start:])
		if v.Listed {
			a.sweep()
		}
		a.closing()
		return a, nil
	}
}

// sweep takes the options out of a text that is a list, wherever they stand in
// it: "affects checkout down, api degraded publish:yes".
func (a *args) sweep() {
	sc := scanner{s: a.text}
	var rest strings.Builder
	kept := 0
	for {
		word, start, end, _ := sc.next()
		if start >= len(sc.s) {
			break
		}
		sc.pos = end
		name, value, has := cut(strings.TrimRight(word, ","))
		key, ok := a.verb.key(name)
		if !has || !ok || value == "" {
			continue
		}
		a.vals[key] = value
		rest.WriteString(sc.s[kept:start])
		kept = end
	}
	rest.WriteString(sc.s[kept:])
	a.text = strings.TrimSpace(rest.String())
}

// closing reads public:"…" at the very end of a text too. The text before it is
// for the team and what follows is for customers: taken for more of the text,
// the closing words would be missing, and where they belong nobody would look.
func (a *args) closing() {
	if _, ok := a.verb.key("public"); !ok || a.vals["public"] != "" {
		return
	}
	m := closingWords.FindStringSubmatchIndex(a.text)
	if m == nil {
		return
	}
	a.vals["public"] = a.text[m[2]:m[3]]
	a.text = strings.TrimSpace(a.text[:m[0]])
}

var closingWords = regexp.MustCompile(`(?is)(?:^|\s)public[:=]\s*["“”„«]([^"“”„«»]*)["“”»]\s*$`)

// cut splits key:value or key=value at the first separator.
func cut(word string) (key, value string, ok bool) {
	i := strings.IndexAny(word, ":=")
	if i <= 0 {
		return word, "", false
	}
	return word[:i], word[i+1:], true
}

// cutVerb splits a line into its first word and the rest.
func cutVerb(line string) (verb, rest string) {
	line = strings.TrimSpace(line)
	i := strings.IndexFunc(line, unicode.IsSpace)
	if i < 0 {
		return line, ""
	}
	return line[:i], strings.TrimLeft(line[i:], " \t")
}

package postmortem

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Veil takes out of texts what must not leave: people's names, mail
// addresses, IP addresses and secrets. In their place stand tokens such as
// [commander], [responder 2] and [mail 1], which the Veil can turn back; the map
// is nowhere else. A secret is not turned back. One Veil belongs to one brief and
// to one goroutine.
type Veil struct {
	mask   func(text string) (string, []string)
	forms  []form
	people *regexp.Regexp    // any form of a name; nil if nobody is known
	token  map[string]string // by what was hidden, as it was written
	shown  map[string]string // the other way round
	calls  map[string]string // what a person is called, by name
	count  map[string]int    // how many were hidden, by kind
	kinds  map[string]int    // the numbers given so far, by what is numbered
	alias  map[string]int    // how many spellings a person has so far
}

// A form is one way in which a person is named.
type form struct {
	person string // the whole name
	text   string
	exact  bool // only in this spelling: a name that is a word, too
}

// NewVeil makes the Veil of a brief. names are people who are known and need not
// be in the record; mask takes secrets out, see [secret.Masker.Mask], and may be
// nil.
func (b Brief) NewVeil(names []string, mask func(text string) (masked string, was []string)) *Veil {
	v := &Veil{mask: mask, token: map[string]string{}, shown: map[string]string{}, calls: map[string]string{}, count: map[string]int{}, kinds: map[string]int{}, alias: map[string]int{}}
	for _, t := range b.Tenures {
		v.call(t.Who, role(t.Role))
	}
	for _, p := range b.Others {
		v.call(p.Who, "responder")
	}
	all := make([]string, 0, len(b.record.people))
	for n := range b.record.people {
		all = append(all, n)
	}
	slices.Sort(all)
	for _, n := range all {
		v.call(n, "responder")
	}
	for _, n := range names {
		v.call(oneLine(n), "colleague")
	}
	v.learn(b.record.parts)
	return v
}

// role is a role's name as a token has it.
func role(s string) string {
	s = strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r >= 'a' && r <= 'z' {
			return r
		}
		return ' '
	}, s)
	return cmp.Or(strings.Join(strings.Fields(s), " "), "responder")
}

// call says what stands for a person.
func (v *Veil) call(who, as string) {
	who = strings.Trim(who, "“”@ ")
	if who == "" || who == "somebody" || v.calls[who] != "" {
		return
	}
	v.kinds[as]++
	if n := v.kinds[as]; n > 1 || as == "responder" || as == "colleague" {
		as += " " + strconv.Itoa(n)
	}
	v.calls[who] = as
}

// learn lists the forms of the names, the longest first, so that the whole name
// is taken before its parts. What a component is called is no name.
func (v *Veil) learn(parts map[string]bool) {
	product := map[string]bool{}
	for p := range parts {
		product[strings.ToLower(p)] = true
		for _, w := range strings.Fields(strings.ToLower(p)) {
			product[w] = true
		}
	}
	for who := range v.calls {
		if product[strings.ToLower(who)] && !strings.Contains(who, " ") {
			continue
		}
		v.forms = append(v.forms, form{who, who, false})
		words := strings.FieldsFunc(who, func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == '_' || r == '-' })
		for _, w := range words {
			low, n := strings.ToLower(w), utf8.RuneCountInString(w)
			if len(words) < 2 || n < 2 || product[low] || stop(low) || strings.IndexFunc(w, unicode.IsDigit) >= 0 {
				continue
			}
			r, size := utf8.DecodeRuneInString(w)
			v.forms = append(v.forms, form{who, string(unicode.ToUpper(r)) + w[size:], n < 3 || alsoWord.MatchString(low)})
		}
	}
	slices.SortFunc(v.forms, func(a, b form) int {
		return cmp.Or(cmp.Compare(len(b.text), len(a.text)), strings.Compare(a.text, b.text), strings.Compare(a.person, b.person))
	})
	var any []string
	for _, f := range v.forms {
		flags := "(?i:"
		if f.exact {
			flags = "(?:"
		}
		any = append(any, flags+regexp.QuoteMeta(f.text)+")")
	}
	if len(any) > 0 {
		v.people = regexp.MustCompile(strings.Join(any, "|"))
	}
}

// alsoWord are names that are words, too. They are hidden where they are written
// like a name.
var alsoWord = regexp.MustCompile(`^(?:art|bank|bell|best|bill|bishop|black|brown|bush|case|chance|chase|chip|christian|cook|cross|daisy|dale|dawn|day|dean|dick|drew|english|faith|field|fields|fish|ford|fox|frank|french|gene|german|glen|grace|grant|gray|green|guy|hall|hand|harbor|hardy|heath|hill|holder|hope|house|hunter|ivy|jack|jan|joy|june|april|august|may|king|knight|lake|lane|law|lee|list|little|long|love|major|mark|marks|marsh|mason|max|mercy|miles|mills|moon|moore|nick|noble|north|page|park|parker|pat|pepper|pike|piper|poll|pool|porter|post|power|powers|price|ray|red|rice|rich|rob|robin|rock|root|rose|ruby|rusty|sandy|scale|shaw|short|silver|skip|small|snow|south|star|stone|storm|strong|sue|summer|terry|van|von|wade|walker|wall|ward|waters|weaver|web|west|white|wild|will|wise|wolf|wood|woods|worth|young|bot|support|admin|team|ops|system|the|dev|service|user|guest|monitor|alert|oncall|prod)$`)

var (
	mailPattern = regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	ipPattern   = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]+(?:\.\d{1,3}){0,3}`)
)

// Hide returns a text with tokens for what must not leave.
func (v *Veil) Hide(text string) string {
	text = token.ReplaceAllStringFunc(text, func(s string) string { // somebody typed what looks like one of ours
		return "(" + s[1:len(s)-1] + ")"
	})
	if v.mask != nil {
		masked, was := v.mask(text)
		text = masked
		if len(was) > 0 {
			v.count["secret"] += len(was)
		}
	}
	text = mailPattern.ReplaceAllStringFunc(text, func(s string) string { return v.hide(s, "mail", "mail address") })
	text = replaceWords(ipPattern, text, func(s string) string {
		if _, err := netip.ParseAddr(s); err != nil {
			return s
		}
		return v.hide(s, "address", "IP address")
	})
	if v.people == nil {
		return text
	}
	return replaceWords(v.people, text, v.name)
}

// replaceWords replaces what a pattern finds, where it is no part of a longer
// word, and no part of a token.
func replaceWords(p *regexp.Regexp, text string, by func(string) string) string {
	var b strings.Builder
	for at := 0; at < len(text); {
		m := p.FindStringIndex(text[at:])
		if m == nil {
			b.WriteString(text[at:])
			break
		}
		from, to := at+m[0], at+m[1]
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		if m[0] == m[1] || joined(before) || joined(after) || strings.LastIndexByte(text[:from], '[') > strings.LastIndexByte(text[:from], ']') && tokenAround(text, from) {
			_, n := utf8.DecodeRuneInString(text[from:])
			b.WriteString(text[at : from+n])
			at = from + n
			continue
		}
		b.WriteString(text[at:from] + by(text[from:to]))
		at = to
	}
	return b.String()
}

// joined reports whether a character beside a name makes it a part of a word.
func joined(r rune) bool { return word(r) || r == '_' }

// tokenAround reports whether a place lies in a token.
func tokenAround(text string, at int) bool {
	from := strings.LastIndexByte(text[:at], '[')
	m := anyToken.FindString(text[from:])
	return m != "" && from+len(m) > at
}

// anyToken is what stands for something hidden, here or by the masker of secrets.
var anyToken = regexp.MustCompile(`^\[(?:masked: [^\]]*|[a-z][a-z ]*(?: \d+)?[a-z]?)\]`)

func (v *Veil) hide(s, as, kind string) string {
	if t := v.token[s]; t != "" {
		return t
	}
	v.kinds[as]++
	v.count[kind]++
	return v.keep(s, as+" "+strconv.Itoa(v.kinds[as]))
}

// name hides a name. Each spelling has a token of its own, so that it can be
// turned back as it was: [responder 2], and [responder 2b] for the first name.
func (v *Veil) name(s string) string {
	if t := v.token[s]; t != "" {
		return t
	}
	for _, f := range v.forms {
		if s != f.text && (f.exact || !strings.EqualFold(s, f.text)) {
			continue
		}
		as := v.calls[f.person]
		n := v.alias[f.person]
		v.alias[f.person]++
		if n == 0 {
			v.count["name"]++
			return v.keep(s, as)
		}
		if last := as[len(as)-1]; last < '0' || last > '9' {
			as += " "
		}
		return v.keep(s, as+string(rune('a'+min(n, 25))))
	}
	return s
}

func (v *Veil) keep(s, as string) string {
	t := "[" + as + "]"
	if was, taken := v.shown[t]; taken && was != s { // more spellings than letters
		return t
	}
	v.token[s], v.shown[t] = t, s
	return t
}

// Reveal returns a text with what stood in the place of its tokens. A token that
// was never given stays.
func (v *Veil) Reveal(text string) string {
	return token.ReplaceAllStringFunc(text, func(t string) string {
		if s, ok := v.shown[t]; ok {
			return s
		}
		return t
	})
}

// Hidden says how much was hidden so far: "two names and one IP address"; "" if
// nothing was.
func (v *Veil) Hidden() string {
	var out []string
	for _, k := range []string{"name", "mail address", "IP address", "secret"} {
		if n := v.count[k]; n > 0 {
			s := count(n, k)
			if n > 1 && strings.HasSuffix(k, "address") {
				s = numeral(n) + " " + k + "es"
			}
			out = append(out, s)
		}
	}
	return and(out)
}

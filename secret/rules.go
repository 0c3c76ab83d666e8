package secret

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
	"github.com/zricethezav/gitleaks/v8/config"
)

// ruleFile is the part of gitleaks' rule format that its default rules use.
// Unknown keys are refused, so that an update which brings a new one is seen by
// the tests and not silently half applied.
type ruleFile struct {
	Title      string
	MinVersion string
	Allowlist  allowEntry
	Rules      []struct {
		ID          string
		Description string
		Regex       string
		Path        string
		SecretGroup int
		Entropy     float64
		Keywords    []string
		Allowlists  []allowEntry
	}
}

type allowEntry struct {
	Description string
	Condition   string
	RegexTarget string
	Regexes     []string
	StopWords   []string
	Paths       []string
}

// A rule says how one kind of secret looks.
type rule struct {
	id, label string
	generic   bool // it knows that it is a secret, not of what
	own       bool
	multiline bool
	group     int     // the regular expression's group that is the secret; 0 is the first that took part, or all
	entropy   float64 // in bits a character; a secret has more
	keywords  []string
	allow     []*allowlist
	re        func() *regexp.Regexp
	accept    func(secret string) bool // nil accepts all
}

// An allowlist names what looks like a secret and is none.
type allowlist struct {
	all       bool   // every condition must hold, not just one
	target    string // what the expressions are held against: match, line, or "" for the secret
	paths     bool   // there is a condition on a file's path, which a message never meets
	res       func() []*regexp.Regexp
	stopWords []string
}

// load reads the rules of gitleaks and adds our own.
func load() ([]*rule, []*allowlist, error) {
	var file ruleFile
	dec := toml.NewDecoder(strings.NewReader(config.DefaultConfig)).DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, nil, err
	}
	global, err := newAllowlist(file.Allowlist)
	if err != nil {
		return nil, nil, err
	}
	rules := ownRules()
	for _, r := range file.Rules {
		if r.Regex == "" || r.Path != "" {
			continue // it holds for files of certain names; own.go has what chat needs of it
		}
		if len(r.Keywords) == 0 {
			return nil, nil, fmt.Errorf("%s: it has no keyword, and would be asked about every message", r.ID)
		}
		next := &rule{id: r.ID, label: label(r.ID), generic: r.ID == "generic-api-key",
			group: r.SecretGroup, entropy: r.Entropy, re: lazily(r.Regex), multiline: spansLines(r.Regex)}
		for _, k := range r.Keywords {
			next.keywords = append(next.keywords, strings.ToLower(k))
		}
		for _, a := range r.Allowlists {
			list, err := newAllowlist(a)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", r.ID, err)
			}
			next.allow = append(next.allow, list)
		}
		rules = append(rules, next)
	}
	return rules, []*allowlist{global}, nil
}

// lazily compiles when first asked: a process that never sees a Stripe token
// does not pay for its rule. The tests compile them all.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

func newAllowlist(e allowEntry) (*allowlist, error) {
	a := &allowlist{paths: len(e.Paths) > 0}
	switch strings.ToUpper(e.Condition) {
	case "", "OR":
	case "AND":
		a.all = true
	default:
		return nil, fmt.Errorf("unknown condition %q", e.Condition)
	}
	switch e.RegexTarget {
	case "", "secret":
	case "match", "line":
		a.target = e.RegexTarget
	default:
		return nil, fmt.Errorf("unknown target %q", e.RegexTarget)
	}
	for _, w := range e.StopWords {
		a.stopWords = append(a.stopWords, strings.ToLower(w))
	}
	a.res = sync.OnceValue(func() []*regexp.Regexp {
		res := make([]*regexp.Regexp, len(e.Regexes))
		for i, s := range e.Regexes {
			res[i] = regexp.MustCompile(s)
		}
		return res
	})
	return a, nil
}

// allows says whether a match is on the list.
func (a *allowlist) allows(secret, match, line string) bool {
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = line
	}
	res := a.res()
	byRegex := slices.ContainsFunc(res, func(re *regexp.Regexp) bool { return re.MatchString(target) })
	byWord := false
	if len(a.stopWords) > 0 {
		lower := strings.ToLower(secret)
		byWord = slices.ContainsFunc(a.stopWords, func(w string) bool { return strings.Contains(lower, w) })
	}
	if a.all {
		return !a.paths && (byRegex || len(res) == 0) && (byWord || len(a.stopWords) == 0)
	}
	return byRegex || byWord
}

// find appends the secrets that the rule sees in text, which begins at offset.
func (r *rule) find(spans []span, text string, offset int, global []*allowlist) []span {
	for _, m := range r.re().FindAllStringSubmatchIndex(text, -1) {
		start, end := m[0], m[1]
		switch {
		case r.group > 0 && 2*r.group+1 < len(m):
			start, end = m[2*r.group], m[2*r.group+1]
		default:
			for i := 2; i+1 < len(m); i += 2 {
				if m[i] >= 0 && m[i] < m[i+1] {
					start, end = m[i], m[i+1]
					break
				}
			}
		}
		if start < 0 || start == end {
			continue
		}
		secret := text[start:end]
		if r.entropy > 0 && entropy(secret) <= r.entropy {
			continue
		}
		if r.accept != nil && !r.accept(secret) {
			continue
		}
		if !r.own {
			match, line := strings.Trim(text[m[0]:m[1]], "\n"), lineOf(text, m[0], m[1])
			allowed := func(a *allowlist) bool { return a.allows(secret, match, line) }
			if slices.ContainsFunc(global, allowed) || slices.ContainsFunc(r.allow, allowed) {
				continue
			}
		}
		spans = append(spans, span{offset + start, offset + end, r})
	}
	return spans
}

// lineOf is the whole line, or lines, that hold text[start:end].
func lineOf(text string, start, end int) string {
	start = strings.LastIndexByte(text[:start], '\n') + 1
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		return text[start : end+i]
	}
	return text[start:]
}

// entropy is Shannon's, in bits a character: 0 for "aaaa", 4 for sixteen
// different ones.
func entropy(s string) float64 {
	counts := make(map[rune]int)
	n := 0
	for _, c := range s {
		counts[c]++
		n++
	}
	var bits float64
	for _, c := range counts {
		p := float64(c) / float64(n)
		bits -= p * math.Log2(p)
	}
	return bits
}

// label makes words of a rule's id: "aws-access-token" is an "AWS access
// token".
func label(id string) string {
	switch id {
	case "generic-api-key":
		return "secret"
	case "jwt", "jwt-base64":
		return "JSON web token"
	case "curl-auth-user", "curl-auth-header":
		return "credentials in a curl command"
	}
	words := strings.Split(id, "-")
	for i, w := range words {
		switch w {
		case "aws", "api", "gcp", "pat", "url", "id", "npm", "ad", "oauth", "scim", "cicd", "ca", "ptt", "rrt":
			words[i] = strings.ToUpper(w)
		case "github":
			words[i] = "GitHub"
		case "gitlab":
			words[i] = "GitLab"
		case "openai":
			words[i] = "OpenAI"
		case "digitalocean":
			words[i] = "DigitalOcean"
		case "private", "age", "kubernetes":
		default:
			if i == 0 {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
		}
		if w == "oauth" {
			words[i] = "OAuth"
		}
	}
	return strings.Join(words, " ")
}

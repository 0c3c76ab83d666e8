package postmortem

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	share     = regexp.MustCompile(`(?i)(\d{1,6}(?:\.\d{1,3})?)\s?(?:%|percent)\s+(?:of\s+)?(?:all\s+|our\s+|the\s+)?(requests?|users?|customers?|accounts?|traffic|jobs?|queries|calls|logins?|orders?|messages|events|transactions)\b([^.;,]{0,24})`)
	qualified = regexp.MustCompile(`(?i)\b(?:peak\w*|average|on average|at most|up to|at least|maximum|max|minimum|initially|at first|later|then|between|from|to|rising|rose|increas\w*|decreas\w*|drop\w*|fell|region\w*|remaining|additional|another|other|first|second|start|overall|varied|by \d|respectively|approximately \d+% to)\b`)
)

// figures finds shares that cannot be, and one share that is said twice,
// differently.
func figures(a account) []Finding {
	var out []Finding
	type said struct {
		value          float64
		of, then, text string
	}
	var all []said
	for _, s := range a.all {
		for _, m := range share.FindAllStringSubmatch(s.text, 4) {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				continue
			}
			if v > 100 {
				out = append(out, Finding{Kind: "number", Quote: oneLine(m[1] + "%"), Text: quote(m[0]) + " is more than all of them.", Mend: "Mend the figure."})
				continue
			}
			if qualified.MatchString(s.text) {
				continue
			}
			x := said{v, strings.TrimSuffix(strings.ToLower(m[2]), "s"), firstWord(m[3]), m[0]}
			for _, y := range all {
				if x.of == y.of && x.then == y.then && x.then != "" && x.value != y.value {
					out = append(out, Finding{Kind: "number", Quote: oneLine(x.text), Text: quote(x.text) + " contradicts " + quote(y.text) + ".", Mend: "Mend one, or say what each counts."})
				}
			}
			all = append(all, x)
		}
	}
	return out
}

// figuresAgainst finds a share that the record has otherwise: "2% of requests
// failed" where somebody said in the room that 30 % did.
func (b *Brief) figuresAgainst(a account) []Finding {
	var out []Finding
	for _, s := range a.all {
		if qualified.MatchString(s.text) {
			continue
		}
		for _, m := range share.FindAllStringSubmatch(s.text, 4) {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil || v > 100 {
				continue
			}
			if text, ref, ok := b.otherShare(v, m[2], firstWord(m[3])); ok {
				out = append(out, Finding{Kind: "number", Quote: oneLine(m[0]), Refs: Refs{ref},
					Text: quote(m[0]) + " contradicts what is on record, " + quote(text) + ".", Mend: "Mend one, or say what each counts."})
			}
		}
	}
	return out
}

// otherShare finds a share of the same thing on record, if none there is equal
// and one is far from it: by more than a half of itself.
func (b *Brief) otherShare(v float64, of, then string) (text, ref string, ok bool) {
	for i, e := range b.record.entries {
		if !namesMany(e.text) || qualified.MatchString(e.text) {
			continue
		}
		for _, m := range share.FindAllStringSubmatch(e.text, 4) {
			w, err := strconv.ParseFloat(m[1], 64)
			if err != nil || !strings.EqualFold(strings.TrimSuffix(m[2], "s"), strings.TrimSuffix(of, "s")) || firstWord(m[3]) != then || then == "" {
				continue
			}
			if d := w - v; d*d <= max(w, v)*max(w, v)/4 {
				return "", "", false // somebody said about the same
			}
			text, ref, ok = m[0], "T"+itoa(i+1), true
		}
	}
	return text, ref, ok
}

func firstWord(s string) string {
	f := strings.Fields(strings.ToLower(s))
	if len(f) == 0 {
		return ""
	}
	return f[0]
}

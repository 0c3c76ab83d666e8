package eval

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// token is what can be checked mechanically in a draft: clock times, numbers
// with a unit, hashes, numbers of pull requests, addresses, versions.
var token = regexp.MustCompile(`\b\d{1,2}:\d\d(?::\d\d)?\b|\b\d+(?:\.\d+)?\s?(?:%|ms|min(?:ute)?s?|hours?|h\b|days?|GB|MB|k\b|users?|requests?|pods|nodes)|\b[0-9a-f]{7,40}\b|#\d+|https?://\S+|\bv?\d+\.\d+(?:\.\d+)+\b`)

// compound is a length in two units, which is one token: "3 h 40 min".
var compound = regexp.MustCompile(`\b(\d+) ?(d|days?|h|hours?) (\d+) ?(h|hours?|min|minutes?)\b`)

var single = regexp.MustCompile(`^(\d+)\s?(min|h|hour|day)`)

// Unsupported returns how many checkable tokens a draft has, and those which
// neither stand in what was told nor follow from it: a difference of two times
// that are known, or one of them in another zone. A length in two units counts
// as one token here; the reference scorer reads it as two and does not find the
// second.
func (c *Case) Unsupported(markdown string, zone *time.Location, told []time.Time) (tokens int, bad []string) {
	var src strings.Builder
	src.WriteString(c.Title + " " + strings.Join(c.Components, " "))
	times := append([]time.Time(nil), told...)
	for _, r := range c.Updates {
		src.WriteString(" " + r.Body)
		if r.At != nil {
			src.WriteString(" " + r.At.Format(time.RFC3339))
			times = append(times, *r.At)
			for _, m := range instant.Find(r.Body, *r.At, zone) { // what the words claim, in the page's zone
				times = append(times, m.Time, m.Literal)
			}
			for _, l := range instant.Durations(r.Body) { // "next update in 30 minutes"
				times = append(times, r.At.Add(l.Value))
			}
		}
	}
	for _, m := range c.Chat {
		src.WriteString(" " + m.Text + " " + m.At.Format(time.RFC3339) + " " + m.Author)
		times = append(times, m.At)
	}
	clock := map[string]bool{}
	for _, t := range times {
		clock[t.Format("15:04")], clock[t.UTC().Format("15:04")], clock[t.In(zone).Format("15:04")] = true, true, true
	}
	apart := map[int]bool{}
	if m, ok := c.median(); ok {
		apart[m] = true
	}
	for i, a := range times {
		for _, b := range times[:i] {
			m := int(a.Sub(b).Abs() / time.Minute)
			apart[m], apart[m+1] = true, true // either end may be rounded
		}
	}
	text := strings.ReplaceAll(markdown, `\`, "")
	text = compound.ReplaceAllStringFunc(text, func(s string) string {
		m := compound.FindStringSubmatch(s)
		big, _ := strconv.Atoi(m[1])
		small, _ := strconv.Atoi(m[3])
		tokens++
		ok := apart[big*60+small]
		if m[2][0] == 'd' {
			ok = false
			for d := range apart {
				ok = ok || d/60 == big*24+small
			}
		}
		if !ok && !strings.Contains(src.String(), s) {
			bad = append(bad, s)
		}
		return ""
	})
	for _, t := range token.FindAllString(text, -1) {
		t = strings.TrimRight(t, "”’.,;:)>…")
		tokens++
		if strings.Contains(src.String(), t) || len(t) >= 4 && clock[strings.TrimRight(t[:min(5, len(t))], " ")] || computed(t, apart) {
			continue
		}
		bad = append(bad, t)
	}
	return tokens, bad
}

// median is the median gap between public updates while the incident was open,
// in minutes.
func (c *Case) median() (minutes int, ok bool) {
	var gaps []time.Duration
	rows, over := c.rows(), false
	for i, r := range rows {
		if i > 0 && !over {
			gaps = append(gaps, r.At.Truncate(time.Second).Sub(rows[i-1].At.Truncate(time.Second)))
		}
		if s, ok := incident.ParseStatus(r.Status); ok && (!over || s == incident.Investigating) {
			over = s == incident.Resolved
		}
	}
	if len(gaps) == 0 {
		return 0, false
	}
	slices.Sort(gaps)
	n := len(gaps) / 2
	if len(gaps)%2 == 1 {
		return int(gaps[n] / time.Minute), true
	}
	return int((gaps[n-1] + gaps[n]) / 2 / time.Minute), true
}

// computed reports whether a length is that between two known times.
func computed(t string, apart map[int]bool) bool {
	m := single.FindStringSubmatch(t)
	if m == nil {
		return false
	}
	n, _ := strconv.Atoi(m[1])
	per := map[byte]int{'m': 1, 'h': 60, 'd': 24 * 60}[m[2][0]]
	if per == 1 {
		return apart[n]
	}
	for d := range apart {
		if d/per == n {
			return true
		}
	}
	return false
}

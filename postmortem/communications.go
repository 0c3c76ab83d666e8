package postmortem

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A Communication is one public update.
type Communication struct {
	Ref    string
	At     time.Time // what the page prints
	Label  string    // as the page labels it: "Update" where the status is that of the one before
	Status incident.Status
	Body   string // "" if it was erased
	By     string
	Gap    time.Duration // since the update before; zero for the first
	Quiet  bool          // subscribers were not told
	Edited time.Time     // when its text was last mended; zero if never
}

// A Silence is a stretch between two public updates while the incident was
// open. Until is zero while it lasts.
type Silence struct {
	From, Until time.Time
	Length      time.Duration // so far, while it lasts
	Refs        Refs
}

func communications(in *incident.Incident) []Communication {
	var out []Communication
	var before incident.Status
	for i, u := range shownOrder(in) {
		c := Communication{
			Ref: "U" + itoa(u.Number), At: u.Shown, Label: u.Status.Label(), Status: u.Status,
			By: name(u.Meta.By), Quiet: u.Quiet, Edited: u.Edited,
		}
		if !u.Meta.Redacted {
			c.Body = u.Body
		}
		if i > 0 {
			c.Gap = u.Shown.Sub(out[i-1].At)
			if u.Status == before {
				c.Label = "Update"
			}
		}
		before = u.Status
		out = append(out, c)
	}
	return out
}

// silences are the gaps while customers saw the incident open, and the one that
// lasts still.
func silences(words []Communication, published incident.Status, now time.Time) []Silence {
	var out []Silence
	for i, c := range words {
		if i == 0 || words[i-1].Status == incident.Resolved {
			continue
		}
		p := words[i-1]
		out = append(out, Silence{From: p.At, Until: c.At, Length: c.At.Sub(p.At), Refs: Refs{p.Ref, c.Ref}})
	}
	if n := len(words); n > 0 && published.Open() && now.After(words[n-1].At) {
		out = append(out, Silence{From: words[n-1].At, Length: now.Sub(words[n-1].At), Refs: Refs{words[n-1].Ref}})
	}
	return out
}

// longest returns the longest silence; ok is false if there is none.
func longest(ss []Silence) (Silence, bool) {
	if len(ss) == 0 {
		return Silence{}, false
	}
	return slices.MaxFunc(ss, func(a, b Silence) int { return int(a.Length/time.Second - b.Length/time.Second) }), true
}

// median returns the median length; with an even number, the mean of the two
// in the middle.
func median(ss []Silence) time.Duration {
	if len(ss) == 0 {
		return 0
	}
	ls := make([]time.Duration, len(ss))
	for i, s := range ss {
		ls[i] = s.Length
	}
	slices.Sort(ls)
	if n := len(ls) / 2; len(ls)%2 == 1 {
		return ls[n]
	} else {
		return (ls[n-1] + ls[n]) / 2
	}
}

// Fate is what became of a promise.
type Fate string

// The fates of a promise.
const (
	Kept     Fate = "kept"
	KeptLate Fate = "kept late"
	Broken   Fate = "not kept" // its time has passed, or customers were told that it is over
	Open     Fate = "open"     // it can still be kept
)

// A Promise is something that an update said would come.
type Promise struct {
	Ref        string // the update that made it
	Made       time.Time
	Quote      string    // the words; "" if it was made by the time of the next word alone
	Postmortem bool      // a postmortem was promised, not another update
	Due        time.Time // zero if no time was named
	Fate       Fate
	Kept       time.Time
	Refs       Refs
}

var (
	promisesReport = regexp.MustCompile(`(?i)\b(?:post-?\s?mortem|root[- ]cause|rca|incident report|(?:detailed|full) (?:analysis|report|review))\b.{0,80}\b(?:will|to) (?:follow|be (?:published|posted|shared|provided|available)|come)\b|\b(?:will|we'll|we’ll) (?:publish|post|share|provide|follow up with|write)\b.{0,60}\b(?:post-?\s?mortem|root[- ]cause|rca|incident report|(?:detailed|full) (?:analysis|report|review))\b`)
	promisesWord   = regexp.MustCompile(`(?i)\b(?:more|further|additional|regular)\s+(?:information|updates?|details|news)\s+(?:to follow|will follow|will be|to come|coming|soon|shortly|as (?:soon|they))|\b(?:will|we'll|we’ll)\s+(?:\w+\s+){0,3}?(?:provide|post|share|send|give|keep|update|report back)\b.{0,60}\b(?:updates?|information|details|posted|informed|you|back|more)\b|\bnext update\b|\banother update\b.{0,20}\b(?:in|by|within|at|soon|shortly)\b|\b(?:will|we'll|we’ll) update (?:you|this|the (?:page|status|incident)|here|again|as|when|once|with|at|in|every|customers|everyone|shortly|soon|further|accordingly)\b|\b(?:will|we'll|we’ll) update\s*[.!]?$`)
	// "once the root cause is known" names when, and "never promised" nothing.
	promisesWhen = regexp.MustCompile(`(?i)\b(?:once|when|as soon as|until|after)\b.{0,40}\b(?:root[- ]cause|rca)\b`)
	promisesNot  = regexp.MustCompile(`(?i)\b(?:never|not|no)\b.{0,20}\bpromis`)
	namesDelay   = regexp.MustCompile(`(?i)\b(?:in|within|every)\s*$`)
)

// promises reads what updates promised, and when it was kept.
func promises(in *incident.Incident, words []Communication, zone *time.Location, r *record, t *incident.Timeline) []Promise {
	var out []Promise
	us := shownOrder(in)
	for i, w := range words {
		var ps []Promise
		timed := false
		for _, s := range plainSentences(w.Body) {
			p := Promise{Ref: w.Ref, Made: w.At, Quote: s, Refs: Refs{w.Ref}}
			switch {
			case promisesNot.MatchString(s):
				continue
			case promisesReport.MatchString(s) && !promisesWhen.MatchString(s):
				p.Postmortem = true
			case promisesWord.MatchString(s):
				p.Due = us[i].Next
				if p.Due.IsZero() {
					p.Due = due(s, w.At, zone)
				}
				timed = timed || !us[i].Next.IsZero()
			default:
				continue
			}
			ps = append(ps, p)
		}
		if !us[i].Next.IsZero() && !timed {
			ps = append(ps, Promise{Ref: w.Ref, Made: w.At, Due: us[i].Next, Refs: Refs{w.Ref}})
		}
		for _, p := range ps {
			if p.Postmortem {
				p.reported(in, r, t)
			} else {
				p.followed(words[i+1:], in)
			}
			out = append(out, p)
		}
	}
	return out
}

// due reads the time that a promise names; zero if it names none.
func due(sentence string, made time.Time, zone *time.Location) time.Time {
	for _, m := range instant.Find(sentence, made, zone) {
		if !m.Unresolved && m.Time.After(made) {
			return m.Time
		}
	}
	for _, l := range instant.Durations(sentence) {
		if namesDelay.MatchString(sentence[:l.Start]) {
			return made.Add(max(l.Value, l.Max))
		}
	}
	return time.Time{}
}

// followed says whether the next update came, and in time. A minute's delay is
// no delay: the page prints minutes.
func (p *Promise) followed(later []Communication, in *incident.Incident) {
	if len(later) == 0 {
		p.Fate = Open
		if !in.PublishedStatus().Open() {
			p.Fate = Broken
		}
		return
	}
	p.Fate, p.Kept, p.Refs = Kept, later[0].At, p.Refs.and(later[0].Ref)
	if !p.Due.IsZero() && p.Kept.Truncate(time.Minute).After(p.Due) {
		p.Fate = KeptLate
	}
}

func (p *Promise) reported(in *incident.Incident, r *record, t *incident.Timeline) {
	p.Fate = Open
	if in.Report.Published == nil {
		return
	}
	p.Fate, p.Kept = Kept, in.Report.Published.Shown
	if t == nil {
		return
	}
	for _, e := range t.Entries() {
		if _, ok := e.Event.(incident.PostmortemPublished); ok {
			p.Refs = p.Refs.and(r.ref(e.Seq))
			break
		}
	}
}

// plainSentences splits what somebody wrote into sentences, each on one line.
func plainSentences(s string) []string {
	var out []string
	for _, line := range unwrapped(s) {
		from := 0
		for i := 0; i < len(line); i++ {
			if strings.IndexByte(".!?", line[i]) >= 0 && (i+1 == len(line) || line[i+1] == ' ' && !abbreviated(line, from, i)) {
				if t := strings.TrimSpace(line[from : i+1]); t != "" {
					out = append(out, t)
				}
				from = i + 1
			}
		}
		if t := strings.TrimSpace(line[from:]); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// unwrapped splits a text into lines, and joins those that were only broken to
// fit a width: after a long line without an end that goes on in lower case.
func unwrapped(s string) []string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	out := lines[:0]
	const wrapped = 50
	for _, l := range lines {
		if n := len(out); n > 0 && len(l) > 0 && 'a' <= l[0] && l[0] <= 'z' {
			if before := strings.TrimRight(out[n-1], " "); len(before) >= wrapped && !strings.ContainsAny(before[len(before)-1:], ".!?:;`") {
				out[n-1] = before + " " + l
				continue
			}
		}
		out = append(out, l)
	}
	return out
}

// abbreviated reports whether the full stop at i ends an abbreviation in the
// middle of a sentence, rather than the sentence that began at from.
func abbreviated(line string, from, i int) bool {
	word := strings.ToLower(line[from:i])
	word = word[strings.LastIndexAny(word, " (")+1:]
	switch word {
	case "e.g", "i.e", "approx", "vs", "ca":
		return true
	case "a.m", "p.m", "etc":
		next := strings.TrimLeft(line[i+1:], " ")
		return next != "" && !('A' <= next[0] && next[0] <= 'Z')
	}
	return false
}

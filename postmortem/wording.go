package postmortem

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A wording is what customers should not read, and what to write instead.
type wording struct {
	kind  string
	words *regexp.Regexp
	text  string // after the quotation: what is wrong with it
	mend  string
}

var (
	hostWords   = regexp.MustCompile(`\b(?i:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.(?:internal|local|lan|corp|intra|localdomain|svc|consul|prod|stage|staging))\b|\b(?i:ip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})\b|\b(?:10|127)\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|\b192\.168\.\d{1,3}\.\d{1,3}\b|\b172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}\b|\b(?i:(?:db|web|app|api|cache|redis|mysql|postgres|pg|kafka|node|worker|host|srv|vm|lb|proxy)-(?:[a-z0-9]+-)*[a-z]*\d+[a-z]?)\b`)
	ticketWords = regexp.MustCompile(`\b[A-Z][A-Z0-9]{1,9}-\d{1,6}\b`)
	knownDashes = regexp.MustCompile(`^(?:UTF|ISO|SHA|RFC|CVE|TLS|SSL|HTTP|IPV|AES|RSA|MD|COVID|GPT|EC|US|EU|UK|AP|CA|SA|ME|AF|H|S|A|P|IEEE|ANSI|BS|DIN|EN|PCI|SOC|NIS|MP|Q|W|T|INC)-?\d`)
	blameWords  = regexp.MustCompile(`(?i)\bhuman error\b|\b(?:engineer|operator|employee|developer|admin(?:istrator)?|technician|colleague|team member|contractor|intern|somebody|someone)(?:'s|’s)? (?:\w+ )?(?:forgot|mistaken\w*|accidentally|carelessly|negligen\w*|failed to|neglected|made a mistake|erroneously|mistake|error|should(?:n't| not)? have)\b|\b(?:should(?:n't| not)? have (?:known|checked|noticed|tested|caught|been more careful))\b|\b(?:careless(?:ness|ly)?|negligen(?:ce|t|tly)|incompeten\w+|stupid\w*|sloppy|to blame|at fault|fault of (?:our|the|an?) (?:engineer|operator|employee|vendor|provider|team))\b`)
	jargonWords = regexp.MustCompile(`(?i)\b(?:OOM(?:-?kill\w*)?|k8s|kubelet|crash-?loop\w*|pods?|p9[59]|etcd|SIGKILL|SIGTERM|segfault\w*|heap dump|garbage collect\w*|GC pauses?|split[- ]brain|quorum loss|replica lag|replication lag|write-ahead log|WAL|thundering herd|cgroups?|NXDOMAIN|SERVFAIL|BGP flap\w*|HAProxy|nginx|memcached|zookeeper|terraform|ansible|helm|kubectl|RCA|MTTR|blast radius|canary|sharding|cron ?job|5xx|4xx|HTTP 5\d\d|stack ?trace|null pointer|deadlock\w*|mutex)\b`)
	outageWords = regexp.MustCompile(`(?i)\boutages?\b`)
	promiseTime = regexp.MustCompile(`(?i)\b(?:will|should|expect\w*|anticipat\w*|estimat\w*|hope)\b[^.]{0,60}\b(?:resolved?|fixed|restored?|recover\w*|back(?: up| online)?|complete\w*|normal|operational)\b[^.]{0,40}|\b(?:ETA|estimated time)\b[^.]{0,40}`)
	outageOfAll = regexp.MustCompile(`(?i)\bno outage|not an outage|partial outage|outage of (?:some|part)|provider(?:'s|’s)? outage|outage (?:at|of) (?:our|a) (?:provider|vendor|supplier)`)
)

func wordings() []wording {
	return []wording{
		{"host", hostWords, "names a machine of ours, which tells customers nothing and others too much.", "Say what customers use of it."},
		{"ticket", ticketWords, "is a number of ours that customers cannot look up.", "Leave it out."},
		{"blame", blameWords, "puts it on a person; what one person does is never the cause alone.", "Say what let it happen."},
		{"jargon", jargonWords, "is a word of ours.", "Say what customers notice."},
	}
}

// LintPublic is Lint, and looks besides at words that customers are about to
// read as words: names of machines, tickets and people, blame, jargon, a time of
// recovery that nothing on record backs, an outage where a part was degraded.
func LintPublic(words string, b Brief) []Finding {
	out := Lint(words, b)
	seen := map[string]bool{}
	for _, w := range wordings() {
		for _, q := range w.words.FindAllString(words, 8) {
			if seen[strings.ToLower(q)] || w.kind == "ticket" && knownDashes.MatchString(q) || b.publicName(q) {
				continue
			}
			seen[strings.ToLower(q)] = true
			out = append(out, Finding{Kind: w.kind, Quote: oneLine(q), Text: quote(q) + " " + w.text, Mend: w.mend})
		}
	}
	out = append(out, b.unbackedEstimates(words)...)
	out = append(out, b.outageOfPart(words)...)
	return append(out, b.namesIn(words)...)
}

// publicName reports whether words are part of a name that customers know.
func (b *Brief) publicName(q string) bool {
	names := []string{b.PublicTitle}
	for _, x := range b.Impact {
		names = append(names, x.Components...)
	}
	for _, n := range b.Named {
		names = append(names, n.Text)
	}
	return slices.ContainsFunc(names, func(n string) bool { return begins(low(n), []string{strings.ToLower(q)}) })
}

// unbackedEstimates finds a promise of when it will be over that nobody gave in
// the room or by a command.
func (b *Brief) unbackedEstimates(words string) []Finding {
	var out []Finding
	for _, s := range plainSentences(words) {
		m := promiseTime.FindString(s)
		if m == "" || promisesWord.MatchString(s) {
			continue
		}
		var at []string
		for _, l := range instant.Durations(m) {
			if !b.estimated(l) {
				at = append(at, l.Text)
			}
		}
		for _, t := range instant.Find(m, b.Now, b.Zone) {
			if !t.Unresolved && t.Time.After(b.Now) && !b.mentioned(t.Time) {
				at = append(at, t.Text)
			}
		}
		if len(at) > 0 {
			out = append(out, Finding{
				Kind: "estimate", Quote: oneLine(at[0]), Mend: "Promise when they hear the next word, not when it is over.",
				Text: quote(s) + " promises a time of recovery, and nothing on record gives one.",
			})
		}
	}
	return out
}

// estimated reports whether somebody on record named that length.
func (b *Brief) estimated(l instant.Length) bool {
	for _, e := range b.record.entries {
		if !strings.ContainsAny(e.text, "0123456789") && !strings.Contains(strings.ToLower(e.text), "hour") && !strings.Contains(strings.ToLower(e.text), "minute") {
			continue
		}
		for _, x := range instant.Durations(e.text) {
			if x.Value == l.Value && x.Max == l.Max {
				return true
			}
		}
	}
	return false
}

// mentioned reports whether somebody on record named that instant.
func (b *Brief) mentioned(at time.Time) bool {
	return slices.ContainsFunc(b.record.entries, func(e evidence) bool {
		return slices.ContainsFunc(b.record.instants(e), func(t time.Time) bool { return t.Sub(at).Abs() < time.Minute })
	})
}

// outageOfPart finds "outage" where nothing was ever down.
func (b *Brief) outageOfPart(words string) []Finding {
	worst := incident.Operational
	for _, x := range b.Impact {
		worst = worst.Worse(x.Worst)
	}
	for _, w := range b.Believed {
		worst = worst.Worse(w.State)
	}
	if worst != incident.Degraded || outageOfAll.MatchString(words) || whole.MatchString(words) {
		return nil
	}
	q := outageWords.FindString(words)
	if q == "" || b.publicName(q) {
		return nil
	}
	return []Finding{{Kind: "scope", Quote: q, Text: quote(q) + " says more than is on record: at worst it was " + state(worst) + ".", Mend: "Say what is slow or fails."}}
}

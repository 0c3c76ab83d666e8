package postmortem

import (
	"regexp"
	"strings"
	"time"

	"sitrep/incident"
)

// A meaning is what a sentence says of the course of an incident, as far as its
// words tell. One sentence can say several things.
type meaning uint16

// What a sentence can say.
const (
	saysBroken    meaning = 1 << iota // something begins to fail
	saysChanged                       // somebody or something changed the system
	saysDetected                      // somebody noticed, or was alerted
	saysDeclared                      // it is called an incident
	saysAware                         // somebody knows by now: it is looked into
	saysCause                         // what is wrong was found
	saysReason                        // it gives a reason
	saysGuess                         // it suspects a reason
	saysFixed                         // a mend was made
	saysMitigated                     // it says that the impact was lessened
	saysRecovers                      // things get better, or are well
	saysWell                          // things are well
	saysOver                          // the incident is over
	saysStill                         // it goes on, or a mend did not hold
)

// A phrase is a meaning and the words that carry it.
type phrase struct {
	means meaning
	words *regexp.Regexp
	// stems are parts of words in lower case, one of which is in every text that
	// words match: the cheap question, asked first.
	stems []string
}

// The words that people use are those of many public postmortems and status
// pages, read for what the sentence around them said. A list says how a thing is
// said in general; no entry stands for one incident.
var (
	brokenWords    = regexp.MustCompile(`\b(?:outage|impact|disruption|degradation|errors?|failures?|problem|issue|incident) (?:begins?|began|starts?|started)\b|\b(?:begins?|began|beginning|starts?|started) (?:to )?(?:\w+ing\b|fail|crash|error|drop|time|return|throw|reject|see|experience|show)|\b(?:crash(?:e[sd]|ing)?|crash-?loop\w*|went down|goes down|broke|breaks|destroy(?:ed|s)|overwhelm\w*|saturat\w+|no space left|no longer (?:receiving|responding|reachable|available)|becomes? (?:unavailable|unreachable|unresponsive)|became (?:unavailable|unreachable|unresponsive)|spikes?|(?:pipeline|deploy\w*|job|build|backup|update|upgrade|renewal) failed|experiences? (?:\w+ )?(?:disruption|errors|failures|outage|degradation)|(?:is|are|was|were) (?:destroyed|deleted|lost|corrupted|down|failing|timing out)|fails? to (?:start|connect|respond|load|resolve))\b`)
	changedWords   = regexp.MustCompile(`\b(?:deploy(?:s|ed|ment)|merg(?:e[sd]|ing)|replac(?:e[sd]|ing)|upgrad(?:e[sd]|ing)|releas(?:e[sd]|ing)|roll(?:ed|s|ing)? ?(?:out|over)|migrat(?:e[sd]|ing|ion)|bump(?:s|ed)?|scal(?:e[sd]|ing) (?:up|down)|unpaused|appli(?:ed|es)|enabled|disabled|switched|reconfigured|(?:re)?started|rotat(?:e[sd]|ion)|expired|deleted|removed|chang(?:e[sd]|ing)|maintenance|were updated|was updated|reduc(?:e[sd]|ing)|increas(?:e[sd]|ing)|triggers?)\b`)
	detectedWords  = regexp.MustCompile(`\balerts?\b.{0,40}\b(?:fire[sd]?|firing|trigger(?:s|ed)|received|came in|went off)\b|\b(?:alerts?|alarms?|monitoring|monitors?|pingdom|prometheus|pagerduty|health ?checks?|probes?)\b.{0,30}\b(?:fire[sd]|fires|firing|trigger(?:s|ed)|alert(?:s|ed)|report(?:s|ed)|page[sd]|went off|warn(?:s|ed))\b|\b(?:page[sd]|paging|alerted)\b|^\W*(?:alert|alarm|firing|critical|problem|warning|page)\b\W*[:\]]|\[(?:alerting|firing|no data)|\b(?:firing:\d+)|\bautomated (?:warning|alert)|\bdetect(?:ed|s|ion)\b|\b(?:notice[sd]?|spot(?:s|ted)|observe[sd]?)\b|\b(?:users?|customers?|developers?|teams?|clients?|communit(?:y|ies)|people|engineers?|admins?|somebody|someone|merchants?)\b.{0,60}\breport(?:s|ed|ing)?\b|\b(?:outage|issues?|errors?|problems?|incident) (?:was |were |is |are |being )?reported\b|\breported (?:by|missing|that|seeing|issues?|problems?|errors?|as)\b|\breports? (?:of|that|this|it|the issue|issues?|problems?|errors?|seeing)\b|\bfirst reports?\b|\breceiv(?:ed|ing|es?) (?:\w+ ){0,4}(?:reports?|feedback|alerts?|complaints?)|\bticket\b.{0,80}\bopened\b|\b(?:became|become|made) aware\b|\b(?:was|were|been|get|gets|got) (?:notified|informed|paged|alerted)\b|\bnotif(?:ies|ied)\b|\btriggered (?:through|by) (?:the )?(?:api|alert|website|monitor)|\b(?:this|that|it|something) (?:is|looks|seems|'s)?\s?(?:not|n't) right\b|\bsomething(?: is|'s| looks| seems) (?:wrong|off|broken)\b`)
	levelWords     = regexp.MustCompile(`\b(?:error rates?|latency|5xx|failures?|queue|lag)\b.{0,30}\b(?:above|over|exceed\w*|high|elevated|spik\w+|rising|climbing)\b`)
	declaredWords  = regexp.MustCompile(`\bincidents? (?:is |was |has been |formally |and )*(?:declared|raised|created|opened|open|initiated)\b|\b(?:declare|initiate|open|raise)[sd]? (?:an? |the )?incident\b|\backnowledge[sd]?\b`)
	awareWords     = regexp.MustCompile(`\binvestigat(?:ion|ions|ing|e|es|ed)\b|\blooking into\b|\baware of\b`)
	stillWords     = regexp.MustCompile(`\bstill (?:\w+ ){0,3}(?:fail\w*|down|broken|full|see(?:ing)?|occur\w*|happen\w*|not|experienc\w*|unavailable|persist\w*|blocked|affected|degraded|impacted|there)\b|\b(?:problem|issue|errors?|failures?|incident)\b.{0,20}\b(?:persists?|remains?|are back|is back|returned|recurr\w*|resurfaced|again)\b|\b(?:fails|failed) (?:test|again|to (?:deploy|roll|restart|recover))|\brollback fail(?:s|ed)\b|\b(?:did|does|do)(?:n't|n’t| not) (?:help|work|fix|resolve|solve)\b`)
	causeWords     = regexp.MustCompile(`\b(?:identif(?:ied|ies)|f(?:ou|i)nds?|discover(?:ed|s)?|pinpointed|isolated|located|determine[sd]|we determine|confirmed|figured out|tracked down|diagnosed)\b.{0,60}\b(?:causes?|reasons?|issues?|problems?|culprit|source|root|bug|origin|that|why|fault|typo|misconfigur\w+|leads? us)\b|\b(?:issue|problem|cause|bug|fault|source|reason|culprit|it|and)\b.{0,30}\b(?:identified|pinpointed|understood|isolated|located)\b|\b(?:root )?cause (?:is|was|has been|had been)? ?(?:found|identified|understood|determined|known)\b|\bthe (?:root )?(?:cause|culprit|problem|reason) (?:is|was)\b|\b(?:engineer|team|we) (?:have |has )?identif(?:y|ies|ied)\b|\b(?:found|got) it\b`)
	reasonWords    = regexp.MustCompile(`\bcaused by\b|\bdue to\b|\battribut(?:ed|able) to\b|\btraced\b|\bturns out\b|\bbecause\b|\bwhich is why\b|\bmisconfigur|\bas a result of\b|\bresult(?:ed|ing|s) from\b|\bthe issue (?:is|was)\b|\brelated to\b|\bout of (?:disk|memory|space)\b`)
	guessWords     = regexp.MustCompile(`\bsuspect\w*|\blikely\b|\blooks like\b|\bseems? (?:to be|like)\b|\bhypothes[ie]s\b|\bprobably\b|\btheory\b`)
	fixedWords     = regexp.MustCompile(`\b(?:roll(?:ed|s)(?: \w+){0,2} back|rollback (?:was |has been )?(?:performed|completed?|done|finished|worked)|revert(?:ed|s)|restart(?:ed|s)|reboot(?:ed|s)|rebuilt|(?:re)?deploy(?:ed|s)|shipped|merge[sd]|appl(?:ied|ies)|remove[sd]|delete[sd]|cleaned|cleared|purged|flushed|repaired|(?:hot-?)?fix(?:ed|es)|patched|replaced|increase[sd]|scaled|disable[sd]|enable[sd]|switched|failed over|drained|re-?run|kicked off|tears? down|terminate[sd]|killed|granted|attached|implemented|mitigated|upgraded|unblocked|bypassed|blocked|provisioned|spawned|rolled over|fix committed|in place|pushed|corrected|reset|added)\b`)
	mitigatedWords = regexp.MustCompile(`\b(?:mitigated|repaired|mitigation (?:\w+ ){0,3}(?:deployed|applied|in place|implemented|complete)|work-?around (?:is |was )?(?:in place|deployed|applied|available))\b|\bshould (?:now |all |again |already )*be (?:now )?(?:fixed|resolved|working|back|restored|operational|available|successful|normal)\b`)
	recoversWords  = regexp.MustCompile(`\b(?:recover(?:s|ed|y|ing)|stabili[sz](?:ed|ing)|improv(?:ed|ing|ement|ements)|subsid(?:ed|ing)|(?:decreas|declin|drop)(?:ed|ing)|start(?:ing|ed)? to (?:see|process|flow|clear)|com(?:e|ing) back(?: online| up)?|catching up|caught up|draining|(?:is|are) clearing|flowing again|processing again)\b`)
	wellWords      = regexp.MustCompile(`\b(?:back (?:online|up|to normal|in service|in operation|and running)|up and running|(?:fully |now |all |are |is |service )(?:operational|functional|restored|healthy|recovered|resolved)|available again|(?:now|again) available|(?:running|operat(?:es?|ing)|work(?:s|ing)?|function(?:s|ing)?) (?:normally|as (?:normal|expected)|properly)|working again|no longer (?:seeing|experiencing|observing|affected|impacted|failing|occurring)|returned to (?:normal|baseline|(?:their |its )?(?:expected|usual|normal) (?:levels?|state))|(?:is|are|remains?) (?:now )?stable|normal service (?:has been |was )?(?:resumed|restored)|(?:works?|upgrade|maintenance|migration|operation|restoration)\b.{0,30}\b(?:complete[d]?|finished|according to plan)|brought back (?:all|every\w*|the)|(?:errors?|error rates?|latency|traffic|everything|all systems?|rates?|service)\b.{0,30}\b(?:normal|gone|fine|healthy|green)|usable again|restored|(?:roll ?back|fix|revert|restart|reboot|it) (?:has )?worked|good to go|(?:fully|have) recovered|completes? successfully|verified operational|confirmed (?:by|to be|working|functional)|no (?:more|further) errors|all green|all clear)\b`)
	overWords      = regexp.MustCompile(`\bresolved\b|\b(?:outage|incident|impact) (?:ends|ended|(?:is |was |has been |now )?(?:over|closed))\b|\bclos(?:ed|ing) (?:the|this) (?:incident|issue|outage)\b|\b(?:event|window|ticket|status|issue) (?:is |was |has |now )*closed\b|^\W*(?:now )?closed\b|\bclosing (?:this|the) (?:status|pinned|alert|event|ticket)\b|\bissues? (?:is |are |has been |have been |was |were )?(?:now )?fixed\b|\bmonitoring (?:is |was )?complete[d]?\b|\bthe outage to an end\b|\ball[- ]clear\b|\bcalling it good\b`)
)

func readings() []phrase {
	return []phrase{
		{saysBroken, brokenWords, []string{"begin", "began", "start", "crash", "went down", "goes down", "broke", "break", "destroy", "overwhelm", "saturat", "no space", "no longer", "becom", "becam", "spike", "fail", "experienc", "is d", "are d", "was d", "were d", "lost", "corrupt", "timing out"}},
		{saysChanged, changedWords, []string{"deploy", "merg", "replac", "upgrad", "releas", "roll", "migrat", "bump", "scal", "unpaus", "appli", "abled", "switch", "config", "start", "rotat", "expir", "delet", "remov", "chang", "mainten", "updated", "reduc", "increas", "trigger"}},
		{saysDetected, detectedWords, []string{"alert", "alarm", "monitor", "pingdom", "prometheus", "pagerduty", "health", "probe", "page", "paging", "firing", "no data", "automated", "detect", "notic", "spot", "observ", "report", "receiv", "ticket", "aware", "notif", "inform", "triggered", "not right", "n't right", "something", "critical", "problem", "warning"}},
		{saysDetected, levelWords, []string{"above", "over", "exceed", "high", "elevated", "spik", "rising", "climbing"}},
		{saysDeclared, declaredWords, []string{"incident", "acknowledg"}},
		{saysAware, awareWords, []string{"investigat", "looking into", "aware"}},
		{saysStill, stillWords, []string{"still", "persist", "remain", "are back", "is back", "returned", "recur", "resurfac", "again", "fails ", "failed ", "rollback fail", " help", " work", " fix", " resolve", " solve"}},
		{saysCause, causeWords, []string{"identif", "found", "find", "discover", "pinpoint", "isolat", "locat", "determin", "confirm", "figured", "tracked", "diagnos", "understood", "cause", "culprit", "problem", "reason", "known", "got it"}},
		{saysReason, reasonWords, []string{"caused", "due to", "attribut", "traced", "turns out", "because", "which is why", "misconfig", "result", "the issue", "related", "out of"}},
		{saysGuess, guessWords, []string{"suspect", "likely", "looks like", "seem", "hypothes", "probably", "theory"}},
		{saysFixed, fixedWords, []string{"roll", "revert", "restart", "reboot", "rebuilt", "deploy", "shipped", "merge", "applied", "applies", "remove", "delete", "cleaned", "cleared", "purge", "flush", "repaired", "fix", "patched", "replaced", "increase", "scaled", "disable", "enable", "switched", "failed over", "drained", "rerun", "re-run", "kicked", "tears", "terminate", "killed", "granted", "attached", "implemented", "mitigated", "upgraded", "blocked", "bypassed", "provisioned", "spawned", "in place", "pushed", "corrected", "reset", "added"}},
		{saysMitigated, mitigatedWords, []string{"mitigat", "repair", "around", "should"}},
		{saysRecovers, recoversWords, []string{"recover", "stabil", "improv", "subsid", "decreas", "declin", "dropp", "starting to", "started to", "start to", "again", "back", "catching", "caught", "drain", "clearing"}},
		{saysRecovers | saysWell, wellWords, []string{"back online", "back up", "back to", "back in", "back and", "up and", "operat", "function", "restor", "health", "recover", "avail", "resolv", "working", "normal", "gone", "fine", "green", "usable", "worked", "works", "runn", "function", "completed", "complete", "finished", "according to plan", "no longer", "returned to", "stable", "brought back", "good to go", "success", "confirm", "no more", "no further", "clear"}},
		{saysRecovers | saysWell | saysOver, overWords, []string{"resolved", "outage", "incident", "impact", "clos", "clear", "calling", "issue", "monitoring"}},
	}
}

var (
	// intends stands before what is not so yet, is asked, tried or hoped for.
	intends = regexp.MustCompile(`\b(?:will|would|should|could|might|may|if|once|until|till|unless|whether|hopes?|hoping|expect\w*|try|tries|trying|tried|attempt\w*|plan(?:s|ned|ning)?|going to|about to|wants?|needs?(?: to)?|propos\w*|suggest\w*|let's|let us|let’s|working (?:on|to|towards?)|work (?:on|to|towards?)|in order to|to (?:be|get|see|have|understand|identify|determine|find|confirm|verify|ensure|make sure)|continu\w+ to (?:investigate|work)|ready to|shall|can we|how|why|cannot|can't|can’t|unable to|before|soon|shortly|creates? a pr|sent up|pending|when)\b[^,;.]*$`)
	// deniesIt stands before what is not so.
	deniesIt = regexp.MustCompile(`(?:\b(?:not|no|never|nor|neither|without|nothing|none|fail(?:s|ed)? to|isn't|wasn't)|n't|n’t)\b[^,;.]{0,40}$`)
	// undoes follows a mend that did not hold.
	undoes = regexp.MustCompile(`\b(?:but (?:\w+ ){0,4}(?:still|fails?|failed|not)|still (?:fail\w*|broken|down|full|happening|occurring|not|blocked|persists?)|(?:did|does|do)(?:n't|n’t| not) (?:help|work|fix|resolve|solve)|fail(?:s|ed) (?:due|because|to|with|test)|persists?|no effect|unsuccessful\w*|itself blocked|is blocked|attempted|shortly|soon|momentarily)\b`)
	clause = regexp.MustCompile(`[,;:()]|\s[-–—]\s|\b(?:and|but|so|while|after|although)\b`)

	fences = regexp.MustCompile("(?s)```.*?(?:```|$)")
	links  = regexp.MustCompile(`\[([^\]\n]*)\]\([^)\s]*\)|<?https?://[^\s>]*>?`)
)

// unfenced takes out of a message what was pasted into it.
func unfenced(s string) string {
	if strings.Contains(s, "```") {
		return fences.ReplaceAllString(s, "\n")
	}
	return s
}

// plainWords takes out of a sentence what nobody said in so many words:
// addresses, marks of emphasis; a line that quotes somebody says nothing.
func plainWords(s string) string {
	if strings.HasPrefix(s, ">") {
		return ""
	}
	if strings.Contains(s, "http") || strings.Contains(s, "](") {
		s = links.ReplaceAllString(s, "$1")
	}
	if !strings.ContainsAny(s, "*_`") {
		return s
	}
	return strings.NewReplacer("**", "", "__", "", "`", "").Replace(s)
}

// means reads one sentence by these phrases. What is asked, denied, planned or
// hoped for is not said.
func means(sentence string, by []phrase) meaning {
	if strings.HasSuffix(strings.TrimRight(sentence, " )\"'”’"), "?") {
		return 0
	}
	sentence = strings.ToLower(sentence) // the phrases are in lower case
	var out meaning
	for _, c := range by {
		if !containsAny(sentence, c.stems) { // another sentence of the message has them
			continue
		}
		for _, m := range c.words.FindAllStringIndex(sentence, 4) {
			if !stated(sentence, m[0], c.means) {
				continue
			}
			if c.means&(saysFixed|saysMitigated|saysRecovers) != 0 && undoes.MatchString(sentence[m[0]:]) {
				continue
			}
			out |= c.means
			break
		}
	}
	return out
}

// A lexicon finds which phrases a text may hold, in one pass over it: at each
// letter only the stems that begin with it are compared.
type lexicon struct {
	all   []phrase
	stems [256][]lead
}

// A lead is one stem of the phrase with this index.
type lead struct {
	text   string
	phrase int
}

func newLexicon(all []phrase) *lexicon {
	l := &lexicon{all: all}
	for i, c := range all {
		for _, s := range c.stems {
			l.stems[s[0]] = append(l.stems[s[0]], lead{s, i})
		}
	}
	return l
}

// likely are the phrases that a text may hold, in their order.
func (l *lexicon) likely(text string, into []phrase) []phrase {
	low := strings.ToLower(text)
	var found uint32 // a bit a phrase
	for i := range len(low) {
		for _, s := range l.stems[low[i]] {
			if found&(1<<s.phrase) == 0 && strings.HasPrefix(low[i:], s.text) {
				found |= 1 << s.phrase
			}
		}
	}
	into = into[:0]
	for i, c := range l.all {
		if found&(1<<i) != 0 {
			into = append(into, c)
		}
	}
	return into
}

// stated reports whether what begins at i is said to be so.
func stated(sentence string, i int, m meaning) bool {
	before := sentence[:i]
	if deniesIt.MatchString(before) {
		return m == saysBroken || m == saysDetected && strings.Contains(sentence[i:], "right")
	}
	if m&(saysAware|saysGuess|saysStill) != 0 {
		return true
	}
	if m&(saysBroken|saysDetected|saysReason) == 0 {
		return !intends.MatchString(before)
	}
	if cuts := clause.FindAllStringIndex(before, -1); len(cuts) > 0 {
		before = before[cuts[len(cuts)-1][1]:]
	}
	return !intends.MatchString(before)
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// A saying is a sentence that says something of the course of the incident.
type saying struct {
	at     time.Time
	e      *incident.Entry
	text   string
	means  meaning
	update bool // customers were told it
}

// sayings reads the record in the order of time.
func sayings(t *incident.Timeline) []saying {
	if t == nil {
		return nil
	}
	var out []saying
	all := newLexicon(readings())
	by := make([]phrase, 0, len(all.all))
	for _, e := range t.Chronological() {
		if !quotable(e) {
			continue
		}
		text, update := "", false
		switch ev := e.Event.(type) {
		case incident.MessageSaid, incident.NoteAdded:
			text = e.Text
		case incident.UpdatePosted:
			update = true
			if text = ev.Body; len(e.Versions) > 0 {
				text = "" // mended since: it is no longer what was said then
			}
		case incident.StateChanged:
			text = ev.Text
		}
		if len(text) > 4000 {
			text = text[:4000]
		}
		if len(text) < 4 {
			continue
		}
		text = unfenced(text)
		if by = all.likely(text, by); len(by) == 0 {
			continue
		}
		for _, s := range plainSentences(text) {
			if m := means(plainWords(s), by); m != 0 {
				out = append(out, saying{at: e.At, e: e, text: s, means: m, update: update})
			}
		}
	}
	return out
}

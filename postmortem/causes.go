package postmortem

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sitrep/incident"
)

var (
	// causal is how a cause is claimed. What follows is the cause, or the effect.
	causal = regexp.MustCompile(`(?i)\b(?:because(?: of)?|due to|owing to|thanks to|as a (?:result|consequence)(?: of)?|caus(?:e[sd]?|ing)|root causes?|led to|leads? to|leading to|result(?:ed|s|ing)? (?:in|from)|trigger(?:ed|s|ing)(?: by)?|stem(?:med|s|ming) from|ar(?:ose|ises?|ising) from|br(?:ought|ings?|inging) (?:down|about)|responsible for|to blame|blamed?|at fault|culprit|attribut(?:ed|able) to|which (?:meant|made|forced|broke|prevented)|therefore|thereby|hence|consequently|accordingly|so that|follow(?:ed|ing) from|provok(?:ed|ing)|induced|contributed to|in turn|was behind|were behind|down to|set off|by (?:a|an|the) (?:faulty|bad|broken|failed|failing|misconfigured|missing|expired|wrong))\b`)
	// sought is a cause that is only spoken of: none is claimed.
	sought = regexp.MustCompile(`(?i)\b(?:root )?causes? (?:(?:was|is|were|had been|has been|not|yet) )*(?:found|identified|known|unknown|understood|determined|established)\b|\b(?:investigat|look|search|seek)\w* (?:\w+ ){0,3}causes?\b`)
	// scoped is how much or how surely something is said to be so.
	scoped = regexp.MustCompile(`(?i)\b(?:all|every(?:one|body|thing|where)?|entire(?:ly)?|complete(?:ly)?|full(?:y)?|total(?:ly)?|only|solely|always|never|no (?:data|customers?|users?|impact|loss|one)|nobody|nothing|none|worldwide|globally|global|permanent(?:ly)?|irrecoverabl[ey]|most|majority|many|few|several|numerous|likely|probabl[ey]|presumably|apparently|possibl[ey]|perhaps|maybe|suspected|seemingly|appears?|seems?|certain(?:ly)?|clearly|obviously|undoubtedly|successful(?:ly)?|prompt(?:ly)?|swift(?:ly)?|quick(?:ly)?|immediate(?:ly)?|instant(?:ly)?|thorough(?:ly)?|major|minor|severe(?:ly)?|significant(?:ly)?|critical(?:ly)?|massive(?:ly)?|brief(?:ly)?|again|repeatedly|unexpected(?:ly)?)\b`)
	// grave are words that nobody may find in a report who does not find them in
	// the record.
	grave   = regexp.MustCompile(`(?i)\b(?:breach\w*|leak\w*|unauthori[sz]ed|illegal\w*|unlawful\w*|violat\w+|attack\w*|hack\w*|malicious\w*|fraud\w*|compromis\w+|stolen|theft|exfiltrat\w+|exploit\w*|vulnerab\w+|corrupt\w*|los[ts]|loss|losing|negligen\w+|careless\w*|mistak\w+|human error|forgot\w*|fault|sorry|apologi\w+|regret\w*|refund\w*|compensat\w+|credit\w*|guarantee\w*|promis\w+|will|won't|won’t|shall|plan(?:s|ned|ning)? to|going to|security|secure\w*|safe\w*|succe(?:ed\w*|ss\w*)|passed|finished|completed|unsuccessful\w*|accident\w*|inadvertent\w*|deliberate\w*|intentional\w*|engineers?|operators?|developers?|employees?|colleagues?|contractors?|vendors?|administrators?|outage\w*|resolved|fixed|restored|recover\w+|root cause)\b`)
	negates = regexp.MustCompile(`(?i)\b(?:no|not|never|nobody|nothing|none|neither|nor|without|unable|fail(?:ed|s|ing)? to|cannot)\b|n't\b|n’t\b`)
	// declines is how a denial can be told without one of these words.
	declines = regexp.MustCompile(`(?i)\b(?:against|declin\w+|refus\w+|dismiss\w+|avoid\w*|withheld|withhold\w*|instead of|rather than)\b`)
	// hedged is how a doubt is said.
	hedged = regexp.MustCompile(`\b(?i:likel(?:y|ihood)|probabl\w+|possibl\w+|suspect\w*|suspicion|might|seem\w*|appear\w*|perhaps|maybe|assum\w+|hypothes\w+|guess\w*|presum\w+|unclear|unsure|not sure|theory)\b|\bmay (?:be|have|not)\b`)
	// deniesNext is what denies the words after it.
	deniesNext = regexp.MustCompile(`\b(?:no|not|never|nothing|none|nobody|without|neither|nor)\W+(?:\w+\W+){0,2}$|n['’]t\W+(?:\w+\W+)?$`)
	// factEnd is where a fact begins to tell of something else.
	factEnd = regexp.MustCompile(`[.;:!?] |, `)
	// reported is how a sentence says that somebody said so.
	reported = regexp.MustCompile(`(?i)\b(?:sa(?:id|ys|ying)|wrote|writ(?:es|ing|ten)|report(?:s|ed|ing)?|not(?:ed|es|ing)|told|tell(?:s|ing)?|ask(?:s|ed|ing)?|answer(?:s|ed|ing)?|repl(?:y|ies|ied)|mention(?:s|ed|ing)?|describ(?:es?|ed|ing)|according to|observ(?:ed|es|ing)|saw|suggest(?:s|ed|ing)?|propos(?:es?|ed|ing)|estimat(?:es?|ed|ing)|decid(?:es?|ed|ing)|decision|announc(?:es?|ed|ing)|confirm(?:s|ed|ing)|warn(?:s|ed|ing)|post(?:s|ed|ing)|believed?|thought|expect(?:s|ed|ing)|shar(?:es?|ed|ing)|quot(?:es?|ed|ing)|claim(?:s|ed|ing)?|heard|in the words of|by (?:his|her|their|its) account|declar(?:es?|ed|ing)|record(?:s|ed|ing)|set|ruled out|put up)\b`)
	// beliefWords are how a sentence says that something was believed.
	beliefWords = regexp.MustCompile(`(?i)\b(?:theor(?:y|ies)|believ\w+|thought|suspect\w+|suspicion|hypothes\w+|assum\w+|considered|supposed|idea|ruled out|dropped|confirmed|held|put up|expect\w*)\b`)
)

// scope holds that a sentence claims no more, and no more surely, than its
// facts, and denies nothing that they do not.
func (g *Checker) scope(_, bare string, on []ground) (string, string) {
	for _, claims := range []*regexp.Regexp{scoped, grave} {
		for _, w := range claims.FindAllString(bare, -1) {
			low := strings.ToLower(w)
			if !slices.ContainsFunc(on, func(f ground) bool { return hasWords(f.low, low) || f.stems[stem(low)] }) {
				return "scope", "“" + w + "” says more than what it refers to."
			}
			if claims == grave && !negates.MatchString(bare) && !slices.ContainsFunc(on, func(f ground) bool { return f.asserts(low) }) {
				return "negation", "What it refers to denies “" + w + "”."
			}
		}
	}
	if negates.MatchString(bare) && !slices.ContainsFunc(on, func(f ground) bool { return negates.MatchString(f.plain) }) {
		return "negation", "It denies something that what it refers to does not deny."
	}
	if strings.Contains(bare, "“”") {
		return "", ""
	}
	words := contentWords(bare)
	all := func(p *regexp.Regexp) bool {
		return !slices.ContainsFunc(on, func(f ground) bool { return !p.MatchString(f.clause(words)) })
	}
	switch {
	case !negates.MatchString(bare) && !declines.MatchString(bare) && all(negates):
		return "negation", "It does not deny what all that it refers to denies."
	case !hedged.MatchString(bare) && all(hedged):
		return "belief", "It tells as certain what was said with a doubt."
	}
	return "", ""
}

// asserts reports whether a fact has a word other than close behind one that
// denies it. One that it only has in another form is not looked at.
func (f ground) asserts(low string) bool {
	if !hasWords(f.low, low) {
		return true
	}
	for from := 0; ; {
		i := strings.Index(f.low[from:], low)
		if i < 0 {
			return false
		}
		if from += i; !deniesNext.MatchString(f.low[max(0, from-30):from]) {
			return true
		}
		from += len(low)
	}
}

// clause is the part of a fact that most of these words stand in.
func (f ground) clause(words []string) string {
	best, most := f.plain, 0
	for _, part := range factEnd.Split(f.plain, -1) {
		n := ground{stems: map[string]bool{}}
		for _, w := range contentWords(part) {
			n.stems[w] = true
		}
		if c := n.covers(words); c > most {
			best, most = part, c
		}
	}
	return best
}

// causes holds that a cause is claimed only where a fact gives it as one: a
// theory that was confirmed, or words that say so themselves. What a sentence
// says around the claim must then stand in such a fact.
func (g *Checker) causes(_, bare string, on []ground) (string, string) {
	bare = sought.ReplaceAllString(bare, "")
	at := causal.FindStringIndex(bare)
	if at == nil {
		return "", ""
	}
	claim := bare[at[0]:at[1]]
	var why []ground
	for _, f := range on {
		switch {
		case f.Belief == incident.TheoryAccepted:
			why = append(why, f)
		case f.Belief == "" && causal.MatchString(sought.ReplaceAllString(f.plain, "")):
			why = append(why, f)
		}
	}
	if len(why) == 0 {
		return "cause", "“" + claim + "” claims a cause, and no entry that it refers to gives one."
	}
	for _, side := range []string{bare[:at[0]], bare[at[1]:]} {
		words := contentWords(side)
		if len(words) == 0 {
			continue
		}
		if !slices.ContainsFunc(why, func(f ground) bool { return 4*f.covers(words) >= 3*len(words) }) {
			return "cause", "“" + claim + "” claims a cause, and no entry gives “" + strings.TrimSpace(strings.Trim(side, " ,.;:")) + "” as one."
		}
	}
	return "", ""
}

// covers counts the words that stand in a fact.
func (f ground) covers(words []string) int {
	n := 0
	for _, w := range words {
		if f.stems[w] {
			n++
		}
	}
	return n
}

// beliefs holds that a theory is told as one. One that was confirmed is a fact.
func (g *Checker) beliefs(_, bare string, on []ground) (string, string) {
	for _, f := range on {
		if f.Belief == "" || f.Belief == incident.TheoryAccepted {
			continue
		}
		if !beliefWords.MatchString(bare) {
			return "belief", "It tells as a fact what was a theory that " + map[bool]string{true: "was ruled out.", false: "nobody confirmed."}[f.Belief == incident.TheoryOut]
		}
		if strings.Contains(strings.ToLower(bare), "confirmed") && !strings.Contains(f.low, "confirmed and") {
			return "belief", "It says that a theory was confirmed, and it was not."
		}
		if f.Belief == incident.TheoryOut && !regexp.MustCompile(`(?i)\bruled out|dropped|held\b`).MatchString(bare) {
			return "belief", "It does not say that the theory was ruled out."
		}
	}
	return "", ""
}

// attributed holds that what somebody said is told as what they said: a sentence
// outside of quotation marks has no word that its facts have only within, unless
// it says that somebody said so. What we said to customers is our own.
func (g *Checker) attributed(_, bare string, on []ground) (string, string) {
	if g.a.Passage == Customer || reported.MatchString(bare) {
		return "", ""
	}
	for _, w := range contentWords(bare) {
		said := slices.ContainsFunc(on, func(f ground) bool { return f.stems[w] })
		if said && !slices.ContainsFunc(on, func(f ground) bool { return f.bare[w] || f.Belief == incident.TheoryAccepted && f.stems[w] }) {
			return "attribution", "It tells as a fact what somebody said, and does not say that they did."
		}
	}
	return "", ""
}

// carried holds that of the words of a sentence with which not every incident is
// told, at least three in four stand in its facts.
func (g *Checker) carried(_, bare string, on []ground) (string, string) {
	var strange []string
	all := 0
	for _, w := range tellingWords(bare) {
		if listed(neutralWords, w) {
			continue
		}
		all++
		if !slices.ContainsFunc(on, func(f ground) bool { return f.stems[stem(w)] }) {
			strange = append(strange, w)
		}
	}
	if 4*len(strange) > all {
		return "unsupported", "Too little of it stands in what it refers to: " + strconv.Itoa(len(strange)) + " of its " + strconv.Itoa(all) + " telling words do not."
	}
	return "", ""
}

// neutralWords are those with which any incident is told.
const neutralWords = `
 incident problem issue service team responder responders  customer customers user users people company page 
 status time minute hour day work working began begin started start ended end continued continue kept remained came come followed 
 happened took take taken made make went go got get given gave found find put brought set using use used including included around 
 shortly point stage state situation update updates message entry record recorded told tell said say wrote write reported report 
 noted note asked ask answer answered question replied declared posted announced heard room course event events account according 
 commander `

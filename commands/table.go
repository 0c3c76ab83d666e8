package commands

import "sitrep/incident"

// Table returns the table of verbs: the one definition that everything else
// about commands is generated from. The order is that of the help.
func Table() []Verb {
	atKey := Key{Name: "at", Hint: "11:09", Help: "when it happened: 11:09, 11:09 CST, yesterday 23:50, -20m, RFC 3339"}
	affects := Key{Name: "affects", Aliases: []string{"components", "component"}, Hint: `"Checkout=major_outage, API"`, Help: "components, with their state where it changes"}
	publicWords := Key{Name: "public", Hint: `"closing words"`, Help: "what customers are told, if they were told of the incident"}
	title := Key{Name: "title", Aliases: []string{"as"}, Hint: `"public title"`, Help: "the title that customers read"}
	impact := Key{Name: "impact", Hint: "minor", Help: "none, minor, major or critical, if it is not what the components say"}
	notify := Key{Name: "notify", Hint: "no", Help: "no: subscribers are not told"}
	return []Verb{
		{
			Name: "declare", Aliases: []string{"new", "create", "open", "start", "report", "trigger", "run", "report-incident"}, Alone: true, Needs: Declare, Seen: Room,
			Usage:   `[sev2] [affects:"Checkout=major_outage, API"] [private:yes] [drill:yes] [at:TIME] <title>`,
			Summary: "opens an incident, internal until something is published; a room follows", Example: "declare sev2 checkout is failing", Text: "title",
			Keys: []Key{
				{Name: "severity", Aliases: []string{"sev"}, Hint: "sev2", Help: "how bad it is; it can be set later"}, affects,
				{Name: "private", Hint: "yes", Help: "only the people in it may see it"}, {Name: "drill", Hint: "yes", Help: "an exercise: nothing of it is ever published"}, atKey,
			},
			Bare: []string{"severity"}, run: declare,
		},
		{
			Name: "state", Aliases: []string{"stage"}, Needs: Command, Seen: Thread, Usage: "<investigating|identified|monitoring|resolved> [text]",
			Summary: "sets the team's state; nothing public", Example: "state identified it is the connection pool", Text: "remark for the team",
			Keys: []Key{{Name: "status", Hint: "identified", Help: "the state"}, atKey}, Bare: []string{"status"}, run: state,
		},
		{
			Name: "update", Aliases: []string{"publish-update", "post", "statuspage", "tell"}, Needs: Publish, Seen: Customers, Public: true,
			Usage:   `[status] [title:"public title"] [affects:…] [next:30m] [notify:no] [at:TIME] <text for customers>|template:NAME`,
			Summary: "publishes an update; a status sets the team's state too", Example: "update identified We have found the cause and are fixing it.", Text: "text for customers",
			Subs: []Sub{{Name: "edit", Usage: "N <text>", Summary: "mends the text of update N, keeps its stamp, tells nobody unless asked"}, {Name: "undo", Usage: "[N]", Summary: "takes an update off the page again, while notifications are held"}},
			Keys: []Key{
				{Name: "status", Hint: "identified", Help: "investigating, identified, monitoring or resolved"}, title, affects,
				{Name: "next", Hint: "30m", Help: "when customers will hear the next word"}, notify, impact, atKey,
				{Name: "number", Hint: "2", Help: "the update to edit"},
				{Name: "template", Hint: "website-down", Help: "a template of the configuration, instead of a text"},
				{Name: "language", Hint: "fr", Help: "the language of the template, if it is not the page's"},
			},
			Bare: []string{"status", "number"}, run: update,
		},
		{
			Name: "resolve", Aliases: []string{"close", "end", "finish", "fixed"}, Needs: Command, Seen: Room, Public: true,
			Usage: "[affects:…] [notify:no] [at:TIME] [text]", Summary: "ends the incident; if customers know of it, the text is the last that they read",
			Example: "resolve This incident has been resolved.", Text: "closing words", Keys: []Key{affects, title, notify, impact, atKey}, run: resolve,
		},
		{
			Name: "reopen", Needs: Command, Seen: Room, Usage: "<why>", Summary: "makes it open again; the page stays as it is until the next update",
			Example: "reopen the errors are back", Text: "why", Keys: []Key{atKey}, run: reopen,
		},
		{
			Name: "cancel", Aliases: []string{"decline", "false-alarm"}, Needs: Command, Seen: Room, Public: true, Usage: `<why> [public:"closing words"]`,
			Summary: "ends what was no incident; the reason is never public", Example: "cancel it was a planned restart", Text: "why", Keys: []Key{publicWords}, run: cancel,
		},
		{
			Name: "merge", Needs: Command, Seen: Room, Public: true, Usage: `into INC-n [why] [public:"closing words"]`, Summary: "makes it part of another incident",
			Example: "merge into INC-3", Text: "why", Keys: []Key{{Name: "into", Hint: "INC-3", Help: "the incident that goes on"}, publicWords}, Bare: []string{"into"}, run: merge,
		},
		{Name: "unmerge", Needs: Command, Seen: Room, Summary: "makes a merged incident its own again", Example: "unmerge", run: unmerge},
		{
			Name: "note", Aliases: []string{"log", "event", "timeline-add", "add-timeline-event", "msg", "comment"}, Needs: Command, Seen: Thread, Usage: "[at:TIME] <text>",
			Summary: "keeps a remark in the timeline, internal", Example: "note at:11:04 deploy 4f2c went out", Text: "text", Keys: []Key{atKey}, run: note,
		},
		{
			Name: "milestone", Aliases: []string{"mitigate", "mitigated", "ack", "acknowledge"}, Needs: Command, Seen: Thread, Usage: "<name> [at:TIME or A..B] [evidence]",
			Summary: "records when a milestone was reached", Example: "milestone impact-started at:11:02..11:09 last good probe, then the crash log", Text: "evidence",
			Keys: []Key{{Name: "name", Hint: "mitigated", Help: "impact-started, detected, acknowledged, mitigated or impact-ended"}, atKey,
				{Name: "applies", Hint: "no", Help: "no: this milestone does not apply here"}},
			Bare: []string{"milestone"}, run: milestone,
		},
		{
			Name: "link", Needs: Command, Seen: Thread, Usage: "INC-n|URL [how]", Summary: "ties it to another incident or to something on the web",
			Example: "link INC-2 same cause", Text: "how", Keys: []Key{{Name: "target", Hint: "INC-2", Help: "an incident or an address"}}, Bare: []string{"target"}, run: link,
		},
		{
			Name: "severity", Aliases: []string{"sev", "escalate", "downgrade", "urgency"}, Needs: Command, Seen: Room, Usage: "<sev> [why]", Summary: "sets how bad it is, for the team",
			Example: "severity sev1 payments are down too", Text: "why", Keys: []Key{{Name: "severity", Hint: "sev1", Help: "the severity, or none"}}, Bare: []string{"severity"}, run: severity,
		},
		{
			Name: "affects", Aliases: []string{"impact", "components"}, Needs: Command, Seen: Thread, Public: true, Listed: true, Usage: "<component> <state>, … [publish:yes] [at:TIME]",
			Summary: "states what is affected, for the team; publish:yes changes the page too, without a text", Example: "affects checkout down, api degraded", Text: "components and states",
			Keys: []Key{{Name: "publish", Hint: "yes", Help: "yes: customers see the new states, after a preview"}, notify, atKey}, run: affect,
		},
		{Name: "rename", Aliases: []string{"title"}, Needs: Command, Seen: Thread, Usage: "<title>", Summary: "changes the internal title", Example: "rename checkout fails for EU cards", Text: "title", run: rename},
		{
			Name: "private", Needs: Command, Seen: Thread, Usage: "on|off", Summary: "hides it from everybody but the people in it, or shows it to the team again", Example: "private on",
			Subs: []Sub{{Name: "on", Aliases: []string{"yes"}}, {Name: "off", Aliases: []string{"no"}}}, Keys: []Key{{Name: "confirm", Hint: "yes", Help: "take what was published off the page"}}, run: private,
		},
		{
			Name: "role", Aliases: []string{"roles", "lead", "ic", "commander", "assign", "assign-role", "owner", "responders", "participants", "list-participants", "who"}, Needs: Command, Seen: Room, Usage: "<commander|communications|scribe|operations> [@who|none]",
			Summary: "gives a role to somebody, by default to you", Example: "role commander @ana",
			Keys: []Key{{Name: "role", Hint: "commander", Help: "the role"}, {Name: "who", Hint: "@ana", Help: "the person, @me, or none"}}, Bare: []string{"role", "person"}, run: role,
		},
		{
			Name: "handover", Aliases: []string{"handoff"}, Needs: Command, Seen: Room, Usage: "@who | accept", Summary: "offers your command to somebody; it moves when they accept", Example: "handover @ben",
			Subs: []Sub{{Name: "accept"}}, Keys: []Key{{Name: "role", Hint: "commander", Help: "the role; commander if not said"}, {Name: "who", Hint: "@ben", Help: "the person"}}, Bare: []string{"role", "person"}, run: handover,
		},
		{
			Name: "action", Aliases: []string{"actions", "task", "tasks", "followup", "followups", "todo", "add", "create-task", "add-task", "check", "checkadd", "my-tasks", "list-tasks", "list-my-tasks"}, Needs: Command, Seen: Thread, Usage: "[add|done|assign|list] …",
			Summary: "follow-ups for later", Example: "action add Alert on replication lag", Text: "what is to be done",
			Subs: []Sub{{Name: "add", Usage: "<text>", Summary: "adds one"}, {Name: "done", Aliases: []string{"check"}, Usage: "N", Summary: "ticks it off"}, {Name: "assign", Usage: "N @who", Summary: "gives it an owner"}, {Name: "list", Aliases: []string{"show"}, Summary: "shows them"}},
			Keys: []Key{{Name: "number", Hint: "1", Help: "the follow-up"}, {Name: "who", Aliases: []string{"owner"}, Hint: "@ana", Help: "its owner"}}, Bare: []string{"number", "person"}, run: action,
		},
		{
			Name: "theory", Aliases: []string{"theories", "hypothesis"}, Needs: Command, Seen: Thread, Usage: "[add|evidence|rule-out|confirm|list] …",
			Summary: "what we believe, and why", Example: "theory add The pool is exhausted by the new worker", Text: "text",
			Subs: []Sub{{Name: "add", Usage: "<text>", Summary: "states one"}, {Name: "evidence", Usage: "N <text>", Summary: "adds what speaks for or against it"}, {Name: "rule-out", Aliases: []string{"ruleout", "drop", "out"}, Usage: "N [why]", Summary: "drops it"}, {Name: "confirm", Usage: "N [why]", Summary: "holds it for true"}, {Name: "list", Aliases: []string{"show"}, Summary: "shows them"}},
			Keys: []Key{{Name: "number", Hint: "1", Help: "the theory"}}, Bare: []string{"number"}, run: theory,
		},
		{Name: "sitrep", Aliases: []string{"brief", "catchup", "summary", "catch-me-up", "report-tactical"}, Needs: Read, Seen: Author, Summary: "catches you up: conditions, what was tried, who does what, what customers know, what is due", Example: "sitrep", run: catchUp},
		{Name: "status", Aliases: []string{"info", "show", "this", "duration"}, Needs: Read, Seen: Author, Summary: "shows the card, and what could not be delivered", Example: "status", run: status},
		{
			Name: "timeline", Needs: Read, Seen: Author, Usage: "[show|correct N …|strike N|mark N|unmark N]", Summary: "shows the timeline, or corrects it; what stood there stays on record",
			Example: "timeline correct T4 at:11:04", Text: "text",
			Subs: []Sub{{Name: "show", Aliases: []string{"list"}}, {Name: "correct", Aliases: []string{"edit"}, Usage: "N [at:TIME] [text]", Summary: "corrects an entry"}, {Name: "strike", Aliases: []string{"remove", "delete"}, Usage: "N [why]", Summary: "takes an entry out of the story"}, {Name: "mark", Aliases: []string{"add"}, Usage: "N", Summary: "lifts an entry into the story"}, {Name: "unmark", Usage: "N", Summary: "lets it go again"}},
			Keys: []Key{{Name: "number", Hint: "T4", Help: "the entry"}, atKey}, Bare: []string{"number"}, run: timeline,
		},
		{Name: "asof", Needs: Read, Seen: Author, Usage: "TIME", Summary: "shows what was known at a moment", Example: "asof 12:05", Text: "time", Keys: []Key{atKey}, run: asOf},
		{Name: "list", Aliases: []string{"ls", "incidents", "list-incidents"}, Alone: true, Needs: Read, Seen: Author, Summary: "lists the open incidents and the last ones", Example: "list", run: listIncidents},
		{Name: "search", Aliases: []string{"find"}, Alone: true, Needs: Read, Seen: Author, Usage: "<words>", Summary: "finds incidents by what was recorded of them", Example: "search replication lag", Text: "words", run: search},
		{Name: "figures", Aliases: []string{"metrics", "stats", "statistics"}, Alone: true, Needs: Read, Seen: Author, Usage: "[2026-09|2026-Q3]", Summary: "tells what the incidents of a month or a quarter came to", Example: "figures 2026-Q3", Text: "month or quarter", run: figures},
		{
			Name: "postmortem", Aliases: []string{"pm", "retro", "retrospective", "review"}, Needs: Command, Seen: Author, Public: true,
			Usage:   "[draft|show|edit internal|edit customer|check|why T12|owner|due|review|reviewed|return|publish|unpublish|close|reopen]",
			Summary: "the draft and its life; publish puts the customer version on the page", Example: "postmortem draft", Text: "text",
			Subs: postmortemSubs(),
			Keys: []Key{{Name: "version", Hint: "customer", Help: "internal or customer"}, {Name: "model", Hint: "yes", Help: "for draft: yes has a language model put it into prose, show says what would be sent to it"}, {Name: "who", Hint: "@ana", Help: "whom owner and review are about"}, {Name: "over", Hint: "118", Help: "for edit: the record that the text was begun from, so that nobody's words are lost"}, notify},
			Bare: []string{"version", "person"}, run: postmortem,
		},
		{
			Name: "maintenance", Aliases: []string{"mnt", "maint"}, Alone: true, Needs: Read, Seen: Customers, Public: true, Usage: "[schedule|update|move|start|verify|complete|cancel|list] …",
			Summary: "planned work; what it says is for customers", Example: `maintenance schedule from:"2026-12-01 22:00" for:90m title:"Database upgrade" affects:API We upgrade our database.`, Text: "text for customers",
			Subs: []Sub{{Name: "schedule", Aliases: []string{"add", "plan"}, Usage: `from:"YYYY-MM-DD HH:MM" for:90m title:"…" [repeat:weekly] [affects:…] <text>`, Summary: "announces it"}, {Name: "update", Aliases: []string{"say", "note"}, Usage: "MNT-n <text>", Summary: "says something in between"}, {Name: "move", Aliases: []string{"reschedule", "extend"}, Usage: "MNT-n from:… for:… [auto:no] [text]", Summary: "gives it another window, or takes it out of the clock's hands"}, {Name: "start", Usage: "MNT-n [text]", Summary: "it begins"}, {Name: "verify", Usage: "MNT-n [text]", Summary: "it is being checked"}, {Name: "complete", Aliases: []string{"end", "done"}, Usage: "MNT-n [text]", Summary: "it is over"}, {Name: "cancel", Usage: "MNT-n [series:yes] <text>", Summary: "it will not happen"}, {Name: "list", Aliases: []string{"show"}, Summary: "shows what is planned"}},
			Keys: []Key{{Name: "number", Hint: "MNT-1", Help: "which one"}, title, {Name: "from", Hint: `"2026-12-01 22:00"`, Help: "when it begins"}, {Name: "until", Aliases: []string{"to"}, Hint: `"2026-12-01 23:30"`, Help: "when it ends"}, {Name: "for", Hint: "90m", Help: "how long it takes, instead of until"},
				{Name: "repeat", Aliases: []string{"every", "rrule"}, Hint: "weekly", Help: "daily, weekly, monthly, or a rule as in calendars: FREQ=WEEKLY;BYDAY=TU"}, {Name: "remind", Hint: "60m", Help: "how long before people are reminded, or no"},
				{Name: "auto", Hint: "no", Help: "no: it begins and ends when somebody says so, not by the clock"}, {Name: "series", Hint: "yes", Help: "yes: all that follow are canceled too"}, affects, notify},
			Bare: []string{"maintenance"}, run: maintenance,
		},
		{Name: "adopt", Aliases: []string{"import"}, Alone: true, Needs: Command, Seen: Room, Usage: "INC-n", Summary: "makes this channel the room of an incident, with its history", Example: "adopt INC-3", Keys: []Key{{Name: "target", Hint: "INC-3", Help: "the incident"}}, Bare: []string{"target"}, run: adopt},
		{Name: "help", Aliases: []string{"?", "commands"}, Alone: true, Needs: Read, Seen: Author, Usage: "[verb]", Summary: "explains the commands, or one of them", Example: "help update", Text: "verb", run: help},
		// What buttons say.
		{Name: "publish", Hidden: true, Planned: true, Needs: Publish, Seen: Customers, Usage: "N [notify:no]", Summary: "publishes preview N", Keys: []Key{{Name: "number"}, notify}, Bare: []string{"number"}, Text: "", run: publish},
		{Name: "discard", Hidden: true, Planned: true, Needs: Command, Seen: Author, Usage: "N", Summary: "discards preview N", Keys: []Key{{Name: "number"}}, Bare: []string{"number"}, run: discard},
		{Name: "revise", Hidden: true, Planned: true, Needs: Command, Seen: Author, Usage: "N", Summary: "opens preview N for editing", Keys: []Key{{Name: "number"}}, Bare: []string{"number"}, run: revise},
		{Name: "look", Hidden: true, Planned: true, Needs: Command, Seen: Author, Usage: "N", Summary: "shows preview N again", Keys: []Key{{Name: "number"}}, Bare: []string{"number"}, run: look},
		{Name: "form", Hidden: true, Alone: true, Needs: Read, Seen: Author, Usage: "<verb>", Summary: "opens the form of a verb", Text: "verb", run: openForm},
	}
}

// bareWord recognises words that are unmistakable without their key.
func (r *Runner) bareWord(a *args, word string) (key, value string, ok bool) {
	v, vals := a.verb, a.vals
	free := func(k string) bool { _, taken := vals[k]; return !taken }
	if v.bare("severity") && free("severity") {
		if s, ok := r.severity(word); ok {
			return "severity", s, true
		}
	}
	if v.bare("status") && free("status") {
		if s, ok := bareStatus(word); ok {
			return "status", s, true
		}
	}
	if v.bare("role") && free("role") {
		if name, ok := r.role(word); ok {
			return "role", name, true
		}
	}
	if v.bare("person") && free("who") && a.names() && (len(word) > 1 && word[0] == '@' || word == "none" || word == "me") {
		return "who", word, true
	}
	if v.bare("milestone") && free("name") {
		if n, ok := incident.ParseMilestone(word); ok {
			return "name", string(n), true
		}
	}
	if v.bare("number") && free("number") && isNumber(word) && (len(v.Subs) == 0 || a.sub != "") {
		return "number", word, true
	}
	if v.bare("version") && free("version") && (a.sub == "" || a.sub == "edit" || a.sub == "show") && (word == "internal" || word == "customer") {
		return "version", word, true
	}
	if v.bare("target") && free("target") {
		if isTarget(word) {
			return "target", word, true
		}
	}
	if v.bare("into") && free("into") {
		if word == "into" {
			return "", word, true
		}
		if n, ok := incident.ParseRef(word); ok {
			return "into", incident.Ref(n), true
		}
	}
	if v.bare("maintenance") && free("number") {
		if n, ok := incident.ParseMaintenanceRef(word); ok {
			return "number", incident.MaintenanceRef(n), true
		}
	}
	return "", "", false
}

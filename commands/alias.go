package commands

import (
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// aliased fills in what another tool's word says more than ours: "lead @ana"
// is "role commander @ana", "mitigate" is "milestone mitigated", "check 2" is
// "action done 2". rest is what follows the word.
func aliased(v *Verb, word, rest string) (more string, implied map[string]string) {
	next, after := cutVerb(rest)
	if word == "add" && strings.EqualFold(next, "task") {
		rest = after
		next, _ = cutVerb(rest)
	}
	sub := ""
	switch word {
	case "lead", "ic", "commander", "owner":
		implied = map[string]string{"role": "commander"}
	case "mitigate", "mitigated":
		implied = map[string]string{"name": string(incident.Mitigated)}
	case "ack", "acknowledge":
		implied = map[string]string{"name": string(incident.Acknowledged)}
	case "pm", "retro":
		sub = "show"
	case "task", "followup", "todo", "create-task", "add-task", "checkadd", "add":
		if rest != "" {
			sub = "add"
		}
	case "my-tasks", "list-tasks", "list-my-tasks":
		sub = "list"
	case "check":
		sub = "done"
	case "sev":
		if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return "sev" + rest, nil // "sev 1"
		}
	}
	if _, said := v.sub(next); sub != "" && !said {
		rest = strings.TrimSpace(sub + " " + rest)
	}
	return rest, implied
}

// elsewhere are words of other tools that have no counterpart here, or whose
// nearest word here does something that their author may not mean.
func elsewhere(word string) (answer string, buttons []bot.Button) {
	switch word {
	case "oncall", "page", "engage-oncall", "engage-user", "sos", "sre":
		return "sitrep pages nobody; your paging tool does. To say who leads: role commander @who.", nil
	case "public", "notify", "notifications-group":
		return "To tell customers: update <text>. To show a private incident to the team again: private off.", []bot.Button{{Label: "Tell customers", Command: "form update"}}
	case "edit", "update-incident", "set":
		return "Say what changes: rename <title>, severity <sev>, affects <component> <state>, timeline correct N, or update edit N <text>.", nil
	case "report-executive", "digest", "stalk", "unstalk":
		return "To catch up: sitrep. What customers were told is on the status page.", []bot.Button{{Label: "Catch me up", Command: "sitrep"}}
	}
	return "", nil
}

// unknown answers a word that is no verb.
func (r *Runner) unknown(word, near string) bot.Message {
	p := bot.Problem{Code: "unknown-verb", Text: fmt.Sprintf("There is no command %q. See all of them with: help.", clip(word, 40))}
	if answer, buttons := elsewhere(strings.ToLower(word)); answer != "" {
		p.Text, p.Buttons = fmt.Sprintf("There is no command %q here. %s", word, answer), buttons
	} else if near != "" {
		p.Text = fmt.Sprintf("There is no command %q. Did you mean %q? See all of them with: help.", clip(word, 40), near)
		p.Buttons = []bot.Button{{Label: near, Command: near, Style: bot.Primary}}
	}
	p.Buttons = append(p.Buttons, bot.Button{Label: "Help", Command: "help"})
	return p
}

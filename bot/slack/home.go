package slack

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// A Home is what App Home shows to one person: only what that person may see.
type Home struct {
	Open        []HomeIncident // newest first
	Actions     []HomeAction   // this person's, of all incidents
	Previews    []HomePreview  // words that wait to be confirmed
	Undelivered []string       // what could not be delivered, a sentence each
	Quiet       bool           // this person may not declare incidents
}

// A HomeIncident is an open incident in a line or two.
type HomeIncident struct {
	ID, Title, Severity, State, Leader string
	Since                              time.Time
	Channel                            string // id of its channel; "" if it has none
	Public                             bool
	NextWord                           time.Time // when customers were promised the next word; zero if never
	Overdue                            bool
	Private                            bool
	Drill                              bool
}

// A HomeAction is a follow-up that is not done.
type HomeAction struct {
	Incident string
	Number   int
	Text     string
}

// A HomePreview is words for customers that nobody has confirmed.
type HomePreview struct {
	Incident string
	Number   int
	By       string
	At       time.Time
	Text     string
}

// How much of each App Home shows, so that the whole is within Slack's hundred
// blocks: each incident takes one block, and so on.
const (
	homeIncidents = 20
	homeActions   = 20
	homePreviews  = 15
	homeFailures  = 10
	homeTitle     = 300  // how wide a title is
	homeText      = 600  // how wide other texts are
	homeCommands  = 3000 // the first of the numbers of its buttons
)

// Home returns App Home. It is published whole each time.
func (r *Renderer) Home(h Home) api.HomeTabViewRequest {
	s := newSheet(maxViewBlocks, maxView, nil)
	n := homeCommands
	row := func(b bot.Button, in string, ps ...piece) {
		t, rest := compose(ps, longest)
		if len(rest) > 0 {
			t = strings.TrimRight(t, "\n ") + ellipsis
		}
		if strings.TrimSpace(t) == "" {
			return
		}
		x := section(t)
		if n++; b.Command != "" {
			if e := button(b, in, n); e != nil {
				x.Accessory = api.NewAccessory(e)
			}
		}
		s.add(x)
	}
	if !h.Quiet {
		s.blocks = append(s.blocks, foot([]bot.Button{{Label: "Declare an incident", Command: "form declare", Style: bot.Primary}, {Label: "Help", Command: "help"}}, "", nil, "", "")...)
		s.slots -= len(s.blocks)
	}
	more := func(left int, command string) {
		if left > 0 {
			s.small(plain("And %d more: ", left), code(r.command()+" "+command), plain("."))
		}
	}

	s.head("Open incidents")
	for i, x := range h.Open {
		if i == homeIncidents {
			break
		}
		row(bot.Button{Label: "Catch me up", Command: "sitrep " + x.ID}, x.ID, r.homeIncident(x)...)
	}
	more(len(h.Open)-homeIncidents, "list")
	if len(h.Open) == 0 {
		s.text(plain("No incident is open."))
	}

	if len(h.Previews) > 0 {
		s.head("Waiting to be published")
	}
	for i, p := range h.Previews {
		if i == homePreviews {
			break
		}
		ps := []piece{plain("⏳ "), bold(p.Incident), plain(", preview %d, by ", p.Number), bold(p.By), plain(", "), at(p.At, r.zone(nil)), plain("\n")}
		row(bot.Button{Label: "Look at it", Command: "look " + p.Incident + " " + strconv.Itoa(p.Number)}, p.Incident, append(ps, words(clip(p.Text, homeText))...)...)
	}
	more(len(h.Previews)-homePreviews, "list")

	if len(h.Actions) > 0 {
		s.head("Your follow-ups")
	}
	for i, a := range h.Actions {
		if i == homeActions {
			break
		}
		ps := []piece{bold(fmt.Sprintf("%s follow-up %d", a.Incident, a.Number)), plain("\n")}
		row(bot.Button{Label: "Done", Command: "action done " + strconv.Itoa(a.Number)}, a.Incident, append(ps, words(clip(a.Text, homeText))...)...)
	}
	more(len(h.Actions)-homeActions, "action list")

	if len(h.Undelivered) > 0 {
		s.head("Not delivered")
	}
	for i, u := range h.Undelivered {
		if i == homeFailures {
			break
		}
		row(bot.Button{}, "", append([]piece{plain("⚠️ ")}, words(clip(u, homeText))...)...)
	}
	more(len(h.Undelivered)-homeFailures, "status")
	return api.HomeTabViewRequest{Type: api.VTHomeTab, Blocks: api.Blocks{BlockSet: s.blocks}}
}

// homeIncident is an incident in a line or two.
func (r *Renderer) homeIncident(x HomeIncident) []piece {
	ps := []piece{bold(x.ID + " " + clip(x.Title, homeTitle)), plain("\n%s", icon(x.State)), bold(x.State)}
	if x.Severity != "" {
		ps = append(ps, plain(", %s", clip(x.Severity, homeTitle)))
	}
	ps = append(ps, plain(", since "), at(x.Since, r.zone(nil)))
	if x.Leader == "" {
		ps = append(ps, plain(". Nobody leads."))
	} else {
		ps = append(ps, plain(". %s leads.", clip(x.Leader, homeTitle)))
	}
	switch {
	case x.Drill:
		ps = append(ps, plain(" 🧪 A drill."))
	case x.Private:
		ps = append(ps, plain(" 🔒 Private."))
	case !x.Public:
		ps = append(ps, plain(" Customers have been told nothing."))
	case x.Overdue:
		ps = append(ps, plain(" ⏰ "), bold("The next word to customers is overdue."))
	case !x.NextWord.IsZero():
		ps = append(ps, plain(" The next word to customers is due "), at(x.NextWord, r.zone(nil)), plain("."))
	}
	if isID(x.Channel) {
		ps = append(ps, plain(" "), piece{markup: "<#" + x.Channel + ">"})
	}
	return ps
}

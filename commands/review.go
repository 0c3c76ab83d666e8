package commands

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// postmortemSubs are the second words of the postmortem verb, in the order of
// its life.
func postmortemSubs() []Sub {
	return []Sub{
		{Name: "draft", Aliases: []string{"generate"}, Usage: "[model:yes|show]", Summary: "drafts it from the record; model:yes has a language model put it into prose"},
		{Name: "show", Aliases: []string{"list"}, Summary: "says where it stands"},
		{Name: "edit", Usage: "internal|customer <text>", Summary: "replaces one version whole"},
		{Name: "check", Summary: "looks for contradictions with the record"},
		{Name: "why", Usage: "T12", Summary: "says why an entry is in the draft, or is not"},
		{Name: "owner", Aliases: []string{"own"}, Usage: "[@who|none]", Summary: "says who sees to it, by default you"},
		{Name: "due", Aliases: []string{"deadline"}, Usage: "5d|2026-12-01|none", Summary: "says by when it is to be reviewed; its room is reminded"},
		{Name: "review", Usage: "[@who] [text]", Summary: "asks somebody, or anybody, to review it"},
		{Name: "reviewed", Aliases: []string{"approve", "approved", "lgtm"}, Usage: "[remark]", Summary: "says that you have reviewed it"},
		{Name: "return", Aliases: []string{"send-back", "rework", "reject"}, Usage: "<what>", Summary: "makes it a draft again, with what is to be changed"},
		{Name: "publish", Aliases: []string{"correct"}, Summary: "puts the customer version on the page, or corrects the one there"},
		{Name: "unpublish", Aliases: []string{"withdraw"}, Summary: "takes it off the page"},
		{Name: "close", Aliases: []string{"done", "finish"}, Usage: "[why]", Summary: "ends its life; without a review it needs a reason"},
		{Name: "reopen", Aliases: []string{"open"}, Usage: "<why>", Summary: "lets it be changed again"},
	}
}

// names reports whether a bare @name is about whom the command is, and not a
// word of its text.
func (a *args) names() bool {
	return a.verb.Name != "postmortem" || a.sub == "owner" || a.sub == "review"
}

// live runs the parts of the postmortem verb that are about its life; ok is
// false for the others.
func (r *Runner) live(ctx context.Context, c *call) (msg bot.Message, ok bool, err error) {
	switch c.sub {
	case "owner":
		msg, err = r.ownPostmortem(ctx, c)
	case "due":
		msg, err = r.duePostmortem(ctx, c)
	case "review":
		msg, err = r.askReview(ctx, c)
	case "reviewed":
		msg, err = r.live1(ctx, c, func(in *incident.Incident) ([]incident.Event, error) { return in.ReviewPostmortem(c.text) }, func(d done) bot.Receipt {
			rc := d.receipt(fmt.Sprintf("The postmortem of %s is reviewed.", d.in.ID))
			if same(d.in.Report.Owner, c.req.By) {
				rc.Notes = append(rc.Notes, "You own it, so nobody else has looked at it yet.")
			}
			return r.nextOf(rc, d.in)
		})
	case "return":
		msg, err = r.live1(ctx, c, func(in *incident.Incident) ([]incident.Event, error) { return in.ReturnPostmortem(c.text) }, func(d done) bot.Receipt {
			return d.receipt(fmt.Sprintf("The postmortem of %s is a draft again.", d.in.ID))
		})
	case "close":
		msg, err = r.live1(ctx, c, func(in *incident.Incident) ([]incident.Event, error) { return in.ClosePostmortem(c.text) }, func(d done) bot.Receipt {
			rc := d.receipt(fmt.Sprintf("The postmortem of %s is closed: nothing of it changes any more.", d.in.ID))
			if n := openActions(d.in); n > 0 {
				rc.Notes = append(rc.Notes, fmt.Sprintf("%s still open. See them with: action list.", followUps(n)))
			}
			return rc
		})
	case "reopen":
		msg, err = r.live1(ctx, c, func(in *incident.Incident) ([]incident.Event, error) { return in.ReopenPostmortem(c.text) }, func(d done) bot.Receipt {
			return d.receipt(fmt.Sprintf("The postmortem of %s is open again.", d.in.ID))
		})
	default:
		return nil, false, nil
	}
	return msg, true, err
}

func followUps(n int) string {
	if n == 1 {
		return "1 follow-up is"
	}
	return fmt.Sprintf("%d follow-ups are", n)
}

func openActions(in *incident.Incident) int {
	n := 0
	for _, a := range in.Actions {
		if a.Done.IsZero() {
			n++
		}
	}
	return n
}

// live1 records what is decided, and answers with the receipt of it.
func (r *Runner) live1(ctx context.Context, c *call, decide func(*incident.Incident) ([]incident.Event, error), answer func(done) bot.Receipt) (bot.Message, error) {
	d, err := r.record(ctx, c, incident.Meta{}, decide)
	if err != nil {
		return nil, err
	}
	return answer(d), nil
}

func (r *Runner) ownPostmortem(ctx context.Context, c *call) (bot.Message, error) {
	word := orElse(orElse(c.vals["who"], c.text), "@me")
	var who incident.Person
	if word != "none" {
		who = r.person(c, word)
	}
	return r.live1(ctx, c, func(in *incident.Incident) ([]incident.Event, error) { return in.OwnPostmortem(who) }, func(d done) bot.Receipt {
		if who.IsZero() {
			return d.receipt(fmt.Sprintf("Nobody owns the postmortem of %s any more.", d.in.ID))
		}
		rc := d.receipt(fmt.Sprintf("%s owns the postmortem of %s.", who, d.in.ID))
		if due := d.in.Report.Due; !due.IsZero() {
			rc.Notes = append(rc.Notes, "It is due "+instant.Stamp(due, c.zone)+".")
		}
		return rc
	})
}

func (r *Runner) duePostmortem(ctx context.Context, c *call) (bot.Message, error) {
	text := strings.TrimSpace(c.text)
	if text == "" {
		return nil, incident.Problemf("due-missing", "Say when: postmortem due 5d, postmortem due 2026-12-01, or postmortem due none.")
	}
	var at time.Time
	if text != "none" {
		var err error
		if at, err = c.dueAt(text); err != nil {
			return nil, err
		}
	}
	decide := func(in *incident.Incident) ([]incident.Event, error) { return in.SetPostmortemDue(at, c.present()) }
	return r.live1(ctx, c, decide, func(d done) bot.Receipt {
		if at.IsZero() {
			return d.receipt(fmt.Sprintf("The postmortem of %s has no date any more, and nobody is reminded of it.", d.in.ID))
		}
		rc := d.receipt(fmt.Sprintf("The postmortem of %s is due %s.", d.in.ID, instant.Stamp(at, c.zone)))
		rc.Notes = append(rc.Notes, "Its room is reminded the day before, and when it is due.")
		return rc
	})
}

var (
	days     = regexp.MustCompile(`^(?:in )?(\d{1,3}) ?(d|days?|w|weeks?)$`)
	dateOnly = regexp.MustCompile(`^(?:\d{4}-\d{2}-\d{2}|tomorrow)$`)
)

// dueAt reads a moment to come: "5d", "2w", "36h", "2026-12-01" (which is 17:00
// on that day, when a working day ends), "tomorrow 12:00".
func (c *call) dueAt(text string) (time.Time, error) {
	if m := days.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if m[2][0] == 'w' {
			n *= 7
		}
		return c.present().AddDate(0, 0, n), err
	}
	if d, err := duration(text); err == nil {
		return c.present().Add(d), nil
	}
	if dateOnly.MatchString(text) {
		text += " 17:00"
	}
	if rest, ok := strings.CutPrefix(text, "tomorrow "); ok {
		zone := c.zone
		if c.req.Zone != nil {
			zone = c.req.Zone
		}
		text = c.present().In(zone).AddDate(0, 0, 1).Format("2006-01-02 ") + rest
	}
	rd, err := instant.Parse(text, instant.Context{Now: c.present(), Author: c.req.Zone, Page: c.zone, Planned: true})
	var e *instant.Error
	if errors.As(err, &e) {
		return time.Time{}, incident.Problemf("bad-due", "%s", e.Text)
	}
	if err == nil && rd.IsInterval() {
		return time.Time{}, incident.Problemf("bad-due", "Give one moment, not an interval: postmortem due 5d.")
	}
	return rd.From, err
}

func (r *Runner) askReview(ctx context.Context, c *call) (bot.Message, error) {
	var of incident.Person
	if w := c.vals["who"]; w != "" && w != "none" {
		of = r.person(c, w)
	}
	return r.live1(ctx, c, func(in *incident.Incident) ([]incident.Event, error) { return in.AskReview(of, c.text) }, func(d done) bot.Receipt {
		who := "Whoever has read it"
		if !of.IsZero() {
			who = of.String()
		}
		rc := d.receipt(fmt.Sprintf("The postmortem of %s is in review. %s says so with: postmortem reviewed.", d.in.ID, who))
		if d.in.Report.Owner.IsZero() {
			rc.Notes = append(rc.Notes, "Nobody owns it: nobody will see to what the review finds.")
			rc.Buttons = append(rc.Buttons, bot.Button{Label: "I own it", Command: "postmortem " + d.in.ID + " owner @me"})
		}
		return rc
	})
}

// nextOf adds what can be done next to a receipt.
func (r *Runner) nextOf(rc bot.Receipt, in *incident.Incident) bot.Receipt {
	rc.Buttons = append(rc.Buttons, reportButtons(in)...)
	return rc
}

// reportButtons are what can be done next with a postmortem.
func reportButtons(in *incident.Incident) []bot.Button {
	do := func(label, command string) bot.Button {
		return bot.Button{Label: label, Command: "postmortem " + in.ID + " " + command}
	}
	form := func(label, sub string) bot.Button {
		return bot.Button{Label: label, Command: "form " + in.ID + " postmortem " + sub}
	}
	rep := in.Report
	var out []bot.Button
	switch rep.Stage() {
	case incident.StageNone:
		return []bot.Button{do("Draft", "draft")}
	case incident.StageClosed:
		return nil
	case incident.StageDraft:
		out = append(out, do("Draft", "draft"), form("Ask for a review", "review"))
	case incident.StageInReview:
		out = append(out, form("Review", "reviewed"))
	case incident.StagePublished:
		if !rep.IsReviewed() && !rep.InReview() {
			out = append(out, form("Ask for a review", "review"))
		}
	}
	if rep.Owner.IsZero() {
		out = append(out, do("I own it", "owner @me"))
	}
	switch text := rep.Text("customer"); {
	case text == "" || !in.IsPublic() || in.PublishedStatus() != incident.Resolved:
	case rep.Published == nil:
		out = append(out, do("Publish", "publish"))
	case rep.Published.Body != text:
		out = append(out, do("Publish the correction", "publish"))
	}
	if rep.IsReviewed() && !rep.ChangedSince() && !in.Open() {
		out = append(out, do("Close", "close"))
	}
	return out
}

// reviewForm makes the forms of a review: asking for one, and giving one. false
// says that the form is of something else.
func (r *Runner) reviewForm(c *call, f *bot.Form, field func(bot.Field)) bool {
	switch c.sub {
	case "review":
		f.Title, f.Submit = "Ask for a review of "+c.in.ID, "Ask"
		f.Fields = append(f.Fields, bot.Field{Name: "sub", Value: c.sub, Hidden: true})
		field(bot.Field{Name: "who", Label: "Who", Hint: "@ana; anybody, if it is left empty", Person: true})
		field(bot.Field{Name: "text", Label: "What to look at"})
	case "reviewed", "return":
		f.Title, f.Submit = "Review the postmortem of "+c.in.ID, "Send"
		field(bot.Field{Name: "sub", Label: "Your word", Value: c.sub, Options: []bot.Option{{Value: "reviewed", Label: "It is reviewed"}, {Value: "return", Label: "It is to be changed"}}})
		field(bot.Field{Name: "text", Label: "What is to be changed, or a remark", Long: true})
		if n := openActions(c.in); n > 0 {
			f.Notes = append(f.Notes, followUps(n)+" still open.")
		}
	default:
		return false
	}
	return true
}

// reportLines say where a postmortem stands.
func (c *call) reportLines(in *incident.Incident) []string {
	rep := in.Report
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	rv := rep.Review
	switch {
	case rep.Closed != nil && rep.Closed.Why != "":
		say("Closed by %s, %s: %s", rep.Closed.Meta.By, instant.Stamp(rep.Closed.Meta.When, c.zone), rep.Closed.Why)
	case rep.Closed != nil:
		say("Closed by %s, %s.", rep.Closed.Meta.By, instant.Stamp(rep.Closed.Meta.When, c.zone))
	case rep.Draft == nil && rep.Stage() == incident.StageNone:
		say("There is no draft yet. Make one with: postmortem draft.")
	default:
		say("It is %s.", stageWords(rep))
	}
	if rep.IsReviewed() {
		line := fmt.Sprintf("Reviewed by %s, %s.", rv.Done.By, instant.Stamp(rv.Done.When, c.zone))
		if rv.Remark != "" {
			line = strings.TrimSuffix(line, ".") + ": " + rv.Remark
		}
		if rep.ChangedSince() {
			line += " It was changed since."
		}
		out = append(out, line)
	} else if rep.InReview() {
		who := "anybody"
		if !rv.Of.IsZero() {
			who = rv.Of.String()
		}
		say("%s asked %s to review it, %s.", rv.Asked.By, who, instant.Stamp(rv.Asked.When, c.zone))
	}
	if rep.Stage() != incident.StageNone && rep.Owner.IsZero() && rep.Closed == nil {
		say("Nobody owns it.")
	} else if !rep.Owner.IsZero() {
		say("%s owns it.", rep.Owner)
	}
	if line := c.dueLine(in); line != "" {
		out = append(out, line)
	}
	return out
}

// dueLine says by when it is to be reviewed, and whether that has passed; "" if
// nothing says so, or it was done.
func (c *call) dueLine(in *incident.Incident) string {
	rep := in.Report
	if rep.Due.IsZero() || rep.Over() {
		return ""
	}
	why := ""
	if rep.DueRule != "" {
		why = ", as " + rep.DueRule + " asks"
	}
	if c.present().After(rep.Due) {
		return fmt.Sprintf("It was due %s%s, and is overdue.", instant.Stamp(rep.Due, c.zone), why)
	}
	return fmt.Sprintf("It is due %s%s.", instant.Stamp(rep.Due, c.zone), why)
}

// stageWords says how far it has come: "a draft", "published, and in review".
func stageWords(rep incident.Report) string {
	switch rep.Stage() {
	case incident.StageDraft:
		return "a draft"
	case incident.StagePublished:
		switch {
		case rep.InReview():
			return "published, and in review"
		case !rep.IsReviewed():
			return "published; nobody has reviewed it"
		}
		return "published"
	}
	return string(rep.Stage())
}

package app

import (
	"context"
	"fmt"
	"time"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/postmortem"
	"sitrep/store"
)

// drafter drafts a postmortem when an incident is resolved, or when somebody
// asks for it. It writes a draft, never what a person wrote.
type drafter struct{ app *App }

func (d *drafter) Name() string { return "drafter" }

func (d *drafter) Wants(kind string) bool {
	return kind == incident.StateChanged{}.Kind() || kind == incident.PostmortemAsked{}.Kind()
}

func (d *drafter) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	_, ev, err := commands.Decode(r)
	if err != nil {
		return state, follow.Permanent(err)
	}
	if s, ok := ev.(incident.StateChanged); ok && s.Status != incident.Resolved {
		return state, nil
	}
	if err := d.app.Board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	in := d.app.Board.Get(r.Stream)
	if in == nil {
		return state, nil
	}
	if _, resolved := ev.(incident.StateChanged); resolved && !d.app.wantsPostmortem(in) {
		return state, nil
	}
	drafted, err := d.app.Draft(ctx, in)
	if err != nil {
		return state, err
	}
	data, err := incident.Encode(incident.Meta{}, drafted)
	if err != nil {
		return state, err
	}
	key := fmt.Sprintf("%s/%d/%s", d.Name(), r.Seq, drafted.Kind())
	_, err = d.app.Log.Append(ctx, r.Stream, key, store.Record{Kind: drafted.Kind(), Data: data})
	if asked, ok := ev.(incident.PostmortemAsked); ok && asked.Model && err == nil && d.app.prose != nil {
		d.app.prose.ask(r.Stream, r.Seq)
	}
	return state, err
}

// wantsPostmortem reports whether resolving an incident makes a draft: not for
// a severity that is configured to need none.
func (a *App) wantsPostmortem(in *incident.Incident) bool {
	for _, s := range a.cfg.Severities {
		if s.Name == in.Severity {
			return s.Postmortem != "none"
		}
	}
	return true
}

// Draft drafts the postmortem of an incident from the record as it is now.
func (a *App) Draft(ctx context.Context, in *incident.Incident) (incident.PostmortemDrafted, error) {
	head, err := a.Log.Head(ctx, in.ID) // first, so that it claims no record that it has not read
	if err != nil {
		return incident.PostmortemDrafted{}, err
	}
	brief, err := a.brief(ctx, in)
	if err != nil {
		return incident.PostmortemDrafted{}, err
	}
	draft, err := postmortem.Template{}.Draft(ctx, brief)
	if err != nil {
		return incident.PostmortemDrafted{}, fmt.Errorf("draft the postmortem of %s: %w", in.ID, err)
	}
	return incident.PostmortemDrafted{Markdown: draft.Markdown, Customer: draft.Customer, Facts: draft.Facts, Drafter: draft.Drafter, Through: head.Seq}, nil
}

// linter holds words for customers against the record.
type linter struct{ app *App }

func (l linter) Lint(ctx context.Context, in *incident.Incident, words string) ([]bot.Finding, error) {
	b, err := l.app.brief(ctx, in)
	if err != nil {
		return nil, err
	}
	lint := postmortem.LintPublic
	if words == in.Report.Text("internal") { // names, jargon and tickets are at home there
		lint = postmortem.Lint
	}
	var out []bot.Finding
	for _, f := range lint(words, b) {
		out = append(out, bot.Finding{Quote: f.Quote, Text: f.Text, Mend: f.Mend})
	}
	return out, nil
}

// why says why an entry is in the draft, or is not.
func (a *App) why(ctx context.Context, in *incident.Incident, ref string) (string, error) {
	b, err := a.brief(ctx, in)
	if err != nil {
		return "", err
	}
	text, _ := b.Why(ref)
	return text, nil
}

// brief is what a draft and a check are made from: the record as it is now.
func (a *App) brief(ctx context.Context, in *incident.Incident) (postmortem.Brief, error) {
	t, err := a.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return postmortem.Brief{}, err
	}
	return a.BriefOf(in, t), nil
}

// BriefOf is what the record says of an incident with this timeline, now.
func (a *App) BriefOf(in *incident.Incident, t *incident.Timeline) postmortem.Brief {
	like, named := a.precedents(in)
	return postmortem.NewBrief(postmortem.Source{Incident: in, Timeline: t, Page: a.Board.Page(), Now: a.Log.Now(), Precedents: like, Named: named, Form: a.form})
}

// merger tells an incident that another was merged into it.
type merger struct{ app *App }

func (m *merger) Name() string { return "merger" }

func (m *merger) Wants(kind string) bool { return kind == incident.MergedInto{}.Kind() }

func (m *merger) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	_, ev, err := commands.Decode(r)
	if err != nil {
		return state, follow.Permanent(err)
	}
	e, ok := ev.(incident.MergedInto)
	if !ok {
		return state, nil
	}
	absorbed := incident.Absorbed{From: r.Stream}
	data, err := incident.Encode(incident.Meta{}, absorbed)
	if err != nil {
		return state, err
	}
	key := fmt.Sprintf("%s/%d/%s", m.Name(), r.Seq, absorbed.Kind())
	_, err = m.app.Log.Append(ctx, e.Into, key, store.Record{Kind: absorbed.Kind(), Data: data})
	return state, err
}

// adopter brings the history of a channel in that was made the room of an
// incident.
type adopter struct {
	app      *App
	platform bot.Platform
	history  bot.Historian
}

func (a *adopter) Name() string { return "adopted:" + a.platform.Name() }

func (a *adopter) Wants(kind string) bool { return kind == incident.RoomOpened{}.Kind() }

func (a *adopter) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	_, ev, err := commands.Decode(r)
	if err != nil {
		return state, follow.Permanent(err)
	}
	e, ok := ev.(incident.RoomOpened)
	if !ok || !e.Adopted || e.Room.Platform != a.platform.Name() {
		return state, nil
	}
	if err := a.app.Board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	return state, a.app.backfill(ctx, a.history, e.Room, time.Time{})
}

// backfill hands what was said in a channel to the handler, as if it were said
// now; what is kept already is known by its key.
func (a *App) backfill(ctx context.Context, h bot.Historian, room bot.Channel, since time.Time) error {
	err := h.History(ctx, room, since, func(req bot.Request) error {
		if _, isCommand := req.Do.(bot.Command); isCommand {
			return nil
		}
		_, err := a.Runner.Handle(ctx, req)
		return err
	})
	if err != nil {
		return fmt.Errorf("read back %s: %w", room.Name, err)
	}
	return nil
}

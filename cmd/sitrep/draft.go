package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sitrep/archive"
	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/story"
	"sitrep/postmortem"
	"sitrep/postmortem/view"
	"sitrep/store"
	"sitrep/store/memory"
)

type draftCmd struct {
	File    string `arg:"" help:"A Slack export or slackdump (zip, folder or file), a JSON file of DiscordChatExporter, or a chat log with times."`
	Channel string `help:"The channel of it. Not needed if there is but one." placeholder:"NAME"`
	From    string `help:"Leave out what was said before: 2024-03-05 10:00." placeholder:"TIME"`
	Until   string `help:"Leave out what was said after." placeholder:"TIME"`
	Title   string `help:"What the incident is called. By default, the channel's name." placeholder:"TEXT"`
	Zone    string `help:"The zone of the draft, and of a log that names none: Europe/Berlin. By default, this machine's." placeholder:"ZONE"`
	Day     string `help:"The first day of a log whose lines have only a time of day: 2024-03-05." placeholder:"DATE"`
	Out     string `help:"The folder to write into." required:"" placeholder:"DIR"`
}

// Run reads a channel that never saw the bot, makes an incident of what was
// said there, and writes its draft.
func (c *draftCmd) Run(ctx context.Context, p *program) error {
	cfg, err := loadConfig("")
	if err != nil {
		return err
	}
	if c.Zone != "" {
		zone, err := time.LoadLocation(c.Zone)
		if err != nil || zone == time.Local {
			return fmt.Errorf("%q is no time zone; write one like Europe/Berlin", c.Zone)
		}
		cfg.Page.TimeZone = config.Zone{Location: zone}
	}
	zone := cfg.Page.TimeZone.Location
	o := &archive.Options{Zone: zone}
	if c.Day != "" {
		if o.Day, err = time.Parse(time.DateOnly, c.Day); err != nil {
			return fmt.Errorf("%q is no date; write 2024-03-05", c.Day)
		}
	}
	a, err := archive.Open(c.File, o)
	if err != nil {
		return err
	}
	room, err := a.Room(c.Channel)
	if err != nil {
		return err
	}
	said, err := c.between(room, zone)
	if err != nil {
		return err
	}
	past := &pastChannel{room: room, said: said, title: c.Title}
	drafted, err := past.draft(ctx, p, cfg)
	if err != nil {
		return err
	}
	if err := c.write(drafted); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "Drafted from %d messages of %s. Read %s; the same as Markdown and JSON is beside it.\n",
		len(said), room.Name, filepath.Join(c.Out, "postmortem", drafted.brief.ID+".html"))
	for _, also := range []string{room.LeftOut(), a.NotRead()} {
		if also != "" && err == nil {
			_, err = fmt.Fprintln(p.stdout, also)
		}
	}
	return err
}

// between takes the messages that are asked for.
func (c *draftCmd) between(room *archive.Room, zone *time.Location) ([]archive.Message, error) {
	if len(room.Messages) == 0 {
		return nil, fmt.Errorf("nothing was said in %s", room.Name)
	}
	last := room.Messages[len(room.Messages)-1].At
	read := func(s string) (time.Time, error) {
		if s == "" {
			return time.Time{}, nil
		}
		y, m, d := last.In(zone).Date() // a clock time alone is of the last day
		r, err := instant.Parse(s, instant.Context{Now: time.Date(y, m, d, 23, 59, 59, 0, zone), Page: zone})
		return r.From, err
	}
	from, err := read(c.From)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	until, err := read(c.Until)
	if err != nil {
		return nil, fmt.Errorf("--until: %w", err)
	}
	said := room.Between(from, until)
	if len(said) == 0 {
		return nil, fmt.Errorf("nothing was said in %s then; its messages run from %s to %s", room.Name, instant.Stamp(room.Messages[0].At, zone), instant.Stamp(last, zone))
	}
	return said, nil
}

// A pastChannel is a channel that is read in after the fact.
type pastChannel struct {
	room  *archive.Room
	said  []archive.Message
	title string
}

// A pastDraft is what came of it.
type pastDraft struct {
	brief    postmortem.Brief
	draft    postmortem.Draft
	timeline *incident.Timeline
}

// draft plays the messages through the code that captures a live channel, into
// a log that is forgotten afterwards.
func (c *pastChannel) draft(ctx context.Context, p *program, cfg *config.Config) (d pastDraft, err error) {
	masker, err := newMasker()
	if err != nil {
		return d, err
	}
	form, err := reportForm(cfg)
	if err != nil {
		return d, err
	}
	var clock story.Clock
	clock.Set(c.said[0].At)
	l := store.New(memory.New(), nil)
	l.Now = clock.Now
	a := app.New(l, cfg, &app.Options{Masker: masker, Played: true, Log: p.log})
	if err := a.Start(ctx, "draft of "+c.room.ID, &story.Stage{}); err != nil {
		return d, errors.Join(err, a.Stop())
	}
	defer func() { err = errors.Join(err, a.Stop()) }()
	in, err := c.play(ctx, a, &clock)
	if err != nil {
		return d, err
	}
	if d.timeline, err = a.Runner.Timeline(ctx, in.ID, 0); err != nil {
		return d, err
	}
	d.brief = postmortem.NewBrief(postmortem.Source{Incident: in, Timeline: d.timeline, Page: a.Board.Page(), Now: l.Now(), Past: "#" + c.room.Name, Form: form})
	d.draft, err = postmortem.Template{}.Draft(ctx, d.brief)
	return d, err
}

// play hands over who said what and when, as an adapter does.
func (c *pastChannel) play(ctx context.Context, a *app.App, clock *story.Clock) (*incident.Incident, error) {
	place := bot.Channel{Platform: c.room.Platform, ID: c.room.ID, Name: "#" + c.room.Name}
	key := func(id string) string { return c.room.Platform + "/" + c.room.ID + "/" + id }
	person := func(id, name string) incident.Person {
		return incident.Person{ID: c.room.Platform + "/" + id, Name: name}
	}
	do := func(id string, by incident.Person, act bot.Act) error {
		msg, err := a.Runner.Handle(ctx, bot.Request{Key: key(id), In: place, By: by, When: clock.Now(), Do: act})
		if err != nil {
			return err
		}
		if pr, refused := msg.(bot.Problem); refused {
			return errors.New(pr.Text)
		}
		return nil
	}
	title := strings.Join(strings.Fields(c.title), " ")
	if title == "" {
		title = "#" + c.room.Name
	}
	reader := person("draft", "sitrep draft")
	if err := do("declare", reader, bot.Command{Text: "declare -- " + title}); err != nil {
		return nil, err
	}
	if err := a.Settle(ctx); err != nil {
		return nil, err
	}
	in := a.Board.Get(incident.Ref(1))
	if in == nil {
		return nil, errors.New("the incident was not made")
	}
	if err := do("adopt", reader, bot.Command{Text: "adopt " + in.ID}); err != nil {
		return nil, err
	}
	if err := a.Settle(ctx); err != nil {
		return nil, err
	}
	for i, m := range c.said {
		clock.Set(m.At)
		by := person(m.Author.ID, m.Author.Name)
		s := bot.Said{Key: key(m.ID), Text: m.Text, Link: m.Link}
		if m.Thread != "" {
			s.Thread = key(m.Thread)
		}
		for _, f := range m.Files {
			s.Files = append(s.Files, incident.File{Name: f.Name, Type: f.Type, Size: f.Size, Link: f.URL})
		}
		if err := do("said/"+m.ID, by, s); err != nil {
			return nil, fmt.Errorf("message %d of %s: %w", i+1, c.room.Name, err)
		}
		for _, r := range m.Reactions {
			for n, who := range r.By {
				if err := do(fmt.Sprintf("%s/%s/%d", m.ID, r.Emoji, n), person(who, ""), bot.Reaction{Key: s.Key, Emoji: r.Emoji}); err != nil {
					return nil, err
				}
			}
		}
		if m.Pinned {
			if err := do(m.ID+"/pin", reader, bot.Pin{Key: s.Key}); err != nil {
				return nil, err
			}
		}
	}
	if err := a.Settle(ctx); err != nil {
		return nil, err
	}
	return a.Board.Get(in.ID), nil
}

// write leaves the draft as Markdown, as a page to be read and as JSON, and the
// timeline that it refers to.
func (c *draftCmd) write(d pastDraft) error {
	html, err := view.Page(d.brief, d.draft.Markdown)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, e := range d.timeline.Entries() {
		line, err := json.Marshal(app.TimelineLine(d.timeline, e))
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	id := d.brief.ID
	for _, f := range []struct {
		name string
		text []byte
	}{
		{filepath.Join("postmortem", id+".md"), []byte(d.draft.Markdown)},
		{filepath.Join("postmortem", id+".html"), html},
		{filepath.Join("postmortem", id+".json"), d.draft.Facts},
		{filepath.Join("timeline", id+".jsonl"), []byte(lines.String())},
	} {
		if err := writeFile(filepath.Join(c.Out, f.name), f.text); err != nil {
			return fmt.Errorf("write the draft: %w", err)
		}
	}
	return nil
}

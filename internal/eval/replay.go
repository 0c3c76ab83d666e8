package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/story"
	"sitrep/postmortem"
	"sitrep/store"
	"sitrep/store/memory"
)

// A Drafted is what a story came to.
type Drafted struct {
	Facts    map[string]string // by kind: RFC 3339, or ISO 8601 for a duration
	Markdown string
	Timeline []Told
	Brief    postmortem.Brief
	Rows     int // how many messages the timeline was chosen from
}

// A Told is one row of the draft's timeline.
type Told struct {
	At   time.Time
	Text string
	Ref  string
}

// Replay plays a story on a page with these components, in zone, and drafts the
// incident. past names the channel, for one that never saw the bot; else it is
// "". The error names the line that could not be played.
func Replay(ctx context.Context, text string, components []string, zone *time.Location, past string) (d Drafted, err error) {
	lines, err := story.Parse(strings.NewReader(text))
	if err != nil {
		return d, err
	}
	if len(lines) == 0 {
		return d, errors.New("the story has no lines")
	}
	cfg := config.Default(zone)
	cfg.Page.Components = nil
	for _, n := range components {
		cfg.Page.Components = append(cfg.Page.Components, config.Component{Name: n})
	}
	var clock story.Clock
	clock.Set(lines[0].At)
	l := store.New(memory.New(), nil)
	l.Now = clock.Now
	a := app.New(l, cfg, &app.Options{Played: true, Log: slog.New(slog.DiscardHandler)})
	if err := a.Start(ctx, "evaluation", &story.Stage{}); err != nil {
		return d, errors.Join(err, a.Stop())
	}
	defer func() { err = errors.Join(err, a.Stop()) }()
	if err := story.NewPlayer(a, &clock, cfg.Command.Name, io.Discard).Play(ctx, lines); err != nil {
		return d, err
	}
	in := a.Board.Get(incident.Ref(1))
	if in == nil {
		return d, errors.New("the story declares no incident")
	}
	t, err := a.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return d, err
	}
	d.Brief = postmortem.NewBrief(postmortem.Source{Incident: in, Timeline: t, Page: a.Board.Page(), Now: l.Now(), Past: past})
	draft, err := postmortem.Template{}.Draft(ctx, d.Brief)
	if err != nil {
		return d, err
	}
	d.Rows = d.Brief.Said
	return d, d.read(draft.Facts)
}

// read takes the file postmortem/INC-1.json.
func (d *Drafted) read(facts []byte) error {
	var w struct {
		Facts    map[string]string
		Markdown string
		Timeline []Told
	}
	if err := json.Unmarshal(facts, &w); err != nil {
		return fmt.Errorf("read the facts of the draft: %w", err)
	}
	d.Facts, d.Markdown, d.Timeline = w.Facts, w.Markdown, w.Timeline
	return nil
}

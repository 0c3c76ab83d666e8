package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/story"
	"sitrep/postmortem/view"
	"sitrep/store"
	"sitrep/store/bolt"
	"sitrep/store/memory"
)

type replayCmd struct {
	File   string `arg:"" help:"The story."`
	Config string `help:"The configuration of the page it is played with." placeholder:"FILE"`
	DB     string `name:"db" help:"Keep the log in this file, which must be new or empty. By default it is kept in memory." placeholder:"FILE"`
	Out    string `help:"The folder to write into." required:"" placeholder:"DIR"`
}

// Run plays the story and writes what came of it. A line that cannot be run
// ends it, and is named.
func (c *replayCmd) Run(ctx context.Context, p *program) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the story: %w", err)
	}
	lines, err := story.Parse(strings.NewReader(string(text)))
	if err != nil {
		return fmt.Errorf("%s, %w", c.File, err)
	}
	if len(lines) == 0 {
		return fmt.Errorf("%s has no lines to play", c.File)
	}
	cfg, err := loadConfig(c.Config)
	if err != nil {
		return err
	}
	l, err := c.open(ctx)
	if err != nil {
		return err
	}
	var clock story.Clock
	clock.Set(lines[0].At)
	l.Now = clock.Now
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return errors.Join(fmt.Errorf("make the folder to write into: %w", err), l.Close())
	}
	receipts, err := os.Create(filepath.Join(c.Out, "receipts.jsonl"))
	if err != nil {
		return errors.Join(fmt.Errorf("write the receipts: %w", err), l.Close())
	}
	masker, err := newMasker()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	a, err := newApp(l, cfg, app.Options{Masker: masker, Played: true, Log: p.log})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	sum := sha256.Sum256(text) // the same story has the same addresses, whenever it is played
	if err := a.Start(ctx, hex.EncodeToString(sum[:]), &story.Stage{}); err != nil {
		return errors.Join(err, a.Stop())
	}
	if err := story.NewPlayer(a, &clock, cfg.Command.Name, receipts).Play(ctx, lines); err != nil {
		return errors.Join(fmt.Errorf("%s, %w", c.File, err), receipts.Close(), a.Stop())
	}
	err = c.write(ctx, a)
	if err = errors.Join(err, receipts.Close(), a.Stop()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "Played %d lines. The page is in %s, the postmortems and timelines beside it.\n", len(lines), filepath.Join(c.Out, "site"))
	return err
}

func (c *replayCmd) open(ctx context.Context) (*store.Log, error) {
	if c.DB == "" {
		return store.New(memory.New(), nil), nil
	}
	l, err := openLog(c.DB)
	if err != nil {
		return nil, err
	}
	head, err := l.Head(ctx, "")
	if err == nil && head.Seq > 0 {
		err = fmt.Errorf("%s has %d records already. A story is played into a new file", c.DB, head.Seq)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// write leaves what the story came to in the folder.
func (c *replayCmd) write(ctx context.Context, a *app.App) error {
	for _, old := range []string{"postmortem", "timeline"} { // of a story that was played before
		if err := removeAll(filepath.Join(c.Out, old), "INC-*"); err != nil {
			return err
		}
	}
	if err := writeSite(ctx, a, filepath.Join(c.Out, "site")); err != nil {
		return fmt.Errorf("export the page: %w", err)
	}
	for _, in := range a.Board.All() {
		if err := c.incident(ctx, a, in); err != nil {
			return fmt.Errorf("write %s: %w", in.ID, err)
		}
	}
	return nil
}

func (c *replayCmd) incident(ctx context.Context, a *app.App, in *incident.Incident) error {
	drafted, err := a.Draft(ctx, in) // the record goes on after the last draft
	if err != nil {
		return err
	}
	markdown := drafted.Markdown
	if in.Report.Internal != "" {
		markdown = in.Report.Internal // a person's text is what stands
	}
	if err := writeFile(filepath.Join(c.Out, "postmortem", in.ID+".md"), []byte(markdown)); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(c.Out, "postmortem", in.ID+".json"), drafted.Facts); err != nil {
		return err
	}
	t, err := a.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return err
	}
	html, err := view.Page(a.BriefOf(in, t), markdown)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(c.Out, "postmortem", in.ID+".html"), html); err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range t.Entries() {
		line, err := json.Marshal(app.TimelineLine(t, e))
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	return writeFile(filepath.Join(c.Out, "timeline", in.ID+".jsonl"), []byte(b.String()))
}

// removeAll removes the files of a folder that have a name like ours.
func removeAll(dir, like string) error {
	old, err := filepath.Glob(filepath.Join(dir, like))
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("remove what an earlier story left: %w", err)
		}
	}
	return nil
}

func writeFile(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}

// loadConfig reads the configuration, or gives the default one: a page called
// "Status" in the machine's zone.
func loadConfig(path string) (*config.Config, error) {
	if path == "" {
		return config.Default(machineZone()), nil
	}
	return config.Load(path)
}

// openLog opens the log's file. Where another process has it, the error says
// which.
func openLog(path string) (*store.Log, error) {
	d, err := bolt.Open(path, nil)
	if errors.Is(err, store.ErrInUse) {
		if h, ok := app.ReadHolder(path); ok {
			return nil, &held{err: err, text: fmt.Sprintf("%s is in use by %s. Stop that first, or name another file with --db", path, h)}
		}
	}
	if err != nil {
		return nil, err
	}
	return store.New(d, nil), nil
}

// held says in words whose the log is that could not be opened.
type held struct {
	err  error
	text string
}

func (h *held) Error() string { return h.text }
func (h *held) Unwrap() error { return h.err }

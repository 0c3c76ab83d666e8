package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"sitrep/internal/config"
	"sitrep/internal/story"
)

// listenFlags are where the two servers listen.
type listenFlags struct {
	Page string `help:"Where the status page listens." placeholder:"ADDR"`
	Room string `help:"Where the team's room listens." placeholder:"ADDR"`
}

// apply sets what was said on the command line, and reports whether the usual
// ports may be exchanged for free ones: only where nobody asked for others.
func (f listenFlags) apply(cfg *config.Config) error {
	if f.Page != "" {
		cfg.Listen.Page = f.Page
	}
	if f.Room != "" {
		cfg.Listen.Room = f.Room
	}
	if problems := cfg.Check(); len(problems) > 0 {
		return &config.Error{Name: "the command line", Problems: problems}
	}
	return nil
}

type localCmd struct {
	DB     string `name:"db" help:"The file that everything is kept in." default:"sitrep.db" placeholder:"FILE"`
	Config string `help:"A configuration; none is needed." placeholder:"FILE"`
	listenFlags
}

// Run opens the room and the page on this machine.
func (c *localCmd) Run(ctx context.Context, p *program) error {
	cfg, err := loadConfig(c.Config)
	if err != nil {
		return err
	}
	if err := c.apply(cfg); err != nil {
		return err
	}
	h, err := p.openHouse(ctx, houseOptions{command: "sitrep local", db: c.DB, cfg: cfg, kept: c.Config == "", free: true, demo: demonstration})
	if err != nil {
		return err
	}
	if err := h.greet(c.DB); err != nil {
		return errors.Join(err, h.close())
	}
	return errors.Join(h.serve(ctx), h.close())
}

// greet says where to go.
func (h *house) greet(db string) error {
	for _, m := range h.moved {
		if _, err := fmt.Fprintln(h.p.stdout, m); err != nil {
			return err
		}
	}
	if was := h.app.Older(); was != "" {
		if _, err := fmt.Fprintf(h.p.stdout, "%s Chat platforms are told nothing until you type: sitrep log resume --db %s\n", was, db); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(h.p.stdout, "The room for the team:  %s\nThe status page:        %s\nEverything is kept in %s. Stop with Ctrl+C; nothing is lost.\n", address(h.roomAt), address(h.page), db)
	return err
}

type serveCmd struct {
	Config string `help:"The configuration. See: sitrep config describe." required:"" placeholder:"FILE"`
	DB     string `name:"db" help:"The file that everything is kept in." default:"sitrep.db" placeholder:"FILE"`
	listenFlags
}

// Run runs in earnest: as configured, on the ports that are configured.
func (c *serveCmd) Run(ctx context.Context, p *program) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	if err := c.apply(cfg); err != nil {
		return err
	}
	h, err := p.openHouse(ctx, houseOptions{command: "sitrep serve", db: c.DB, cfg: cfg})
	if err != nil {
		return err
	}
	if err := h.greet(c.DB); err != nil {
		return errors.Join(err, h.close())
	}
	return errors.Join(h.serve(ctx), h.close())
}

type demoCmd struct {
	DB     string        `name:"db" help:"The file that everything is kept in." default:"sitrep-demo.db" placeholder:"FILE"`
	Config string        `help:"The configuration of the page; that of the demonstration if none is named." placeholder:"FILE"`
	Length time.Duration `help:"How long it takes." default:"60s"`
	listenFlags
}

// Run plays the seed incident in the room and leaves it open to try.
func (c *demoCmd) Run(ctx context.Context, p *program) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if err := c.apply(cfg); err != nil {
		return err
	}
	lines, err := seedLines()
	if err != nil {
		return err
	}
	h, err := p.openHouse(ctx, houseOptions{command: "sitrep demo", db: c.DB, cfg: cfg, free: true})
	if err != nil {
		return err
	}
	if err := h.greet(c.DB); err != nil {
		return errors.Join(err, h.close())
	}
	play := func(ctx context.Context) error {
		if err := h.play(ctx, lines, c.Length); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	}
	return errors.Join(h.serve(ctx, play), h.close())
}

func (c *demoCmd) config() (*config.Config, error) {
	if c.Config != "" {
		return config.Load(c.Config)
	}
	_, text := story.Seed()
	return config.Parse("the demonstration", text)
}

// demonstration is the button of the empty room: it plays the seed once.
func demonstration(h *house) func() error {
	var running atomic.Bool
	return func() error {
		if !running.CompareAndSwap(false, true) {
			return errors.New("the demonstration is running already: look at the incident that it declared")
		}
		lines, err := seedLines()
		if err != nil {
			return err
		}
		go func() { // it ends with the program; what it has recorded by then stays
			defer running.Store(false)
			if err := h.play(context.Background(), lines, time.Minute); err != nil {
				h.p.log.Warn("the demonstration ended early", "error", err)
			}
		}()
		return nil
	}
}

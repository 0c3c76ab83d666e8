package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/bot/local"
	"sitrep/bot/slack"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/notify/hosted"
	"sitrep/postmortem/openai"
	"sitrep/secret"
	"sitrep/status/export"
)

// A house is a running sitrep: the app, its local room, and where both listen.
type house struct {
	p       *program
	app     *app.App
	room    *local.Platform
	page    net.Listener
	roomAt  net.Listener
	release func() error
	moved   []string     // what listens elsewhere than asked
	copies  []string     // where copies of the page are kept
	slackAt net.Listener // where Slack calls, if it does
	slack   *slack.Platform
	discAt  net.Listener // where Discord calls, if it does
	discord http.Handler
}

// houseOptions say how a house is opened.
type houseOptions struct {
	command string // "sitrep local", for the lock file
	db      string
	cfg     *config.Config
	kept    bool // the page is the log's, where it has one
	free    bool // choose free ports where the usual ones are taken
	demo    func(*house) func() error
}

// openHouse opens the log, the listeners and the room, and starts the
// followers. What it returns must be closed; with an error nothing stays open.
func (p *program) openHouse(ctx context.Context, o houseOptions) (*house, error) {
	token, err := o.cfg.Room.Token.Read(p.getenv)
	if err != nil {
		return nil, fmt.Errorf("room.token: %w", err)
	}
	if token == "" && !config.Loopback(o.cfg.Listen.Room) {
		return nil, fmt.Errorf("the room would be open to everybody who reaches %s. Set room.token in the configuration, or listen on 127.0.0.1", o.cfg.Listen.Room)
	}
	masker, err := newMasker()
	if err != nil {
		return nil, err
	}
	model, err := p.model(o.cfg, masker)
	if err != nil {
		return nil, err
	}
	h := &house{p: p, copies: o.cfg.Page.Copies}
	if err := h.listen(o); err != nil {
		return nil, errors.Join(err, h.close())
	}
	look, err := pageLook(o.cfg)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	pages, err := p.hosted(o.cfg)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	l, err := openLog(o.db)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.app, err = newApp(l, o.cfg, app.Options{Hosted: pages, Look: look, KeepPage: o.kept, Masker: masker, Model: model, Watermark: app.WatermarkPath(o.db), Log: p.log})
	if err != nil {
		return nil, errors.Join(err, l.Close(), h.close())
	}
	if err := h.subscribe(o); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if err := h.open(ctx, o, token); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// model makes the configured language model; nil if there is none.
func (p *program) model(cfg *config.Config, masker *secret.Masker) (*openai.Drafter, error) {
	key, err := cfg.Postmortem.Model.Key.Read(p.getenv)
	if err != nil {
		return nil, fmt.Errorf("postmortem.model.key: %w", err)
	}
	return app.NewModel(cfg, key, masker, nil)
}

// subscribe lets people subscribe, where that is configured.
func (h *house) subscribe(o houseOptions) error {
	c := o.cfg
	if !c.Subscribers.On(&c.Mail) {
		return nil
	}
	password, err := c.Mail.Password.Read(h.p.getenv)
	if err != nil {
		return fmt.Errorf("mail.password: %w", err)
	}
	key, err := c.Subscribers.Key.Read(h.p.getenv)
	if err != nil {
		return fmt.Errorf("subscribers.key: %w", err)
	}
	if key == "" {
		if key, err = app.LinksKey(app.LinksPath(o.db)); err != nil {
			return err
		}
	}
	return h.app.Subscribe(app.SubscribeOptions{Key: key, Password: password})
}

// hosted makes what speaks to the pages that others host.
func (p *program) hosted(cfg *config.Config) ([]hosted.Page, error) {
	c := cfg.Page.Hosted.Statuspage
	if c.Page == "" {
		return nil, nil
	}
	token, err := c.Token.Read(p.getenv)
	if err != nil {
		return nil, fmt.Errorf("page.hosted.statuspage.token: %w", err)
	}
	return []hosted.Page{hosted.NewStatuspage(c.Page, token, &hosted.StatuspageOptions{API: c.API})}, nil
}

// listen opens both listeners.
func (h *house) listen(o houseOptions) error {
	var moved bool
	var err error
	if h.page, moved, err = listen(o.cfg.Listen.Page, o.free); err != nil {
		return err
	}
	if moved {
		h.moved = append(h.moved, fmt.Sprintf("%s is taken, so the page is at %s.", o.cfg.Listen.Page, address(h.page)))
	}
	if h.roomAt, moved, err = listen(o.cfg.Listen.Room, o.free); err != nil {
		return err
	}
	if moved {
		h.moved = append(h.moved, fmt.Sprintf("%s is taken, so the room is at %s.", o.cfg.Listen.Room, address(h.roomAt)))
	}
	if o.cfg.Page.URL == "" {
		o.cfg.Page.URL = address(h.page)
	}
	return nil
}

// open opens the room and starts everything over the log.
func (h *house) open(ctx context.Context, o houseOptions, token string) error {
	opts := &local.Options{
		Now: func() time.Time { return h.app.Log.Now() }, Command: o.cfg.Command.Name, Channels: o.cfg.Chat.Local.Channels, Token: token,
		PageURL: address(h.page), NoFaults: o.demo == nil && !o.free, Log: h.p.log,
	}
	if token == "" {
		opts.Hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	for _, x := range o.cfg.People {
		opts.People = append(opts.People, x.Name)
	}
	if o.demo != nil {
		opts.Demo = o.demo(h)
	}
	h.room = h.app.Room(opts)
	if err := h.room.Open(ctx); err != nil {
		return err
	}
	platforms, err := h.chat(o)
	if err != nil {
		return err
	}
	if err := h.app.Start(ctx, "", append(platforms, h.room)...); err != nil {
		return err
	}
	h.release, err = h.app.Control(o.db, app.Holder{PID: os.Getpid(), Started: time.Now(), Command: o.command, Page: address(h.page), Room: address(h.roomAt)})
	if errors.Is(err, syscall.ENOSPC) { // reading goes on; only the command line cannot ask this process
		h.p.log.Warn("the disk is full: commands are refused until there is room, and sitrep log works only once this has stopped", "error", err)
		return nil
	}
	return err
}

// chat makes the adapters of the chat platforms that are configured.
func (h *house) chat(o houseOptions) ([]bot.Platform, error) {
	base := o.cfg.Listen.RoomURL
	if base == "" {
		base = address(h.roomAt)
	}
	var out []bot.Platform
	if o.cfg.Chat.Slack.On() {
		p, err := h.workspace(o.cfg, base)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if c := o.cfg.Chat.Discord; c.On() {
		token, err := c.Token.Read(h.p.getenv)
		if err != nil {
			return nil, fmt.Errorf("chat.discord.token: %w", err)
		}
		p, err := h.app.Discord(token, c.Server, &discord.Options{BaseURL: base, Transport: h.p.discord, Dialer: h.p.gateway})
		if err != nil {
			return nil, err
		}
		if c.PublicKey != "" {
			if h.discord, err = p.Handler(); err != nil {
				return nil, err
			}
			if h.discAt, _, err = listen(c.Listen, false); err != nil {
				return nil, fmt.Errorf("chat.discord.listen: %w", err)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// workspace makes the adapter of Slack.
func (h *house) workspace(cfg *config.Config, base string) (bot.Platform, error) {
	c := cfg.Chat.Slack
	var tokens [3]string
	for i, s := range []struct {
		name   string
		secret config.Secret
	}{{"bot_token", c.BotToken}, {"app_token", c.AppToken}, {"signing_secret", c.SigningSecret}} {
		var err error
		if tokens[i], err = s.secret.Read(h.p.getenv); err != nil {
			return nil, fmt.Errorf("chat.slack.%s: %w", s.name, err)
		}
	}
	p, err := h.app.Slack(tokens[0], tokens[1], tokens[2], slack.Options{BaseURL: base, PageURL: cfg.Page.URL})
	if err != nil || c.Mode != config.ModeHTTP {
		return p, err
	}
	l, _, err := listen(c.Listen, false)
	if err != nil {
		return nil, fmt.Errorf("chat.slack.listen: %w", err)
	}
	h.slackAt, h.slack = l, p
	return p, nil
}

// serve serves until ctx is done, or something cannot go on.
func (h *house) serve(ctx context.Context, also ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serve(ctx, h.page, h.app.PageHandler(), h.p.log) })
	g.Go(func() error { return serve(ctx, h.roomAt, h.room.Handler(), h.p.log) })
	if h.slackAt != nil {
		g.Go(func() error { return serve(ctx, h.slackAt, h.slack.Handler(), h.p.log) })
	}
	if h.discAt != nil {
		g.Go(func() error { return serve(ctx, h.discAt, h.discord, h.p.log) })
	}
	g.Go(func() error { return h.app.Serve(ctx) })
	g.Go(func() error {
		if err := h.app.Reconcile(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	g.Go(func() error {
		select {
		case err := <-h.app.Failed():
			return err
		case <-ctx.Done():
			return nil
		}
	})
	for _, at := range h.copies {
		g.Go(func() error {
			export.NewKeeper(h.app.Site, at, &export.KeeperOptions{Log: h.p.log}).Run(ctx)
			return nil
		})
	}
	for _, f := range also {
		g.Go(func() error { return f(ctx) })
	}
	return g.Wait()
}

// close ends everything, the log last.
func (h *house) close() error {
	var errs []error
	if h.release != nil {
		errs = append(errs, h.release())
	}
	for _, l := range []net.Listener{h.page, h.roomAt, h.slackAt, h.discAt} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if h.app != nil {
		errs = append(errs, h.app.Stop())
	}
	return errors.Join(errs...)
}

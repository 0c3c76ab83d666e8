// Package app puts sitrep together: the log, the board that follows it, the
// commands, the page, and the followers that tell people. It is what every
// way of running sitrep shares: serve, local, demo and replay differ only in
// the platforms that they bring and in the clock of the log.
//
// # Invariants
//
// An App owns the log that it was given. Everything that must not be lost is
// in the log before anybody is told; what an App keeps in memory (the board,
// the rendered page) is computed from it.
//
// # Concurrency
//
// Start starts one goroutine a follower; Stop ends them all and closes the
// log. Every other method may be called from any goroutine in between.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"time"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/bot/local"
	"sitrep/bot/slack"
	"sitrep/commands"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/internal/config"
	"sitrep/notify"
	"sitrep/notify/hosted"
	"sitrep/notify/outbox"
	"sitrep/postmortem"
	"sitrep/postmortem/openai"
	"sitrep/precedent"
	"sitrep/secret"
	"sitrep/status"
	"sitrep/store"
	"sitrep/subscriber"
	"sitrep/subscriber/desk"
)

// Options are the optional parts of an App.
type Options struct {
	// Instance names this installation, from which public ids are derived. It
	// is used once, when a log begins; random if empty.
	Instance string
	// Masker takes secrets out of what is kept; none if nil.
	Masker *secret.Masker
	// Model puts drafts into prose; none if nil. See [NewModel].
	Model *openai.Drafter
	// Watermark is the file that says how far the log had come, so that a
	// restored older one is noticed: see [WatermarkPath]. None is kept if empty.
	Watermark string
	// Look is how the page looks; the program's own if nil.
	Look *status.Look
	// Form is how internal reports are laid out; the program's own if nil.
	Form *postmortem.Form
	// KeepPage says that the configuration has no page of its own: where the log
	// has one, it stands, but for its address.
	KeepPage bool
	// Played says that the log's clock is moved by hand, as a story's is: nobody
	// is reminded of anything but by Remind.
	Played bool
	// Hosted are the pages that others host and that are kept in step.
	Hosted []hosted.Page
	Log    *slog.Logger
}

// An App is sitrep, put together.
type App struct {
	Log    *store.Log
	Board  *incident.Board
	Runner *commands.Runner
	Site   *status.Site
	// Registry is the page's subscribers; nil where nobody can subscribe.
	Registry *subscriber.Registry

	cfg       *config.Config
	prose     *prose // nil without a model
	slog      *slog.Logger
	platforms []bot.Platform
	mark      string // where the watermark is kept
	index     *precedent.Index
	links     *subscriber.Links
	desk      *desk.Desk                                      // nil where nobody can subscribe
	outboxes  []*outbox.Outbox                                // one a channel
	keepPage  bool                                            // see Options
	mask      func(text string) (masked string, was []string) // nil keeps everything
	hosted    []hosted.Page
	form      *postmortem.Form // see Options
	played    bool             // see Options
	woken     chan struct{}    // what is due next may have changed

	mu       sync.Mutex
	runners  []*follow.Runner
	board    *follow.Runner
	older    string            // why followers with effects are paused
	troubles map[string]string // what does not work and no follower says, by what it is
	stop     context.CancelFunc
	done     sync.WaitGroup
	failed   chan error
}

// New puts an App together over a log, which it owns from now on. It does
// nothing yet: see Start. The configuration must have been checked.
func New(l *store.Log, cfg *config.Config, o *Options) *App {
	if o == nil {
		o = &Options{}
	}
	a := &App{Log: l, Board: incident.NewBoard(), cfg: cfg, mark: o.Watermark, keepPage: o.KeepPage, slog: o.Log, failed: make(chan error, 1), played: o.Played, hosted: o.Hosted, form: o.Form, woken: make(chan struct{}, 1)}
	if a.slog == nil {
		a.slog = slog.New(slog.DiscardHandler)
	}
	a.index = precedent.New(a.Board)
	a.Site = status.New(func() time.Time { return l.Now() }, &status.Options{Look: o.Look, Subscribe: cfg.Subscribers.On(&cfg.Mail), Forms: cfg.Subscribers.URL, StrictIndicator: cfg.Page.Indicator == "none", Log: a.slog})
	a.mask = masking(o.Masker)
	if o.Model != nil {
		a.prose = newProse(a, o.Model)
	}
	a.Runner = commands.New(l, a.Board, a.commandOptions(o))
	return a
}

// masking takes secrets out of texts; it is nil, and keeps everything, if m is.
func masking(m *secret.Masker) func(text string) (masked string, was []string) {
	if m == nil {
		return nil
	}
	return func(text string) (string, []string) {
		masked, found := m.Mask(text)
		var was []string
		for _, f := range found {
			was = append(was, f.Description)
		}
		return masked, was
	}
}

func (a *App) commandOptions(o *Options) *commands.Options {
	opts := &commands.Options{
		Name: a.cfg.Command.Name, Lint: linter{a}, Why: a.why, Readers: a.readers, Undelivered: a.Undelivered, Find: a.found, Figures: a.figures, Hold: a.cfg.Page.Hold, Log: a.slog, Who: map[commands.Power][]string{},
	}
	for _, s := range a.cfg.Severities {
		opts.Severities = append(opts.Severities, commands.Severity{Name: s.Name, Postmortem: s.Postmortem})
	}
	for _, t := range a.cfg.Page.Templates {
		opts.Templates = append(opts.Templates, commands.Template{
			Name: t.Name, Status: incident.Status(t.Status), Component: t.Component, Language: t.Language, Title: t.Title, Text: t.Text,
		})
	}
	if len(a.cfg.Page.Look.Languages) > 0 {
		opts.Language = a.cfg.Page.Look.Languages[0]
	}
	for _, r := range a.cfg.Roles {
		opts.Roles = append(opts.Roles, commands.Role{Name: r.Name, Aliases: r.Aliases, Instructions: r.Instructions})
	}
	for _, p := range a.cfg.People {
		id := strings.ToLower(p.Name)
		person := commands.Person{Person: incident.Person{ID: "local/" + id, Name: p.Name}, Accounts: []string{"story/" + id}, Zone: p.Zone.Location}
		if p.Slack != "" {
			person.Accounts = append(person.Accounts, "slack/"+p.Slack)
		}
		if p.Discord != "" {
			person.Accounts = append(person.Accounts, "discord/"+p.Discord)
		}
		opts.People = append(opts.People, person)
	}
	if e := a.cfg.Timeline.Emoji; e != "" {
		opts.Mark = []string{e}
		if e == "pushpin" {
			opts.Mark = append(opts.Mark, "📌")
		}
	}
	for power, who := range map[commands.Power]config.Allowed{
		commands.Declare: a.cfg.Who.Declare, commands.Command: a.cfg.Who.Command, commands.Publish: a.cfg.Who.Publish,
		commands.Private: a.cfg.Who.Private, commands.Redact: a.cfg.Who.Redact,
	} {
		switch {
		case who.Anyone:
			opts.Who[power] = []string{"anyone"}
		case who.Configured():
			opts.Who[power] = who.Names
		}
	}
	opts.Mask = a.mask
	if a.prose != nil {
		opts.Model = a.prose
	}
	return opts
}

// Start brings the board up to date, configures the page where its definition
// has changed, and starts the followers. Platforms are served by their caller
// (see Serve), since who talks first is theirs to decide.
func (a *App) Start(ctx context.Context, instance string, platforms ...bot.Platform) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.mu.Lock()
	a.stop, a.platforms = cancel, platforms
	a.mu.Unlock()
	if err := a.project(ctx, run); err != nil {
		return err
	}
	a.follow(run, &precedents{app: a}, &follow.Options{Projection: true, Log: a.slog})
	if err := a.configurePage(ctx, instance); err != nil {
		return err
	}
	if a.mark != "" {
		was, err := older(ctx, a.Log, a.mark, a.zone())
		if err != nil {
			return err
		}
		a.mu.Lock()
		a.older = was
		a.mu.Unlock()
		if was == "" {
			if err := a.note(ctx); err != nil && !errors.Is(err, syscall.ENOSPC) { // on a full disk the follower tries again
				return err
			}
		}
		// It goes on only with a log that somebody has accepted: see Resume.
		a.follow(run, &watermark{app: a}, &follow.Options{Repeatable: true, Paused: was != "", Log: a.slog})
	}
	for _, page := range a.hosted {
		f := hosted.New(a.Board, page, &hosted.Options{Now: func() time.Time { return a.Log.Now() }, URL: a.Board.Page().URL, Hold: a.cfg.Page.Hold})
		a.follow(run, f, &follow.Options{Hold: a.cfg.Page.Hold, Paused: a.Older() != "", GaveUp: a.gaveUp(f.Name()), Log: a.slog})
	}
	for _, p := range platforms {
		_, dedupes := p.(bot.Deduper)
		_, inside := p.(*local.Platform) // all that it is told is in this very log
		effects := func(follower string, repeatable bool) *follow.Options {
			return &follow.Options{Repeatable: repeatable, Paused: a.Older() != "" && !inside, GaveUp: a.gaveUp(follower), Log: a.slog}
		}
		home := a.home(p.Name())
		notifyOptions := &notify.Options{Now: func() time.Time { return a.Log.Now() }, Undelivered: a.Undelivered, Precedent: a.precedentLine, Quiet: home.quiet}
		if home.announce != "" {
			to := bot.Channel{Platform: p.Name(), ID: home.announce}
			announcer := notify.NewAnnouncer(a.Board, p, to, home.public, notifyOptions)
			o := effects(announcer.Name(), dedupes)
			if home.public { // customers hear of it when it cannot be undone any more
				o.Hold = a.cfg.Page.Hold
			}
			a.follow(run, announcer, o)
		}
		if home.public {
			continue // it has no rooms, and hears what is published
		}
		if o, ok := p.(bot.RoomOpener); ok {
			rooms := notify.NewRooms(a.Log, a.Board, p, o, &notify.RoomsOptions{Wants: home.rooms, Account: a.account(p.Name())})
			a.follow(run, rooms, effects(rooms.Name(), false))
		}
		if o, ok := p.(bot.RoomOpener); ok {
			keeper := notify.NewKeeper(a.Log, a.Board, p, o, &notify.KeeperOptions{Now: notifyOptions.Now, Command: a.cfg.Command.Name, Wants: home.rooms, Account: a.account(p.Name())})
			a.follow(run, keeper, effects(keeper.Name(), dedupes))
		}
		teller := notify.NewTeller(a.Board, p, notifyOptions)
		a.follow(run, teller, effects(teller.Name(), dedupes))
		if h, ok := p.(bot.Historian); ok {
			adopted := &adopter{app: a, platform: p, history: h}
			a.follow(run, adopted, effects(adopted.Name(), false))
		}
	}
	if err := a.tellSubscribers(ctx, run); err != nil {
		return err
	}
	draft := &drafter{app: a}
	a.follow(run, draft, &follow.Options{GaveUp: a.gaveUp(draft.Name()), Log: a.slog})
	a.follow(run, &merger{app: a}, &follow.Options{Log: a.slog})
	a.follow(run, &duties{app: a}, &follow.Options{Log: a.slog})
	if a.prose != nil {
		a.prose.resume()
		for range writers {
			a.done.Go(func() { a.prose.serve(run) })
		}
	}
	if !a.played {
		a.done.Go(func() { a.remind(run) })
	}
	return nil
}

// home is what is configured of a chat platform's home.
type home struct {
	announce string // the id of the channel that hears of every incident; "" for none
	public   bool   // customers read it
	quiet    bool
	rooms    func(severity string) bool // which incidents get a room; nil is all
}

func (a *App) home(platform string) home {
	if c := a.cfg.Chat.Slack; platform == slack.Name {
		return home{announce: c.Announce, public: c.Audience == config.AudiencePublic, quiet: c.Quiet, rooms: func(severity string) bool { return c.RoomFor(severity) != config.RoomNone }}
	}
	if c := a.cfg.Chat.Discord; platform == discord.Name {
		wants := func(severity string) bool {
			kind, _ := c.RoomFor(severity)
			return kind != config.RoomNone
		}
		return home{announce: c.Announce, public: c.Audience == config.AudiencePublic, quiet: c.Quiet, rooms: wants}
	}
	return home{}
}

// account finds somebody's account on a platform: of a person of the
// configuration the one that is given there.
func (a *App) account(platform string) func(incident.Person) incident.Person {
	return func(who incident.Person) incident.Person {
		for _, p := range a.cfg.People {
			if !strings.EqualFold(who.ID, "local/"+p.Name) {
				continue
			}
			switch {
			case platform == slack.Name && p.Slack != "":
				return incident.Person{ID: slack.PersonID(p.Slack), Name: p.Name}
			case platform == discord.Name && p.Discord != "":
				return incident.Person{ID: discord.Name + "/" + p.Discord, Name: p.Name}
			}
		}
		return who
	}
}

// project starts the board, and returns when it is up to date.
func (a *App) project(ctx, run context.Context) error {
	head, err := a.Log.Head(ctx, "")
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	a.board = a.follow(run, &projection{app: a, public: a.Board.Publication()}, &follow.Options{Projection: true, Log: a.slog})
	if err := a.board.Wait(ctx, head.Seq); err != nil {
		return fmt.Errorf("bring the board up to date: %w", err)
	}
	return nil
}

// Follow starts the board alone, for work on a log that tells nobody.
func (a *App) Follow(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.mu.Lock()
	a.stop = cancel
	a.mu.Unlock()
	return a.project(ctx, run)
}

// Unfollow ends the followers; the log stays open.
func (a *App) Unfollow() {
	a.mu.Lock()
	stop := a.stop
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
	a.done.Wait()
}

// follow starts a follower and waits until it knows where it goes on, so that
// nothing that happens after Start is missed by one that begins at the head.
func (a *App) follow(ctx context.Context, f follow.Follower, o *follow.Options) *follow.Runner {
	r := follow.New(a.Log, f, o)
	a.mu.Lock()
	a.runners = append(a.runners, r)
	a.mu.Unlock()
	a.done.Go(func() {
		if err := r.Run(ctx); err != nil {
			a.slog.Error("follower stopped", "follower", f.Name(), "error", err)
			select {
			case a.failed <- err:
			default: // the first failure is the one that is told
			}
		}
	})
	r.Ready(ctx)
	return r
}

// Failed gives the error of a follower that cannot go on: the log cannot be
// read or written any more.
func (a *App) Failed() <-chan error { return a.failed }

// Serve serves the platforms until ctx is done. One that cannot go on leaves the
// others alone; the cards say so, and its error is returned at the end.
func (a *App) Serve(ctx context.Context) error {
	errs := make(chan error, len(a.platforms))
	for _, p := range a.platforms {
		go func() {
			err := p.Serve(ctx, a.Runner.Handle)
			if err != nil {
				err = fmt.Errorf("%s: %w", p.Name(), err)
				a.slog.Error("a chat platform is not listened to any more", "platform", p.Name(), "error", err)
				a.trouble("serve "+p.Name(), upperFirst(p.Name())+" is not listened to any more: "+strings.TrimRight(err.Error(), ".")+".")
			}
			errs <- err
		}()
	}
	var all []error
	for range a.platforms {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// Settle returns when every follower is done with all that is in the log, or
// is waiting to try again. What followers append is waited for too.
func (a *App) Settle(ctx context.Context) error {
	for {
		head, err := a.Log.Head(ctx, "")
		if err != nil {
			return err
		}
		a.mu.Lock()
		runners := append([]*follow.Runner(nil), a.runners...)
		a.mu.Unlock()
		for _, r := range runners {
			if err := r.Wait(ctx, head.Seq); err != nil {
				return fmt.Errorf("wait for %s: %w", r.Status().Name, err)
			}
		}
		now, err := a.Log.Head(ctx, "")
		if err != nil {
			return err
		}
		if now.Seq == head.Seq {
			return nil
		}
	}
}

// Stop ends the followers, saves where they are, and closes the log.
func (a *App) Stop() error {
	a.Unfollow()
	var err error
	if a.Older() == "" {
		if err = a.note(context.Background()); errors.Is(err, syscall.ENOSPC) {
			err = nil // it stays where it was; a start on this log goes on from there
		}
	}
	return errors.Join(err, a.Log.Close())
}

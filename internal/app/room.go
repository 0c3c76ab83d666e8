package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/store"
)

// localPrefix begins the streams that hold the local room's conversations.
const localPrefix = "local/"

// transcript keeps what is said in the local room in the log: one file.
type transcript struct{ log *store.Log }

// Append keeps an item. Its key in the log is not its key as a message: that
// one belongs to the incident's timeline.
func (t transcript) Append(ctx context.Context, channel string, it local.Item) (local.Item, bool, error) {
	data, err := json.Marshal(it)
	if err != nil {
		return it, false, fmt.Errorf("keep an item: %w", err)
	}
	rs, err := t.log.Append(ctx, localPrefix+channel, "kept:"+it.Key, store.Record{Actor: it.By.ID, Kind: "local." + string(it.Kind), Data: data})
	if errors.Is(err, store.ErrFull) {
		return it, false, incident.Problemf("disk-full", "That was not recorded: the disk is full. Reading still works; free some space on the machine that runs sitrep, then send it again.")
	}
	if err != nil {
		return it, false, err
	}
	kept, err := item(rs[0])
	return kept, string(rs[0].Data) != string(data), err
}

// Read returns the items of a channel after number n.
func (t transcript) Read(ctx context.Context, channel string, n uint64, limit int) ([]local.Item, error) {
	rs, err := t.log.Read(ctx, localPrefix+channel, n, limit)
	if err != nil {
		return nil, err
	}
	out := make([]local.Item, 0, len(rs))
	for _, r := range rs {
		it, err := item(r)
		if err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, nil
}

// item reads a kept item; of an erased one only that it was is left.
func item(r store.Record) (local.Item, error) {
	it := local.Item{Kind: local.Kind(strings.TrimPrefix(r.Kind, "local."))}
	if r.Redacted {
		it.Key, it.Text = strings.TrimPrefix(r.Key, "kept:"), "[erased]"
		shown, err := bot.Encode(bot.Receipt{Text: "This was erased for good."})
		if err != nil {
			return it, err
		}
		it.Shown = shown
	} else if err := json.Unmarshal(r.Data, &it); err != nil {
		return it, fmt.Errorf("read an item of %s: %w", r.Stream, err)
	}
	it.N, it.At = r.N, r.At
	return it, nil
}

// Room makes the local room of this app. It is one of the platforms to Start
// with, after its Open. What o leaves out and the app has is filled in: taking
// secrets out before they are kept, and how a report is rendered.
func (a *App) Room(o *local.Options) *local.Platform {
	var opts local.Options
	if o != nil {
		opts = *o
	}
	if opts.Mask == nil {
		opts.Mask = a.mask
	}
	if opts.Mark == "" {
		opts.Mark = a.cfg.Timeline.Emoji
	}
	if opts.Reports == nil {
		opts.Reports = reports{a}
	}
	return local.New(transcript{a.Log}, glance{a}, a.Runner, a.Site, &opts)
}

// glance is what the local room reads of incidents.
type glance struct{ app *App }

func (g glance) Visible(by incident.Person) []*incident.Incident { return g.app.Runner.Offered(by) }

func (g glance) InRoom(c bot.Channel) *incident.Incident { return g.app.Board.ByRoom(c) }

func (g glance) Timeline(ctx context.Context, id string) (*incident.Timeline, error) {
	return g.app.Runner.Timeline(ctx, id, 0)
}

func (g glance) Card(in *incident.Incident) bot.Card {
	return bot.NewCard(in, g.app.Log.Now(), g.app.zone(), g.app.Undelivered(in.ID))
}

func (g glance) Page() incident.Page { return g.app.Board.Page() }

func (g glance) Moved() <-chan struct{} { return g.app.Board.Moved() }

// Reconcile brings in what was said in the rooms of open incidents and is not
// in their timelines: while sitrep was away, or when a request broke off between
// the platform's record and ours. What is kept already is known by its key. A
// platform that is away is waited for, and keeps nobody else waiting; a room
// that cannot be read is named on the cards.
func (a *App) Reconcile(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range a.platforms {
		if h, ok := p.(bot.Historian); ok {
			g.Go(func() error { return a.reconcile(ctx, p, h) })
		}
	}
	return g.Wait()
}

func (a *App) reconcile(ctx context.Context, p bot.Platform, h bot.Historian) error {
	for room, from := range (glance{a}).Worked(p.Name()) {
		for pause := time.Second; ; pause = min(2*pause, time.Minute) {
			err := a.backfill(ctx, h, room, from)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return nil
			}
			if !errors.Is(err, bot.ErrTemporary) && !isProblem(err) {
				a.trouble("read back "+p.Name()+" "+room.ID, fmt.Sprintf("What was said in %s while sitrep was away could not be read back: %s.", room.Name, strings.TrimRight(err.Error(), ".")))
				break
			}
			t := time.NewTimer(pause)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return nil
			}
		}
	}
	return nil
}

// isProblem reports whether an error is one that a person can mend while we
// wait: the disk is full.
func isProblem(err error) bool {
	var p *incident.Problem
	return errors.As(err, &p)
}

// since is the instant from which what is said in a room belongs to an incident.
func since(in *incident.Incident, r incident.Room) time.Time {
	if r.Adopted {
		return time.Time{}
	}
	return in.Declared.Recorded.Add(-time.Minute)
}

// readers says who can read a channel besides those who were let in by name.
func (a *App) readers(ctx context.Context, c bot.Channel) (string, error) {
	a.mu.Lock()
	platforms := a.platforms
	a.mu.Unlock()
	for _, p := range platforms {
		if w, ok := p.(bot.Warden); ok && p.Name() == c.Platform {
			return w.Readers(ctx, c)
		}
	}
	return "", nil
}

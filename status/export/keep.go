package export

import (
	"context"
	"log/slog"
	"time"

	"sitrep/status"
)

const (
	pulse    = time.Minute      // how often a copy says that it is still true
	patience = 30 * time.Second // the longest that is waited before another try
)

// A Keeper keeps copies of a site up to date. Make one with [NewKeeper].
type Keeper struct {
	site    *status.Site
	address string
	open    func(context.Context, string) (Target, error)
	log     *slog.Logger
}

// KeeperOptions are what may be left out.
type KeeperOptions struct {
	// Open opens the target; Open of this package if nil.
	Open func(context.Context, string) (Target, error)
	// Log is told what goes wrong; nil discards it.
	Log *slog.Logger
}

// NewKeeper returns a keeper of a copy of site at an address, as Open reads it.
func NewKeeper(site *status.Site, address string, o *KeeperOptions) *Keeper {
	k := &Keeper{site: site, address: address, open: Open, log: slog.New(slog.DiscardHandler)}
	if o != nil && o.Open != nil {
		k.open = o.Open
	}
	if o != nil && o.Log != nil {
		k.log = o.Log
	}
	return k
}

// Run writes the copy, again after every change of the site, and says every
// minute that it is still true, until ctx is done. What fails is tried again, a
// little later each time: a store that is away for an hour has the page as it is
// then within half a minute of its return.
func (k *Keeper) Run(ctx context.Context) {
	var to Target
	defer func() {
		if to != nil {
			_ = to.Close() // all that counts was answered before
		}
	}()
	wait := time.Second
	whole := true // the whole site is to be written
	for {
		changed := k.site.Changed()
		err := func() (err error) {
			if to == nil {
				if to, err = k.open(ctx, k.address); err != nil {
					return err
				}
			}
			if whole {
				return k.site.Export(ctx, to)
			}
			return k.site.Alive(ctx, to)
		}()
		next := pulse
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			k.log.LogAttrs(ctx, slog.LevelWarn, "the copy of the page could not be written; it is tried again", slog.String("to", k.address), slog.Duration("in", wait), slog.Any("error", err))
			if to != nil {
				_ = to.Close() // what it knew of the store may be wrong
				to = nil
			}
			next, wait, whole = wait, min(2*wait, patience), true
			changed = nil // a change is part of the next try
		default:
			wait, whole = time.Second, false
		}
		timer := time.NewTimer(next)
		select {
		case <-changed:
			whole = true
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

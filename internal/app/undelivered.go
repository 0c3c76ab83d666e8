package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/instant"
	"sitrep/store"
	"sitrep/subscriber"
)

// remembered is for how long a card names what could not be delivered for
// good. The timeline's record has it for ever.
const remembered = 24 * time.Hour

// repeated is how long the same failure of the same follower is recorded once:
// a room that is gone fails for every record of its incident.
const repeated = time.Hour

// gaveUp records in an incident that a follower gave up on one of its records,
// so that its card says so, also after a restart.
func (a *App) gaveUp(follower string) func(context.Context, store.Record, error) error {
	return func(ctx context.Context, r store.Record, why error) error {
		id := strings.TrimSuffix(r.Stream, "/room")
		if !strings.HasPrefix(id, "INC-") {
			return nil // the status of the follower says it
		}
		if in := a.Board.Get(id); in != nil {
			for _, f := range in.Failures {
				if f.Follower == follower && f.Why == why.Error() && a.Log.Now().Sub(f.Meta.Recorded) < repeated {
					return nil
				}
			}
		}
		ev := incident.DeliveryFailed{Follower: follower, Of: r.Seq, Why: why.Error()}
		data, err := incident.Encode(incident.Meta{}, ev)
		if err != nil {
			return err
		}
		_, err = a.Log.Append(ctx, id, fmt.Sprintf("%s/%d/%s", follower, r.Seq, ev.Kind()), store.Record{Kind: ev.Kind(), Data: data})
		return err
	}
}

// Undelivered says what of an incident is waiting to be delivered, or could not
// be, a sentence each. What waits because of another incident is named without
// its reason, which may be nobody's business here.
func (a *App) Undelivered(id string) []string {
	zone := a.zone()
	var out []string
	if was := a.Older(); was != "" {
		out = append(out, was+" Chat platforms are told nothing until somebody types: sitrep log resume.")
	}
	out = append(out, a.troubled()...)
	a.mu.Lock()
	platforms := a.platforms
	a.mu.Unlock()
	for _, p := range platforms {
		if l, ok := p.(bot.Limited); ok {
			out = append(out, l.Lost()...)
		}
	}
	for _, s := range a.Followers() {
		of := strings.TrimSuffix(s.Stream, "/room")
		switch {
		case s.Paused || s.Failing == "":
		case of != id && strings.HasPrefix(of, "INC-"):
			out = append(out, fmt.Sprintf("%s waits since %s for another incident. It tries again at %s.", what(s.Name), instant.Clock(s.Since, zone), instant.Clock(s.Retry, zone)))
		case s.Retry.IsZero():
			out = append(out, fmt.Sprintf("%s stopped at %s: %s.", what(s.Name), instant.Clock(s.Since, zone), strings.TrimRight(s.Failing, ".")))
		default:
			out = append(out, fmt.Sprintf("%s waits since %s: %s. It tries again at %s.", what(s.Name), instant.Clock(s.Since, zone), strings.TrimRight(s.Failing, "."), instant.Clock(s.Retry, zone)))
		}
	}
	if in := a.Board.Get(id); in != nil {
		said := map[string]bool{}
		for _, f := range in.Failures {
			line := fmt.Sprintf("%s gave up: %s.", what(f.Follower), strings.TrimRight(f.Why, "."))
			if said[line] || a.Log.Now().Sub(f.Meta.Recorded) > remembered {
				continue
			}
			said[line] = true
			out = append(out, line)
		}
	}
	return out
}

func (a *App) zone() *time.Location {
	zone, err := time.LoadLocation(a.Board.Page().TimeZone)
	if err != nil {
		return time.UTC // the configuration was checked; a log from elsewhere may name a zone unknown here
	}
	return zone
}

// what says in words what a follower delivers.
func what(name string) string {
	kind, platform, _ := strings.Cut(name, ":")
	switch kind {
	case "rooms":
		return "Opening rooms on " + platform
	case "rooms-told":
		return "What the rooms on " + platform + " are told"
	case "rooms-kept":
		return "Naming rooms on " + platform + " and putting them away"
	case "announced":
		return "Announcing on " + platform
	case "adopted":
		return "Reading back channels on " + platform
	case "subscribers-told":
		if platform == string(subscriber.Webhook) {
			return "Telling subscribers by webhook"
		}
		return "Telling subscribers by mail"
	case "hosted":
		return "Keeping the hosted page (" + platform + ") in step"
	case "drafter":
		return "The postmortem draft"
	case "watermark":
		return "Noting how far the log is"
	}
	return "Follower " + name
}

// Followers says where every follower is.
func (a *App) Followers() []follow.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]follow.Status, len(a.runners))
	for i, r := range a.runners {
		out[i] = r.Status()
	}
	return out
}

// trouble notes, or with "" takes back, what does not work and no follower says.
func (a *App) trouble(what, sentence string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.troubles == nil {
		a.troubles = map[string]string{}
	}
	if sentence == "" {
		delete(a.troubles, what)
		return
	}
	a.troubles[what] = sentence
}

func (a *App) troubled() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Values(a.troubles))
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

package commands

import (
	"context"
	"slices"

	"sitrep/bot"
	"sitrep/incident"
)

// compare holds what is kept of a room against what stands there now, and keeps
// the difference: messages that were deleted, emoji that were put on or taken
// off, while nobody listened. Their instant is when the room was looked at; what
// was done since then is none of it.
func (r *Runner) compare(ctx context.Context, in *incident.Incident, req bot.Request, s bot.Stands) error {
	tl, err := r.Timeline(ctx, in.ID, 0)
	if err != nil {
		return err
	}
	keep := func(key string, by incident.Person, ev incident.Event) error {
		rs, err := Records(incident.Meta{By: by, In: req.In, When: req.When}, ev)
		if err == nil {
			_, err = r.log.Append(ctx, incident.RoomStream(in.ID), key, rs...)
		}
		return err
	}
	for _, e := range tl.Entries() {
		if !e.IsMessage() || e.Withdrawn || e.In.Platform != req.In.Platform || e.In.ID != req.In.ID {
			continue
		}
		put, there := s.Messages[e.Key]
		if !there {
			from := s.Since
			if e.Thread > 0 {
				from = s.Answers
				if root := tl.Entry(e.Thread); root == nil || root.At.Before(s.Since) {
					continue // nobody looked there
				}
			}
			if e.Claimed || e.At.Before(from) || !e.At.Before(req.When) {
				continue
			}
			if err := keep(e.Key+"/d", incident.Person{}, incident.MessageDeleted{Key: e.Key}); err != nil {
				return err
			}
			continue
		}
		for _, x := range put {
			x.By = r.known(x.By)
			if !slices.ContainsFunc(e.Reactions, func(was incident.Reaction) bool { return was.Emoji == x.Emoji && was.By.ID == x.By.ID }) {
				if err := keep(e.Key+"/r/"+x.By.ID+"/"+x.Emoji+"/"+req.Key, x.By, incident.Reacted{Key: e.Key, Emoji: x.Emoji, Mark: r.marks(x.Emoji)}); err != nil {
					return err
				}
			}
		}
		for _, was := range e.Reactions {
			looked := s.Only == nil || slices.Contains(s.Only, was.Emoji)
			if looked && was.At.Before(req.When) && !slices.ContainsFunc(put, func(x bot.Reacted) bool { return was.Emoji == x.Emoji && was.By.ID == r.known(x.By).ID }) {
				if err := keep(e.Key+"/u/"+was.By.ID+"/"+was.Emoji+"/"+req.Key, was.By, incident.Unreacted{Key: e.Key, Emoji: was.Emoji, Mark: r.marks(was.Emoji)}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

package commands

import (
	"context"
	"slices"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// capture keeps what is said and done in the room of an incident. What happens
// in other channels is not recorded. The answer is nil, or a word for the
// author alone where something was masked.
func (r *Runner) capture(ctx context.Context, req bot.Request) (bot.Message, error) {
	in := r.board.ByRoom(req.In)
	if in == nil {
		return nil, nil
	}
	switch a := req.Do.(type) { // what is worked on where is the incident's own
	case bot.Gone:
		if in.Closed(req.In) {
			return nil, nil
		}
		return nil, r.move(ctx, in, req, incident.RoomClosed{Room: req.In, Why: a.How})
	case bot.Changed:
		return nil, r.move(ctx, in, req, incident.RoomChanged{Room: req.In, Named: a.Named, Private: a.Private})
	case bot.Back:
		if _, elsewhere := in.RoomOn(req.In.Platform); !in.Closed(req.In) || in.Private && elsewhere { // it was left for a private one
			return nil, nil
		}
		return nil, r.move(ctx, in, req, incident.RoomOpened{Room: req.In})
	}
	if stands, ok := req.Do.(bot.Stands); ok {
		return nil, r.compare(ctx, in, req, stands)
	}
	ev, masked := r.captured(req.Do)
	if ev == nil {
		return nil, nil
	}
	if j, ok := ev.(incident.Joined); ok {
		j.Who = req.By
		ev = j
	}
	rs, err := Records(incident.Meta{By: req.By, In: req.In, When: req.When}, ev)
	if err != nil {
		return nil, err
	}
	if _, err := r.log.Append(ctx, incident.RoomStream(in.ID), req.Key, rs...); err != nil {
		return nil, err
	}
	if len(masked) == 0 {
		return nil, nil
	}
	return bot.Receipt{Incident: in.ID, Text: "Your message is kept.", Notes: []string{maskedNote(masked)}}, nil
}

// move records that a room was closed or is open again.
func (r *Runner) move(ctx context.Context, in *incident.Incident, req bot.Request, ev incident.Event) error {
	rs, err := Records(incident.Meta{By: req.By, In: req.In, When: req.When}, ev)
	if err != nil {
		return err
	}
	_, err = r.log.Append(ctx, in.ID, req.Key, rs...)
	return err
}

func (r *Runner) captured(act bot.Act) (incident.Event, []string) {
	switch a := act.(type) {
	case bot.Said:
		text, spans, masked := r.mask(a.Text, a.Spans)
		files := slices.Clone(a.Files)
		for i := range files {
			var was []string
			files[i].Name, was = r.o.Mask(files[i].Name)
			masked = append(masked, was...)
		}
		return incident.MessageSaid{Key: a.Key, Text: text, Spans: spans, Thread: a.Thread, Files: files, Link: a.Link, Masked: masked}, masked
	case bot.Edited:
		text, spans, masked := r.mask(a.Text, a.Spans)
		return incident.MessageEdited{Key: a.Key, Text: text, Spans: spans, Masked: masked}, masked
	case bot.Deleted:
		return incident.MessageDeleted{Key: a.Key}, nil
	case bot.Reaction:
		if a.Off {
			return incident.Unreacted{Key: a.Key, Emoji: a.Emoji, Mark: r.marks(a.Emoji)}, nil
		}
		return incident.Reacted{Key: a.Key, Emoji: a.Emoji, Mark: r.marks(a.Emoji)}, nil
	case bot.Pin:
		if a.Off {
			return incident.Unpinned{Key: a.Key}, nil
		}
		return incident.Pinned{Key: a.Key}, nil
	case bot.Join:
		return incident.Joined{}, nil
	}
	return nil, nil
}

// mask takes secrets out of a text. Where it did, offsets have moved, so the
// spans are dropped; the names stay in the text.
func (r *Runner) mask(text string, spans []incident.Span) (string, []incident.Span, []string) {
	out, was := r.o.Mask(text)
	if out != text {
		spans = nil
	}
	return out, spans, was
}

func (r *Runner) marks(emoji string) bool {
	for _, m := range r.o.Mark {
		if strings.Trim(emoji, ":") == m {
			return true
		}
	}
	return false
}

package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/internal/story"
)

// seedLines are the lines of the seed story.
func seedLines() ([]story.Line, error) {
	text, _ := story.Seed()
	return story.Parse(strings.NewReader(text))
}

// play says the lines of a story in the local room, spread over length. It
// happens now: what it recorded carries the times of the demonstration, so
// claimed clock times are left out, and the first public word has the title of
// a component that this page has.
func (h *house) play(ctx context.Context, lines []story.Line, length time.Duration) error {
	if len(lines) == 0 {
		return nil
	}
	if err := h.settled(ctx); err != nil {
		return err
	}
	pause := length / time.Duration(len(lines))
	room := ""
	for i, l := range lines {
		if i > 0 {
			t := time.NewTimer(pause)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return ctx.Err()
			}
		}
		channel := strings.TrimPrefix(l.Room, "#")
		if l.Room == "#incident" {
			channel = room
		}
		key := fmt.Sprintf("local/demo/%d/%d", h.app.Log.Now().UnixNano(), l.Number)
		msg, err := h.room.Perform(ctx, channel, key, local.PersonOf(l.Author), nil, h.present(l.Text), "")
		if err != nil {
			return fmt.Errorf("line %d of the story: %w", l.Number, err)
		}
		switch m := msg.(type) {
		case bot.Problem:
			return fmt.Errorf("line %d of the story was refused: %s", l.Number, m.Text)
		case bot.Preview: // a person would look at it now
			again, err := h.room.Perform(ctx, channel, key+"/publish", local.PersonOf(l.Author), nil, fmt.Sprintf("/%s publish %s %d", h.room.Command(), m.Incident, m.Number), "")
			if err != nil {
				return fmt.Errorf("line %d of the story: %w", l.Number, err)
			}
			if p, refused := again.(bot.Problem); refused {
				return fmt.Errorf("line %d of the story was refused: %s", l.Number, p.Text)
			}
		case bot.Receipt:
			if m.Incident != "" && room == "" {
				if err := h.settled(ctx); err != nil {
					return err
				}
				if room = h.roomOf(m.Incident); room == "" {
					return fmt.Errorf("line %d of the story: %s has no room", l.Number, m.Incident)
				}
			}
		}
	}
	return nil
}

var claimed = regexp.MustCompile(` at:\S+`)

// present makes a line of the past one of the present.
func (h *house) present(text string) string {
	if !strings.HasPrefix(text, "/incident") {
		return text
	}
	text = "/" + h.room.Command() + strings.TrimPrefix(text, "/incident")
	head, rest, many := strings.Cut(text, "\n")
	head = claimed.ReplaceAllString(head, "")
	for _, c := range []string{"Main Application", "Payment Processing"} {
		if _, err := h.app.Board.Page().Find(c); err != nil {
			head = h.exchange(head, c)
		}
	}
	if many {
		return head + "\n" + rest
	}
	return head
}

// exchange names a component of this page in the place of one of the story's.
func (h *house) exchange(text, name string) string {
	cs := h.app.Board.Page().Components
	if len(cs) == 0 {
		return regexp.MustCompile(` affects:"[^"]*"`).ReplaceAllString(text, "")
	}
	i := 0
	if name == "Payment Processing" {
		i = len(cs) - 1
	}
	return strings.ReplaceAll(text, name, cs[i].FullName())
}

// settled waits until the followers have done what there was to do, so that a
// declared incident has its room.
func (h *house) settled(ctx context.Context) error { return h.app.Settle(ctx) }

func (h *house) roomOf(id string) string {
	in := h.app.Board.Get(id)
	if in == nil {
		return ""
	}
	room, _ := in.RoomOn(local.Name)
	return room.ID
}

package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/internal/app"
)

// A Receipt is what a command of a story answered, as a line of receipts.jsonl.
type Receipt struct {
	Line    int       `json:"line"`
	At      time.Time `json:"at"`
	Room    string    `json:"room"`
	Author  string    `json:"author"`
	Command string    `json:"command"`
	OK      bool      `json:"ok"`
	Public  bool      `json:"public"`
	Text    string    `json:"text"`
	Seq     uint64    `json:"seq,omitempty"`
}

// A Clock is the story's: it stands still between lines. It is safe for use by
// several goroutines.
type Clock struct{ at atomic.Int64 }

// Now returns the story's present.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.at.Load()).UTC() }

// Set moves the clock.
func (c *Clock) Set(t time.Time) { c.at.Store(t.UnixMilli()) }

// A Player plays lines through the code that serves a live chat.
type Player struct {
	app      *app.App
	clock    *Clock
	command  string // "/incident"
	receipts io.Writer
}

// NewPlayer returns a player over a started app whose log has clock as its Now.
// command is the command's name, without the slash; receipts gets a line of
// JSON for every command.
func NewPlayer(a *app.App, clock *Clock, command string, receipts io.Writer) *Player {
	return &Player{app: a, clock: clock, command: "/" + command, receipts: receipts}
}

// Play runs lines in order; after each, all followers settle. The error is an
// *Error that names the first line that cannot be run; nothing after it is.
func (p *Player) Play(ctx context.Context, lines []Line) error {
	for _, l := range lines {
		if err := p.until(ctx, l.At); err != nil {
			return &Error{l.Number, err}
		}
		p.clock.Set(l.At)
		if err := p.one(ctx, l); err != nil {
			return &Error{l.Number, err}
		}
		if err := p.app.Settle(ctx); err != nil {
			return &Error{l.Number, err}
		}
	}
	return nil
}

// until lets everything happen that is due before an instant, each at its time.
func (p *Player) until(ctx context.Context, at time.Time) error {
	for next := p.app.NextReminder(); !next.IsZero() && next.Before(at); next = p.app.NextReminder() {
		p.clock.Set(next)
		if err := p.app.Remind(ctx); err != nil {
			return err
		}
		if err := p.app.Settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *Player) one(ctx context.Context, l Line) error {
	room, in, err := p.room(l.Room)
	if err != nil {
		return err
	}
	text, isCommand := p.cutCommand(l.Text)
	if isCommand = isCommand && l.Do == Say; l.Refused && !isCommand {
		return fmt.Errorf("only a command can be refused; this does not begin with %s", p.command)
	}
	key := fmt.Sprintf("story/%d", l.Number)
	req := bot.Request{
		Key: key, In: room, By: incident.Person{ID: "story/" + strings.ToLower(l.Author), Name: l.Author}, Zone: l.Zone, When: l.At,
	}
	if l.Do != Say {
		if in == nil {
			return fmt.Errorf("entry T%d belongs to an incident, and %s is not the room of one", l.Entry, l.Room)
		}
		if req.Do, err = p.deed(ctx, l, in, key); err != nil {
			return err
		}
	} else if isCommand {
		req.Do = bot.Command{Text: text}
		return p.commandLine(ctx, l, req)
	} else {
		req.Do = bot.Said{Key: key, Text: l.Text}
	}
	msg, err := p.app.Runner.Handle(ctx, req)
	if err != nil {
		return err
	}
	if pr, refused := msg.(bot.Problem); refused {
		return errors.New(pr.Text)
	}
	return nil
}

// cutCommand cuts the command's name off; ok is false if text is no command.
func (p *Player) cutCommand(text string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(text, p.command)
	if !ok || rest != "" && !strings.ContainsAny(rest[:1], " \t\n") {
		return "", false
	}
	return strings.TrimLeft(rest, " \t"), true
}

func (p *Player) commandLine(ctx context.Context, l Line, req bot.Request) error {
	msg, err := p.app.Runner.Handle(ctx, req)
	if err != nil {
		return err
	}
	rc := Receipt{Line: l.Number, At: l.At, Room: l.Room, Author: "@" + l.Author, Command: l.Text, OK: true, Text: bot.Text(msg, p.zone())}
	switch m := msg.(type) {
	case bot.Receipt:
		rc.Public, rc.Seq = m.Public, m.Seq
	case bot.Problem:
		rc.OK = false
	}
	line, err := json.Marshal(rc)
	if err != nil {
		return err
	}
	if _, err := p.receipts.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the receipt: %w", err)
	}
	switch {
	case rc.OK && l.Refused:
		return fmt.Errorf("this command was to be refused, and was not: %s", rc.Text)
	case !rc.OK && !l.Refused:
		return fmt.Errorf("the command was refused: %s", rc.Text)
	}
	return nil
}

// deed builds what is done to an entry of the timeline.
func (p *Player) deed(ctx context.Context, l Line, in *incident.Incident, key string) (bot.Act, error) {
	t, err := p.app.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	e := t.Entry(l.Entry)
	switch {
	case e == nil:
		return nil, fmt.Errorf("%s has no entry T%d; the last is T%d", in.ID, l.Entry, t.Len())
	case !e.IsMessage() && (l.Do == React || l.Do == Unreact):
		verb := "mark"
		if l.Do == Unreact {
			verb = "unmark"
		}
		return bot.Command{Text: fmt.Sprintf("timeline %s T%d", verb, l.Entry), Incident: in.ID}, nil
	case !e.IsMessage():
		return nil, fmt.Errorf("entry T%d was made by a command; only messages can be answered, edited or deleted", l.Entry)
	}
	switch l.Do {
	case Reply:
		return bot.Said{Key: key, Text: l.Text, Thread: e.Key}, nil
	case Edit:
		return bot.Edited{Key: e.Key, Text: l.Text}, nil
	case Delete:
		return bot.Deleted{Key: e.Key}, nil
	default:
		return bot.Reaction{Key: e.Key, Emoji: l.Emoji, Off: l.Do == Unreact}, nil
	}
}

// room finds the channel that a room of the story is; in is its incident, nil
// for an ordinary one.
func (p *Player) room(name string) (bot.Channel, *incident.Incident, error) {
	var in *incident.Incident
	if name == "#incident" {
		last := p.app.Board.Last()
		if last == 0 {
			return bot.Channel{}, nil, errors.New("#incident is the room of the incident declared last, and none was declared yet")
		}
		in = p.app.Board.Get(incident.Ref(last))
	} else if n, ok := incident.ParseRef(name[1:]); ok && strings.HasPrefix(strings.ToUpper(name), "#INC") {
		if in = p.app.Board.Get(incident.Ref(n)); in == nil {
			return bot.Channel{}, nil, fmt.Errorf("there is no %s", incident.Ref(n))
		}
	}
	if in == nil {
		place := bot.Channel{Platform: Platform, ID: name, Name: name}
		return place, p.app.Board.ByRoom(place), nil
	}
	for _, r := range in.Rooms {
		if r.Platform == Platform && !r.Closed {
			return r.Place, in, nil
		}
	}
	return bot.Channel{}, nil, fmt.Errorf("%s has no room", in.ID)
}

func (p *Player) zone() *time.Location {
	z, err := time.LoadLocation(p.app.Board.Page().TimeZone)
	if err != nil {
		return time.UTC
	}
	return z
}

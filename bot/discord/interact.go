package discord

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// The kinds of interaction, and of the answers to one.
const (
	isCommand      = 2
	isComponent    = 3
	isAutocomplete = 4
	isModal        = 5

	menuCommand = 3 // a command of a message's context menu

	answerPong    = 1
	answerMessage = 4
	answerLater   = 5
	answerChoices = 8
	answerModal   = 9
)

// ackIn is how long the handler may take before Discord is told that the answer
// comes later. Discord gives 3 s.
const ackIn = time.Second

// followIn is how long an answer can still be given: 15 minutes, with a margin
// for the clocks.
const followIn = 14*time.Minute + 30*time.Second

// A responder takes the first answer to an interaction: over the REST API, or
// as the response to the request that brought it.
type responder func(ctx context.Context, kind int, data any, files []file) error

// overREST answers an interaction that came over the gateway.
func (p *Platform) overREST(i *interactionIn) responder {
	return func(ctx context.Context, kind int, data any, files []file) error {
		err := p.do(ctx, call{method: "POST", path: "interactions/" + i.ID + "/" + i.Token + "/callback", body: answer{kind, data}, files: files, channel: i.Channel}, nil)
		if is(err, codeAnswered) { // it was delivered twice
			return nil
		}
		return err
	}
}

type answer struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

// interact answers one interaction. It returns at once when the answer comes
// over the gateway's REST, and the work goes on in the channel's turn.
func (p *Platform) interact(ctx context.Context, i *interactionIn, to responder) {
	p.names.met(i.User, i.Member)
	p.queues.Aside(func() { p.answer(ctx, i, to) })
}

func (p *Platform) answer(ctx context.Context, i *interactionIn, to responder) {
	defer func() {
		if x := recover(); x != nil {
			p.o.Log.Error("an interaction could not be answered", "interaction", i.ID, "panic", x, "stack", string(debug.Stack()))
		}
	}()
	if i.Type == isAutocomplete {
		if err := to(ctx, answerChoices, p.choices(ctx, i), nil); err != nil && ctx.Err() == nil {
			p.o.Log.Info("completions came too late", "error", err)
		}
		return
	}
	if i.Type == isComponent {
		if _, form, ok := pressed(i.Data.CustomID, &p.shelf); ok && form != nil { // needs nothing but the form itself
			p.first(ctx, i, to, *form)
			return
		}
	}
	var m bot.Message
	done := make(chan struct{})
	p.queue(ctx, i.Channel, func() {
		defer close(done)
		m = p.run(ctx, i)
	})
	late := time.NewTimer(p.ackIn)
	defer late.Stop()
	select {
	case <-done:
		p.first(ctx, i, to, m)
		return
	case <-late.C:
	case <-ctx.Done():
		return
	}
	if err := to(ctx, answerLater, map[string]int{"flags": ephemeral}, nil); err != nil {
		p.o.Log.Warn("an interaction could not be acknowledged", "interaction", i.ID, "error", err)
	}
	select {
	case <-done:
		p.later(ctx, i, m)
	case <-ctx.Done():
	}
}

// run does what an interaction asks for. A handler that panics loses its own
// request at most.
func (p *Platform) run(ctx context.Context, i *interactionIn) (m bot.Message) {
	defer func() {
		if x := recover(); x != nil {
			m = p.ours(i, fmt.Errorf("panic: %v", x), string(debug.Stack()))
		}
	}()
	p.mu.Lock()
	h := p.h
	p.mu.Unlock()
	if h == nil {
		return bot.Problem{Code: "stopping", Text: "sitrep is starting or stopping. Send it again in a moment."}
	}
	if refused := p.mayUse(i); refused != nil {
		return *refused
	}
	in, thread := p.where(ctx, i.Channel)
	r := bot.Request{Key: Name + "/i/" + i.ID, In: in, Thread: thread, By: personOf(i.User, i.Member), When: madeAt(i.ID), Interactive: true}
	act, problem := p.act(ctx, i, h, &r)
	switch {
	case problem != nil:
		return problem
	case act == nil:
		return bot.Receipt{Text: "It is in the timeline."}
	}
	r.Do = act
	m, err := h(ctx, r)
	if err != nil {
		return p.ours(i, err, "")
	}
	if m == nil {
		m = bot.Receipt{Text: "Done."}
	}
	return m
}

// ours is what the author is told when the fault is ours.
func (p *Platform) ours(i *interactionIn, err error, stack string) bot.Problem {
	var known *incident.Problem
	if errors.As(err, &known) {
		return bot.Problem{Code: known.Code, Text: known.Text, Ours: true}
	}
	sum := sha256.Sum256([]byte(i.ID))
	ref := hex.EncodeToString(sum[:4])
	p.o.Log.Error("a request failed", "reference", ref, "interaction", i.ID, "error", err, "stack", stack)
	return bot.Problem{Code: "ours", Ours: true, Text: "That was not recorded; the fault is ours. Send it again; if it happens again, ask whoever runs sitrep to look for " + ref + " in its log."}
}

// mayUse refuses members without one of the configured roles: Discord can limit
// the command, but its administrators can lift that by accident.
func (p *Platform) mayUse(i *interactionIn) *bot.Problem {
	if i.Member == nil {
		return &bot.Problem{Code: "not-here", Text: "Use this on the server, not in a direct message."}
	}
	if len(p.o.Roles) == 0 {
		return nil
	}
	var names []string
	for _, id := range p.o.Roles {
		for _, has := range i.Member.Roles {
			if has == id {
				return nil
			}
		}
		names = append(names, orElse(p.names.role(id), id))
	}
	return &bot.Problem{Code: "not-allowed", Text: "Only members with the role " + strings.Join(names, " or ") + " may use /" + p.o.Command + " here."}
}

// act reads what an interaction asks for. Without an act and a problem it is
// done already.
func (p *Platform) act(ctx context.Context, i *interactionIn, h bot.Handler, r *bot.Request) (bot.Act, bot.Message) {
	switch i.Type {
	case isCommand:
		if i.Data.Type == menuCommand {
			return p.fromMenu(ctx, i, h, r)
		}
		return p.typed(ctx, r.In, i.Data.Options)
	case isComponent:
		if c, ok := picked(i.Data.CustomID, i.Data.Values); ok {
			return c, nil
		}
		act, _, ok := pressed(i.Data.CustomID, &p.shelf)
		if !ok {
			return nil, bot.Problem{Code: "forgotten", Text: "This button is from before sitrep was restarted. Type the command again."}
		}
		return act, nil
	case isModal:
		inputs := filled(i.Data.Components)
		s, ok := submitted(i.Data.CustomID, inputs, &p.shelf)
		if !ok { // what was typed must not be lost
			f := bot.Form{Title: "What you typed"}
			for _, x := range inputs {
				f.Fields = append(f.Fields, bot.Field{Name: x.name, Label: x.name, Value: x.value})
			}
			return nil, bot.Problem{Code: "forgotten", Text: "This form is from before sitrep was restarted. Open it again; what you typed is below.", Form: &f}
		}
		for name, value := range s.Values {
			p.meet(ctx, value)
			text, spans := read(value, nil, &p.names, p.zone())
			s.Values[name], s.Mentions = text, append(s.Mentions, people(spans)...)
		}
		return s, nil
	}
	return nil, bot.Problem{Code: "unknown", Text: "This version of sitrep does not know what that was. Type /" + p.o.Command + "."}
}

// filled lists the inputs of a submitted form, whatever they stand in.
func filled(list []componentIn) []input {
	var out []input
	for _, c := range list {
		if c.CustomID != "" {
			value := c.Value
			if len(c.Values) > 0 {
				value = strings.Join(c.Values, ",")
			}
			if value == emptyValue {
				value = ""
			}
			out = append(out, input{c.CustomID, value})
		}
		out = append(out, filled(c.Components)...)
		if c.Component != nil {
			out = append(out, filled([]componentIn{*c.Component})...)
		}
	}
	return out
}

// first gives the first answer.
func (p *Platform) first(ctx context.Context, i *interactionIn, to responder, m bot.Message) {
	if f, is := m.(bot.Form); is && i.Type != isModal { // a form cannot answer a form
		if d, ok := p.renderer().open(f); ok {
			for name, what := range d.carried {
				p.shelf.put(name, what)
			}
			if err := to(ctx, answerModal, d, nil); err != nil && ctx.Err() == nil {
				p.o.Log.Warn("a form could not be opened", "interaction", i.ID, "error", err)
			}
			return
		}
	}
	l := p.private(m)
	if err := to(ctx, answerMessage, l, l.Files); err != nil && ctx.Err() == nil {
		p.o.Log.Warn("an interaction could not be answered", "interaction", i.ID, "error", err)
	}
}

// later gives the answer that was promised. An outage is waited for while the
// answer can be given.
func (p *Platform) later(ctx context.Context, i *interactionIn, m bot.Message) {
	ctx, cancel := context.WithTimeout(ctx, followIn)
	defer cancel()
	l := p.private(m)
	wait := time.Second
	for {
		app, err := i.App, error(nil)
		if app == "" {
			app, err = p.application(ctx)
		}
		if err == nil {
			err = p.do(ctx, call{method: "PATCH", path: "webhooks/" + app + "/" + i.Token + "/messages/@original", body: l, files: l.Files, channel: i.Channel}, nil)
		}
		if err == nil || !temporary(err) || ctx.Err() != nil {
			if err != nil && ctx.Err() == nil {
				p.o.Log.Warn("an interaction could not be answered", "interaction", i.ID, "error", err)
			}
			return
		}
		p.rests(ctx, &wait, err)
	}
}

// private is the letter of a message that its author alone sees, with a button
// for the form that comes with it.
func (p *Platform) private(m bot.Message) letter {
	var form *bot.Form
	switch x := m.(type) {
	case bot.Form:
		form = &x
	case bot.Problem:
		form = x.Form
	}
	if form == nil || form.Verb == "" {
		l := p.letter(m)
		l.Flags |= ephemeral
		return l
	}
	l := p.letter(m)
	l.Flags |= ephemeral
	if _, ok := p.renderer().open(*form); !ok {
		l.Content = clip(l.Content+"\n"+small("It is too long for a form of Discord's: edit it in the web room, or as a file."), maxContent)
		return l
	}
	name := hash(fmt.Sprintf("%+v", *form))
	p.shelf.put(name, *form)
	b := component{Type: kindButton, Style: 1, Label: "Open the form", CustomID: pressForm + "|0|" + name}
	if n := len(l.Components); n > 0 && len(l.Components[n-1].Components) < maxParts {
		last := &l.Components[n-1]
		last.Components = append(last.Components[:len(last.Components):len(last.Components)], b)
	} else if n < maxParts {
		l.Components = append(l.Components, component{Type: kindRow, Components: []component{b}})
	}
	return l
}

// fromMenu is a command of a message's menu. The message comes with it, whole,
// whatever intents the bot was given.
func (p *Platform) fromMenu(ctx context.Context, i *interactionIn, h bot.Handler, r *bot.Request) (bot.Act, bot.Message) {
	m, ok := i.Data.Resolved.Messages[i.Data.Target]
	if !ok || m.Author == nil {
		return nil, bot.Problem{Code: "no-message", Text: "Discord did not say which message that was. Try it again."}
	}
	m.Channel, m.Guild = orElse(m.Channel, i.Channel), p.guild
	text, _ := read(m.whole(), m.Mentions, &p.names, p.zone())
	if i.Data.Name == menuDeclare {
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		return bot.Command{Text: "form declare -- " + plain(first, 200, "")}, nil
	}
	if p.incidents.InRoom(r.In) == nil { // not a room: it becomes a note of the incident that is chosen
		who := personOf(m.Author, m.Member)
		return bot.Command{Text: fmt.Sprintf("note at:%s -- %s in %s: %s (%s)", madeAt(m.ID).Format(time.RFC3339), who, r.In.Name, plain(text, 1500, "a message without text"), p.link(m.Channel, m.ID))}, nil
	}
	for _, x := range p.requests(r.In, r.Thread, &m, false) {
		if _, err := h(ctx, x); err != nil {
			return nil, p.ours(i, err, "")
		}
	}
	sign := emojiIn{Name: p.o.Mark[0]}
	if _, err := h(ctx, p.reacted(r.In, r.Thread, m.Channel, m.ID, r.By, sign, false, i.ID)); err != nil {
		return nil, p.ours(i, err, "")
	}
	if err := p.React(ctx, r.In, p.key(m.Channel, m.ID), p.o.Mark[0]); err != nil {
		p.o.Log.Info("a mark could not be shown", "error", err)
	}
	return nil, nil
}

// choices are the completions of what is being typed.
func (p *Platform) choices(ctx context.Context, i *interactionIn) any {
	type choice struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	out := []choice{}
	in, _ := p.where(ctx, i.Channel)
	r := bot.Request{Key: Name + "/i/" + i.ID, In: in, By: personOf(i.User, i.Member), Interactive: true}
	if i.Member != nil && p.mayUse(i) == nil {
		for _, s := range p.suggest(ctx, r, i.Data.Options) {
			if v := clean(s.Text); len(out) < maxChoices && v != "" && units(v) <= maxName {
				out = append(out, choice{plain(orElse(s.Show, s.Text), maxName, v), v})
			}
		}
	}
	return map[string]any{"choices": out}
}

func temporary(err error) bool { return errors.Is(err, bot.ErrTemporary) }

package discord

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"sitrep/bot"
)

// openIn is how long opening the gateway may take. The library can wait for
// ever there: an event that comes before READY makes it wait for itself.
const openIn = 30 * time.Second

// The close codes after which coming back is useless. Source: Discord's
// developer documentation, "Gateway Close Event Codes".
const (
	closeToken      = 4004
	closeShard      = 4010
	closeSharding   = 4011
	closeVersion    = 4012
	closeIntents    = 4013
	closeNotAllowed = 4014
)

// Serve listens until ctx is done. It returns nil then, and an error only when
// coming back is useless: the sentence says what to change.
func (p *Platform) Serve(ctx context.Context, h bot.Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	p.mu.Lock()
	if p.h != nil {
		p.mu.Unlock()
		cancel()
		return errors.New("discord is being served already")
	}
	p.h, p.serving = h, ctx
	p.mu.Unlock()
	err := p.listen(ctx)
	cancel()
	p.queues.Drain()
	p.mu.Lock()
	p.h, p.serving = nil, nil
	p.mu.Unlock()
	return err
}

// Lost says, a sentence each, what does not work because the bot was not given
// an intent, or is not on the server.
func (p *Platform) Lost() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lost...)
}

// listen keeps a session with the gateway.
func (p *Platform) listen(ctx context.Context) error {
	intents := discordgo.IntentGuilds | discordgo.IntentGuildMessages | discordgo.IntentGuildMessageReactions | discordgo.IntentMessageContent
	if p.o.Public {
		intents = discordgo.IntentGuilds
	}
	var s *discordgo.Session
	gone := make(chan struct{}, 1)
	wait := time.Second
	registered := false
	for ctx.Err() == nil {
		if err := p.prepare(ctx, &registered); err != nil {
			if !errors.Is(err, bot.ErrTemporary) {
				return ended(ctx, err)
			}
			p.rests(ctx, &wait, err)
			continue
		}
		if s == nil {
			var err error
			if s, err = p.attend(ctx, intents, gone); err != nil {
				return err
			}
		}
		stuck, err := open(ctx, s)
		var closed *websocket.CloseError
		switch {
		case err == nil, errors.Is(err, discordgo.ErrWSAlreadyOpen):
			wait = time.Second
			select {
			case <-gone: // the same session resumes
			case <-ctx.Done():
				go s.Close() //nolint:errcheck // the library sleeps for a second in it, and it is over either way
				return nil
			}
			continue
		case errors.As(err, &closed) && closed.Code == closeNotAllowed && intents&discordgo.IntentMessageContent != 0:
			intents &^= discordgo.IntentMessageContent
			p.lose("sitrep may not read messages: the timeline keeps only what names sitrep, what is added to it from a message's menu, and what its commands say. Turn Message Content Intent on in the developer portal, page Bot, and restart sitrep.")
			s = nil
			continue
		case errors.As(err, &closed) && final(closed.Code) != "":
			return errors.New(final(closed.Code))
		case stuck:
			s = nil // it is left behind: it cannot be closed either
		}
		p.rests(ctx, &wait, err)
	}
	return nil
}

// ended is the error that Serve ends with: none if it was told to.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// prepare learns who the bot is and brings its commands up to date.
func (p *Platform) prepare(ctx context.Context, registered *bool) error {
	if _, err := p.self(ctx); err != nil {
		return err
	}
	if _, err := p.application(ctx); err != nil {
		return err
	}
	if *registered {
		return nil
	}
	err := p.register(ctx)
	if err != nil && !errors.Is(err, bot.ErrTemporary) && ctx.Err() == nil {
		p.o.Log.Error("the commands could not be registered; messages are kept all the same", "error", err)
		err = nil
	}
	*registered = err == nil
	return err
}

// rests waits before the next try: longer each time, up to a minute.
func (p *Platform) rests(ctx context.Context, wait *time.Duration, why error) {
	if ctx.Err() != nil {
		return
	}
	d := *wait + rand.N(*wait/2)
	var t *bot.Temporary
	if errors.As(why, &t) {
		d = max(d, t.After)
	}
	p.o.Log.Warn("discord is tried again", "in", d, "error", why)
	*wait = min(2**wait, time.Minute)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// attend makes a session whose events come here.
func (p *Platform) attend(ctx context.Context, intents discordgo.Intent, gone chan struct{}) (*discordgo.Session, error) {
	s, err := p.library()
	if err != nil {
		return nil, err
	}
	s.Identify.Intents = intents
	seen := &sessionSeen{}
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { p.event(ctx, seen, e) })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case gone <- struct{}{}:
		default:
		}
	})
	return s, nil
}

// open opens the gateway. stuck says that the library has not come back.
func open(ctx context.Context, s *discordgo.Session) (stuck bool, err error) {
	done := make(chan error, 1)
	go func() { done <- s.Open() }()
	late := time.NewTimer(openIn)
	defer late.Stop()
	select {
	case err := <-done:
		return false, err
	case <-late.C:
		return true, &bot.Temporary{Err: errors.New("the gateway was not ready in time")}
	case <-ctx.Done():
		go func() {
			if <-done == nil {
				_ = s.Close() // nobody waits for it
			}
		}()
		return true, ctx.Err()
	}
}

func (p *Platform) lose(what string) {
	p.mu.Lock()
	if !slices.Contains(p.lost, what) {
		p.lost = append(p.lost, what)
	}
	p.mu.Unlock()
	p.o.Log.Warn("something does not work on discord", "what", what)
}

// final says what to do about a close code after which coming back is useless;
// "" for the others.
func final(code int) string {
	switch code {
	case closeToken:
		return "Discord does not accept the bot's token. Copy it again from the developer portal, page Bot, and restart sitrep."
	case closeShard, closeSharding:
		return fmt.Sprintf("Discord wants this bot to be sharded (code %d): it is on more than 2,500 servers. sitrep is meant for one; make an application of your own for it.", code)
	case closeVersion:
		return "Discord no longer speaks the version of its gateway that this sitrep does (code 4012). Install a newer sitrep."
	case closeIntents:
		return "Discord does not know the intents that this sitrep asks for (code 4013). Install a newer sitrep."
	case closeNotAllowed:
		return "Discord does not let this bot read the server (code 4014). In the developer portal, page Bot, look at Privileged Gateway Intents, and restart sitrep."
	}
	return ""
}

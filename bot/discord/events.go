package discord

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/bwmarrin/discordgo"

	"sitrep/bot"
	"sitrep/incident"
)

// The types of message that are something that somebody said, or did.
const (
	typeOrdinary  = 0
	typeJoined    = 1 // somebody was brought into a thread
	typePinned    = 6
	typeReply     = 19
	typeAnswer    = 20 // of another bot to a slash command
	typeMenu      = 23 // and to a menu's
	typeForwarded = 1  // of a reference
)

// sessionSeen is what is known of the gateway's session.
type sessionSeen struct{ id string } // guarded by the Platform's mu

// event handles one event of the gateway. It runs in the library's reading
// loop: it decodes, notes names, and queues the rest. It must not panic, or the
// process ends.
func (p *Platform) event(ctx context.Context, s *sessionSeen, e *discordgo.Event) {
	defer func() {
		if x := recover(); x != nil {
			p.o.Log.Error("an event of discord's could not be handled", "event", e.Type, "panic", x, "stack", string(debug.Stack()))
		}
	}()
	if e.Operation != 0 || ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	heard, session := p.heard, s.id // the last event of one connection may come beside the first of the next
	p.heard = p.o.Now()
	p.mu.Unlock()
	stamp := session + "-" + strconv.FormatInt(e.Sequence, 10) // the same for a replayed event
	switch e.Type {
	case "READY":
		var r struct {
			Session string    `json:"session_id"`
			Guilds  []guildIn `json:"guilds"`
		}
		if p.decode(e, &r) {
			if !slices.ContainsFunc(r.Guilds, func(g guildIn) bool { return g.ID == p.guild }) {
				p.lose("The bot is not on the server " + p.guild + ": nothing that happens there is seen. sitrep check discord prints the address that invites it.")
			}
			p.mu.Lock()
			lost := s.id != "" // another session: what happened between them was not told
			s.id = r.Session
			p.mu.Unlock()
			if lost {
				p.catchUp(ctx, heard)
			}
		}
		return
	case "INTERACTION_CREATE":
		var i interactionIn
		if p.decode(e, &i) && i.Guild == p.guild && p.o.PublicKey == "" && !p.o.Public {
			p.interact(ctx, &i, p.overREST(&i))
		}
		return
	}
	p.fates(ctx, e, stamp)
	if p.known(e) || p.o.Public {
		return
	}
	switch e.Type {
	case "MESSAGE_CREATE", "MESSAGE_UPDATE":
		var m messageIn
		if p.decode(e, &m) && m.Guild == p.guild {
			p.names.met(m.Author, m.Member)
			edited := e.Type == "MESSAGE_UPDATE"
			p.queue(ctx, m.Channel, func() { p.message(ctx, &m, edited) })
		}
	case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK":
		var d deletedIn
		if p.decode(e, &d) && d.Guild == p.guild {
			list := d.IDs
			if d.ID != "" {
				list = append(list, d.ID)
			}
			p.queue(ctx, d.Channel, func() { p.deleted(ctx, d.Channel, list) })
		}
	case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE":
		var r reactionIn
		if p.decode(e, &r) && r.Guild == p.guild {
			p.names.met(nil, r.Member)
			off := e.Type == "MESSAGE_REACTION_REMOVE"
			p.queue(ctx, r.Channel, func() { p.reaction(ctx, &r, off, stamp) })
		}
	case "MESSAGE_REACTION_REMOVE_ALL", "MESSAGE_REACTION_REMOVE_EMOJI":
		var r reactionIn
		if p.decode(e, &r) && r.Guild == p.guild {
			p.queue(ctx, r.Channel, func() { p.cleared(ctx, &r, stamp) })
		}
	case "CHANNEL_PINS_UPDATE":
		var c pinsIn
		if p.decode(e, &c) && c.Guild == p.guild {
			p.queue(ctx, c.Channel, func() { p.pins(ctx, &c, stamp) })
		}
	}
}

// fates hands over what became of a room, by an event about a channel.
func (p *Platform) fates(ctx context.Context, e *discordgo.Event, stamp string) {
	gone := e.Type == "CHANNEL_DELETE" || e.Type == "THREAD_DELETE"
	var c channelIn
	if p.o.Public || !gone && e.Type != "THREAD_UPDATE" || !p.decode(e, &c) || c.Guild != p.guild {
		return
	}
	if was, ok := p.names.known(c.ID); ok && c.Name == "" { // a deleted thread comes without its name
		c.Name, c.Parent = was.Name, was.Parent
	}
	p.queue(ctx, c.ID, func() { p.fate(ctx, c, gone, stamp) })
}

// decode reads an event's data. What cannot be read is noted and passed by: the
// next event may be of use.
func (p *Platform) decode(e *discordgo.Event, v any) bool {
	if err := json.Unmarshal(e.RawData, v); err != nil {
		p.o.Log.Warn("an event of discord's could not be read", "event", e.Type, "error", err)
		return false
	}
	return true
}

// known keeps the directory current; it reports whether that was all.
func (p *Platform) known(e *discordgo.Event) bool {
	switch e.Type {
	case "GUILD_CREATE":
		var g guildIn
		if p.decode(e, &g) && g.ID == p.guild {
			p.names.fill(g)
		}
	case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE":
		var c channelIn
		if p.decode(e, &c) && c.Guild == p.guild {
			p.names.setChannel(c)
		}
	case "CHANNEL_DELETE", "THREAD_DELETE":
		var c channelIn
		if p.decode(e, &c) {
			p.names.dropChannel(c.ID)
		}
	case "THREAD_LIST_SYNC":
		var l struct {
			Guild   string      `json:"guild_id"`
			Threads []channelIn `json:"threads"`
		}
		if p.decode(e, &l) && l.Guild == p.guild {
			for _, c := range l.Threads {
				p.names.setChannel(c)
			}
		}
	case "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE":
		var r struct {
			Guild string `json:"guild_id"`
			Role  roleIn `json:"role"`
		}
		if p.decode(e, &r) && r.Guild == p.guild {
			p.names.setRole(r.Role)
		}
	case "GUILD_ROLE_DELETE":
		var r struct {
			Guild string `json:"guild_id"`
			Role  string `json:"role_id"`
		}
		if p.decode(e, &r) && r.Guild == p.guild {
			p.names.dropRole(r.Role)
		}
	case "GUILD_EMOJIS_UPDATE":
		var g guildIn
		var where struct {
			Guild string `json:"guild_id"`
		}
		if p.decode(e, &g) && p.decode(e, &where) && where.Guild == p.guild {
			p.names.setEmojis(g.Emojis)
		}
	default:
		return false
	}
	return true
}

// queue runs a task in the turn of its channel. A thread has its parent's turn,
// since it may be a part of the parent's conversation.
func (p *Platform) queue(ctx context.Context, channel string, task func()) {
	if c, ok := p.names.known(channel); ok && c.isThread() && c.Parent != "" {
		channel = c.Parent
	}
	p.queues.Put(channel, func() {
		defer func() {
			if x := recover(); x != nil {
				p.o.Log.Error("an event of discord's could not be handled", "channel", channel, "panic", x, "stack", string(debug.Stack()))
			}
		}()
		if ctx.Err() == nil {
			task()
		}
	})
}

// where says in which conversation a channel is: itself, or, for a thread that
// hangs on a message of an incident's room, that room, and the message's key.
func (p *Platform) where(ctx context.Context, id string) (in bot.Channel, thread string) {
	c, err := p.find(ctx, id)
	if err != nil { // it is gone, or Discord is away: its name is all that is missing
		return bot.Channel{Platform: Name, ID: id, Name: "#" + id}, ""
	}
	in = channelOf(c)
	if !c.isThread() || p.incidents.InRoom(in) != nil {
		return in, ""
	}
	if parent, err := p.find(ctx, c.Parent); err == nil && p.incidents.InRoom(channelOf(parent)) != nil {
		return channelOf(parent), p.key(parent.ID, c.ID)
	}
	return in, ""
}

// hand gives a request to the handler. What it answers is for the author alone,
// who has done nothing that could be answered in place: it is sent to them.
func (p *Platform) hand(ctx context.Context, r bot.Request) {
	p.mu.Lock()
	h := p.h
	p.mu.Unlock()
	if h == nil {
		return
	}
	m, err := h(ctx, r)
	if err != nil {
		p.o.Log.Error("what was done on discord could not be recorded; it is tried again", "key", r.Key, "error", err)
		p.again(ctx, r, firstAgain)
		return
	}
	if m != nil {
		p.whisper(ctx, r.By, m)
	}
}

// What could not be recorded is tried again so long after, then after twice
// that, and so on to the last.
const (
	firstAgain = time.Second
	lastAgain  = 5 * time.Minute
)

// again hands a request over later, until it is recorded: a full disk is not a
// reason to lose what was said. What comes after it is not held up; each has
// its own instant.
func (p *Platform) again(ctx context.Context, r bot.Request, wait time.Duration) {
	p.queues.Aside(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		p.queue(ctx, r.In.ID, func() {
			p.mu.Lock()
			h := p.h
			p.mu.Unlock()
			if h == nil {
				return
			}
			if _, err := h(ctx, r); err != nil {
				p.again(ctx, r, min(2*wait, lastAgain))
			}
		})
	})
}

// message hands over a message that was said or edited.
func (p *Platform) message(ctx context.Context, m *messageIn, edited bool) {
	in, thread := p.where(ctx, m.Channel)
	for _, r := range p.requests(in, thread, m, edited) {
		p.hand(ctx, r)
	}
}

// requests is what a message, as it stands, says was done: nothing for our own,
// for what the server says by itself, and for an edit that changed no text.
func (p *Platform) requests(in bot.Channel, thread string, m *messageIn, edited bool) []bot.Request {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if m.ID == "" || m.Author == nil {
		return nil
	}
	key := p.key(m.Channel, m.ID)
	by := personOf(m.Author, m.Member)
	r := bot.Request{Key: key, In: in, Thread: thread, By: by, When: m.Timestamp.UTC()}
	if r.When.IsZero() {
		r.When = madeAt(m.ID)
	}
	switch m.Type {
	case typePinned:
		if edited || m.Reference == nil || m.Reference.Message == "" || m.Author.ID == me {
			return nil
		}
		r.Do = bot.Pin{Key: p.key(orElse(m.Reference.Channel, m.Channel), m.Reference.Message)}
		return []bot.Request{r}
	case typeJoined:
		if edited || len(m.Mentions) == 0 || m.Mentions[0].ID == me || m.Author.ID == me { // whom we bring in has been told of it, not come
			return nil
		}
		r.By = personOf(&m.Mentions[0].userIn, m.Mentions[0].Member)
		r.Do = bot.Join{}
		return []bot.Request{r}
	case typeOrdinary, typeReply, typeAnswer, typeMenu:
	default:
		return nil
	}
	if m.Author.ID == me {
		return nil
	}
	text, spans := read(m.whole(), m.Mentions, &p.names, p.zone())
	files := m.files()
	if text == "" && len(files) == 0 {
		return nil // its content was withheld, or there is none that can be kept
	}
	if m.Reference != nil && m.Type == typeReply && m.Reference.Type != typeForwarded && m.Reference.Message != "" {
		thread = p.key(orElse(m.Reference.Channel, m.Channel), m.Reference.Message)
	}
	r.Thread = thread
	var out []bot.Request
	if !edited {
		said := r
		said.Do = bot.Said{Key: key, Text: text, Spans: spans, Thread: thread, Files: files, Link: p.link(m.Channel, m.ID)}
		out = append(out, said)
	}
	if m.Edited != nil { // without it only a link's preview was added
		change := r
		sum := sha256.Sum256([]byte(text))
		change.When = m.Edited.UTC()
		change.Key = key + "/e/" + strconv.FormatInt(m.Edited.UnixMilli(), 10) + "/" + hex.EncodeToString(sum[:6])
		change.Do = bot.Edited{Key: key, Text: text, Spans: spans}
		out = append(out, change)
	}
	return out
}

// deleted hands over messages that were withdrawn. Discord does not say by
// whom.
func (p *Platform) deleted(ctx context.Context, channel string, list []string) {
	in, thread := p.where(ctx, channel)
	for _, id := range list {
		key := p.key(channel, id)
		p.hand(ctx, bot.Request{Key: key + "/d", In: in, Thread: thread, Do: bot.Deleted{Key: key}})
	}
}

// reaction hands over an emoji that was put on a message, or taken off.
func (p *Platform) reaction(ctx context.Context, r *reactionIn, off bool, stamp string) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if r.User == me || r.User == "" {
		return
	}
	in, thread := p.where(ctx, r.Channel)
	by := personOf(nil, r.Member)
	if by.IsZero() {
		by = p.someone(r.User)
	}
	x := p.reacted(in, thread, r.Channel, r.Message, by, r.Emoji, off, stamp)
	p.sawReaction(in, r, x)
	p.hand(ctx, x)
}

func (p *Platform) reacted(in bot.Channel, thread, channel, message string, by incident.Person, e emojiIn, off bool, stamp string) bot.Request {
	key := p.key(channel, message)
	name := spoken(e, p.o.Mark)
	return bot.Request{Key: fmt.Sprintf("%s/r/%s/%s/%s", key, by.ID, name, stamp), In: in, Thread: thread, By: by, When: p.o.Now(), Do: bot.Reaction{Key: key, Emoji: name, Off: off}}
}

// meet learns the names of the people whom a command's text names: unlike a
// message, it does not bring them.
func (p *Platform) meet(ctx context.Context, text string) {
	for _, m := range token.FindAllStringSubmatch(text, maxChoices) {
		if m[1] == "" || p.names.person(m[1]) != "" {
			continue
		}
		var who memberIn
		if err := p.do(ctx, call{method: "GET", path: "guilds/" + p.guild + "/members/" + m[1]}, &who); err != nil {
			p.o.Log.Info("somebody who is named is not known", "id", m[1], "error", err)
			continue
		}
		p.names.met(nil, &who)
	}
}

// someone is a person of whom only the id is known, with the name if they were
// seen before.
func (p *Platform) someone(id string) incident.Person {
	return incident.Person{ID: personID(id), Name: orElse(p.names.person(id), id)}
}

// whisper sends a message to one person.
func (p *Platform) whisper(ctx context.Context, to incident.Person, m bot.Message) {
	id, ok := idOf(to)
	if !ok {
		return
	}
	var dm channelIn
	err := p.do(ctx, call{method: "POST", path: "users/@me/channels", body: map[string]string{"recipient_id": id}}, &dm)
	if err == nil {
		l := p.letter(m)
		err = p.do(ctx, call{method: "POST", path: "channels/" + dm.ID + "/messages", body: l, files: l.Files}, nil)
	}
	if err != nil { // they take no messages from the server's members; what it says can be seen in the room
		p.o.Log.Warn("somebody could not be told privately", "who", to.ID, "error", err)
	}
}

// idOf is somebody's id on Discord.
func idOf(who incident.Person) (string, bool) {
	if len(who.ID) <= len(Name)+1 || who.ID[:len(Name)+1] != Name+"/" {
		return "", false
	}
	return who.ID[len(Name)+1:], true
}

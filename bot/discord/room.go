package discord

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"sitrep/bot"
	"sitrep/incident"
)

// The types of channel that are made.
const (
	textChannel   = 0
	publicThread  = 11
	privateThread = 12
)

// OpenRoom makes the room of an incident, or finds the one that is there. A
// private incident gets a private thread, or a channel that its people alone
// see. It refuses a place that everybody on the server can read, unless rooms
// are meant to be public.
func (p *Platform) OpenRoom(ctx context.Context, in *incident.Incident, invite []incident.Person) (bot.Channel, string, error) {
	if p.o.Public {
		return bot.Channel{}, "", errors.New("this Discord server is for the public: no rooms are opened in it")
	}
	where := p.roomsOf(in)
	p.mu.Lock()
	turn := p.opening[in.ID]
	if turn == nil {
		turn = &sync.Mutex{}
		p.opening[in.ID] = turn
	}
	p.mu.Unlock()
	turn.Lock()
	defer turn.Unlock()
	known := in.ID
	if in.Private { // one that was opened before it was private is another
		known += " private"
	}
	p.mu.Lock()
	room, there := p.rooms[known]
	p.mu.Unlock()
	if !there {
		var c channelIn
		var err error
		if where.Kind == Channels {
			c, err = p.openChannel(ctx, in, where, invite)
		} else {
			c, err = p.openThread(ctx, in, where)
		}
		if err != nil {
			return bot.Channel{}, "", err
		}
		p.names.setChannel(c)
		room = channelOf(c)
		p.mu.Lock()
		p.rooms[known] = room
		p.trail(c.ID, room).pins = map[string]bool{}
		p.mu.Unlock()
	}
	if where.Kind != Channels {
		if err := p.Invite(ctx, in, room, invite); temporary(err) {
			return bot.Channel{}, "", err
		} else if err != nil {
			p.o.Log.Warn("somebody could not be brought into a room", "room", room.ID, "error", err)
		}
	}
	return room, p.link(room.ID), nil
}

// title is the name of an incident's room.
func title(in *incident.Incident) string {
	return plain(in.ID+" "+in.Title, maxName, in.ID)
}

// isOf reports whether a room's name is that of an incident's, and it was made
// no earlier: another installation's INC-1 is another room.
func isOf(c channelIn, in *incident.Incident) bool {
	name := strings.ToLower(c.Name)
	id := strings.ToLower(in.ID)
	rest, ok := strings.CutPrefix(name, id)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '-' {
		return false
	}
	return in.Declared.Recorded.IsZero() || madeAt(c.ID).After(in.Declared.Recorded.Add(-2*time.Minute))
}

func (p *Platform) openThread(ctx context.Context, in *incident.Incident, where Rooms) (channelIn, error) {
	at := where.Channel
	if in.Private && where.Kind == Posts {
		at = where.Private
		if at == "" {
			return channelIn{}, fmt.Errorf("%s is private, and a forum has no private posts: name a text channel for the rooms of private incidents", in.ID)
		}
	}
	if at == "" {
		return channelIn{}, errors.New("no channel is configured for the rooms of incidents on Discord: write the id of one")
	}
	if !in.Private {
		if err := p.hidden(ctx, at); err != nil {
			return channelIn{}, fmt.Errorf("the room of %s was not opened: %w", in.ID, err)
		}
	}
	if c, ok, err := p.thread(ctx, at, in); err != nil || ok {
		return c, err
	}
	body := map[string]any{"name": title(in), "auto_archive_duration": int(p.archive().Minutes())}
	needs := publicThreads
	switch {
	case in.Private:
		body["type"], body["invitable"], needs = privateThread, false, privateThreads
	case where.Kind == Posts:
		needs = sendMessages
		body["message"] = letter{Content: bold(in.ID, 40) + " " + line(in.Title, 200) + "\n" + small("The card follows.")}
		tags, err := p.tagsOf(ctx, at, in)
		if err != nil {
			return channelIn{}, err
		}
		if len(tags) > 0 {
			body["applied_tags"] = tags
		}
	default:
		body["type"] = publicThread
	}
	var c channelIn
	err := p.do(ctx, call{method: "POST", path: "channels/" + at + "/threads", body: body, channel: at, needs: needs}, &c)
	return c, err
}

// hidden refuses a channel that everybody on the server can read.
func (p *Platform) hidden(ctx context.Context, channel string) error {
	if p.o.Rooms.Public {
		return nil
	}
	c, err := p.place(ctx, channel)
	if err != nil {
		return err
	}
	roles, err := p.roles(ctx)
	if err != nil {
		return err
	}
	if effective(c, p.guild, "", nil, roles)&viewChannel != 0 {
		return fmt.Errorf("everybody on the server can read #%s. Take View Channel from @everyone in its permissions, or set rooms.public: yes", c.Name)
	}
	return nil
}

// thread finds the thread that was made for an incident before, also one that
// fell asleep.
func (p *Platform) thread(ctx context.Context, at string, in *incident.Incident) (channelIn, bool, error) {
	me, err := p.self(ctx)
	if err != nil {
		return channelIn{}, false, err
	}
	paths, needs := []string{"guilds/" + p.guild + "/threads/active"}, readHistory
	if in.Private {
		needs |= manageThreads
		paths = append(paths, "channels/"+at+"/threads/archived/private?limit=100")
	} else {
		paths = append(paths, "channels/"+at+"/threads/archived/public?limit=100")
	}
	for _, path := range paths {
		var list struct {
			Threads []channelIn `json:"threads"`
		}
		if err := p.do(ctx, call{method: "GET", path: path, channel: at, needs: needs}, &list); err != nil {
			return channelIn{}, false, err
		}
		for _, c := range list.Threads {
			if c.Parent == at && c.Owner == me && isOf(c, in) && (c.Type == privateThread) == in.Private {
				return c, true, nil
			}
		}
	}
	return channelIn{}, false, nil
}

// openChannel makes a channel that the configured roles and the invited see;
// of a private incident the invited alone.
func (p *Platform) openChannel(ctx context.Context, in *incident.Incident, where Rooms, invite []incident.Person) (channelIn, error) {
	me, err := p.self(ctx)
	if err != nil {
		return channelIn{}, err
	}
	var list []channelIn
	if err := p.do(ctx, call{method: "GET", path: "guilds/" + p.guild + "/channels"}, &list); err != nil {
		return channelIn{}, err
	}
	for _, c := range list {
		if c.Type != textChannel || !isOf(c, in) || !strings.HasPrefix(c.Topic, in.ID+" ") {
			continue
		}
		if in.Private { // one that others can read is from before it was private
			if who, err := p.readers(ctx, c); err != nil {
				return channelIn{}, err
			} else if who != "" {
				continue
			}
		}
		return c, nil
	}
	type overwrite struct {
		ID    string `json:"id"`
		Type  int    `json:"type"` // 0 is a role, 1 a member
		Allow bits   `json:"allow"`
		Deny  bits   `json:"deny"`
	}
	work := seeRoom | embedLinks | attachFiles | addReactions | pinMessages | publicThreads | inThreads
	var who []overwrite
	if in.Private || !where.Public {
		who = append(who, overwrite{p.guild, 0, 0, viewChannel}, overwrite{me, 1, work, 0})
		if !in.Private {
			for _, role := range p.o.Roles {
				who = append(who, overwrite{role, 0, seeRoom, 0})
			}
		}
		for _, x := range invite {
			if id, ok := idOf(x); ok {
				who = append(who, overwrite{id, 1, seeRoom, 0})
			}
		}
	}
	body := map[string]any{"name": channelName(in), "type": textChannel, "topic": clip(in.ID+" "+strings.TrimSpace(plain(in.Title, 300, "")), 1000)}
	if len(who) > 0 {
		body["permission_overwrites"] = who
	}
	if where.Channel != "" {
		body["parent_id"] = where.Channel
	}
	var c channelIn
	err = p.do(ctx, call{method: "POST", path: "guilds/" + p.guild + "/channels", body: body, needs: manageChannels | manageRoles}, &c)
	return c, err
}

// channelName is the name of an incident's channel: letters and digits of any
// script, the rest hyphens.
func channelName(in *incident.Incident) string {
	name := strings.Join(strings.FieldsFunc(strings.ToLower(in.ID+" "+in.Title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}), "-")
	return strings.Trim(strings.TrimSuffix(clip(name, 60), "…"), "-")
}

func pathEscape(s string) string { return url.PathEscape(s) }

package discord

import (
	"context"
	"slices"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// maxTags is how many tags a post can have. Source: Discord's developer
// documentation, "Channel Resource".
const maxTags = 5

// NameRoom gives a room the incident's title, and a post the tags of its
// severity and state. Discord allows two names in ten minutes and does not say so
// before: it never waits, and a try that comes too early is [bot.Temporary] with
// what there is to wait.
func (p *Platform) NameRoom(ctx context.Context, in *incident.Incident, room bot.Channel) error {
	c, err := p.find(ctx, room.ID)
	if err != nil {
		return err
	}
	if err := p.tag(ctx, in, c); err != nil { // first: tags have no such limit
		return err
	}
	name, needs := title(in), manageThreads
	if !c.isThread() {
		name, needs = channelName(in), manageChannels
	}
	if c.Name == name {
		return nil
	}
	return p.changed(ctx, call{method: "PATCH", path: "channels/" + room.ID, body: map[string]string{"name": name}, channel: room.ID, needs: needs, hurry: true})
}

// changed changes a channel and notes what it is now.
func (p *Platform) changed(ctx context.Context, c call) error {
	var now channelIn
	if err := p.do(ctx, c, &now); err != nil {
		return err
	}
	p.names.setChannel(now)
	return nil
}

// tag puts the tags on a post that its incident has, and takes those of other
// severities and states off. What people have put on it stays.
func (p *Platform) tag(ctx context.Context, in *incident.Incident, c channelIn) error {
	if !c.isThread() {
		return nil
	}
	forum, err := p.find(ctx, c.Parent)
	if err != nil || forum.Type != forumChannel {
		return err
	}
	want, err := p.tagsOf(ctx, forum.ID, in)
	if err != nil {
		return err
	}
	ours := map[string]bool{}
	for _, word := range p.tagWords() {
		ours[p.tagFor(forum, word)] = true
	}
	have := c.Applied
	for _, id := range have {
		if !ours[id] && len(want) < maxTags {
			want = append(want, id)
		}
	}
	if same(want, have) {
		return nil
	}
	return p.changed(ctx, call{method: "PATCH", path: "channels/" + c.ID, body: map[string]any{"applied_tags": want}, channel: c.ID, needs: manageThreads})
}

// same compares two lists whose order means nothing.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// forumChannel is the type of a forum.
const forumChannel = 15

// tagsOf are the ids of the tags that an incident's post has in a forum: for its
// severity and its state, where the forum has such tags.
func (p *Platform) tagsOf(ctx context.Context, forum string, in *incident.Incident) ([]string, error) {
	c, err := p.find(ctx, forum)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, word := range []string{in.Severity, string(in.Status)} {
		if id := p.tagFor(c, word); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// tagWords are the severities and states for which a post may have a tag.
func (p *Platform) tagWords() []string {
	out := slices.Clone(p.severities())
	for word := range p.o.Rooms.Tags {
		out = append(out, word)
	}
	for _, s := range append(incident.Statuses(), incident.Canceled, incident.Merged) {
		out = append(out, string(s))
	}
	return out
}

// tagFor is the id of a forum's tag for a severity or a state: the configured
// one, or the one of its name; "" if there is none.
func (p *Platform) tagFor(forum channelIn, word string) string {
	if word == "" {
		return ""
	}
	name := orElse(p.o.Rooms.Tags[strings.ToLower(word)], word)
	for _, t := range forum.Tags {
		if strings.EqualFold(t.Name, name) {
			return t.ID
		}
	}
	return ""
}

// CloseRoom puts a room away at the end: a thread or a post is archived and
// locked. Discord has no archive for channels: one can be read as before, and
// nobody can write in it.
func (p *Platform) CloseRoom(ctx context.Context, room bot.Channel) error {
	c, err := p.find(ctx, room.ID)
	switch {
	case err != nil:
	case c.isThread():
		err = p.changed(ctx, call{method: "PATCH", path: "channels/" + room.ID, body: map[string]bool{"archived": true, "locked": true}, channel: room.ID, needs: manageThreads})
	default:
		err = p.silence(ctx, c, true)
	}
	if is(err, codeNoChannel) {
		return nil // it is gone
	}
	return err
}

// ReopenRoom brings a room back that CloseRoom, or somebody on Discord, has put
// away.
func (p *Platform) ReopenRoom(ctx context.Context, room bot.Channel) error {
	c, err := p.find(ctx, room.ID)
	switch {
	case err == nil && c.isThread():
		err = p.wake(ctx, room.ID)
	case err == nil:
		err = p.silence(ctx, c, false)
	}
	if err != nil && !temporary(err) { // another one is opened
		p.mu.Lock()
		for id, r := range p.rooms {
			if r.ID == room.ID {
				delete(p.rooms, id)
			}
		}
		p.mu.Unlock()
		p.names.dropChannel(room.ID)
	}
	return err
}

// silence takes the right to write in a channel from everybody but the bot, or
// gives it back to those who may see it.
func (p *Platform) silence(ctx context.Context, c channelIn, on bool) error {
	me, err := p.self(ctx)
	if err != nil {
		return err
	}
	const write = sendMessages | inThreads | publicThreads | addReactions
	list := slices.Clone(c.Overwrites)
	if !slices.ContainsFunc(list, func(o overwriteIn) bool { return o.ID == p.guild }) {
		list = append(list, overwriteIn{ID: p.guild})
	}
	if !slices.ContainsFunc(list, func(o overwriteIn) bool { return o.ID == me }) {
		list = append(list, overwriteIn{ID: me, Type: 1, Allow: viewChannel | write})
	}
	for i := range list {
		switch o := &list[i]; {
		case o.ID == me:
		case on:
			o.Allow, o.Deny = o.Allow&^write, o.Deny|write
		case o.Allow&viewChannel != 0: // one who was brought in
			o.Allow, o.Deny = o.Allow|sendMessages, o.Deny&^write
		default:
			o.Deny &^= write
		}
	}
	return p.changed(ctx, call{method: "PATCH", path: "channels/" + c.ID, body: map[string]any{"permission_overwrites": list}, channel: c.ID, needs: manageChannels | manageRoles})
}

// fate hands over that a room is gone, or back: deleted, archived and locked, or
// opened again, by whomever. Discord does not say by whom.
func (p *Platform) fate(ctx context.Context, c channelIn, gone bool, stamp string) {
	room := channelOf(c)
	if p.incidents.InRoom(room) == nil {
		return
	}
	r := bot.Request{Key: p.key(c.ID, "fate") + "/" + stamp, In: room, When: p.o.Now(), Do: bot.Back{}}
	switch {
	case gone:
		r.Do = bot.Gone{How: "deleted in Discord"}
		p.mu.Lock()
		for id, x := range p.rooms {
			if x.ID == c.ID {
				delete(p.rooms, id)
			}
		}
		p.mu.Unlock()
	case !c.isThread() || c.Thread == nil:
		return
	case c.Thread.Archived && c.Thread.Locked:
		r.Do = bot.Gone{How: "archived and locked in Discord"}
	case c.Thread.Archived || c.Thread.Locked:
		return // a word in it wakes it
	}
	p.hand(ctx, r)
}

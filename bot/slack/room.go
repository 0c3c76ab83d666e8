package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/incident"
)

// mostNames is how many names are tried for a room before that is given up:
// archived channels keep theirs.
const mostNames = 20

// OpenRoom makes the channel of an incident, or finds the one that it made
// before, and brings people in: who is invited, and the groups of the severity.
func (p *Platform) OpenRoom(ctx context.Context, in *incident.Incident, invite []incident.Person) (bot.Channel, string, error) {
	if p.o.Public {
		return bot.Channel{}, "", errors.New("this workspace is for the public: no rooms are opened in it")
	}
	if p.o.Thread != nil && !in.Private && p.o.Thread(in.Severity) {
		return p.openThread(ctx, bot.NewCard(in, p.o.Now(), p.zone(), p.incidents.Undelivered(in.ID)), in.Declared.Recorded)
	}
	me, err := p.self(ctx)
	if err != nil {
		return bot.Channel{}, "", err
	}
	c, err := p.create(ctx, me, in)
	if err != nil {
		return bot.Channel{}, "", err
	}
	p.people.learn(c.ID, c.Name)
	room := channelOf(c.ID, c.Name)
	if err := p.furnish(ctx, me, in, c, invite); err != nil {
		return bot.Channel{}, "", err
	}
	return room, me.url + "/archives/" + c.ID, nil
}

// purpose is the purpose of an incident's channel: it is how one that was made
// before an answer was lost is found again.
func purpose(in *incident.Incident) string {
	kind := ""
	if in.Private { // its own, not one that it had before it was private
		kind = "private, "
	}
	return fmt.Sprintf("%s, %sdeclared %s. Opened by sitrep.", in.ID, kind, in.Declared.Recorded.UTC().Format("2006-01-02 15:04:05.000 MST"))
}

func (p *Platform) create(ctx context.Context, me identity, in *incident.Incident) (*api.Channel, error) {
	name, plainly := ChannelName, false
	for try := 1; try <= mostNames; try++ {
		want := name(in.ID, in.Title, try)
		c, err := p.web.CreateConversationContext(ctx, api.CreateConversationParams{ChannelName: want, IsPrivate: in.Private})
		err = p.failed("conversations.create", err)
		switch {
		case err == nil:
			// First of all what it is: if the next call is lost, it is found by it.
			_, err := p.web.SetPurposeOfConversationContext(ctx, c.ID, purpose(in))
			return c, p.failed("conversations.setPurpose", err)
		case refused(err, "name_taken"):
			made, e := p.made(ctx, me, in, want)
			if e != nil || made != nil {
				return made, e
			}
		case refused(err, "invalid_name_specials", "invalid_name_punctuation", "invalid_name") && !plainly:
			name, plainly, try = PlainChannelName, true, try-1
		default:
			return nil, err
		}
	}
	return nil, fmt.Errorf("no name is free for the channel of %s; archive or rename old ones in Slack", in.ID)
}

// made finds the channel of a name, if it is the one that was made for the
// incident: its purpose says so, or it is ours, empty of one, and just made.
func (p *Platform) made(ctx context.Context, me identity, in *incident.Incident, name string) (*api.Channel, error) {
	kinds := []string{"public_channel", "private_channel"}
	for cursor := ""; ; {
		cs, next, err := p.web.GetConversationsContext(ctx, &api.GetConversationsParameters{Cursor: cursor, ExcludeArchived: true, Limit: 200, Types: kinds})
		if err != nil {
			return nil, p.failed("conversations.list", err)
		}
		for _, c := range cs {
			if c.Name != name || c.Creator != me.user || c.IsPrivate != in.Private {
				continue
			}
			born := c.Created.Time()
			if c.Purpose.Value == purpose(in) || c.Purpose.Value == "" && !born.Before(in.Declared.Recorded.Add(-overlap)) {
				if c.Purpose.Value == "" {
					if _, err := p.web.SetPurposeOfConversationContext(ctx, c.ID, purpose(in)); err != nil {
						return nil, p.failed("conversations.setPurpose", err)
					}
				}
				return &c, nil
			}
		}
		if cursor = next; next == "" {
			return nil, nil
		}
	}
}

// furnish gives a room its topic and its bookmarks and brings people in. What is
// there already is left as it is, so that it can be done again after an outage;
// what Slack refuses for good (a guest who cannot be invited) keeps nobody from
// working.
func (p *Platform) furnish(ctx context.Context, me identity, in *incident.Incident, c *api.Channel, invite []incident.Person) error {
	var minor []error
	try := p.lenient(ctx, &minor)
	p.people.topic(c.ID, topic(in))
	if _, err := p.web.SetTopicOfConversationContext(ctx, c.ID, topic(in)); err != nil {
		p.people.topic(c.ID, "")
		if err := try("conversations.setTopic", err); err != nil {
			return err
		}
	}
	if err := p.bring(ctx, me, in, c.ID, invite, try); err != nil {
		return err
	}
	if err := p.bookmark(ctx, in, c.ID, try); err != nil {
		return err
	}
	if len(minor) > 0 {
		p.o.Log.Warn("a room was opened, and something in it could not be set up", "incident", in.ID, "error", errors.Join(minor...))
	}
	return nil
}

// lenient passes on what may go away if it is tried again, and collects in minor
// what Slack refuses for good.
func (p *Platform) lenient(ctx context.Context, minor *[]error) func(method string, err error) error {
	return func(method string, err error) error {
		err = p.failed(method, err)
		if errors.Is(err, bot.ErrTemporary) || ctx.Err() != nil {
			return err
		}
		if err != nil && !refused(err, "already_in_channel", "cant_invite_self", "already_pinned") {
			*minor = append(*minor, err)
		}
		return nil
	}
}

// bring invites people and the groups of an incident's severity into a channel.
func (p *Platform) bring(ctx context.Context, me identity, in *incident.Incident, channel string, people []incident.Person, try func(string, error) error) error {
	ids, err := p.invited(ctx, me, in, people)
	if err != nil {
		return err
	}
	for start := 0; start < len(ids); start += mostInvited {
		if _, err := p.web.ForceInviteUsersToConversationContext(ctx, channel, ids[start:min(start+mostInvited, len(ids))]...); err != nil {
			if err := try("conversations.invite", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// Invite brings people into a room that is open. Into a thread nobody can be
// invited: who follows its channel reads it.
func (p *Platform) Invite(ctx context.Context, in *incident.Incident, room bot.Channel, people []incident.Person) error {
	channel, thread := spot(room)
	if thread != "" {
		return nil
	}
	me, err := p.self(ctx)
	if err != nil {
		return err
	}
	var minor []error
	if err := p.bring(ctx, me, in, channel, people, p.lenient(ctx, &minor)); err != nil {
		return err
	}
	return errors.Join(minor...)
}

// Readers says who can read a channel besides those who were let in by name.
func (p *Platform) Readers(ctx context.Context, room bot.Channel) (string, error) {
	channel, _ := spot(room)
	c, err := p.web.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: channel, IncludeNumMembers: true})
	if err = p.failed("conversations.info", err); err != nil {
		return "", err
	}
	if c.IsPrivate {
		return "", nil
	}
	who := fmt.Sprintf("the %d people in #%s", c.NumMembers, c.Name)
	if c.NumMembers == 1 {
		who = "the one member of #" + c.Name
	}
	return who + ", and by everybody else in the workspace", nil
}

// CloseRoom archives the channel of a room. A thread has no archive, and is left
// as it is; so is a channel that was no incident's alone.
func (p *Platform) CloseRoom(ctx context.Context, room bot.Channel) error {
	channel, thread := spot(room)
	if thread != "" {
		return nil
	}
	me, err := p.self(ctx)
	if err != nil {
		return err
	}
	c, err := p.web.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: channel})
	if err = p.failed("conversations.info", err); err != nil {
		return err
	}
	if c.Creator != me.user { // somebody's own, that was adopted
		return nil
	}
	err = p.failed("conversations.archive", p.web.ArchiveConversationContext(ctx, channel))
	if refused(err, "already_archived", "channel_not_found") {
		return nil
	}
	return err
}

// topic is the topic of an incident's channel.
func topic(in *incident.Incident) string {
	how := orElse(in.Severity, "severity not set")
	if !in.Open() {
		how += ", over"
	}
	return clip(strings.Join(strings.Fields(in.ID+" "+how+": "+in.Title), " "), maxTopic)
}

// maxTopic is how long a channel's topic can be, mostInvited how many can be
// invited at once. Source: Slack's reference of conversations.setTopic and
// conversations.invite.
const (
	maxTopic    = 250
	mostInvited = 100
)

// invited are the people who belong in a room: of a private incident those who
// are invited by name, and else the groups of its severity too.
func (p *Platform) invited(ctx context.Context, me identity, in *incident.Incident, invite []incident.Person) ([]string, error) {
	var ids []string
	seen := map[string]bool{me.user: true, "": true}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, who := range invite {
		if id, ours := strings.CutPrefix(who.ID, Name+"/"); ours {
			add(id)
		}
	}
	if in.Private {
		return ids, nil
	}
	for _, g := range append(append([]string(nil), p.o.Invite[""]...), p.o.Invite[in.Severity]...) {
		members, err := p.web.GetUserGroupMembersContext(ctx, g)
		if err = p.failed("usergroups.users.list", err); err != nil && (errors.Is(err, bot.ErrTemporary) || ctx.Err() != nil) {
			return nil, err
		}
		for _, id := range members {
			add(id)
		}
	}
	return ids, nil
}

// bookmark puts the ways out of a room at its top: the status page, the
// timeline and the postmortem.
func (p *Platform) bookmark(ctx context.Context, in *incident.Incident, channel string, try func(string, error) error) error {
	base := strings.TrimSuffix(p.o.BaseURL, "/")
	want := [][2]string{}
	if p.o.PageURL != "" {
		want = append(want, [2]string{"Status page", p.o.PageURL})
	}
	if base != "" {
		want = append(want, [2]string{"Timeline", base + "/i/" + in.ID}, [2]string{"Postmortem", base + "/i/" + in.ID + "#p-postmortem"})
	}
	if len(want) == 0 {
		return nil
	}
	there, err := p.web.ListBookmarksContext(ctx, channel)
	if err != nil {
		return try("bookmarks.list", err)
	}
	has := map[string]bool{}
	for _, b := range there {
		has[b.Link] = true
	}
	for _, w := range want {
		if has[w[1]] || !isWeb(w[1]) {
			continue
		}
		if _, err := p.web.AddBookmarkContext(ctx, channel, api.AddBookmarkParameters{Title: w[0], Type: "link", Link: w[1]}); err != nil {
			if err := try("bookmarks.add", err); err != nil {
				return err
			}
		}
	}
	return nil
}

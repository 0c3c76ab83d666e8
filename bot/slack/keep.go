package slack

import (
	"context"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// NameRoom gives an incident's channel the name and the topic that the incident
// has now, unless a person has given it a name. A thread has neither.
func (p *Platform) NameRoom(ctx context.Context, in *incident.Incident, room bot.Channel) error {
	channel, thread := spot(room)
	if thread != "" {
		return nil
	}
	if p.people.topic(channel, topic(in)) {
		if _, err := p.web.SetTopicOfConversationContext(ctx, channel, topic(in)); err != nil {
			p.people.topic(channel, "")
			return p.failed("conversations.setTopic", err)
		}
	}
	for _, r := range in.Rooms {
		if r.Place.ID == room.ID && r.Named {
			return nil // a person has named it
		}
	}
	name := ChannelName
	for try, plainly := 1, false; try <= mostNames; try++ {
		want := name(in.ID, in.Title, try)
		if strings.TrimPrefix(p.place(ctx, channel).Name, "#") == want {
			return nil
		}
		c, err := p.web.RenameConversationContext(ctx, channel, want)
		err = p.failed("conversations.rename", err)
		switch {
		case err == nil:
			p.people.learn(c.ID, c.Name)
			return nil
		case refused(err, "name_taken"):
		case refused(err, "invalid_name_specials", "invalid_name_punctuation", "invalid_name") && !plainly:
			name, plainly, try = PlainChannelName, true, try-1
		default:
			return err
		}
	}
	return nil // its number is in the old name too
}

// ReopenRoom takes an incident's channel out of the archive. Slack refuses that
// to most bots, since archiving has put them out of the channel too.
func (p *Platform) ReopenRoom(ctx context.Context, room bot.Channel) error {
	channel, thread := spot(room)
	if thread != "" {
		return nil
	}
	err := p.failed("conversations.unarchive", p.web.UnArchiveConversationContext(ctx, channel))
	if refused(err, "not_archived") {
		return nil
	}
	return err
}

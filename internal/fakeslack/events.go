package fakeslack

import (
	"slices"
	"strings"
	"time"
)

// tellMessage sends a message event about a channel.
func (f *Fake) tellMessage(ch *channel, ev obj, eventTS string) {
	ev["channel"], ev["channel_type"], ev["event_ts"] = ch.id, ch.kind(), eventTS
	f.tell(ch, "message."+map[string]string{"channel": "channels", "group": "groups", "im": "im"}[ch.kind()], ev)
}

// tell sends an event about a channel, if the app subscribes to it and the bot
// is in the channel. With no channel, it is about the workspace.
func (f *Fake) tell(ch *channel, subscription string, ev obj) {
	if ch != nil && !ch.has(f.ws.Bot.ID) && subscription != "channel_created" {
		return
	}
	if f.ws.Events != nil && !slices.Contains(f.ws.Events, subscription) {
		return
	}
	if _, stamped := ev["event_ts"]; !stamped {
		ev["event_ts"] = f.ts()
	}
	f.sendEvent(ch, ev)
}

// sendEvent wraps an event as the Events API does, and delivers it.
func (f *Fake) sendEvent(ch *channel, ev obj) *Delivery {
	kind, _ := ev["type"].(string)
	return f.deliver(&Delivery{Kind: "events_api", Type: kind}, raw(obj{
		"type": "event_callback", "token": "deprecated", "team_id": f.ws.TeamID, "context_team_id": f.ws.TeamID, "api_app_id": f.appID(),
		"event": ev, "event_id": f.id("Ev"), "event_time": time.Now().Unix(), "is_ext_shared_channel": ch != nil && ch.shared,
		"authorizations": []obj{{"enterprise_id": nil, "team_id": f.ws.TeamID, "user_id": f.ws.Bot.ID, "is_bot": true, "is_enterprise_install": false}},
	}))
}

// about names the twin of an event for private channels.
func (ch *channel) about(what string) string {
	if ch.private {
		return "group_" + what
	}
	return "channel_" + what
}

// system puts one of Slack's own lines into a channel.
func (f *Fake) system(ch *channel, user, subtype, text string, extra obj) {
	if ch.private {
		subtype = strings.Replace(subtype, "channel_", "group_", 1)
	}
	m := &message{user: user, subtype: subtype, text: text, extra: extra}
	m.ts = f.ts()
	ch.add(m)
	f.tellMessage(ch, f.shape(ch, m, true), m.ts)
}

func (f *Fake) enter(ch *channel, user, inviter string) {
	if ch.has(user) {
		return
	}
	ch.members = append(ch.members, user)
	ev := obj{"type": "member_joined_channel", "user": user, "channel": ch.id, "channel_type": strings.ToUpper(ch.kind()[:1]), "team": f.ws.TeamID}
	extra := obj{}
	if inviter != "" {
		ev["inviter"], extra["inviter"] = inviter, inviter
	}
	f.system(ch, user, "channel_join", "<@"+user+"> has joined the channel", extra)
	f.tell(ch, "member_joined_channel", ev)
}

func (f *Fake) exit(ch *channel, user string) {
	if user == f.ws.Bot.ID { // the last that the app hears of the channel
		f.tell(ch, ch.about("left"), obj{"type": ch.about("left"), "channel": ch.id, "actor_id": user})
	}
	f.system(ch, user, "channel_leave", "<@"+user+"> has left the channel", nil)
	f.tell(ch, "member_left_channel", obj{"type": "member_left_channel", "user": user, "channel": ch.id, "channel_type": strings.ToUpper(ch.kind()[:1]), "team": f.ws.TeamID})
	ch.members = slices.DeleteFunc(ch.members, func(id string) bool { return id == user })
}

// archive closes a channel, and takes the bot's membership away: Slack does, and
// so a bot cannot unarchive. It may still read the history.
func (f *Fake) archive(ch *channel, user string) {
	f.system(ch, user, "channel_archive", "archived the channel", nil)
	f.tell(ch, ch.about("archive"), obj{"type": ch.about("archive"), "channel": ch.id, "user": user, "is_moved": 0})
	ch.archived, ch.formerBot = true, ch.has(f.ws.Bot.ID)
	ch.members = slices.DeleteFunc(ch.members, func(id string) bool { return id == f.ws.Bot.ID })
}

func (f *Fake) unarchive(ch *channel, user string) {
	ch.archived = false
	if ch.formerBot {
		ch.formerBot = false
		ch.members = append(ch.members, f.ws.Bot.ID)
	}
	f.system(ch, user, "channel_unarchive", "un-archived the channel", nil)
	f.tell(ch, ch.about("unarchive"), obj{"type": ch.about("unarchive"), "channel": ch.id, "user": user})
}

func (f *Fake) rename(ch *channel, user, name string) {
	old := ch.name
	ch.name, ch.previous = name, append(ch.previous, old)
	f.system(ch, user, "channel_name", "has renamed the channel from \""+old+"\" to \""+name+"\"", obj{"old_name": old, "name": name})
	f.tell(ch, ch.about("rename"), obj{"type": ch.about("rename"), "channel": obj{"id": ch.id, "name": name, "created": ch.created.Unix(), "is_channel": !ch.private}})
}

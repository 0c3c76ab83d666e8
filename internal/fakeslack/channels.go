package fakeslack

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of channels, from the reference of conversations.*.
const (
	maxName    = 80
	maxTopic   = 250
	maxInvited = 100 // users of one invite call
)

func channelMethods() map[string]method {
	manage, read := "channels:manage groups:write", "channels:read groups:read im:read"
	return map[string]method{
		"conversations.create":     {tier: tier2, scope: manage, handle: createChannel},
		"conversations.archive":    {tier: tier2, scope: manage, handle: archiveChannel},
		"conversations.unarchive":  {tier: tier2, scope: manage, handle: unarchiveChannel},
		"conversations.rename":     {tier: tier2, scope: manage, handle: renameChannel},
		"conversations.setTopic":   {tier: tier2, scope: manage, handle: setTopic},
		"conversations.setPurpose": {tier: tier2, scope: manage, handle: setPurpose},
		"conversations.invite":     {tier: tier3, scope: manage, handle: invite},
		"conversations.kick":       {tier: tier3, scope: manage, handle: kick},
		"conversations.join":       {tier: tier3, scope: "channels:join", handle: join},
		"conversations.leave":      {tier: tier3, scope: manage, handle: leave},
		"conversations.open":       {tier: tier3, scope: "im:write", handle: openDirect},
		"conversations.info":       {tier: tier3, scope: read, handle: channelInfo},
		"conversations.members":    {tier: tier4, scope: read, handle: channelMembers},
		"conversations.list":       {tier: tier2, scope: read, handle: channelList},
		"users.conversations":      {tier: tier2, scope: read, handle: channelList},
	}
}

// describe is a channel as the Web API gives it.
func (f *Fake) describe(c *channel) obj {
	say := func(n note) obj {
		set := int64(0)
		if !n.at.IsZero() {
			set = n.at.Unix()
		}
		return obj{"value": n.value, "creator": n.by, "last_set": set}
	}
	o := obj{"id": c.id, "created": c.created.Unix(), "creator": c.creator, "is_archived": c.archived, "is_private": c.private, "is_im": c.im,
		"is_channel": !c.private && !c.im, "is_group": c.private && !c.im, "is_mpim": false, "is_shared": c.shared, "is_ext_shared": c.shared, "is_org_shared": false,
		"is_general": c.name == "general", "is_member": c.has(f.ws.Bot.ID), "topic": say(c.topic), "purpose": say(c.purpose),
		"num_members": len(c.members), "context_team_id": f.ws.TeamID, "previous_names": append([]string{}, c.previous...)}
	if c.im {
		o["user"] = c.members[0]
	} else {
		o["name"], o["name_normalized"] = c.name, c.name
	}
	return o
}

var oddName = regexp.MustCompile(`^[-_]+$`)

// badName says what is wrong with a channel's name. Slack allows letters and
// digits of any script, hyphens and underscores; Latin letters must be small.
func badName(name string) *refusal {
	switch {
	case name == "":
		return refuse("invalid_name_required")
	case utf8.RuneCountInString(name) > maxName:
		return refuse("invalid_name_maxlength")
	case oddName.MatchString(name):
		return refuse("invalid_name_punctuation")
	}
	for _, r := range name {
		if r == '-' || r == '_' || unicode.IsDigit(r) || unicode.IsMark(r) || unicode.IsLetter(r) && !unicode.IsUpper(r) {
			continue
		}
		return refuse("invalid_name_specials")
	}
	return nil
}

// taken says whether a channel has a name; archived ones keep theirs.
func (f *Fake) taken(name string) bool {
	for _, c := range f.channels {
		if !c.im && !c.gone && c.name == name {
			return true
		}
	}
	return false
}

func createChannel(f *Fake, c call) (obj, *refusal) {
	name := c.str("name")
	if no := badName(name); no != nil {
		return nil, no
	}
	if f.taken(name) {
		return nil, refuse("name_taken")
	}
	ch := f.addChannel(Channel{Name: name, Private: c.is("is_private"), Members: []string{f.ws.Bot.ID}})
	if !ch.private {
		f.tell(ch, "channel_created", obj{"type": "channel_created", "channel": obj{"id": ch.id, "name": name, "created": ch.created.Unix(), "creator": ch.creator}})
	}
	return obj{"channel": f.describe(ch)}, nil
}

// mine finds the channel that the bot wants to change.
func (f *Fake) mine(c call) (*channel, *refusal) {
	ch, no := f.readable(c)
	switch {
	case no != nil:
		return nil, no
	case ch.im:
		return nil, refuse("method_not_supported_for_channel_type")
	case ch.archived:
		return nil, refuse("is_archived")
	}
	return ch, nil
}

func archiveChannel(f *Fake, c call) (obj, *refusal) {
	ch, no := f.mine(c)
	switch {
	case no != nil && no.code == "is_archived":
		return nil, refuse("already_archived")
	case no != nil:
		return nil, no
	case ch.name == "general":
		return nil, refuse("cant_archive_general")
	}
	f.archive(ch, f.ws.Bot.ID)
	return nil, nil
}

// unarchiveChannel is refused to a bot: archiving takes its membership away, and
// unarchiving needs it.
func unarchiveChannel(f *Fake, c call) (obj, *refusal) {
	ch := f.find(c.str("channel"))
	switch {
	case ch == nil:
		return nil, refuse("channel_not_found")
	case !ch.archived:
		return nil, refuse("not_archived")
	}
	return nil, refuse("not_in_channel")
}

func renameChannel(f *Fake, c call) (obj, *refusal) {
	ch, no := f.mine(c)
	if no != nil {
		return nil, no
	}
	if no := badName(c.str("name")); no != nil {
		return nil, no
	}
	if c.str("name") != ch.name && f.taken(c.str("name")) {
		return nil, refuse("name_taken")
	}
	f.rename(ch, f.ws.Bot.ID, c.str("name"))
	return obj{"channel": f.describe(ch)}, nil
}

func setTopic(f *Fake, c call) (obj, *refusal) {
	return f.annotate(c, "topic", func(ch *channel) *note { return &ch.topic })
}

func setPurpose(f *Fake, c call) (obj, *refusal) {
	return f.annotate(c, "purpose", func(ch *channel) *note { return &ch.purpose })
}

func (f *Fake) annotate(c call, what string, of func(*channel) *note) (obj, *refusal) {
	ch, no := f.mine(c)
	if no != nil {
		return nil, no
	}
	text := c.str(what)
	if utf8.RuneCountInString(text) > maxTopic {
		return nil, refuse("too_long")
	}
	*of(ch) = note{text, f.ws.Bot.ID, time.Now()}
	f.system(ch, f.ws.Bot.ID, "channel_"+what, "set the channel "+what+": "+text, obj{what: text})
	return obj{"channel": f.describe(ch)}, nil
}

func invite(f *Fake, c call) (obj, *refusal) {
	ch, no := f.mine(c)
	if no != nil {
		return nil, no
	}
	users := c.list("users")
	switch {
	case len(users) == 0:
		return nil, refuse("no_user")
	case len(users) > maxInvited:
		return nil, refuse("too_many_users")
	}
	var errs []obj
	var good []string
	for _, id := range users {
		code := ""
		switch u := f.users[id]; {
		case u == nil:
			code = "user_not_found"
		case u.Deleted:
			code = "cant_invite"
		case id == f.ws.Bot.ID:
			code = "cant_invite_self"
		case u.TeamID != f.ws.TeamID && !ch.shared:
			code = "no_external_invite_permission"
		case ch.has(id):
			code = "already_in_channel"
		}
		if code != "" {
			errs = append(errs, obj{"ok": false, "error": code, "user": id})
			continue
		}
		good = append(good, id)
	}
	if len(errs) > 0 && !(c.is("force") && len(good) > 0) {
		code, _ := errs[0]["error"].(string)
		return nil, &refusal{code: code, extra: obj{"errors": errs}}
	}
	for _, id := range good {
		f.enter(ch, id, f.ws.Bot.ID)
	}
	out := obj{"channel": f.describe(ch)}
	if errs != nil {
		out["errors"] = errs
	}
	return out, nil
}

func kick(f *Fake, c call) (obj, *refusal) {
	ch, no := f.mine(c)
	switch {
	case no != nil:
		return nil, no
	case c.str("user") == f.ws.Bot.ID:
		return nil, refuse("cant_kick_self")
	case ch.name == "general":
		return nil, refuse("cant_kick_from_general")
	case !ch.has(c.str("user")):
		return nil, refuse("not_in_channel")
	}
	f.exit(ch, c.str("user"))
	return nil, nil
}

func join(f *Fake, c call) (obj, *refusal) {
	ch := f.find(c.str("channel"))
	switch {
	case ch == nil, ch.private && !ch.has(f.ws.Bot.ID):
		return nil, refuse("channel_not_found")
	case ch.archived:
		return nil, refuse("is_archived")
	case ch.has(f.ws.Bot.ID):
		return obj{"channel": f.describe(ch), "warning": "already_in_channel", "response_metadata": obj{"warnings": []string{"already_in_channel"}}}, nil
	}
	f.enter(ch, f.ws.Bot.ID, "")
	return obj{"channel": f.describe(ch)}, nil
}

func leave(f *Fake, c call) (obj, *refusal) {
	ch, no := f.mine(c)
	if no != nil {
		return nil, no
	}
	f.exit(ch, f.ws.Bot.ID)
	return nil, nil
}

func openDirect(f *Fake, c call) (obj, *refusal) {
	users := c.list("users")
	if len(users) != 1 {
		return nil, refuse("users_list_not_supplied")
	}
	if f.users[users[0]] == nil {
		return nil, refuse("user_not_found")
	}
	ch := f.direct(users[0])
	return obj{"channel": obj{"id": ch.id}, "no_op": len(ch.messages) > 0}, nil
}

func channelInfo(f *Fake, c call) (obj, *refusal) {
	ch := f.find(c.str("channel"))
	if ch == nil || ch.private && !ch.has(f.ws.Bot.ID) && !ch.formerBot {
		return nil, refuse("channel_not_found")
	}
	return obj{"channel": f.describe(ch)}, nil
}

func channelMembers(f *Fake, c call) (obj, *refusal) {
	ch := f.find(c.str("channel"))
	if ch == nil || ch.private && !ch.has(f.ws.Bot.ID) {
		return nil, refuse("channel_not_found")
	}
	part, next, no := cut(c, ch.members, min(max(1, c.int("limit", 100)), maxPage))
	if no != nil {
		return nil, no
	}
	return obj{"members": slices.Clone(part), "response_metadata": obj{"next_cursor": next}}, nil
}

func channelList(f *Fake, c call) (obj, *refusal) {
	types := c.list("types")
	if len(types) == 0 {
		types = []string{"public_channel"}
	}
	var all []*channel
	for _, id := range f.chanIDs {
		ch := f.channels[id]
		kind := strings.NewReplacer("channel", "public_channel", "group", "private_channel").Replace(ch.kind())
		if ch.gone || ch.private && !ch.has(f.ws.Bot.ID) || c.is("exclude_archived") && ch.archived || c.method == "users.conversations" && !ch.has(f.ws.Bot.ID) || !slices.Contains(types, kind) {
			continue
		}
		all = append(all, ch)
	}
	part, next, no := cut(c, all, min(max(1, c.int("limit", 100)), maxPage))
	if no != nil {
		return nil, no
	}
	list := []obj{}
	for _, ch := range part {
		list = append(list, f.describe(ch))
	}
	return obj{"channels": list, "response_metadata": obj{"next_cursor": next}}, nil
}

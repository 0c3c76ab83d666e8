package fakeslack

import (
	"fmt"
	"slices"
	"time"
)

// An Alert is a message of another app: an alerting tool that posts where the
// team works.
type Alert struct {
	Name        string // of the bot, as it is shown
	Text        string
	Blocks      string // JSON, as it would be sent; taken as it is
	Attachments string // likewise
}

// put makes a message of a person in a channel.
func (f *Fake) put(where, who string, m *message) Ref {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u := f.channel(where), f.user(who)
	if ch.archived {
		panic(fmt.Sprintf("fakeslack: %s is archived, so that nobody can write in it", ch.name))
	}
	if !ch.has(u.ID) { // who writes in a channel has joined it
		f.enter(ch, u.ID, "")
	}
	m.user = u.ID
	if m.bot == "" {
		m.client, m.blocks = f.envelopeID(), f.rich(m.text)
	}
	if u.Bot {
		m.bot, m.client = "B"+u.ID[1:], ""
	}
	f.say(ch, m)
	return Ref{ch.id, m.ts}
}

// Say writes a message as a person; who is not yet in the channel joins it. The
// text is as Slack stores it: mentions are <@U…>, and & < > are escaped.
func (f *Fake) Say(where, who, text string) Ref { return f.put(where, who, &message{text: text}) }

// Reply answers in the thread of a message; broadcast shows it in the channel too.
func (f *Fake) Reply(to Ref, who, text string, broadcast bool) Ref {
	f.mu.Lock()
	root := f.at(to)
	thread := to.TS
	if root.thread != "" {
		thread = root.thread
	}
	f.mu.Unlock()
	return f.put(to.Channel, who, &message{text: text, thread: thread, broadcast: broadcast})
}

// Share writes a message with files.
func (f *Fake) Share(where, who, text string, files ...File) Ref {
	m := &message{text: text, subtype: "file_share"}
	f.mu.Lock()
	for _, x := range files {
		m.files = append(m.files, f.addFile(x, f.user(who).ID))
	}
	f.mu.Unlock()
	return f.put(where, who, m)
}

// Post writes a message of another app.
func (f *Fake) Post(where string, a Alert) Ref {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &message{subtype: "bot_message", text: a.Text, name: a.Name, bot: f.id("B")}
	for _, part := range []struct {
		text string
		into *[]any
	}{{a.Blocks, &m.blocks}, {a.Attachments, &m.attachments}} {
		if part.text != "" {
			*part.into = mustList(part.text)
		}
	}
	ch := f.channel(where)
	f.say(ch, m)
	return Ref{ch.id, m.ts}
}

// at is the message that a ref names. Not to find one is the test's mistake.
func (f *Fake) at(ref Ref) *message {
	m := f.channel(ref.Channel).message(ref.TS)
	if m == nil {
		panic(fmt.Sprintf("fakeslack: there is no message %s in %s", ref.TS, ref.Channel))
	}
	return m
}

// Edit changes a message's text, as its author does.
func (f *Fake) Edit(ref Ref, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, m := f.channel(ref.Channel), f.at(ref)
	before := f.shape(ch, m, true)
	m.text = text
	if m.client != "" {
		m.blocks = f.rich(text)
	}
	f.changed(ch, m, before, m.user)
}

// Unfurl changes a message without changing its text, as a link's preview does:
// the app is told of an edit that is none.
func (f *Fake) Unfurl(ref Ref, title string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, m := f.channel(ref.Channel), f.at(ref)
	before := f.shape(ch, m, true)
	m.attachments = append(slices.Clone(m.attachments), obj{"id": len(m.attachments) + 1, "title": title, "fallback": title, "from_url": "https://example.com/"})
	ts := f.ts()
	f.tellMessage(ch, obj{"type": "message", "subtype": "message_changed", "hidden": true, "ts": ts, "message": f.shape(ch, m, true), "previous_message": before}, ts)
}

// Delete deletes a message, as its author does.
func (f *Fake) Delete(ref Ref) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.withdraw(f.channel(ref.Channel), f.at(ref))
}

// React adds a person's reaction; name is an emoji's without colons.
func (f *Fake) React(ref Ref, who, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.react(f.channel(ref.Channel), f.at(ref), f.user(who).ID, name)
}

// Unreact takes a person's reaction away.
func (f *Fake) Unreact(ref Ref, who, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unreact(f.channel(ref.Channel), f.at(ref), f.user(who).ID, name)
}

// Pin pins a message as a person.
func (f *Fake) Pin(ref Ref, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pin(f.channel(ref.Channel), f.at(ref), f.user(who).ID)
}

// Unpin unpins a message as a person.
func (f *Fake) Unpin(ref Ref, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unpin(f.channel(ref.Channel), f.at(ref), f.user(who).ID)
}

// Direct is the id of the conversation that a person has with the bot alone.
func (f *Fake) Direct(who string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.direct(f.user(who).ID).id
}

// Reload starts a person's Slack anew: what only they saw is gone, and so are
// their modals.
func (f *Fake) Reload(who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.user(who)
	for _, ch := range f.channels {
		for _, m := range ch.messages {
			m.deleted = m.deleted || m.only == u.ID
		}
	}
	for _, v := range f.stacks[u.ID] {
		v.gone = true
	}
	delete(f.stacks, u.ID)
}

// Open makes a channel as a person, who is its first member.
func (f *Fake) Open(name, who string, private bool) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := f.addChannel(Channel{Name: name, Private: private, Members: []string{who}})
	return ch.id
}

// Join brings a person (or the bot) into a channel; by is who invited, or "".
func (f *Fake) Join(where, who, by string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	inviter := ""
	if by != "" {
		inviter = f.user(by).ID
	}
	f.enter(f.channel(where), f.user(who).ID, inviter)
}

// Leave takes a person (or the bot) out of a channel.
func (f *Fake) Leave(where, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.exit(f.channel(where), f.user(who).ID)
}

// Rename gives a channel another name, as a person.
func (f *Fake) Rename(where, who, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rename(f.channel(where), f.user(who).ID, name)
}

// SetTopic sets a channel's topic, as a person.
func (f *Fake) SetTopic(where, who, topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u := f.channel(where), f.user(who)
	ch.topic = note{topic, u.ID, time.Now()}
	f.system(ch, u.ID, "channel_topic", "set the channel topic: "+topic, obj{"topic": topic})
}

// Archive archives a channel, as a person.
func (f *Fake) Archive(where, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.archive(f.channel(where), f.user(who).ID)
}

// Unarchive opens an archived channel again, as a person.
func (f *Fake) Unarchive(where, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unarchive(f.channel(where), f.user(who).ID)
}

// MakePrivate makes a public channel private, as a person.
func (f *Fake) MakePrivate(where, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := f.channel(where)
	f.system(ch, f.user(who).ID, "channel_convert_to_private", "made this channel private", nil)
	ch.private = true
}

// Remove deletes a channel with all that is in it, as a person.
func (f *Fake) Remove(where, who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u := f.channel(where), f.user(who)
	f.tell(ch, ch.about("deleted"), obj{"type": ch.about("deleted"), "channel": ch.id, "actor_id": u.ID})
	ch.gone = true
}

// Deactivate ends a person's account.
func (f *Fake) Deactivate(who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.user(who)
	u.Deleted = true
	f.tell(nil, "user_change", obj{"type": "user_change", "user": f.shown(u), "cache_ts": time.Now().Unix()})
}

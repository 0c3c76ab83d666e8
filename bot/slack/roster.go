package slack

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/incident"
)

// fresh is how long what is known of a person holds: names and zones change
// rarely, and Slack does not say so without another scope.
const fresh = 6 * time.Hour

// A roster is what is known of people, groups and channels.
type roster struct {
	ask func(ctx context.Context, id string) (member, error)

	mu       sync.Mutex
	people   map[string]member
	groups   map[string]string
	channels map[string]string
	topics   map[string]string    // of the rooms, as we last set them
	silence  map[string]time.Time // until when Slack is not asked again about who or what it did not tell of
}

// topic reports whether a channel's topic is not known to be this one, and notes
// that it is going to be.
func (d *roster) topic(channel, topic string) (other bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.topics == nil || len(d.topics) > keptRecent {
		d.topics = map[string]string{}
	}
	other = d.topics[channel] != topic
	d.topics[channel] = topic
	return other
}

// quiet is how long Slack is not asked again about somebody or something that it
// did not tell of, unless it says how long itself.
const quiet = 2 * time.Minute

func (d *roster) mayAsk(what string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !now.Before(d.silence[what])
}

func (d *roster) toldNothing(what string, now time.Time, err error) {
	wait := quiet
	var t *bot.Temporary
	if errors.As(err, &t) {
		wait = max(t.After, time.Second) // it may know in a moment
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.silence == nil || len(d.silence) > keptRecent {
		d.silence = map[string]time.Time{}
	}
	d.silence[what] = now.Add(wait)
}

// A member is somebody in the workspace.
type member struct {
	name   string
	zone   *time.Location
	team   string // the organisation; another one's is a guest of Slack Connect
	bot    bool
	learnt time.Time
}

// PersonID is how somebody is called in the record, and in people: of the
// configuration.
func PersonID(user string) string { return Name + "/" + user }

// known returns somebody as far as they are known, asking Slack for who is not.
// A person whom Slack does not tell of now has no name yet.
func (d *roster) known(ctx context.Context, id string, now time.Time) member {
	d.mu.Lock()
	m, there := d.people[id]
	d.mu.Unlock()
	if id == "" || there && now.Sub(m.learnt) < fresh {
		return m
	}
	if !d.mayAsk("u/"+id, now) {
		return m
	}
	asked, err := d.ask(ctx, id)
	if err != nil {
		d.toldNothing("u/"+id, now, err)
		return m // what was known holds a little longer
	}
	asked.learnt = now
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.people == nil {
		d.people = map[string]member{}
	}
	d.people[id] = asked
	return asked
}

func (p *Platform) askPerson(ctx context.Context, id string) (member, error) {
	u, err := p.web.GetUserInfoContext(ctx, id)
	if err != nil {
		return member{}, p.failed("users.info", err)
	}
	return memberOf(*u), nil
}

func memberOf(u api.User) member {
	m := member{team: u.TeamID, bot: u.IsBot, name: orElse(u.Profile.DisplayName, orElse(u.RealName, u.Name))}
	if z, err := time.LoadLocation(u.TZ); err == nil && u.TZ != "" {
		m.zone = z
	}
	return m
}

// person is who somebody is in the record.
func (p *Platform) person(ctx context.Context, me identity, id string) (incident.Person, member) {
	m := p.people.known(ctx, id, p.o.Now())
	who := incident.Person{ID: PersonID(id), Name: orElse(m.name, "someone")}
	if stranger(me, m) {
		who.Name += " (another organisation)"
	}
	return who, m
}

// stranger reports whether somebody belongs to another organisation: what they
// say is kept and marked, and they command nothing.
func stranger(me identity, m member) bool { return m.team != "" && me.team != "" && m.team != me.team }

// learn notes the name of a channel.
func (d *roster) learn(channel, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.channels == nil {
		d.channels = map[string]string{}
	}
	if name = strings.TrimPrefix(name, "#"); name != "" {
		d.channels[channel] = name
	}
}

// channel is a channel by its id, with its name if it is known or Slack says it.
func (p *Platform) channel(ctx context.Context, id string) string {
	p.people.mu.Lock()
	name := p.people.channels[id]
	p.people.mu.Unlock()
	if name != "" || id == "" || strings.HasPrefix(id, "D") {
		return name
	}
	if !p.people.mayAsk("c/"+id, p.o.Now()) {
		return ""
	}
	c, err := p.web.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: id})
	if err = p.failed("conversations.info", err); err != nil {
		p.people.toldNothing("c/"+id, p.o.Now(), err)
		return ""
	}
	p.people.learn(id, c.Name)
	return c.Name
}

// A lookup answers a Reader.
type lookup struct{ person, group, channel func(id string) string }

func (l lookup) Person(id string) string  { return l.person(id) }
func (l lookup) Group(id string) string   { return l.group(id) }
func (l lookup) Channel(id string) string { return l.channel(id) }

// reader reads texts, asking Slack for the names that are not known yet.
func (p *Platform) reader(ctx context.Context, me identity) Reader {
	return Reader{Team: me.team, Zone: p.zone(), Names: lookup{
		person:  func(id string) string { return p.people.known(ctx, id, p.o.Now()).name },
		group:   func(id string) string { return p.group(ctx, id) },
		channel: func(id string) string { return p.channel(ctx, id) },
	}}
}

// group is the handle of a user group; "" if there is none or Slack does not say.
func (p *Platform) group(ctx context.Context, id string) string {
	d := &p.people
	d.mu.Lock()
	name, asked := d.groups[id]
	d.mu.Unlock()
	if asked {
		return name
	}
	if !d.mayAsk("groups", p.o.Now()) {
		return ""
	}
	groups, err := p.web.GetUserGroupsContext(ctx)
	if err = p.failed("usergroups.list", err); err != nil {
		d.toldNothing("groups", p.o.Now(), err)
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.groups = map[string]string{id: ""}
	for _, g := range groups {
		d.groups[g.ID] = g.Handle
	}
	return d.groups[id]
}

// recent remembers what was done lately, so that a delivery that comes again is
// answered once.
type recent struct {
	mu    sync.Mutex
	seen  map[string]bool
	order []string
}

// keptRecent is how many are remembered: Slack has delivered one thing eleven
// times within minutes, and a thousand commands at once are possible.
const keptRecent = 20_000

// first reports whether a key is new.
func (r *recent) first(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[key] {
		return false
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[key] = true
	r.order = append(r.order, key)
	if len(r.order) > keptRecent {
		delete(r.seen, r.order[0])
		r.order = r.order[1:]
	}
	return true
}

// forget lets a key be done again: doing it has failed.
func (r *recent) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, key)
}

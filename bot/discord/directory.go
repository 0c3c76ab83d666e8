package discord

import (
	"slices"
	"strings"
	"sync"
)

// A directory is what is known of the guild: its roles, channels, threads,
// emojis, and the people who have been seen. The gateway fills it; what is
// missing is asked for when it is needed.
type directory struct {
	mu       sync.Mutex
	roles    map[string]roleIn
	channels map[string]channelIn
	people   map[string]string
	emojis   []namedIn
	guild    string // its name
}

func (d *directory) fill(g guildIn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.roles, d.channels, d.emojis, d.guild = map[string]roleIn{}, map[string]channelIn{}, g.Emojis, g.Name
	for _, r := range g.Roles {
		d.roles[r.ID] = r
	}
	for _, c := range slices.Concat(g.Channels, g.Threads) {
		d.channels[c.ID] = c
	}
	for _, m := range g.Members {
		d.learn(m.User, &m)
	}
}

// learn notes a name; the lock is held.
func (d *directory) learn(u *userIn, m *memberIn) {
	if u == nil && m != nil {
		u = m.User
	}
	if u == nil || u.ID == "" {
		return
	}
	if d.people == nil {
		d.people = map[string]string{}
	}
	d.people[u.ID] = nameOf(u, m)
}

func (d *directory) met(u *userIn, m *memberIn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.learn(u, m)
}

// like lists people whose name has a part in it, by name.
func (d *directory) like(part string, most int) []namedIn {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []namedIn
	for id, name := range d.people {
		if has(name, strings.TrimPrefix(part, "@")) {
			out = append(out, namedIn{id, name})
		}
	}
	slices.SortFunc(out, func(a, b namedIn) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out[:min(most, len(out))]
}

// named lists those who are called exactly so.
func (d *directory) named(name string) []namedIn {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []namedIn
	for id, x := range d.people {
		if strings.EqualFold(x, name) {
			out = append(out, namedIn{id, x})
		}
	}
	return out
}

func (d *directory) setChannel(c channelIn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.channels == nil {
		d.channels = map[string]channelIn{}
	}
	d.channels[c.ID] = c
}

func (d *directory) dropChannel(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.channels, id)
}

func (d *directory) setRole(r roleIn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.roles == nil {
		d.roles = map[string]roleIn{}
	}
	d.roles[r.ID] = r
}

func (d *directory) dropRole(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.roles, id)
}

func (d *directory) setEmojis(es []namedIn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.emojis = es
}

func (d *directory) person(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.people[id]
}

func (d *directory) role(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.roles[id].Name
}

func (d *directory) channel(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channels[id].Name
}

func (d *directory) known(id string) (channelIn, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.channels[id]
	return c, ok
}

// allRoles returns the guild's roles, by id.
func (d *directory) allRoles() map[string]roleIn {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]roleIn{}
	for id, r := range d.roles {
		out[id] = r
	}
	return out
}

// signs are the names of the characters that are used to mark messages. People
// configure the name; Discord speaks of the character.
func signs() map[string]string {
	return map[string]string{
		"pushpin": "📌", "round_pushpin": "📍", "bookmark": "🔖", "star": "⭐", "memo": "📝", "pencil": "📝", "eyes": "👀", "clipboard": "📋", "card_index": "📇",
		"white_check_mark": "✅", "heavy_check_mark": "✔️", "warning": "⚠️", "exclamation": "❗", "rotating_light": "🚨", "fire": "🔥", "ledger": "📒", "scroll": "📜", "camera": "📷",
		"triangular_flag_on_post": "🚩", "thumbsup": "👍", "+1": "👍", "heavy_plus_sign": "➕", "hourglass": "⌛", "alarm_clock": "⏰", "question": "❓", "mag": "🔍",
	}
}

// sign is how a route names an emoji: a character, or name:id of one of the
// guild's own; "" if there is none of that name.
func (d *directory) sign(name string) string {
	name = strings.Trim(name, ":")
	if s := signs()[name]; s != "" {
		return s
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.emojis {
		if e.Name == name {
			return e.Name + ":" + e.ID
		}
	}
	if strings.IndexFunc(name, func(r rune) bool { return r > 0x2000 }) >= 0 {
		return name
	}
	return ""
}

// spoken is what a reaction is called: by the name that marks have in the
// configuration, if it is one of them; else as Discord names it.
func spoken(e emojiIn, marks []string) string {
	if e.ID != "" {
		return e.Name
	}
	for _, m := range marks {
		if m = strings.Trim(m, ":"); signs()[m] == e.Name {
			return m
		}
	}
	return e.Name
}

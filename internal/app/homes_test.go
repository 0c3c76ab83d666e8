package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot/discord"
	"sitrep/bot/slack"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakediscord"
	"sitrep/internal/fakeslack"
	"sitrep/internal/story"
	"sitrep/store"
	"sitrep/store/memory"
)

// The seed incident, half of it said and typed in Slack and half in Discord,
// with every delivery made twice and out of order, Slack away for a while in its
// first hour and Discord in its fourth, ends as it does without any platform:
// the same timeline, page and draft. Each outage leaves the other room untouched.
func TestSeedInTwoHomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, yml := story.Seed()
		lines, err := story.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		// A bubble begins in the year 2000, and Discord's ids in 2015.
		time.Sleep(time.Until(lines[0].At.Add(-time.Hour)))
		want := overStory(t, yml, lines)
		got := overHomes(t, yml, lines)
		if !strings.Contains(want["page"], "Service Outage") || strings.Count(want["timeline"], "\n") < 25 || !strings.Contains(want["draft"], "integrity check") {
			t.Fatalf("nothing to compare with: %v", want)
		}
		for what, w := range want {
			if g := got[what]; g != w {
				t.Errorf("%s differs.\nover both:\n%s\nwithout a platform:\n%s", what, diff(g, w), diff(w, g))
			}
		}
	})
}

// homes are a workspace of Slack and a server of Discord with the same people,
// and an app that works in both.
type homes struct {
	t     *testing.T
	app   *app.App
	slack *fakeslack.Fake
	disc  *fakediscord.Server
	users map[string]string // the ids of people on Discord, by name
	ops   string            // the ordinary channel on Discord
	stop  func()
}

// People of the seed incident.
var cast = []string{"monitor", "oncall", "dba", "support", "scribe"}

// openHomes starts them; with says what is configured besides.
func openHomes(t *testing.T, yml []byte, with func(*config.Config, *fakediscord.Server)) *homes {
	t.Helper()
	h := &homes{t: t, users: map[string]string{}}
	w := fakeslack.Workspace{Channels: []fakeslack.Channel{{ID: "C0OPS", Name: "ops", Members: []string{"sitrep"}}}}
	h.disc = fakediscord.Start(nil)
	cfg := configured(t, yml)
	for _, name := range cast {
		w.Users = append(w.Users, fakeslack.User{ID: "U0" + strings.ToUpper(name), Name: name, TZ: "America/Chicago"})
		w.Channels[0].Members = append(w.Channels[0].Members, name)
		h.users[name] = h.disc.AddUser(name).ID
		cfg.People = append(cfg.People, config.Person{Name: name, Slack: "U0" + strings.ToUpper(name), Discord: h.users[name]})
	}
	h.slack = fakeslack.New(w, nil)
	h.ops = h.disc.AddChannel("ops", fakediscord.TextChannel, nil).ID
	us := []fakediscord.Overwrite{{ID: h.disc.GuildID(), Deny: fakediscord.ViewChannel}, {ID: h.disc.Bot().ID, Type: 1, Allow: fakediscord.ViewChannel}}
	for _, id := range h.users {
		us = append(us, fakediscord.Overwrite{ID: id, Type: 1, Allow: fakediscord.ViewChannel})
	}
	cfg.Chat.Discord.Rooms.Channel = h.disc.AddChannel("incidents", fakediscord.TextChannel, us).ID
	if with != nil {
		with(cfg, h.disc)
	}
	h.app = app.New(store.New(memory.New(), nil), cfg, &app.Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	s, err := h.app.Slack(h.slack.BotToken(), h.slack.AppToken(), "", slack.Options{API: h.slack.URL(), Client: h.slack.Client(), Dialer: h.slack.Dialer()})
	if err != nil {
		t.Fatal(err)
	}
	d, err := h.app.Discord(fakediscord.Token, h.disc.GuildID(), &discord.Options{Transport: h.disc.Transport(), Dialer: h.disc.Dialer()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := h.app.Start(ctx, "seed", s, d); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.app.Serve(ctx) }()
	h.stop = func() {
		cancel()
		if err := errors.Join(<-served, h.app.Stop()); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second) // the library of Discord takes a moment to close
		h.slack.Close()
		h.disc.Close()
	}
	h.until(time.Now().Add(10 * time.Second))
	return h
}

func (h *homes) until(at time.Time) {
	time.Sleep(time.Until(at))
	synctest.Wait()
}

// room is the newest incident's room on a platform.
func (h *homes) room(platform string) string {
	h.t.Helper()
	for _, r := range h.app.Board.Get(incident.Ref(h.app.Board.Last())).Rooms {
		if r.Platform == platform {
			return r.ID
		}
	}
	h.t.Fatalf("the incident has no room on %s", platform)
	return ""
}

// inSlack types a command in Slack, and publishes what it shows.
func (h *homes) inSlack(who, channel, line string) {
	h.t.Helper()
	h.slack.Slash(who, channel, "/incident", escaped(line))
	time.Sleep(600 * time.Millisecond) // for both copies
	synctest.Wait()
	if m := h.slack.Modal(who); m != nil {
		if m.Submit != "Publish" {
			h.t.Fatalf("%q opened the modal %q: %s", line, m.Title, m.Read)
		}
		if _, err := h.slack.Submit(m); err != nil {
			h.t.Fatal(err)
		}
	}
}

// inDiscord types a command in Discord, and publishes what it shows. An option
// has one line only, so a longer text goes through the form.
func (h *homes) inDiscord(who, channel, line string) {
	h.t.Helper()
	wait := func(i *fakediscord.Interaction) fakediscord.Answer {
		h.t.Helper()
		a, err := i.Wait(h.t.Context())
		if err != nil {
			h.t.Fatalf("%q: %v", line, err)
		}
		return a
	}
	first, rest, long := strings.Cut(line, "\n")
	a := wait(h.disc.Slash(h.users[who], channel, "incident line", map[string]any{"text": first}))
	if long {
		edit := h.disc.Press(h.users[who], *a.Message, "Edit")
		wait(edit)
		words := first[strings.LastIndex(first, `"`)+1:]
		filled, err := edit.Fill(map[string]string{"text": strings.TrimSpace(words) + "\n" + rest})
		if err != nil {
			h.t.Fatal(err)
		}
		a = wait(filled)
	}
	if a.Message == nil {
		h.t.Fatalf("%q was answered with %+v", line, a)
	}
	if slices.ContainsFunc(a.Message.Buttons(), func(b fakediscord.Component) bool { return b.Label == "Publish" }) {
		a = wait(h.disc.Press(h.users[who], *a.Message, "Publish"))
	}
	if !a.Only {
		h.t.Errorf("%q was answered for everybody", line)
	}
}

// said are the keys of what the bot posted in Slack's room, and how often.
func (h *homes) said() map[string]int {
	out := map[string]int{}
	for _, m := range h.slack.Seen(h.room(slack.Name)) {
		if key := keyOf(m.Payload); m.User == h.slack.BotID() && key != "" {
			out[key]++
		}
	}
	return out
}

// shown is how often each text stands in the rooms of Slack and of Discord.
func (h *homes) shown(text string) (inSlack, inDiscord int) {
	for _, m := range h.slack.Seen(h.room(slack.Name)) {
		if m.User == h.slack.BotID() && strings.Contains(m.Text, text) && keyOf(m.Payload) != "" {
			inSlack++
		}
	}
	for _, m := range h.disc.Ours(h.room(discord.Name)) {
		whole, err := json.Marshal(m)
		if err != nil {
			h.t.Fatal(err)
		}
		if strings.Contains(string(whole), text) {
			inDiscord++
		}
	}
	return inSlack, inDiscord
}

// overHomes plays the lines in both.
func overHomes(t *testing.T, yml []byte, lines []story.Line) map[string]string {
	t.Helper()
	h := openHomes(t, yml, nil)
	h.slack.Disturb(fakeslack.Disturbance{Copies: 2, Jitter: 300 * time.Millisecond})
	h.disc.Disturb(fakediscord.Disturbance{Copies: 2, Jitter: 300 * time.Millisecond})
	day := lines[0].At.UTC().Truncate(24 * time.Hour)
	type outage struct {
		from, to time.Time
		set      func(bool)
	}
	at := func(h, m int) time.Time { return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute) }
	outages := map[string]outage{
		slack.Name:   {at(16, 20), at(16, 40), h.slack.Outage},
		discord.Name: {at(19, 50), at(20, 20), h.disc.Outage},
	}
	away := func(platform string) bool {
		o := outages[platform]
		return !time.Now().Before(o.from) && time.Now().Before(o.to)
	}
	was := map[string]bool{}
	pass := func(to time.Time) { // lets time go by, and the outages begin and end
		for {
			next, name, on := to, "", false
			for n, o := range outages {
				for _, edge := range []struct {
					at time.Time
					on bool
				}{{o.from, true}, {o.to, false}} {
					if was[n] != edge.on && edge.at.After(time.Now().Add(-time.Minute)) && !edge.at.After(next) && (edge.on || was[n]) {
						next, name, on = edge.at, n, edge.on
					}
				}
			}
			h.until(next)
			if name == "" {
				return
			}
			outages[name].set(on)
			was[name] = on
		}
	}
	other := map[string]string{slack.Name: discord.Name, discord.Name: slack.Name}
	typed, missed := map[string]int{}, map[string]int{}
	said := map[string]string{} // where each line was said
	for i, l := range lines {
		pass(l.At)
		home := []string{slack.Name, discord.Name}[i%2]
		line, isCommand := strings.CutPrefix(l.Text, "/incident ")
		if isCommand {
			home = slack.Name
			if typed[discord.Name] < typed[slack.Name] {
				home = discord.Name
			}
			switch {
			case strings.HasPrefix(line, "postmortem edit"):
				home = slack.Name // it is longer than what can be typed in Discord
			case away(home): // people work where it works
				home = other[home]
			}
		}
		channel := map[string]string{slack.Name: "ops", discord.Name: h.ops}[home]
		if l.Room == "#incident" {
			channel = h.room(home)
		}
		if !isCommand && away(home) {
			missed[home]++ // people talk on where only we are cut off
		}
		before := h.app.Log.Now()
		switch {
		case !isCommand && home == slack.Name:
			said[l.Text] = home
			h.slack.Type(channel, l.Author, l.Text)
		case !isCommand:
			said[l.Text] = home
			h.disc.Say(h.users[l.Author], channel, l.Text, nil)
		case home == slack.Name:
			typed[home]++
			h.inSlack(l.Author, channel, line)
		default:
			typed[home]++
			h.inDiscord(l.Author, channel, line)
		}
		if isCommand && away(other[home]) {
			h.until(time.Now().Add(2 * time.Second))
			for _, r := range h.app.Followers() {
				if strings.HasSuffix(r.Name, ":"+home) && r.Failing != "" {
					t.Errorf("%s is away, and %s fails on %s: %s", other[home], r.Name, home, r.Failing)
				}
			}
			if took := h.app.Log.Now().Sub(before); took > 5*time.Second {
				t.Errorf("%s is away, and %q took %s on %s", other[home], line, took, home)
			}
		}
	}
	h.until(time.Now().Add(5 * time.Minute))
	if missed[slack.Name] == 0 || missed[discord.Name] == 0 {
		t.Errorf("so much was said while a home was away: %v", missed)
	}
	if typed[slack.Name] < 8 || typed[discord.Name] < 8 {
		t.Errorf("so many commands were typed: %v", typed)
	}
	if !slices.ContainsFunc(h.slack.Calls(""), func(c fakeslack.Call) bool { return c.Status == 503 }) ||
		!slices.ContainsFunc(h.disc.Calls(), func(c fakediscord.Call) bool { return c.Status == 503 }) {
		t.Error("an outage was not noticed")
	}
	h.once(said)
	h.same()
	out := outcome(t, h.app)
	h.stop()
	return out
}

// once holds that every message of the incident's rooms is in the timeline once,
// with where it was said.
func (h *homes) once(said map[string]string) {
	h.t.Helper()
	tl, err := h.app.Runner.Timeline(h.t.Context(), "INC-1", 0)
	if err != nil {
		h.t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range tl.Entries() {
		if e.Kind != (incident.MessageSaid{}).Kind() {
			continue
		}
		seen[e.Text]++
		if home := said[e.Text]; e.In.Platform != home || !strings.HasPrefix(e.Key, home+"/") || e.Link == "" && home == discord.Name {
			h.t.Errorf("%q was said in %s, and stands as %s at %+v, %q", e.Text, home, e.Key, e.In, e.Link)
		}
	}
	for text, n := range seen {
		if n != 1 {
			h.t.Errorf("%q is in the timeline %d times", text, n)
		}
	}
	if len(seen) < 8 {
		h.t.Errorf("only %d messages are in the timeline", len(seen))
	}
}

// same holds that both rooms were told the same, each once, and show the newest
// state.
func (h *homes) same() {
	h.t.Helper()
	if u := h.app.Undelivered("INC-1"); len(u) > 0 {
		h.t.Errorf("not delivered: %q", u)
	}
	for key, n := range h.said() {
		if n > 1 {
			h.t.Errorf("%s was posted %d times in Slack", key, n)
		}
	}
	updates := h.app.Board.Get("INC-1").Updates
	for i, u := range updates {
		first, _, _ := strings.Cut(u.Body, "\n")
		want := 1
		if i == len(updates)-1 {
			want = 2 // it is on the card too
		}
		if s, d := h.shown(first); s != want || d != want {
			h.t.Errorf("update %d stands %d times in Slack's room and %d times in Discord's: %q", u.Number, s, d, first)
		}
	}
	texts := map[string]int{}
	for _, m := range h.disc.Ours(h.room(discord.Name)) {
		whole, err := json.Marshal([]any{m.Content, m.Embeds})
		if err != nil {
			h.t.Fatal(err)
		}
		texts[string(whole)]++
	}
	for text, n := range maps.All(texts) {
		if n > 1 {
			h.t.Errorf("this was posted %d times in Discord: %s", n, text)
		}
	}
	if len(texts) < 12 {
		h.t.Errorf("only %d messages were posted in Discord", len(texts))
	}
	card := h.disc.Ours(h.room(discord.Name))[0]
	if !card.Pinned || !strings.Contains(card.Embeds[0].Description, "Resolved") {
		h.t.Errorf("Discord's card says %q, pinned: %v", card.Embeds[0].Description, card.Pinned)
	}
	if s, _ := h.shown("Resolved"); s == 0 {
		h.t.Error("Slack's card does not say that it is resolved")
	}
}

// A community's server beside the team's workspace: it hears what is published,
// under the title that customers read, and nothing else; what is said there is
// not kept, and it takes no command.
func TestSeedBesideACommunity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, yml := story.Seed()
		lines, err := story.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(lines[0].At.Add(-time.Hour)))
		var news string
		h := openHomes(t, yml, func(c *config.Config, f *fakediscord.Server) {
			news = f.AddChannel("status", fakediscord.TextChannel, nil).ID
			c.Chat.Discord.Audience, c.Chat.Discord.Announce, c.Chat.Discord.Rooms = config.AudiencePublic, news, config.DiscordRooms{}
		})
		for i, l := range lines {
			h.until(l.At)
			channel := "ops"
			if l.Room == "#incident" {
				channel = h.room(slack.Name)
			}
			if line, isCommand := strings.CutPrefix(l.Text, "/incident "); isCommand {
				h.inSlack(l.Author, channel, line)
			} else {
				h.slack.Type(channel, l.Author, l.Text)
			}
			if i%5 == 0 {
				said := h.disc.Say(h.users["dba"], news, "is it only me?", nil)
				h.disc.React(h.users["dba"], news, said.ID, "📌")
				h.disc.Say(h.users["dba"], h.ops, "/incident resolve", nil)
			}
		}
		h.until(time.Now().Add(5 * time.Minute))
		in := h.app.Board.Get("INC-1")
		if len(in.Rooms) != 1 || in.Rooms[0].Platform != slack.Name {
			t.Errorf("its rooms are %+v", in.Rooms)
		}
		if len(h.disc.Channels()) != 3 {
			t.Errorf("there are new channels: %+v", h.disc.Channels())
		}
		if cs := h.disc.Commands(h.disc.GuildID()); len(cs) != 0 {
			t.Errorf("the community has %d commands", len(cs))
		}
		tl, err := h.app.Runner.Timeline(t.Context(), "INC-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range tl.Entries() {
			if e.In.Platform == discord.Name || strings.Contains(e.Text, "only me") {
				t.Errorf("this was kept: %+v", e)
			}
		}
		heard := h.disc.Ours(news)
		if len(heard) != len(in.Updates)+1 { // and the postmortem
			t.Errorf("%d updates were announced with %d messages", len(in.Updates), len(heard))
		}
		for i, u := range in.Updates {
			whole, err := json.Marshal(heard[i])
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(u.Body, "\n")
			if !strings.Contains(string(whole), first) || !strings.Contains(string(whole), "Service Outage") {
				t.Errorf("update %d was announced as %s", u.Number, whole)
			}
		}
		for _, c := range h.disc.Channels() {
			for _, m := range h.disc.Ours(c.ID) {
				whole, err := json.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				for _, inside := range []string{"MariaDB", "INC-1", "sev1", "support", "oncall", "custom_id"} {
					if strings.Contains(string(whole), inside) {
						t.Errorf("the community reads %q: %s", inside, whole)
					}
				}
			}
		}
		h.stop()
	})
}

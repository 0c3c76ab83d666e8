package discord_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/incident"
	"sitrep/internal/fakediscord"
)

// hide is what makes a channel unreadable for everybody, but not for the bot.
func hide(f *fakediscord.Server) []fakediscord.Overwrite {
	return []fakediscord.Overwrite{{ID: f.GuildID(), Deny: fakediscord.ViewChannel}, {ID: f.Bot().ID, Type: 1, Allow: fakediscord.ViewChannel}}
}

func declared(f *fakediscord.Server, n int, title string) *incident.Incident {
	in := incident.New(incident.Ref(n))
	in.Title, in.Severity = title, "sev1"
	in.Declared.Recorded = f.Now()
	return in
}

func TestRooms(t *testing.T) {
	for _, kind := range []discord.RoomKind{discord.Threads, discord.Posts, discord.Channels} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := fake(t, nil)
			ana := f.AddUser("ana")
			types := map[discord.RoomKind]int{discord.Threads: fakediscord.TextChannel, discord.Posts: fakediscord.Forum, discord.Channels: fakediscord.Category}
			at := f.AddChannel("incidents", types[kind], hide(f), "sev1")
			quiet := f.AddChannel("private", fakediscord.TextChannel, hide(f))
			rooms := discord.Rooms{Kind: kind, Channel: at.ID, Private: quiet.ID}
			if kind == discord.Posts {
				rooms.Tags = map[string]string{"investigating": "Sev1"}
			}
			p := newPlatform(t, f, &desk{}, discord.Options{Rooms: rooms})
			who := []incident.Person{{ID: "discord/" + ana.ID, Name: "ana"}, {ID: "slack/U1", Name: "cleo"}, {ID: "discord/1", Name: "gone"}}
			in := declared(f, 1, "checkout is failing")
			room, ref, err := p.OpenRoom(t.Context(), in, who)
			if err != nil {
				t.Fatal(err)
			}
			c, _ := f.Channel(room.ID)
			if ref != "https://discord.com/channels/"+f.GuildID()+"/"+room.ID || room.Name != "#"+c.Name || c.ParentID != at.ID {
				t.Errorf("the room is %+v, %s, %+v", room, ref, c)
			}
			name := "INC-1 checkout is failing"
			if kind == discord.Channels {
				name = "inc-1-checkout-is-failing"
			} else if people := f.People(room.ID); !slices.Contains(people, ana.ID) || len(people) != 2 {
				t.Errorf("in it are %v", people)
			}
			if c.Name != name || kind == discord.Posts && len(c.Applied) != 1 {
				t.Errorf("it is %+v", c)
			}
			// The next run, and another one after the thread fell asleep, find it.
			for _, asleep := range []bool{false, true} {
				if asleep && c.IsThread() {
					f.Archive(room.ID)
				}
				again, _, err := newPlatform(t, f, &desk{}, discord.Options{Rooms: rooms}).OpenRoom(t.Context(), in, nil)
				if err != nil || again.ID != room.ID {
					t.Errorf("the next run opens %+v (%v)", again, err)
				}
			}
			// Another installation's INC-1 is another room.
			f.Advance(time.Hour)
			other, _, err := newPlatform(t, f, &desk{}, discord.Options{Rooms: rooms}).OpenRoom(t.Context(), declared(f, 1, "checkout is failing"), nil)
			if err != nil || other.ID == room.ID {
				t.Errorf("another installation opens %+v (%v)", other, err)
			}
			// A private one is seen by its people alone.
			in = declared(f, 2, "a breach")
			in.Private = true
			hidden, _, err := p.OpenRoom(t.Context(), in, who)
			if err != nil {
				t.Fatal(err)
			}
			c, _ = f.Channel(hidden.ID)
			switch kind {
			case discord.Channels:
				if len(c.Overwrites) != 4 || c.Overwrites[0].Deny&fakediscord.ViewChannel == 0 || c.Overwrites[2].ID != ana.ID {
					t.Errorf("a private room is %+v", c)
				}
			default:
				if c.Type != fakediscord.PrivateThread || c.Thread.Invitable {
					t.Errorf("a private room is %+v", c)
				}
			}
			// One that fell asleep is woken by what comes; one that was put away is not.
			card, err := p.Post(t.Context(), bot.Post{To: room, Message: bot.Card{Incident: "INC-1"}, Key: "card"})
			if err != nil {
				t.Fatal(err)
			}
			if c, _ = f.Channel(room.ID); c.IsThread() {
				f.Archive(room.ID)
				if err := p.Edit(t.Context(), card, bot.Card{Incident: "INC-1", State: "Identified"}); err != nil {
					t.Error(err)
				}
				if c, _ = f.Channel(room.ID); c.Thread.Archived {
					t.Error("the thread was not woken")
				}
			}
			if err := p.CloseRoom(t.Context(), room); err != nil {
				t.Error(err)
			}
			again := newPlatform(t, f, &desk{}, discord.Options{Rooms: rooms}) // which knows of nothing
			_, late := again.Post(t.Context(), bot.Post{To: room, Message: bot.Line{Text: "late"}, Key: "late"})
			for what, err := range map[string]error{"a line": late, "the card": again.Edit(t.Context(), card, bot.Card{Incident: "INC-1", State: "Resolved"})} {
				if c.IsThread() && (err == nil || errors.Is(err, bot.ErrTemporary) || !strings.Contains(err.Error(), "archived and locked")) {
					t.Errorf("%s that comes late: %v", what, err)
				}
			}
			if c, _ = f.Channel(room.ID); c.IsThread() && (!c.Thread.Archived || !c.Thread.Locked) {
				t.Errorf("closed, it is %+v", c.Thread)
			}
		})
	}
}

// A room that everybody could read is not opened, unless that is meant.
func TestRoomsAreHidden(t *testing.T) {
	f := fake(t, nil)
	open := f.AddChannel("incidents", fakediscord.TextChannel, nil)
	forum := f.AddChannel("posts", fakediscord.Forum, hide(f))
	for _, tt := range []struct {
		name    string
		rooms   discord.Rooms
		public  bool
		private bool
		want    string
	}{
		{"readable", discord.Rooms{Channel: open.ID}, false, false, "everybody on the server can read #incidents"},
		{"meant", discord.Rooms{Channel: open.ID, Public: true}, false, false, ""},
		{"a private thread in it", discord.Rooms{Channel: open.ID}, false, true, ""},
		{"a private post", discord.Rooms{Kind: discord.Posts, Channel: forum.ID}, false, true, "a forum has no private posts"},
		{"nowhere", discord.Rooms{}, false, false, "no channel is configured"},
		{"gone", discord.Rooms{Channel: "1234567890123456789"}, false, false, "There is no channel"},
		{"a home for the public", discord.Rooms{Channel: open.ID}, true, false, "no rooms are opened"},
	} {
		p := newPlatform(t, f, &desk{}, discord.Options{Rooms: tt.rooms, Public: tt.public})
		in := declared(f, 3, "x")
		in.Private = tt.private
		_, _, err := p.OpenRoom(t.Context(), in, nil)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, bot.ErrTemporary)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// A name that comes too soon is for later; nothing waits for it.
func TestRenaming(t *testing.T) {
	f := fake(t, nil)
	at := f.AddChannel("incidents", fakediscord.TextChannel, hide(f))
	p := newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Channel: at.ID}})
	in := declared(f, 1, "a")
	room, _, err := p.OpenRoom(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, title := range []string{"a", "b", "c", "d"} {
		in.Title = title
		started := time.Now()
		err := p.NameRoom(t.Context(), in, room)
		var late *bot.Temporary
		if i < 3 && err != nil || i == 3 && (!errors.As(err, &late) || late.After < 9*time.Minute) {
			t.Errorf("%s: %v", title, err)
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("it waited for %s", took)
		}
		if _, err := p.Post(t.Context(), bot.Post{To: room, Message: bot.Line{Text: title}, Key: title}); err != nil {
			t.Errorf("meanwhile nothing can be said: %v", err)
		}
	}
}

// An answer that is lost, and a run that ends in the middle, make no second
// message.
func TestPostedOnce(t *testing.T) {
	f := fake(t, nil)
	ops := f.AddChannel("ops", 0, nil)
	to := bot.Channel{Platform: "discord", ID: ops.ID, Name: "#ops"}
	at := f.Now()
	said := bot.Post{To: to, Message: bot.Announcement{Incident: "INC-1", Text: "ana set the severity to sev1.", At: at}, Key: "a"}
	card := func(state string) bot.Post {
		return bot.Post{To: to, Message: bot.Card{Incident: "INC-1", Title: "checkout", State: state, Started: at}, Key: "c"}
	}
	p := newPlatform(t, f, &desk{}, discord.Options{})
	for _, m := range []bot.Post{said, card("Investigating")} {
		f.LoseAnswers(1)
		if _, err := p.Post(t.Context(), m); !errors.Is(err, bot.ErrTemporary) {
			t.Errorf("a lost answer is %v", err)
		}
		if _, err := p.Post(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
	if n := len(f.Ours(ops.ID)); n != 2 {
		t.Fatalf("%d messages", n)
	}
	before := f.Ours(ops.ID)
	f.AddUser("x")
	for i, wait := range []time.Duration{0, time.Hour} { // while the nonce holds, and after it
		f.Advance(wait)
		next := newPlatform(t, f, &desk{}, discord.Options{Now: f.Now})
		a, err := next.Post(t.Context(), said)
		if err != nil || a.ID != before[0].ID {
			t.Errorf("run %d says it as %+v (%v)", i, a, err)
		}
		c, err := next.Post(t.Context(), card("Identified")) // the incident went on meanwhile
		if err != nil || c.ID != before[1].ID {
			t.Errorf("run %d posts the card as %+v (%v)", i, c, err)
		}
		// What is said again, later, is another message.
		later := said
		later.Key, later.Message = fmt.Sprint("later", i), bot.Announcement{Incident: "INC-1", Text: "ana set the severity to sev1.", At: at.Add(time.Duration(i+1) * time.Minute)}
		if x, err := next.Post(t.Context(), later); err != nil || slices.ContainsFunc(before, func(m fakediscord.Message) bool { return m.ID == x.ID }) {
			t.Errorf("run %d takes another announcement for it: %+v (%v)", i, x, err)
		}
	}
	ours := f.Ours(ops.ID)
	if len(ours) != 4 || !strings.Contains(ours[1].Embeds[0].Description, "Identified") {
		t.Errorf("there are %d messages; the card says %+v", len(ours), ours[1].Embeds)
	}
}

// A refusal names the permission, and where.
func TestPermissionsAreNamed(t *testing.T) {
	f := fake(t, nil)
	f.SetBot(0)
	noPost := f.AddChannel("quiet", 0, []fakediscord.Overwrite{{ID: f.Bot().ID, Type: 1, Deny: fakediscord.SendMessages}})
	noEmbeds := f.AddChannel("plain", 0, []fakediscord.Overwrite{{ID: f.Bot().ID, Type: 1, Deny: fakediscord.EmbedLinks}})
	hidden := f.AddChannel("hidden", 0, []fakediscord.Overwrite{{ID: f.GuildID(), Deny: fakediscord.ViewChannel}})
	threads := f.AddChannel("threads", 0, nil)
	to := func(c fakediscord.Channel) bot.Channel { return bot.Channel{Platform: "discord", ID: c.ID} }
	p := newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Channel: threads.ID, Public: true}})
	if err := p.History(t.Context(), to(noPost), time.Time{}, func(bot.Request) error { return nil }); err != nil { // so that names are known
		t.Fatal(err)
	}
	private := declared(f, 1, "x")
	private.Private = true
	for name, tt := range map[string]struct {
		do   func() error
		want string
	}{
		"posting": {func() error {
			_, err := p.Post(t.Context(), bot.Post{To: to(noPost), Message: bot.Line{Text: "x"}, Key: "1"})
			return err
		}, "in #quiet: it lacks Send Messages."},
		"a frame": {func() error {
			_, err := p.Post(t.Context(), bot.Post{To: to(noEmbeds), Message: bot.Card{}, Key: "2"})
			return err
		}, "it lacks Embed Links."},
		"a hidden channel": {func() error {
			_, err := p.Post(t.Context(), bot.Post{To: to(hidden), Message: bot.Line{Text: "x"}, Key: "3"})
			return err
		}, "it lacks View Channel"},
		"a private thread": {func() error { _, _, err := p.OpenRoom(t.Context(), private, nil); return err }, "Manage Threads"},
		"no channel at all": {func() error {
			_, err := p.Post(t.Context(), bot.Post{To: bot.Channel{ID: "1234567890123456789"}, Message: bot.Line{Text: "x"}, Key: "4"})
			return err
		}, "There is no channel"},
	} {
		if err := tt.do(); err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, bot.ErrTemporary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Within the limits of a bucket it waits, and sends what it has to; a long wait
// is given back to whoever sends.
func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))) // a bubble begins before Discord's ids do
		f := fake(t, nil)
		ops := f.AddChannel("ops", 0, nil)
		to := bot.Channel{Platform: "discord", ID: ops.ID}
		p := newPlatform(t, f, &desk{}, discord.Options{})
		post := func(key string) error {
			_, err := p.Post(t.Context(), bot.Post{To: to, Message: bot.Line{Text: key}, Key: key})
			return err
		}
		f.SetRate("POST /channels/{channel}/messages", fakediscord.Rate{N: 3, Per: 300 * time.Millisecond})
		for i := range 10 {
			if err := post(fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		}
		for _, c := range f.Calls() {
			if c.Status == 429 {
				t.Errorf("it ran into the limit with %s %s", c.Method, c.Path)
			}
		}
		f.SetRate("POST /channels/{channel}/messages", fakediscord.Rate{N: 1, Per: time.Hour})
		f.Advance(time.Minute)
		var late *bot.Temporary
		if err := errors.Join(post("x"), post("y")); !errors.As(err, &late) || late.After < 50*time.Minute {
			t.Errorf("an hour's wait is %v", err)
		}
		before := len(f.Calls())
		if err := post("z"); !errors.Is(err, bot.ErrTemporary) || len(f.Calls()) != before {
			t.Errorf("it asks again: %v", err)
		}
	})
}

// The limit of all requests together stops everything, once.
func TestGlobalLimit(t *testing.T) {
	f := fake(t, nil)
	ops, dev := f.AddChannel("ops", 0, nil), f.AddChannel("dev", 0, nil)
	p := newPlatform(t, f, &desk{}, discord.Options{})
	post := func(c fakediscord.Channel) error {
		_, err := p.Post(t.Context(), bot.Post{To: bot.Channel{ID: c.ID}, Message: bot.Line{Text: "x"}, Key: "x"})
		return err
	}
	f.SetGlobal(fakediscord.Rate{N: 0, Per: time.Hour})
	if err := post(ops); !errors.Is(err, bot.ErrTemporary) {
		t.Error(err)
	}
	before := len(f.Calls())
	if err := post(dev); !errors.Is(err, bot.ErrTemporary) || len(f.Calls()) != before {
		t.Errorf("another channel asks all the same: %v", err)
	}
}

func TestHistoryOfARoom(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	to := bot.Channel{Platform: "discord", ID: h.ops.ID, Name: "#ops"}
	var all []fakediscord.Message
	for i := range 230 {
		all = append(all, h.f.Say(h.ana.ID, h.ops.ID, fmt.Sprint(i), nil))
		h.f.Advance(time.Second)
	}
	h.f.Edit(h.ops.ID, all[3].ID, "3, mended")
	h.f.React(h.ana.ID, h.ops.ID, all[4].ID, "📌")
	if err := h.f.Pin(h.ana.ID, h.ops.ID, all[5].ID); err != nil {
		t.Fatal(err)
	}
	h.settle(0)
	h.mu.Lock()
	live := map[string]bool{}
	for _, r := range h.got {
		live[r.Key] = true
	}
	h.mu.Unlock()
	under := h.f.AddThread(h.ops.ID, "Timeline")
	inside := h.f.Say(h.ana.ID, under.ID, "in the thread", nil)
	h.f.React(h.ana.ID, under.ID, inside.ID, "📌")
	h.f.Lock(under.ID, true) // archived, it is read all the same
	kinds, seen := map[string]int{}, map[string]bool{}
	err := h.p.History(t.Context(), to, time.Time{}, func(r bot.Request) error {
		if !seen[r.Key] {
			kinds[fmt.Sprintf("%T", r.Do)]++
			if _, mark := r.Do.(bot.Reaction); !live[r.Key] && !mark && r.Key != h.key(inside) {
				t.Errorf("%s came with another key", r.Key)
			}
		}
		seen[r.Key] = true
		return nil
	})
	if got := fmt.Sprint(kinds); err != nil || got != "map[bot.Edited:1 bot.Pin:1 bot.Reaction:2 bot.Said:232]" {
		t.Errorf("read back were %s (%v)", got, err)
	}
	// From a later instant on: what is there, and who has marked it.
	var last bot.Request
	since := all[200].Timestamp
	if err := h.p.History(t.Context(), to, since, func(r bot.Request) error {
		if _, end := r.Do.(bot.Stands); !end && r.When.Before(since) {
			t.Errorf("%s is of %s, before %s", r.Key, r.When, since)
		}
		last = r
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	stands, ok := last.Do.(bot.Stands)
	if !ok || len(stands.Messages) != 33 || len(stands.Messages[h.key(inside)]) != 1 || !stands.Since.Equal(since) {
		t.Errorf("in the end %d messages stand there: %+v", len(stands.Messages), last)
	}
}

// A home for the public takes no commands and reads nothing, but is told.
func TestPublicHome(t *testing.T) {
	h := open(t, discord.Options{Public: true}, nil)
	if len(h.f.Commands(h.f.GuildID())) != 0 {
		t.Error("it has commands")
	}
	h.f.Say(h.ana.ID, h.ops.ID, "hello", nil)
	h.f.Raw("MESSAGE_CREATE", map[string]any{"id": "1574200000000000001", "channel_id": h.ops.ID, "guild_id": h.f.GuildID(), "content": "sent all the same", "author": map[string]any{"id": h.ana.ID}})
	if _, err := h.p.Post(t.Context(), bot.Post{To: bot.Channel{Platform: "discord", ID: h.ops.ID}, Message: bot.Announcement{Incident: "INC-1", Text: "told:", Quote: "We look.", Public: true}, Key: "k"}); err != nil {
		t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.got) != 0 || len(h.f.Ours(h.ops.ID)) != 1 {
		t.Errorf("handled were %+v", h.got)
	}
}

// What people do to the server is known at once: names, roles, emoji, and that
// a room is gone.
func TestTheServerChanges(t *testing.T) {
	h := open(t, discord.Options{Mark: []string{"heart"}}, nil)
	dev := h.f.AddChannel("dev", 0, nil)
	role := h.f.AddRole("oncall", 0)
	heart := h.f.AddEmoji("heart")
	m := h.f.Say(h.ana.ID, h.ops.ID, "<#"+dev.ID+"> <@&"+role.ID+">", nil)
	if s := h.next(0).Do.(bot.Said); s.Text != "#dev @oncall" {
		t.Errorf("it reads %q", s.Text)
	}
	in := bot.Channel{Platform: "discord", ID: h.ops.ID}
	if err := h.p.React(t.Context(), in, h.key(m), "heart"); err != nil {
		t.Error(err)
	}
	if r := h.f.Messages(h.ops.ID)[0].Reactions; len(r) != 1 || r[0].Emoji.ID != heart.ID {
		t.Errorf("the mark is %+v", r)
	}
	if err := h.p.React(t.Context(), in, h.key(m), "✅"); err != nil {
		t.Error(err)
	}
	for _, key := range []string{"discord/1/2/3", "slack/T1/C1/1.2", ""} {
		if err := h.p.React(t.Context(), in, key, "heart"); err == nil {
			t.Errorf("%q is a message", key)
		}
	}
	if err := h.p.React(t.Context(), in, h.key(m), "no_such_emoji"); err == nil {
		t.Error("an emoji that there is none of is put on it")
	}
	h.f.DropChannel(dev.ID)
	h.f.Say(h.ana.ID, h.ops.ID, "<#"+dev.ID+"> <@1234567890123456789>", nil)
	if s := h.next(1).Do.(bot.Said); s.Text != "#a channel @someone" || len(s.Spans) != 2 || s.Spans[0].ID != "discord/"+dev.ID {
		t.Errorf("what is gone reads %+v", s)
	}
	_, err := h.p.Post(t.Context(), bot.Post{To: bot.Channel{Platform: "discord", ID: dev.ID}, Message: bot.Line{Text: "x"}, Key: "gone"})
	if err == nil || errors.Is(err, bot.ErrTemporary) {
		t.Errorf("posting to what is gone is %v", err)
	}
	if h.p.Name() != "discord" {
		t.Error("it has another name")
	}
}

// A card that cannot be pinned is a card all the same.
func TestCardWithoutPin(t *testing.T) {
	f := fake(t, nil)
	f.SetBot(0)
	ops := f.AddChannel("ops", 0, nil)
	p := newPlatform(t, f, &desk{}, discord.Options{})
	to := bot.Channel{Platform: "discord", ID: ops.ID}
	card, err := p.Post(t.Context(), bot.Post{To: to, Message: bot.Card{Incident: "INC-1"}, Key: "c"})
	if err != nil || len(f.Ours(ops.ID)) != 1 {
		t.Errorf("the card is %+v (%v)", card, err)
	}
	// Two at once start its thread once.
	done := make(chan error, 2)
	for i := range 2 {
		go func() {
			_, err := p.Post(t.Context(), bot.Post{To: to, Thread: card, Message: bot.Line{Text: fmt.Sprint(i)}, Key: fmt.Sprint(i)})
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := len(f.Ours(card.ID)); n != 2 {
		t.Errorf("in its thread are %d", n)
	}
}

// Whom people bring into a room has come; whom we bring in has only been told.
func TestWhoComes(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	ben := h.f.AddUser("ben")
	at := h.f.AddChannel("incidents", fakediscord.TextChannel, hide(h.f))
	p := newPlatform(t, h.f, h.d, discord.Options{Rooms: discord.Rooms{Channel: at.ID}})
	in := declared(h.f, 9, "x")
	room, _, err := p.OpenRoom(t.Context(), in, []incident.Person{{ID: "discord/" + h.ana.ID, Name: "ana"}})
	if err != nil {
		t.Fatal(err)
	}
	h.d.room(room.ID, in)
	if err := h.f.Enter(h.ana.ID, ben.ID, room.ID); err != nil {
		t.Fatal(err)
	}
	if r := h.next(0); r.Do != (bot.Join{}) || r.By.Name != "ben" || r.In.ID != room.ID {
		t.Errorf("who comes is %+v", r)
	}
}

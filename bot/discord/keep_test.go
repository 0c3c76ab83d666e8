package discord_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/incident"
	"sitrep/internal/fakediscord"
)

// A room is put away and brought back: a thread is archived and locked, a channel
// closed for writing; one that is gone is another one's turn.
func TestRoomsArePutAway(t *testing.T) {
	for _, kind := range []discord.RoomKind{discord.Threads, discord.Channels} {
		f := fake(t, nil)
		ana, role := f.AddUser("ana"), f.AddRole("responders", 0)
		types := map[discord.RoomKind]int{discord.Threads: fakediscord.TextChannel, discord.Channels: fakediscord.Category}
		at := f.AddChannel("incidents", types[kind], hide(f))
		p := newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Kind: kind, Channel: at.ID}, Roles: []string{role.ID}})
		in := declared(f, 1, "x")
		room, _, err := p.OpenRoom(t.Context(), in, []incident.Person{{ID: "discord/" + ana.ID}})
		if err != nil {
			t.Fatal(err)
		}
		before, _ := f.Channel(room.ID)
		for range 2 { // the second changes nothing
			if err := p.CloseRoom(t.Context(), room); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
		c, _ := f.Channel(room.ID)
		if c.IsThread() && (!c.Thread.Archived || !c.Thread.Locked) {
			t.Errorf("the thread is %+v", c.Thread)
		}
		if !c.IsThread() {
			for _, o := range c.Overwrites {
				writes := o.Allow&fakediscord.SendMessages != 0 || o.Deny&fakediscord.SendMessages == 0
				if writes != (o.ID == f.Bot().ID) || o.ID == ana.ID && o.Allow&fakediscord.ViewChannel == 0 {
					t.Errorf("%s, of which the bot is %s, has %b and not %b", o.ID, f.Bot().ID, o.Allow, o.Deny)
				}
			}
		}
		if err := p.ReopenRoom(t.Context(), room); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if c, _ = f.Channel(room.ID); c.IsThread() && (c.Thread.Archived || c.Thread.Locked) {
			t.Errorf("brought back, the thread is %+v", c.Thread)
		}
		if !c.IsThread() && !slices.Equal(c.Overwrites, before.Overwrites) {
			t.Errorf("brought back, it has %+v, and had %+v", c.Overwrites, before.Overwrites)
		}
		f.DropChannel(room.ID)
		if err := p.CloseRoom(t.Context(), room); err != nil {
			t.Errorf("%s, which is gone: %v", kind, err)
		}
		if err := p.ReopenRoom(t.Context(), room); err == nil || errors.Is(err, bot.ErrTemporary) {
			t.Errorf("%s, which is gone, came back: %v", kind, err)
		}
		another, _, err := p.OpenRoom(t.Context(), in, nil)
		if err != nil || another.ID == room.ID {
			t.Errorf("%s: another room is %+v (%v)", kind, another, err)
		}
	}
}

// The tags of a post follow its incident's severity and state; what people have
// put on it stays.
func TestTags(t *testing.T) {
	f := fake(t, nil)
	forum := f.AddChannel("incidents", fakediscord.Forum, hide(f), "Critical", "sev2", "Investigating", "Resolved", "databases")
	tag := map[string]string{}
	for _, x := range forum.Tags {
		tag[x.Name] = x.ID
	}
	p := newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Kind: discord.Posts, Channel: forum.ID, Tags: map[string]string{"sev1": "critical"}}})
	in := declared(f, 1, "x")
	in.Severity, in.Status = "sev1", incident.Investigating
	room, _, err := p.OpenRoom(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	has := func(want ...string) {
		t.Helper()
		c, _ := f.Channel(room.ID)
		var names []string
		for _, x := range forum.Tags {
			if slices.Contains(c.Applied, x.ID) {
				names = append(names, x.Name)
			}
		}
		if !slices.Equal(names, want) || len(c.Applied) != len(want) {
			t.Errorf("its tags are %q, want %q", names, want)
		}
	}
	has("Critical", "Investigating")
	f.Tag(room.ID, tag["databases"], tag["Critical"], tag["Investigating"])
	// After a restart, and as often as anybody likes.
	p = newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Kind: discord.Posts, Channel: forum.ID, Tags: map[string]string{"sev1": "critical"}}})
	for range 5 {
		in.Severity, in.Status = "sev2", incident.Resolved
		if err := p.NameRoom(t.Context(), in, room); err != nil {
			t.Fatal(err)
		}
		has("sev2", "Resolved", "databases")
		in.Severity, in.Status = "", incident.Identified // the forum has no tag for either
		if err := p.NameRoom(t.Context(), in, room); err != nil {
			t.Fatal(err)
		}
		has("databases")
	}
}

// An incident's room is where its severity has it.
func TestRoomsBySeverity(t *testing.T) {
	f := fake(t, nil)
	text, category := f.AddChannel("incidents", fakediscord.TextChannel, hide(f)), f.AddChannel("war rooms", fakediscord.Category, hide(f))
	p := newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Channel: text.ID}, Severities: map[string]discord.Rooms{"sev1": {Kind: discord.Channels, Channel: category.ID}}})
	for i, tt := range []struct{ severity, parent string }{{"sev1", category.ID}, {"sev2", text.ID}, {"", text.ID}} {
		in := declared(f, i+1, "x")
		in.Severity = tt.severity
		room, _, err := p.OpenRoom(t.Context(), in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c, _ := f.Channel(room.ID); c.ParentID != tt.parent || c.IsThread() != (tt.parent == text.ID) {
			t.Errorf("%s: the room is %+v", tt.severity, c)
		}
	}
	invite, err := p.Invitation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(invite, "permissions=")
	n, err := strconv.ParseUint(strings.TrimSuffix(rest, "&guild_id="+f.GuildID()), 10, 64)
	if err != nil || n&uint64(fakediscord.ManageChannels) == 0 || n&uint64(fakediscord.ManageThreads) == 0 {
		t.Errorf("the invitation %s does not ask for both kinds' permissions (%v)", invite, err)
	}
}

// What becomes of a room in the hands of people is handed over: it is gone when
// it was deleted or locked away, and back when it was opened again.
func TestFates(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.d.room(h.ops.ID, &incident.Incident{ID: "INC-2"})
	dev := h.f.AddChannel("dev", fakediscord.TextChannel, nil)
	thread := h.f.AddThread(dev.ID, "INC-1")
	h.d.room(thread.ID, &incident.Incident{ID: "INC-1"})
	h.f.Lock(thread.ID, true)
	h.f.Lock(thread.ID, false)
	h.f.DropChannel(thread.ID)
	h.f.DropChannel(dev.ID) // nobody's room
	h.f.DropChannel(h.ops.ID)
	var got []string
	for i := range 4 {
		r := h.next(i)
		switch x := r.Do.(type) {
		case bot.Gone:
			got = append(got, r.In.ID+" "+x.How)
		case bot.Back:
			got = append(got, r.In.ID+" back")
		}
	}
	slices.Sort(got)
	want := []string{h.ops.ID + " deleted in Discord", thread.ID + " archived and locked in Discord", thread.ID + " back", thread.ID + " deleted in Discord"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("handed over were %q, want %q", got, want)
	}
}

// Who can read a room besides those who were let in is said; an incident that
// becomes private gets another room; and people can be brought in later.
func TestReaders(t *testing.T) {
	f := fake(t, &fakediscord.Options{Global: fakediscord.Rate{N: 1000, Per: time.Second}, Bucket: fakediscord.Rate{N: 1000, Per: time.Second}})
	ana, ben := f.AddUser("ana"), f.AddUser("ben")
	role := f.AddRole("responders", 0, ben.ID)
	text, category := f.AddChannel("incidents", fakediscord.TextChannel, hide(f)), f.AddChannel("war rooms", fakediscord.Category, hide(f))
	for i, tt := range []struct {
		rooms discord.Rooms
		want  string
	}{
		{discord.Rooms{Channel: text.ID}, "everybody who can read #incidents"},
		{discord.Rooms{Kind: discord.Channels, Channel: category.ID}, "everybody with the role responders"},
		{discord.Rooms{Kind: discord.Channels, Public: true}, "everybody on the server"},
	} {
		p := newPlatform(t, f, &desk{}, discord.Options{Rooms: tt.rooms, Roles: []string{role.ID}})
		in := declared(f, i+1, "a key leaked")
		who := []incident.Person{{ID: "discord/" + ana.ID}}
		room, _, err := p.OpenRoom(t.Context(), in, who)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Readers(t.Context(), room); got != tt.want || err != nil {
			t.Errorf("%+v is read by %q (%v), want %q", tt.rooms, got, err, tt.want)
		}
		in.Private = true
		for _, fresh := range []bool{false, true} { // also after a restart
			if fresh {
				p = newPlatform(t, f, &desk{}, discord.Options{Rooms: tt.rooms, Roles: []string{role.ID}})
			}
			hidden, _, err := p.OpenRoom(t.Context(), in, who)
			if err != nil || hidden.ID == room.ID {
				t.Fatalf("%+v: the private room is %+v (%v)", tt.rooms, hidden, err)
			}
			if got, err := p.Readers(t.Context(), hidden); got != "" || err != nil {
				t.Errorf("%+v: the private room is read by %q (%v)", tt.rooms, got, err)
			}
			for range 2 {
				if err := p.Invite(t.Context(), in, hidden, []incident.Person{{ID: "discord/" + ben.ID}, {ID: "discord/1", Name: "gone"}, {ID: "slack/U1"}}); err != nil {
					t.Errorf("%+v: %v", tt.rooms, err)
				}
			}
			if c, _ := f.Channel(hidden.ID); c.IsThread() && !slices.Contains(f.People(hidden.ID), ben.ID) || !c.IsThread() && !slices.ContainsFunc(c.Overwrites, func(o fakediscord.Overwrite) bool { return o.ID == ben.ID && o.Allow&fakediscord.ViewChannel != 0 }) {
				t.Errorf("%+v: ben is not in: %+v", tt.rooms, c)
			}
		}
		f.DropChannel(room.ID)
		if got, err := p.Readers(t.Context(), room); tt.rooms.Kind == discord.Channels && (got != "" || err != nil) {
			t.Errorf("a room that is gone is read by %q (%v)", got, err)
		}
	}
}

package discord_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/incident"
	"sitrep/internal/fakediscord"
)

// A house is an adapter that serves, on a fake, with what its handler was given.
type house struct {
	*testing.T
	f    *fakediscord.Server
	p    *discord.Platform
	d    *desk
	ana  fakediscord.User
	ops  fakediscord.Channel
	ctx  context.Context
	done chan error

	mu      sync.Mutex
	got     []bot.Request
	changed chan struct{}
	answer  func(bot.Request) (bot.Message, error) // nil answers nothing
}

// open makes a house whose channel ops is the room of INC-1.
func open(t *testing.T, o discord.Options, fo *fakediscord.Options, before ...func(*house)) *house {
	t.Helper()
	t.Parallel()
	h := &house{T: t, f: fake(t, fo), d: &desk{zone: "America/Chicago"}, changed: make(chan struct{}), done: make(chan error, 1)}
	h.ana = h.f.AddUser("ana")
	h.ops = h.f.AddChannel("ops", fakediscord.TextChannel, nil)
	in := incident.New("INC-1")
	in.Title = "checkout fails"
	h.d.room(h.ops.ID, in)
	for _, b := range before {
		b(h)
	}
	h.p = newPlatform(t, h.f, h.d, o)
	h.serve()
	return h
}

// serve serves until the test ends, and waits until the gateway is open.
func (h *house) serve() {
	h.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h.ctx = ctx
	before := h.f.Identifies()
	go func() { h.done <- h.p.Serve(ctx, h.handle) }()
	h.Cleanup(func() {
		cancel()
		if err := <-h.done; err != nil {
			h.Errorf("Serve ends with %v", err)
		}
	})
	late, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := h.f.AwaitIdentified(late, before); err != nil {
		h.Fatal(err)
	}
}

func (h *house) handle(_ context.Context, r bot.Request) (bot.Message, error) {
	h.mu.Lock()
	h.got = append(h.got, r)
	close(h.changed)
	h.changed = make(chan struct{})
	answer := h.answer
	h.mu.Unlock()
	if answer == nil {
		return nil, nil
	}
	return answer(r)
}

// answers sets what the handler answers.
func (h *house) answers(f func(bot.Request) (bot.Message, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = f
}

// next waits for the request number n (from 0) and returns it.
func (h *house) next(n int) bot.Request {
	h.Helper()
	late := time.After(patience)
	for {
		h.mu.Lock()
		got, changed := h.got, h.changed
		h.mu.Unlock()
		if len(got) > n {
			return got[n]
		}
		select {
		case <-changed:
		case <-late:
			h.Fatalf("request %d did not come; there are %+v", n, got)
		}
	}
}

// settle waits until a message that is said now has been handled, and returns
// what was handled before it since number n.
func (h *house) settle(n int) []bot.Request {
	h.Helper()
	bell := fmt.Sprint("bell ", h.f.Now().UnixNano())
	h.f.Say(h.ana.ID, h.ops.ID, bell, nil)
	for i := n; ; i++ {
		if s, ok := h.next(i).Do.(bot.Said); ok && s.Text == bell {
			h.mu.Lock()
			defer h.mu.Unlock()
			return append([]bot.Request(nil), h.got[n:i]...)
		}
	}
}

func (h *house) key(m fakediscord.Message) string {
	return "discord/" + h.f.GuildID() + "/" + m.ChannelID + "/" + m.ID
}

// ask waits for the answer to an interaction.
func (h *house) ask(i *fakediscord.Interaction) fakediscord.Answer {
	h.Helper()
	a, err := i.Wait(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return a
}

func TestWhatIsSaid(t *testing.T) {
	h := open(t, discord.Options{Mark: []string{"bookmark", "pushpin"}}, nil)
	ben := h.f.AddUser("ben")
	h.f.SetNick(ben.ID, "Ben B.")
	role := h.f.AddRole("oncall", 0)
	heart := h.f.AddEmoji("heart")
	alert := h.f.AddBot("alerts")

	m := h.f.Say(h.ana.ID, h.ops.ID, "<@"+ben.ID+"> of <@&"+role.ID+">: see <#"+h.ops.ID+"> <:heart:"+heart.ID+"> since <t:1599667740:R>", &fakediscord.Saying{Files: []fakediscord.Attachment{{ID: "1", Filename: "graph.png", Type: "image/png", Size: 7, URL: "https://cdn.example.org/graph.png"}}})
	r := h.next(0)
	said, ok := r.Do.(bot.Said)
	if want := "@Ben B. of @oncall: see #ops :heart: since 2020-09-09 11:09 CDT"; !ok || said.Text != want || said.Key != h.key(m) || r.Key != h.key(m) || r.By.Name != "ana" || r.By.ID != "discord/"+h.ana.ID || r.In.ID != h.ops.ID || r.In.Name != "#ops" {
		t.Errorf("it is %+v", r)
	}
	if !r.When.Equal(m.Timestamp) || said.Link != "https://discord.com/channels/"+h.f.GuildID()+"/"+h.ops.ID+"/"+m.ID || len(said.Files) != 1 || said.Files[0].Name != "graph.png" {
		t.Errorf("it is %+v", r)
	}
	kinds := ""
	for _, s := range said.Spans {
		kinds += s.Kind + "=" + said.Text[s.Start:s.End] + " "
	}
	if kinds != "person=@Ben B. group=@oncall channel=#ops emoji=:heart: " {
		t.Errorf("its spans are %s", kinds)
	}

	h.f.Edit(h.ops.ID, m.ID, "see #ops")
	e := h.next(1)
	if ed, ok := e.Do.(bot.Edited); !ok || ed.Key != h.key(m) || ed.Text != "see #ops" || !strings.HasPrefix(e.Key, h.key(m)+"/e/") {
		t.Errorf("edited: %+v", e)
	}
	h.f.Unfurl(h.ops.ID, m.ID) // edited before, so it comes again under the key that it has
	if u := h.next(2); u.Key != e.Key {
		t.Errorf("a link's preview is %+v", u)
	}
	other := h.f.Say(ben.ID, h.ops.ID, "https://example.org", &fakediscord.Saying{Reply: m.ID})
	if s := h.next(3).Do.(bot.Said); s.Thread != h.key(m) {
		t.Errorf("a reply is %+v", s)
	}
	h.f.Unfurl(h.ops.ID, other.ID) // never edited: nothing
	h.f.Say(alert.ID, h.ops.ID, "", &fakediscord.Saying{Webhook: true, Embeds: []fakediscord.Embed{{Type: "rich", Title: "Replication lag", Description: "db-2 is 400 s behind", Fields: []fakediscord.EmbedField{{Name: "Host", Value: "db-2"}}}}})
	if s, ok := h.next(4).Do.(bot.Said); !ok || s.Text != "Replication lag\ndb-2 is 400 s behind\nHost: db-2" {
		t.Errorf("an alert is %+v", h.next(4))
	}
	h.f.Say(alert.ID, h.ops.ID, "acknowledged", &fakediscord.Saying{Type: 20})
	if s, ok := h.next(5).Do.(bot.Said); !ok || s.Text != "acknowledged" {
		t.Errorf("another bot's answer is %+v", h.next(5))
	}
	for i, sign := range []string{"🔖", "heart:" + heart.ID} {
		h.f.React(ben.ID, h.ops.ID, m.ID, sign)
		h.f.Unreact(ben.ID, h.ops.ID, m.ID, sign)
		on, off := h.next(6+2*i), h.next(7+2*i)
		want := []string{"bookmark", "heart"}[i]
		if x := on.Do.(bot.Reaction); x.Emoji != want || x.Off || x.Key != h.key(m) || on.By.Name != "Ben B." {
			t.Errorf("reaction: %+v", on)
		}
		if x := off.Do.(bot.Reaction); x.Emoji != want || !x.Off || off.Key == on.Key || off.By != on.By {
			t.Errorf("taken off: %+v", off)
		}
	}
	if err := h.f.Pin(ben.ID, h.ops.ID, m.ID); err != nil {
		t.Fatal(err)
	}
	if r := h.next(10); r.Do != (bot.Pin{Key: h.key(m)}) || r.By.Name != "Ben B." {
		t.Errorf("pinned: %+v", r)
	}
	h.f.Unpin(h.ops.ID, m.ID)
	if r := h.next(11); r.Do != (bot.Pin{Key: h.key(m), Off: true}) {
		t.Errorf("unpinned: %+v", r)
	}
	h.f.Delete(h.ops.ID, m.ID, other.ID)
	for i, x := range []fakediscord.Message{m, other} {
		if r := h.next(12 + i); r.Do != (bot.Deleted{Key: h.key(x)}) || r.Key != h.key(x)+"/d" {
			t.Errorf("deleted: %+v", r)
		}
	}
	if _, err := h.p.Post(t.Context(), bot.Post{To: r.In, Message: bot.Announcement{Text: "ours"}, Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if rest := h.settle(14); len(rest) != 0 {
		t.Errorf("besides came %+v", rest)
	}
}

// Threads that hang on messages of a room are a part of its conversation.
func TestThreadsOfARoom(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	card, err := h.p.Post(t.Context(), bot.Post{To: bot.Channel{Platform: "discord", ID: h.ops.ID, Name: "#ops"}, Message: bot.Card{Incident: "INC-1", Title: "checkout fails"}, Key: "card"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if _, err := h.p.Post(t.Context(), bot.Post{To: card.Channel, Thread: card, Message: bot.Line{Incident: "INC-1", Entry: i, By: "ana", Text: "a note"}, Key: fmt.Sprint("line", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.f.Ours(card.ID)); n != 2 {
		t.Fatalf("the card's thread shows %d lines", n)
	}
	if ms := h.f.Ours(h.ops.ID); len(ms) != 1 || !ms[0].Pinned {
		t.Errorf("the room shows %+v", ms)
	}
	m := h.f.Say(h.ana.ID, card.ID, "in the thread", nil)
	r := h.next(0)
	if s := r.Do.(bot.Said); r.In.ID != h.ops.ID || s.Thread != "discord/"+h.f.GuildID()+"/"+h.ops.ID+"/"+card.ID || s.Key != h.key(m) {
		t.Errorf("said in the thread: %+v", r)
	}
}

// What the library cannot read costs nothing.
func TestUnknownThings(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.f.Raw("MESSAGE_CREATE", map[string]any{"id": "1574200000000000001", "channel_id": h.ops.ID, "guild_id": h.f.GuildID(), "content": "with a new component", "timestamp": "2026-11-22T20:00:00Z",
		"author": map[string]any{"id": h.ana.ID, "username": "ana"}, "components": []any{map[string]any{"type": 9999}}})
	if s, ok := h.next(0).Do.(bot.Said); !ok || s.Text != "with a new component" || h.next(0).By.Name != "ana" {
		t.Errorf("it is %+v", h.next(0))
	}
	h.f.Raw("MESSAGE_CREATE", map[string]any{"id": "1574200000000000002", "channel_id": h.ops.ID, "guild_id": h.f.GuildID()})
	h.f.Raw("MESSAGE_CREATE", []any{})
	h.f.Raw("MESSAGE_CREATE", map[string]any{"id": "1574200000000000003", "channel_id": h.ops.ID, "guild_id": "7", "content": "another server", "author": map[string]any{"id": "1"}})
	h.f.Raw("MESSAGE_REACTION_ADD", map[string]any{"guild_id": h.f.GuildID()})
	h.f.Raw("INTERACTION_CREATE", map[string]any{"id": "1", "type": 77, "guild_id": h.f.GuildID(), "token": "t"})
	h.f.Raw("SOMETHING_NEW", 7)
	if rest := h.settle(1); len(rest) != 0 {
		t.Errorf("handled were %+v", rest)
	}
}

// A secret that was masked is told to its author alone.
func TestWhisper(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.answers(func(r bot.Request) (bot.Message, error) { return bot.Receipt{Text: "A secret was masked."}, nil })
	h.f.Say(h.ana.ID, h.ops.ID, "a secret", nil)
	h.next(0)
	h.answers(nil)
	h.settle(1)
	if w := h.f.Whispers(h.ana.ID); len(w) != 1 || w[0].Content != "A secret was masked." {
		t.Errorf("whispered: %+v", w)
	}
	if len(h.f.Ours(h.ops.ID)) != 0 {
		t.Error("everybody sees it")
	}
}

// A connection that breaks loses nothing; nor does a session that is lost.
func TestGaps(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	a, b := h.f.Say(h.ana.ID, h.ops.ID, "a", nil), h.f.Say(h.ana.ID, h.ops.ID, "b", nil)
	h.next(1)
	for _, forget := range []bool{false, true} {
		n := len(h.settle(0)) + 1
		before := h.f.Identifies()
		if forget {
			h.f.ForgetSessions()
		}
		h.f.CloseGateway(4000)
		if err := h.f.AwaitConnected(h.ctx, false); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint("while it was away ", forget)
		m := h.f.Say(h.ana.ID, h.ops.ID, text, nil)
		h.f.Edit(h.ops.ID, m.ID, text+", mended")
		if forget {
			h.f.Edit(h.ops.ID, a.ID, "a, mended")
			h.f.Delete(h.ops.ID, b.ID)
		}
		if err := h.f.AwaitConnected(h.ctx, true); err != nil {
			t.Fatal(err)
		}
		want := []string{text, text + ", mended"}
		if forget {
			want = []string{text + ", mended", text + ", mended", "a, mended", "deleted " + h.key(b)}
		}
		left := map[string]bool{}
		for _, w := range want {
			left[w] = true
		}
		for i := n; len(left) > 0; i++ {
			switch x := h.next(i).Do.(type) {
			case bot.Said:
				delete(left, x.Text)
			case bot.Edited:
				delete(left, x.Text)
			case bot.Stands:
				_, gone := x.Messages[h.key(b)]
				if _, there := x.Messages[h.key(a)]; there && !gone {
					delete(left, "deleted "+h.key(b))
				}
			}
		}
		if got := h.f.Identifies() - before; got != map[bool]int{false: 0, true: 1}[forget] {
			t.Errorf("it identified %d times", got)
		}
	}
}

// A lost session is read back whole, also when more was said than one page holds
// and the rest of Discord comes back later than the gateway.
func TestLongGap(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.f.Say(h.ana.ID, h.ops.ID, "before", nil)
	h.next(0)
	h.f.ForgetSessions()
	h.f.CloseGateway(4000)
	if err := h.f.AwaitConnected(h.ctx, false); err != nil {
		t.Fatal(err)
	}
	h.f.Fail(503)
	left := map[string]bool{}
	for i := range 250 {
		text := fmt.Sprint("while it was away ", i)
		left[text] = true
		h.f.Say(h.ana.ID, h.ops.ID, text, nil)
	}
	if err := h.f.AwaitConnected(h.ctx, true); err != nil {
		t.Fatal(err)
	}
	tried := func() bool {
		return slices.ContainsFunc(h.f.Calls(), func(c fakediscord.Call) bool {
			return c.Status == 503 && c.Route == "GET /channels/{channel}/messages"
		})
	}
	for tick := time.NewTicker(time.Millisecond); !tried(); {
		select {
		case <-tick.C:
		case <-h.ctx.Done():
			t.Fatal("the room was not read back")
		}
	}
	h.f.Fail(0)
	for i := 1; len(left) > 0; i++ {
		if x, ok := h.next(i).Do.(bot.Said); ok {
			delete(left, x.Text)
		}
	}
}

// What a moderator clears is taken off for everybody who had put it there.
func TestClearedReactions(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	ben := h.f.AddUser("ben")
	m := h.f.Say(h.ana.ID, h.ops.ID, "x", nil)
	for _, u := range []string{h.ana.ID, ben.ID} {
		h.f.React(u, h.ops.ID, m.ID, "📌")
	}
	h.f.React(ben.ID, h.ops.ID, m.ID, "👀")
	h.f.Clear(h.ops.ID, m.ID, "📌")
	h.f.Clear(h.ops.ID, m.ID, "")
	var off []string
	for _, r := range h.settle(4) {
		if x, ok := r.Do.(bot.Reaction); ok && x.Off {
			off = append(off, r.By.Name+" "+x.Emoji)
		}
	}
	if got := strings.Join(off, ", "); got != "ana pushpin, ben pushpin, ben 👀" {
		t.Errorf("taken off were %s", got)
	}
}

// A bot that is not on the server says so.
func TestNotOnTheServer(t *testing.T) {
	t.Parallel()
	f := fake(t, nil)
	p, err := discord.New(fakediscord.Token, "1234567890123456789", &desk{}, &desk{}, nil, &discord.Options{Transport: f.Transport(), Dialer: f.Dialer(), Log: logTo(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- p.Serve(ctx, func(context.Context, bot.Request) (bot.Message, error) { return nil, nil })
	}()
	if err := f.AwaitConnected(ctx, true); err != nil {
		t.Fatal(err)
	}
	late := time.After(patience)
	for tick := time.NewTicker(time.Millisecond); len(p.Lost()) == 0; {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("it does not say so")
		}
	}
	if lost := p.Lost(); !strings.Contains(lost[0], "The bot is not on the server") {
		t.Errorf("it says %q", lost)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A connection that has died without a word is noticed, and made anew.
func TestSilence(t *testing.T) {
	h := open(t, discord.Options{}, &fakediscord.Options{Heartbeat: 50 * time.Millisecond})
	h.settle(0)
	before := h.f.Identifies()
	h.f.StopAcks(true)
	if err := h.f.AwaitConnected(h.ctx, false); err != nil {
		t.Fatal(err)
	}
	h.f.StopAcks(false)
	m := h.f.Say(h.ana.ID, h.ops.ID, "is anybody there", nil)
	if err := h.f.AwaitIdentified(h.ctx, before); err != nil {
		t.Fatal(err)
	}
	for i := 1; h.next(i).Key != h.key(m); i++ {
	}
}

func TestCloseCodesEndInASentence(t *testing.T) {
	for code, want := range map[int]string{fakediscord.CloseAuth: "token", fakediscord.CloseBadIntents: "newer sitrep", 4010: "sharded", 4012: "newer sitrep"} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			f := fake(t, nil)
			f.RefuseIdentify(code)
			p := newPlatform(t, f, &desk{}, discord.Options{})
			err := p.Serve(t.Context(), func(context.Context, bot.Request) (bot.Message, error) { return nil, nil })
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
	t.Run("a wrong token", func(t *testing.T) {
		t.Parallel()
		f := fake(t, nil)
		p, err := discord.New("wrong", f.GuildID(), &desk{}, &desk{}, nil, &discord.Options{Transport: f.Transport(), Dialer: f.Dialer()})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Serve(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "Copy it again") {
			t.Errorf("it ends with %v", err)
		}
	})
}

// Without the intent for content it works with what there is, and says what is
// lost.
func TestWithoutContent(t *testing.T) {
	h := open(t, discord.Options{}, &fakediscord.Options{Intents: -1})
	if lost := h.p.Lost(); len(lost) != 1 || !strings.Contains(lost[0], "Message Content Intent") {
		t.Errorf("lost: %q", lost)
	}
	h.f.Say(h.ana.ID, h.ops.ID, "withheld", nil)
	m := h.f.Say(h.ana.ID, h.ops.ID, "<@"+h.f.Bot().ID+"> not withheld", nil)
	if r := h.next(0); r.Key != h.key(m) {
		t.Errorf("it is %+v", r)
	}
	kept := h.f.Say(h.ana.ID, h.ops.ID, "marked", nil)
	h.ask(h.f.Menu(h.ana.ID, h.ops.ID, kept.ID, "Add to timeline"))
	if s, ok := h.next(1).Do.(bot.Said); !ok || s.Text != "marked" {
		t.Errorf("from the menu: %+v", h.next(1))
	}
	if x, ok := h.next(2).Do.(bot.Reaction); !ok || x.Emoji != "pushpin" || x.Key != h.key(kept) {
		t.Errorf("from the menu: %+v", h.next(2))
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct{ token, guild, want string }{{"", "1", "token"}, {"x", "", "server"}, {"x", "my server", "server"}} {
		if _, err := discord.New(tt.token, tt.guild, &desk{}, &desk{}, nil, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

var errOurs = errors.New("the disk is on fire")

// What cannot be recorded is not lost: it is handed over again.
func TestHandedOverAgain(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.answers(func(bot.Request) (bot.Message, error) { return nil, errOurs })
	m := h.f.Say(h.ana.ID, h.ops.ID, "the disk is full", nil)
	h.next(0)
	h.answers(nil)
	if r := h.next(1); r.Key != h.key(m) {
		t.Errorf("handed over again is %+v", r)
	}
	if rest := h.settle(2); len(rest) != 0 {
		t.Errorf("besides came %+v", rest)
	}
}

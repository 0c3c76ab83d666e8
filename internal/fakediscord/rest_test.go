package fakediscord_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"sitrep/internal/fakediscord"
)

// code is Discord's code of a refusal; -1 if there was none, the status where
// there is no code.
func code(err error) int {
	var re *discordgo.RESTError
	switch {
	case err == nil:
		return -1
	case errors.As(err, &re) && re.Message != nil && re.Message.Code != 0:
		return re.Message.Code
	case errors.As(err, &re):
		return re.Response.StatusCode
	}
	return 0
}

func TestMessageLimits(t *testing.T) {
	f, s := start(t, nil)
	ops := f.AddChannel("ops", 0, nil)
	long := func(n int) string { return strings.Repeat("x", n) }
	embed := func(n int) *discordgo.MessageEmbed { return &discordgo.MessageEmbed{Description: long(n)} }
	button := func(id, label string) discordgo.MessageComponent {
		return discordgo.Button{CustomID: id, Label: label, Style: discordgo.PrimaryButton}
	}
	row := func(cs ...discordgo.MessageComponent) []discordgo.MessageComponent {
		return []discordgo.MessageComponent{discordgo.ActionsRow{Components: cs}}
	}
	for _, tt := range []struct {
		name string
		send discordgo.MessageSend
		want int
	}{
		{"text", discordgo.MessageSend{Content: long(2000)}, -1},
		{"nothing", discordgo.MessageSend{Content: " "}, 50035},
		{"too long", discordgo.MessageSend{Content: long(2001)}, 50035},
		{"too long in UTF-16", discordgo.MessageSend{Content: strings.Repeat("🔥", 1001)}, 50035},
		{"an embed", discordgo.MessageSend{Embeds: []*discordgo.MessageEmbed{embed(4096)}}, -1},
		{"too long an embed", discordgo.MessageSend{Embeds: []*discordgo.MessageEmbed{embed(4097)}}, 50035},
		{"embeds too long together", discordgo.MessageSend{Embeds: []*discordgo.MessageEmbed{embed(3001), embed(3000)}}, 50035},
		{"an empty field", discordgo.MessageSend{Embeds: []*discordgo.MessageEmbed{{Title: "x", Fields: []*discordgo.MessageEmbedField{{Name: "", Value: "x"}}}}}, 50035},
		{"five buttons", discordgo.MessageSend{Content: "x", Components: row(button("1", "a"), button("2", "a"), button("3", "a"), button("4", "a"), button("5", "a"))}, -1},
		{"six buttons in a row", discordgo.MessageSend{Content: "x", Components: row(button("1", "a"), button("2", "a"), button("3", "a"), button("4", "a"), button("5", "a"), button("6", "a"))}, 50035},
		{"a button with no label", discordgo.MessageSend{Content: "x", Components: row(button("1", ""))}, 50035},
		{"two buttons of one id", discordgo.MessageSend{Content: "x", Components: row(button("1", "a"), button("1", "b"))}, 50035},
		{"an empty embed", discordgo.MessageSend{Embeds: []*discordgo.MessageEmbed{{Description: " \n"}}}, 50035},
		{"a link to nowhere", discordgo.MessageSend{Content: "x", Components: row(discordgo.Button{Label: "x", Style: discordgo.LinkButton, URL: "http://localhost/x"})}, 50035},
		{"a link", discordgo.MessageSend{Content: "x", Components: row(discordgo.Button{Label: "x", Style: discordgo.LinkButton, URL: "https://example.org/x"})}, -1},
		{"a long id", discordgo.MessageSend{Content: "x", Components: row(button(long(101), "a"))}, 50035},
		{"an answer to nothing", discordgo.MessageSend{Content: "x", Reference: &discordgo.MessageReference{MessageID: "1"}}, 50035},
	} {
		before := len(f.Messages(ops.ID))
		_, err := s.ChannelMessageSendComplex(ops.ID, &tt.send)
		if got := code(err); got != tt.want {
			t.Errorf("%s: %v, want %d", tt.name, err, tt.want)
		}
		if err != nil && len(f.Messages(ops.ID)) != before {
			t.Errorf("%s was refused and is there", tt.name)
		}
	}
}

func TestMessagesAreKept(t *testing.T) {
	f, s := start(t, nil)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	theirs := f.Say(ana.ID, ops.ID, "hello", nil)
	m, err := s.ChannelMessageSendComplex(ops.ID, &discordgo.MessageSend{
		Content: "<@" + ana.ID + "> @everyone", AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
		Files: []*discordgo.File{{Name: "a.txt", ContentType: "text/plain", Reader: strings.NewReader("a text")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if ours := f.Ours(ops.ID); len(ours) != 1 || len(ours[0].Pings) != 0 || string(ours[0].Attachments[0].Body) != "a text" {
		t.Errorf("it is %+v", ours)
	}
	if _, err := s.ChannelMessageEdit(ops.ID, m.ID, "else"); err != nil {
		t.Error(err)
	}
	if _, err := s.ChannelMessageEdit(ops.ID, theirs.ID, "else"); code(err) != 50005 {
		t.Errorf("another's message could be edited: %v", err)
	}
	for i := range 5 {
		f.Say(ana.ID, ops.ID, fmt.Sprint(i), nil)
	}
	for _, tt := range []struct{ before, after, want string }{{"", "", "4 3"}, {m.ID, "", "hello"}, {"", m.ID, "1 0"}} {
		list, err := s.ChannelMessages(ops.ID, 2, tt.before, tt.after, "")
		var got []string
		for _, m := range list {
			got = append(got, m.Content)
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("before %q, after %q: %v (%v), want %s", tt.before, tt.after, got, err, tt.want)
		}
	}
	if err := s.ChannelMessageDelete(ops.ID, theirs.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.ChannelMessage(ops.ID, theirs.ID); code(err) != 10008 {
		t.Errorf("a deleted message is %v", err)
	}
}

// A nonce that is enforced makes a message once, for a few minutes.
func TestNonce(t *testing.T) {
	f, s := start(t, nil)
	ops := f.AddChannel("ops", 0, nil)
	url := discordgo.EndpointChannelMessages(ops.ID)
	send := func(enforce bool) error {
		_, err := s.RequestWithBucketID("POST", url, map[string]any{"content": "x", "nonce": "n1", "enforce_nonce": enforce}, url)
		return err
	}
	f.LoseAnswers(1)
	if send(true) == nil {
		t.Error("the answer was to be lost")
	}
	for _, tt := range []struct {
		name    string
		enforce bool
		wait    time.Duration
		want    int
	}{{"again", true, 0, 1}, {"not enforced", false, 0, 2}, {"much later", true, time.Hour, 3}} {
		f.Advance(tt.wait)
		if err := send(tt.enforce); err != nil || len(f.Ours(ops.ID)) != tt.want {
			t.Errorf("%s: %d messages, want %d (%v)", tt.name, len(f.Ours(ops.ID)), tt.want, err)
		}
	}
}

func TestRateLimits(t *testing.T) {
	f, s := start(t, nil)
	ops, dev := f.AddChannel("ops", 0, nil), f.AddChannel("dev", 0, nil)
	f.SetRate("POST /channels/{channel}/messages", fakediscord.Rate{N: 2, Per: 5 * time.Second})
	raw := func(channel string) *http.Response {
		t.Helper()
		req, err := http.NewRequest("POST", discordgo.EndpointChannelMessages(channel), strings.NewReader(`{"content":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", s.Token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := s.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	for i, want := range []int{200, 200, 429} {
		r := raw(ops.ID)
		if r.StatusCode != want || r.Header.Get("X-RateLimit-Limit") != "2" || r.Header.Get("X-RateLimit-Bucket") == "" {
			t.Errorf("request %d: %s %v", i, r.Status, r.Header)
		}
		if want == 429 && (r.Header.Get("Retry-After") != "5" || r.Header.Get("X-RateLimit-Scope") != "user") {
			t.Errorf("refused with %v", r.Header)
		}
	}
	if r := raw(dev.ID); r.StatusCode != 200 {
		t.Errorf("another channel is %s", r.Status)
	}
	f.Advance(5 * time.Second)
	if r := raw(ops.ID); r.StatusCode != 200 {
		t.Errorf("after the window: %s", r.Status)
	}
	f.SetGlobal(fakediscord.Rate{N: 1, Per: time.Minute})
	raw(dev.ID)
	if r := raw(ops.ID); r.StatusCode != 429 || r.Header.Get("X-RateLimit-Global") != "true" || r.Header.Get("X-RateLimit-Scope") != "global" {
		t.Errorf("the global limit: %s %v", r.Status, r.Header)
	}
}

// Two names in ten minutes, and no header says so before.
func TestHiddenRenameLimit(t *testing.T) {
	f, s := start(t, nil)
	ops := f.AddChannel("ops", 0, nil)
	rename := func(name string) error {
		_, err := s.ChannelEdit(ops.ID, &discordgo.ChannelEdit{Name: name}, discordgo.WithRetryOnRatelimit(false))
		return err
	}
	for i, name := range []string{"a", "b"} {
		if err := rename(name); err != nil {
			t.Fatalf("name %d: %v", i, err)
		}
	}
	var rl *discordgo.RateLimitError
	if err := rename("c"); !errors.As(err, &rl) || rl.RetryAfter < 9*time.Minute {
		t.Errorf("the third name is %v", err)
	}
	f.Advance(10 * time.Minute)
	if err := rename("c"); err != nil {
		t.Errorf("after ten minutes: %v", err)
	}
}

func TestTooManyInvalidRequests(t *testing.T) {
	f, s := start(t, &fakediscord.Options{Invalid: fakediscord.Rate{N: 3, Per: 10 * time.Minute}})
	s.Token = "Bot wrong"
	for range 3 {
		if _, err := s.Channel("1"); code(err) != 401 {
			t.Fatal(err)
		}
	}
	s.Token = "Bot " + fakediscord.Token
	if _, err := s.User("@me"); code(err) != 403 {
		t.Errorf("after three invalid requests: %v", err)
	}
	f.Advance(10 * time.Minute)
	if _, err := s.User("@me"); err != nil {
		t.Errorf("after ten minutes: %v", err)
	}
}

func TestPermissions(t *testing.T) {
	f, s := start(t, nil)
	hidden := f.AddChannel("hidden", 0, []fakediscord.Overwrite{{ID: f.GuildID(), Deny: fakediscord.ViewChannel}})
	quiet := f.AddChannel("quiet", 0, []fakediscord.Overwrite{{ID: f.Bot().ID, Type: 1, Deny: fakediscord.SendMessages | fakediscord.PinMessages}})
	ana := f.AddUser("ana")
	m := f.Say(ana.ID, quiet.ID, "x", nil)
	f.SetBot(fakediscord.ManageMessages)
	thread := func(channel string, kind discordgo.ChannelType) error {
		_, err := s.ThreadStart(channel, "x", kind, 60)
		return err
	}
	send := func(channel string) error { _, err := s.ChannelMessageSend(channel, "x"); return err }
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"a channel that it cannot see":      {send(hidden.ID), 50001},
		"a channel that it cannot write to": {send(quiet.ID), 50013},
		"a pin":                             {s.ChannelMessagePin(quiet.ID, m.ID), 50013},
		"a public thread":                   {thread(quiet.ID, discordgo.ChannelTypeGuildPublicThread), -1},
		"a private thread":                  {thread(quiet.ID, discordgo.ChannelTypeGuildPrivateThread), 50013},
		"no channel at all":                 {send("1"), 10003},
		"deleting a message":                {s.ChannelMessageDelete(quiet.ID, m.ID), -1},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %d", name, tt.err, tt.want)
		}
	}
}

func TestThreadsAndPosts(t *testing.T) {
	f, s := start(t, nil)
	ana := f.AddUser("ana")
	ops := f.AddChannel("ops", 0, nil)
	forum := f.AddChannel("incidents", fakediscord.Forum, nil, "sev1")
	events := open(t, s)
	await(t, events, "GUILD_CREATE")
	th, err := s.ThreadStart(ops.ID, "INC-1", discordgo.ChannelTypeGuildPrivateThread, 1440)
	if err != nil {
		t.Fatal(err)
	}
	await(t, events, "THREAD_CREATE")
	if err := s.ThreadMemberAdd(th.ID, ana.ID); err != nil {
		t.Error(err)
	}
	if p := f.People(th.ID); len(p) != 2 {
		t.Errorf("in it are %v", p)
	}
	post, err := s.ForumThreadStartComplex(forum.ID, &discordgo.ThreadStart{Name: "INC-2", AutoArchiveDuration: 60, AppliedTags: []string{forum.Tags[0].ID}}, &discordgo.MessageSend{Content: "first"})
	if err != nil {
		t.Fatal(err)
	}
	if ms := f.Ours(post.ID); len(ms) != 1 || ms[0].ID != post.ID {
		t.Errorf("the post has %+v", ms)
	}
	m, err := s.ChannelMessageSend(ops.ID, "card")
	if err != nil {
		t.Fatal(err)
	}
	under, err := s.MessageThreadStart(ops.ID, m.ID, "timeline", 60)
	if err != nil || under.ID != m.ID {
		t.Errorf("a thread of %s is %+v (%v)", m.ID, under, err)
	}
	if _, err := s.MessageThreadStart(ops.ID, m.ID, "timeline", 60); code(err) != 160004 {
		t.Errorf("a second thread of a message: %v", err)
	}
	yes := true
	if _, err := s.ChannelEdit(th.ID, &discordgo.ChannelEdit{Archived: &yes, Locked: &yes}); err != nil {
		t.Error(err)
	}
	if list, err := s.GuildThreadsActive(f.GuildID()); err != nil || len(list.Threads) != 2 {
		t.Errorf("active are %+v (%v)", list, err)
	}
	if list, err := s.ThreadsPrivateArchived(ops.ID, nil, 0); err != nil || len(list.Threads) != 1 || list.Threads[0].ID != th.ID {
		t.Errorf("archived are %+v (%v)", list, err)
	}
	if c, err := s.GuildChannelCreateComplex(f.GuildID(), discordgo.GuildChannelCreateData{Name: "INC 3 Checkout", Type: discordgo.ChannelTypeGuildText}); err != nil || c.Name != "inc-3-checkout" {
		t.Errorf("a channel is %+v (%v)", c, err)
	}
}

func TestPinsAndReactions(t *testing.T) {
	f, s := start(t, nil)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	m := f.Say(ana.ID, ops.ID, "x", nil)
	if err := s.MessageReactionAdd(ops.ID, m.ID, "📌"); err != nil {
		t.Error(err)
	}
	if err := s.MessageReactionAdd(ops.ID, m.ID, "pushpin"); code(err) != 10014 {
		t.Errorf("a name is no emoji, but %v", err)
	}
	if us, err := s.MessageReactions(ops.ID, m.ID, "📌", 100, "", ""); err != nil || len(us) != 1 || us[0].ID != f.Bot().ID {
		t.Errorf("reactions: %+v (%v)", us, err)
	}
	url := discordgo.EndpointChannelMessages(ops.ID) + "/pins"
	if _, err := s.RequestWithBucketID("PUT", url+"/"+m.ID, nil, url); err != nil {
		t.Error(err)
	}
	if b, err := s.RequestWithBucketID("GET", url, nil, url); err != nil || !strings.Contains(string(b), `"pinned_at"`) || !strings.Contains(string(b), m.ID) {
		t.Errorf("pins: %s (%v)", b, err)
	}
	if old, err := s.ChannelMessagesPinned(ops.ID); err != nil || len(old) != 1 {
		t.Errorf("pins by the old route: %v (%v)", old, err)
	}
	if err := s.ChannelMessageUnpin(ops.ID, m.ID); err != nil {
		t.Error(err)
	}
}

func TestOutage(t *testing.T) {
	f, s := start(t, nil)
	f.Fail(503)
	if _, err := s.User("@me"); code(err) != 503 {
		t.Errorf("an outage is %v", err)
	}
	f.Fail(0)
	if u, err := s.User("@me"); err != nil || u.ID != f.Bot().ID {
		t.Errorf("afterwards: %+v (%v)", u, err)
	}
}

// What moderators and administrators do, by a bot and by hand.
func TestChannelsComeAndGo(t *testing.T) {
	f, s := start(t, nil)
	ana, ben := f.AddUser("ana"), f.AddUser("ben")
	ops := f.AddChannel("ops", 0, nil)
	events := open(t, s)
	await(t, events, "GUILD_CREATE")
	a, b := f.Say(ana.ID, ops.ID, "a", nil), f.Say(ana.ID, ops.ID, "b", nil)
	if err := s.ChannelMessagesBulkDelete(ops.ID, []string{a.ID, b.ID}); err != nil || len(f.Messages(ops.ID)) != 0 {
		t.Errorf("deleted, there are %+v (%v)", f.Messages(ops.ID), err)
	}
	if got := await(t, events, "MESSAGE_DELETE_BULK").Struct.(*discordgo.MessageDeleteBulk); len(got.Messages) != 2 {
		t.Errorf("told of %+v", got)
	}
	c := f.Say(ana.ID, ops.ID, "c", nil)
	if m, err := s.ChannelMessage(ops.ID, c.ID); err != nil || m.Content != "c" {
		t.Errorf("read as %+v (%v)", m, err)
	}
	f.React(ana.ID, ops.ID, c.ID, "📌")
	f.Clear(ops.ID, c.ID, "📌")
	if got := await(t, events, "MESSAGE_REACTION_REMOVE_EMOJI"); !strings.Contains(string(got.RawData), c.ID) {
		t.Errorf("told of %s", got.RawData)
	}

	th, err := s.ThreadStart(ops.ID, "x", discordgo.ChannelTypeGuildPublicThread, 60)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{ana.ID, ben.ID} {
		if err := f.Enter(ana.ID, u, th.ID); err != nil {
			t.Error(err)
		}
	}
	if err := s.ThreadMemberRemove(th.ID, ben.ID); err != nil || len(f.People(th.ID)) != 2 {
		t.Errorf("in it are %v (%v)", f.People(th.ID), err)
	}
	f.Archive(th.ID)
	if err := f.Enter(ana.ID, ben.ID, th.ID); err == nil {
		t.Error("somebody comes into a thread that is archived")
	}
	if _, err := s.ChannelMessageSend(th.ID, "wakes it"); err != nil {
		t.Error(err)
	}
	if now, _ := f.Channel(th.ID); now.Thread.Archived {
		t.Error("a message leaves it archived")
	}

	if err := s.ChannelPermissionSet(ops.ID, f.GuildID(), discordgo.PermissionOverwriteTypeRole, 0, discordgo.PermissionSendMessages); err != nil {
		t.Error(err)
	}
	f.SetBot(0)
	f.SetEveryone(fakediscord.ViewChannel | fakediscord.SendMessages)
	if _, err := s.ChannelMessageSend(ops.ID, "x"); code(err) != 50013 {
		t.Errorf("an overwrite that forbids it: %v", err)
	}
	f.SetBot(fakediscord.OfBot())
	if _, err := s.ChannelDelete(ops.ID); err != nil {
		t.Error(err)
	}
	await(t, events, "CHANNEL_DELETE")
	for _, id := range []string{ops.ID, th.ID} {
		if _, err := s.Channel(id); code(err) != 10003 {
			t.Errorf("a deleted channel is %v", err)
		}
	}
	dm, err := s.UserChannelCreate(ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChannelMessageSend(dm.ID, "between us"); err != nil || len(f.Whispers(ana.ID)) != 1 {
		t.Errorf("whispered: %+v (%v)", f.Whispers(ana.ID), err)
	}
}

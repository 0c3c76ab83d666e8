package slack_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/bot/slack"
	"sitrep/incident"
	"sitrep/internal/webtest"
)

// The calls of the Web API that an emulator from elsewhere has do there what they
// do in our own fake: a room is opened and furnished, once; a message is posted
// once, by whichever process; it is edited, marked and read back; the room is
// renamed and put away.
func TestAgainstAnEmulator(t *testing.T) {
	e := emulate(t)
	in := incident.New("INC-1")
	meta := incident.Meta{Seq: 1, N: 1, Recorded: time.Now().Truncate(time.Second), When: time.Now()}
	in.Apply(meta, incident.Declared{Number: 1, Title: "Größe? 決済 fails: 50%", Severity: "sev1"})
	b := &board{ins: []*incident.Incident{in}}
	platform := func() *slack.Platform {
		p, err := slack.New("xoxb-sitrep", b, &slack.Options{AppToken: "xapp-1", API: e.url, Client: e.client, BaseURL: "https://room.example.com", PageURL: "https://status.example.com"})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, ctx := platform(), t.Context()
	other := api.New("xoxb-ana", api.OptionAPIURL(e.url), api.OptionHTTPClient(e.client))
	who, err := other.AuthTestContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ana := incident.Person{ID: slack.PersonID(who.UserID), Name: "ana"}

	room, link, err := p.OpenRoom(ctx, in, []incident.Person{ana})
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := platform().OpenRoom(ctx, in, []incident.Person{ana})
	if err != nil || again.ID != room.ID {
		t.Errorf("opened again it is %v, was %v (%v)", again, room, err)
	}
	if !strings.HasSuffix(link, room.ID) {
		t.Errorf("the way back is %s", link)
	}
	in.Apply(incident.Meta{Seq: 2, N: 2}, incident.RoomOpened{Room: room})
	c, err := other.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: room.ID})
	if err != nil {
		t.Fatal(err)
	}
	if c.Topic.Value != "INC-1 sev1: Größe? 決済 fails: 50%" || !strings.Contains(c.Purpose.Value, "INC-1") {
		t.Errorf("topic %q, purpose %q", c.Topic.Value, c.Purpose.Value)
	}
	links, err := other.ListBookmarksContext(ctx, room.ID)
	if err != nil || len(links) != 3 {
		t.Errorf("there are %d bookmarks (%v)", len(links), err)
	}
	members, _, err := other.GetUsersInConversationContext(ctx, &api.GetUsersInConversationParameters{ChannelID: room.ID})
	if err != nil || !slices.Contains(members, who.UserID) {
		t.Errorf("in the room are %v (%v)", members, err)
	}

	card := bot.Post{To: room, Message: bot.NewCard(in, time.Now(), time.UTC, nil), Key: "card"}
	first, err := p.Post(ctx, card)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := platform().Post(ctx, card); err != nil || second != first {
		t.Errorf("posted by another process it is %v, was %v (%v)", second, first, err)
	}
	line := bot.Post{To: room, Thread: first, Message: bot.Line{Incident: "INC-1", By: "ana", Text: "a note", At: time.Now()}, Key: "line"}
	answer, err := p.Post(ctx, line)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := platform().Post(ctx, line); err != nil || second != answer {
		t.Errorf("posted by another process the answer is %v, was %v (%v)", second, answer, err)
	}
	if err := p.Edit(ctx, first, bot.Announcement{Incident: "INC-1", Title: "x", Text: "the card, edited"}); err != nil {
		t.Error(err)
	}

	_, ts, err := other.PostMessageContext(ctx, room.ID, api.MsgOptionText("the pool is exhausted &amp; empty", false))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.PostMessageContext(ctx, room.ID, api.MsgOptionText("an answer", false), api.MsgOptionTS(ts)); err != nil {
		t.Fatal(err)
	}
	if err := other.AddReactionContext(ctx, "pushpin", api.NewRefToMessage(room.ID, ts)); err != nil {
		t.Fatal(err)
	}
	var said []string
	err = p.History(ctx, room, time.Time{}, func(r bot.Request) error {
		switch x := r.Do.(type) {
		case bot.Said:
			said = append(said, x.Text)
			if x.Text == "the pool is exhausted & empty" {
				if err := p.React(ctx, room, x.Key, "eyes"); err != nil {
					t.Error(err)
				}
				if err := p.React(ctx, room, x.Key, "eyes"); err != nil {
					t.Errorf("a reaction that is there: %v", err)
				}
			}
		case bot.Reaction:
			said = append(said, ":"+x.Emoji+":")
		}
		return nil
	})
	if got := strings.Join(said, "; "); err != nil || got != "the pool is exhausted & empty; :pushpin:; an answer" {
		t.Errorf("read back were %s (%v)", got, err)
	}

	in.Apply(incident.Meta{Seq: 3, N: 3}, incident.Renamed{Title: "payments fail"})
	if err := p.NameRoom(ctx, in, room); err != nil {
		t.Error(err)
	}
	if c, err = other.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: room.ID}); err != nil || c.Name != "inc-1-payments-fail" {
		t.Errorf("the room is called %q (%v)", c.Name, err)
	}
	if who, err := p.Readers(ctx, room); err != nil || !strings.Contains(who, "everybody else") {
		t.Errorf("it can be read by %q (%v)", who, err)
	}
	for range 2 {
		if err := p.CloseRoom(ctx, room); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.Post(ctx, bot.Post{To: room, Message: line.Message, Key: "late"}); err == nil || !strings.Contains(err.Error(), "archived") {
		t.Errorf("a post to an archived room: %v", err)
	}
}

// An emulator is a server from elsewhere that behaves as Slack's Web API.
type emulator struct {
	url    string
	client *http.Client
}

// emulate starts the npm package emulate, in the Node that it needs.
func emulate(t *testing.T) emulator {
	t.Helper()
	dir := webtest.Modules(t, "emulate", "node")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "emulate.yml")
	err = os.WriteFile(config, []byte(`
tokens:
  xoxb-sitrep: {login: sitrep, scopes: []}
  xoxb-ana: {login: ana, scopes: []}
slack:
  team: {name: Shop, domain: shop}
  users: [{name: sitrep, real_name: sitrep}, {name: ana, real_name: Ana Souza}]
  channels: [{name: general}]
  strict_scopes: false
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "node", "bin", "node"), filepath.Join(dir, "emulate", "dist", "index.js"), "start", "--service", "slack", "--port", fmt.Sprint(port), "--config", config)
	said := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	e := emulator{url: fmt.Sprintf("http://127.0.0.1:%d/api/", port), client: &http.Client{Transport: bearer{}, Timeout: 10 * time.Second}}
	for deadline := time.Now().Add(30 * time.Second); ; {
		r, err := e.client.Post(e.url+"api.test", "application/x-www-form-urlencoded", nil)
		if err == nil {
			_ = r.Body.Close()
			return e
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the emulator ended (%v): %s", err, said)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("the emulator does not answer: %v", err)
		}
	}
}

// bearer moves the token from a form into the header: the emulator knows tokens
// only there, and Slack both.
type bearer struct{}

func (bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		if token := form.Get("token"); token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return http.DefaultTransport.RoundTrip(r)
}

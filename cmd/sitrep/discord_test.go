package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitrep/internal/fakediscord"
)

// check discord says what is wrong, with the token in no word of it.
func TestCheckDiscord(t *testing.T) {
	f := fakediscord.Start(nil)
	defer f.Close()
	open := f.AddChannel("general", fakediscord.TextChannel, nil)
	check := func(channel, token string) (int, string) {
		path := filepath.Join(t.TempDir(), "sitrep.yml")
		yml := "page:\n  name: Status\n  time_zone: UTC\nchat:\n  discord:\n    token: {env: DISCORD_TOKEN}\n    server: \"" + f.GuildID() + "\"\n    rooms: {kind: thread, channel: \"" + channel + "\"}\n"
		if err := os.WriteFile(path, []byte(yml), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		p := &program{stdout: &out, stderr: &out, getenv: func(string) string { return token }, discord: f.Transport()}
		code := p.run(context.Background(), []string{"check", "discord", "--config", path})
		return code, out.String()
	}
	code, said := check(open.ID, fakediscord.Token)
	if code != 1 || !strings.Contains(said, "wrong") || !strings.Contains(said, "discord.com/") || !strings.Contains(said, "@everyone") {
		t.Errorf("a room that everybody can read: exit %d\n%s", code, said)
	}
	if code, said := check(open.ID, "another-token"); code != 1 || strings.Contains(said, "another-token") || !strings.Contains(said, "token") {
		t.Errorf("a bad token: exit %d\n%s", code, said)
	}
}

// With a public key, commands come in over HTTP, where the configuration says.
func TestServeTakesDiscordOverHTTP(t *testing.T) {
	f := fakediscord.Start(nil)
	defer f.Close()
	ana := f.AddUser("ana")
	ops := f.AddChannel("ops", fakediscord.TextChannel, nil)
	rooms := f.AddChannel("incidents", fakediscord.TextChannel, []fakediscord.Overwrite{{ID: f.GuildID(), Deny: fakediscord.ViewChannel}, {ID: f.Bot().ID, Type: 1, Allow: fakediscord.ViewChannel}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := files(t, map[string]string{"sitrep.yml": fmt.Sprintf(`page:
  name: Status
  time_zone: UTC
listen:
  page: 127.0.0.1:0
  room: 127.0.0.1:0
chat:
  discord:
    token: {env: DISCORD_TOKEN}
    public_key: %s
    listen: %s
    server: "%s"
    rooms: {kind: thread, channel: "%s"}
`, f.PublicKey(), at, f.GuildID(), rooms.ID)})
	var out bytes.Buffer
	p := &program{stdout: &out, stderr: &out, getenv: func(string) string { return fakediscord.Token }, discord: f.Transport(), gateway: f.Dialer()}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, []string{"serve", "--config", filepath.Join(dir, "sitrep.yml"), "--db", filepath.Join(dir, "sitrep.db")})
	}()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: at})
	for tick := time.NewTicker(20 * time.Millisecond); !f.SetEndpoint(proxy); {
		select {
		case <-tick.C:
		case code := <-ended:
			t.Fatalf("it ended with %d: %s", code, out.String())
		}
	}
	if err := f.AwaitConnected(ctx, true); err != nil {
		t.Fatal(err)
	}
	a, err := f.Slash(ana.ID, ops.ID, "incident declare", map[string]any{"text": "checkout is failing"}).Wait(ctx)
	if err != nil || !strings.Contains(a.Message.Content, "Declared INC-1") {
		t.Errorf("answered %+v (%v)", a.Message, err)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("it ended with %d: %s", code, out.String())
	}
}

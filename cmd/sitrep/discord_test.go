package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

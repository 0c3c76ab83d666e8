package discord_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"sitrep/bot/discord"
	"sitrep/internal/fakediscord"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*fakediscord.Server, *discord.Options)
		want string // in a finding that is not OK; "" for none
	}{
		{"good", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
		}, ""},
		{"no content", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
			f.GrantIntents(-1)
		}, "Message Content Intent is off"},
		{"no pins", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
			f.SetBot(fakediscord.OfBot() &^ fakediscord.PinMessages)
		}, "It lacks Pin Messages in #incidents."},
		{"readable", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, nil).ID
		}, "everybody on the server can read #incidents"},
		{"no forum", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Kind, o.Rooms.Channel = discord.Posts, f.AddChannel("incidents", 0, hide(f)).ID
		}, "#incidents is no forum."},
		{"a severity's place is missing", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
			o.Severities = map[string]discord.Rooms{"sev1": {Kind: discord.Channels, Channel: "1234567890123456789"}}
		}, "There is no channel 1234567890123456789"},
		{"no announcements", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
			o.Announce = f.AddChannel("status", 0, []fakediscord.Overwrite{{ID: f.GuildID(), Deny: fakediscord.SendMessages}}).ID
		}, "It lacks Send Messages in #status."},
		{"no role", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
			o.Roles = []string{f.AddRole("responders", 0).ID, "1234567890123456789"}
		}, "There is no role 1234567890123456789"},
		{"commands go elsewhere", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel = f.AddChannel("incidents", 0, hide(f)).ID
			f.KeepEndpoint()
		}, "Commands go to https://sitrep.example.com/"},
		{"commands come over the gateway", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel, o.PublicKey = f.AddChannel("incidents", 0, hide(f)).ID, f.PublicKey()
		}, "Commands still come over the gateway"},
		{"over HTTP", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel, o.PublicKey = f.AddChannel("incidents", 0, hide(f)).ID, f.PublicKey()
			f.KeepEndpoint()
		}, ""},
		{"another's key", func(f *fakediscord.Server, o *discord.Options) {
			o.Rooms.Channel, o.PublicKey = f.AddChannel("incidents", 0, hide(f)).ID, strings.Repeat("0", 64)
			f.KeepEndpoint()
		}, "another application's"},
		{"no such channel", func(_ *fakediscord.Server, o *discord.Options) { o.Rooms.Channel = "1234567890123456789" }, "There is no channel"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fake(t, nil)
			var o discord.Options
			tt.set(f, &o)
			findings, err := newPlatform(t, f, &desk{}, o).Check(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			bad := ""
			for _, x := range findings {
				if !x.OK {
					bad += x.Text + "\n"
				}
			}
			if (tt.want == "") != (bad == "") || !strings.Contains(bad, tt.want) {
				t.Errorf("found %q, want %q", bad, tt.want)
			}
			if !strings.Contains(findings[0].Text, "https://discord.com/oauth2/authorize?client_id="+f.Bot().ID+"&scope=bot+applications.commands&permissions=") {
				t.Errorf("the invitation is %q", findings[0].Text)
			}
		})
	}
}

// The manual explains every permission that is asked for, and every sentence that
// people are told when something is wrong.
func TestManual(t *testing.T) {
	b, err := os.ReadFile("../../docs/discord.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := strings.Join(strings.Fields(string(b)), " ")
	f := fake(t, nil)
	p := newPlatform(t, f, &desk{}, discord.Options{Rooms: discord.Rooms{Channel: "1234567890123456789"}, Severities: map[string]discord.Rooms{"sev1": {Kind: discord.Channels}}})
	for _, name := range p.Wanted() {
		if !strings.Contains(manual, "| "+name+" |") {
			t.Errorf("%s is not explained", name)
		}
	}
	if n := len(p.Wanted()); n != 13 {
		t.Errorf("asked for are %d permissions: %q", n, p.Wanted())
	}
	for _, said := range []string{
		"Discord does not accept the bot's token.", "The bot is not on the server", "Message Content Intent is off", "It lacks …", "everybody on the server can read",
		"is no text channel", "There is no channel", "There is no role", "Commands go to …, and no public key is configured here", "Commands still come over the gateway",
		"The public key is another application's", "This button is from before sitrep was restarted.", "Discord wants this bot to be sharded",
	} {
		if !strings.Contains(manual, said) {
			t.Errorf("the manual does not say what to do about %q", said)
		}
	}
}

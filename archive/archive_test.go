package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// show is a room's messages, a line each.
func show(r *Room) string {
	var b strings.Builder
	for _, m := range r.Messages {
		fmt.Fprintf(&b, "%s %s: %s", m.At.Format("2006-01-02T15:04:05Z"), m.Author.Name, strings.ReplaceAll(m.Text, "\n", " / "))
		if m.Thread != "" {
			b.WriteString(" >" + m.Thread)
		}
		for _, re := range m.Reactions {
			fmt.Fprintf(&b, " %s×%d", re.Emoji, re.Count)
		}
		for _, f := range m.Files {
			b.WriteString(" +" + f.Name)
		}
		if m.Author.Bot {
			b.WriteString(" (bot)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// slackZip is a small export, with what real ones have.
func slackZip(t testing.TB, prefix string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range []struct{ name, text string }{
		{"channels.json", `[{"id":"C1","name":"ops","members":["U1","U2"]},{"id":"C2","name":"empty"}]`},
		{"dms.json", `[{"id":"D1","members":["U1","U2"]}]`},
		{"users.json", `[{"id":"U1","name":"ana","real_name":"Ana L","profile":{"display_name":"ana"}},{"id":"U2","name":"ben","profile":{"real_name":"Ben R"}},{"id":"U3","name":"pager","is_bot":true,"profile":{}}]`},
		{"ops/2024-03-06.json", `[{"type":"message","user":"U2","ts":"1709683300.000100","text":"all good again"}]`},
		{"ops/2024-03-05.json", `[
			{"type":"message","subtype":"channel_join","user":"U2","ts":"1709632800.000100","text":"<@U2> has joined the channel"},
			{"type":"message","subtype":"bot_message","bot_id":"B1","username":"Pager","ts":"1709632810.000200","text":"","attachments":[{"title":"5xx on <https://shop.example|shop>","text":"rate &gt; 3%"}]},
			{"type":"message","user":"U1","ts":"1709632860.000300","text":"<@U2> errors &amp; timeouts since 09:58, see <https://g.example/d/1>","reactions":[{"name":"pushpin","users":["U2"],"count":1}],"pinned_to":["C1"]},
			{"type":"message","user":"U2","ts":"1709632900.000400","thread_ts":"1709632860.000300","text":"rolling back","edited":{"user":"U2","ts":"1709632910.000000"}},
			{"type":"message","user":"U9","ts":"1709632950.000500","text":"graph","files":[{"name":"p99.png","mimetype":"image/png","size":12,"url_private":"https://files.example/p99.png"}]},
			{"type":"message","user":"U2","ts":"not a time","text":"lost"}]`},
		{"ops/canvas.json", `{"a": 1}`},
		{"D1/2024-03-05.json", `[{"type":"message","user":"U1","ts":"1709632811.000200","text":"psst"}]`},
	} {
		w, err := z.Create(prefix + f.name)
		if err == nil {
			_, err = w.Write([]byte(f.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestSlack(t *testing.T) {
	for _, prefix := range []string{"", "My Team Slack export/"} {
		a, err := Read(slackZip(t, prefix), "export.zip", nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Rooms) != 2 || a.Kind != "Slack export" {
			t.Fatalf("%s with %d rooms", a.Kind, len(a.Rooms))
		}
		r, err := a.Room("#OPS")
		if err != nil {
			t.Fatal(err)
		}
		want := `2024-03-05T10:00:10Z Pager: 5xx on shop (https://shop.example) / rate > 3% (bot)
2024-03-05T10:01:00Z ana: @Ben R errors & timeouts since 09:58, see https://g.example/d/1 pushpin×1
2024-03-05T10:01:40Z Ben R: rolling back >1709632860.000300
2024-03-05T10:02:30Z U9: graph +p99.png
2024-03-06T00:01:40Z Ben R: all good again
`
		if got := show(r); got != want {
			t.Errorf("read\n%s\nwant\n%s", got, want)
		}
		if r.Skipped != 2 || !r.Messages[1].Pinned || r.Messages[2].Edited.IsZero() {
			t.Errorf("skipped %d, %+v", r.Skipped, r.Messages)
		}
	}
}

func TestRoomNames(t *testing.T) {
	a, err := Read(slackZip(t, ""), "export.zip", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Room(""); err == nil || !strings.Contains(err.Error(), "--channel") || !strings.Contains(err.Error(), "ops (5 messages)") {
		t.Errorf("no channel was named: %v", err)
	}
	if _, err := a.Room("nope"); err == nil || !strings.Contains(err.Error(), `no channel "nope"`) {
		t.Errorf("a channel that is not there: %v", err)
	}
	if r, err := a.Room("D1"); err != nil || len(r.Messages) != 1 {
		t.Errorf("a direct message: %v", err)
	}
}

func TestDiscord(t *testing.T) {
	raw := `{"guild":{"id":"9","name":"Shop"},"channel":{"id":"7","type":"GuildTextChat","name":"ops"},"messages":[
		{"id":"2","type":"Reply","timestamp":"2024-03-05T11:01:00+01:00","content":"rolled back","author":{"id":"1","name":"ana","nickname":"Ana"},"reference":{"messageId":"1"}},
		{"id":"1","type":"Default","timestamp":"2024-03-05T10:00:00.5+00:00","timestampEdited":"2024-03-05T10:00:05+00:00","content":"site is down","isPinned":true,"author":{"id":"2","name":"ben"},"reactions":[{"emoji":{"name":"👀"},"count":3}],"attachments":[{"fileName":"a.png","fileSizeBytes":3}]},
		{"id":"3","type":"GuildMemberJoin","timestamp":"2024-03-05T10:02:00+00:00","content":"Joined","author":{"id":"3","name":"c"}},
		{"id":"4","type":"Default","timestamp":"2024-03-05T10:03:00+00:00","content":"","author":{"id":"4","name":"bot","isBot":true},"embeds":[{"title":"Resolved","description":"5xx is normal"}]},
		{"id":"2","type":"Reply","timestamp":"2024-03-05T10:01:00+00:00","content":"rolled back","author":{"id":"1","name":"ana"}}]}`
	a, err := Read([]byte(raw), "ops.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `2024-03-05T10:00:00Z ben: site is down 👀×3 +a.png
2024-03-05T10:01:00Z Ana: rolled back >1
2024-03-05T10:03:00Z bot: Resolved / 5xx is normal (bot)
`
	if got := show(&a.Rooms[0]); got != want || a.Rooms[0].Messages[0].Link != "https://discord.com/channels/9/7/1" {
		t.Errorf("read\n%s\nwant\n%s", got, want)
	}
}

func TestLogs(t *testing.T) {
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file, text, want string
		o                      *Options
	}{
		{name: "irssi", text: "--- Log opened Tue Mar 05 23:50:00 2024\n23:58 -!- ana [a@b] has joined #ops\n23:59 <@ana> site is down\n--- Day changed Wed Mar 06 2024\n00:01 < ben> rolling back\n00:02  * ben waits\n",
			want: "2024-03-05T23:59:00Z ana: site is down\n2024-03-06T00:01:00Z ben: rolling back\n2024-03-06T00:02:00Z ben: waits\n"},
		{name: "weechat", text: "2024-03-05 10:00:00\t-->\tana joined\n2024-03-05 10:00:05\t@ana\tsite is down\n2024-03-05 10:00:09\t *\tben waits\n2024-03-05 10:01:00\t--\tben is away\n",
			want: "2024-03-05T10:00:05Z ana: site is down\n2024-03-05T10:00:09Z ben: waits\n"},
		{name: "a bouncer, past midnight", file: "#ops-20240305.log", text: "[23:58:00] <ana> site is down\n[00:03:10] <ben> back\n",
			want: "2024-03-05T23:58:00Z ana: site is down\n2024-03-06T00:03:10Z ben: back\n"},
		{name: "iso with a zone", text: "2024-03-05T10:00:00+01:00 ana: site is down\n2024-03-05T09:01:00Z ben: looking\nat the pool\n",
			want: "2024-03-05T09:00:00Z ana: site is down\n2024-03-05T09:01:00Z ben: looking / at the pool\n"},
		{name: "a phone, day first", text: "13/03/2024, 10:00 - Ana L: site is down\n13/03/2024, 10:02 - Ben: back\n", want: "2024-03-13T10:00:00Z Ana L: site is down\n2024-03-13T10:02:00Z Ben: back\n"},
		{name: "a phone, month first", text: "[3/5/24, 1:00:07 PM] Ana: site is down\n[3/5/24, 1:02:00 PM] Ben: back\n", want: "2024-03-05T13:00:07Z Ana: site is down\n2024-03-05T13:02:00Z Ben: back\n"},
		{name: "copied out of a chat", text: "March 5th, 2024\nAna L  8:57 AM\nugh, this is not right\nrolling back\nBen\t8:58 AM\nok\n", o: &Options{Zone: chicago},
			want: "2024-03-05T14:57:00Z Ana L: ugh, this is not right / rolling back\n2024-03-05T14:58:00Z Ben: ok\n"},
		{name: "a list of events", text: "2024-03-05 10:00 deploy went out\n2024-03-05 10:05 errors rise\n2024-03-05 10:20 rolled back\n",
			want: "2024-03-05T10:00:00Z somebody: deploy went out\n2024-03-05T10:05:00Z somebody: errors rise\n2024-03-05T10:20:00Z somebody: rolled back\n"},
		{name: "a month and a day", text: "[03-26 23:04] <ana> down\n[03-27 00:10] <ben> up\n", o: &Options{Day: time.Date(2019, 3, 26, 0, 0, 0, 0, time.UTC)},
			want: "2019-03-26T23:04:00Z ana: down\n2019-03-27T00:10:00Z ben: up\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file
			if file == "" {
				file = "chat.log"
			}
			a, err := Read([]byte(tt.text), file, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(&a.Rooms[0]); got != tt.want {
				t.Errorf("read\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "no chat log",
		"hello\nworld\n":                 "no chat log",
		`{"a": 1}`:                       "no Slack export",
		`[{"a": 1}]`:                     "no Slack export",
		`{"channel": {"id": "1"`:         "byte",
		"10:00 <ana> x\n10:01 <ben> y\n": "--day",
		"2024-13-05 10:00 <ana> x\n2024-13-05 10:00 <ana> x\n":                              "2024-13-05 is no date",
		`{"channel":{"id":"1","type":"x"},"messages":[{"timestamp":"noon","content":"x"}]}`: `"noon" is no time`,
		"PK\x03\x04 and no more": "not a valid zip",
	} {
		_, err := Read([]byte(text), "chat.txt", nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Open("no such file", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Real exports, where they are at hand.
func TestRealExports(t *testing.T) {
	const dir = "../../shared/data/exports/"
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no exports here")
	}
	// What is in the files: 16 entries of a channel, with a join and a tombstone;
	// two, three and four messages, with calls, a new name, a new icon, and one of
	// them twice.
	said := map[string][3]int{"B75B4C7": {14, 2, 0}, "Someones name": {2, 1, 0}, "a group chat": {3, 3, 0}, "general-chiptune": {4, 0, 1}}
	for name, want := range map[string]int{"slack-slackdump": 1, "discord-chat-analytics": 3} {
		a, err := Open(dir+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Rooms) != want {
			t.Errorf("%s: %d rooms, want %d", name, len(a.Rooms), want)
		}
		for _, r := range a.Rooms {
			if got := [3]int{len(r.Messages), r.Skipped, r.Twice}; got != said[r.Name] || r.LeftOut() == "" {
				t.Errorf("%s: %s has %v, want %v; %q", name, r.Name, got, said[r.Name], r.LeftOut())
			}
		}
	}
}

// Whatever a file holds, the answer is messages in order, or an error.
func FuzzRead(f *testing.F) {
	f.Add(slackZip(f, ""), "a.zip")
	f.Add([]byte(`{"channel":{"id":"1","type":"x"},"messages":[{"id":"1","timestamp":"2024-03-05T10:00:00Z","content":"x","type":"Default"}]}`), "a.json")
	f.Add([]byte(`[{"type":"message","user":"U","ts":"1709632860.000300","text":"<@U> &amp; <!here> <https://a|b>"}]`), "2024-03-05.json")
	f.Add([]byte("--- Log opened Tue Mar 05 23:50:00 2024\n23:59 <@ana> down\n00:01 * ben x\n"), "a.log")
	f.Add([]byte("Ana  8:57 AM\nrolling back\n3/5/24, 1:00 PM - x: y\n"), "2024-01-02.txt")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		a, err := Read(raw, name, nil)
		if err != nil {
			return
		}
		for _, r := range a.Rooms {
			seen := map[string]bool{}
			for i, m := range r.Messages {
				if m.At.IsZero() || m.ID != "" && seen[m.ID] || m.Author.Name == "" {
					t.Errorf("%+v", m)
				}
				seen[m.ID] = true
				if i > 0 && m.At.Before(r.Messages[i-1].At) {
					t.Errorf("%s is before %s", m.At, r.Messages[i-1].At)
				}
			}
		}
	})
}

// slackdump's own files: a conversation with its threads inside, by itself and in
// a zip with the names of people.
func TestSlackdump(t *testing.T) {
	const dump = `{"channel_id":"C1","name":"incident","messages":[
		{"type":"message","user":"U1","ts":"1709632800.000100","text":"<@U2> checkout is down","slackdump_thread_replies":[
			{"type":"message","user":"U2","ts":"1709632860.000300","thread_ts":"1709632800.000100","text":"looking"}]},
		{"type":"message","user":"U1","ts":"1709632830.000200","subtype":"channel_join","text":"joined"},
		{"type":"message","bot_id":"B1","username":"Pager","ts":"1709632900.000400","text":"","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*Alert*: error rate"}},{"type":"context","elements":[{"type":"mrkdwn","text":"service: checkout"}]}]}]}`
	check := func(a *Archive, err error, who string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.Room("incident")
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Messages) != 3 || r.Skipped != 1 || r.ID != "C1" {
			t.Fatalf("%+v", r)
		}
		first, reply, bot := r.Messages[0], r.Messages[1], r.Messages[2]
		if first.Text != "@"+who+" checkout is down" || reply.Thread != first.ID || reply.Author.Name != who || bot.Text != "*Alert*: error rate\nservice: checkout" || bot.Author.Name != "Pager" {
			t.Errorf("%+v", r.Messages)
		}
	}
	a, err := Read([]byte(dump), "C1.json", nil)
	check(a, err, "U2")

	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range map[string]string{"C1.json": dump, "users.json": `[{"id":"U2","name":"ben"}]`, "notes.json": `{"a":1}`, "D2.json": `{"channel_id":"D2","messages":[]}`} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	a, err = Read(buf.Bytes(), "slackdump.zip", nil)
	check(a, err, "ben")
	if len(a.Rooms) != 2 || a.NotRead() != "Not read, since it is no conversation: notes.json." {
		t.Errorf("%d rooms; %s", len(a.Rooms), a.NotRead())
	}
	if _, err := Read([]byte("SQLite format 3\x00 and more"), "slackdump.sqlite", nil); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "slackdump convert") {
		t.Errorf("a database: %v", err)
	}
}

// A message that is there twice is there once; two that have one ID are two.
func TestTwice(t *testing.T) {
	a, err := Read([]byte(`{"channel":{"id":"1","type":"x","name":"c"},"messages":[
		{"id":"7","timestamp":"2024-03-05T10:00:00Z","content":"down","type":"Default","author":{"id":"1","name":"ana"}},
		{"id":"7","timestamp":"2024-03-05T10:00:00Z","content":"down","type":"Default","author":{"id":"1","name":"ana"}},
		{"id":"7","timestamp":"2024-03-05T10:00:00Z","content":"up","type":"Default","author":{"id":"1","name":"ana"}}]}`), "c.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := a.Rooms[0]
	if len(r.Messages) != 2 || r.Messages[1].ID != "7/2" || r.LeftOut() != "Left out: 1 that the export has twice." {
		t.Errorf("%+v %s", r.Messages, r.LeftOut())
	}
}

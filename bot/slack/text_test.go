package slack

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	api "github.com/slack-go/slack"

	"sitrep/incident"
)

// directory is a workspace's names, for tests.
type directory map[string]string

func (d directory) Person(id string) string  { return d[id] }
func (d directory) Group(id string) string   { return d[id] }
func (d directory) Channel(id string) string { return d[id] }

func reader() Reader {
	return Reader{Team: "T1", Names: directory{"U1": "Ana", "U2": "Jürgen", "S1": "oncall", "C1": "ops"}, Zone: chicago()}
}

func TestText(t *testing.T) {
	if got, want := Escape("a < b && <@U1> @here"), "a &lt; b &amp;&amp; &lt;@U1&gt; @here"; got != want {
		t.Errorf("sent as %q, want %q", got, want)
	}
	for _, c := range []struct{ in, want, spans string }{
		{"nothing special", "nothing special", ""},
		{"5 &lt; 6 &amp;&amp; 7 &gt; 6", "5 < 6 && 7 > 6", ""},
		{"&amp;lt;", "&lt;", ""}, // once, not twice
		{"&nbsp; &", "&nbsp; &", ""},
		{"<@U1> leads", "@Ana leads", "person slack/T1/U1 Ana"},
		{"<@U1|old.name>", "@Ana", "person slack/T1/U1 Ana"},
		{"<@U9|ben>", "@ben", "person slack/T1/U9 ben"},
		{"ask <@W9>", "ask @someone", "person slack/T1/W9 "},
		{"<!subteam^S1> <!subteam^S2|@dba> <!subteam^S3>", "@oncall @dba @a-group", "group slack/T1/S1 oncall; group slack/T1/S2 dba; group slack/T1/S3 "},
		{"see <#C1> and <#C2|general> and <#C3|>", "see #ops and #general and #a-channel", "channel slack/T1/C1 ops; channel slack/T1/C2 general; channel slack/T1/C3 "},
		{"<!here> <!channel|@channel> <!everyone>", "@here @channel @everyone", ""},
		{"<!date^1599683940^{date_num} {time_secs}|2020-09-09 20:39 UTC>", "2020-09-09 20:39 UTC", ""},
		{"<!date^1599683940^{date}>", "Sep 09, 2020 - 15:39 CDT", ""},
		{"<!date^yesterday^{date}>", "yesterday", ""},
		{"<!foo|bar> <!baz>", "bar baz", ""},
		{"<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2", ""},
		{"<https://example.com|the graph>", "the graph (https://example.com)", ""},
		{"<http://example.com|example.com>", "example.com", ""},
		{"<mailto:ana@example.com|ana@example.com>", "ana@example.com", ""},
		{"<tel:+15551234|+15551234>", "+15551234", ""},
		{"a < b and <nothing> and <>", "a < b and <nothing> and <>", ""},
		{"an open <@U1", "an open <@U1", ""},
		{"<@U1\n>", "<@U1\n>", ""},
		{"*bold* `code` ~no~\n&gt; quoted", "*bold* `code` ~no~\n> quoted", ""},
		{"bad \xff byte", "bad \ufffd byte", ""},
	} {
		got, spans := reader().Text(c.in)
		if got != c.want || said(spans) != c.spans {
			t.Errorf("%q reads as %q with %q, want %q with %q", c.in, got, said(spans), c.want, c.spans)
		}
		hold(t, got, spans)
	}
}

// said lists spans for comparison.
func said(spans []incident.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, s.Kind+" "+s.ID+" "+s.Name)
	}
	return strings.Join(out, "; ")
}

// hold checks what is true of every text that was read.
func hold(t *testing.T, text string, spans []incident.Span) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%q is not UTF-8", text)
	}
	last := 0
	for _, s := range spans {
		if s.Start < last || s.End < s.Start || s.End > len(text) {
			t.Fatalf("the span %+v is out of order or out of %q", s, text)
		}
		last = s.End
		mark := map[string]string{"person": "@", "group": "@", "channel": "#", "emoji": ":"}[s.Kind]
		if got := text[s.Start:s.End]; mark == "" || !strings.HasPrefix(got, mark) || s.Name != "" && !strings.Contains(got, s.Name) {
			t.Errorf("the span %+v covers %q", s, got)
		}
		if id := s.ID[strings.LastIndex(s.ID, "/")+1:]; s.Kind != "emoji" && s.Name != id && strings.Contains(text[s.Start:s.End], id) {
			t.Errorf("the id of %+v stands in the text: %q", s, text)
		}
	}
}

func TestMessage(t *testing.T) {
	for _, c := range []struct{ name, in, want, spans string }{
		{"rich text over markup", `{"text":"hi <@U1>","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
			{"type":"text","text":"hi "},{"type":"user","user_id":"U1"},{"type":"text","text":", a < b & "},{"type":"text","text":"this","style":{"bold":true,"italic":true}},
			{"type":"text","text":" on "},{"type":"channel","channel_id":"C1"},{"type":"text","text":" "},{"type":"usergroup","usergroup_id":"S9"}]}]}]}`,
			"hi @Ana, a < b & *_this_* on #ops @a-group", "person slack/T1/U1 Ana; channel slack/T1/C1 ops; group slack/T1/S9 "},
		{"emoji, link, broadcast, date", `{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
			{"type":"emoji","name":"wave","unicode":"1f44b-1f3fd"},{"type":"emoji","name":"party-parrot"},{"type":"link","url":"https://x.example/g","text":"graph"},
			{"type":"text","text":" "},{"type":"broadcast","range":"here"},{"type":"text","text":" "},{"type":"date","timestamp":1599683940,"format":"{date}"}]}]}]}`,
			"👋🏽:party-parrot:graph (https://x.example/g) @here Sep 09, 2020 - 15:39 CDT", "emoji party-parrot party-parrot"},
		{"list, code, quotation", `{"blocks":[{"type":"rich_text","elements":[
			{"type":"rich_text_section","elements":[{"type":"text","text":"plan:\n"}]},
			{"type":"rich_text_list","style":"ordered","indent":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"stop"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"look"}]}]},
			{"type":"rich_text_list","style":"bullet","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"left"}]}]},
			{"type":"rich_text_list","style":"ordered","indent":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"go"}]}]},
			{"type":"rich_text_preformatted","elements":[{"type":"text","text":"kubectl get pods"}]},
			{"type":"rich_text_quote","elements":[{"type":"text","text":"it is down\nsays "},{"type":"user","user_id":"U2"}]}]}]}`,
			"plan:\n1. stop\n2. look\n    • left\n3. go\n```\nkubectl get pods\n```\n> it is down\n> says @Jürgen", "person slack/T1/U2 Jürgen"},
		{"an alert in an attachment", `{"bot_id":"B1","text":"","attachments":[{"fallback":"[FIRING] HighErrorRate","title":"[FIRING:1] HighErrorRate","title_link":"https://am.example","text":"*checkout* 5xx &gt; 5%","fields":[{"title":"Severity","value":"critical"}]}]}`,
			"[FIRING:1] HighErrorRate\n*checkout* 5xx > 5%\nSeverity: critical", ""},
		{"blocks of a tool", `{"bot_id":"B1","text":"","blocks":[{"type":"header","text":{"type":"plain_text","text":"Deploy <42>"}},{"type":"section","text":{"type":"mrkdwn","text":"by <@U1>"},"fields":[{"type":"mrkdwn","text":"*env* prod"}]},{"type":"context","elements":[{"type":"mrkdwn","text":"a &amp; b"}]},{"type":"divider"}]}`,
			"Deploy <42>\nby @Ana\n*env* prod\na & b", "person slack/T1/U1 Ana"},
		{"a link's page is nobody's words", `{"text":"<https://x.example>","attachments":[{"from_url":"https://x.example","original_url":"https://x.example","title":"X","text":"marketing"}]}`, "https://x.example", ""},
		{"a forwarded message", `{"text":"look","attachments":[{"is_share":true,"from_url":"https://s.example/p1","text":"disk is full","author_name":"Ben"}]}`, "look\nBen\ndisk is full", ""},
		{"only a fallback", `{"bot_id":"B1","attachments":[{"fallback":"it &lt;failed&gt;"}]}`, "it <failed>", ""},
		{"an element of tomorrow", `{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_hologram"},{"type":"rich_text_section","elements":[{"type":"smell","x":1},{"type":"text","text":"ok"}]}]}]}`, "ok", ""},
	} {
		var m api.Msg
		if err := json.Unmarshal([]byte(c.in), &m); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got, spans := reader().Message(m)
		if got != c.want || said(spans) != c.spans {
			t.Errorf("%s reads as\n%q with %q, want\n%q with %q", c.name, got, said(spans), c.want, c.spans)
		}
		hold(t, got, spans)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"<@U1> &lt; <#C1|x>", "<!date^1^{date}|x>", "<<@U1>>", "&amp;amp;", "<mailto:a|b>", "<!subteam^S1|@x\ny>", "<|>", "<@U1|\n>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, spans := reader().Text(s)
		hold(t, text, spans)
		// What we write ourselves, Slack reads as what was meant.
		if back, _ := reader().Text(escape(clean(s))); back != clean(s) {
			t.Errorf("%q was escaped and came back as %q", clean(s), back)
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"text":"hi <@U1>","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"text","text":"a\n"},{"type":"user","user_id":"U1"},{"type":"text","text":"\n"}]}]}]}`))
	f.Add([]byte(`{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","indent":99,"offset":-1,"elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"x\n","unicode":"1f44b-zz"}]}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m api.Msg
		if json.Unmarshal(data, &m) != nil {
			return
		}
		text, spans := reader().Message(m)
		hold(t, text, spans)
	})
}

// TestRealMessages reads payloads and exports of real workspaces, where
// SITREP_SLACK_DATA says in which folder they are: every file of messages is
// read whole, and says what its messages say.
func TestRealMessages(t *testing.T) {
	dir := os.Getenv("SITREP_SLACK_DATA")
	if dir == "" {
		t.Skip("set SITREP_SLACK_DATA to a folder with Slack's payloads or exports")
	}
	read := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range messagesIn(data) {
			read++
			text, spans := reader().Message(m)
			hold(t, text, spans)
			if text == "" && (m.Text != "" || len(m.Blocks.BlockSet) > 0) && !slices.Contains([]string{"image", "video", "file"}, m.SubType) {
				t.Errorf("%s: a message with %q reads as nothing", filepath.Base(path), m.Text)
			}
			if strings.Contains(text, "<@") || strings.Contains(text, "<!") {
				t.Errorf("%s: %q has markup left", filepath.Base(path), text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read == 0 {
		t.Errorf("there is no message in %s", dir)
	}
	t.Logf("%d messages were read", read)
}

// messagesIn finds the messages in a file: an export's list, one message, or an
// event around one.
func messagesIn(data []byte) []api.Msg {
	var many []api.Msg
	if json.Unmarshal(data, &many) == nil {
		return slices.DeleteFunc(many, func(m api.Msg) bool { return m.Type != "message" })
	}
	var one struct {
		api.Msg
		Event   *api.Msg `json:"event"`
		Message *api.Msg `json:"message"`
	}
	if json.Unmarshal(data, &one) != nil {
		return nil
	}
	for _, m := range []*api.Msg{&one.Msg, one.Event, one.Message} {
		if m != nil && (m.Type == "message" || len(m.Blocks.BlockSet) > 0) {
			many = append(many, *m)
		}
	}
	return many
}

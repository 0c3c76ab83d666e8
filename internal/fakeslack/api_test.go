package fakeslack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

// code is Slack's error code in an error of the library.
func code(err error) string {
	if err == nil {
		return ""
	}
	if e, is := errors.AsType[slack.SlackErrorResponse](err); is {
		return e.Err
	}
	return err.Error()
}

// What Slack refuses is refused with Slack's code, and changes nothing.
func TestRefusals(t *testing.T) {
	const room = "C0GENERAL"
	blocks := func(n int, text string) slack.MsgOption {
		var out []slack.Block
		for range n {
			out = append(out, slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, false), nil, nil))
		}
		return slack.MsgOptionBlocks(out...)
	}
	post := func(c *slack.Client, where string, o ...slack.MsgOption) error {
		_, _, err := c.PostMessage(where, o...)
		return err
	}
	cases := map[string]struct {
		want string
		try  func(f *Fake, c *slack.Client) error
	}{
		"no such channel": {"channel_not_found", func(_ *Fake, c *slack.Client) error { return post(c, "C0NONE", slack.MsgOptionText("x", false)) }},
		"not in the channel": {"not_in_channel", func(_ *Fake, c *slack.Client) error {
			_, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0ELSE"})
			return err
		}},
		"archived": {"is_archived", func(f *Fake, c *slack.Client) error {
			f.Archive("general", "ada")
			return post(c, room, slack.MsgOptionText("x", false))
		}},
		"no words":       {"no_text", func(_ *Fake, c *slack.Client) error { return post(c, room, slack.MsgOptionText(" ", false)) }},
		"51 blocks":      {"invalid_blocks", func(_ *Fake, c *slack.Client) error { return post(c, room, blocks(51, "x")) }},
		"a long section": {"invalid_blocks", func(_ *Fake, c *slack.Client) error { return post(c, room, blocks(1, strings.Repeat("x", 3001))) }},
		"long in all":    {"msg_blocks_too_long", func(_ *Fake, c *slack.Client) error { return post(c, room, blocks(5, strings.Repeat("x", 2700))) }},
		"a block in modals": {"invalid_blocks", func(_ *Fake, c *slack.Client) error {
			return post(c, room, slack.MsgOptionBlocks(slack.NewAlertBlock(slack.NewTextBlockObject("mrkdwn", "x", false, false))))
		}},
		"markdown and text": {"markdown_text_conflict", func(_ *Fake, c *slack.Client) error {
			return post(c, room, slack.MsgOptionText("x", false), slack.MsgOptionMarkdownText("y"))
		}},
		"much metadata": {"metadata_too_large", func(_ *Fake, c *slack.Client) error {
			return post(c, room, slack.MsgOptionText("x", false), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"k": strings.Repeat("x", 9000)}}))
		}},
		"no such thread": {"thread_not_found", func(_ *Fake, c *slack.Client) error {
			return post(c, room, slack.MsgOptionText("x", false), slack.MsgOptionTS("1.000000"))
		}},
		"edit of no message": {"message_not_found", func(_ *Fake, c *slack.Client) error {
			_, _, _, err := c.UpdateMessage(room, "1.000000", slack.MsgOptionText("x", false))
			return err
		}},
		"edit of another's": {"cant_update_message", func(f *Fake, c *slack.Client) error {
			_, _, _, err := c.UpdateMessage(room, f.Say("general", "ada", "mine").TS, slack.MsgOptionText("x", false))
			return err
		}},
		"long edit": {"msg_too_long", func(_ *Fake, c *slack.Client) error {
			_, ts, _ := c.PostMessage(room, slack.MsgOptionText("x", false))
			_, _, _, err := c.UpdateMessage(room, ts, slack.MsgOptionText(strings.Repeat("x", 4001), false))
			return err
		}},
		"delete of another's": {"cant_delete_message", func(f *Fake, c *slack.Client) error {
			_, _, err := c.DeleteMessage(room, f.Say("general", "ada", "mine").TS)
			return err
		}},
		"ephemeral to a stranger": {"user_not_in_channel", func(_ *Fake, c *slack.Client) error {
			_, err := c.PostEphemeral(room, "U0STRANGER", slack.MsgOptionText("x", false))
			return err
		}},
		"a name that is taken": {"name_taken", create("general")},
		"a long name":          {"invalid_name_maxlength", create(strings.Repeat("x", 81))},
		"a name in capitals":   {"invalid_name_specials", create("Incident")},
		"a name with a space":  {"invalid_name_specials", create("in cident")},
		"a name of dashes":     {"invalid_name_punctuation", create("--")},
		"a long topic": {"too_long", func(_ *Fake, c *slack.Client) error {
			_, err := c.SetTopicOfConversation(room, strings.Repeat("x", 251))
			return err
		}},
		"archived twice": {"already_archived", func(f *Fake, c *slack.Client) error {
			f.Archive("general", "ada")
			return c.ArchiveConversation(room)
		}},
		"unarchived by a bot": {"not_in_channel", func(_ *Fake, c *slack.Client) error {
			ch, err := c.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-1"})
			if err != nil || c.ArchiveConversation(ch.ID) != nil {
				return fmt.Errorf("not archived: %w", err)
			}
			return c.UnArchiveConversation(ch.ID)
		}},
		"invited twice": {"already_in_channel", func(_ *Fake, c *slack.Client) error { _, err := c.InviteUsersToConversation(room, "U0ADA"); return err }},
		"nobody invited": {"user_not_found", func(_ *Fake, c *slack.Client) error {
			_, err := c.InviteUsersToConversation(room, "U0NONE")
			return err
		}},
		"stranger invited": {"no_external_invite_permission", func(_ *Fake, c *slack.Client) error {
			_, err := c.InviteUsersToConversation(room, "U0STRANGER")
			return err
		}},
		"pinned twice":  {"already_pinned", twice(func(c *slack.Client, ref slack.ItemRef) error { return c.AddPin(room, ref) })},
		"reacted twice": {"already_reacted", twice(func(c *slack.Client, ref slack.ItemRef) error { return c.AddReaction("eyes", ref) })},
		"a reaction's sign": {"invalid_name", func(f *Fake, c *slack.Client) error {
			return c.AddReaction("📌", slack.NewRefToMessage(room, f.Say("general", "ada", "x").TS))
		}},
		"an odd bookmark": {"invalid_link", func(_ *Fake, c *slack.Client) error {
			_, err := c.AddBookmark(room, slack.AddBookmarkParameters{Title: "x", Type: "link", Link: "ftp://x"})
			return err
		}},
		"an odd trigger": {"invalid_trigger_id", func(_ *Fake, c *slack.Client) error { _, err := c.OpenView("1.2.3", modal("x")); return err }},
		"a long title": {"invalid_arguments", func(_ *Fake, c *slack.Client) error {
			_, err := c.OpenView("1.2.3", modal(strings.Repeat("x", 25)))
			return err
		}},
		"nobody's email": {"users_not_found", func(_ *Fake, c *slack.Client) error { _, err := c.GetUserByEmail("nobody@example.com"); return err }},
		"no such file":   {"file_not_found", func(_ *Fake, c *slack.Client) error { _, _, _, err := c.GetFileInfo("F1", 0, 0); return err }},
		"an odd cursor": {"invalid_cursor", func(_ *Fake, c *slack.Client) error {
			_, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: room, Cursor: "x"})
			return err
		}},
		"a revoked token": {"token_revoked", func(f *Fake, c *slack.Client) error { f.Revoke(); _, err := c.AuthTest(); return err }},
		"an injected error": {"fatal_error", func(f *Fake, c *slack.Client) error {
			f.Fail(Fault{Method: "auth.test", Error: "fatal_error", Times: 1})
			_, err := c.AuthTest()
			return err
		}},
	}
	for name, x := range cases {
		t.Run(name, func(t *testing.T) {
			f := New(workspace(), nil)
			defer f.Close()
			if err := x.try(f, api(f)); code(err) != x.want {
				t.Errorf("refused with %v, not %s", err, x.want)
			}
			if calls := f.Calls(""); calls[len(calls)-1].OK {
				t.Error("the journal says that it went well")
			}
		})
	}
}

func create(name string) func(*Fake, *slack.Client) error {
	return func(_ *Fake, c *slack.Client) error {
		_, err := c.CreateConversation(slack.CreateConversationParams{ChannelName: name})
		return err
	}
}

func twice(do func(*slack.Client, slack.ItemRef) error) func(*Fake, *slack.Client) error {
	return func(f *Fake, c *slack.Client) error {
		ref := slack.NewRefToMessage("C0GENERAL", f.Say("general", "ada", "x").TS)
		if err := do(c, ref); err != nil {
			return fmt.Errorf("the first time: %w", err)
		}
		return do(c, ref)
	}
}

func modal(title string) slack.ModalViewRequest {
	return slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", title, false, false),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
}

// Both tokens, and what they are refused for.
func TestTokens(t *testing.T) {
	w := workspace()
	w.Scopes = []string{"chat:write", "users:read"}
	f := New(w, nil)
	defer f.Close()
	client := func(bot, app string) *slack.Client {
		return slack.New(bot, slack.OptionAppLevelToken(app), slack.OptionAPIURL(f.URL()), slack.OptionHTTPClient(f.Client()))
	}
	test := func(c *slack.Client) error { _, err := c.AuthTest(); return err }
	open := func(c *slack.Client) error { _, _, err := c.StartSocketModeContext(t.Context()); return err }
	for _, x := range []struct {
		want string
		err  error
	}{
		{"", test(client(f.BotToken(), ""))}, {"not_authed", test(client("", ""))}, {"invalid_auth", test(client("xoxb-other", ""))},
		{"not_allowed_token_type", test(client(f.AppToken(), ""))}, {"not_allowed_token_type", open(client("", f.BotToken()))}, {"", open(client("", f.AppToken()))},
	} {
		if code(x.err) != x.want {
			t.Errorf("refused with %v, not %q", x.err, x.want)
		}
	}
	_, err := client(f.BotToken(), "").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL"})
	no, is := errors.AsType[slack.SlackErrorResponse](err)
	if !is || no.Err != "missing_scope" || no.Needed != "channels:history" || no.Provided != "chat:write,users:read" {
		t.Errorf("a scope is missing, and it says %+v", err)
	}
	me, err := client(f.BotToken(), "").AuthTest()
	if err != nil || me.UserID != "U0BOT" || me.Header.Get("X-OAuth-Scopes") != "chat:write,users:read" {
		t.Errorf("auth.test says %+v, %v", me, err)
	}
	for _, c := range f.Calls("") {
		if s := fmt.Sprint(c); strings.Contains(s, "xoxb") || strings.Contains(s, "xapp") {
			t.Errorf("the journal keeps a token: %s", s)
		}
	}
}

// A page is as long as asked, and what comes meanwhile moves nothing.
func TestPages(t *testing.T) {
	f := New(workspace(), &Options{Unlimited: true})
	defer f.Close()
	c := api(f)
	var want []string
	for i := range 250 {
		want = append(want, f.Say("general", "ada", fmt.Sprint(i)).TS)
	}
	slices.Reverse(want)
	root := f.Say("elsewhere", "ada", "root")
	f.Join("elsewhere", "sitrep", "ada")
	for range 25 {
		f.Reply(root, "ada", "reply", false)
	}
	var got []string
	p := &slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", Limit: 100}
	for pages := 1; ; pages++ {
		h, err := c.GetConversationHistory(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range h.Messages {
			got = append(got, m.Timestamp)
		}
		f.Say("general", "ben", "meanwhile")
		if p.Cursor = h.ResponseMetaData.NextCursor; p.Cursor == "" {
			if pages != 3 || h.HasMore {
				t.Errorf("%d pages, more: %v", pages, h.HasMore)
			}
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %d messages, not the %d that there were", len(got), len(want))
	}
	h, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", Oldest: want[10], Latest: want[5]})
	if err != nil || len(h.Messages) != 4 {
		t.Errorf("between two: %d messages, %v", len(h.Messages), err)
	}
	h, err = c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", Oldest: want[10], Latest: want[5], Inclusive: true})
	if err != nil || len(h.Messages) != 6 {
		t.Errorf("from one to another: %d messages, %v", len(h.Messages), err)
	}
	replies := 0
	rp := &slack.GetConversationRepliesParameters{ChannelID: "C0ELSE", Timestamp: root.TS, Limit: 10}
	for {
		msgs, more, next, err := c.GetConversationReplies(rp)
		if err != nil || msgs[0].Timestamp != root.TS || msgs[0].ReplyCount != 25 {
			t.Fatalf("a page of replies without its root: %+v, %v", msgs[0], err)
		}
		replies += len(msgs) - 1
		if !more {
			break
		}
		rp.Cursor = next
	}
	if replies != 25 {
		t.Errorf("%d replies", replies)
	}
	f.Delete(root)
	h, err = c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0ELSE", Limit: 1})
	if err != nil || h.Messages[0].SubType != "channel_join" {
		t.Errorf("history gives %+v, %v", h, err)
	}
	h, err = c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0ELSE", Oldest: root.TS, Latest: root.TS, Inclusive: true})
	if err != nil || h.Messages[0].SubType != "tombstone" {
		t.Errorf("the root of a thread was deleted, and history gives %+v, %v", h, err)
	}
}

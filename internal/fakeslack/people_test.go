package fakeslack

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func words(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

// form is a modal with an input, a menu and a button.
func declareForm(notify bool) slack.ModalViewRequest {
	title := slack.NewInputBlock("title", words("Title"), nil, slack.NewPlainTextInputBlockElement(words("What fails?"), "title_in").WithMaxLength(20))
	severity := slack.NewInputBlock("sev", words("Severity"), nil, slack.NewOptionsSelectBlockElement("static_select", words("How bad?"), "sev_in",
		slack.NewOptionBlockObject("sev1", words("SEV 1"), nil), slack.NewOptionBlockObject("sev2", words("SEV 2"), nil)))
	severity.Optional = true
	more := slack.NewActionBlock("more", slack.NewButtonBlockElement("more_press", "v1", words("More")))
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "declare", PrivateMetadata: "secret", Title: words("Declare"), Submit: words("Go"), Close: words("Not now"),
		NotifyOnClose: notify, Blocks: slack.Blocks{BlockSet: []slack.Block{title, severity, more}}}
}

// A modal is opened with a trigger, filled and submitted; the app answers with
// errors, with another view, and at last closes it.
func TestModals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		var got []string
		a := run(t, f, true, func(a *app, e socketmode.Event) (any, bool) {
			switch in := e.Data.(type) {
			case slack.SlashCommand:
				if _, err := a.OpenView(in.TriggerID, declareForm(true)); err != nil {
					t.Errorf("open: %v", err)
				}
				if _, err := a.OpenView(in.TriggerID, declareForm(true)); code(err) != "exchanged_trigger_id" {
					t.Errorf("a trigger twice: %v", err)
				}
			case slack.InteractionCallback:
				switch in.Type {
				case slack.InteractionTypeBlockActions:
					act := in.ActionCallback.BlockActions[0]
					got = append(got, fmt.Sprintf("pressed %s %s in %s %s", act.ActionID, act.Value, in.Container.Type, in.View.CallbackID))
					next := declareForm(true)
					next.Blocks.BlockSet = append(next.Blocks.BlockSet, slack.NewSectionBlock(words("More of it."), nil, nil))
					if _, err := a.UpdateView(next, "", in.View.Hash, in.View.ID); err != nil {
						t.Errorf("update: %v", err)
					}
					if _, err := a.UpdateView(next, "", in.View.Hash, in.View.ID); code(err) != "hash_conflict" {
						t.Errorf("update of an old view: %v", err)
					}
				case slack.InteractionTypeViewSubmission:
					v := in.View.State.Values
					title := v["title"]["title_in"].Value
					got = append(got, fmt.Sprintf("submitted %q %q %s", title, v["sev"]["sev_in"].SelectedOption.Value, in.View.PrivateMetadata))
					switch title {
					case "odd":
						return slack.NewErrorsViewSubmissionResponse(map[string]string{"title": "Say what fails."}), true
					case "wrong":
						return slack.NewErrorsViewSubmissionResponse(map[string]string{"more": "This is no input."}), true
					case "again":
						next := modal("Sure?")
						next.Submit = words("Yes")
						return slack.NewUpdateViewSubmissionResponse(&next), true
					case "silent":
						return nil, false
					}
				case slack.InteractionTypeViewClosed:
					got = append(got, fmt.Sprint("closed ", in.View.CallbackID, " ", in.IsCleared))
				}
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		f.Slash("ada", "general", "/incident", "")
		synctest.Wait()
		m := f.Modal("ada")
		if m == nil || m.Title != "Declare" || m.Field("Title") == nil || !slices.Equal(m.Field("sev").Options, []string{"sev1", "sev2"}) || f.Modal("ben") != nil {
			t.Fatalf("ada sees %+v", m)
		}
		if _, err := f.Submit(m); err == nil || !strings.Contains(err.Error(), "required") {
			t.Errorf("an empty form: %v", err)
		}
		f.Fill(m, map[string]any{"Title": strings.Repeat("x", 21)})
		if _, err := f.Submit(m); err == nil || !strings.Contains(err.Error(), "at most 20") {
			t.Errorf("a long title: %v", err)
		}
		submit := func(title string) *Modal {
			t.Helper()
			m := f.Modal("ada")
			f.Fill(m, map[string]any{"title_in": title, "sev": "sev2"})
			d, err := f.Submit(m)
			if err != nil {
				t.Fatal(err)
			}
			<-d.done
			return f.Modal("ada")
		}
		if m = submit("odd"); m == nil || m.Field("title").Error != "Say what fails." || !slices.Equal(m.Field("title").Value, []string{"odd"}) {
			t.Errorf("after errors ada sees %+v", m)
		}
		if m = submit("wrong"); m == nil || m.Errors[""] == "" {
			t.Errorf("errors that name no input show %+v", m)
		}
		if m = submit("silent"); m == nil || m.Errors[""] == "" {
			t.Errorf("no answer shows %+v", m)
		}
		f.PressIn(m, "More")
		synctest.Wait()
		if m = f.Modal("ada"); !strings.HasSuffix(m.Read, "More of it.") || m.Field("title").Value[0] != "silent" {
			t.Errorf("what was typed is lost in an update: %+v", m)
		}
		if m = submit("again"); m == nil || m.Title != "Sure?" {
			t.Errorf("an update shows %+v", m)
		}
		d, err := f.Submit(m)
		if err != nil {
			t.Fatal(err)
		}
		<-d.done
		if f.Modal("ada") != nil {
			t.Error("the modal is still open")
		}
		f.Slash("ben", "general", "/incident", "")
		synctest.Wait()
		f.CloseModal(f.Modal("ben"))
		synctest.Wait()
		want := []string{`submitted "odd" "sev2" secret`, `submitted "wrong" "sev2" secret`, `submitted "silent" "sev2" secret`, "pressed more_press v1 in view declare",
			`submitted "again" "sev2" secret`, `submitted "" "" `, "closed declare false"}
		if !slices.Equal(got, want) {
			t.Errorf("arrived:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// A trigger opens nothing after three seconds; modals are pushed three high, and
// a Home tab is not overwritten by who has not seen it.
func TestViews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		var triggers []string
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			if in, is := e.Data.(slack.InteractionCallback); is {
				triggers = append(triggers, in.TriggerID)
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		trigger := func() string {
			f.Shortcut("ada", "declare")
			synctest.Wait()
			return triggers[len(triggers)-1]
		}
		late := trigger()
		time.Sleep(triggerFor + time.Millisecond)
		if _, err := a.OpenView(late, declareForm(false)); code(err) != "expired_trigger_id" {
			t.Errorf("late: %v", err)
		}
		if _, err := a.OpenView(trigger(), declareForm(false)); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"", "", "push_limit_reached"} {
			if _, err := a.PushView(trigger(), declareForm(false)); code(err) != want {
				t.Errorf("push %d: %v", i, err)
			}
		}
		for range 3 {
			if d := f.CloseModal(f.Modal("ada")); d != nil {
				t.Error("the app was told, though it did not ask")
			}
		}
		if f.Modal("ada") != nil {
			t.Error("something is still open")
		}
		home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewHeaderBlock(words("Open incidents")),
			slack.NewActionBlock("b", slack.NewButtonBlockElement("declare", "", words("Declare")))}}}
		first, err := a.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U0ADA", View: home})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"", "hash_conflict"} {
			if _, err := a.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U0ADA", View: home, Hash: &first.Hash}); code(err) != want {
				t.Errorf("publish with the first hash: %v, not %q", err, want)
			}
		}
		if h := f.Home("ada"); h == nil || h.Read != "Open incidents\n[Declare]" {
			t.Errorf("the Home tab shows %+v", h)
		}
		if _, err := f.PressIn(f.Home("ada"), "declare").Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Buttons, menus and message shortcuts say where they were used; what answers
// them replaces, adds and deletes, five times within half an hour.
func TestResponseURLs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		var last slack.InteractionCallback
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			if in, is := e.Data.(slack.InteractionCallback); is {
				last = in
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		ask := slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*Publish?* <@U0BEN> of <!subteam^S0OPS> &amp; <https://x.test|this>", false, false), nil, nil),
			slack.NewActionBlock("b", slack.NewButtonBlockElement("yes", "7", words("Publish")),
				slack.NewOptionsSelectBlockElement("users_select", words("Who?"), "who")))
		ts, err := a.PostEphemeral("C0GENERAL", "U0ADA", ask, slack.MsgOptionText("Publish?", false))
		if err != nil {
			t.Fatal(err)
		}
		p := f.Told("ada", "general")[0]
		if p.Read != "*Publish?* @ben of @ops & this\n[Publish] [Who?]" || p.Buttons[0].Value != "7" {
			t.Errorf("ada reads %q %+v", p.Read, p.Buttons)
		}
		f.Press("ada", Ref{"C0GENERAL", ts}, "Publish")
		synctest.Wait()
		if act := last.ActionCallback.BlockActions[0]; act.ActionID != "yes" || act.Value != "7" || !last.Container.IsEphemeral || last.User.ID != "U0ADA" || last.Channel.ID != "C0GENERAL" {
			t.Errorf("the button says %+v", last)
		}
		send := func(o ...slack.MsgOption) error {
			_, _, err := a.PostMessage("C0GENERAL", append([]slack.MsgOption{slack.MsgOptionText("Published.", false)}, o...)...)
			return err
		}
		private := slack.MsgOptionResponseURL(last.ResponseURL, slack.ResponseTypeEphemeral)
		if err := send(private, slack.MsgOptionReplaceOriginal(last.ResponseURL)); err != nil {
			t.Fatal(err)
		}
		if told := f.Told("ada", "general"); len(told) != 1 || told[0].Read != "Published." {
			t.Errorf("replaced by %+v", told)
		}
		if err := send(slack.MsgOptionDeleteOriginal(last.ResponseURL)); err != nil {
			t.Fatal(err)
		}
		if told := f.Told("ada", "general"); len(told) != 0 {
			t.Errorf("deleted, and still there: %+v", told)
		}
		for range responseUses - 2 {
			if err := send(slack.MsgOptionResponseURL(last.ResponseURL, slack.ResponseTypeInChannel)); err != nil {
				t.Fatal(err)
			}
		}
		if err := send(private); err == nil {
			t.Error("a response URL served a sixth time")
		}
		if seen := f.Seen("general"); len(seen) != 3 || seen[0].Only != "" {
			t.Errorf("the channel shows %+v", seen)
		}

		_, ts, err = a.PostMessage("C0GENERAL", ask)
		if err != nil {
			t.Fatal(err)
		}
		f.Choose("ben", Ref{"C0GENERAL", ts}, "who", "U0ADA")
		synctest.Wait()
		if act := last.ActionCallback.BlockActions[0]; act.SelectedUser != "U0ADA" || last.BlockActionState.Values["b"]["who"].SelectedUser != "U0ADA" || last.Message.Timestamp != ts {
			t.Errorf("the menu says %+v", last)
		}
		m := f.Say("general", "ben", "it broke at 11:09")
		f.MessageShortcut("ada", m, "timeline")
		synctest.Wait()
		if last.Type != slack.InteractionTypeMessageAction || last.CallbackID != "timeline" || last.Message.Text != "it broke at 11:09" || last.MessageTs != m.TS {
			t.Errorf("the shortcut says %+v", last)
		}
		time.Sleep(responseFor + time.Second)
		if err := send(slack.MsgOptionResponseURL(last.ResponseURL, slack.ResponseTypeEphemeral)); err == nil {
			t.Error("a response URL served after half an hour")
		}
	})
}

// A channel is made, furnished and put away by the bot; people and files are read.
func TestARoomsLife(t *testing.T) {
	w := workspace()
	f := New(w, nil)
	defer f.Close()
	f.Listen()
	c := slack.New(f.BotToken(), slack.OptionAPIURL(f.URL()))
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ch, err := c.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-1-störung-結帳", IsPrivate: true})
	try(err)
	_, err = c.SetTopicOfConversation(ch.ID, "SEV 1")
	try(err)
	_, err = c.InviteUsersToConversation(ch.ID, "U0ADA", "U0BEN")
	try(err)
	_, ts, err := c.PostMessage(ch.ID, slack.MsgOptionText("The card", false))
	try(err)
	try(c.AddPin(ch.ID, slack.NewRefToMessage(ch.ID, ts)))
	try(c.AddReaction("pushpin", slack.NewRefToMessage(ch.ID, ts)))
	_, err = c.AddBookmark(ch.ID, slack.AddBookmarkParameters{Title: "Status page", Type: "link", Link: "https://status.example.com/"})
	try(err)
	_, err = c.UploadFileContext(t.Context(), slack.UploadFileParameters{Channel: ch.ID, Filename: "postmortem.md", Title: "Postmortem", FileSize: 5, Reader: bytes.NewReader([]byte("# Why"))})
	try(err)
	link, err := c.GetPermalink(&slack.PermalinkParameters{Channel: ch.ID, Ts: ts})
	try(err)
	if want := "https://fake.slack.com/archives/" + ch.ID + "/p" + strings.ReplaceAll(ts, ".", ""); link != want {
		t.Errorf("the link is %s, not %s", link, want)
	}
	try(c.KickUserFromConversation(ch.ID, "U0BEN"))
	_, err = c.RenameConversation(ch.ID, "inc-1-done")
	try(err)
	room := f.Room("inc-1-done")
	if room.Topic != "SEV 1" || !room.Private || !slices.Equal(room.Members, []string{"sitrep", "ada"}) || room.Bookmarks["Status page"] == "" || len(room.Pins) != 1 {
		t.Errorf("the room is %+v", room)
	}
	if len(f.SeenBy("ben", ch.ID)) != 0 {
		t.Error("ben sees a private room that he is not in")
	}
	var kinds []string
	for _, p := range f.SeenBy("ada", ch.ID) {
		kinds = append(kinds, p.Subtype+strings.Join(p.Files, " "))
	}
	if want := []string{"group_topic", "group_join", "group_join", "", "file_sharepostmortem.md", "group_leave", "group_name"}; !slices.Equal(kinds, want) {
		t.Errorf("the room shows %q, not %q", kinds, want)
	}
	try(c.ArchiveConversation(ch.ID))
	f.Unarchive(ch.ID, "ada")
	if _, _, err := c.PostMessage(ch.ID, slack.MsgOptionText("Back.", false)); err != nil {
		t.Errorf("a person has opened it again: %v", err)
	}

	u, err := c.GetUserByEmail("ada@example.com")
	try(err)
	if u.ID != "U0ADA" || u.TZ != "Europe/Berlin" || u.RealName != "Ada Lovelace" {
		t.Errorf("ada is %+v", u)
	}
	e, err := c.GetUserInfo("U0STRANGER")
	try(err)
	if !e.IsStranger || e.TeamID != "T0OTHER" {
		t.Errorf("eve is %+v", e)
	}
	all, err := c.GetUsers()
	try(err)
	if len(all) != 4 {
		t.Errorf("%d users of this workspace", len(all))
	}
	groups, err := c.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
	try(err)
	if len(groups) != 1 || groups[0].Handle != "ops" || !slices.Equal(groups[0].Users, []string{"U0BEN"}) {
		t.Errorf("the groups are %+v", groups)
	}
	team, err := c.GetTeamInfo()
	try(err)
	if team.Domain != "fake" {
		t.Errorf("the team is %+v", team)
	}
	ref := f.Share("general", "ada", "the log", File{Name: "crash.log", Data: []byte("panic: nil")})
	h, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", Latest: ref.TS, Inclusive: true, Limit: 1})
	try(err)
	info, _, _, err := c.GetFileInfo(h.Messages[0].Files[0].ID, 0, 0)
	try(err)
	var data bytes.Buffer
	try(c.GetFile(info.URLPrivateDownload, &data))
	if data.String() != "panic: nil" {
		t.Errorf("the file holds %q", data.String())
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(info.URLPrivate)
	try(err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Errorf("without a token a file is given with %d", resp.StatusCode)
	}
}

package fakediscord_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"sitrep/internal/fakediscord"
)

// registered registers a command with a subcommand, and a menu command.
func registered(t *testing.T, f *fakediscord.Server, s *discordgo.Session) {
	t.Helper()
	_, err := s.ApplicationCommandBulkOverwrite(f.Bot().ID, f.GuildID(), []*discordgo.ApplicationCommand{
		{Name: "incident", Description: "incidents", Options: []*discordgo.ApplicationCommandOption{{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "update", Description: "tells customers", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionString, Name: "text", Description: "what", Required: true},
			{Type: discordgo.ApplicationCommandOptionString, Name: "affects", Description: "what of it", Autocomplete: true},
		}}}},
		{Name: "Add to timeline", Type: discordgo.MessageApplicationCommand},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCommandsAreChecked(t *testing.T) {
	f, s := start(t, nil)
	option := func(n int) []*discordgo.ApplicationCommandOption {
		var out []*discordgo.ApplicationCommandOption
		for i := range n {
			out = append(out, &discordgo.ApplicationCommandOption{Type: discordgo.ApplicationCommandOptionString, Name: "o" + string(rune('a'+i)), Description: "x"})
		}
		return out
	}
	long := option(20)
	for _, o := range long {
		for range 5 {
			o.Choices = append(o.Choices, &discordgo.ApplicationCommandOptionChoice{Name: strings.Repeat("n", 50), Value: strings.Repeat("v", 50)})
		}
	}
	late := option(2)
	late[1].Required = true
	for name, tt := range map[string]struct {
		cmd  discordgo.ApplicationCommand
		want int
	}{
		"good":                {discordgo.ApplicationCommand{Name: "a", Description: "x", Options: option(25)}, -1},
		"26 options":          {discordgo.ApplicationCommand{Name: "a", Description: "x", Options: option(26)}, 50035},
		"capitals":            {discordgo.ApplicationCommand{Name: "A", Description: "x"}, 50035},
		"no description":      {discordgo.ApplicationCommand{Name: "a"}, 50035},
		"over 8000 letters":   {discordgo.ApplicationCommand{Name: "a", Description: "x", Options: long}, 50035},
		"required after not":  {discordgo.ApplicationCommand{Name: "a", Description: "x", Options: late}, 50035},
		"a menu with options": {discordgo.ApplicationCommand{Name: "A b", Type: discordgo.MessageApplicationCommand, Options: option(1)}, 50035},
	} {
		if _, err := s.ApplicationCommandBulkOverwrite(f.Bot().ID, f.GuildID(), []*discordgo.ApplicationCommand{&tt.cmd}); code(err) != tt.want {
			t.Errorf("%s: %v, want %d", name, err, tt.want)
		}
	}
	first := f.Commands(f.GuildID())
	if _, err := s.ApplicationCommandBulkOverwrite(f.Bot().ID, f.GuildID(), []*discordgo.ApplicationCommand{{Name: "a", Description: "y"}}); err != nil {
		t.Error(err)
	}
	if now := f.Commands(f.GuildID()); now[0].ID != first[0].ID {
		t.Error("the same command has another id")
	}
}

func TestInteractionIsAnswered(t *testing.T) {
	f, s := start(t, nil)
	registered(t, f, s)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	s.AddHandler(func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		var r discordgo.InteractionResponse
		switch i.Type {
		case discordgo.InteractionApplicationCommandAutocomplete:
			r = discordgo.InteractionResponse{Type: discordgo.InteractionApplicationCommandAutocompleteResult, Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "Checkout", Value: "Checkout"}}}}
		case discordgo.InteractionMessageComponent:
			r = discordgo.InteractionResponse{Type: discordgo.InteractionResponseModal, Data: &discordgo.InteractionResponseData{CustomID: "form", Title: "Tell customers", Components: []discordgo.MessageComponent{
				discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.TextInput{CustomID: "text", Label: "Text", Style: discordgo.TextInputParagraph, MaxLength: 20}}}}}}
		case discordgo.InteractionApplicationCommand:
			r = discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource, Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral}}
		default:
			r = discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource, Data: &discordgo.InteractionResponseData{Content: "filled"}}
		}
		if err := s.InteractionRespond(i.Interaction, &r); err != nil {
			t.Error(err)
		}
		if err := s.InteractionRespond(i.Interaction, &r); code(err) != 40060 && i.Type != discordgo.InteractionMessageComponent && i.Type != discordgo.InteractionModalSubmit {
			t.Errorf("a second answer is %v", err)
		}
		if i.Type != discordgo.InteractionApplicationCommand {
			return
		}
		text := "got it"
		if data := i.ApplicationCommandData(); data.TargetID != "" {
			text = data.Resolved.Messages[data.TargetID].Content
		}
		rows := []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{CustomID: "b", Label: "Edit", Style: discordgo.PrimaryButton}}}}
		if _, err := s.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Content: &text, Components: &rows}); err != nil {
			t.Error(err)
		}
		if _, err := s.FollowupMessageCreate(i.Interaction, true, &discordgo.WebhookParams{Content: "more"}); err != nil {
			t.Error(err)
		}
	})
	await(t, open(t, s), "GUILD_CREATE")

	a, err := f.Slash(ana.ID, ops.ID, "incident update", map[string]any{"text": "hello"}).Until(t.Context(), func(a fakediscord.Answer) bool { return len(a.More) > 0 })
	if err != nil || !a.Later || !a.Only || a.Message.Content != "got it" || a.More[0].Content != "more" {
		t.Fatalf("answered with %+v (%v)", a, err)
	}
	if len(f.Messages(ops.ID)) != 1 { // the follow-up, which is for everybody
		t.Errorf("everybody sees %+v", f.Messages(ops.ID))
	}
	press := f.Press(ana.ID, *a.Message, "Edit")
	if a, err = press.Wait(t.Context()); err != nil || a.Modal == nil || a.Modal.Title != "Tell customers" {
		t.Fatalf("pressed: %+v (%v)", a, err)
	}
	if _, err := press.Fill(map[string]string{"text": strings.Repeat("x", 21)}); err == nil {
		t.Error("a field takes more than it may")
	}
	filled, err := press.Fill(map[string]string{"text": "words"})
	if err != nil {
		t.Fatal(err)
	}
	if a, err = filled.Wait(t.Context()); err != nil || a.Message.Content != "filled" || a.Only {
		t.Errorf("filled: %+v (%v)", a, err)
	}
	if a, err = f.Type(ana.ID, ops.ID, "incident update", "affects", "che", nil).Wait(t.Context()); err != nil || len(a.Choices) != 1 {
		t.Errorf("typed: %+v (%v)", a, err)
	}
	m := f.Say(ana.ID, ops.ID, "the words", nil)
	if a, err = f.Menu(ana.ID, ops.ID, m.ID, "Add to timeline").Wait(t.Context()); err != nil || a.Message.Content != "the words" {
		t.Errorf("from the menu: %+v (%v)", a, err)
	}
}

// 3 s for the first word, 15 min for the rest.
func TestInteractionsExpire(t *testing.T) {
	f, s := start(t, nil)
	registered(t, f, s)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	came := make(chan *discordgo.Interaction, 2)
	s.AddHandler(func(_ *discordgo.Session, i *discordgo.InteractionCreate) { came <- i.Interaction })
	await(t, open(t, s), "GUILD_CREATE")
	later := &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource}
	text := "late"

	f.Slash(ana.ID, ops.ID, "incident update", map[string]any{"text": "x"})
	i := <-came
	f.Advance(3*time.Second + time.Millisecond)
	if err := s.InteractionRespond(i, later); code(err) != 10062 {
		t.Errorf("after three seconds: %v", err)
	}
	f.Slash(ana.ID, ops.ID, "incident update", map[string]any{"text": "x"})
	i = <-came
	if err := s.InteractionRespond(i, later); err != nil {
		t.Fatal(err)
	}
	f.Advance(14 * time.Minute)
	if _, err := s.InteractionResponseEdit(i, &discordgo.WebhookEdit{Content: &text}); err != nil {
		t.Errorf("after 14 minutes: %v", err)
	}
	f.Advance(2 * time.Minute)
	if _, err := s.InteractionResponseEdit(i, &discordgo.WebhookEdit{Content: &text}); code(err) != 50027 {
		t.Errorf("after 16 minutes: %v", err)
	}
}

func TestEndpointIsSigned(t *testing.T) {
	f, s := start(t, nil)
	registered(t, f, s)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	key, err := hex.DecodeString(f.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	careless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"type":1}`))
	})
	if f.SetEndpoint(careless) {
		t.Error("an endpoint that takes any signature is accepted")
	}
	careful := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !discordgo.VerifyInteraction(r, ed25519.PublicKey(key)) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var i discordgo.Interaction
		if err := json.NewDecoder(r.Body).Decode(&i); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		if i.Type == discordgo.InteractionPing {
			_, _ = w.Write([]byte(`{"type":1}`))
			return
		}
		_, _ = w.Write([]byte(`{"type":4,"data":{"content":"over http"}}`))
	})
	if !f.SetEndpoint(careful) {
		t.Fatal("a good endpoint is refused")
	}
	if a, err := f.Slash(ana.ID, ops.ID, "incident update", map[string]any{"text": "x"}).Wait(t.Context()); err != nil || a.Message.Content != "over http" {
		t.Errorf("answered %+v (%v)", a, err)
	}
}

// Menus of a message, and answers that are read back and taken away.
func TestMenusAndFollowups(t *testing.T) {
	f, s := start(t, nil)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	came := make(chan *discordgo.Interaction, 1)
	s.AddHandler(func(_ *discordgo.Session, i *discordgo.InteractionCreate) { came <- i.Interaction })
	await(t, open(t, s), "GUILD_CREATE")
	menu := discordgo.SelectMenu{MenuType: discordgo.StringSelectMenu, CustomID: "which", Options: []discordgo.SelectMenuOption{{Label: "a", Value: "a"}, {Label: "b", Value: "b"}}}
	_, err := s.ChannelMessageSendComplex(ops.ID, &discordgo.MessageSend{Content: "Which?", Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{menu}}}})
	if err != nil {
		t.Fatal(err)
	}
	f.Choose(ana.ID, f.Ours(ops.ID)[0], "which", "b")
	i := <-came
	if d := i.MessageComponentData(); len(d.Values) != 1 || d.Values[0] != "b" || i.Message.Content != "Which?" {
		t.Errorf("chosen was %+v", d)
	}
	if err := s.InteractionRespond(i, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseUpdateMessage, Data: &discordgo.InteractionResponseData{Content: "b it is"}}); err != nil {
		t.Error(err)
	}
	if m, err := s.InteractionResponse(i); err != nil || m.Content != "b it is" {
		t.Errorf("read back as %+v (%v)", m, err)
	}
	more, err := s.FollowupMessageCreate(i, true, &discordgo.WebhookParams{Content: "more"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FollowupMessageDelete(i, more.ID); err != nil {
		t.Error(err)
	}
	if ms := f.Ours(ops.ID); len(ms) != 1 || ms[0].Content != "b it is" {
		t.Errorf("there are %+v", ms)
	}
}

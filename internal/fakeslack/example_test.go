package fakeslack_test

import (
	"fmt"

	"github.com/slack-go/slack"

	"sitrep/internal/fakeslack"
)

// A person says something, the bot marks it and answers in its thread; the test
// reads what the channel shows.
func Example() {
	fake := fakeslack.New(fakeslack.Workspace{
		Users:    []fakeslack.User{{Name: "ada"}},
		Channels: []fakeslack.Channel{{ID: "C0INC", Name: "incidents", Members: []string{"ada", "sitrep"}}},
	}, nil)
	defer fake.Close()
	bot := slack.New(fake.BotToken(), slack.OptionAPIURL(fake.URL()), slack.OptionHTTPClient(fake.Client()))

	said := fake.Say("incidents", "ada", "checkout is failing")
	if err := bot.AddReaction("pushpin", slack.NewRefToMessage(said.Channel, said.TS)); err != nil {
		fmt.Println(err)
	}
	if _, _, err := bot.PostMessage("C0INC", slack.MsgOptionText("Noted, <@"+fake.BotID()+">.", false), slack.MsgOptionTS(said.TS)); err != nil {
		fmt.Println(err)
	}
	for _, p := range fake.Seen("incidents") {
		fmt.Println(p.Author+":", p.Read, p.Reactions, p.Thread == said.TS)
	}
	// Output:
	// ada: checkout is failing map[pushpin:1] false
	// sitrep: Noted, @sitrep. map[] true
}

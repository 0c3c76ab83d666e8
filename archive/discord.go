package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// discordExport is a file of DiscordChatExporter.
type discordExport struct {
	Guild struct {
		ID, Name string
	}
	Channel struct {
		ID, Type, Name string
	}
	Messages []discordMessage
}

type discordMessage struct {
	ID              string
	Type            string
	Timestamp       string
	TimestampEdited string
	IsPinned        bool
	Content         string
	Author          struct {
		ID, Name, Nickname string
		IsBot              bool
	}
	Attachments []struct {
		URL      string
		FileName string
		Size     int64 `json:"fileSizeBytes"`
	}
	Embeds []struct {
		Title, Description string
	}
	Stickers []struct {
		Name string
	}
	Reactions []struct {
		Emoji struct {
			Name, Code string
		}
		Count int
		Users []struct{ ID string }
	}
	Reference *struct {
		MessageID string
	}
}

// readDiscord reads a file of DiscordChatExporter. The error wraps ErrUnknown
// if it is JSON of something else.
func readDiscord(raw []byte) (Room, error) {
	var x discordExport
	if err := json.Unmarshal(raw, &x); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return Room{}, fmt.Errorf("%w (byte %d: %w)", ErrUnknown, syntax.Offset, err)
		}
		return Room{}, fmt.Errorf("%w (%w)", ErrUnknown, err)
	}
	if x.Channel.ID == "" || x.Channel.Type == "" && x.Messages == nil {
		return Room{}, ErrUnknown
	}
	r := Room{ID: x.Channel.ID, Name: firstOf(x.Channel.Name, x.Channel.ID), Platform: "discord"}
	for i, m := range x.Messages {
		if m.Type != "Default" && m.Type != "Reply" && m.Type != "ChatInputCommand" && m.Type != "" {
			r.Skipped++
			continue
		}
		at, err := time.Parse(time.RFC3339, m.Timestamp)
		if err != nil {
			return Room{}, fmt.Errorf("message %d: %q is no time", i+1, m.Timestamp)
		}
		y := Message{ID: m.ID, At: at.UTC(), Text: m.body(), Pinned: m.IsPinned, Author: Author{
			ID: firstOf(m.Author.ID, m.Author.Name), Name: firstOf(m.Author.Nickname, m.Author.Name, m.Author.ID, "somebody"), Bot: m.Author.IsBot,
		}}
		if t, err := time.Parse(time.RFC3339, m.TimestampEdited); err == nil {
			y.Edited = t.UTC()
		}
		if m.Reference != nil && m.Reference.MessageID != m.ID {
			y.Thread = m.Reference.MessageID
		}
		for _, a := range m.Attachments {
			if a.FileName != "" {
				y.Files = append(y.Files, File{Name: a.FileName, URL: a.URL, Size: max(a.Size, 0)})
			}
		}
		for _, re := range m.Reactions {
			one := Reaction{Emoji: firstOf(re.Emoji.Name, re.Emoji.Code), Count: max(re.Count, len(re.Users))}
			for _, u := range re.Users {
				one.By = append(one.By, u.ID)
			}
			y.Reactions = append(y.Reactions, one)
		}
		if x.Guild.ID != "" && x.Guild.ID != "0" {
			y.Link = "https://discord.com/channels/" + x.Guild.ID + "/" + x.Channel.ID + "/" + m.ID
		}
		if strings.TrimSpace(y.Text) == "" && len(y.Files) == 0 {
			r.Skipped++
			continue
		}
		r.Messages = append(r.Messages, y)
	}
	r.finish()
	return r, nil
}

// body is what was said: the text, or what a bot said in an embed.
func (m *discordMessage) body() string {
	parts := []string{strings.TrimSpace(m.Content)}
	for _, e := range m.Embeds {
		if text := strings.TrimSpace(strings.TrimSpace(e.Title) + "\n" + strings.TrimSpace(e.Description)); text != "" && m.Author.IsBot {
			parts = append(parts, text)
		}
	}
	for _, s := range m.Stickers {
		if parts[0] == "" && s.Name != "" {
			parts[0] = "(sticker " + s.Name + ")"
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

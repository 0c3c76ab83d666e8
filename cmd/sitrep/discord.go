package main

import (
	"context"
	"errors"
	"fmt"

	"sitrep/bot/discord"
	"sitrep/internal/app"
	"sitrep/internal/config"
)

type checkDiscord struct {
	Config string `help:"The configuration." required:"" placeholder:"FILE"`
}

// Run looks at everything, and says each thing in a line.
func (c *checkDiscord) Run(ctx context.Context, p *program) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	d := cfg.Chat.Discord
	if !d.On() {
		return fmt.Errorf("%s has no chat.discord.token, so there is nothing to check. docs/discord.md says how to get one", c.Config)
	}
	token, err := d.Token.Read(p.getenv)
	if err != nil {
		return fmt.Errorf("chat.discord.token: %w", err)
	}
	rooms, bySeverity := app.DiscordRooms(d)
	platform, err := discord.New(token, d.Server, nil, nil, nil, &discord.Options{
		Transport: p.discord, Roles: d.Roles, Public: d.Audience == config.AudiencePublic, Rooms: rooms, Severities: bySeverity, PublicKey: d.PublicKey, Announce: d.Announce, Command: cfg.Command.Name,
	})
	if err != nil {
		return err
	}
	found, err := platform.Check(ctx)
	if err != nil {
		return fmt.Errorf("discord does not answer: %w", err)
	}
	wrong := 0
	for _, f := range found {
		mark := "ok   "
		if !f.OK {
			mark = "wrong"
			wrong++
		}
		if _, err := fmt.Fprintf(p.stdout, "%s  %s\n", mark, f.Text); err != nil {
			return err
		}
	}
	if wrong > 0 {
		return errors.New("put right what is wrong, and check again")
	}
	return nil
}

package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Zone is a time zone by its IANA name. The zero Zone has no Location.
type Zone struct{ *time.Location }

// A Secret says where a secret is kept: in the environment variable Env, or in
// the file File. At most one is set.
type Secret struct {
	Env  string
	File string

	dir string // what a relative File is relative to
}

// IsSet says whether a place is named.
func (s Secret) IsSet() bool { return s.Env != "" || s.File != "" }

// Read fetches the secret, without surrounding white space. getenv is
// os.Getenv as a rule. A Secret that is not set reads as "". The error says
// which variable or file is missing or empty, never what is in it.
func (s Secret) Read(getenv func(string) string) (string, error) {
	switch {
	case s.Env != "":
		v := strings.TrimSpace(getenv(s.Env))
		if v == "" {
			return "", fmt.Errorf("the environment variable %s is empty or not set", s.Env)
		}
		return v, nil
	case s.File != "":
		path := s.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.dir, path)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read the secret: %w", err)
		}
		v := strings.TrimSpace(string(b))
		if v == "" {
			return "", fmt.Errorf("the secret in %s is empty", path)
		}
		return v, nil
	}
	return "", nil
}

// Allowed is who may do something. The zero Allowed is not configured.
type Allowed struct {
	Anyone bool
	Names  []string // roles and people
}

// Configured says whether the permission was configured at all.
func (a Allowed) Configured() bool { return a.Anyone || len(a.Names) > 0 }

// Includes says whether any of the names, of a person or of the roles that
// this person holds, is allowed. Case does not count.
func (a Allowed) Includes(names ...string) bool {
	return a.Anyone || slices.ContainsFunc(names, func(n string) bool { return contains(a.Names, n) })
}

func contains(list []string, s string) bool {
	return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(s, t) })
}

// loadZone finds a zone by its IANA name. Local is no name: it would mean
// another zone on another machine.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("no zone of the IANA database")
	}
	return time.LoadLocation(name)
}

// secrets are all that the configuration has, by their keys.
func (c *Config) secrets() map[string]*Secret {
	return map[string]*Secret{
		"page.hosted.statuspage.token": &c.Page.Hosted.Statuspage.Token,
		"room.token":                   &c.Room.Token,
		"chat.slack.bot_token":         &c.Chat.Slack.BotToken,
		"chat.slack.app_token":         &c.Chat.Slack.AppToken,
		"chat.slack.signing_secret":    &c.Chat.Slack.SigningSecret,
		"mail.password":                &c.Mail.Password,
		"subscribers.key":              &c.Subscribers.Key,
		"chat.discord.token":           &c.Chat.Discord.Token,
	}
}

// CheckSecrets reads every secret that is set and says which ones cannot be,
// by their keys, never what is in them. getenv is as in [Secret.Read].
func (c *Config) CheckSecrets(getenv func(string) string) error {
	var errs []error
	all := c.secrets()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if _, err := all[key].Read(getenv); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	return errors.Join(errs...)
}

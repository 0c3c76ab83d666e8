package fakediscord

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// The kinds of command, and of option.
const (
	SlashCommand   = 1
	UserCommand    = 2
	MessageCommand = 3
	subcommand     = 1
	group          = 2
	stringOption   = 3
	integerOption  = 4
	boolOption     = 5
)

// A Command is one that a bot registered.
type Command struct {
	ID          string        `json:"id"`
	App         string        `json:"application_id"`
	GuildID     string        `json:"guild_id,omitempty"`
	Version     string        `json:"version"`
	Type        int           `json:"type"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Options     []CommandPart `json:"options,omitempty"`
	Members     *Permission   `json:"default_member_permissions"`
	Contexts    []int         `json:"contexts,omitempty"`
}

// A CommandPart is a subcommand, a group of them, or an option.
type CommandPart struct {
	Type         int           `json:"type"`
	Name         string        `json:"name"`
	Description  string        `json:"description"`
	Required     bool          `json:"required,omitempty"`
	Choices      []Choice      `json:"choices,omitempty"`
	Autocomplete bool          `json:"autocomplete,omitempty"`
	Options      []CommandPart `json:"options,omitempty"`
	MinLength    *int          `json:"min_length,omitempty"`
	MaxLength    *int          `json:"max_length,omitempty"`
}

// A Choice is a value that an option can have.
type Choice struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// The limits of commands.
const (
	maxSlash   = 100
	maxMenu    = 15
	maxOptions = 25
	maxLetters = 8000
	maxMade    = 200 // created in a day
)

func (s *Server) getCommands(r *http.Request) (any, error) {
	if r.PathValue("app") != s.bot.ID {
		return nil, fail(403, 20012, "You are not authorized to perform this action on this application")
	}
	return orEmpty(s.commands[r.PathValue("guild")]), nil
}

// putCommands takes the whole list. A command that is there already under its
// name keeps its id and does not count as created.
func (s *Server) putCommands(r *http.Request) (any, error) {
	if r.PathValue("app") != s.bot.ID {
		return nil, fail(403, 20012, "You are not authorized to perform this action on this application")
	}
	guild := r.PathValue("guild")
	if guild != "" && guild != s.guild {
		return nil, fail(403, noAccess, "Missing Access")
	}
	var list []*Command
	if _, err := read(r, &list); err != nil {
		return nil, err
	}
	var k check
	count, seen := map[int]int{}, map[string]bool{}
	for i, c := range list {
		if c.Type == 0 {
			c.Type = SlashCommand
		}
		count[c.Type]++
		at := fmt.Sprint(i)
		key := fmt.Sprint(c.Type, c.Name)
		if seen[key] {
			k.wrong(at+".name", "Application command names must be unique")
		}
		seen[key] = true
		k.command(at, c)
	}
	if count[SlashCommand] > maxSlash || count[UserCommand] > maxMenu || count[MessageCommand] > maxMenu {
		return nil, fail(400, 30032, "Maximum number of application commands reached")
	}
	if err := k.err(); err != nil {
		return nil, err
	}
	made := 0
	for _, c := range list {
		c.App, c.GuildID, c.Version = s.bot.ID, guild, s.id()
		if guild != "" {
			c.Contexts = nil // a guild's command has no other
		}
		c.ID = ""
		for _, old := range s.commands[guild] {
			if old.Name == c.Name && old.Type == c.Type {
				c.ID = old.ID
			}
		}
		if c.ID == "" {
			c.ID = s.id()
			made++
		}
	}
	if s.made+made > maxMade {
		return nil, fail(429, 30034, "Max number of daily application command creates has been reached (200)")
	}
	s.made += made
	s.commands[guild] = list
	return orEmpty(list), nil
}

func (k *check) command(at string, c *Command) {
	if c.Type != SlashCommand {
		k.text(at+".name", c.Name, 1, 32)
		if c.Description != "" || len(c.Options) > 0 {
			k.wrong(at+".description", "Context menu commands cannot have description or options")
		}
		return
	}
	k.named(at, c.Name, c.Description)
	k.parts(at, c.Options, 0)
	if n := letters(c.Name, c.Description, c.Options); n > maxLetters {
		k.wrong(at, "Command exceeds maximum size (%d)", n)
	}
}

// letters counts what the limit of 8000 is about: names, descriptions and
// values, all the way down.
func letters(name, description string, parts []CommandPart) int {
	n := units(name) + units(description)
	for _, p := range parts {
		n += letters(p.Name, p.Description, p.Options)
		for _, c := range p.Choices {
			n += units(c.Name) + units(strings.Trim(string(c.Value), `"`))
		}
	}
	return n
}

func (k *check) named(at, name, description string) {
	if !commandName.MatchString(name) || name != strings.ToLower(name) {
		k.wrong(at+".name", "Command name is invalid")
	}
	k.text(at+".description", description, 1, 100)
}

// parts checks options: depth is 0 in a command, 1 in a group, 2 in a subcommand.
func (k *check) parts(at string, parts []CommandPart, depth int) {
	if len(parts) > maxOptions {
		k.wrong(at+".options", "Must be 25 or fewer in length.")
	}
	seen, optional, subs := map[string]bool{}, false, 0
	for i, p := range parts {
		at := fmt.Sprintf("%s.options.%d", at, i)
		k.named(at, p.Name, p.Description)
		if seen[p.Name] {
			k.wrong(at+".name", "Option names must be unique")
		}
		seen[p.Name] = true
		switch p.Type {
		case subcommand, group:
			subs++
			inside := 2
			if p.Type == group {
				inside = 1
			}
			if depth >= inside {
				k.wrong(at+".type", "Sub-command option type is invalid here")
			}
			k.parts(at, p.Options, inside)
			if p.Type == group && len(p.Options) == 0 {
				k.wrong(at+".options", "This field is required")
			}
		case stringOption, integerOption, boolOption, 6, 7, 8, 9, 10, 11:
			if p.Required && optional {
				k.wrong(at+".required", "Required options must be placed before non-required options")
			}
			optional = optional || !p.Required
			if len(p.Choices) > maxOptions {
				k.wrong(at+".choices", "Must be 25 or fewer in length.")
			}
			if len(p.Choices) > 0 && p.Autocomplete {
				k.wrong(at+".autocomplete", "Autocomplete cannot be enabled with choices")
			}
			for j, c := range p.Choices {
				at := fmt.Sprintf("%s.choices.%d", at, j)
				k.text(at+".name", c.Name, 1, 100)
				k.text(at+".value", strings.Trim(string(c.Value), `"`), 1, 100)
			}
			if p.MaxLength != nil && (*p.MaxLength < 1 || *p.MaxLength > 6000) {
				k.wrong(at+".max_length", "int value should be between 1 and 6000.")
			}
		default:
			k.wrong(at+".type", "Value of field %q must be between 1 and 11.", "type")
		}
	}
	if subs > 0 && subs != len(parts) {
		k.wrong(at+".options", "Sub-command and sub-command group option types are mutually exclusive to all other types")
	}
}

// Commands lists the commands of a guild; "" is the global ones.
func (s *Server) Commands(guild string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Command
	for _, c := range s.commands[guild] {
		out = append(out, *c)
	}
	return out
}

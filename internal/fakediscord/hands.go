package fakediscord

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// An Answer is what somebody sees after an interaction.
type Answer struct {
	Message *Message // nil if there is none
	Modal   *Modal
	Choices []Choice
	Only    bool // nobody else sees the message
	Later   bool // the bot asked for more time first
	More    []Message
}

// Slash uses a slash command. path is the command's name and those of the group
// and subcommand, if any; values are by option.
func (s *Server) Slash(user, channel, path string, values map[string]any) *Interaction {
	return s.slash(kindCommand, user, channel, path, values, "")
}

// Type asks what can be typed in an option: value is what stands there so far.
func (s *Server) Type(user, channel, path, option, value string, values map[string]any) *Interaction {
	all := map[string]any{option: value}
	for k, v := range values {
		all[k] = v
	}
	return s.slash(kindAutocomplete, user, channel, path, all, option)
}

func (s *Server) slash(kind int, user, channel, path string, values map[string]any, focused string) *Interaction {
	names := strings.Fields(path)
	s.mu.Lock()
	c := s.channel(channel)
	var cmd *Command
	for _, list := range s.commands {
		for _, x := range list {
			if x.Name == names[0] && x.Type == SlashCommand {
				cmd = x
			}
		}
	}
	if cmd == nil || c == nil {
		s.mu.Unlock()
		panic("fakediscord: no command " + names[0] + " is registered, or there is no such channel")
	}
	parts := cmd.Options
	var kinds []int
	for _, n := range names[1:] {
		at := slices.IndexFunc(parts, func(p CommandPart) bool { return p.Name == n })
		if at < 0 {
			s.mu.Unlock()
			panic("fakediscord: " + path + " is not registered")
		}
		kinds = append(kinds, parts[at].Type)
		parts = parts[at].Options
	}
	s.mu.Unlock()
	var options []map[string]any
	for _, p := range parts {
		v, there := values[p.Name]
		if !there {
			if p.Required && kind == kindCommand {
				panic("fakediscord: " + path + " needs " + p.Name)
			}
			continue
		}
		if str, ok := v.(string); ok && len(p.Choices) > 0 && !slices.ContainsFunc(p.Choices, func(c Choice) bool { return string(c.Value) == quoted(str) }) {
			panic(fmt.Sprintf("fakediscord: %s is no choice of %s", str, p.Name))
		}
		o := map[string]any{"name": p.Name, "type": p.Type, "value": v}
		if p.Name == focused {
			o["focused"] = true
		}
		options = append(options, o)
		delete(values, p.Name)
	}
	for left := range values {
		panic("fakediscord: " + path + " has no option " + left)
	}
	for i := len(kinds) - 1; i >= 0; i-- {
		options = []map[string]any{{"name": names[i+1], "type": kinds[i], "options": options}}
	}
	return s.act(&Interaction{kind: kind, user: user, channel: c}, map[string]any{"id": cmd.ID, "name": cmd.Name, "type": SlashCommand, "options": options, "guild_id": s.guild})
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string can always be written
	return string(b)
}

// Menu uses a command of a message's context menu. The bot gets the message
// whole, whatever intents it has.
func (s *Server) Menu(user, channel, message, name string) *Interaction {
	s.mu.Lock()
	m, c := s.message(channel, message), s.channel(channel)
	var id string
	for _, list := range s.commands {
		for _, x := range list {
			if x.Name == name && x.Type == MessageCommand {
				id = x.ID
			}
		}
	}
	if id == "" || m == nil {
		s.mu.Unlock()
		panic("fakediscord: no menu command " + name + ", or no such message")
	}
	copied := m.copied()
	s.mu.Unlock()
	return s.act(&Interaction{kind: kindCommand, user: user, channel: c}, map[string]any{
		"id": id, "name": name, "type": MessageCommand, "guild_id": s.guild, "target_id": m.ID, "resolved": map[string]any{"messages": map[string]any{m.ID: copied}},
	})
}

// Press presses the button of a message that has the label.
func (s *Server) Press(user string, m Message, label string) *Interaction {
	for _, b := range m.Buttons() {
		if b.Label == label {
			return s.use(user, m, b, nil)
		}
	}
	panic("fakediscord: there is no button " + label)
}

// Choose chooses values in the menu of a message.
func (s *Server) Choose(user string, m Message, custom string, values ...string) *Interaction {
	for i := range m.Components {
		for _, c := range m.Components[i].Components {
			if c.CustomID == custom {
				return s.use(user, m, c, values)
			}
		}
	}
	panic("fakediscord: there is no menu " + custom)
}

func (s *Server) use(user string, m Message, c Component, values []string) *Interaction {
	s.mu.Lock()
	ch, at := s.channel(m.ChannelID), s.message(m.ChannelID, m.ID)
	s.mu.Unlock()
	data := map[string]any{"custom_id": c.CustomID, "component_type": c.Type, "id": 1}
	if values != nil {
		data["values"] = values
	}
	return s.act(&Interaction{kind: kindComponent, user: user, channel: ch, source: at}, data)
}

// Fill fills in the form that an interaction opened and submits it. What
// values does not name stays as the bot filled it.
func (i *Interaction) Fill(values map[string]string) (*Interaction, error) {
	i.s.mu.Lock()
	form := i.modal
	i.s.mu.Unlock()
	if form == nil {
		return nil, fmt.Errorf("no form is open")
	}
	var rows []map[string]any
	var bad error
	for n := range form.Components {
		form.Components[n].each("", func(_ string, c *Component) {
			if c.Type != TextInput && c.Type != StringMenu {
				return
			}
			row, err := filled(c, values)
			if err != nil {
				bad = err
				return
			}
			rows = append(rows, map[string]any{"type": Label, "id": n + 1, "component": row})
		})
	}
	if bad != nil {
		return nil, bad
	}
	for name := range values {
		return nil, fmt.Errorf("the form has no field %q that takes that value", name)
	}
	x := &Interaction{kind: kindModal, from: i.kind, user: i.user, channel: i.channel, source: i.source}
	return i.s.act(x, map[string]any{"custom_id": form.CustomID, "components": rows}), nil
}

// filled is what a client sends for one input; it takes its value out of
// values.
func filled(c *Component, values map[string]string) (map[string]any, error) {
	v, given := values[c.CustomID]
	row := map[string]any{"type": c.Type, "custom_id": c.CustomID, "id": 9}
	if c.Type == TextInput {
		if !given {
			v = c.Value
		}
		if c.MaxLength != nil && units(v) > *c.MaxLength || (c.Required == nil || *c.Required) && v == "" {
			return nil, fmt.Errorf("%s does not take that", c.CustomID)
		}
		delete(values, c.CustomID)
		row["value"] = v
		return row, nil
	}
	chosen := []string{}
	for _, o := range c.Options {
		if given && o.Value == v || !given && o.Default {
			chosen = append(chosen, o.Value)
		}
	}
	if given && len(chosen) == 0 && v != "" {
		return nil, fmt.Errorf("%s has no choice %q", c.CustomID, v)
	}
	delete(values, c.CustomID)
	row["values"] = chosen
	return row, nil
}

// Wait waits until the bot has answered: a form, choices, or a message that is
// there (not only promised).
func (i *Interaction) Wait(ctx context.Context) (Answer, error) {
	return i.Until(ctx, func(a Answer) bool { return a.Message != nil || a.Modal != nil || a.Choices != nil })
}

// Until waits until the answer is as it should be.
func (i *Interaction) Until(ctx context.Context, good func(Answer) bool) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		i.s.mu.Lock()
		a := Answer{Modal: i.modal, Choices: i.choices, Later: i.sent == answerLater}
		if i.message != nil && i.sent != answerQuiet {
			m := i.message.copied()
			a.Message, a.Only = &m, m.only != ""
		}
		for _, m := range i.more {
			a.More = append(a.More, m.copied())
		}
		wait := i.changed
		i.s.mu.Unlock()
		if good(a) {
			return a, nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return a, fmt.Errorf("the bot did not answer: %w", ctx.Err())
		}
	}
}

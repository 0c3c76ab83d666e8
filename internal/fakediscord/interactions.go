package fakediscord

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The kinds of interaction, and of the answers to one.
const (
	kindPing         = 1
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindModal        = 5

	answerPong      = 1
	answerMessage   = 4
	answerLater     = 5
	answerQuiet     = 6 // the message with the button stays as it is for now
	answerUpdate    = 7
	answerChoices   = 8
	answerModal     = 9
	answerIn        = 3 * time.Second
	followIn        = 15 * time.Minute
	alreadyAnswered = 40060
)

// An Interaction is what somebody did with one of the bot's commands, buttons
// or forms, and what the bot answered.
type Interaction struct {
	ID, Token string

	s       *Server
	kind    int
	from    int // of a modal: the kind of the interaction that opened it
	user    string
	channel *Channel
	source  *Message // the message with the button, if that is what it was
	payload map[string]any
	made    time.Time
	sent    int           // the type of the first answer; 0 while there is none
	message *Message      // its first answer, or the deferred one once it is there
	modal   *Modal        // the form that it opened
	choices []Choice      // the completions that it offered
	quiet   bool          // what was promised is for the author alone
	more    []*Message    // follow-ups
	changed chan struct{} // closed with every change
}

// act makes an interaction and hands it to the bot.
func (s *Server) act(i *Interaction, data map[string]any) *Interaction {
	s.mu.Lock()
	i.s, i.ID, i.Token, i.made, i.changed = s, s.id(), "tok"+s.id()+strings.Repeat("x", 60), s.now(), make(chan struct{})
	member := map[string]any{}
	if m := s.members[i.user]; m != nil {
		member = map[string]any{"user": m.User, "nick": m.Nick, "roles": m.Roles, "permissions": s.may(i.user, i.channel)}
	}
	i.payload = map[string]any{
		"id": i.ID, "application_id": s.bot.ID, "type": i.kind, "token": i.Token, "version": 1, "guild_id": s.guild, "channel_id": i.channel.ID,
		"channel": i.channel, "member": member, "data": data, "app_permissions": s.may(s.bot.ID, i.channel), "locale": "en-US", "guild_locale": "en-US", "context": 0,
		"attachment_size_limit": 10 << 20, "entitlements": []any{}, "authorizing_integration_owners": map[string]string{"0": s.guild},
	}
	if i.source != nil {
		i.payload["message"] = s.event(i.source)
	}
	s.actions[i.Token] = i
	s.mu.Unlock()
	i.Deliver()
	return i
}

// Deliver hands the interaction to the bot, again if it was before.
func (i *Interaction) Deliver() {
	s := i.s
	s.mu.Lock()
	over := s.endpoint
	if over == nil {
		for _, ss := range s.gate.sessions {
			s.pass(ss, "INTERACTION_CREATE", i.payload)
		}
	}
	s.mu.Unlock()
	if over != nil {
		i.post(over)
	}
}

// action finds the interaction of a token while it can be answered.
func (s *Server) action(r *http.Request, within time.Duration) (*Interaction, error) {
	i := s.actions[r.PathValue("token")]
	if i == nil || s.now().Sub(i.made) > within {
		if within == answerIn {
			return nil, fail(404, unknownInteraction, "Unknown interaction")
		}
		return nil, fail(401, 50027, "Invalid Webhook Token")
	}
	return i, nil
}

// A callback is the first answer to an interaction.
type callback struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
}

func (s *Server) postCallback(r *http.Request) (any, error) {
	i, err := s.action(r, answerIn)
	if err != nil {
		return nil, err
	}
	if r.PathValue("interaction") != i.ID {
		return nil, fail(404, unknownInteraction, "Unknown interaction")
	}
	var cb callback
	files, err := read(r, &cb)
	if err != nil {
		return nil, err
	}
	return nil, s.first(i, cb, files)
}

// first takes the first answer to an interaction.
func (s *Server) first(i *Interaction, cb callback, files []Attachment) error {
	if i.sent != 0 {
		return fail(400, alreadyAnswered, "Interaction has already been acknowledged.")
	}
	if (cb.Type == answerChoices) != (i.kind == kindAutocomplete) {
		return invalid("type", "This type of answer is not allowed for this interaction.")
	}
	var b body
	if len(cb.Data) > 0 && cb.Type != answerModal && cb.Type != answerChoices {
		if json.Unmarshal(cb.Data, &b) != nil {
			return fail(400, 50109, "The request body contains invalid JSON.")
		}
	}
	switch cb.Type {
	case answerMessage:
		m, err := s.compose(i.channel, s.bot, &b, files)
		if err != nil {
			return err
		}
		i.show(m)
	case answerLater:
		i.quiet = b.Flags&Ephemeral != 0
	case answerQuiet, answerUpdate:
		if i.source == nil {
			return invalid("type", "There is no message to update.")
		}
		if cb.Type == answerUpdate {
			if err := s.change(i.source, &b, files); err != nil {
				return err
			}
			if i.source.only == "" {
				s.tell(i.channel, "MESSAGE_UPDATE", s.event(i.source))
			}
		}
		i.message = i.source
	case answerChoices:
		var d struct{ Choices []Choice }
		if json.Unmarshal(cb.Data, &d) != nil || len(d.Choices) > 25 {
			return invalid("data.choices", "Must be 25 or fewer in length.")
		}
		var k check
		for _, c := range d.Choices {
			k.text("data.choices.name", c.Name, 1, 100)
			k.text("data.choices.value", strings.Trim(string(c.Value), `"`), 1, 100)
		}
		if err := k.err(); err != nil {
			return err
		}
		i.choices = orEmpty(d.Choices)
	case answerModal:
		if i.kind == kindModal {
			return invalid("type", "A modal cannot be answered with a modal.")
		}
		var m Modal
		if json.Unmarshal(cb.Data, &m) != nil {
			return fail(400, 50109, "The request body contains invalid JSON.")
		}
		var k check
		k.modal(&m)
		if err := k.err(); err != nil {
			return err
		}
		i.modal = &m
	default:
		return invalid("type", "Value must be one of (1, 4, 5, 6, 7, 8, 9, 12).")
	}
	i.sent = cb.Type
	i.change()
	return nil
}

// show puts the answer where its author sees it.
func (i *Interaction) show(m *Message) {
	m.Type = 20
	if m.Flags&Ephemeral != 0 {
		m.only = i.user
		i.s.messages[i.channel.ID] = append(i.s.messages[i.channel.ID], m)
	} else {
		i.s.add(i.channel, m)
	}
	i.message = m
}

func (i *Interaction) change() {
	close(i.changed)
	i.changed = make(chan struct{})
}

func (s *Server) postFollowup(r *http.Request) (any, error) {
	i, err := s.action(r, followIn)
	if err != nil {
		return nil, err
	}
	if i.sent == 0 {
		return nil, fail(404, 10015, "Unknown Webhook")
	}
	var b body
	files, err := read(r, &b)
	if err != nil {
		return nil, err
	}
	m, err := s.compose(i.channel, s.bot, &b, files)
	if err != nil {
		return nil, err
	}
	if i.sent == answerLater && i.message == nil { // it takes the place of "thinking", whose visibility stands
		if m.Flags &^= Ephemeral; i.quiet {
			m.Flags |= Ephemeral
		}
		i.show(m)
	} else {
		first := i.message
		i.show(m)
		i.message = first
		i.more = append(i.more, m)
	}
	i.change()
	return m, nil
}

// followed finds the message of a webhook's route.
func (s *Server) followed(r *http.Request) (*Interaction, *Message, error) {
	i, err := s.action(r, followIn)
	if err != nil {
		return nil, nil, err
	}
	id := r.PathValue("message")
	if id == "@original" {
		return i, i.message, nil
	}
	for _, m := range i.more {
		if m.ID == id {
			return i, m, nil
		}
	}
	return i, nil, fail(404, unknownMessage, "Unknown Message")
}

func (s *Server) getFollowup(r *http.Request) (any, error) {
	_, m, err := s.followed(r)
	if err == nil && m == nil {
		err = fail(404, unknownMessage, "Unknown Message")
	}
	return m, err
}

func (s *Server) patchFollowup(r *http.Request) (any, error) {
	i, m, err := s.followed(r)
	if err != nil {
		return nil, err
	}
	var b body
	files, err := read(r, &b)
	if err != nil {
		return nil, err
	}
	if m == nil {
		if i.sent != answerLater {
			return nil, fail(404, unknownMessage, "Unknown Message")
		}
		if i.quiet {
			b.Flags |= Ephemeral
		}
		if m, err = s.compose(i.channel, s.bot, &b, files); err != nil {
			return nil, err
		}
		i.show(m)
	} else {
		if err := s.change(m, &b, files); err != nil {
			return nil, err
		}
		if m.only == "" {
			s.tell(i.channel, "MESSAGE_UPDATE", s.event(m))
		}
	}
	i.change()
	return m, nil
}

func (s *Server) deleteFollowup(r *http.Request) (any, error) {
	i, m, err := s.followed(r)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fail(404, unknownMessage, "Unknown Message")
	}
	s.messages[i.channel.ID] = slices.DeleteFunc(s.messages[i.channel.ID], func(x *Message) bool { return x == m })
	if i.message == m {
		i.message = nil
	}
	i.change()
	return nil, nil
}

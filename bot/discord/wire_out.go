package discord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"

	"github.com/bwmarrin/discordgo"
)

// The flags of messages that are used.
const (
	ephemeral = int(discordgo.MessageFlagsEphemeral)
	silent    = 1 << 12 // SUPPRESS_NOTIFICATIONS
)

// A letter is a message on its way out: what is in it and nothing else, so that
// the same letter makes a message and changes one. The library's own struct has
// no nonce, and leaves out what is to be taken away.
type letter struct {
	Content    string      `json:"content"`
	Embeds     []embed     `json:"embeds"`
	Components []component `json:"components"`
	Files      []file      `json:"attachments"`
	Allowed    allowed     `json:"allowed_mentions"`
	Flags      int         `json:"flags,omitempty"`
	Nonce      string      `json:"nonce,omitempty"`
	Enforce    bool        `json:"enforce_nonce,omitempty"`

	// commands are the commands of buttons that are too long for the button to
	// carry, by their name on it.
	commands map[string]string
}

// allowed says whom a message pings. The zero value is nobody.
type allowed struct {
	Parse []string `json:"parse"`
}

// MarshalJSON writes an empty list, which is nobody; a missing one is everybody.
func (a allowed) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string][]string{"parse": append([]string{}, a.Parse...)})
}

type embed struct {
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Color       int     `json:"color,omitempty"`
	Footer      *footer `json:"footer,omitempty"`
}

type footer struct {
	Text string `json:"text"`
}

// A file is an attachment. Its id is its place among the request's files.
type file struct {
	ID   string `json:"id"`
	Name string `json:"filename"`

	body string
}

// The kinds of component that are used.
const (
	kindRow    = 1
	kindButton = 2
	kindMenu   = 3
	kindInput  = 4
	kindLabel  = 18
)

// A component is a row, a button, a menu, an input or a label. The library's
// do not fit into a label: they write fields that are refused there.
type component struct {
	Type        int         `json:"type"`
	CustomID    string      `json:"custom_id,omitempty"`
	Style       int         `json:"style,omitempty"`
	Label       string      `json:"label,omitempty"`
	Description string      `json:"description,omitempty"`
	URL         string      `json:"url,omitempty"`
	Value       string      `json:"value,omitempty"`
	Placeholder string      `json:"placeholder,omitempty"`
	MaxLength   int         `json:"max_length,omitempty"`
	MinValues   *int        `json:"min_values,omitempty"`
	MaxValues   int         `json:"max_values,omitempty"`
	Required    *bool       `json:"required,omitempty"`
	Options     []option    `json:"options,omitempty"`
	Components  []component `json:"components,omitempty"`
	Component   *component  `json:"component,omitempty"`
}

type option struct {
	Label   string `json:"label"`
	Value   string `json:"value"`
	Default bool   `json:"default,omitempty"`
}

// A modal is a form as Discord shows it.
type modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []component `json:"components"`

	// carried is what the form's name is too short for, by its name.
	carried map[string]string
}

// MarshalJSON writes every list, also an empty one: in an edit it takes away
// what was there.
func (l letter) MarshalJSON() ([]byte, error) {
	type bare letter
	b := bare(l)
	b.Embeds, b.Components, b.Files = append([]embed{}, l.Embeds...), append([]component{}, l.Components...), append([]file{}, l.Files...)
	return json.Marshal(b)
}

// pack writes a body with its files: JSON alone if there are none.
func pack(v any, files []file) (contentType string, body []byte, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", nil, fmt.Errorf("write a request: %w", err)
	}
	if len(files) == 0 {
		return "application/json", data, nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part := func(disposition, kind string, body []byte) {
		h := textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {kind}}
		p, e := w.CreatePart(h)
		if e == nil {
			_, e = p.Write(body)
		}
		if e != nil && err == nil {
			err = e
		}
	}
	part(`form-data; name="payload_json"`, "application/json", data)
	for _, f := range files {
		part(fmt.Sprintf(`form-data; name="files[%s]"; filename="%s"`, f.ID, f.Name), "text/plain; charset=utf-8", []byte(f.body))
	}
	if e := w.Close(); e != nil && err == nil {
		err = e
	}
	if err != nil {
		return "", nil, fmt.Errorf("write a request: %w", err)
	}
	return w.FormDataContentType(), b.Bytes(), nil
}

package fakediscord

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
)

// units is the length of a text in UTF-16 units.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// A check collects what is wrong with a form body, by field.
type check struct{ fields map[string]string }

func (k *check) wrong(path, format string, args ...any) {
	if k.fields == nil {
		k.fields = map[string]string{}
	}
	k.fields[path] = fmt.Sprintf(format, args...)
}

// text holds a text to a length; a required one must be more than spaces.
func (k *check) text(path, s string, least, most int) {
	switch n := units(s); {
	case n > most:
		k.wrong(path, "Must be %d or fewer in length.", most)
	case least > 0 && strings.TrimSpace(s) == "":
		k.wrong(path, "This field is required")
	case n < least:
		k.wrong(path, "Must be at least %d in length.", least)
	}
	if strings.ContainsRune(s, 0) {
		k.wrong(path, "String value contains a null character.")
	}
}

func (k *check) err() error {
	if len(k.fields) == 0 {
		return nil
	}
	return &failure{status: 400, code: 50035, text: "Invalid Form Body", fields: k.fields}
}

// The limits of a message.
const (
	maxContent    = 2000
	maxEmbeds     = 10
	maxEmbedText  = 6000
	maxComponents = 40
	maxRows       = 5
)

// message checks the body of a message. whole says that it must have something
// in it.
func (k *check) message(m *body, files int, whole bool) {
	if m.Content != nil {
		k.text("content", *m.Content, 0, maxContent)
	}
	if len(m.Embeds) > maxEmbeds {
		k.wrong("embeds", "Must be 10 or fewer in length.")
	}
	sum, shown := 0, false
	for i := range m.Embeds {
		sum += k.embed(fmt.Sprintf("embeds.%d", i), &m.Embeds[i])
		shown = shown || m.Embeds[i].shows()
	}
	if sum > maxEmbedText {
		k.wrong("embeds", "Embed size exceeds maximum size of 6000")
	}
	k.rows("components", m.Components)
	if n := units(m.nonce()); n > 25 {
		k.wrong("nonce", "Must be 25 or fewer in length.")
	}
	if a := m.Allowed; a != nil {
		for _, p := range a.Parse {
			if p != "users" && p != "roles" && p != "everyone" {
				k.wrong("allowed_mentions.parse", "Value must be one of ('users', 'roles', 'everyone').")
			}
			if p == "users" && len(a.Users) > 0 || p == "roles" && len(a.Roles) > 0 {
				k.wrong("allowed_mentions", "parse and ids are mutually exclusive")
			}
		}
	}
	for i, a := range m.Attachments {
		if n, ok := a.index(); ok && n >= files {
			k.wrong(fmt.Sprintf("attachments.%d", i), "There is no files[%d].", n)
		}
	}
	empty := (m.Content == nil || strings.TrimSpace(*m.Content) == "") && !shown && len(m.Components) == 0 && files == 0
	if whole && empty {
		k.fields = map[string]string{}
		k.wrong("_", "Cannot send an empty message")
	}
}

// shows reports whether there is anything to read in an embed.
func (e *Embed) shows() bool {
	text := e.Title + e.Description
	if e.Footer != nil {
		text += e.Footer.Text
	}
	if e.Author != nil {
		text += e.Author.Name
	}
	return strings.TrimSpace(text) != "" || len(e.Fields) > 0
}

// embed checks one embed and returns how many characters of it count.
func (k *check) embed(path string, e *Embed) int {
	k.text(path+".title", e.Title, 0, 256)
	k.text(path+".description", e.Description, 0, 4096)
	sum := units(e.Title) + units(e.Description)
	if len(e.Fields) > 25 {
		k.wrong(path+".fields", "Must be 25 or fewer in length.")
	}
	for i, f := range e.Fields {
		at := fmt.Sprintf("%s.fields.%d", path, i)
		k.text(at+".name", f.Name, 1, 256)
		k.text(at+".value", f.Value, 1, 1024)
		sum += units(f.Name) + units(f.Value)
	}
	if e.Footer != nil {
		k.text(path+".footer.text", e.Footer.Text, 1, 2048)
		sum += units(e.Footer.Text)
	}
	if e.Author != nil {
		k.text(path+".author.name", e.Author.Name, 1, 256)
		sum += units(e.Author.Name)
	}
	if e.URL != "" && !strings.HasPrefix(e.URL, "https://") && !strings.HasPrefix(e.URL, "http://") {
		k.wrong(path+".url", "Scheme must be one of ('http', 'https').")
	}
	if e.Color < 0 || e.Color > 0xffffff {
		k.wrong(path+".color", "int value should be less than or equal to 16777215.")
	}
	return sum
}

// rows checks the components of a message: rows of buttons, or of one menu.
func (k *check) rows(path string, rows []Component) {
	if len(rows) > maxRows {
		k.wrong(path, "Must be 5 or fewer in length.")
	}
	n, seen := 0, map[string]bool{}
	for i := range rows {
		at := fmt.Sprintf("%s.%d", path, i)
		r := &rows[i]
		n += 1 + len(r.Components)
		if r.Type != Row {
			k.wrong(at+".type", "Value of field %q must be one of (1,).", "type")
			continue
		}
		if len(r.Components) < 1 || len(r.Components) > 5 {
			k.wrong(at+".components", "Must be between 1 and 5 in length.")
		}
		for j := range r.Components {
			c := &r.Components[j]
			at := fmt.Sprintf("%s.components.%d", at, j)
			switch {
			case c.Type == Button:
				k.button(at, c)
			case c.Type >= StringMenu && c.Type <= 8 && c.Type != TextInput:
				if len(r.Components) != 1 {
					k.wrong(at, "The specified component exceeds the maximum width")
				}
				k.menu(at, c)
			default:
				k.wrong(at+".type", "Value of field %q must be one of (2, 3, 5, 6, 7, 8).", "type")
			}
			k.unique(at, c, seen)
		}
	}
	if n > maxComponents {
		k.wrong(path, "The total number of components must not exceed 40.")
	}
}

func (k *check) unique(at string, c *Component, seen map[string]bool) {
	if c.CustomID == "" {
		return
	}
	if seen[c.CustomID] {
		k.wrong(at+".custom_id", "Component custom id cannot be duplicated")
	}
	seen[c.CustomID] = true
}

func (k *check) button(at string, c *Component) {
	k.text(at+".label", c.Label, 0, 80)
	if strings.TrimSpace(c.Label) == "" && c.Emoji == nil {
		k.wrong(at, "A button must have a label or an emoji.")
	}
	switch {
	case c.Style == 5:
		if u, err := url.Parse(c.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.Contains(u.Hostname(), ".") {
			k.wrong(at+".url", "Not a well formed URL.")
		}
		k.text(at+".url", c.URL, 1, 512)
	case c.Style >= 1 && c.Style <= 4:
		k.text(at+".custom_id", c.CustomID, 1, 100)
	default:
		k.wrong(at+".style", "Value of field %q must be one of (1, 2, 3, 4, 5, 6).", "style")
	}
}

func (k *check) menu(at string, c *Component) {
	k.text(at+".custom_id", c.CustomID, 1, 100)
	k.text(at+".placeholder", c.Placeholder, 0, 150)
	if c.Type != StringMenu {
		return
	}
	if len(c.Options) < 1 || len(c.Options) > 25 {
		k.wrong(at+".options", "Must be between 1 and 25 in length.")
	}
	least, most, defaults, seen := 1, 1, 0, map[string]bool{}
	if c.MinValues != nil {
		least = *c.MinValues
	}
	if c.MaxValues != nil {
		most = *c.MaxValues
	}
	if least < 0 || most < 1 || least > most || most > 25 || most > len(c.Options) {
		k.wrong(at+".max_values", "int value should be between min_values and the number of options.")
	}
	for i, o := range c.Options {
		at := fmt.Sprintf("%s.options.%d", at, i)
		k.text(at+".label", o.Label, 1, 100)
		k.text(at+".value", o.Value, 1, 100)
		k.text(at+".description", o.Description, 0, 100)
		if seen[o.Value] {
			k.wrong(at+".value", "The specified option value is already used")
		}
		seen[o.Value] = true
		if o.Default {
			defaults++
		}
	}
	if defaults > most {
		k.wrong(at+".options", "The number of defaults exceeds max_values.")
	}
}

// A Modal is a form that a bot opened.
type Modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []Component `json:"components"`
}

// modal checks a modal: one to five labels, each with one input.
func (k *check) modal(m *Modal) {
	k.text("data.title", m.Title, 1, 45)
	k.text("data.custom_id", m.CustomID, 1, 100)
	if len(m.Components) < 1 || len(m.Components) > 5 {
		k.wrong("data.components", "Must be between 1 and 5 in length.")
	}
	seen := map[string]bool{}
	for i := range m.Components {
		at := fmt.Sprintf("data.components.%d", i)
		c := &m.Components[i]
		switch {
		case c.Type == TextDisplay:
			k.text(at+".content", c.Content, 1, 4000)
		case c.Type == Label && c.Component != nil:
			k.text(at+".label", c.Label, 1, 45)
			k.text(at+".description", c.Description, 0, 100)
			k.input(at+".component", c.Component)
			k.unique(at+".component", c.Component, seen)
		case c.Type == Row && len(c.Components) == 1 && c.Components[0].Type == TextInput: // the older shape
			k.text(at+".components.0.label", c.Components[0].Label, 1, 45)
			old := c.Components[0]
			old.Label = ""
			k.input(at+".components.0", &old)
			k.unique(at+".components.0", &old, seen)
		default:
			k.wrong(at+".type", "Value of field %q must be one of (1, 10, 18).", "type")
		}
	}
}

// input checks what stands in a label.
func (k *check) input(at string, c *Component) {
	k.text(at+".custom_id", c.CustomID, 1, 100)
	switch {
	case c.Type == TextInput:
		if c.Label != "" {
			k.wrong(at+".label", "label is not allowed inside of a Label component")
		}
		if c.Style != 1 && c.Style != 2 {
			k.wrong(at+".style", "Value of field %q must be one of (1, 2).", "style")
		}
		most := 4000
		if c.MaxLength != nil {
			if most = *c.MaxLength; most < 1 || most > 4000 {
				k.wrong(at+".max_length", "int value should be between 1 and 4000.")
			}
		}
		if c.MinLength != nil && (*c.MinLength < 0 || *c.MinLength > most) {
			k.wrong(at+".min_length", "int value should be between 0 and max_length.")
		}
		k.text(at+".placeholder", c.Placeholder, 0, 100)
		k.text(at+".value", c.Value, 0, most)
	case c.Type >= StringMenu && c.Type <= 8:
		if c.Disabled != nil {
			k.wrong(at+".disabled", "Components may not be disabled in a modal.")
		}
		k.menu(at, c)
	default:
		k.wrong(at+".type", "Value of field %q must be one of (3, 4, 5, 6, 7, 8).", "type")
	}
}

// commandName is what the name of a command or an option looks like.
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

package bot

import (
	"encoding/json"
	"fmt"
)

// Encode returns the stored form of a message: JSON that names its kind. Zones
// are left out; whoever shows the message again knows the page's.
func Encode(m Message) ([]byte, error) {
	kind := kindOf(m)
	if kind == "" {
		return nil, fmt.Errorf("encode a message: %T has no kind", m)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode a %s: %w", kind, err)
	}
	return json.Marshal(stored{Kind: kind, Message: body})
}

// Decode reads what Encode wrote.
func Decode(data []byte) (Message, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("decode a message: %w", err)
	}
	switch s.Kind {
	case "receipt":
		return decode[Receipt](s)
	case "card":
		return decode[Card](s)
	case "announcement":
		return decode[Announcement](s)
	case "line":
		return decode[Line](s)
	case "catch-up":
		return decode[CatchUp](s)
	case "reminder":
		return decode[Reminder](s)
	case "preview":
		return decode[Preview](s)
	case "draft":
		return decode[DraftReady](s)
	case "problem":
		return decode[Problem](s)
	case "help":
		return decode[Help](s)
	case "reading":
		return decode[Reading](s)
	case "form":
		return decode[Form](s)
	}
	return nil, fmt.Errorf("decode a message: there is no kind %q", s.Kind)
}

type stored struct {
	Kind    string          `json:"kind"`
	Message json.RawMessage `json:"message"`
}

func decode[M Message](s stored) (Message, error) {
	var m M
	if err := json.Unmarshal(s.Message, &m); err != nil {
		return nil, fmt.Errorf("decode a %s: %w", s.Kind, err)
	}
	return m, nil
}

func kindOf(m Message) string {
	switch m.(type) {
	case Receipt:
		return "receipt"
	case Card:
		return "card"
	case Announcement:
		return "announcement"
	case Line:
		return "line"
	case CatchUp:
		return "catch-up"
	case Reminder:
		return "reminder"
	case Preview:
		return "preview"
	case DraftReady:
		return "draft"
	case Problem:
		return "problem"
	case Help:
		return "help"
	case Reading:
		return "reading"
	case Form:
		return "form"
	}
	return ""
}

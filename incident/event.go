package incident

import (
	"encoding/json"
	"fmt"
	"time"
)

// An Event is something that happened. Its kind is past tense, "update.posted",
// and never changes its meaning.
type Event interface{ Kind() string }

// A Header is what the store knows of a record without reading its data.
type Header struct {
	Seq, N   uint64
	Recorded time.Time // stamped by the store, UTC
	Kind     string
	Imported bool
	Redacted bool
}

// Meta says when, where and by whom an event happened.
type Meta struct {
	Seq, N   uint64
	Recorded time.Time // when the store kept it
	When     time.Time // when it happened: the platform's time of a message, or what At claimed
	Claimed  bool      // When was stated by a person, not observed
	By       Person
	In       Place
	Imported bool
	Redacted bool // its contents were erased; only that it happened is left
}

// envelope is the stored form of an event with the part of its Meta that the
// store's header does not carry.
type envelope struct {
	By      *Person         `json:"by,omitempty"`
	In      *Place          `json:"in,omitempty"`
	When    *time.Time      `json:"when,omitempty"`
	Claimed bool            `json:"claimed,omitempty"`
	Event   json.RawMessage `json:"event"`
}

// Encode returns the stored form of ev: JSON that names no Go type. Of m it
// keeps By, In, When and Claimed; the rest is in the store's header. A zero
// When means "when it was recorded".
func Encode(m Meta, ev Event) ([]byte, error) {
	body, err := json.Marshal(ev)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", ev.Kind(), err)
	}
	e := envelope{Claimed: m.Claimed, Event: body}
	if !m.By.IsZero() {
		e.By = &m.By
	}
	if !m.In.IsZero() {
		e.In = &m.In
	}
	if !m.When.IsZero() {
		t := m.When.UTC().Truncate(time.Millisecond)
		e.When = &t
	}
	return json.Marshal(e)
}

// Decode reads what Encode wrote. A redacted record gives the empty event of
// its kind with Meta.Redacted set; a kind that this version does not know gives
// an [Unknown]. The error says that the data of a known kind cannot be read.
func Decode(h Header, data []byte) (Meta, Event, error) {
	m := Meta{Seq: h.Seq, N: h.N, Recorded: h.Recorded, When: h.Recorded, Imported: h.Imported, Redacted: h.Redacted}
	ev := empty(h.Kind)
	if h.Redacted {
		return m, value(ev), nil
	}
	_, unknown := ev.(*Unknown)
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil {
		if unknown {
			return m, value(ev), nil // a later version may keep it in another form
		}
		return m, nil, fmt.Errorf("decode %s, record %d: %w", h.Kind, h.Seq, err)
	}
	if e.By != nil {
		m.By = *e.By
	}
	if e.In != nil {
		m.In = *e.In
	}
	if e.When != nil {
		m.When = *e.When
	}
	m.Claimed = e.Claimed
	if len(e.Event) > 0 && !unknown {
		if err := json.Unmarshal(e.Event, ev); err != nil {
			return m, nil, fmt.Errorf("decode %s, record %d: %w", h.Kind, h.Seq, err)
		}
	}
	return m, value(ev), nil
}

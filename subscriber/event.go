package subscriber

import (
	"encoding/json"
	"fmt"
	"strings"

	"sitrep/store"
)

// Kinds of records. Their meaning never changes.
const (
	KindAsked       = "subscriber.asked"
	KindConfirmed   = "subscriber.confirmed"
	KindChanged     = "subscriber.changed"
	KindLeft        = "subscriber.left"
	KindQuarantined = "subscriber.quarantined"
	KindReleased    = "subscriber.released"
	KindErased      = "subscribers.erased" // in the stream Erasures
)

// Prefix begins the name of every subscriber's stream; the id follows.
const Prefix = "subscribers/"

// Erasures is the stream that says which subscribers' records were erased.
const Erasures = "subscribers"

// Asked says that somebody asked for an address to be told. Only the owner of
// the address can say that it is theirs: see Confirmed.
type Asked struct {
	Channel  Channel `json:"channel"`
	Address  string  `json:"address"`
	Choice   Choice  `json:"choice,omitzero"`
	Language string  `json:"language,omitempty"` // a tag of the page's languages
}

// Confirmed says that the owner of the address wants it. Choice is what is
// wanted from now on.
type Confirmed struct {
	Ask    uint64 `json:"ask"` // the number, in the stream, of the record that asked
	Choice Choice `json:"choice,omitzero"`
}

// Changed says what is wanted from now on.
type Changed struct {
	Choice Choice `json:"choice,omitzero"`
}

// Left says that nothing is wanted any more. The subscriber is about to be
// erased.
type Left struct {
	How string `json:"how,omitempty"` // link, one-click, or operator
}

// Quarantined says that the address takes nothing, and is not tried any more.
type Quarantined struct {
	Why string `json:"why"` // without the address
}

// Released says that a quarantined address is tried again.
type Released struct{}

// Erased says whose records were erased.
type Erased struct {
	IDs []string `json:"ids"`
	Why string   `json:"why,omitempty"`
}

// record makes the record of an event.
func record(kind string, event any) (store.Record, error) {
	data, err := json.Marshal(event)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode %s: %w", kind, err)
	}
	return store.Record{Kind: kind, Data: data}, nil
}

// decode reads the data of a record; a redacted one gives the empty event.
func decode[E any](r store.Record) (E, error) {
	var e E
	if r.Redacted {
		return e, nil
	}
	if err := json.Unmarshal(r.Data, &e); err != nil {
		return e, fmt.Errorf("decode %s, record %d: %w", r.Kind, r.Seq, err)
	}
	return e, nil
}

// Of returns the id of the subscriber whose stream it is; "" for any other
// stream.
func Of(stream string) string {
	id, ok := strings.CutPrefix(stream, Prefix)
	if !ok {
		return ""
	}
	return id
}

package postmortem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
)

// wire is postmortem/INC-1.json (design: "The postmortem"). Times are RFC 3339
// in the page's zone, lengths ISO 8601.
type wire struct {
	Facts    wireFacts               `json:"facts"`
	Evidence map[string]wireEvidence `json:"evidence"`
	Markdown string                  `json:"markdown"`
	Timeline []wireItem              `json:"timeline"`
}

type wireFacts struct {
	Start      string `json:"start,omitempty"`
	Detected   string `json:"detected,omitempty"`
	Identified string `json:"identified,omitempty"`
	Mitigated  string `json:"mitigated,omitempty"`
	Resolved   string `json:"resolved,omitempty"`
	Duration   string `json:"duration,omitempty"`
}

type wireEvidence struct {
	State    string `json:"state"`
	At       string `json:"at,omitempty"`
	Until    string `json:"until,omitempty"` // the end, if it is known only to an interval
	Refs     Refs   `json:"refs"`
	Proposed string `json:"proposed,omitempty"` // what was read out of people's words, not confirmed
	Quote    string `json:"quote,omitempty"`
	Loose    bool   `json:"loose,omitempty"` // the words do not say so, it follows from them at best
	Why      string `json:"why,omitempty"`
}

type wireItem struct {
	At   string   `json:"at"`
	Text string   `json:"text"`
	Ref  string   `json:"ref"`
	Link string   `json:"link,omitempty"`
	Why  []string `json:"why"` // why it was chosen
}

// JSON returns the brief as the file postmortem/INC-1.json, with the report
// that was written from it. Facts hold what is recorded, or else what somebody
// said in so many words, which its evidence then calls proposed; of an interval,
// its first instant. The duration runs from the start of the impact to the
// resolve, if both are recorded; where either is an interval it is the longest
// that it can have been.
func (b Brief) JSON(markdown string) ([]byte, error) {
	w := wire{Markdown: markdown, Evidence: map[string]wireEvidence{}, Timeline: []wireItem{}}
	for _, m := range b.Milestones {
		e := wireEvidence{State: string(m.State), Refs: m.Refs.and(), Quote: m.Evidence, Why: m.Why}
		switch m.State {
		case incident.Recorded:
			e.At, e.Until = b.rfc(m.At), b.rfc(m.Until)
		case incident.Proposed:
			e.Proposed, e.Until, e.Quote, e.Loose = b.rfc(m.At), b.rfc(m.Until), m.Quote, m.Loose
		}
		w.Evidence[factKey(m.Name)] = e
	}
	at := func(n incident.MilestoneName) string {
		e := w.Evidence[factKey(n)]
		if e.At == "" && !e.Loose {
			return e.Proposed
		}
		return e.At
	}
	w.Facts = wireFacts{
		Start: at(incident.ImpactStarted), Detected: at(incident.Detected), Identified: at(incident.IdentifiedAt),
		Mitigated: at(incident.Mitigated), Resolved: at(incident.ResolvedAt),
	}
	if m, ok := b.since(incident.ResolvedAt); ok {
		w.Facts.Duration = iso(m.High)
		w.Evidence["duration"] = wireEvidence{State: string(m.State), Refs: m.Refs.and()}
	} else {
		w.Evidence["duration"] = wireEvidence{State: string(m.State), Refs: m.Refs.and(), Why: m.Why}
	}
	for _, x := range b.Story {
		w.Timeline = append(w.Timeline, wireItem{At: b.rfc(x.At), Text: x.Text, Ref: b.entryRef(x.Ref), Link: x.Link, Why: x.Why})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(w); err != nil {
		return nil, fmt.Errorf("encode the facts of %s: %w", b.ID, err)
	}
	return out.Bytes(), nil
}

// entryRef names an update by its entry, as the timeline's file does.
func (b *Brief) entryRef(ref string) string {
	if n := b.record.entryOf[ref]; n > 0 {
		return "T" + strconv.Itoa(n)
	}
	return ref
}

// factKey is what the file calls a milestone.
func factKey(n incident.MilestoneName) string {
	if n == incident.ImpactStarted {
		return "start"
	}
	return strings.ReplaceAll(string(n), "-", "_")
}

func (b *Brief) rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(b.Zone).Format(time.RFC3339)
}

// iso prints a length as ISO 8601 does, in hours, minutes and seconds: "PT4H30M".
func iso(d time.Duration) string {
	d = d.Truncate(time.Second)
	if d <= 0 {
		return "PT0S"
	}
	out := "PT"
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := d / u.unit; n > 0 {
			out += strconv.Itoa(int(n)) + u.name
			d -= n * u.unit
		}
	}
	return out
}

func itoa(n int) string { return strconv.Itoa(n) }

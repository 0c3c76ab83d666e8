package incident

import (
	"encoding/json"
	"time"
)

// The postmortem's own events, in the incident's stream.

// PostmortemAsked asks for a new draft.
type PostmortemAsked struct {
	Model bool `json:"model,omitempty"` // a language model is to put it into prose
}

// PostmortemProgress says that a language model is being asked for one passage
// of a draft.
type PostmortemProgress struct {
	Asked   uint64 `json:"asked"` // the record that asked for the draft
	Passage string `json:"passage"`
	N       int    `json:"n"` // the passage's number, of Of
	Of      int    `json:"of"`
	Model   string `json:"model"`
}

// PostmortemDrafted keeps a draft that was made from the record up to Through.
type PostmortemDrafted struct {
	Markdown string          `json:"markdown"`
	Customer string          `json:"customer,omitempty"`
	Facts    json.RawMessage `json:"facts,omitempty"` // the brief, as postmortem/INC-1.json
	Drafter  string          `json:"drafter"`
	Through  uint64          `json:"through"`
	Answers  uint64          `json:"answers,omitempty"` // the record that asked a model for it; 0 if none was to be asked
	Calls    []ModelCall     `json:"calls,omitempty"`   // what the model was asked
}

// A ModelCall is what a language model was asked for one passage of a draft, and
// what came of it.
type ModelCall struct {
	Passage   string            `json:"passage"`
	Model     string            `json:"model"`
	Host      string            `json:"host"` // that was asked
	Params    map[string]string `json:"params,omitempty"`
	Prompt    string            `json:"prompt"` // SHA-256 of the instructions and the schema, in hexadecimal
	Input     string            `json:"input"`  // SHA-256 of the facts as they were sent
	Requests  int               `json:"requests"`
	TokensIn  int               `json:"tokens_in"` // of all requests, as the server counted them
	TokensOut int               `json:"tokens_out"`
	Estimated bool              `json:"estimated,omitempty"`   // the server did not count them all
	Micros    int64             `json:"cost_micros,omitempty"` // what it cost, in millionths of Currency; 0 if no price is configured
	Currency  string            `json:"currency,omitempty"`
	Millis    int64             `json:"millis"`            // how long it took
	Outcome   string            `json:"outcome"`           // "written", or in a sentence why the facts stand
	Kept      int               `json:"kept"`              // sentences
	Dropped   int               `json:"dropped,omitempty"` // sentences that the facts do not carry
}

// PostmortemEdited replaces one version whole, by a person's hand. Version is "internal" or "customer".
type PostmortemEdited struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

// PostmortemPublished puts the customer version on the page.
type PostmortemPublished struct {
	Code  string    `json:"code"`
	Body  string    `json:"body"`
	Shown time.Time `json:"shown"`
	Quiet bool      `json:"quiet,omitempty"` // subscribers are not told
}

// PostmortemUnpublished takes the postmortem off the page.
type PostmortemUnpublished struct {
}

// PostmortemOwned says who sees to the postmortem; the zero Person is nobody.
type PostmortemOwned struct {
	Who Person `json:"who,omitzero"`
}

// PostmortemDue says by when it is to be reviewed. The zero At is no date any more.
// Severity is the one whose rule in the configuration said so, "" where a
// person did.
type PostmortemDue struct {
	At       time.Time `json:"at,omitzero"`
	Severity string    `json:"severity,omitempty"`
}

// PostmortemReviewAsked asks somebody, or anybody, to review what stands there.
type PostmortemReviewAsked struct {
	Of   Person `json:"of,omitzero"`
	Text string `json:"text,omitempty"`
}

// PostmortemReviewed says that somebody has reviewed what stands there.
type PostmortemReviewed struct {
	Text string `json:"text,omitempty"`
}

// PostmortemReturned makes it a draft again: something is to be changed.
type PostmortemReturned struct {
	Why string `json:"why"`
}

// PostmortemClosed ends its life: nothing of it changes any more.
type PostmortemClosed struct {
	Why string `json:"why,omitempty"`
}

// PostmortemReopened lets it be changed again.
type PostmortemReopened struct {
	Why string `json:"why"`
}

// PostmortemReminded says that the time for a reminder came, and nobody was done.
type PostmortemReminded struct {
	At  time.Time `json:"at"` // when it was to be said
	Due time.Time `json:"due"`
}

// Kind returns postmortem.asked.
func (PostmortemAsked) Kind() string { return "postmortem.asked" }

// Kind returns postmortem.progress.
func (PostmortemProgress) Kind() string { return "postmortem.progress" }

// Kind returns postmortem.drafted.
func (PostmortemDrafted) Kind() string { return "postmortem.drafted" }

// Kind returns postmortem.edited.
func (PostmortemEdited) Kind() string { return "postmortem.edited" }

// Kind returns postmortem.published.
func (PostmortemPublished) Kind() string { return "postmortem.published" }

// Kind returns postmortem.unpublished.
func (PostmortemUnpublished) Kind() string { return "postmortem.unpublished" }

// Kind returns postmortem.owned.
func (PostmortemOwned) Kind() string { return "postmortem.owned" }

// Kind returns postmortem.due.
func (PostmortemDue) Kind() string { return "postmortem.due" }

// Kind returns postmortem.review_asked.
func (PostmortemReviewAsked) Kind() string { return "postmortem.review_asked" }

// Kind returns postmortem.reviewed.
func (PostmortemReviewed) Kind() string { return "postmortem.reviewed" }

// Kind returns postmortem.returned.
func (PostmortemReturned) Kind() string { return "postmortem.returned" }

// Kind returns postmortem.closed.
func (PostmortemClosed) Kind() string { return "postmortem.closed" }

// Kind returns postmortem.reopened.
func (PostmortemReopened) Kind() string { return "postmortem.reopened" }

// Kind returns postmortem.reminded.
func (PostmortemReminded) Kind() string { return "postmortem.reminded" }

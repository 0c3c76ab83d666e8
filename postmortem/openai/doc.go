// Package openai has a language model put numbered facts of an incident into
// prose, through the chat API that OpenAI, Azure and many other servers have.
//
// A [Drafter] asks for each passage by itself: the facts of that passage, hidden
// behind a [postmortem.Veil], as data, with instructions that are always the
// same. What comes back are sentences that name the facts which they rest on.
// They are held against those facts by [postmortem.Assignment.Check], and only
// what the facts carry gets into the report.
//
// # Invariants
//
// A draft never fails because of a model: whatever does not come, comes late or
// cannot be used leaves the passage as the template has it, with one line that
// says so. Nothing is sent but what [Drafter.Requests] shows. What an answer says
// is data, too: it can be printed in a draft and do nothing else. The key is in
// the header of the request and nowhere else: not in an error, not in a log.
// Redirects are not followed, since they would take it elsewhere.
//
// # Concurrency
//
// A Drafter keeps nothing between drafts, and may be used from any goroutine.
package openai

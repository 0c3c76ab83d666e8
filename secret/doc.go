// Package secret masks secrets in text before the text is kept.
//
// What a secret looks like is maintained by others: the rules are those of
// gitleaks, in the version that go.mod names, and a handful of our own for what
// they do not cover in chat (own.go). Only the rules are used, not the gitleaks
// detector: that would bring archive readers, a git client and forty more
// modules, write to a logger that belongs to the process, and give no byte
// offsets.
//
// A secret is replaced by a token that says what it was, "[masked: AWS access
// token]", and by nothing of itself. What was found once is masked wherever it
// stands in the same text. Masking errs on the side of the secret: an unfinished
// private key is masked to the end of the text.
//
// A Masker is safe for concurrent use. Its regular expressions are compiled
// when a text first needs them.
package secret

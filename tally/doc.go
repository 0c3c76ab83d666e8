// Package tally counts what the incidents of a month or a quarter came to: how
// long things took, how fast follow-ups are done, which promises to customers
// were kept, how long nobody led. It sets the answer as Markdown, as JSON, and as
// one page with plots.
//
// # Invariants
//
// What takes time is told as a distribution: how many values there are, the
// smallest, the quartiles and the largest, and beside them how many are missing,
// and how many are invalid and enter nothing. There is no mean: one long night
// moves it more than a hundred good days. A milestone that is known only to an
// interval gives every quantile two ends. Of fewer than [fewest] values no
// quartile is given, only the values.
//
// A follow-up that is open has not taken any time yet; it is censored, not left
// out (Kaplan and Meier, Nonparametric Estimation from Incomplete Observations,
// 1958). Drills count nowhere. Private incidents count only where a caller asks
// for them.
//
// # Concurrency
//
// Everything here is a pure function of its arguments: no clock, no I/O.
package tally

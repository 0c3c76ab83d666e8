package story

import _ "embed"

// seed is the incident that this program began from, as a story: a payments
// company whose database crashed, on 9 September 2020. What customers were told
// is verbatim from the company's own status page.
//
//go:embed seed/chargeover.txt
var seed string

//go:embed seed/chargeover.yml
var seedConfig []byte

// Seed returns the seed story's text and the configuration of its page.
func Seed() (text string, config []byte) { return seed, seedConfig }

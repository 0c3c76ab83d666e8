package tally

import (
	"cmp"
	"slices"
	"time"
)

// fewest is the smallest number of values of which quartiles are given: with
// fewer, a quartile is one incident with a name that says more than it is.
const fewest = 4

// A Span is a length of time that is known to lie between two ends, which are
// equal where it is known.
type Span struct {
	Low  time.Duration `json:"low"`
	High time.Duration `json:"high"`
}

// A Distribution is how long something took.
type Distribution struct {
	Name          string
	Values        []Value // the shortest first
	Missing       int     // incidents of which it was not recorded, or not yet
	Invalid       int     // … of which it was recorded and cannot be
	NotApplicable int
	Wrong         []string // what is invalid, an incident and a reason each
}

// A Value is one incident's.
type Value struct {
	Incident string `json:"incident"`
	Span
}

// add keeps the values in order.
func (d *Distribution) add(v Value) {
	i, _ := slices.BinarySearchFunc(d.Values, v, func(a, b Value) int {
		return cmp.Or(cmp.Compare(a.Low, b.Low), cmp.Compare(a.High, b.High), cmp.Compare(a.Incident, b.Incident))
	})
	d.Values = slices.Insert(d.Values, i, v)
}

// Enough reports whether quartiles may be given.
func (d Distribution) Enough() bool { return len(d.Values) >= fewest }

// Quantile is the q-quantile, for q from 0 to 1: interpolated between the two
// values next to it (Hyndman and Fan, Sample Quantiles in Statistical Packages,
// 1996, definition 7), of the lower ends and of the upper ends each. ok is false
// if there are no values.
func (d Distribution) Quantile(q float64) (s Span, ok bool) {
	if len(d.Values) == 0 {
		return Span{}, false
	}
	low, high := make([]time.Duration, len(d.Values)), make([]time.Duration, len(d.Values))
	for i, v := range d.Values {
		low[i], high[i] = v.Low, v.High
	}
	return Span{Low: quantile(low, q), High: quantile(high, q)}, true
}

func quantile(ds []time.Duration, q float64) time.Duration {
	slices.Sort(ds)
	at := q * float64(len(ds)-1)
	i := min(int(at), len(ds)-1)
	if i == len(ds)-1 {
		return ds[i]
	}
	return ds[i] + time.Duration((at-float64(i))*float64(ds[i+1]-ds[i]))
}

package store

import (
	"context"
	"fmt"
)

// A Report is what Verify saw.
type Report struct {
	Records    uint64 // records read and found right
	Streams    int    // streams they are in
	Redacted   uint64 // records whose data was erased
	ClockSteps uint64 // times the clock was set back
	Head       Head   // the last record
}

// A Damage names the first record that is not as it was written.
// errors.Is(err, ErrDamaged) holds for it.
type Damage struct {
	Seq    uint64 // the record, or the place where one should be
	Stream string // its stream, as far as that can be read
	What   string // what is wrong with it
}

// Error names the record and what is wrong with it.
func (e *Damage) Error() string {
	if e.Stream == "" {
		return fmt.Sprintf("record %d: %s", e.Seq, e.What)
	}
	return fmt.Sprintf("record %d in %s: %s", e.Seq, e.Stream, e.What)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *Damage) Is(target error) bool { return target == ErrDamaged }

// Verify reads the whole log and holds it to its promises: Seq and N are dense,
// appends are whole, data matches its sum, the sums are a chain, and each key
// leads to its records. The driver then examines its own structure. The first
// thing wrong is returned as a [*Damage] or an error that is ErrDamaged, with the
// report of what was right before it.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	var rep Report
	v := verifier{ends: make(map[string]uint64)}
	for {
		rs, err := l.Read(ctx, "", rep.Head.Seq, MaxRead)
		if err != nil {
			return rep, err
		}
		if len(rs) == 0 {
			break
		}
		for _, r := range rs {
			if err := v.next(r); err != nil {
				return rep, err
			}
			if err := l.verifyKey(ctx, r); err != nil {
				return rep, err
			}
			rep.count(r, len(v.ends))
		}
	}
	if err := v.end(); err != nil {
		return rep, err
	}
	if d, ok := l.driver.(Checker); ok {
		if err := d.Check(ctx); err != nil {
			return rep, fmt.Errorf("check the driver: %w", err)
		}
	}
	return rep, nil
}

func (rep *Report) count(r Record, streams int) {
	rep.Records++
	rep.Streams = streams
	rep.Head = r.Head()
	if r.Redacted {
		rep.Redacted++
	}
	if r.Kind == ClockStepped && r.Stream == ClockStream {
		rep.ClockSteps++
	}
}

// verifyKey holds a driver's index of keys to the log.
func (l *Log) verifyKey(ctx context.Context, r Record) error {
	if r.Key == "" {
		return nil
	}
	seen, err := l.Seen(ctx, r.Key)
	if err != nil {
		return err
	}
	if len(seen) != r.Count || seen[0].Seq != r.Seq {
		return &Damage{r.Seq, r.Stream, fmt.Sprintf("its key %q leads elsewhere", r.Key)}
	}
	return nil
}

// A verifier follows a log record by record.
type verifier struct {
	head Head
	ends map[string]uint64 // last N of each stream

	append Record // the first record of the append we are in
	left   int    // how many of its records are still to come
}

// next checks the record that should follow.
func (v *verifier) next(r Record) error {
	bad := func(format string, args ...any) error {
		return &Damage{r.Seq, r.Stream, fmt.Sprintf(format, args...)}
	}
	if err := Follows(v.head, r); err != nil {
		return err
	}
	if want := v.ends[r.Stream] + 1; r.N != want {
		return bad("it is number %d of its stream, where %d should be", r.N, want)
	}
	switch {
	case r.Count < 0:
		return bad("it begins an append of %d records", r.Count)
	case v.left > 0 && (r.Count != 0 || r.Stream != v.append.Stream):
		return bad("the append before it, at record %d, lacks %d of its %d records", v.append.Seq, v.left, v.append.Count)
	case v.left == 0 && r.Count == 0:
		return bad("the append that it belongs to has no beginning")
	case r.Key != "" && r.Count == 0:
		return bad("it has a key, but begins no append")
	}
	if r.Count > 0 {
		v.append, v.left = r, r.Count
	}
	v.left--
	v.head = r.Head()
	v.ends[r.Stream] = r.N
	return nil
}

// end checks that nothing is half there.
func (v *verifier) end() error {
	if v.left > 0 {
		return &Damage{v.head.Seq + 1, v.append.Stream,
			fmt.Sprintf("it is missing; the append at record %d has %d records", v.append.Seq, v.append.Count)}
	}
	return nil
}

// Follows says whether r is whole and follows the record that prev is the head
// of: what can be told of a record without reading the log. The error is a
// [*Damage].
func Follows(prev Head, r Record) error {
	switch {
	case r.Seq != prev.Seq+1:
		return &Damage{prev.Seq + 1, "", fmt.Sprintf("it is missing; record %d follows record %d", r.Seq, prev.Seq)}
	case r.Redacted && (len(r.Data) > 0 || len(r.Salt) > 0):
		return &Damage{r.Seq, r.Stream, "it is redacted, but its data is there"}
	case !r.Redacted && (len(r.Salt) != SaltSize || dataSum(r.Salt, r.Data) != r.DataSum):
		return &Damage{r.Seq, r.Stream, "its data is not what was recorded"}
	case chainSum(prev.Sum, r) != r.Sum:
		return &Damage{r.Seq, r.Stream, "its sum does not follow from the record before it"}
	}
	return nil
}

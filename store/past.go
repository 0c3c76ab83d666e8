package store

import "context"

// A Past is what a decision may look at: its stream, up to the record that the
// append will follow. It is valid until the decision returns.
type Past struct {
	ctx    context.Context // of the Update that the decision is a part of
	log    *Log
	stream string
	last   uint64
}

// Last returns the number of the stream's last record; 0 for a new stream.
func (p Past) Last() uint64 { return p.last }

// Since returns the stream's records after the nth, so that who keeps a fold
// reads only what is new to it.
func (p Past) Since(n uint64) ([]Record, error) {
	var all []Record
	for n < p.last {
		rs, err := p.log.Read(p.ctx, p.stream, n, int(min(p.last-n, MaxRead)))
		if err != nil {
			return nil, err
		}
		if len(rs) == 0 {
			return nil, ErrDamaged
		}
		all = append(all, rs...)
		n = rs[len(rs)-1].N
	}
	return all, nil
}

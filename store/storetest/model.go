package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sitrep/store"
)

// A plain is the model: what a log is, in the simplest words.
type plain struct {
	log     []store.Record // as the caller gave them, with Stream, N and Key
	counts  map[string]int // records in each stream
	keys    map[string][2]int
	cursors map[string]store.Cursor
}

func (p *plain) append(stream, key string, rs []store.Record) {
	if key != "" {
		p.keys[key] = [2]int{len(p.log), len(p.log) + len(rs)}
	}
	for i, r := range rs {
		p.counts[stream]++
		r.Stream, r.N, r.Seq = stream, uint64(p.counts[stream]), uint64(len(p.log)+1)
		if i == 0 {
			r.Key, r.Count = key, len(rs)
		}
		p.log = append(p.log, r)
	}
}

// model: thousands of random calls, each compared with the model's answer.
func model(t *testing.T, open Open, o *Options) {
	seeds, steps := 8, 1500
	if testing.Short() {
		seeds, steps = 2, 300
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &modelRun{
				fixture: newFixture(t, open, o),
				rnd:     rand.New(rand.NewPCG(uint64(seed), 1)),
				model:   plain{counts: map[string]int{}, keys: map[string][2]int{}, cursors: map[string]store.Cursor{}},
			}
			m.useClock()
			for m.step = range steps {
				m.one()
			}
			m.compare(m.all(""), m.model.log)
			for stream := range m.model.counts {
				m.read(stream, 0, 0)
			}
			m.verified()
		})
	}
}

type modelRun struct {
	*fixture
	model plain
	rnd   *rand.Rand
	step  int
}

// useClock makes time go on by a second a step.
func (m *modelRun) useClock() {
	start := time.Date(2020, 9, 9, 0, 0, 0, 0, time.UTC)
	m.log.Now = func() time.Time { return start.Add(time.Duration(m.step) * time.Second) }
}

func (m *modelRun) stream() string { return fmt.Sprint("INC-", m.rnd.IntN(12)) }

func (m *modelRun) records() []store.Record {
	rs := make([]store.Record, 1+m.rnd.IntN(3))
	for i := range rs {
		data := make([]byte, m.rnd.IntN(200))
		for j := range data {
			data[j] = byte(m.rnd.Uint32())
		}
		rs[i] = store.Record{Actor: fmt.Sprint("U", m.rnd.IntN(5)), Kind: fmt.Sprint("kind.", m.rnd.IntN(9)), Data: data, Imported: m.rnd.IntN(10) == 0}
	}
	return rs
}

// one makes one random call.
func (m *modelRun) one() {
	m.Helper()
	l := m.log
	switch n := m.rnd.IntN(100); {
	case n < 25:
		m.update()
	case n < 50:
		stream, key, rs := m.stream(), m.key(), m.records()
		old, repeat := m.model.keys[key]
		got, err := l.Append(m.ctx, stream, key, rs...)
		m.must(err)
		if repeat {
			m.compare(got, m.model.log[old[0]:old[1]])
			return
		}
		m.model.append(stream, key, rs)
		m.compare(got, m.model.log[len(m.model.log)-len(rs):])
	case n < 60:
		m.read(m.stream(), m.rnd.IntN(20), m.rnd.IntN(30))
	case n < 70:
		after, limit := m.rnd.IntN(len(m.model.log)+2), 1+m.rnd.IntN(300)
		got, err := l.Read(m.ctx, "", uint64(after), limit)
		m.must(err)
		rest := m.model.log[min(after, len(m.model.log)):]
		m.compare(got, rest[:min(limit, len(rest), store.MaxRead)])
	case n < 78:
		c := store.Cursor{Name: fmt.Sprint("c", m.rnd.IntN(4)), Seq: m.rnd.Uint64N(1000), State: []byte(fmt.Sprint(m.step))}
		set := l.SetCursor
		if m.rnd.IntN(2) == 0 {
			set = l.DeferCursor
		}
		m.must(set(m.ctx, c.Name, c.Seq, c.State))
		m.model.cursors[c.Name] = c
	case n < 86:
		name := fmt.Sprint("c", m.rnd.IntN(4))
		seq, state, err := l.Cursor(m.ctx, name)
		m.must(err)
		if want := m.model.cursors[name]; seq != want.Seq || !bytes.Equal(state, want.State) {
			m.Fatalf("step %d: cursor %s is %d, %q; want %d, %q", m.step, name, seq, state, want.Seq, want.State)
		}
	case n < 95:
		key := m.key()
		got, err := l.Seen(m.ctx, key)
		m.must(err)
		old := m.model.keys[key]
		m.compare(got, m.model.log[old[0]:old[1]])
	case n < 97:
		m.redact()
	case n < 98 && !m.o.Volatile:
		m.again()
		m.useClock()
	}
}

func (m *modelRun) key() string {
	if m.rnd.IntN(3) == 0 {
		return ""
	}
	return fmt.Sprint("key/", m.rnd.IntN(400))
}

func (m *modelRun) update() {
	stream, key, rs := m.stream(), m.key(), m.records()
	old, repeat := m.model.keys[key]
	refuse := m.rnd.IntN(5) == 0
	refusal := errors.New("refused")
	res, err := m.log.Decide(m.ctx, stream, key, func(p store.Past) ([]store.Record, error) {
		if p.Last() != uint64(m.model.counts[stream]) {
			m.Errorf("step %d: last of %s is %d, want %d", m.step, stream, p.Last(), m.model.counts[stream])
		}
		if refuse {
			return nil, refusal
		}
		return rs, nil
	})
	switch {
	case repeat:
		m.must(err)
		if !res.Repeat {
			m.Fatalf("step %d: a repeat is not called one", m.step)
		}
		m.compare(res.Records, m.model.log[old[0]:old[1]])
	case refuse:
		m.mustBe(err, refusal)
	default:
		m.must(err)
		m.model.append(stream, key, rs)
		m.compare(res.Records, m.model.log[len(m.model.log)-len(rs):])
	}
}

func (m *modelRun) redact() {
	if _, ok := m.raw.(store.Redactor); !ok || len(m.model.log) == 0 {
		return
	}
	seqs := []uint64{1 + m.rnd.Uint64N(uint64(len(m.model.log))), 1 + m.rnd.Uint64N(uint64(len(m.model.log)))}
	by := store.Record{Stream: "log", Kind: "redacted", Data: []byte(fmt.Sprint(seqs))}
	m.must(m.log.Redact(m.ctx, seqs, by))
	for _, seq := range seqs {
		m.model.log[seq-1].Data, m.model.log[seq-1].Redacted = nil, true
	}
	m.model.append("log", "", []store.Record{{Kind: by.Kind, Data: by.Data}})
}

// read compares a read of a stream.
func (m *modelRun) read(stream string, after, limit int) {
	m.Helper()
	got, err := m.log.Read(m.ctx, stream, uint64(after), limit)
	m.must(err)
	var want []store.Record
	for _, r := range m.model.log {
		if r.Stream == stream && r.N > uint64(after) && (limit == 0 || len(want) < limit) && len(want) < store.MaxRead {
			want = append(want, r)
		}
	}
	m.compare(got, want)
}

// compare holds records to the model, which knows all but times, salts and sums.
func (m *modelRun) compare(got, want []store.Record) {
	m.Helper()
	if len(got) != len(want) {
		m.Fatalf("step %d: %d records, want %d", m.step, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		w.At, w.Salt, w.DataSum, w.Sum = g.At, g.Salt, g.DataSum, g.Sum
		if show(g) != show(w) {
			m.Fatalf("step %d, record %d\n got %s\nwant %s", m.step, i, show(g), show(w))
		}
	}
}

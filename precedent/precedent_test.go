package precedent_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
	"sitrep/precedent"
)

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"dial tcp 10.0.0.1:5432: connect: Connection  refused":                                      "connection refused",
		"java.lang.OutOfMemoryError: Java heap space, then java.lang.OutOfMemoryError":              "outofmemoryerror",
		"mysqld: Table './shop/orders' is marked as crashed; errno ENOSPC: No space left on device": "enospc, no space left on device",
		"customers see HTTP 503":               "http 503",
		"it is returning 502s":                 "http 502",
		"a storm of 5xx errors":                "http 5xx",
		"room 503 is booked, 429 people came":  "",
		"ORA-01555: snapshot too old":          "ora-01555",
		"pods are in CrashLoopBackOff":         "crashloopbackoff",
		"We refused the connection on purpose": "",
		"":                                     "",
	} {
		var got []string
		for _, f := range precedent.Errors(text) {
			got = append(got, f.Name)
			if !strings.Contains(strings.Join(strings.Fields(text), " "), f.As) {
				t.Errorf("%q: %q does not stand in it", text, f.As)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzErrors(f *testing.F) {
	f.Add("HTTP 503, connection\nrefused, ENOSPC x509: certificate signed by unknown authority")
	f.Fuzz(func(t *testing.T, text string) {
		one := strings.Join(strings.Fields(text), " ")
		for _, e := range precedent.Errors(text) {
			if e.Name == "" || !strings.Contains(one, e.As) {
				t.Fatalf("%+v does not stand in %q", e, text)
			}
		}
	})
}

// A past is a board with an index over it.
type past struct {
	*incident.Board
	*precedent.Index
	seq uint64
	n   map[string]uint64
}

func newPast() *past {
	b := incident.NewBoard()
	return &past{Board: b, Index: precedent.New(b), n: map[string]uint64{}}
}

func (p *past) do(id string, evs ...incident.Event) *incident.Incident {
	for _, ev := range evs {
		p.seq++
		p.n[id]++
		p.Apply(id, incident.Meta{Seq: p.seq, N: p.n[id], When: time.Date(2026, 9, 1, 0, 0, int(p.seq), 0, time.UTC)}, ev)
	}
	return p.Get(id)
}

func (p *past) said(id, key, text string) {
	p.seq++
	p.Said(id, incident.Meta{Seq: p.seq}, incident.MessageSaid{Key: key, Text: text})
}

func on(names ...string) []incident.ComponentChange {
	var out []incident.ComponentChange
	for _, n := range names {
		out = append(out, incident.ComponentChange{ID: strings.ToLower(n), Name: n, New: incident.MajorOutage})
	}
	return out
}

// shop is a past in which some things are like others.
func shop() *past {
	p := newPast()
	titles := []string{"Checkout times out for EU cards", "Search shows old prices", "Mails arrive late", "Certificate of the API expired", "Login page is blank in Safari"}
	comps := []string{"Checkout", "Search", "Mail", "API", "Login"}
	for i, title := range titles {
		p.do(incident.Ref(i+1), incident.Declared{Number: i + 1, Title: title, Affects: on(comps[i])})
	}
	p.do("INC-1", incident.TheoryAdded{Text: "The connection pool of the payment gateway is exhausted"}, incident.ActionAdded{Text: "Alert on the pool"}, incident.ActionAdded{Text: "Halve the timeouts"}, incident.ActionDone{Number: 2})
	p.said("INC-3", "m1", "queue says: Too many connections")
	return p
}

func ids(ms []precedent.Match) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Incident.ID)
	}
	return out
}

func TestLike(t *testing.T) {
	for name, c := range map[string]struct {
		title string
		on    []incident.ComponentChange
		said  string
		want  []string
		why   string
	}{
		"component and words": {"Cards are refused at checkout", on("Checkout"), "", []string{"INC-1"}, "both on Checkout; words of both: Cards"},
		"an error":            {"The warehouse is offline", on("Stock"), "db01: FATAL too many connections", []string{"INC-3"}, "both “too many connections”"},
		"words alone":         {"The payment gateway's connection pools are exhausted", nil, "", []string{"INC-1"}, "words of both: pools, connection, exhausted, gateway"},
		"nothing":             {"The coffee machine is broken", nil, "", nil, ""},
		"talk":                {"We are investigating an issue with increased errors", nil, "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := shop()
			in := p.do("INC-6", incident.Declared{Number: 6, Title: c.title, Affects: c.on})
			if c.said != "" {
				p.said("INC-6", "m2", c.said)
			}
			ms := p.Like(in, 3, nil)
			if !slices.Equal(ids(ms), c.want) {
				t.Fatalf("like %v, want %v", ids(ms), c.want)
			}
			if len(ms) > 0 && ms[0].Why() != c.why {
				t.Errorf("why: %s, want %s", ms[0].Why(), c.why)
			}
		})
	}
}

// Nothing that must not be named is: private incidents where they may not be
// seen, drills, what was canceled or merged, and what came later.
func TestNotNamed(t *testing.T) {
	for name, ev := range map[string]incident.Event{
		"private": incident.PrivacyChanged{Private: true}, "canceled": incident.CanceledBy{Why: "a test"}, "merged": incident.MergedInto{Into: "INC-2"},
	} {
		p := shop()
		p.do("INC-1", ev)
		in := p.do("INC-6", incident.Declared{Number: 6, Title: "Checkout times out", Affects: on("Checkout")})
		if ms := p.Like(in, 3, func(in *incident.Incident) bool { return !in.Private }); len(ms) > 0 {
			t.Errorf("%s: %v", name, ids(ms))
		}
	}
	p := shop()
	p.do("INC-6", incident.Declared{Number: 6, Title: "Checkout times out", Affects: on("Checkout")})
	if ms := p.Like(p.Get("INC-1"), 3, nil); len(ms) > 0 {
		t.Errorf("what came later is no precedent: %v", ids(ms))
	}
	p.do("INC-7", incident.Declared{Number: 7, Title: "Mails late, a drill", Affects: on("Mail"), Drill: true})
	in := p.do("INC-8", incident.Declared{Number: 8, Title: "Mails late", Affects: on("Mail")})
	if ms := p.Like(in, 3, nil); !slices.Equal(ids(ms), []string{"INC-3"}) {
		t.Errorf("with a drill: %v", ids(ms))
	}
}

// What was edited, withdrawn or erased is not known any more.
func TestTakenBack(t *testing.T) {
	for name, do := range map[string]func(*past){
		"edited": func(p *past) {
			p.Said("INC-3", incident.Meta{Seq: 900}, incident.MessageEdited{Key: "m1", Text: "queue is slow"})
		},
		"withdrawn": func(p *past) { p.Said("INC-3", incident.Meta{Seq: 900}, incident.MessageDeleted{Key: "m1"}) },
		"erased":    func(p *past) { p.Forget([]uint64{p.seq - 1}) },
	} {
		p := shop()
		in := p.do("INC-6", incident.Declared{Number: 6, Title: "Warehouse: too many connections"})
		if got := ids(p.Like(in, 3, nil)); !slices.Equal(got, []string{"INC-3"}) {
			t.Fatalf("%s: before, like %v", name, got)
		}
		do(p)
		if got := ids(p.Like(in, 3, nil)); len(got) > 0 {
			t.Errorf("%s: still like %v", name, got)
		}
	}
}

// What a snapshot gives back answers as before; one that cannot be read is
// refused, and nothing of it is left.
func TestSnapshot(t *testing.T) {
	p := shop()
	in := p.do("INC-6", incident.Declared{Number: 6, Title: "Warehouse: too many connections"})
	want := p.Like(in, 3, nil)
	state, err := p.Index.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	fresh := precedent.New(p.Board)
	if !fresh.Restore(state) {
		t.Fatal("its own snapshot is refused")
	}
	if got := fresh.Like(in, 3, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("after a restart: %v, want %v", got, want)
	}
	for _, bad := range []string{"", "null", "{", `{"version":99,"said":{}}`} {
		if fresh.Restore([]byte(bad)) {
			t.Errorf("%q is taken for a snapshot", bad)
		}
		if got := fresh.Like(in, 3, nil); len(got) > 0 {
			t.Errorf("after %q: %v", bad, ids(got))
		}
	}
}

// An index that has seen everything change answers as one that is made anew.
func TestIncremental(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p, vocabulary := newPast(), strings.Fields("pool replica deploy timeout cache disk node queue shard token cert proxy lag index quota")
	for range 600 {
		n := 1 + r.IntN(40)
		id, w := incident.Ref(n), func() string { return vocabulary[r.IntN(len(vocabulary))] }
		if p.Get(id) == nil {
			p.do(id, incident.Declared{Number: n, Title: w() + " " + w(), Affects: on(w())})
		} else if r.IntN(3) == 0 {
			p.said(id, fmt.Sprint("k", r.IntN(4)), "HTTP 50"+fmt.Sprint(r.IntN(5)))
		} else {
			p.do(id, incident.TheoryAdded{Text: w() + " " + w()})
		}
		if r.IntN(5) == 0 {
			p.Refresh()
		}
	}
	state, err := p.Index.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	fresh := precedent.New(p.Board)
	fresh.Restore(state)
	for _, in := range p.All() {
		if got, want := ids(p.Like(in, 5, nil)), ids(fresh.Like(in, 5, nil)); !slices.Equal(got, want) {
			t.Errorf("%s: like %v, made anew %v", in.ID, got, want)
		}
	}
}

func TestSearch(t *testing.T) {
	p := shop()
	for words, want := range map[string][]string{
		"expiring certificates": {"INC-4"}, "too many connections": {"INC-3"}, "price": {"INC-2"}, "price Safari": nil, "zebra": nil, "": nil,
	} {
		if got := ids(p.Search(words, 5, nil)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", words, got, want)
		}
	}
	if got := p.Search("price", 5, func(*incident.Incident) bool { return false }); len(got) > 0 {
		t.Errorf("found what may not be shown: %v", ids(got))
	}
}

// past5000 has 5,000 incidents, each with 12 texts of 30 words of a vocabulary
// with the skew of a language.
func past5000() *past {
	r := rand.New(rand.NewPCG(3, 4))
	z := rand.NewZipf(r, 1.1, 4, 20_000)
	text := func(n int) string {
		ws := make([]string, n)
		for i := range ws {
			ws[i] = fmt.Sprintf("w%dx", z.Uint64())
		}
		return strings.Join(ws, " ")
	}
	p := newPast()
	for n := 1; n <= 5000; n++ {
		id := incident.Ref(n)
		p.do(id, incident.Declared{Number: n, Title: text(6), Affects: on(fmt.Sprintf("C%d", r.IntN(200)))})
		for range 11 {
			p.do(id, incident.TheoryAdded{Text: text(30)})
		}
		p.said(id, "m", fmt.Sprintf("ORA-0%d", 1000+r.IntN(2000)))
	}
	return p
}

func BenchmarkIndex5000(b *testing.B) {
	p := past5000()
	for b.Loop() {
		precedent.New(p.Board).Refresh()
	}
}

func BenchmarkLike5000(b *testing.B) {
	p := past5000()
	p.Refresh()
	in := p.do("INC-5001", incident.Declared{Number: 5001, Title: p.Get("INC-77").Title, Affects: on("C7")})
	p.said("INC-5001", "m", "ORA-01500")
	for b.Loop() {
		if len(p.Like(in, 3, nil)) == 0 {
			b.Fatal("nothing is like it")
		}
	}
}

func BenchmarkSearch5000(b *testing.B) {
	p := past5000()
	p.Refresh()
	for b.Loop() {
		if len(p.Search("w3x w17x", 20, nil)) == 0 {
			b.Fatal("nothing was found")
		}
	}
}

package incident

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "append the kinds that testdata/events.v1.jsonl lacks; what is there is never rewritten")

// filler sets every field of an event to a value of its own, so that a field
// that is not kept shows.
type filler struct{ n int }

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2020, 9, 9, 16, 0, f.n, 0, time.UTC)))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(`{"n":` + strconv.Itoa(f.n) + `}`)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + strconv.Itoa(f.n) + " <é> & \"✓\"")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Uint64:
		v.SetUint(uint64(f.n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(val)
		v.SetMapIndex(key, val)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic("no way to fill a " + v.Type().String())
	}
}

// filled returns the event of a kind with every field set.
func filled(kind string) Event {
	p := empty(kind)
	new(filler).fill(reflect.ValueOf(p).Elem())
	return value(p)
}

func TestEveryEventIsKnown(t *testing.T) {
	written := map[string]string{} // kind -> Go type, as the source says
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "Kind" || fn.Recv == nil {
				continue
			}
			lit, ok := fn.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
			if !ok {
				continue // Unknown, whose kind is what was recorded
			}
			kind, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			typ := fn.Recv.List[0].Type.(*ast.Ident).Name
			if was, twice := written[kind]; twice {
				t.Errorf("%s and %s are both %s", was, typ, kind)
			}
			written[kind] = typ
		}
	}
	if len(written) < 50 {
		t.Fatalf("found only %d events in the source", len(written))
	}
	for kind, typ := range written {
		if !slices.Contains(Kinds(), kind) {
			t.Errorf("Kinds lacks %s (%s)", kind, typ)
		}
		ev := value(empty(kind))
		if got := reflect.TypeOf(ev).Name(); got != typ || ev.Kind() != kind {
			t.Errorf("%s decodes to %s of kind %s, want %s", kind, got, ev.Kind(), typ)
		}
	}
	seen := map[string]bool{}
	for _, kind := range Kinds() {
		if seen[kind] {
			t.Errorf("Kinds has %s twice", kind)
		}
		if seen[kind] = true; written[kind] == "" {
			t.Errorf("Kinds has %s, which no event is", kind)
		}
	}
}

func TestEveryEventRoundTrips(t *testing.T) {
	recorded := time.Date(2020, 9, 9, 17, 0, 0, 0, time.UTC)
	for _, kind := range Kinds() {
		want := Meta{
			Seq: 7, N: 3, Recorded: recorded, When: recorded.Add(-time.Hour), Claimed: true, Imported: true,
			By: Person{ID: "local/ana", Name: "Ana"}, In: Place{Platform: "local", ID: "C1", Name: "#ops"},
		}
		ev := filled(kind)
		data, err := Encode(want, ev)
		if err != nil {
			t.Fatal(err)
		}
		m, got, err := Decode(Header{Seq: 7, N: 3, Recorded: recorded, Kind: kind, Imported: true}, data)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, ev) {
			t.Errorf("%s came back as\n%+v, want\n%+v", kind, got, ev)
		}
		if m != want {
			t.Errorf("%s: meta came back as %+v, want %+v", kind, m, want)
		}
	}
}

func TestDecode(t *testing.T) {
	at := time.Date(2020, 9, 9, 17, 0, 0, 0, time.UTC)
	tests := []struct {
		name, kind, data string
		redacted         bool
		want             Event // nil for an error
	}{
		{"a note", "note.added", `{"event":{"text":"x"}}`, false, NoteAdded{Text: "x"}},
		{"fields of a later version", "note.added", `{"event":{"text":"x","mood":"calm"},"later":1}`, false, NoteAdded{Text: "x"}},
		{"no event", "note.added", `{}`, false, NoteAdded{}},
		{"null", "note.added", `{"event":null}`, false, NoteAdded{}},
		{"erased", "note.added", "", true, NoteAdded{}},
		{"a later kind", "mood.felt", `{"event":{"text":"x"}}`, false, Unknown{Was: "mood.felt"}},
		{"a later kind that is a list", "mood.felt", `{"event":[1]}`, false, Unknown{Was: "mood.felt"}},
		{"a later kind in another form", "mood.felt", "\x01\x02", false, Unknown{Was: "mood.felt"}},
		{"a later kind, erased", "mood.felt", "", true, Unknown{Was: "mood.felt"}},
		{"not JSON", "note.added", "x", false, nil},
		{"the wrong type", "note.added", `{"event":{"text":1}}`, false, nil},
		{"empty", "note.added", "", false, nil},
	}
	for _, tt := range tests {
		m, ev, err := Decode(Header{Seq: 9, N: 2, Recorded: at, Kind: tt.kind, Redacted: tt.redacted}, []byte(tt.data))
		switch {
		case tt.want == nil:
			if err == nil || !strings.Contains(err.Error(), "record 9") {
				t.Errorf("%s: error %v does not name the record", tt.name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !reflect.DeepEqual(ev, tt.want) {
			t.Errorf("%s: %#v, want %#v", tt.name, ev, tt.want)
		}
		if !m.When.Equal(at) || m.Redacted != tt.redacted {
			t.Errorf("%s: meta %+v", tt.name, m)
		}
	}
}

// goldenEvents is what version 1 wrote. It must be read for ever, so a line in
// it is never changed.
const goldenEvents = "testdata/events.v1.jsonl"

type goldenEvent struct {
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

func TestEventsOfVersion1(t *testing.T) {
	if *update {
		appendGolden(t)
	}
	there := map[string]bool{}
	for i, g := range readGolden(t) {
		there[g.Kind] = true
		m, ev, err := Decode(Header{Seq: uint64(i + 1), Kind: g.Kind}, g.Data)
		if err != nil {
			t.Errorf("line %d: %v", i+1, err)
			continue
		}
		again, err := Encode(m, ev)
		if err != nil {
			t.Fatal(err)
		}
		var was, is any
		if err := json.Unmarshal(g.Data, &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &is); err != nil {
			t.Fatal(err)
		}
		if lost := missing(was, is, g.Kind); lost != "" {
			t.Errorf("line %d: what version 1 wrote at %s is not read any more", i+1, lost)
		}
	}
	for _, kind := range Kinds() {
		if !there[kind] {
			t.Errorf("%s has no line of %s; run the test once with -update", goldenEvents, kind)
		}
	}
}

// missing names the first place where is lacks what was has.
func missing(was, is any, path string) string {
	switch w := was.(type) {
	case map[string]any:
		i, ok := is.(map[string]any)
		if !ok {
			return path
		}
		for k, v := range w {
			if lost := missing(v, i[k], path+"."+k); lost != "" {
				return lost
			}
		}
		return ""
	case []any:
		i, ok := is.([]any)
		if !ok || len(i) != len(w) {
			return path
		}
		for n := range w {
			if lost := missing(w[n], i[n], path+"."+strconv.Itoa(n)); lost != "" {
				return lost
			}
		}
		return ""
	}
	if was != is {
		return path
	}
	return ""
}

func readGolden(t testing.TB) []goldenEvent {
	t.Helper()
	data, err := os.ReadFile(goldenEvents)
	if err != nil && !*update {
		t.Fatal(err)
	}
	var out []goldenEvent
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() {
		var g goldenEvent
		if err := json.Unmarshal(sc.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func appendGolden(t *testing.T) {
	t.Helper()
	there := map[string]bool{}
	for _, g := range readGolden(t) {
		there[g.Kind] = true
	}
	f, err := os.OpenFile(goldenEvents, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := time.Date(2020, 9, 9, 16, 9, 0, 0, time.UTC)
	for _, kind := range Kinds() {
		if there[kind] {
			continue
		}
		data, err := Encode(Meta{When: at, Claimed: true, By: Person{ID: "local/ana", Name: "Ana"}, In: Place{Platform: "local", ID: "C1", Name: "#ops"}}, filled(kind))
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(goldenEvent{kind, data})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
	}
}

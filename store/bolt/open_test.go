package bolt_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"sitrep/store"
	"sitrep/store/bolt"
	"sitrep/store/memory"
)

// TestOpenRefuses: what is not a log of a format that we know is not touched.
func TestOpenRefuses(t *testing.T) {
	edit := func(change func(*bbolt.Tx) error) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			t.Helper()
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(change), db.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(content string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"text", write("page:\n  name: Status\n"), store.ErrDamaged},
		{"zeros", write(string(make([]byte, 1<<16))), store.ErrDamaged},
		{"another program's", edit(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("things")); return err }), store.ErrDamaged},
		{"a newer format", func(t *testing.T, path string) {
			if err := open(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			edit(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte("2")) })(t, path)
		}, store.ErrFormat},
		{"a bucket missing", func(t *testing.T, path string) {
			if err := open(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			edit(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("key")) })(t, path)
		}, store.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sitrep.db")
			c.make(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time, for want of the first's lock
				if _, err := bolt.Open(path, nil); !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(before, after) {
				t.Fatalf("the file was changed (%v)", err)
			}
		})
	}
	if _, err := bolt.Open(filepath.Join(t.TempDir(), "nowhere", "sitrep.db"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a folder that is not there: got %v", err)
	}
}

// TestMode: nobody else may read the file.
func TestMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	d := open(t, path)
	l := store.New(d, nil)
	defer l.Close()
	for range 2 {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("mode is %v, %v; want 0600", info.Mode(), err)
		}
		if err := l.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnfinishedRedaction: where a process died between a redaction and the
// rewriting of the file, opening it rewrites it.
func TestUnfinishedRedaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	l := store.New(open(t, path), nil)
	if _, err := l.Append(t.Context(), "INC-1", "", event("a", "purged-state-bytes")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		// Bytes in a page that is free afterwards, as an erased record leaves them.
		if err := tx.Bucket([]byte("cursor")).Put([]byte("c"), append(make([]byte, 8), bytes.Repeat([]byte("SECRET"), 2000)...)); err != nil {
			return err
		}
		return tx.Bucket([]byte("meta")).Put([]byte("rewrite"), []byte("1"))
	})
	err = errors.Join(err, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("cursor")).Delete([]byte("c")) }), db.Close())
	if err == nil {
		err = os.WriteFile(path+".rewrite", []byte("SECRET half copied"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, []byte("SECRET")) {
		t.Fatalf("the bytes are not there to begin with (%v)", err)
	}
	l = store.New(open(t, path), nil)
	if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte("SECRET")) {
		t.Fatalf("the bytes are still there (%v)", err)
	}
	if _, err := os.Stat(path + ".rewrite"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the half copy is still there (%v)", err)
	}
	if rep, err := l.Verify(t.Context()); err != nil || rep.Records != 1 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	db, err = bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("meta")).Get([]byte("rewrite")) != nil {
			t.Error("it would be rewritten again at every opening")
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestFormat1 opens the file that the first version wrote. It and its export are
// never made again: a later format gets files of its own beside them.
func TestFormat1(t *testing.T) {
	want, err := os.ReadFile("testdata/v1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("testdata/v1.db")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "v1.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile, fromExport := store.New(open(t, path), nil), store.New(memory.New(), nil)
	if err := store.Import(t.Context(), fromExport, bytes.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*store.Log{fromFile, fromExport} {
		rep, err := l.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rep.Records != 9 || rep.Streams != 4 || rep.Redacted != 1 || rep.ClockSteps != 1 {
			t.Errorf("report %+v", rep)
		}
		var got bytes.Buffer
		if err := store.Export(t.Context(), l, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("exported:\n%s\nwant:\n%s", got.Bytes(), want)
		}
		if _, err := l.Append(t.Context(), "INC-1", "", event("on it goes", "")); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

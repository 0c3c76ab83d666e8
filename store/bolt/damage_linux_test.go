package bolt_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sitrep/store"
	"sitrep/store/bolt"
)

// TestDamage damages files in many ways, at random places, and opens and
// verifies them in a child process. Each ends in one of two ways: an error that
// says that the log is damaged, or a log whose records are true. None is a crash,
// and none is records that were never written.
func TestDamage(t *testing.T) {
	const page = 4096
	trials := 400
	if testing.Short() {
		trials = 80
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	whole, older, want := sound(t)
	for i := range trials {
		b := bytes.Clone(whole)
		at := rnd.IntN(len(b) / page)
		name := ""
		switch i % 8 {
		case 0:
			name = "one-bit"
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		case 1:
			name = "page-header"
			b[at*page+rnd.IntN(16)] ^= byte(1 + rnd.IntN(255))
		case 2:
			name = "many-bytes-of-a-page"
			for range 64 {
				b[at*page+rnd.IntN(page)] = byte(rnd.Uint32())
			}
		case 3:
			name = "page-of-zeros"
			clear(b[at*page : (at+1)*page])
		case 4:
			name = "page-of-noise"
			for j := range page {
				b[at*page+j] = byte(rnd.Uint32())
			}
		case 5:
			name = "page-of-an-older-file"
			at = rnd.IntN(len(older) / page)
			copy(b[at*page:(at+1)*page], older[at*page:])
		case 6:
			name = "page-in-another-place"
			from := rnd.IntN(len(b) / page)
			copy(b[at*page:(at+1)*page], whole[from*page:])
		case 7:
			name = "cut-short"
			b = b[:rnd.IntN(len(b))]
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d-%s.db", i, name)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := child(ctx, "check", dir).Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Fatalf("the process ended with %v at %s", err, lines[len(lines)-1])
	}
	found, harmless := 0, 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		name, rest, ok := strings.Cut(lines.Text(), "\t")
		switch {
		case !ok: // only the announcement
		case rest == "damaged":
			found++
		case strings.HasPrefix(rest, "sound ") && trueTo(want, strings.Fields(rest)[1:]):
			harmless++
		default:
			t.Errorf("%s: %s", name, rest)
		}
	}
	if found+harmless != trials || found == 0 || harmless == 0 {
		t.Fatalf("%d trials: %d found, %d harmless", trials, found, harmless)
	}
	t.Logf("%d trials: %d found to be damaged, %d in places that hold no record", trials, found, harmless)
}

// trueTo says whether sums are those of the records that were written, at most
// without those of the last commit: with one of its two meta pages damaged,
// bbolt goes by the other, which is one commit older.
func trueTo(want, got []string) bool {
	if len(got) > len(want) || len(got) < len(want)-1 {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

// sound returns the bytes of a sound file, of the same file earlier, and the
// sums of its records.
func sound(t *testing.T) (whole, older []byte, sums []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sitrep.db")
	d, err := bolt.Open(path, &bolt.Options{IndexEvery: 30})
	if err != nil {
		t.Fatal(err)
	}
	l := store.New(d, nil)
	for i := range 200 {
		if i == 150 {
			var copied bytes.Buffer
			if err := l.Backup(t.Context(), &copied); err != nil {
				t.Fatal(err)
			}
			older = copied.Bytes()
		}
		rs, err := l.Append(t.Context(), fmt.Sprint("INC-", i%7), fmt.Sprint("key ", i), event("a", strings.Repeat(fmt.Sprint(i, " "), 60)))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, rs[0].Sum.String())
	}
	if err := l.SetCursor(t.Context(), "mail", 3, []byte("state")); err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	if err := errors.Join(l.Backup(t.Context(), &copied), l.Close()); err != nil {
		t.Fatal(err)
	}
	return copied.Bytes(), older, sums
}

// checkChild opens and verifies every file in a folder. It says the name of each
// before, and after a tab what it found.
func checkChild(args []string) error {
	// A damaged length must not become all the memory of the machine.
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: 4 << 30, Max: 4 << 30}); err != nil {
		return err
	}
	entries, err := os.ReadDir(args[0])
	if err != nil {
		return err
	}
	for _, e := range entries {
		fmt.Printf("%s\n", e.Name())
		sums, err := checkFile(filepath.Join(args[0], e.Name()))
		switch {
		case errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrFormat):
			fmt.Printf("%s\tdamaged\n", e.Name())
		case err != nil:
			fmt.Printf("%s\tthe error does not say that it is damaged: %v\n", e.Name(), err)
		default:
			fmt.Printf("%s\tsound %s\n", e.Name(), strings.Join(sums, " "))
		}
	}
	return nil
}

func checkFile(path string) (sums []string, err error) {
	ctx := context.Background()
	d, err := bolt.Open(path, nil)
	if err != nil {
		return nil, err
	}
	l := store.New(d, nil)
	defer func() { err = errors.Join(err, l.Close()) }()
	if _, err := l.Verify(ctx); err != nil {
		return nil, err
	}
	rs, err := readAll(ctx, l)
	for _, r := range rs {
		sums = append(sums, r.Sum.String())
	}
	return sums, err
}

package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sitrep/store"
	"sitrep/store/bolt"
)

// TestKill kills a process in the middle of a storm of writes, again and again
// on one file: at random moments, and exactly before the nth system call that
// changes the file. What was acknowledged is there, nothing is half there, and
// the log goes on.
func TestKill(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 8
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "sitrep.db")
	acks := newAcks()
	for round := range rounds {
		how := storm{path: path, name: fmt.Sprint(round)}
		stop := 0
		if round%2 == 0 {
			stop = 1 + rnd.IntN(600) // acknowledgements
		} else {
			how.at = 1 + rnd.IntN(300) // system calls
		}
		cmd := child(t.Context(), "storm", how.args()...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		err = acks.read(out, stop, cmd.Process.Kill)
		if err := errors.Join(err, killed(cmd.Wait())); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if _, err := acks.check(t.Context(), path); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	rep, err := acks.check(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if len(acks.keys) < rounds || len(acks.redacted) == 0 {
		t.Fatalf("only %d appends and %d redactions were acknowledged", len(acks.keys), len(acks.redacted))
	}
	t.Logf("%d kills: %d appends, %d redactions acknowledged, 0 lost; %d records", rounds, len(acks.keys), len(acks.redacted), rep.Records)
}

// killed is nil if a process ended by SIGKILL, which is how it should.
func killed(err error) error {
	if err == nil {
		return errors.New("the child ended by itself")
	}
	if strings.Contains(err.Error(), "signal: killed") {
		return nil
	}
	return err
}

// A storm is what the child writes, and when it dies.
type storm struct {
	path   string
	name   string // in its keys
	noSync bool
	at     int  // die before this system call; 0: when killed
	power  bool // and take the file system down before dying
}

func (s storm) args() []string {
	return []string{s.path, s.name, strconv.FormatBool(s.noSync), strconv.Itoa(s.at), strconv.FormatBool(s.power)}
}

func parseStorm(args []string) (s storm, err error) {
	s.path, s.name = args[0], args[1]
	var errs [3]error
	s.noSync, errs[0] = strconv.ParseBool(args[2])
	s.at, errs[1] = strconv.Atoi(args[3])
	s.power, errs[2] = strconv.ParseBool(args[4])
	return s, errors.Join(errs[:]...)
}

// stormChild writes without end, and says on its output what was acknowledged,
// a line each:
//
//	append KEY SEQ
//	cursor NAME SEQ
//	redact SEQ
func stormChild(args []string) error {
	how, err := parseStorm(args)
	if err != nil {
		return err
	}
	d, err := bolt.Open(how.path, &bolt.Options{NoSync: how.noSync, IndexEvery: 50})
	if err != nil {
		return err
	}
	if how.at > 0 {
		s, err := newSaboteur()
		if err != nil {
			return err
		}
		dir, err := os.Open(filepath.Dir(how.path))
		if err != nil {
			return err
		}
		s.arm(how.at, false, func() syscall.Errno {
			if how.power {
				_ = powerCut(dir)
			}
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it is over
		})
	}
	l := store.New(d, nil)
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
	ctx := context.Background()
	failed := make(chan error)
	for w := range 6 {
		go func() {
			for i := 0; ; i++ {
				if err := stormOnce(ctx, l, how, w, i, say); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	err = <-failed
	if how.power || errors.Is(err, syscall.EIO) || errors.Is(err, unix.ESHUTDOWN) {
		select {} // the power is gone; wait to be killed
	}
	return err
}

func stormOnce(ctx context.Context, l *store.Log, how storm, w, i int, say func(string, ...any)) error {
	key := fmt.Sprintf("%s/%d/%d", how.name, w, i)
	rs := make([]store.Record, 1+i%3)
	for j := range rs {
		rs[j] = event("storm", strings.Repeat(key+" ", 1+(i*37)%60))
	}
	stored, err := l.Update(ctx, fmt.Sprint("INC-", (w+i)%9), key, func(store.Past) ([]store.Record, error) { return rs, nil })
	if err != nil {
		return err
	}
	say("append %s %d", key, stored[0].Seq)
	if i%5 == 0 {
		if err := l.SetCursor(ctx, fmt.Sprint("c", w), stored[0].Seq, []byte(key)); err != nil {
			return err
		}
		say("cursor c%d %d", w, stored[0].Seq)
	}
	if w == 0 && i%20 == 3 && !how.noSync {
		by := store.Record{Stream: "log", Kind: "redacted"}
		if err := l.Redact(ctx, []uint64{stored[0].Seq}, by); err != nil {
			return err
		}
		say("redact %d", stored[0].Seq)
	}
	return nil
}

// acks are what a storm was told is kept.
type acks struct {
	keys     map[string]uint64
	cursors  map[string]uint64
	redacted map[uint64]bool
}

func newAcks() *acks {
	return &acks{keys: map[string]uint64{}, cursors: map[string]uint64{}, redacted: map[uint64]bool{}}
}

// read takes acknowledgements in until there are no more; after stop of them it
// calls end, once.
func (a *acks) read(r io.Reader, stop int, end func() error) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		seq, err := strconv.ParseUint(f[len(f)-1], 10, 64)
		if err != nil {
			return err
		}
		switch f[0] {
		case "append":
			a.keys[f[1]] = seq
		case "cursor":
			a.cursors[f[1]] = seq
		case "redact":
			a.redacted[seq] = true
		}
		if n == stop {
			if err := end(); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// lost is how many acknowledged writes are missing.
type lost struct{ appends, cursors, redactions int }

func (e lost) Error() string {
	return fmt.Sprintf("lost: %d appends, %d cursors, %d redactions", e.appends, e.cursors, e.redactions)
}

// check opens the log, verifies it, and looks for all that was acknowledged.
func (a *acks) check(ctx context.Context, path string) (rep store.Report, err error) {
	d, err := bolt.Open(path, nil)
	if err != nil {
		return rep, err
	}
	l := store.New(d, nil)
	defer func() { err = errors.Join(err, l.Close()) }()
	if rep, err = l.Verify(ctx); err != nil {
		return rep, err
	}
	var gone lost
	for key, seq := range a.keys {
		rs, err := l.Seen(ctx, key)
		if err != nil {
			return rep, err
		}
		if len(rs) == 0 || rs[0].Seq != seq || !rs[0].Redacted && !strings.HasPrefix(string(rs[0].Data), key+" ") {
			gone.appends++
		}
	}
	for name, seq := range a.cursors {
		at, _, err := l.Cursor(ctx, name)
		if err != nil {
			return rep, err
		}
		if at < seq {
			gone.cursors++
		}
	}
	for seq := range a.redacted {
		rs, err := l.Read(ctx, "", seq-1, 1)
		if err != nil {
			return rep, err
		}
		if len(rs) == 0 || !rs[0].Redacted {
			gone.redactions++
		}
	}
	if gone != (lost{}) {
		return rep, gone
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".rewrite") {
			return rep, fmt.Errorf("%s is left over", e.Name())
		}
	}
	return rep, err
}

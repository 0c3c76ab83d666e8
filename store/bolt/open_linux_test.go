package bolt_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitrep/store"
	"sitrep/store/bolt"
)

// TestInUse: a second process is told at once who has the file, and gets it when
// that one ends.
func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	cmd := child(t.Context(), "hold", path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	start := time.Now()
	_, err = bolt.Open(path, nil)
	var holder *store.InUse
	if !errors.Is(err, store.ErrInUse) || !errors.As(err, &holder) || holder.PID != cmd.Process.Pid || holder.Path != path {
		t.Fatalf("got %v; want that %s is in use by process %d", err, path, cmd.Process.Pid)
	}
	if took := time.Since(start); took > 1500*time.Millisecond {
		t.Errorf("that took %v", took)
	}
	if want := fmt.Sprintf("%s is in use by process %d", path, cmd.Process.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %q, and does not say %q", err, want)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
}

// holdChild has a file open until its input ends.
func holdChild(args []string) error {
	d, err := bolt.Open(args[0], nil)
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, d.Close())
}

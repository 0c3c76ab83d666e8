package bolt_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"sitrep/store"
)

// childEnv names what a child process is to do instead of testing.
const childEnv = "STORE_BOLT_TEST_CHILD"

// TestMain lets the test binary be its own child: a process that can be killed,
// starved or lied to.
func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		run, ok := children()[name]
		if !ok {
			fmt.Fprintln(os.Stderr, "no child is called", name)
			os.Exit(2)
		}
		if err := run(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child returns a command that runs the test binary as a child.
func child(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// event is a record as a caller gives it.
func event(kind, data string) store.Record {
	return store.Record{Actor: "U1", Kind: kind, Data: []byte(data)}
}

// readAll reads the whole log.
func readAll(ctx context.Context, l *store.Log) ([]store.Record, error) {
	var all []store.Record
	for {
		rs, err := l.Read(ctx, "", uint64(len(all)), 0)
		if err != nil || len(rs) == 0 {
			return all, err
		}
		all = append(all, rs...)
	}
}

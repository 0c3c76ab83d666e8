package export

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// A Folder is a copy in a folder of this machine. No name, however made, leads
// out of it.
type Folder struct{ root *os.Root }

// OpenFolder opens a folder, and makes it if it is not there.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	return &Folder{root}, nil
}

// Read implements status.Target.
func (f *Folder) Read(_ context.Context, name string) ([]byte, error) { return f.root.ReadFile(name) }

// Write implements status.Target. What a process that was killed left half
// written is overwritten by the next.
func (f *Folder) Write(_ context.Context, name, _ string, body []byte) error {
	if old, err := f.root.ReadFile(name); err == nil && bytes.Equal(old, body) {
		return nil
	}
	dir, base := path.Split(name)
	if dir != "" {
		if err := f.root.MkdirAll(strings.TrimSuffix(dir, "/"), 0o755); err != nil {
			return err
		}
	}
	half := dir + ".new-" + base
	err := f.writeSynced(half, body)
	if err == nil {
		err = f.root.Rename(half, name)
	}
	if err != nil {
		_ = f.root.Remove(half) // the error that counts is the first
	}
	return err
}

func (f *Folder) writeSynced(name string, body []byte) error {
	to, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) // a web server reads it
	if err != nil {
		return err
	}
	_, err = to.Write(body)
	return cmp.Or(err, to.Sync(), to.Close())
}

// Remove implements status.Target. Folders that are empty then go too.
func (f *Folder) Remove(_ context.Context, name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if err := f.root.Remove(dir); err != nil {
			break // it holds something else, or is gone already
		}
	}
	return nil
}

// Close lets the folder go.
func (f *Folder) Close() error { return f.root.Close() }

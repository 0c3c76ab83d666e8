package status

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
	"time"
)

// Export writes the whole site under dir, each document at its address, so that
// any file server can stand in for this process: "index.html",
// "history/index.html", "incidents/<code>/index.html", "history.atom",
// "api/v2/summary.json" and so on. Addresses with a query have no file but for
// the list's first page.
//
// One export at a time may write to dir. Each file is written under another
// name, synced and then renamed, so a reader
// never sees half of one; a file that would not change is left alone. The home
// page comes last, so it never names a page that is not there yet. Pages of
// incidents that are no longer public are removed before it. On an error some
// files may be new and others old; export again. ctx stops it between files.
func (s *Site) Export(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("export to %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir) // no name, however made, leads out of dir
	if err != nil {
		return fmt.Errorf("export to %s: %w", dir, err)
	}
	defer func() { _ = root.Close() }() // nothing was written through it
	e, now := s.current.Load(), s.now()
	for _, f := range e.files() {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("export to %s: %w", dir, err)
		}
		if f.path == "index.html" {
			if err := e.withdraw(root); err != nil {
				return fmt.Errorf("export to %s: %w", dir, err)
			}
		}
		if err := s.exportFile(e, f, root, now); err != nil {
			return fmt.Errorf("export %s: %w", f.path, err)
		}
	}
	return nil
}

// A file is a document of an export and where it goes.
type file struct{ address, path string }

// files lists every document that has an address of its own, the home page
// last.
func (e *edition) files() []file {
	var out []file
	e.all(func(it *item) bool {
		page := "incidents/" + it.Code
		api := "api/v2/incidents/"
		if it.Maintenance {
			api = "api/v2/scheduled-maintenances/"
		}
		out = append(out,
			file{"/" + page, page + "/index.html"},
			file{"/" + page + ".json", page + ".json"},
			file{"/" + api + it.Code + ".json", api + it.Code + ".json"})
		return true
	})
	for _, p := range []string{
		"history.atom", "history.rss", "api/v2/components.json", "api/v2/incidents.json", "api/v2/incidents/unresolved.json",
		"api/v2/scheduled-maintenances.json", "api/v2/scheduled-maintenances/upcoming.json", "api/v2/scheduled-maintenances/active.json",
		"api/v2/summary.json", "api/v2/status.json",
	} {
		out = append(out, file{"/" + p, p})
	}
	return append(out, file{"/history", "history/index.html"}, file{"/404", "404.html"}, file{"/", "index.html"})
}

func (s *Site) exportFile(e *edition, f file, root *os.Root, now time.Time) error {
	d, ok := e.lookup(f.address, "", htmlPage)
	if !ok {
		d = e.missing(f.address)
	}
	rep, err := s.render(e, d, now)
	if err != nil {
		return err
	}
	return replaceFile(root, f.path, rep.plain.body)
}

// withdraw removes the exported pages of incidents that the site no longer has.
// Only names that an export gives are touched.
func (e *edition) withdraw(root *os.Root) error {
	for _, sub := range []string{"incidents", "api/v2/incidents", "api/v2/scheduled-maintenances"} {
		entries, err := fs.ReadDir(root.FS(), sub)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, entry := range entries {
			code, isJSON := strings.CutSuffix(entry.Name(), ".json")
			if !isCode(code) || e.byCode[code] != nil {
				continue
			}
			name := sub + "/" + entry.Name()
			if !isJSON {
				if err := root.Remove(name + "/index.html"); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// isCode reports whether a name has the form of a code: 12 letters and digits
// without vowels.
func isCode(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789bcdfghjklmnpqrstvwxyz") == ""
}

// replaceFile puts body at name, at once or not at all. What a process that was
// killed left half written is overwritten by the next.
func replaceFile(root *os.Root, name string, body []byte) error {
	if old, err := root.ReadFile(name); err == nil && bytes.Equal(old, body) {
		return nil
	}
	dir, base := path.Split(name)
	if dir != "" {
		if err := root.MkdirAll(strings.TrimSuffix(dir, "/"), 0o755); err != nil {
			return err
		}
	}
	half := dir + ".new-" + base
	err := writeSynced(root, half, body)
	if err == nil {
		err = root.Rename(half, name)
	}
	if err != nil {
		_ = root.Remove(half) // the error that counts is the first
	}
	return err
}

func writeSynced(root *os.Root, name string, body []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) // a web server reads it
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return cmp.Or(err, f.Sync(), f.Close())
}

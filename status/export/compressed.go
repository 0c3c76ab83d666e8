package export

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
)

// worthwhile is the smallest file that has compressed ones beside it: below it
// they save no packet.
const worthwhile = 1024

// brotliLevel is that of the page itself: above it a page of 300 kB takes tenths
// of a second, for hardly fewer bytes.
const brotliLevel = 6

// Compressed is a target with each file in gzip and brotli beside it, as
// "index.html.gz" and "index.html.br": a file server that is told so (nginx:
// gzip_static and brotli_static) gives them out and compresses nothing itself.
// They are written before the file that they are of.
type Compressed struct{ Target }

// Write implements status.Target.
func (c Compressed) Write(ctx context.Context, name, contentType string, body []byte) error {
	if len(body) < worthwhile || strings.HasPrefix(contentType, "image/") && !strings.HasPrefix(contentType, "image/svg") {
		if err := c.uncompress(ctx, name); err != nil {
			return err
		}
		return c.Target.Write(ctx, name, contentType, body)
	}
	if c.stands(ctx, name, body) {
		return nil
	}
	for _, as := range compressions() {
		var b bytes.Buffer
		w := as.writer(&b)
		_, err := w.Write(body)
		if cerr := w.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = c.Target.Write(ctx, name+as.ending, contentType, b.Bytes())
		}
		if err != nil {
			return fmt.Errorf("compress %s: %w", name, err)
		}
	}
	return c.Target.Write(ctx, name, contentType, body)
}

// stands reports whether a file and what is beside it is there as it is to be:
// the file is written last.
func (c Compressed) stands(ctx context.Context, name string, body []byte) bool {
	if old, err := c.Read(ctx, name); err != nil || !bytes.Equal(old, body) {
		return false
	}
	for _, as := range compressions() {
		if _, err := c.Read(ctx, name+as.ending); err != nil {
			return false
		}
	}
	return true
}

// Remove implements status.Target.
func (c Compressed) Remove(ctx context.Context, name string) error {
	if err := c.uncompress(ctx, name); err != nil {
		return err
	}
	return c.Target.Remove(ctx, name)
}

func (c Compressed) uncompress(ctx context.Context, name string) error {
	for _, as := range compressions() {
		if err := c.Target.Remove(ctx, name+as.ending); err != nil {
			return fmt.Errorf("remove %s: %w", name+as.ending, err)
		}
	}
	return nil
}

// A plainAgain is a folder that was compressed once and is not any more: what is
// beside a file goes before the file changes, else servers would give out what is
// older. The home page is written last, so its own tells that it is not done.
type plainAgain struct{ Compressed }

// Write implements status.Target.
func (p plainAgain) Write(ctx context.Context, name, contentType string, body []byte) error {
	if err := p.uncompress(ctx, name); err != nil {
		return err
	}
	return p.Target.Write(ctx, name, contentType, body)
}

// openPlain opens a folder that is not to be compressed.
func openPlain(ctx context.Context, dir string) (Target, error) {
	f, err := OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	if _, err := f.Read(ctx, "index.html.br"); err == nil {
		return plainAgain{Compressed{f}}, nil
	}
	return f, nil
}

// A compression is how a file is compressed, and how the result is called.
type compression struct {
	ending string
	writer func(io.Writer) io.WriteCloser
}

func compressions() []compression {
	return []compression{
		{".gz", func(w io.Writer) io.WriteCloser {
			z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // the level is one that there is
			return z
		}},
		{".br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotliLevel) }},
	}
}

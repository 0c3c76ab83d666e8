package export

import (
	"context"
	"crypto/md5" //nolint:gosec // what object stores compare bytes by; nothing is kept secret by it
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"sitrep/status"
)

// cacheControl is what a store says to caches of each file: as the page itself
// does, see [status.Site].
const cacheControl = "public, max-age=10, stale-while-revalidate=86400, stale-if-error=86400"

// A Bucket is a copy in an object store.
type Bucket struct {
	bucket *blob.Bucket
	sums   map[string]string // of what stands there, by name
}

// NewBucket takes a bucket over, which Close closes. It lists it once, to know
// what need not be written again.
func NewBucket(ctx context.Context, b *blob.Bucket) (*Bucket, error) {
	t := &Bucket{bucket: b, sums: make(map[string]string)}
	for it := b.List(nil); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("list the bucket: %w", err), b.Close())
		}
		t.sums[o.Key] = string(o.MD5)
	}
}

// Read implements status.Target.
func (t *Bucket) Read(ctx context.Context, name string) ([]byte, error) {
	b, err := t.bucket.ReadAll(ctx, name)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return b, err
}

// Write implements status.Target. The store checks the bytes that arrive
// against their sum, and shows them whole or not at all.
func (t *Bucket) Write(ctx context.Context, name, contentType string, body []byte) error {
	sum := md5.Sum(body) //nolint:gosec // see the import
	if s := t.sums[name]; s != "" && s == string(sum[:]) {
		return nil
	}
	if err := t.bucket.WriteAll(ctx, name, body, &blob.WriterOptions{ContentType: contentType, CacheControl: cacheControl, ContentMD5: sum[:]}); err != nil {
		return err
	}
	t.sums[name] = string(sum[:])
	return nil
}

// Remove implements status.Target.
func (t *Bucket) Remove(ctx context.Context, name string) error {
	delete(t.sums, name)
	if err := t.bucket.Delete(ctx, name); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return err
	}
	return nil
}

// Close lets the bucket go.
func (t *Bucket) Close() error { return t.bucket.Close() }

// A Target is a status.Target that is let go of.
type Target interface {
	status.Target
	io.Closer
}

// Open opens what an address names: a folder, or a bucket as gocloud.dev writes
// it (s3://name?region=eu-central-1, gs://name, azblob://name, with &prefix=site/
// for a part of it). A folder written as file:///srv/status?compress=yes is
// [Compressed]. Which stores are known is up to the drivers that the
// program is built with.
func Open(ctx context.Context, address string) (Target, error) {
	scheme, rest, isURL := strings.Cut(address, "://")
	if !isURL {
		return openPlain(ctx, address)
	}
	if scheme == "file" {
		u, err := url.Parse(address)
		if err != nil || u.Host != "" || u.Path == "" {
			return nil, fmt.Errorf("%q names no folder; write file:///srv/status", address)
		}
		switch how := u.Query().Get("compress"); how {
		case "":
			return openPlain(ctx, u.Path)
		case "yes":
			f, err := OpenFolder(u.Path)
			if err != nil {
				return nil, err
			}
			return Compressed{f}, nil
		default:
			return nil, fmt.Errorf("%q: compress is yes, or left out, not %q", address, how)
		}
	}
	if rest == "" {
		return nil, fmt.Errorf("%q names no bucket; write s3://name?region=…", address)
	}
	b, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	return NewBucket(ctx, b)
}

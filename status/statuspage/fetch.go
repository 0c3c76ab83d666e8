package statuspage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	perPage  = 50  // incidents an answer holds: what every hosted page gives
	maxPages = 200 // ten thousand incidents; a page that never ends is none
)

// A Fetcher reads a hosted page over the network. The zero value is ready for
// use. It may be used by many goroutines.
type Fetcher struct {
	// Client asks; http.DefaultClient if nil.
	Client *http.Client
}

// Fetch reads all that a page serves: its components, and every incident and
// maintenance of its history, page by page. address is the page's own
// ("https://status.example.com"), or that of one answer, which ends in .json and
// is then all that is read.
func (f *Fetcher) Fetch(ctx context.Context, address string) (*Snapshot, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of a page. Write it with https://", address)
	}
	if strings.HasSuffix(u.Path, ".json") {
		return f.one(ctx, u.String())
	}
	root := u.Scheme + "://" + u.Host + strings.TrimRight(u.Path, "/")
	s, err := f.one(ctx, root+"/api/v2/components.json")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"incidents", "scheduled-maintenances"} {
		if err := f.list(ctx, root+"/api/v2/"+name+".json", s); err != nil {
			return nil, err
		}
	}
	// The feed alone tells the numbers that readers know entries by. A page
	// without one is brought over all the same.
	if feed, err := f.one(ctx, root+"/history.atom"); err == nil {
		s.Serials = feed.Serials
	}
	return s, s.check()
}

// list reads all pages of a list into s, until one is not full or holds nothing
// new: some pages ignore the number and give the first again.
func (f *Fetcher) list(ctx context.Context, address string, s *Snapshot) error {
	known := map[string]bool{}
	for n := 1; n <= maxPages; n++ {
		part, err := f.one(ctx, address+"?page="+strconv.Itoa(n))
		if err != nil {
			return err
		}
		fresh := 0
		for _, of := range []struct{ from, to *[]Incident }{{&part.Incidents, &s.Incidents}, {&part.Maintenances, &s.Maintenances}} {
			for _, in := range *of.from {
				if !known[in.ID] {
					known[in.ID] = true
					*of.to = append(*of.to, in)
					fresh++
				}
			}
		}
		if fresh == 0 || len(part.Incidents)+len(part.Maintenances) < perPage {
			return nil
		}
	}
	return fmt.Errorf("%s has more than %d pages; it does not seem to end", address, maxPages)
}

// one reads one answer.
func (f *Fetcher) one(ctx context.Context, address string) (s *Snapshot, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", address, err)
	}
	req.Header.Set("Accept", "application/json")
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the page does not answer: %w", err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the connection can be used again
		return nil, fmt.Errorf("%s answers %s, so it does not seem to be a status page of this format", address, res.Status)
	}
	s, err = Read(res.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return s, nil
}

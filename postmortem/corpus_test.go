package postmortem

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sitrep/incident"
)

// Real incidents of other companies, told by their public updates and, where
// there is one, their channel: each gives a draft that passes its own check.
func TestRealIncidents(t *testing.T) {
	files, err := filepath.Glob("../../shared/data/incidents/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no collection of incidents here")
	}
	for _, file := range files {
		s := told(t, file)
		if s == nil {
			continue
		}
		b := s.brief()
		d := draft(t, b)
		for _, f := range Check(d.Markdown, b) {
			t.Errorf("%s: %s: %s %v", filepath.Base(file), f.Kind, f.Text, f.Refs)
		}
		if dir := os.Getenv("DRAFTS"); dir != "" { // for the scorer, and to be read aloud
			name := filepath.Join(dir, filepath.Base(file))
			if err := os.WriteFile(name, d.Facts, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name+".md", []byte(d.Markdown+"\n----\n\n"+d.Customer), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// told plays what a file of the collection tells; nil if it has no times.
func told(t testing.TB, file string) *scene {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Title   string
		Updates []struct {
			At         *time.Time
			Status     string
			Body       string
			Components []struct{ Name, To string }
		}
		Chat []struct {
			At           time.Time
			Author, Text string
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	s := newScene(t, "UTC")
	chat := d.Chat
	for _, u := range d.Updates {
		if u.At == nil {
			continue
		}
		if s.in.Status == "" {
			s.now = *u.At
			s.does("bo", incident.Declared{Number: 1, Title: d.Title})
		}
		for len(chat) > 0 && !chat[0].At.After(*u.At) {
			s.now = chat[0].At
			s.says(chat[0].Author, chat[0].Text)
			chat = chat[1:]
		}
		s.now = *u.At
		p := incident.UpdatePosted{Status: incident.Investigating, Body: u.Body, Shown: s.now}
		if len(s.in.Updates) == 0 {
			p.Title = d.Title
		} else {
			p.Status, p.Affects = s.in.PublishedStatus(), s.in.Published()
		}
		if st, ok := incident.ParseStatus(u.Status); ok {
			p.Status = st
		}
		for _, c := range u.Components {
			st, _ := incident.ParseComponentState(c.To)
			p.Affects = append(p.Affects, incident.ComponentChange{ID: c.Name, Name: c.Name, New: st})
		}
		s.does("bo", p)
		if p.Status != s.in.Status {
			s.does("bo", incident.StateChanged{Status: p.Status})
		}
	}
	if s.in.Status == "" {
		return nil
	}
	return s
}

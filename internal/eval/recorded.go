package eval

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sitrep/internal/config"
	"sitrep/internal/story"
	"sitrep/postmortem"
)

//go:embed answers
var recorded embed.FS

// A Recorded is an answer as it was given to the facts of one passage, with which
// of its sentences are false. Facts are known by the digest of their text: one
// that is told in other words by now is not what was answered.
type Recorded struct {
	Incident string              `json:"incident"` // its id in the collection; "seed" is the story that comes with sitrep
	Telling  Telling             `json:"telling"`
	Passage  postmortem.Passage  `json:"passage"`
	Kind     string              `json:"kind"`
	By       string              `json:"by"`    // who answered
	Facts    []string            `json:"facts"` // the digest of each fact that was given
	Answer   postmortemSentences `json:"answer"`
	False    []int               `json:"false"` // the sentences that are false, counted from 1
}

type postmortemSentences struct {
	Sentences []postmortem.Sentence `json:"sentences"`
}

// LoadRecorded reads the answers that come with the evaluation.
func LoadRecorded() ([]Recorded, error) {
	var out []Recorded
	err := fs.WalkDir(recorded, "answers", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := recorded.ReadFile(path)
		if err != nil {
			return err
		}
		var rs []Recorded
		if err := json.Unmarshal(b, &rs); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		out = append(out, rs...)
		return nil
	})
	return out, err
}

// digest is what a fact is known by.
func digest(fact string) string {
	sum := sha256.Sum256([]byte(fact))
	return hex.EncodeToString(sum[:6])
}

// HoldSeed holds the answers to the story that comes with sitrep.
func HoldSeed(ctx context.Context, rs []Recorded) (*Prose, error) {
	text, page := story.Seed()
	cfg, err := config.Parse("the seed", page)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, c := range cfg.Page.Components {
		parts = append(parts, c.Name)
	}
	d, err := Replay(ctx, text, parts, cfg.Page.TimeZone.Location, "")
	if err != nil {
		return nil, fmt.Errorf("play the seed: %w", err)
	}
	p := newProse()
	for _, r := range rs {
		if r.Incident == "seed" {
			p.hold(r, d.Brief)
		}
	}
	return p, nil
}

// A Verdict is what became of a recorded answer.
type Verdict struct {
	True, False Tally    // sentences that are true, and were kept; that are false, and were dropped
	Wrong       []string // where it is otherwise
	Stale       int      // sentences about facts that are told in other words by now
}

// Hold holds a recorded answer against the facts as they are told now.
func (r Recorded) Hold(b postmortem.Brief) Verdict {
	a := b.Assignment(r.Passage)
	now := map[string]int{}
	for i, f := range a.Facts {
		now[digest(f.Text)] = i + 1
	}
	check := a.Checker()
	var v Verdict
	for i, s := range r.Answer.Sentences {
		lie := slices.Contains(r.False, i+1)
		m := postmortem.Sentence{Text: s.Text}
		stale := false
		for _, n := range s.Facts {
			switch {
			case n < 1 || n > len(r.Facts):
				m.Facts = append(m.Facts, len(a.Facts)+n+1) // it never was one
			case now[r.Facts[n-1]] == 0:
				stale = true
			default:
				m.Facts = append(m.Facts, now[r.Facts[n-1]])
			}
		}
		if stale {
			v.Stale++
			continue
		}
		_, dropped := check.Check([]postmortem.Sentence{m})
		gone := len(dropped) > 0
		if lie {
			v.False.add(gone)
		} else {
			v.True.add(!gone)
		}
		if gone != lie {
			why := "kept, and false"
			if gone {
				why = "dropped: " + dropped[0].Why
			}
			v.Wrong = append(v.Wrong, fmt.Sprintf("%s, %s, %s: %q is %s", r.Incident, r.Passage, r.Kind, s.Text, why))
		}
	}
	return v
}

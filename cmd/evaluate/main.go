// Command evaluate replays a collection of real incidents, drafts each, and
// prints how the drafts compare with what people marked in them.
//
//	go run ./cmd/evaluate -data ../shared/data
//
// With -drafts DIR, each story and draft is left there, to be read, or to be
// scored by another program.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"sitrep/internal/eval"
)

func main() {
	data := flag.String("data", "../shared/data", "the `folder` of the collection: incidents/ and contradictions.json")
	drafts := flag.String("drafts", "", "a `folder` to leave stories and drafts in")
	all := flag.Bool("v", false, "name each miss")
	flag.Parse()
	if err := run(*data, *drafts, *all); err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

func run(data, drafts string, all bool) error {
	incidents, contradictions := eval.Collection(data)
	cases, err := eval.Load(incidents)
	if err != nil {
		return err
	}
	known, err := eval.LoadKnown(contradictions)
	if err != nil {
		return err
	}
	var failed error
	recorded, err := eval.LoadRecorded()
	if err != nil {
		return err
	}
	o := eval.Options{Known: known, Recorded: recorded}
	if drafts != "" {
		o.Visit = func(c *eval.Case, how eval.Telling, story string, d eval.Drafted) {
			if err := leave(filepath.Join(drafts, string(how)), c, story, d); err != nil && failed == nil {
				failed = err
			}
		}
	}
	r := eval.Run(context.Background(), cases, o)
	if err := r.Write(os.Stdout, all); err != nil {
		return err
	}
	if len(r.Broken) > 0 {
		return fmt.Errorf("%d stories could not be played, the first: %s", len(r.Broken), r.Broken[0])
	}
	return failed
}

// leave writes the story, the facts as the reference scorer reads them, and the
// report.
func leave(dir string, c *eval.Case, story string, d eval.Drafted) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	facts, err := json.MarshalIndent(map[string]any{"facts": d.Facts, "markdown": d.Markdown, "timeline": d.Timeline}, "", "  ")
	if err != nil {
		return err
	}
	for name, text := range map[string]string{".json": string(facts), ".md": d.Markdown, ".story.txt": story} {
		if err := os.WriteFile(filepath.Join(dir, c.ID+name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

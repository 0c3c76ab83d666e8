package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/story"
	"sitrep/store"
	"sitrep/store/memory"
)

var update = flag.Bool("update", false, "write the goldens anew")

// play plays a story through a whole app over a log in memory.
func play(t *testing.T, text string) (*app.App, string, error) {
	t.Helper()
	return playWith(t, text, config.Default(time.UTC))
}

func playWith(t *testing.T, text string, cfg *config.Config) (*app.App, string, error) {
	t.Helper()
	lines, err := story.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var clock story.Clock
	clock.Set(lines[0].At)
	l := store.New(memory.New(), nil)
	l.Now = clock.Now
	a := app.New(l, cfg, &app.Options{Played: true})
	if err := a.Start(t.Context(), "test", &story.Stage{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	var receipts bytes.Buffer
	err = story.NewPlayer(a, &clock, cfg.Command.Name, &receipts).Play(t.Context(), lines)
	return a, receipts.String(), err
}

// at makes a story of lines without times: a minute passes between them.
func at(lines ...string) string {
	var b strings.Builder
	when := time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)
	for _, l := range lines {
		if !strings.HasPrefix(l, "\t") {
			when = when.Add(time.Minute)
			b.WriteString(when.Format(time.RFC3339) + " ")
		}
		b.WriteString(l + "\n")
	}
	return b.String()
}

// told is an incident's timeline, a line an entry.
func told(t *testing.T, a *app.App, id string) string {
	t.Helper()
	tl, err := a.Runner.Timeline(context.WithoutCancel(t.Context()), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range tl.Entries() {
		fmt.Fprintf(&b, "%s %s %s: %s", e.Ref(), e.At.Format("15:04"), e.By, e.Text)
		if e.Thread > 0 {
			fmt.Fprintf(&b, " (answers T%d)", e.Thread)
		}
		for _, p := range e.Marks {
			fmt.Fprintf(&b, " (marked by %s)", p.By)
		}
		for _, r := range e.Reactions {
			fmt.Fprintf(&b, " (%s by %s)", r.Emoji, r.By)
		}
		for _, v := range e.Versions {
			fmt.Fprintf(&b, " (was %q)", v.Text)
		}
		if e.Withdrawn {
			b.WriteString(" (withdrawn)")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is now\n%s\nand was\n%s", path, got, want)
	}
}

// Every deed of the format, and what came of it.
func TestDeeds(t *testing.T) {
	a, receipts, err := play(t, at(
		"#ops @ana we have a problem",
		"#ops @ana[Europe/Berlin] /incident declare sev2 it is down",
		"#incident @ben it is the disk",
		"#incident @ben it is full",
		"#INC-1 @ana>T3 which one?",
		"#inc1 @cy+📌T4",
		"#incident @ben+📌T3",
		"#incident @ben-📌T3",
		"#incident @ben+eyesT5",
		"#incident @ben~T3 it is the disk of db1",
		"#incident @benxT4",
		"#incident @ana! /incident update without a title",
		"#incident @ana /incident note at:18:05 the first errors",
		"#incident @ana+📌T6",
		"#incident @ana-📌T6",
		"#incident @ana /incidental is no command",
		"#incident @ana /incident note",
		"\tover",
		"\ttwo lines",
		"#ops @ben /incident declare another one",
		"#incident @ben this is INC-2's",
		"#INC-1 @ben and this is not",
	))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "deeds.txt", told(t, a, "INC-1")+"\n"+told(t, a, "INC-2")+"\n"+receipts)
}

// A line that cannot be run is named, and nothing after it is run.
func TestPlayNamesTheLine(t *testing.T) {
	declare := "#ops @ana /incident declare it is down"
	for _, tt := range []struct {
		name  string
		lines []string
		line  int
		says  string
	}{
		{"a refused command", []string{declare, "#incident @ana /incident reopen x"}, 2, "the command was refused: INC-1 is open already"},
		{"refused in words for a person", []string{declare, "#incident @ana /incident nonsense"}, 2, "the command was refused: "},
		{"a command that was to be refused", []string{declare, "#incident @ana! /incident note x"}, 2, "was to be refused, and was not"},
		{"words cannot be refused", []string{declare, "#incident @ana! hello"}, 2, "only a command can be refused"},
		{"no incident yet", []string{"#incident @ana x", declare}, 1, "none was declared yet"},
		{"an incident that is not there", []string{declare, "#INC-2 @ana x"}, 2, "there is no INC-2"},
		{"an entry that is not there", []string{declare, "#incident @ana>T9 x"}, 2, "INC-1 has no entry T9; the last is T2"},
		{"an answer to a command", []string{declare, "#incident @ana>T1 x"}, 2, "only messages can be answered"},
		{"a deed in an ordinary room", []string{declare, "#ops @ana+📌T1"}, 2, "#ops is not the room of one"},
	} {
		a, _, err := play(t, at(append(tt.lines, "#ops @ana /incident declare the line after")...))
		var e *story.Error
		if !errors.As(err, &e) || e.Line != tt.line || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want line %d: …%s…", tt.name, err, tt.line, tt.says)
		}
		for _, in := range a.Board.All() {
			if in.Title == "the line after" {
				t.Errorf("%s: the story went on", tt.name)
			}
		}
	}
}

// The story's clock is everyone's.
func TestPlayHasTheStorysClock(t *testing.T) {
	a, _, err := play(t, at("#ops @ana /incident declare it is down", "#incident @ana hello"))
	if err != nil {
		t.Fatal(err)
	}
	in := a.Board.Get("INC-1")
	if want := time.Date(2020, 9, 9, 16, 1, 0, 0, time.UTC); !in.Declared.Recorded.Equal(want) || !in.Declared.When.Equal(want) {
		t.Errorf("declared at %s, recorded at %s", in.Declared.When, in.Declared.Recorded)
	}
	if in.Milestones[incident.DeclaredAt].At.Year() != 2020 {
		t.Errorf("the milestone is %+v", in.Milestones[incident.DeclaredAt])
	}
}

// The same story makes the same receipts, whenever it is played.
func TestPlayIsTheSameEveryTime(t *testing.T) {
	text, _ := story.Seed()
	cfg, err := config.Load("seed/chargeover.yml")
	if err != nil {
		t.Fatal(err)
	}
	first := ""
	for range 2 {
		_, got, err := playWith(t, text, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("the second time\n%s\nthe first\n%s", got, first)
		}
	}
	golden(t, "seed.receipts.jsonl", first)
	for _, l := range strings.Split(strings.TrimSpace(first), "\n") {
		var rc story.Receipt
		if err := json.Unmarshal([]byte(l), &rc); err != nil {
			t.Fatal(err)
		}
		if !rc.OK || rc.Text == "" || rc.Line == 0 || rc.At.IsZero() || rc.Author[0] != '@' {
			t.Errorf("receipt %+v", rc)
		}
	}
}

// Anybody can ask why an entry is in the draft.
func TestWhy(t *testing.T) {
	_, receipts, err := play(t, at(
		"#ops @ana /incident declare checkout fails",
		"#incident @ben rolled back the worker",
		"#incident @ben ok",
		"#incident @ana /incident postmortem why T3",
		"#incident @ana /incident postmortem why t4",
		"#incident @ana! /incident postmortem why T99",
	))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"T3 is in the draft: it says what changed", "T4 is left out: nothing in it tells", "INC-1 has no entry T99"} {
		if !strings.Contains(receipts, want) {
			t.Errorf("nothing said %q: %s", want, receipts)
		}
	}
}

// Between two lines everything happens that is due in between, at its time.
func TestRemindersOfAStory(t *testing.T) {
	a, _, err := play(t, strings.Join([]string{
		"2020-09-09T16:00:00Z #ops @ana /incident declare sev1 it is down",
		"2020-09-09T17:00:00Z #incident @ana /incident resolve",
		"2020-09-09T17:01:00Z #incident @ana /incident postmortem owner @ben",
		"2020-09-20T12:00:00Z #incident @ben /incident postmortem review",
		"2020-09-20T12:01:00Z #incident @ana /incident postmortem reviewed",
		"2020-12-01T12:00:00Z #incident @ana /incident postmortem close",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	rs, err := a.Log.Read(t.Context(), "INC-1", 0, 256)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rs {
		if r.Kind == "postmortem.due" || r.Kind == "postmortem.reminded" {
			got = append(got, r.Kind+" "+r.At.Format("01-02 15:04"))
		}
	}
	want := "postmortem.due 09-09 17:00, postmortem.reminded 09-11 17:00, postmortem.reminded 09-12 17:00, postmortem.reminded 09-19 17:00"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
	in := a.Board.Get("INC-1")
	if !in.Report.Due.Equal(time.Date(2020, 9, 12, 17, 0, 0, 0, time.UTC)) || in.Report.Stage() != incident.StageClosed || in.Report.Owner.Name != "ben" {
		t.Errorf("due %s, %s, with %s", in.Report.Due, in.Report.Stage(), in.Report.Owner)
	}
}

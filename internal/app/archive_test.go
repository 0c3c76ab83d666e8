package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/store"
	"sitrep/store/memory"
)

// archive is an incident, as a zip.
func archive(t *testing.T, a *app.App, id string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := a.Archive(t.Context(), a.Board.Get(id), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// timelineOf is a timeline, a line of JSON an entry, without what is of its
// installation: when it was recorded.
func timelineOf(t *testing.T, a *app.App, id string) []string {
	t.Helper()
	tl, err := a.Runner.Timeline(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range tl.Entries() {
		l := app.TimelineLine(tl, e)
		l.Recorded = l.At
		if l.Kind == "room.opened" {
			l.Kind = "note.added"
		}
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// typed gives a command as the command line does, and waits for what follows.
func typed(t *testing.T, a *app.App, id, text string) bot.Message {
	t.Helper()
	msg, err := a.Runner.Handle(t.Context(), bot.Request{Key: id + text, By: incident.Person{ID: "x/zoe", Name: "zoe"}, In: bot.Channel{Platform: "cli", ID: "cli"}, Do: bot.Command{Text: text, Incident: id}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return msg
}

// An incident that is taken along and read elsewhere has the same timeline, under
// the same numbers, and the same texts; nobody is told of it and it is on no
// page. Read again it adds nothing; a later archive adds what is new.
func TestArchive(t *testing.T) {
	there, room, _ := seeded(t)
	say(t, there, room, "inc-1", "m1", "a message whose customer wants it gone")
	typed(t, there, "INC-1", "update edit 2 We have found the cause.")
	say(t, there, room, "inc-1", "x2", "/incident timeline correct T5 at:11:08")
	say(t, there, room, "inc-1", "x3", "/incident link INC-9")
	say(t, there, room, "inc-1", "x4", "/incident postmortem due 5d")
	n := len(timelineOf(t, there, "INC-1"))
	var said strings.Builder
	for _, e := range []string{"T8", "T32"} {
		if err := there.Redact(t.Context(), "INC-1", e, "asked for", incident.Person{ID: "x/ana", Name: "ana"}, &said); err != nil {
			t.Fatal(err)
		}
	}
	first := archive(t, there, "INC-1")

	here := app.New(store.New(memory.New(), nil), config.Default(nil), nil)
	stage := here.Room(&local.Options{Channels: []string{"ops"}})
	if err := stage.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := here.Start(t.Context(), "test", stage); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := here.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx := t.Context()
	do := func(id, text string) bot.Message { t.Helper(); return typed(t, here, id, text) }
	do("", "declare sev3 one of our own")
	bring := func(zip []byte) app.Unarchived {
		t.Helper()
		done, err := here.Unarchive(ctx, bytes.NewReader(zip), int64(len(zip)))
		if err != nil {
			t.Fatal(err)
		}
		if err := here.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		return done
	}
	done := bring(first)
	if done.ID != "INC-2" || done.New == 0 || done.Known != 0 || done.Left == 0 {
		t.Fatalf("brought over: %+v", done)
	}
	same := func() {
		t.Helper()
		want, got := timelineOf(t, there, "INC-1"), timelineOf(t, here, "INC-2")
		for i := range want {
			// An erased entry is all that is left of it; a link leads elsewhere.
			if i < len(got) && (strings.Contains(want[i], "[erased]") && strings.Contains(got[i], "[erased]") || strings.Contains(got[i], "INC-9 of ChargeOver")) {
				continue
			}
			if i >= len(got) || got[i] != want[i] {
				t.Errorf("entry %d\n%s, was\n%s", i+1, slices.Concat(got, make([]string, len(want)))[i], want[i])
			}
		}
		if len(got) != len(want) || len(want) < n {
			t.Errorf("%d entries, were %d of %d", len(got), len(want), n)
		}
	}
	same()
	in, was := here.Board.Get("INC-2"), there.Board.Get("INC-1")
	if in.Report.Text("customer") != was.Report.Text("customer") || in.Report.Text("internal") != was.Report.Text("internal") || in.Severity != was.Severity || in.Status != was.Status || in.Number != 2 {
		t.Errorf("the incident is another: %+v", in)
	}
	if ms := in.Milestones[incident.ImpactStarted]; !ms.At.Equal(was.Milestones[incident.ImpactStarted].At) {
		t.Errorf("impact started %s, was %s", ms.At, was.Milestones[incident.ImpactStarted].At)
	}
	if in.Updates[0].Body != was.Updates[1].Body || in.Updates[0].Body != "We have found the cause." {
		t.Errorf("the first update here is %q", in.Updates[0].Body) // the first there was erased
	}

	// Nobody is told, and it is on no page.
	if in.IsPublic() || in.Public(here.Board.Page()) != nil || len(in.Rooms) != 0 || !here.NextReminder().IsZero() {
		t.Errorf("public %v, rooms %v, reminder %s", in.IsPublic(), in.Rooms, here.NextReminder())
	}
	if p, ok := do("INC-2", "update resolved It is over.").(bot.Problem); !ok || p.Code != "brought" {
		t.Errorf("published: %+v", p)
	}
	if ch, err := here.Log.Read(ctx, "local/"+local.Directory, 0, 256); err != nil || len(ch) != 2 { // ops, and the room of our own
		t.Errorf("%d channels, %v", len(ch), err)
	}
	rs, err := here.Log.Read(ctx, "INC-2", 0, 256)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if !r.Imported && r.Kind != "postmortem.drafted" {
			t.Errorf("record %d, %s, is not marked imported", r.Seq, r.Kind)
		}
	}

	// Again, and again with what has happened since.
	before, _ := here.Log.Head(ctx, "")
	if again := bring(first); again.New != 0 || again.Known != done.New || again.ID != "INC-2" {
		t.Errorf("again: %+v", again)
	}
	if now, _ := here.Log.Head(ctx, ""); now.Seq != before.Seq {
		t.Errorf("the same archive added %d records", now.Seq-before.Seq)
	}
	say(t, there, room, "inc-1", "m9", "one more thing")
	say(t, there, room, "inc-1", "x9", "/incident postmortem edit internal Mended.")
	if later := bring(archive(t, there, "INC-1")); later.New != 2 || later.ID != "INC-2" {
		t.Errorf("later: %+v", later)
	}
	same()
	if got := here.Board.Get("INC-2").Report.Text("internal"); got != "Mended." {
		t.Errorf("the internal version is %q", got)
	}
}

// What is in an archive, and that each change of it is noticed.
func TestArchiveIsWhole(t *testing.T) {
	a, _, _ := seeded(t)
	whole := archive(t, a, "INC-1")
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names, files[f.Name] = append(names, f.Name), b
	}
	want := "records.jsonl timeline.jsonl files.jsonl postmortem.md postmortem.html postmortem.json customers.md texts/internal-001.md texts/internal-002.md texts/customer-001.md texts/customer-002.md manifest.json"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("it has %s\nwant %s", got, want)
	}
	if !bytes.HasPrefix(files["postmortem.md"], []byte("# INC-1: MariaDB")) || !json.Valid(files["postmortem.json"]) || bytes.Count(files["timeline.jsonl"], []byte("\n")) < 30 {
		t.Error("the report or the timeline is not in it")
	}

	pack := func(files map[string][]byte) []byte {
		t.Helper()
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, body := range files {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(body); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	with := func(name string, change func([]byte) []byte) []byte {
		all := map[string][]byte{}
		for n, b := range files {
			all[n] = b
		}
		if b := change(bytes.Clone(all[name])); b == nil {
			delete(all, name)
		} else {
			all[name] = b
		}
		return pack(all)
	}
	nothing := func([]byte) []byte { return nil }
	replace := func(old, with string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(with)) }
	}
	for name, c := range map[string]struct {
		zip []byte
		say string
	}{
		"no zip":            {[]byte("PK"), "it is no zip file"},
		"another zip":       {pack(map[string][]byte{"x": nil}), "manifest.json is missing"},
		"no manifest":       {with("manifest.json", nothing), "manifest.json is missing"},
		"no JSON":           {with("manifest.json", func([]byte) []byte { return []byte("x") }), "nothing that is known"},
		"a later form":      {with("manifest.json", replace("sitrep-incident/1", "sitrep-incident/9")), `its form is "sitrep-incident/9"`},
		"no records":        {with("records.jsonl", nothing), "records.jsonl is missing"},
		"a changed record":  {with("records.jsonl", replace("MariaDB", "Postgres")), "records.jsonl is not what the manifest says"},
		"a changed report":  {with("postmortem.md", replace("MariaDB", "Postgres")), "postmortem.md is not what the manifest says"},
		"another beginning": {with("manifest.json", replace(`"origin": "`, `"origin": "0`)), "not those that the manifest tells of"},
		"cut":               {whole[:len(whole)/2], "it is no zip file"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := a.Log.Head(context.Background(), "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.Unarchive(t.Context(), bytes.NewReader(c.zip), int64(len(c.zip)))
			var p *incident.Problem
			if !errors.As(err, &p) || p.Code != "bad-archive" || !strings.Contains(p.Text, c.say) {
				t.Errorf("answered %v, want %q", err, c.say)
			}
			if now, _ := a.Log.Head(context.Background(), ""); now != before {
				t.Error("something was recorded")
			}
		})
	}
}

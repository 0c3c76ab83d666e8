package commands_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
)

// FuzzHandle runs arbitrary lines: nothing panics, nothing is our fault, the
// author always gets an answer, and what was recorded can be folded.
func FuzzHandle(f *testing.F) {
	for _, v := range commands.Table() {
		for _, name := range append([]string{v.Name}, v.Aliases...) {
			f.Add(name, true, false)
			f.Add(name+" "+v.Example, true, true)
			f.Add(name+" INC-1 x", false, false)
			for _, s := range v.Subs {
				f.Add(name+" "+s.Name+" 1 T2 x", true, false)
			}
			for _, k := range v.Keys {
				f.Add(fmt.Sprintf("%s %s:yes --%s \"a b\" x", name, k.Name, k.Name), true, true)
			}
		}
		f.Add(v.Example, true, false)
	}
	for _, s := range []string{
		"", " ", "INC-1", "sev 1", "milestone detected 11:02..11:09 the log", "note at:yesterday at:", "update “", "update title:\"", "declare --", "timeline correct T1 at:25:00 x",
		"affects api,,checkout=down,", "update affects:api=sideways x", "handover @", "role commander @me @you", "merge into INC-1", "asof 99:99", "link", "\x00", "\xff\xfe", "note \u2028", "maintenance schedule from:2020-09-10T10:00 until:2020-09-10T09:00 x",
	} {
		f.Add(s, true, false)
	}
	f.Fuzz(func(t *testing.T, line string, room, live bool) {
		d := newDesk(t, nil)
		d.declare("sev2 affects:api=down the database")
		if !room {
			d.in = bot.Channel{Platform: "test", ID: "ops", Name: "#ops"}
		}
		d.live = live
		for i := range 2 { // the second time it meets what the first one did
			msg, err := d.runner.Handle(context.Background(), bot.Request{
				Key: fmt.Sprintf("fuzz/%d", i), In: d.in, By: d.by, Interactive: live, Do: bot.Command{Text: line},
			})
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if msg == nil {
				t.Fatalf("%q has no answer", line)
			}
			if p, ok := msg.(bot.Problem); ok && (strings.TrimSpace(p.Text) == "" || p.Code == "" || p.Ours || strings.Contains(p.Text, "%!")) {
				t.Fatalf("%q: problem %+v", line, p)
			}
			if got := bot.Text(msg, nil); strings.TrimSpace(got) == "" {
				t.Fatalf("%q: the answer %+v has no words", line, msg)
			}
		}
		head, err := d.log.Head(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.board.Await(context.Background(), head.Seq); err != nil {
			t.Fatal(err)
		}
		if _, err := d.runner.Timeline(context.Background(), "INC-1", 0); err != nil {
			t.Fatalf("%q left a timeline that cannot be read: %v", line, err)
		}
	})
}

// FuzzComplete: a completion goes on from what was typed.
func FuzzComplete(f *testing.F) {
	for _, s := range []string{"", "d", "update ", "update st", "update status:", "update status:m", "role commander @", "help u", "affects back", "milestone d", "action ", "x y", "role=", "update affects:\"Ba"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !utf8.ValidString(line) {
			return
		}
		d := newDesk(t, nil)
		d.declare("sev2 the database")
		out := d.runner.Complete(bot.Request{In: d.in, By: d.by}, line, 7)
		if len(out) > 7 {
			t.Fatalf("%q has %d completions", line, len(out))
		}
		for _, s := range out {
			typed := strings.TrimRightFunc(line, func(r rune) bool { return !unicode.IsSpace(r) })
			if strings.TrimSpace(typed) == "" { // a verb is completed whole; a later word, after those that stand
				typed = strings.ToLower(strings.TrimSpace(line))
			}
			if !strings.HasPrefix(s.Text, typed) || s.Show == "" {
				t.Fatalf("%q is completed to %+v", line, s)
			}
		}
	})
}

func TestComplete(t *testing.T) {
	d := newDesk(t, &commands.Options{People: []commands.Person{{Person: incident.Person{ID: "local/dana", Name: "dana"}}}})
	d.declare("sev2 the database")
	d.do("role commander @zoe")
	d.do("role scribe @ben")
	for _, tt := range []struct {
		line string
		want []string // the whole lines, in order
	}{
		{"decl", []string{"declare ", "decline "}},
		{"DECLA", []string{"declare "}},
		{"resolved", nil},
		{"nonsense ", nil},
		{"milestone det", []string{"milestone detected "}},
		{"update status:m", []string{"update status:monitoring"}},
		{"update status=i", []string{"update status=investigating", "update status=identified"}},
		{"update mon", []string{"update monitoring "}},
		{"update affects:ch", []string{"update affects:Checkout"}},
		{`affects mail`, nil},
		{"role sc", []string{"role scribe "}},
		{"role commander @", []string{"role commander @me ", "role commander @dana ", "role commander @zoe ", "role commander @ben "}},
		{"help rese", nil},
		{"help reso", []string{"help resolve"}},
		{"theory add", []string{"theory add "}},
	} {
		for range 5 { // the order is not a map's
			var got []string
			for _, s := range d.runner.Complete(bot.Request{In: d.in, By: d.by}, tt.line, 10) {
				got = append(got, s.Text)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q is completed to %q, want %q", tt.line, got, tt.want)
				break
			}
		}
	}
	if out := d.runner.Complete(bot.Request{In: d.in}, "", 3); len(out) != 3 {
		t.Errorf("%d of at most 3", len(out))
	}
	hidden := 0
	for _, v := range commands.Table() {
		if v.Hidden {
			hidden++
			for _, s := range d.runner.Complete(bot.Request{In: d.in}, v.Name, 100) {
				if s.Show == v.Name {
					t.Errorf("%s is hidden and completed", v.Name)
				}
			}
		}
	}
	if all := d.runner.Complete(bot.Request{In: d.in}, "", 100); len(all) != len(commands.Table())-hidden {
		t.Errorf("%d verbs of %d", len(all), len(commands.Table())-hidden)
	}
}

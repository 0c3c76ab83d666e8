package app_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/store"
	"sitrep/store/bolt"
)

// stormFile names the environment variable that turns this test's program into
// the child that is killed.
const stormFile = "SITREP_TEST_STORM"

func TestMain(m *testing.M) {
	if path := os.Getenv(stormFile); path != "" {
		if err := storm(path, os.Getenv(stormFile+"_ROUND")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if path := os.Getenv(residentFile); path != "" {
		if err := sayResident(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// storm runs the whole of sitrep on a file and commands it without end from
// several sides, saying on its output what was acknowledged: the key of a
// command, and its receipt.
func storm(path, round string) error {
	d, err := bolt.Open(path, nil)
	if err != nil {
		return err
	}
	a := app.New(store.New(d, nil), config.Default(time.UTC), &app.Options{Watermark: app.WatermarkPath(path)})
	room := a.Room(&local.Options{Channels: sides()})
	ctx := context.Background()
	if err := room.Open(ctx); err != nil {
		return err
	}
	if err := a.Start(ctx, "storm", room); err != nil {
		return err
	}
	go func() { _ = a.Serve(ctx) }() // it is killed before this ends
	var mu sync.Mutex
	var wg sync.WaitGroup
	for side, channel := range sides() {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("local/%s/%s-%d", channel, round, i)
				text := fmt.Sprintf("/incident declare storm %s", key)
				if n := a.Board.Last(); i%5 != 0 && n > 0 {
					text = fmt.Sprintf("/incident update INC-%d title:Storm %s", 1+(i*7+side)%n, key)
				}
				m, err := room.Say(ctx, local.Utterance{Channel: channel, Key: key, By: local.PersonOf("ana"), Text: text})
				if err != nil {
					return
				}
				if rc, ok := m.(bot.Receipt); ok {
					mu.Lock()
					fmt.Println(key, rc.Incident, rc.Seq)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// sides are the channels that the storm comes from: what is said in one is done
// one by one.
func sides() []string { return []string{"ops", "support", "database", "office"} }

// Killed in the middle of a storm of commands, again and again, the whole of
// sitrep loses no update that its author saw acknowledged: each is on the page,
// by its text once and whole, and the log verifies.
func TestKilledInAStorm(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sitrep.db")
	type ack struct {
		id  string
		seq uint64
	}
	acked := map[string]ack{}
	for round := range rounds {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), stormFile+"="+path, fmt.Sprintf("%s_ROUND=%d", stormFile, round))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, killAt := bufio.NewScanner(out), 40+round*23
		for n := 0; lines.Scan(); n++ {
			var key string
			var a ack
			if _, err := fmt.Sscan(lines.Text(), &key, &a.id, &a.seq); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			acked[key] = a
			if n == killAt {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("round %d ended by itself: %v", round, err)
		}
	}
	a, _ := open(t, path)
	defer func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := a.Log.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if was := a.Older(); was != "" {
		t.Errorf("a killed process is taken for a restored file: %s", was)
	}
	published := map[string]int{}
	for _, in := range a.Board.All() {
		pub := in.Public(a.Board.Page())
		if pub == nil {
			continue
		}
		for _, u := range pub.Updates {
			published[u.Body]++
		}
		if len(in.Previews) > 0 || pub.Title != "Storm" || in.Milestones[incident.FirstPublicWord].State != incident.Recorded {
			t.Errorf("%s is half there: %+v", in.ID, pub)
		}
	}
	updates := 0
	for key, x := range acked {
		rs, err := a.Log.Seen(t.Context(), key)
		if err != nil || len(rs) == 0 || rs[len(rs)-1].Seq != x.seq || rs[0].Stream != x.id {
			t.Errorf("%s was acknowledged as record %d of %s, and is %v (%v)", key, x.seq, x.id, rs, err)
			continue
		}
		if rs[0].N > 1 { // an update, not a declaration
			updates++
			if published[key] != 1 {
				t.Errorf("update %s is %d times on the page", key, published[key])
			}
		}
	}
	if updates < rounds*10 {
		t.Fatalf("only %d updates of %d commands were acknowledged", updates, len(acked))
	}
	t.Logf("%d kills, %d commands acknowledged, %d of them updates, 0 lost", rounds, len(acked), updates)
}

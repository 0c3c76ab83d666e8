package archive

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
)

// dumped is a file of slackdump's own kind ("slackdump dump"): a conversation
// with its threads inside the messages that they answer.
type dumped struct {
	ID       string          `json:"channel_id"`
	Name     string          `json:"name"`
	ThreadTS string          `json:"thread_ts"`
	Messages []dumpedMessage `json:"messages"`
}

type dumpedMessage struct {
	slackMessage
	Replies []dumpedMessage `json:"slackdump_thread_replies"`
}

// flat are the messages with all that answers them.
func (d dumped) flat() []slackMessage {
	var out []slackMessage
	var walk func([]dumpedMessage, int)
	walk = func(ms []dumpedMessage, depth int) {
		for _, m := range ms {
			out = append(out, m.slackMessage)
			if depth == 0 { // Slack has threads, and none within threads
				walk(m.Replies, depth+1)
			}
		}
	}
	walk(d.Messages, 0)
	return out
}

// readDump reads one file of slackdump; ok is false if it is none.
func readDump(raw []byte, name string) (a *Archive, ok bool) {
	r, ok := dumpedRoom(raw, name, nil)
	if !ok {
		return nil, false
	}
	return &Archive{Kind: "Slack export", Rooms: []Room{r}}, true
}

func dumpedRoom(raw []byte, name string, users map[string]slackUser) (Room, bool) {
	var d dumped
	if json.Unmarshal(raw, &d) != nil || d.ID == "" || d.Messages == nil {
		return Room{}, false
	}
	r := Room{ID: d.ID, Name: firstOf(d.Name, d.ID, strings.TrimSuffix(name, ".json")), Platform: "slack"}
	if d.ThreadTS != "" { // a thread by itself is a conversation of its own
		r.ID, r.Name = d.ID+"-"+d.ThreadTS, r.Name+" thread "+d.ThreadTS
	}
	r.slack(d.flat(), users)
	r.finish()
	return r, true
}

// readDumps reads a folder or a zip of slackdump's own files, with the names of
// people from its users.json if there is one; ok is false if it holds none.
func readDumps(f fs.FS) (a *Archive, ok bool, err error) {
	names, err := fs.Glob(f, "*.json")
	if err != nil {
		return nil, false, err
	}
	if dirs, err := fs.Glob(f, "*/*.json"); err == nil {
		names = append(names, dirs...)
	}
	a = &Archive{Kind: "Slack export"}
	users := map[string]slackUser{}
	for _, n := range names {
		if path.Base(n) == "users.json" {
			var list []slackUser
			if err := readList(f, n, &list); err != nil {
				return nil, false, err
			}
			for _, u := range list {
				users[u.ID] = u
			}
		}
	}
	for _, n := range names {
		raw, err := readFile(f, n)
		if err != nil {
			return nil, false, err
		}
		switch r, is := dumpedRoom(raw, path.Base(n), users); {
		case is:
			a.Rooms = append(a.Rooms, r)
		case !listed(path.Base(n)):
			a.Unread = append(a.Unread, n)
		}
	}
	a.sort()
	return a, len(a.Rooms) > 0, nil
}

// blockWords are the words of Block Kit blocks: every "text" that is a string, in
// the order in which they stand.
func blockWords(blocks []json.RawMessage) []string {
	var out []string
	for _, b := range blocks {
		var any any
		if json.Unmarshal(b, &any) != nil {
			continue
		}
		var line []string
		words(any, 0, &line)
		if s := strings.TrimSpace(strings.Join(line, " ")); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// deepest is how far blocks are followed: those of Slack have six levels.
const deepest = 16

// inBlocks is where blocks keep what can hold words, in the order of reading.
func inBlocks() []string { return []string{"text", "fields", "elements", "title", "alt_text"} }

func words(x any, depth int, out *[]string) {
	if depth > deepest {
		return
	}
	switch v := x.(type) {
	case string:
		if v = strings.TrimSpace(v); v != "" {
			*out = append(*out, v)
		}
	case []any:
		for _, e := range v {
			words(e, depth+1, out)
		}
	case map[string]any:
		for _, key := range inBlocks() {
			if e, ok := v[key]; ok {
				words(e, depth+1, out)
			}
		}
	}
}

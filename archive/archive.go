package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An Archive is what one export holds.
type Archive struct {
	Kind  string // "Slack export", "Discord export", "chat log"
	Rooms []Room // by name
	// Unread are the files beside the rooms that hold no conversation that can be
	// read, by name.
	Unread []string
}

// A Room is a channel, a group or a conversation, with what was said in it.
type Room struct {
	ID       string // the platform's; the name where it has none
	Name     string // without a #
	Platform string // "slack", "discord", "log"
	Messages []Message
	Skipped  int // what people did not say: joins, changes of topic
	Twice    int // messages that the export has more than once
}

// LeftOut says in one sentence what of the room is not among its messages; "" if
// nothing is left out.
func (r *Room) LeftOut() string {
	var parts []string
	switch r.Skipped {
	case 0:
	case 1:
		parts = append(parts, "1 entry that nobody said, such as a join, or that has no words")
	default:
		parts = append(parts, fmt.Sprintf("%d entries that nobody said, such as joins, or that have no words", r.Skipped))
	}
	if r.Twice > 0 {
		parts = append(parts, fmt.Sprintf("%d that the export has twice", r.Twice))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Left out: " + strings.Join(parts, ", and ") + "."
}

// NotRead says in one sentence which files of the export could not be read; "" if
// all could.
func (a *Archive) NotRead() string {
	const most = 5
	n := len(a.Unread)
	if n == 0 {
		return ""
	}
	names := strings.Join(a.Unread[:min(n, most)], ", ")
	if n > most {
		names += fmt.Sprintf(" and %d more", n-most)
	}
	return "Not read, since it is no conversation: " + names + "."
}

// A Message is what somebody said.
type Message struct {
	ID        string // the platform's, unique in its room
	At        time.Time
	Edited    time.Time // zero if it was not; what it said before is not in exports
	Author    Author
	Text      string
	Thread    string // the ID of the message that it answers; "" if none
	Reactions []Reaction
	Files     []File
	Pinned    bool
	Link      string // the way back to it; "" if the export does not say
}

// An Author is who said it.
type Author struct {
	ID   string // the platform's; the name where it has none
	Name string
	Bot  bool
}

// A Reaction is an emoji on a message, and who put it there, as far as the
// export says.
type Reaction struct {
	Emoji string   // its name without colons, or the character
	Count int      // at least len(By)
	By    []string // authors' IDs
}

// A File is something that was attached.
type File struct {
	Name string
	URL  string // "" if the export does not say
	Type string // MIME; "" if the export does not say
	Size int64  // bytes; 0 if the export does not say
}

// Options say how to read what an export leaves open. Nil is the default.
type Options struct {
	Zone *time.Location // the clock of a log that names none; nil is UTC
	Day  time.Time      // the first day of a log whose lines have no date; zero if the log or its name says it
}

const (
	// maxFile is the largest single file that is read: a Discord export of a
	// million messages is about 500 MB, a day of Slack less than 10.
	maxFile = 1 << 30
	// maxFiles is how many files an export can have: ten years of days in 500
	// channels.
	maxFiles = 2_000_000
)

// ErrUnknown is what an error wraps if the file is none of those that can be
// read.
var ErrUnknown = errors.New("this is no Slack export, no JSON of DiscordChatExporter and no chat log with times")

// Open reads an export. The error says what cannot be read, and where.
func Open(path string, o *Options) (*Archive, error) {
	if o == nil {
		o = &Options{}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open the export: %w", err)
	}
	if info.IsDir() {
		return fromFolder(os.DirFS(path), filepath.Base(path), o)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes; at most %d can be read", filepath.Base(path), info.Size(), maxFile)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the export: %w", err)
	}
	return Read(raw, filepath.Base(path), o)
}

// Read reads an export that is in memory; name is what its file is called,
// which a log may take its date from.
func Read(raw []byte, name string, o *Options) (*Archive, error) {
	if o == nil {
		o = &Options{}
	}
	if bytes.HasPrefix(raw, []byte("SQLite format 3\x00")) {
		return nil, fmt.Errorf("read %s: this is a database, such as slackdump keeps; write an export of it first (slackdump convert -f export), and read that: %w", name, ErrUnknown)
	}
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return fromFolder(z, name, o)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); isJSON(trimmed) {
		if dump, ok := readDump(trimmed, name); ok {
			return dump, nil
		}
		room, err := readDiscord(trimmed)
		if err == nil {
			return &Archive{Kind: "Discord export", Rooms: []Room{room}}, nil
		}
		if trimmed[0] == '{' || !errors.Is(err, ErrUnknown) {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		day, err := readSlackDay(trimmed) // one day of a Slack channel, by itself
		if err == nil {
			r := Room{ID: name, Name: strings.TrimSuffix(name, ".json"), Platform: "slack"}
			r.slack(day, nil)
			r.finish()
			return &Archive{Kind: "Slack export", Rooms: []Room{r}}, nil
		}
		if !errors.Is(err, ErrUnknown) {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	room, err := readLog(raw, name, o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &Archive{Kind: "chat log", Rooms: []Room{room}}, nil
}

// isJSON reports whether a file begins as an object or a list of them does; a
// log's lines may begin with [10:00].
func isJSON(raw []byte) bool {
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return false
	}
	rest := bytes.TrimLeft(raw[1:], " \t\r\n")
	return len(rest) > 0 && (raw[0] == '{' && (rest[0] == '"' || rest[0] == '}') || raw[0] == '[' && (rest[0] == '{' || rest[0] == ']'))
}

// fromFolder reads a Slack export, or a folder of Discord exports or logs.
func fromFolder(f fs.FS, name string, o *Options) (*Archive, error) {
	a, err := readSlack(f)
	if errors.Is(err, ErrUnknown) {
		if dump, ok, err := readDumps(f); ok || err != nil {
			return dump, err
		}
	}
	if err == nil || !errors.Is(err, ErrUnknown) {
		return a, err
	}
	out := &Archive{}
	files := 0
	err = fs.WalkDir(f, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if files++; files > maxFiles {
			return fmt.Errorf("%s has more than %d files", name, maxFiles)
		}
		ext := strings.ToLower(filepath.Ext(path))
		if d.IsDir() || ext != ".json" && ext != ".txt" && ext != ".log" || strings.HasPrefix(filepath.Base(path), ".") {
			return nil
		}
		raw, err := readFile(f, path)
		if err != nil {
			return err
		}
		one, err := Read(raw, filepath.Base(path), o)
		if errors.Is(err, ErrUnknown) {
			out.Unread = append(out.Unread, path) // something else lies beside them
			return nil
		}
		if err != nil {
			return err
		}
		out.Kind = one.Kind
		out.Rooms = append(out.Rooms, one.Rooms...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out.Rooms) == 0 {
		return nil, fmt.Errorf("%s: %w", name, ErrUnknown)
	}
	out.sort()
	return out, nil
}

// readFile reads one file of an export, as far as it may go.
func readFile(f fs.FS, path string) (raw []byte, err error) {
	h, err := f.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	raw, err = io.ReadAll(io.LimitReader(h, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	return raw, nil
}

func (a *Archive) sort() {
	slices.SortStableFunc(a.Rooms, func(x, y Room) int { return strings.Compare(x.Name, y.Name) })
}

// Room finds a room by its name, with or without its #, or by its ID. Where the
// archive has but one, "" finds it. The error names the rooms there are.
func (a *Archive) Room(name string) (*Room, error) {
	want := strings.TrimPrefix(strings.TrimSpace(name), "#")
	if want == "" && len(a.Rooms) == 1 {
		return &a.Rooms[0], nil
	}
	for i := range a.Rooms {
		if r := &a.Rooms[i]; want != "" && (strings.EqualFold(r.Name, want) || r.ID == want) {
			return r, nil
		}
	}
	const most = 20
	var names []string
	for i, r := range a.Rooms {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(a.Rooms)-most))
			break
		}
		names = append(names, fmt.Sprintf("%s (%d messages)", r.Name, len(r.Messages)))
	}
	if want == "" {
		return nil, fmt.Errorf("the export has several channels; say which with --channel: %s", strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("the export has no channel %q; it has %s", want, strings.Join(names, ", "))
}

// Between returns the messages of a room from one instant to another, both
// included; a zero instant leaves that end open.
func (r *Room) Between(from, until time.Time) []Message {
	var out []Message
	for _, m := range r.Messages {
		if (from.IsZero() || !m.At.Before(from)) && (until.IsZero() || !m.At.After(until)) {
			out = append(out, m)
		}
	}
	return out
}

// finish puts the messages in order and takes out those that are there twice.
func (r *Room) finish() {
	slices.SortStableFunc(r.Messages, func(a, b Message) int { return a.At.Compare(b.At) })
	seen := make(map[string]int, len(r.Messages)) // where in kept a message is, from 1
	kept := r.Messages[:0]
	for _, m := range r.Messages {
		if at := seen[m.ID]; at > 0 {
			if was := kept[at-1]; was.Text == m.Text && was.At.Equal(m.At) && len(was.Files) == len(m.Files) {
				r.Twice++
				continue
			}
			for id, n := m.ID, 2; seen[m.ID] > 0; n++ { // two messages with one ID are two all the same
				m.ID = fmt.Sprintf("%s/%d", id, n)
			}
		}
		kept = append(kept, m)
		seen[m.ID] = len(kept)
	}
	r.Messages = kept
}

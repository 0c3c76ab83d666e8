package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// slackUser is a line of users.json.
type slackUser struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RealName string `json:"real_name"`
	IsBot    bool   `json:"is_bot"`
	Profile  struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
	} `json:"profile"`
}

// slackChannel is a line of channels.json, groups.json, mpims.json or dms.json.
type slackChannel struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Members []string          `json:"members"`
	Pins    []json.RawMessage `json:"pins"`
}

// slackMessage is an element of a day's file.
type slackMessage struct {
	Type     string `json:"type"`
	Subtype  string `json:"subtype"`
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts"`
	User     string `json:"user"`
	Username string `json:"username"`
	BotID    string `json:"bot_id"`
	Text     string `json:"text"`
	Edited   *struct {
		TS string `json:"ts"`
	} `json:"edited"`
	BotProfile *struct {
		Name string `json:"name"`
	} `json:"bot_profile"`
	UserProfile *struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
		Name        string `json:"name"`
	} `json:"user_profile"`
	Files []struct {
		Name     string `json:"name"`
		Title    string `json:"title"`
		Mimetype string `json:"mimetype"`
		URL      string `json:"url_private"`
		Size     int64  `json:"size"`
	} `json:"files"`
	Attachments []struct {
		Fallback string `json:"fallback"`
		Pretext  string `json:"pretext"`
		Title    string `json:"title"`
		Text     string `json:"text"`
	} `json:"attachments"`
	Reactions []struct {
		Name  string   `json:"name"`
		Users []string `json:"users"`
		Count int      `json:"count"`
	} `json:"reactions"`
	PinnedTo []string          `json:"pinned_to"`
	Blocks   []json.RawMessage `json:"blocks"`
	Root     *struct {
		TS string `json:"ts"`
	} `json:"root"`
}

// spoken are the subtypes that hold what somebody said; the others tell of
// joins, topics, renamings and the like.
func spoken(subtype string) bool {
	switch subtype {
	case "", "bot_message", "me_message", "file_share", "thread_broadcast", "file_comment", "reply_broadcast":
		return true
	}
	return false
}

// readSlack reads a Slack export: channels.json and users.json, and a folder
// for each channel with a file for each day. It may lie in one folder inside.
func readSlack(f fs.FS) (*Archive, error) {
	root, err := slackRoot(f)
	if err != nil {
		return nil, err
	}
	users := map[string]slackUser{}
	var list []slackUser
	if err := readList(f, path.Join(root, "users.json"), &list); err != nil {
		return nil, err
	}
	for _, u := range list {
		users[u.ID] = u
	}
	folders := map[string]slackChannel{}
	for _, name := range []string{"channels.json", "groups.json", "mpims.json", "dms.json"} {
		var cs []slackChannel
		if err := readList(f, path.Join(root, name), &cs); err != nil {
			return nil, err
		}
		for _, c := range cs {
			if c.Name == "" {
				c.Name = c.ID // a direct message's folder is its ID
			}
			folders[c.Name] = c
		}
	}
	out := &Archive{Kind: "Slack export"}
	dirs, err := fs.ReadDir(f, root)
	if err != nil {
		return nil, fmt.Errorf("read the export's folders: %w", err)
	}
	for _, d := range dirs {
		if !d.IsDir() {
			if strings.HasSuffix(d.Name(), ".json") && !listed(d.Name()) {
				out.Unread = append(out.Unread, d.Name())
			}
			continue
		}
		c, known := folders[d.Name()]
		if !known {
			c = slackChannel{ID: d.Name(), Name: d.Name()}
		}
		r := Room{ID: c.ID, Name: c.Name, Platform: "slack"}
		unread, err := r.slackDays(f, path.Join(root, d.Name()), users)
		if err != nil {
			return nil, err
		}
		out.Unread = append(out.Unread, unread...)
		if known || len(r.Messages) > 0 {
			out.Rooms = append(out.Rooms, r)
		}
	}
	if len(out.Rooms) == 0 {
		return nil, fmt.Errorf("the export has no channels: %w", ErrUnknown)
	}
	out.sort()
	return out, nil
}

// slackRoot finds where channels.json or users.json lies.
func slackRoot(f fs.FS) (string, error) {
	is := func(dir string) bool {
		for _, n := range []string{"channels.json", "users.json", "groups.json", "dms.json"} {
			if info, err := fs.Stat(f, path.Join(dir, n)); err == nil && !info.IsDir() {
				return true
			}
		}
		return false
	}
	if is(".") {
		return ".", nil
	}
	dirs, err := fs.ReadDir(f, ".")
	if err != nil {
		return "", fmt.Errorf("read the export's folders: %w", err)
	}
	for _, d := range dirs {
		if d.IsDir() && is(d.Name()) {
			return d.Name(), nil
		}
	}
	return "", ErrUnknown
}

// readList reads one of the export's lists; one that is missing is empty.
func readList(f fs.FS, name string, into any) error {
	raw, err := readFile(f, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// listed reports whether a file beside the channels is one of Slack's lists,
// which hold no conversation.
func listed(name string) bool {
	switch name {
	case "channels.json", "groups.json", "mpims.json", "dms.json", "users.json", "org_users.json", "integration_logs.json", "canvases.json", "lists.json",
		"file_conversations.json", "huddle_transcripts.json":
		return true
	}
	return false
}

// slackDays reads a channel's days; unread are files that are none.
func (r *Room) slackDays(f fs.FS, dir string, users map[string]slackUser) (unread []string, err error) {
	files, err := fs.ReadDir(f, dir)
	if err != nil {
		return nil, fmt.Errorf("read the days of %s: %w", r.Name, err)
	}
	for _, d := range files {
		if d.IsDir() || !strings.HasSuffix(d.Name(), ".json") {
			continue
		}
		name := path.Join(dir, d.Name())
		raw, err := readFile(f, name)
		if err != nil {
			return nil, err
		}
		day, err := readSlackDay(raw)
		if errors.Is(err, ErrUnknown) {
			unread = append(unread, path.Join(path.Base(dir), d.Name()))
			continue // canvases and other things that newer exports put beside the days
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		r.slack(day, users)
	}
	r.finish()
	return unread, nil
}

// readSlackDay reads a day's file. The error wraps ErrUnknown if it is a list
// of something else.
func readSlackDay(raw []byte) ([]slackMessage, error) {
	var day []slackMessage
	if err := json.Unmarshal(raw, &day); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("byte %d: %w", syntax.Offset, err)
		}
		return nil, fmt.Errorf("%w (%w)", ErrUnknown, err)
	}
	for _, m := range day {
		if m.TS != "" {
			return day, nil
		}
	}
	if len(day) == 0 {
		return nil, nil
	}
	return nil, ErrUnknown
}

// slack adds what was said on a day.
func (r *Room) slack(day []slackMessage, users map[string]slackUser) {
	for _, m := range day {
		at, ok := slackTime(m.TS)
		if !ok || m.Type != "" && m.Type != "message" || !spoken(m.Subtype) {
			r.Skipped++
			continue
		}
		x := Message{ID: m.TS, At: at, Author: m.author(users), Text: m.body(users)}
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			x.Thread = m.ThreadTS
		} else if m.Root != nil && m.Root.TS != m.TS {
			x.Thread = m.Root.TS
		}
		if m.Edited != nil {
			x.Edited, _ = slackTime(m.Edited.TS)
		}
		for _, f := range m.Files {
			name := f.Name
			if name == "" {
				name = f.Title
			}
			if name != "" {
				x.Files = append(x.Files, File{Name: name, URL: f.URL, Type: f.Mimetype, Size: max(f.Size, 0)})
			}
		}
		for _, re := range m.Reactions {
			x.Reactions = append(x.Reactions, Reaction{Emoji: re.Name, Count: max(re.Count, len(re.Users)), By: re.Users})
		}
		x.Pinned = len(m.PinnedTo) > 0
		if strings.TrimSpace(x.Text) == "" && len(x.Files) == 0 {
			r.Skipped++
			continue
		}
		r.Messages = append(r.Messages, x)
	}
}

func (m *slackMessage) author(users map[string]slackUser) Author {
	a := Author{ID: m.User, Bot: m.BotID != "" || m.Subtype == "bot_message"}
	if u, ok := users[m.User]; ok {
		a.Name, a.Bot = u.called(), a.Bot || u.IsBot
	}
	if m.UserProfile != nil && a.Name == "" {
		a.Name = firstOf(m.UserProfile.DisplayName, m.UserProfile.RealName, m.UserProfile.Name)
	}
	if a.Bot && m.BotProfile != nil && m.BotProfile.Name != "" && (a.Name == "" || m.Subtype == "bot_message") {
		a.Name = m.BotProfile.Name
	}
	a.Name = firstOf(a.Name, m.Username, m.User, m.BotID, "somebody")
	a.ID = firstOf(a.ID, m.BotID, a.Name)
	return a
}

func (u slackUser) called() string {
	return firstOf(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name, u.ID)
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" {
			return n
		}
	}
	return ""
}

// slackTime reads "1677029631.029259": seconds, and microseconds that make it
// unique.
func slackTime(ts string) (time.Time, bool) {
	sec, frac, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || s <= 0 || s > 1<<35 {
		return time.Time{}, false
	}
	var us int64
	if frac != "" {
		if us, err = strconv.ParseInt((frac + "000000")[:6], 10, 64); err != nil || us < 0 {
			return time.Time{}, false
		}
	}
	return time.Unix(s, us*1000).UTC(), true
}

// body is what was said: the text, or where an app put its words beside it,
// those.
func (m *slackMessage) body(users map[string]slackUser) string {
	parts := []string{slackText(m.Text, users)}
	if parts[0] == "" { // an app put all its words into blocks
		parts[0] = slackText(strings.Join(blockWords(m.Blocks), "\n"), users)
	}
	for _, a := range m.Attachments {
		text := strings.TrimSpace(strings.Join([]string{a.Pretext, a.Title, a.Text}, "\n"))
		if text == "" {
			text = a.Fallback
		}
		if text = slackText(text, users); text != "" && !strings.Contains(parts[0], text) {
			parts = append(parts, text)
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

var slackToken = regexp.MustCompile(`<([^<>\n]{1,1000})>`)

// slackText undoes Slack's markup of what was typed: <@U1>, <#C1|general>,
// <!here>, <https://a.example|label>, &amp;.
func slackText(s string, users map[string]slackUser) string {
	if strings.Contains(s, "<") {
		s = slackToken.ReplaceAllStringFunc(s, func(t string) string {
			target, label, has := strings.Cut(t[1:len(t)-1], "|")
			switch {
			case strings.HasPrefix(target, "@"):
				if u, ok := users[target[1:]]; ok {
					return "@" + u.called()
				}
				return "@" + firstOf(label, target[1:])
			case strings.HasPrefix(target, "#"):
				return "#" + firstOf(label, target[1:])
			case strings.HasPrefix(target, "!"):
				if has && label != "" {
					return label
				}
				name, _, _ := strings.Cut(target[1:], "^")
				return "@" + name
			case strings.Contains(target, "://"), strings.HasPrefix(target, "mailto:"), strings.HasPrefix(target, "tel:"):
				bare := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
				if !has || label == "" || label == target || label == bare {
					return bare
				}
				return label + " (" + bare + ")"
			}
			return t
		})
	}
	return html.UnescapeString(s)
}

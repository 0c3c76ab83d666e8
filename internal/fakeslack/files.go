package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A File is what a person shares.
type File struct {
	Name, Title, MIME string
	Data              []byte
}

type file struct {
	File
	id, user, path string
	created        time.Time
	length         int // announced, of an upload
	f              *Fake
}

func fileMethods() map[string]method {
	return map[string]method{
		"files.info":                   {tier: tier4, scope: "files:read", handle: fileInfo},
		"files.getUploadURLExternal":   {tier: tier4, scope: "files:write", handle: uploadURL},
		"files.completeUploadExternal": {tier: tier4, scope: "files:write", handle: completeUpload},
	}
}

func (f *Fake) addFile(x File, user string) string {
	orElse(&x.Title, x.Name)
	orElse(&x.MIME, http.DetectContentType(x.Data))
	id := f.id("F")
	f.files[id] = &file{File: x, id: id, user: user, path: "/files-pri/" + f.ws.TeamID + "-" + id + "/" + x.Name, created: time.Now(), f: f}
	return id
}

// shape is a file as the Web API gives it; in a shared channel it must be asked
// for.
func (x *file) shape(f *Fake, shared bool) obj {
	if shared {
		return obj{"id": x.id, "created": 0, "timestamp": 0, "mode": "file_access", "file_access": "check_file_info"}
	}
	at := "http://" + f.host + x.path
	return obj{"id": x.id, "name": x.Name, "title": x.Title, "mimetype": x.MIME, "size": len(x.Data), "user": x.user, "mode": "hosted",
		"created": x.created.Unix(), "timestamp": x.created.Unix(), "is_external": false, "is_public": false, "public_url_shared": false,
		"url_private": at, "url_private_download": at, "permalink": "https://" + f.ws.Domain + ".slack.com/files/" + x.user + "/" + x.id + "/" + x.Name}
}

func fileInfo(f *Fake, c call) (obj, *refusal) {
	x := f.files[c.str("file")]
	if x == nil {
		return nil, refuse("file_not_found")
	}
	return obj{"file": x.shape(f, false), "comments": []any{}}, nil
}

func uploadURL(f *Fake, c call) (obj, *refusal) {
	length := c.int("length", 0)
	if c.str("filename") == "" || length <= 0 {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: filename, length")
	}
	x := &file{File: File{Name: c.str("filename")}, id: f.id("F"), user: f.ws.Bot.ID, length: length, f: f}
	x.path = "/upload/v1/" + f.envelopeID()
	f.uploads[x.path] = x
	return obj{"upload_url": "http://" + f.host + x.path, "file_id": x.id}, nil
}

func completeUpload(f *Fake, c call) (obj, *refusal) {
	var wanted []any
	if json.Unmarshal([]byte(c.str("files")), &wanted) != nil || len(wanted) == 0 {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: files")
	}
	var ids []string
	list := []obj{}
	for _, w := range wanted {
		o, _ := w.(obj)
		id, _ := o["id"].(string)
		var x *file
		for _, up := range f.uploads {
			if up.id == id && up.Data != nil {
				x = up
			}
		}
		if x == nil {
			return nil, refuse("file_not_found")
		}
		if title, _ := o["title"].(string); title != "" {
			x.Title = title
		}
		ids = append(ids, id)
		list = append(list, obj{"id": id, "title": x.Title})
	}
	var ch *channel
	if c.str("channel_id") != "" {
		c.args["channel"] = c.str("channel_id")
		var no *refusal
		if ch, no = f.place(c); no != nil {
			return nil, no
		}
	}
	for path, x := range f.uploads {
		if x.Data != nil {
			delete(f.uploads, path)
			x.path = "/files-pri/" + f.ws.TeamID + "-" + x.id + "/" + x.Name
			x.created = time.Now()
			orElse(&x.MIME, http.DetectContentType(x.Data))
			f.files[x.id] = x
		}
	}
	if ch != nil { // the message that shares it comes by itself
		f.say(ch, &message{user: f.ws.Bot.ID, bot: f.botID(), subtype: "file_share", text: c.str("initial_comment"), thread: c.str("thread_ts"), files: ids})
	}
	return obj{"files": list}, nil
}

// serveFile takes uploads, and gives private files to the bot's token.
func (f *Fake) serveFile(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble.out {
		http.Error(w, "outage", http.StatusServiceUnavailable)
		return
	}
	if x := f.uploads[r.URL.Path]; x != nil {
		data, err := bytesOf(r)
		if err != nil || len(data) != x.length {
			http.Error(w, "the length is not what was announced", http.StatusBadRequest)
			return
		}
		x.Data = data
		_, _ = fmt.Fprintf(w, "OK - %d", len(data))
		return
	}
	for _, x := range f.files {
		if x.path == r.URL.Path {
			if strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") != f.ws.BotToken {
				http.Redirect(w, r, "/?redir="+r.URL.Path, http.StatusFound) // to sign in
				return
			}
			w.Header().Set("Content-Type", x.MIME)
			w.Header().Set("Content-Length", strconv.Itoa(len(x.Data)))
			_, _ = w.Write(x.Data)
			return
		}
	}
	http.NotFound(w, r)
}

// bytesOf reads an upload, sent as it is or as the one file of a form.
func bytesOf(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return io.ReadAll(r.Body)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FileName() != "" {
			return io.ReadAll(part)
		}
	}
}

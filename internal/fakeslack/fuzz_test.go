package fakeslack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever is sent as blocks or a view is judged, never a crash; what is taken
// can be read.
func FuzzBlocks(f *testing.F) {
	f.Add(`[{"type":"section","text":{"type":"mrkdwn","text":"x"}},{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]}]`)
	f.Add(`[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"}}]},{"type":"rich_text","elements":[]}]`)
	f.Add(`[{"type":"input","label":null,"element":{"type":"checkboxes","options":[{}]}}, null, 1, []]`)
	f.Add(`{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[{"type":"divider"}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		CheckView([]byte(s))
		if len(CheckBlocks([]byte(s))) > 0 {
			return
		}
		fake := New(workspace(), nil)
		defer fake.Close()
		m, no := fake.compose(call{args: map[string]string{"text": "x", "blocks": s}})
		if no != nil {
			t.Fatalf("%s is taken by the check, and refused with %s", s, no.code)
		}
		fake.render(m)
		initial(m.blocks)
	})
}

// What people type reads as they typed it.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"a < b & c > d", "@ada @ops #general @here", "https://x.test/a?b=1&c=2|d.", "<!channel> <@U0ADA>", "&amp; &lt;", "(@ada), #none"} {
		f.Add(s)
	}
	fake := New(workspace(), nil)
	f.Cleanup(fake.Close)
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || !utf8.ValidString(s) {
			return
		}
		stored := fake.stored(s)
		if got := fake.plainText(stored); got != s {
			t.Errorf("%q is stored as %q, and reads %q", s, stored, got)
		}
		read, _ := fake.read(fake.rich(stored))
		if read != s {
			t.Errorf("%q is stored as %q, and its block reads %q", s, stored, read)
		}
	})
}

// No request makes the API crash, and each gets an answer.
func FuzzRequest(f *testing.F) {
	f.Add("chat.postMessage", "application/x-www-form-urlencoded", "token=xoxb-fake-bot-token&channel=C0GENERAL&text=hi")
	f.Add("conversations.history", "application/json", `{"token":"xoxb-fake-bot-token","channel":"C0GENERAL","limit":1,"cursor":"bGVmdDo5"}`)
	f.Add("views.open", "application/json; charset=utf-8", `{"token":"xoxb-fake-bot-token","trigger_id":"1","view":{"type":"modal"}}`)
	f.Add("files.completeUploadExternal", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nxoxb-fake-bot-token\r\n--x--\r\n")
	fake := New(workspace(), &Options{Unlimited: true})
	f.Cleanup(fake.Close)
	f.Fuzz(func(t *testing.T, method, kind, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/x", strings.NewReader(body))
		r.URL.Path = "/api/" + method
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		fake.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"ok":`) {
			t.Errorf("%s is answered with %d %s", method, w.Code, w.Body)
		}
	})
}

package fakestatuspage_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/internal/fakestatuspage"
)

// ask makes a request of a page in the same process; code 0 is a lost answer.
func ask(t *testing.T, s *fakestatuspage.Server, method, path, body string) (code int, answer string) {
	t.Helper()
	r := httptest.NewRequest(method, "https://api.example.com/v1/pages/p1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "OAuth key")
	res, err := s.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestRefuses(t *testing.T) {
	s := fakestatuspage.New("p1", "key", "API")
	if code, answer := ask(t, s, "POST", "/incidents", `{"incident":{"name":"x","body":"b"}}`); code != 201 {
		t.Fatal(code, answer)
	}
	id := s.Incidents()[0].ID
	for _, tt := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/incidents", `{`, 400},
		{"POST", "/incidents", `{"incident":{"body":"b"}}`, 422},
		{"POST", "/incidents", `{"incident":{"name":"x","colour":"red"}}`, 400},
		{"POST", "/incidents", `{"incident":{"name":"` + strings.Repeat("x", 256) + `"}}`, 422},
		{"PATCH", "/incidents/" + id, `{"incident":{"body":"` + strings.Repeat("x", 25_001) + `"}}`, 422},
		{"PATCH", "/incidents/" + id, `{"incident":{"status":"scheduled"}}`, 422},
		{"PATCH", "/incidents/" + id, `{"incident":{"components":{"nope":"operational"}}}`, 422},
		{"PATCH", "/incidents/" + id, `{"incident":{"metadata":{"us":"text"}}}`, 422},
		{"PATCH", "/incidents/nope", `{"incident":{"body":"b"}}`, 404},
		{"PATCH", "/incidents/" + id + "/incident_updates/nope", `{"incident_update":{"body":"b"}}`, 404},
		{"GET", "/incidents/" + id + "/postmortem", "", 404},
		{"PUT", "/incidents/" + id + "/postmortem/publish", `{"postmortem":{"notify_subscribers":true}}`, 422},
		{"GET", "/subscribers", "", 404},
	} {
		if code, answer := ask(t, s, tt.method, tt.path, tt.body); code != tt.want {
			t.Errorf("%s %s %s: %d %s, want %d", tt.method, tt.path, tt.body[:min(60, len(tt.body))], code, answer, tt.want)
		}
	}
	if got := s.Incidents(); len(got) != 1 || len(got[0].Updates) != 1 || len(s.Mails()) != 1 {
		t.Errorf("what was refused was done: %+v", got)
	}
	r := httptest.NewRequest("GET", "https://api.example.com/v1/pages/p1/incidents", nil)
	if res, err := s.RoundTrip(r); err != nil || res.StatusCode != 401 {
		t.Errorf("without a token: %v, %v", res, err)
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakestatuspage.New("p1", "key")
		for i := range 61 {
			code, _ := ask(t, s, "GET", "/incidents", "")
			if want := map[bool]int{true: 200, false: 420}[i < 60]; code != want {
				t.Fatalf("request %d: %d, want %d", i+1, code, want)
			}
		}
		time.Sleep(time.Minute)
		if code, _ := ask(t, s, "GET", "/incidents", ""); code != 200 {
			t.Errorf("a minute later: %d", code)
		}
	})
}

// Its answers have the keys of a real one, and no others.
func TestAnswersAsTheRealOne(t *testing.T) {
	raw, err := os.ReadFile("../../status/testdata/statuspage/v1-incident-response-real-2024-06.json")
	if err != nil {
		t.Fatal(err)
	}
	var real map[string]any
	if err := json.Unmarshal(raw, &real); err != nil {
		t.Fatal(err)
	}
	s := fakestatuspage.New("p1", "key", "Backend - API")
	_, answer := ask(t, s, "GET", "/components", "")
	var cs []fakestatuspage.Component
	if err := json.Unmarshal([]byte(answer), &cs); err != nil || len(cs) != 2 {
		t.Fatalf("%s: %v", answer, err)
	}
	_, answer = ask(t, s, "POST", "/incidents", fmt.Sprintf(`{"incident":{"name":"x","body":"b","components":{%q:"major_outage"},"component_ids":[%[1]q],"metadata":{"us":{"a":1}}}}`, cs[1].ID))
	var ours map[string]any
	if err := json.Unmarshal([]byte(answer), &ours); err != nil {
		t.Fatal(err)
	}
	var compare func(path string, ours, real any)
	compare = func(path string, ours, real any) {
		switch o := ours.(type) {
		case map[string]any:
			r, ok := real.(map[string]any)
			for k, v := range o {
				if _, known := r[k]; (!ok || !known) && path != ".metadata" && path != ".metadata.us" {
					t.Errorf("%s.%s is not in a real answer", path, k)
				} else if known {
					compare(path+"."+k, v, r[k])
				}
			}
		case []any:
			if r, ok := real.([]any); ok && len(o) > 0 && len(r) > 0 {
				compare(path, o[0], r[0])
			}
		}
	}
	compare("", ours, real)
}

// Over a network a lost answer breaks the connection, and what was asked is done.
func TestLostOverANetwork(t *testing.T) {
	s := fakestatuspage.New("p1", "key")
	srv := httptest.NewServer(s)
	defer srv.Close()
	s.Disturb(fakestatuspage.Lose)
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/v1/pages/p1/incidents", strings.NewReader(`{"incident":{"name":"x","body":"b"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "OAuth key")
	if res, err := http.DefaultClient.Do(r); err == nil {
		t.Errorf("answered %d", res.StatusCode)
	}
	if len(s.Incidents()) != 1 {
		t.Error("it was not done")
	}
}

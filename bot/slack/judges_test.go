package slack

import (
	"encoding/json"
	"strings"
	"testing"

	"sitrep/internal/fakeslack"
)

// TestASecondJudge holds what we send against the rules of the fake Slack, which
// others wrote from the same reference: a rule that one of the two has wrong is
// seen.
func TestASecondJudge(t *testing.T) {
	encode := func(v any) []byte {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	messages := samples()
	for _, n := range []int{0, 1, 7, 60, 250} {
		for _, m := range filled(strings.Repeat("<!channel> & 👩‍👩‍👧‍👦 ", 300), "short\n*x*", 1599683940, n) {
			messages = append(messages, sample{"filled", m})
		}
	}
	for _, s := range messages {
		if faults := fakeslack.CheckBlocks(encode(renderer().Render(s.m).Blocks)); len(faults) > 0 {
			t.Errorf("%s (%T) is refused: %q", s.name, s.m, faults)
		}
	}
	views := map[string]any{"home": renderer().Home(home()), "a crowded home": renderer().Home(crowded(strings.Repeat("<!channel> & ", 300))), "an empty home": renderer().Home(Home{})}
	for _, s := range forms() {
		v, err := renderer().Modal(s.form, Origin{Channel: "C1"})
		if err != nil {
			t.Fatal(err)
		}
		views["form "+s.name] = v
	}
	for name, v := range views {
		if faults := fakeslack.CheckView(encode(v)); len(faults) > 0 {
			t.Errorf("%s is refused: %q", name, faults)
		}
	}
	if len(fakeslack.CheckBlocks([]byte(`[{"type":"header","text":{"type":"plain_text","text":""}}]`))) == 0 {
		t.Error("the second judge refuses nothing")
	}
}

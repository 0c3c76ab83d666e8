package openai

import "testing"

// Whatever comes back, reading it gives sentences or one of our errors.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"sentences":[{"text":"It broke.","facts":[1]}]}`, "```json\n{\"sentences\":[]}\n```", "", "{", "}{", `{"sentences":null}`, `{"sentences":[{"text":null,"facts":[1]}]}`,
		`{"sentences":[{"text":"x","facts":[99999999999999999999]}]}`, `{"sentences":[{"text":"x","facts":[1.5]}]}`, "\xff{\x00}", `[{"text":"x"}]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ss, err := read(text, 5)
		if (err == nil) == (len(ss) == 0) || err != nil && err != errNoJSON && err != errShape {
			t.Errorf("%q was read as %+v, %v", text, ss, err)
		}
		for _, s := range ss {
			if s.Facts == nil {
				t.Errorf("%q has a sentence that names no facts at all", text)
			}
		}
	})
}

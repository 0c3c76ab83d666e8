package slack

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestChannelName(t *testing.T) {
	for _, c := range []struct {
		incident, title string
		try             int
		want, plain     string
	}{
		{"INC-7", "Checkout is failing", 1, "inc-7-checkout-is-failing", "inc-7-checkout-is-failing"},
		{"INC-7", "Checkout is failing", 3, "inc-7-checkout-is-failing-3", "inc-7-checkout-is-failing-3"},
		{"INC-7", "  It's <down> @here & #ops!! ", 1, "inc-7-its-down-here-ops", "inc-7-its-down-here-ops"},
		{"INC-7", "Störung im Käse-Lager", 1, "inc-7-störung-im-käse-lager", "inc-7-storung-im-kase-lager"},
		{"INC-7", "Cafe\u0301", 1, "inc-7-café", "inc-7-cafe"},
		{"INC-7", "決済が失敗している", 1, "inc-7-決済が失敗している", "inc-7"},
		{"INC-7", "Платежи НЕ работают", 1, "inc-7-платежи-не-работают", "inc-7"},
		{"INC-7", "भुगतान विफल", 1, "inc-7-भुगतान-विफल", "inc-7"},
		{"INC-7", "🔥🔥🔥", 2, "inc-7-2", "inc-7-2"},
		{"INC-7", "", 1, "inc-7", "inc-7"},
		{"", "", 1, "incident", "incident"},
		{"INC-7", strings.Repeat("word ", 30), 1, "inc-7" + strings.Repeat("-word", 15), "inc-7" + strings.Repeat("-word", 15)},
		{"INC-7", strings.Repeat("x", 100), 12, "inc-7-" + strings.Repeat("x", 71) + "-12", "inc-7-" + strings.Repeat("x", 71) + "-12"},
	} {
		if got := ChannelName(c.incident, c.title, c.try); got != c.want {
			t.Errorf("%q is in #%s, want #%s", c.title, got, c.want)
		}
		if got := PlainChannelName(c.incident, c.title, c.try); got != c.plain {
			t.Errorf("%q is plainly in #%s, want #%s", c.title, got, c.plain)
		}
	}
}

func FuzzChannelName(f *testing.F) {
	f.Add("INC-7", "ǅ İ ß \u0301\u0301 𝐁𝐎𝐋𝐃", 2)
	f.Add("", strings.Repeat("\u0301", 200), 1<<40)
	f.Fuzz(func(t *testing.T, incident, title string, try int) {
		for _, name := range []string{ChannelName(incident, title, try), PlainChannelName(incident, title, try)} {
			if n := utf8.RuneCountInString(name); n < 1 || n > 80 || !utf8.ValidString(name) {
				t.Fatalf("%q has %d characters", name, n)
			}
			for i, r := range name {
				if unicode.IsUpper(r) || unicode.IsTitle(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '-' || i == 0 && r == '-' {
					t.Errorf("%q has a %q", name, r)
				}
			}
			if strings.HasSuffix(name, "-") || strings.Contains(name, "--") {
				t.Errorf("%q has hyphens to spare", name)
			}
		}
	})
}

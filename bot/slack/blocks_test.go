package slack

import (
	"testing"

	"sitrep/bot"
)

func TestLinesCarryTimes(t *testing.T) {
	got := (&Renderer{Zone: chicago()}).Render(bot.Line{Entry: 7, By: "Ana", Text: "a < b & <!channel>", At: at1539()})
	if want := "`T7` <!date^1599683940^{date_short}, {time}|Sep 09, 2020 - 15:39 CDT> *Ana*: a &lt; b &amp; &lt;!channel&gt;"; text(got, 0) != want {
		t.Errorf("the line is %q, want %q", text(got, 0), want)
	}
	if want := "T7 15:39 CDT Ana: a &lt; b &amp; &lt;!channel&gt;"; got.Text != want {
		t.Errorf("the notification is %q, want %q", got.Text, want)
	}
}

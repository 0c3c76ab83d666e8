package slack

import (
	"time"

	api "github.com/slack-go/slack"
)

func chicago() *time.Location {
	z, err := time.LoadLocation("America/Chicago")
	if err != nil {
		panic(err)
	}
	return z
}

// at1539 is the moment of the seed incident's first update.
func at1539() time.Time { return time.Unix(1599683940, 0) }

// text is the text of a section.
func text(r Rendered, block int) string {
	if s, ok := r.Blocks[block].(*api.SectionBlock); ok && s.Text != nil {
		return s.Text.Text
	}
	return ""
}

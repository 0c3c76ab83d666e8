package discord

import (
	"strings"
	"time"
)

// Patient gives the handler longer before Discord is told to wait: on a machine
// that does much else at the same time, forms still open.
func (p *Platform) Patient() { p.ackIn = 2500 * time.Millisecond }

// Wanted are the names of the permissions that the invitation asks for.
func (p *Platform) Wanted() []string {
	return strings.Split(strings.Replace(p.wanted().words(), " and ", ", ", 1), ", ")
}

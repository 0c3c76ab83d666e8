package discord

import "time"

// Patient gives the handler longer before Discord is told to wait: on a machine
// that does much else at the same time, forms still open.
func (p *Platform) Patient() { p.ackIn = 2500 * time.Millisecond }

package main

import (
	"time"

	"github.com/thlib/go-timezone-local/tzlocal"
)

// machineZone is the machine's zone by its IANA name, which the page needs:
// "Local" would mean another zone on another machine. It is UTC where the
// machine does not say.
func machineZone() *time.Location {
	name, err := tzlocal.RuntimeTZ()
	if err != nil {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

package fakeslack

import (
	"context"
	"net/http"
	"time"
)

// A Fault is what goes wrong with calls of one method.
type Fault struct {
	Method  string // "" is every method
	Channel string // only calls about this channel, by id; "" is any
	Times   int    // how many calls; 0 is until Heal

	Status     int           // answered instead, e.g. 503
	Error      string        // Slack's error code, answered instead with HTTP 200
	RetryAfter time.Duration // answered as 429
	Hang       time.Duration // waits first, or until the caller gives up
	LoseAnswer bool          // does what was asked, and then the connection breaks
}

type trouble struct {
	out    bool
	stall  bool
	frozen bool
	lifted chan struct{} // closed and replaced when a stall ends
	faults []*Fault
}

// Outage switches Slack off: every call is answered with 503, sockets break and
// cannot be opened, nothing is delivered. What people write meanwhile is kept.
func (f *Fake) Outage(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble.out = on
	if on {
		for _, c := range f.conns {
			c.drop()
		}
		f.conns = nil
	}
}

// Stall makes every call hang until its caller gives up or the stall ends.
func (f *Fake) Stall(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble.stall = on
	if !on {
		close(f.trouble.lifted)
		f.trouble.lifted = make(chan struct{})
	}
}

// Freeze keeps sockets open and sends nothing over them, not even pings, as a
// connection does that died without a word.
func (f *Fake) Freeze(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble.frozen = on
	for _, c := range f.conns {
		c.nudge()
	}
}

// Fail adds a fault; the first that matches a call is used.
func (f *Fake) Fail(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble.faults = append(f.trouble.faults, &fault)
}

// Heal takes all faults away.
func (f *Fake) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble.faults = nil
}

// Revoke makes every token invalid, as uninstalling the app does, and ends the
// sockets.
func (f *Fake) Revoke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revoked = true
	for _, c := range f.conns {
		c.drop()
	}
	f.conns = nil
}

// meddle is asked before a call. It answers with a status (and how long to wait,
// for 429), or with an error code, or with nothing if the call goes on.
func (f *Fake) meddle(ctx context.Context, name string, args map[string]string) (status int, retry time.Duration, code string) {
	f.mu.Lock()
	stall, lifted := f.trouble.stall, f.trouble.lifted
	f.mu.Unlock()
	if stall {
		select {
		case <-lifted:
		case <-ctx.Done():
			return http.StatusGatewayTimeout, 0, ""
		case <-f.closed:
			return http.StatusServiceUnavailable, 0, ""
		}
	}
	f.mu.Lock()
	if f.trouble.out {
		f.mu.Unlock()
		return http.StatusServiceUnavailable, 0, ""
	}
	fault := f.fault(name, args, func(x *Fault) bool { return !x.LoseAnswer })
	f.mu.Unlock()
	if fault == nil {
		return 0, 0, ""
	}
	if fault.Hang > 0 {
		timer := time.NewTimer(fault.Hang)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return http.StatusGatewayTimeout, 0, ""
		case <-f.closed:
			return http.StatusServiceUnavailable, 0, ""
		}
	}
	if fault.RetryAfter > 0 {
		return http.StatusTooManyRequests, fault.RetryAfter, ""
	}
	return fault.Status, 0, fault.Error
}

// losing says whether the answer of this call is lost.
func (f *Fake) losing(name string, args map[string]string) bool {
	return f.fault(name, args, func(x *Fault) bool { return x.LoseAnswer }) != nil
}

// fault uses up and returns the first fault that applies, as it is now.
func (f *Fake) fault(name string, args map[string]string, want func(*Fault) bool) *Fault {
	for i, x := range f.trouble.faults {
		if x.Method != "" && x.Method != name || x.Channel != "" && x.Channel != args["channel"] && x.Channel != args["channel_id"] || !want(x) {
			continue
		}
		if x.Times == 1 {
			f.trouble.faults = append(f.trouble.faults[:i:i], f.trouble.faults[i+1:]...)
		} else if x.Times > 1 {
			x.Times--
		}
		return x
	}
	return nil
}

package fakeslack

import "time"

// The limits that are no tier. Slack says of chat.postMessage "about one a second
// for each channel, short bursts are tolerated, and a limit for the whole
// workspace of several hundred a minute"; the numbers are chosen within that.
const (
	postsBurst     = 5   // in a channel, before one a second holds
	postsWorkspace = 300 // a minute
)

// rate counts a call against its limits, and says how long to wait if it is
// refused. Refused calls are not counted.
func (f *Fake) rate(name string, m method, args map[string]string, now time.Time) time.Duration {
	switch {
	case f.opt.Distributed && (name == "conversations.history" || name == "conversations.replies"):
		return f.spend(name, 1, time.Minute, now)
	case f.opt.Unlimited:
		return 0
	case name == "chat.postMessage":
		// A bucket that refills by one a second is a window as long as it is deep.
		if wait := f.spend(name, postsWorkspace, time.Minute, now); wait > 0 {
			return wait
		}
		if wait := f.spend(name+" "+args["channel"], postsBurst, postsBurst*time.Second, now); wait > 0 {
			f.rates[name] = f.rates[name][:len(f.rates[name])-1]
			return wait
		}
		return 0
	case m.tier == 0:
		return 0
	}
	return f.spend(name, m.tier, time.Minute, now)
}

// spend takes one of n in a sliding window.
func (f *Fake) spend(key string, n int, window time.Duration, now time.Time) time.Duration {
	spent := f.rates[key]
	for len(spent) > 0 && !now.Before(spent[0].Add(window)) {
		spent = spent[1:]
	}
	if len(spent) >= n {
		f.rates[key] = spent
		return spent[0].Add(window).Sub(now)
	}
	f.rates[key] = append(spent, now)
	return 0
}

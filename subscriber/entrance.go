package subscriber

import "strings"

// Path is where links lead on the page; the signed text follows.
const Path = "/subscriptions/"

// An Entrance makes the addresses of signed links.
type Entrance struct {
	Root  string // the address at which the pages are reached from outside; "" makes relative ones
	Own   string // the page's own language, whose addresses have nothing before them
	Links *Links
}

// Address returns the address of a link in a subscriber's language; "" is the
// page's own.
func (e Entrance) Address(language string, k Link) string {
	prefix := ""
	if language != "" && language != e.Own {
		prefix = "/" + language
	}
	return strings.TrimRight(e.Root, "/") + prefix + Path + e.Links.Sign(k)
}

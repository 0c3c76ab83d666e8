package slack

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is how long a channel's name may be, in characters
// (conversations.create).
const maxName = 80

// ChannelName is the name of an incident's channel: its number and its title in
// lower case, in whatever script, "inc-7-checkout-is-failing". try counts from
// 1; later tries end in their number, for when a channel has the name already
// (archived channels keep theirs). The name is never empty.
//
// Slack takes letters of any script that has no capitals or in small ones,
// digits, hyphens and underscores. A workspace that refuses one anyway
// ("invalid_name_specials") is given [PlainChannelName].
func ChannelName(incident, title string, try int) string {
	return channelName(incident, norm.NFC.String(title), try, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
	})
}

// PlainChannelName is ChannelName in the letters a to z and digits alone;
// accents are left out, and so are other scripts.
func PlainChannelName(incident, title string, try int) string {
	return channelName(incident, norm.NFD.String(title), try, func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	})
}

func channelName(incident, title string, try int, allowed func(rune) bool) string {
	end := ""
	if try > 1 {
		end = "-" + strconv.Itoa(try)
	}
	head := slug(incident, allowed)
	if head == "" {
		head = "incident"
	}
	name := slug(head+" "+title, allowed)
	return shorten(name, maxName-len(end)) + end
}

// slug writes s in lower case, with one hyphen for each run of what is not
// allowed.
func slug(s string, allowed func(rune) bool) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToValidUTF8(s, " ") {
		r = unicode.ToLower(r)
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r): // a capital that has no small form
			gap = true
		case r == '\'' || r == '’' || unicode.IsMark(r) && !allowed(r): // "don't" is one word, and so is "cafe\u0301"
		case !allowed(r) || unicode.IsMark(r) && (gap || b.Len() == 0): // a mark needs its letter
			gap = true
		default:
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		}
	}
	return b.String()
}

// shorten cuts a name to at most n characters, at a hyphen if there is one in
// the last third.
func shorten(name string, n int) string {
	rs := []rune(name)
	if len(rs) <= n {
		return name
	}
	end := n
	for end > 0 && unicode.IsMark(rs[end]) { // not between a letter and its mark
		end--
	}
	for i := end; i > n*2/3; i-- {
		if rs[i] == '-' {
			end = i
			break
		}
	}
	if end == 0 { // marks and nothing else
		end = n
	}
	return strings.TrimRight(string(rs[:end]), "-")
}

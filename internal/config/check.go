package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	nameWord    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	commandWord = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`) // Discord's limit, the narrower of the two platforms'
	componentID = regexp.MustCompile(`^[a-z0-9]{12}$`)
)

// Check says what is wrong with the values themselves, and with one held
// against another. Parse has already asked it; ask again after a flag has
// changed something.
func (c *Config) Check() []Problem {
	k := &checker{lines: c.lines}
	k.page(&c.Page)
	k.severities(c.Severities)
	k.roles(c.Roles)
	k.people(c.People)
	k.who(c)
	if name := c.Command.Name; !commandWord.MatchString(name) {
		k.problem("command.name", "is %q; write at most 32 of a-z, 0-9, hyphen and underscore, without the slash", short(name))
	}
	if e := c.Timeline.Emoji; e == "" || strings.ContainsAny(e, ": \t\n") {
		k.problem("timeline.emoji", "is %q; write the short name of one emoji, without colons, such as pushpin", short(e))
	}
	k.template(c.Postmortem.Template)
	k.channels(c.Chat.Local.Channels)
	k.slack(c)
	k.discord(c)
	k.model(c)
	k.mail(&c.Mail)
	k.subscribers(c)
	k.listen(c)
	return k.problems
}

type checker struct {
	lines    map[string]int
	problems []Problem
}

// problem adds one about the value at path, with the line of it or of what
// holds it.
func (k *checker) problem(path, format string, args ...any) {
	line, at := 0, path
	for line == 0 && at != "" {
		line = k.lines[at]
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}
	k.problems = append(k.problems, Problem{line, path + " " + fmt.Sprintf(format, args...), path})
}

// unique reports values that occurred before, without case; empty ones may
// repeat.
type unique map[string]string

func (k *checker) unique(seen unique, value, path string) {
	key := strings.ToLower(value)
	if value == "" {
		return
	}
	if first, ok := seen[key]; ok {
		k.problem(path, "is %q, as %s is already", short(value), first)
		return
	}
	seen[key] = path
}

func (k *checker) page(p *Page) {
	if p.Name == "" {
		k.problem("page.name", "is missing; write what the page is called")
	}
	if p.TimeZone.Location == nil {
		k.problem("page.time_zone", "is missing; write a zone such as America/Chicago or UTC")
	}
	k.url("page.url", p.URL)
	if i := p.Indicator; i != "" && i != "maintenance" && i != "none" {
		k.problem("page.indicator", "is %q; write maintenance or none", short(i))
	}
	if p.Hold > 10*time.Minute {
		k.problem("page.hold", "is %s; hold what people are notified of for at most 10m", p.Hold)
	}
	names, ids, was := unique{}, unique{}, unique{}
	for i, c := range p.Components {
		path := fmt.Sprintf("page.components[%d]", i)
		if c.Name == "" {
			k.problem(path+".name", "is missing; write the name that customers see")
		}
		full := c.Name
		if c.Group != "" {
			full = c.Group + " - " + c.Name
		}
		k.unique(names, full, path+".name")
		k.unique(ids, c.ID, path+".id")
		if c.ID != "" && !componentID.MatchString(c.ID) {
			k.problem(path+".id", "is %q; an id has 12 characters from a-z and 0-9", short(c.ID))
		}
		k.unique(was, c.Was, path+".was")
	}
	k.templates(p)
	k.hosted(p.Hosted.Statuspage)
	for i, c := range p.Components {
		former := c.Was
		if c.Group != "" {
			former = c.Group + " - " + c.Was
		}
		if at, ok := names[strings.ToLower(former)]; ok && c.Was != "" {
			k.problem(fmt.Sprintf("page.components[%d].was", i), "is %q, which is the name that %s has now", short(c.Was), strings.TrimSuffix(at, ".name"))
		}
	}
}

func (k *checker) hosted(p Statuspage) {
	const path = "page.hosted.statuspage"
	if p.Page != "" && !componentID.MatchString(p.Page) {
		k.problem(path+".page", "is %q; a page's id has 12 characters from a-z and 0-9", short(p.Page))
	}
	if p.Page != "" && !p.Token.IsSet() {
		k.problem(path+".token", "is missing; write where the API key is, as {env: NAME} or {file: PATH}")
	}
	if p.Page == "" && p.Token.IsSet() {
		k.problem(path+".page", "is missing; write the page's id")
	}
	k.url(path+".api", p.API)
}

// templates holds them against the components and languages that there are.
func (k *checker) templates(p *Page) {
	known := p.Look.Languages
	if len(known) == 0 {
		known = []string{"en", "fr"}
	}
	seen := unique{}
	for i, t := range p.Templates {
		path := fmt.Sprintf("page.templates[%d]", i)
		k.name(path+".name", t.Name)
		k.unique(seen, strings.TrimSpace(t.Name+" "+t.Language), path+".name")
		statuses := []string{"investigating", "identified", "monitoring", "resolved"}
		if t.Status != "" && !slices.Contains(statuses, t.Status) {
			k.problem(path+".status", "is %q; write %s", short(t.Status), orList(statuses))
		}
		if t.Component != "" && !slices.ContainsFunc(p.Components, func(c Component) bool {
			return strings.EqualFold(c.Name, t.Component) || strings.EqualFold(c.Group+" - "+c.Name, t.Component)
		}) {
			k.problem(path+".component", "is %q, which is none of page.components", short(t.Component))
		}
		if t.Language != "" && !contains(known, t.Language) {
			k.problem(path+".language", "is %q; the page has %s", short(t.Language), orList(known))
		}
		if t.Text == "" {
			k.problem(path+".text", "is missing; write what customers read")
		}
	}
}

func (k *checker) url(path, s string) {
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		k.problem(path, "is %q; write a whole address such as https://status.example.com", short(s))
	}
}

func (k *checker) severities(list []Severity) {
	if len(list) == 0 {
		k.problem("severities", "is empty; list at least one, or leave it out for sev1 to sev4")
	}
	names := unique{}
	for i, s := range list {
		path := fmt.Sprintf("severities[%d]", i)
		k.name(path+".name", s.Name)
		k.unique(names, s.Name, path+".name")
		choices := []string{Required, Optional, None}
		if s.Postmortem != "" && !slices.Contains(choices, s.Postmortem) {
			k.problem(path+".postmortem", "is %q; write %s", short(s.Postmortem), orList(choices))
		}
		if s.Due > 0 && s.Postmortem == None {
			k.problem(path+".due", "says when a postmortem is due, and %s.postmortem is none; leave one of them out", path)
		}
	}
}

func (k *checker) name(path, s string) {
	if !nameWord.MatchString(s) {
		k.problem(path, "is %q; write at most 32 lower-case letters, digits and hyphens", short(s))
	}
}

func (k *checker) roles(list []Role) {
	names := unique{}
	for i, r := range list {
		path := fmt.Sprintf("roles[%d]", i)
		k.name(path+".name", r.Name)
		k.unique(names, r.Name, path+".name")
		for j, a := range r.Aliases {
			at := fmt.Sprintf("%s.aliases[%d]", path, j)
			k.name(at, a)
			k.unique(names, a, at)
		}
	}
}

func (k *checker) people(list []Person) {
	names, slack, discord, email := unique{}, unique{}, unique{}, unique{}
	for i, p := range list {
		path := fmt.Sprintf("people[%d]", i)
		if p.Name == "" {
			k.problem(path+".name", "is missing; write the name that timelines use")
		}
		k.unique(names, p.Name, path+".name")
		k.unique(slack, p.Slack, path+".slack")
		k.unique(discord, p.Discord, path+".discord")
		k.unique(email, p.Email, path+".email")
		if p.Discord != "" && strings.Trim(p.Discord, "0123456789") != "" {
			k.problem(path+".discord", "is %q; write the user's id, which is a long number", short(p.Discord))
		}
		if p.Email != "" && !strings.Contains(p.Email, "@") {
			k.problem(path+".email", "is %q, which has no @", short(p.Email))
		}
	}
}

// who holds the permissions against the roles and people that exist: a name
// that nobody has would lock everybody out.
func (k *checker) who(c *Config) {
	var known []string
	for _, r := range c.Roles {
		known = append(append(known, r.Name), r.Aliases...)
	}
	for _, p := range c.People {
		known = append(known, p.Name)
	}
	for _, w := range []struct {
		key string
		Allowed
	}{{"declare", c.Who.Declare}, {"command", c.Who.Command}, {"publish", c.Who.Publish}, {"private", c.Who.Private}, {"redact", c.Who.Redact}} {
		for i, name := range w.Names {
			if contains(known, name) {
				continue
			}
			path := fmt.Sprintf("who.%s[%d]", w.key, i)
			if near := nearest(name, known); near != "" {
				k.problem(path, "is %q, which is no role and nobody under people; did you mean %s?", short(name), near)
			} else {
				k.problem(path, "is %q, which is no role and nobody under people; add it there, or write anyone", short(name))
			}
		}
	}
}

// template is one of the names, or that of a file, which is read where it is used.
func (k *checker) template(name string) {
	names := []string{"ours", "google", "pagerduty"}
	if slices.Contains(names, name) || strings.ContainsAny(name, "./") {
		return
	}
	if near := nearest(name, names); near != "" {
		k.problem("postmortem.template", "is %q; did you mean %s?", short(name), near)
		return
	}
	k.problem("postmortem.template", "is %q; write %s, or the name of a file such as postmortem.md", short(name), orList(names))
}

func (k *checker) channels(list []string) {
	names := unique{}
	for i, name := range list {
		path := fmt.Sprintf("chat.local.channels[%d]", i)
		k.name(path, name)
		k.unique(names, name, path)
		if strings.HasPrefix(name, "inc-") {
			k.problem(path, "is %q; names that begin with inc- are kept for incidents", short(name))
		}
	}
}

func (k *checker) listen(c *Config) {
	k.address("listen.page", c.Listen.Page)
	k.url("listen.room_url", c.Listen.RoomURL)
	if k.address("listen.room", c.Listen.Room) && !Loopback(c.Listen.Room) && !c.Room.Token.IsSet() {
		k.problem("listen.room", "is %q, which other machines can reach; set room.token, or listen on 127.0.0.1", c.Listen.Room)
	}
	if c.Listen.Page == c.Listen.Room && !strings.HasSuffix(c.Listen.Page, ":0") {
		k.problem("listen.room", "is %q, the same as listen.page; give the room a port of its own", c.Listen.Room)
	}
}

// ownPort holds that what a chat platform calls is not where something else
// listens.
func (k *checker) ownPort(path, address string, c *Config) {
	if strings.HasSuffix(address, ":0") {
		return
	}
	others := []struct{ key, address string }{{"listen.page", c.Listen.Page}, {"listen.room", c.Listen.Room}}
	if s := &c.Chat.Slack; path != "chat.slack.listen" && s.On() && s.Mode == ModeHTTP {
		others = append(others, struct{ key, address string }{"chat.slack.listen", s.Listen})
	}
	for _, other := range others {
		if address == other.address {
			k.problem(path, "is %q, the same as %s; give it a port of its own", address, other.key)
		}
	}
}

func (k *checker) address(path, s string) bool {
	_, port, err := net.SplitHostPort(s)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		k.problem(path, "is %q; write host:port, such as 127.0.0.1:8080", short(s))
		return false
	}
	return true
}

// Loopback says whether only this machine can reach a host:port to listen on.
// A host that is left out means every interface.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

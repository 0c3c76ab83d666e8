package discord

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"time"

	"sitrep/incident"
)

// fewPeople is how many names that are known already are enough to choose from:
// with fewer, Discord is asked for more while somebody types.
const fewPeople = 5

// seekIn is how long that may take: completions are given within 3 s, or never.
const seekIn = 1500 * time.Millisecond

// seek learns of the members whose name begins like what is typed: people who
// have not said a word since the start are not known yet.
func (p *Platform) seek(ctx context.Context, typed string) {
	part := strings.TrimPrefix(strings.TrimSpace(typed), "@")
	if part == "" || part == "me" || part == "none" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, seekIn)
	defer cancel()
	var found []memberIn
	if err := p.do(ctx, call{method: "GET", path: "guilds/" + p.guild + "/members/search?limit=25&query=" + url.QueryEscape(part)}, &found); err != nil {
		p.o.Log.Info("members could not be searched", "error", err)
		return
	}
	for i := range found {
		p.names.met(nil, &found[i])
	}
}

// byName is a person whom a text calls by name, without Discord's own mention.
var byName = regexp.MustCompile(`(?:^|\s)@([^\s@,:;]+)`)

// called are the people whom a text calls by their whole name, each of whom is
// the only one of that name; those of spans are known already.
func (p *Platform) called(ctx context.Context, text string, spans []incident.Span) []incident.Person {
	known := map[string]bool{"me": true, "none": true, "everyone": true, "here": true}
	for _, s := range spans {
		known[strings.ToLower(s.Name)] = true
	}
	var out []incident.Person
	for _, m := range byName.FindAllStringSubmatch(text, maxChoices) {
		name := m[1]
		if known[strings.ToLower(name)] {
			continue
		}
		known[strings.ToLower(name)] = true
		who := p.names.named(name)
		if len(who) == 0 {
			p.seek(ctx, name)
			who = p.names.named(name)
		}
		if len(who) == 1 {
			out = append(out, incident.Person{ID: personID(who[0].ID), Name: who[0].Name})
		}
	}
	return out
}

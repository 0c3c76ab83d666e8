package status

import (
	"slices"
	"time"

	ics "github.com/arran4/golang-ical"

	"sitrep/incident"
	"sitrep/recurrence"
)

// calendarEvents is how many maintenances the calendar holds, the newest first:
// years of them, and a file that a phone reads in one go.
const calendarEvents = 200

// calendarAhead and calendarTimes are how far ahead, and how often at most, the
// calendar says when what repeats will happen again: a year of weeks.
const (
	calendarAhead = 366 * 24 * time.Hour
	calendarTimes = 52
)

// writeCalendar writes /history.ics (RFC 5545): planned maintenance, an event
// each, whose address never changes, so that a moved one moves in the calendars
// of those who subscribed. What repeats has an event for each of its times, the
// coming ones included: written as a rule it would need the zone's own rules, which
// calendars read differently.
func (e *edition) writeCalendar(c channel) []byte {
	cal := ics.NewCalendarFor("sitrep")
	cal.SetProductId("-//sitrep//status page//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(clean(e.page.Name) + " maintenance")
	cal.SetXWRCalName(clean(e.page.Name) + " maintenance")
	cal.SetRefreshInterval("PT15M")
	cal.SetXPublishedTTL("PT15M")
	n := 0
	for _, it := range filter(e.maintenances, c.carries) {
		p := &it.Public
		if p.From.IsZero() || n == calendarEvents {
			continue
		}
		n++
		ev := cal.AddEvent(e.eventID(p))
		ev.SetDtStampTime(p.Changed)
		ev.SetModifiedAt(p.Changed)
		ev.SetCreatedTime(p.Created)
		ev.SetSequence(len(p.Updates))
		ev.SetStartAt(p.From)
		ev.SetEndAt(latest(p.Until, p.From.Add(time.Minute)))
		ev.SetSummary(clean(p.Title))
		ev.SetURL(e.address(p))
		ev.AddCategory("MAINTENANCE")
		ev.SetStatus(ics.ObjectStatusConfirmed)
		ev.SetTimeTransparency(ics.TransparencyTransparent)
		words := ""
		if u, ok := p.Latest(); ok {
			words = p.Label(0) + ": " + e.site.look.prose.excerpt(u.Body, 2000)
			if p.Status == incident.Completed && u.Shown.Before(p.From) {
				ev.SetStatus(ics.ObjectStatusCancelled)
			}
		}
		if names := incident.Affected(p.AffectedNames()); names != "" {
			words += "\n" + clean(names)
		}
		ev.SetDescription(words)
	}
	for _, p := range e.repeating(c) {
		for _, at := range e.again(p) {
			ev := cal.AddEvent(e.timeID(p, at))
			ev.SetDtStampTime(p.Changed)
			ev.SetModifiedAt(p.Changed)
			ev.SetSequence(0)
			ev.SetStartAt(at)
			ev.SetEndAt(at.Add(latest(p.Until, p.From.Add(time.Minute)).Sub(p.From)))
			ev.SetSummary(clean(p.Title))
			ev.SetURL(e.address(p))
			ev.AddCategory("MAINTENANCE")
			ev.SetStatus(ics.ObjectStatusTentative)
			ev.SetTimeTransparency(ics.TransparencyTransparent)
			ev.SetDescription(clean(incident.Affected(p.AffectedNames())))
		}
	}
	return []byte(cal.Serialize(ics.WithNewLine("\r\n"))) // RFC 5545, 3.1
}

// eventID names the event of a maintenance for good.
func (e *edition) eventID(p *incident.Public) string {
	if p.Repeats.Rule != "" {
		return e.timeID(p, p.Slot)
	}
	return p.Code + "@" + e.host()
}

// timeID names one time of what repeats: the same before it is announced and
// afterwards, wherever it is moved to then.
func (e *edition) timeID(p *incident.Public, at time.Time) string {
	return incident.Code(e.page.ID, p.Repeats.Series, 0) + "-" + at.UTC().Format("20060102T150405Z") + "@" + e.host()
}

// repeating lists the last announced time of each series that goes on.
func (e *edition) repeating(c channel) []*incident.Public {
	var out []*incident.Public
	known := make(map[string]int) // where a series is in out
	for _, it := range filter(e.maintenances, c.carries) {
		p := &it.Public
		if p.Repeats.Rule == "" {
			continue
		}
		i, there := known[p.Repeats.Series]
		switch {
		case !there:
			known[p.Repeats.Series] = len(out)
			out = append(out, p)
		case p.Slot.After(out[i].Slot):
			out[i] = p
		}
	}
	return slices.DeleteFunc(out, func(p *incident.Public) bool { return p.Last })
}

// again lists the times at which a maintenance will happen again, after the one
// that is announced.
func (e *edition) again(p *incident.Public) []time.Time {
	zone, err := time.LoadLocation(p.Repeats.Zone)
	if err != nil {
		return nil // its clock is not known here
	}
	rule, err := recurrence.Parse(p.Repeats.Rule, p.Repeats.Start.In(zone))
	if err != nil {
		return nil // it was accepted by another version
	}
	return rule.Upcoming(p.Slot, p.Slot.Add(calendarAhead), calendarTimes)
}

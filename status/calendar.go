package status

import (
	"time"

	ics "github.com/arran4/golang-ical"

	"sitrep/incident"
)

// calendarEvents is how many maintenances the calendar holds, the newest first:
// years of them, and a file that a phone reads in one go.
const calendarEvents = 200

// writeCalendar writes /history.ics (RFC 5545): planned maintenance, an event
// each, whose address never changes, so that a moved one moves in the calendars
// of those who subscribed.
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
		ev := cal.AddEvent(p.Code + "@" + e.host())
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
	return []byte(cal.Serialize(ics.WithNewLine("\r\n"))) // RFC 5545, 3.1
}

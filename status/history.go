package status

import (
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// monthsPerPage is how many months a page of the history holds, newest first.
const monthsPerPage = 3

type historyView struct {
	Months       []monthView
	Newer, Older string // paths; empty where there are none
}

type monthView struct {
	ISO, Text string
	Items     []entryView
}

// A month counts months from year 0, so that they can be subtracted.
type month int

func (e *edition) monthOf(t time.Time) month {
	y, m, _ := t.In(e.loc).Date()
	return month(y*12 + int(m) - 1)
}

func (m month) first(loc *time.Location) time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, loc)
}

// filed is when the history files an incident: when it was first shown, or when
// planned work begins.
func filed(p *incident.Public) time.Time {
	if p.Maintenance && !p.From.IsZero() {
		return p.From
	}
	return p.Created
}

// monthRange is the first and the last month of the history: from the first
// incident to the newest thing on the page; last is before first if there is
// nothing. It depends on what is shown alone and not on the clock.
func (e *edition) monthRange() (first, last month) {
	first, last = 0, -1
	widen := func(t time.Time) {
		if t.IsZero() {
			return
		}
		m := e.monthOf(t)
		if last < first {
			first, last = m, m
		}
		first, last = min(first, m), max(last, m)
	}
	widen(e.updated)
	e.all(func(it *item) bool {
		widen(filed(&it.Public))
		return true
	})
	return first, last
}

// historyPages is how many pages the history has, at least one.
func (e *edition) historyPages() int {
	first, last := e.monthRange()
	return int(last-first)/monthsPerPage + 1
}

// months lists the months of page n, newest first, with their incidents, newest
// first.
func (e *edition) months(n int) ([]month, map[month][]*item) {
	first, last := e.monthRange()
	var out []month
	byMonth := make(map[month][]*item)
	for m := last - month((n-1)*monthsPerPage); len(out) < monthsPerPage && m >= first; m-- {
		out = append(out, m)
		byMonth[m] = nil
	}
	e.all(func(it *item) bool {
		m := e.monthOf(filed(&it.Public))
		if items, ok := byMonth[m]; ok {
			byMonth[m] = insertByFiled(items, it)
		}
		return true
	})
	return out, byMonth
}

// insertByFiled keeps items newest first; they come nearly so.
func insertByFiled(items []*item, it *item) []*item {
	items = append(items, it)
	for i := len(items) - 1; i > 0 && filed(&items[i].Public).After(filed(&items[i-1].Public)); i-- {
		items[i], items[i-1] = items[i-1], items[i]
	}
	return items
}

// writeHistory writes page n of the history.
func (r rendering) writeHistory(n int, now time.Time) ([]byte, time.Time, error) {
	months, items := r.months(n)
	var v historyView
	for _, m := range months {
		start := m.first(r.loc)
		mv := monthView{ISO: start.Format("2006-01"), Text: r.tongue.Time("month", start, r.loc)}
		for _, it := range items[m] {
			mv.Items = append(mv.Items, r.entryView(&it.Public, 3))
		}
		v.Months = append(v.Months, mv)
	}
	if n > 1 {
		v.Newer = historyPath(n - 1)
	}
	if n < r.historyPages() {
		v.Older = historyPath(n + 1)
	}
	f := frameView{Title: r.title() + " - " + r.tongue.Say("history.title"), Summary: r.tongue.Say("history.summary"), Path: historyPath(n), Here: "history"}
	b, err := r.frame(f, "history", v, r.updated)
	return b, time.Time{}, err
}

// wireMonths is page n of the history in the format's JSON.
func (e *edition) wireMonths(n int) []wireMonth {
	months, items := e.months(n)
	out := make([]wireMonth, 0, len(months))
	for _, m := range months {
		start := m.first(e.loc)
		wm := wireMonth{
			Name: start.Month().String(), Year: start.Year(), StartsOn: int(start.Weekday()),
			Days: start.AddDate(0, 1, -1).Day(), Incidents: []wireEntry{},
		}
		for _, it := range items[m] {
			p := &it.Public
			we := wireEntry{Code: p.Code, Name: p.Title, Impact: string(impactOf(p)), Timestamp: e.historyStamp(p)}
			if u, ok := p.Latest(); ok {
				we.Message = bodyOf(u.Body, u.HTML)
			}
			wm.Incidents = append(wm.Incidents, we)
		}
		out = append(out, wm)
	}
	return out
}

// historyStamp writes when it was, as the history's JSON does: the day is given
// again only where it is another.
func (e *edition) historyStamp(p *incident.Public) string {
	const day, clock = "Jan <var data-var='date'>_2</var>, ", "<var data-var='time'>15:04</var>"
	from, to := p.Created, p.Resolved
	if p.Maintenance {
		from, to = p.From, p.Until
	}
	s := from.In(e.loc).Format(day + clock)
	if to.After(from) {
		s += " - "
		if !sameDay(from, to, e.loc) {
			s += to.In(e.loc).Format(day)
		}
		s += to.In(e.loc).Format(clock)
	} else {
		to = from
	}
	return s + " " + instant.Zone(to, e.loc)
}

package ics

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The span of the changes of a zone in a file. Before the first event there is room for two local times that
// look alike, a day apart at most; after the last one, for a person who moves it in their calendar.
const (
	marginBefore = 48 * time.Hour
	yearsAfter   = 1
)

// zone is what a file says of a zone.
type zone struct {
	name string
	// observances are in the order of their onset; at least one.
	observances []observance
}

// observance is a time with one offset. It has one onset: programs read several dates of one observance in
// ways of their own, and miss some.
type observance struct {
	daylight bool
	// from and to are the offsets before and in it, in seconds east of UTC.
	from, to int
	name     string
	// onset is when it begins, as clocks show it that do not follow.
	onset string
}

// zones are those that the events are in, by name, and one of its own where there are no events.
func (c *Calendar) zones() ([]*zone, error) {
	type span struct{ first, last time.Time }
	spans := make(map[string]span)
	for i := range c.Events {
		v := &c.Events[i]
		if v.utc() {
			continue
		}
		if err := checkZone(v); err != nil {
			return nil, err
		}
		s, ok := spans[v.Zone]
		if !ok || v.Start.Before(s.first) {
			s.first = v.Start
		}
		if end := v.Start.Add(v.Duration); !ok || end.After(s.last) {
			s.last = end
		}
		spans[v.Zone] = s
	}
	if len(c.Events) == 0 {
		return []*zone{{name: "Etc/UTC", observances: []observance{{name: "UTC", onset: epoch.Format(localLayout)}}}}, nil
	}
	var zones []*zone
	for name, s := range spans {
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil, &Error{Field: "Zone", Reason: fmt.Sprintf("%q is not known", name)}
		}
		zones = append(zones, zoneOf(loc, s.first.Add(-marginBefore), s.last.AddDate(yearsAfter, 0, 0)))
	}
	slices.SortFunc(zones, func(a, b *zone) int { return strings.Compare(a.name, b.name) })
	return zones, nil
}

func checkZone(v *Event) error {
	unsafe := strings.ContainsFunc(v.Zone, func(r rune) bool {
		return !strings.ContainsRune("/_+-", r) && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
	if _, err := time.LoadLocation(v.Zone); err != nil || unsafe || v.Zone == "Local" {
		return &Error{UID: v.UID, Field: "Zone", Reason: fmt.Sprintf("%q is not known", v.Zone)}
	}
	return nil
}

// zoneOf is a zone from the observance that holds at first to the last one that begins before last.
func zoneOf(loc *time.Location, first, last time.Time) *zone {
	z := &zone{name: loc.String()}
	at := first.In(loc)
	z.add(at, began(at))
	for {
		at = changes(at)
		if at.IsZero() || !at.Before(last) {
			return z
		}
		z.add(at, at)
	}
}

// began is when clocks were last set before t, or at t; zero where they never were. The bounds that package
// time knows are also at the ends of years, where nothing changes.
func began(t time.Time) time.Time {
	at := t
	for {
		start, _ := at.ZoneBounds()
		before := start.Add(-time.Nanosecond)
		if start.IsZero() || !same(before, t) {
			return start
		}
		at = before
	}
}

// changes is when clocks are next set after t; zero where they never are.
func changes(t time.Time) time.Time {
	at := t
	for {
		_, end := at.ZoneBounds()
		if end.IsZero() {
			return end
		}
		if !end.After(at) { // on the last day of a leap year, package time answers its start
			end = at.Add(24 * time.Hour)
		}
		if !same(end, t) {
			return end
		}
		at = end
	}
}

// same reports whether nobody sets a clock between two times.
func same(a, b time.Time) bool {
	nameA, offsetA := a.Zone()
	nameB, offsetB := b.Zone()
	return nameA == nameB && offsetA == offsetB && a.IsDST() == b.IsDST()
}

// epoch is when a zone that has always been the same begins in a file, or when the first event is older.
var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// add adds the period of a zone in which at is and which begins at start; zero: it has no beginning.
func (z *zone) add(at, start time.Time) {
	name, to := at.Zone()
	o := observance{from: to, to: to, name: name, daylight: at.IsDST()}
	onset := epoch
	if at.Before(onset) {
		onset = time.Date(at.UTC().Year(), 1, 1, 0, 0, 0, 0, time.UTC).AddDate(-1, 0, 0)
	}
	if !start.IsZero() {
		before := start.Add(-time.Nanosecond)
		_, o.from = before.Zone()
		o.daylight = isDaylight(before, start)
		onset = start.UTC().Add(time.Duration(o.from) * time.Second)
	}
	o.onset = onset.Format(localLayout)
	z.observances = append(z.observances, o)
}

// isDaylight reports whether what begins with a change of the clocks is DAYLIGHT in a file. That is the time
// with clocks put forward. The zone data of Dublin and Casablanca say it the other way round, with a winter
// time whose saving is negative; readers of calendars do not expect that.
func isDaylight(before, after time.Time) bool {
	_, from := before.Zone()
	_, to := after.Zone()
	if before.IsDST() != after.IsDST() && from != to {
		return to > from
	}
	return after.IsDST()
}

// isTwice reports whether clocks in t's zone show what they show at t at another time too.
func isTwice(t time.Time) bool {
	for start := began(t); !start.IsZero() && t.Sub(start) < marginBefore; {
		before := start.Add(-time.Nanosecond)
		if shows(before, t) {
			return true
		}
		start = began(before)
	}
	for end := changes(t); !end.IsZero() && end.Sub(t) < marginBefore; end = changes(end) {
		if shows(end, t) {
			return true
		}
	}
	return false
}

// shows reports whether clocks that are set as they are at some time show, while they are, what they show at t.
func shows(at, t time.Time) bool {
	_, offset := at.Zone()
	_, mine := t.Zone()
	_, then := t.Add(time.Duration(mine-offset) * time.Second).Zone()
	return offset != mine && then == offset
}

func (e *encoder) zone(z *zone) {
	e.line("BEGIN", "VTIMEZONE")
	e.line("TZID", z.name)
	for _, o := range z.observances {
		kind := "STANDARD"
		if o.daylight {
			kind = "DAYLIGHT"
		}
		e.line("BEGIN", kind)
		e.line("DTSTART", o.onset)
		e.line("TZOFFSETFROM", offset(o.from))
		e.line("TZOFFSETTO", offset(o.to))
		e.optional("TZNAME", text(o.name))
		e.line("END", kind)
	}
	e.line("END", "VTIMEZONE")
}

// offset is a UTC-OFFSET; zero is +0000, because -0000 is not allowed. Seconds are there where it has them.
func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	out := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if s := seconds % 60; s != 0 {
		out += fmt.Sprintf("%02d", s)
	}
	return out
}

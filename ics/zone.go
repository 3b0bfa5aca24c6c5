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
	// observances are in the order of their first onset; at least one.
	observances []*observance
}

// observance is a time with one offset, each time that it is observed.
type observance struct {
	daylight bool
	// from and to are the offsets before and in it, in seconds east of UTC.
	from, to int
	name     string
	// onsets are when it begins, as clocks show it that do not follow.
	onsets []string
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
		return []*zone{{name: "Etc/UTC", observances: []*observance{{name: "UTC", onsets: []string{epoch.Format(localLayout)}}}}}, nil
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
	for {
		start, end := at.ZoneBounds()
		z.add(at, start)
		if end.IsZero() || !end.Before(last) {
			return z
		}
		at = end
	}
}

// epoch is when a zone that has always been the same begins in a file, or when the first event is older.
var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// add adds the period of a zone in which at is and which begins at start; zero: it has no beginning.
func (z *zone) add(at, start time.Time) {
	name, to := at.Zone()
	o := &observance{from: to, to: to, name: name, daylight: at.IsDST()}
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
	local := onset.Format(localLayout)
	for _, known := range z.observances {
		if known.from == o.from && known.to == o.to && known.name == o.name && known.daylight == o.daylight {
			known.onsets = append(known.onsets, local)
			return
		}
	}
	o.onsets = []string{local}
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

// isSecond reports whether clocks in t's zone have shown what they show at t before.
func isSecond(t time.Time) bool {
	_, offset := t.Zone()
	start, _ := t.ZoneBounds()
	for !start.IsZero() && t.Sub(start) < marginBefore {
		before := start.Add(-time.Nanosecond)
		_, was := before.Zone()
		first, _ := before.ZoneBounds()
		if u := t.Add(time.Duration(offset-was) * time.Second); u.Before(start) && !u.Before(first) {
			return true
		}
		start = first
	}
	return false
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
		e.line("DTSTART", o.onsets[0])
		e.line("TZOFFSETFROM", offset(o.from))
		e.line("TZOFFSETTO", offset(o.to))
		e.optional("TZNAME", text(o.name))
		e.optional("RDATE", strings.Join(o.onsets[1:], ","))
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

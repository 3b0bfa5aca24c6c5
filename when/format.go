package when

import (
	"fmt"
	"time"
)

// Format returns a time for people, in its own location: "Sat 21 Nov 2026 09:00 CET",
// with seconds only where they are not zero, and with "-03:00" where the zone has no
// letters of its own.
func Format(t time.Time) string {
	layout := "Mon 2 Jan 2006 15:04"
	if t.Second() != 0 {
		layout += ":05"
	}
	zone, _ := t.Zone()
	if zone == "" || !isLetter(zone[0]) {
		return t.Format(layout + " -07:00")
	}
	return t.Format(layout + " MST")
}

// Humanize returns a span of time in its two largest units of days, hours, minutes
// and seconds: "11 h 42 m", "3 d", "45 s"; from ten years on in years. It is rounded to
// the second, then cut down; the sign is dropped, since the caller says "in" or "ago".
// A [time.Duration] ends at 292 years: two times have [Between].
func Humanize(d time.Duration) string { return humanize(int64(d.Round(time.Second) / time.Second)) }

// Between is [Humanize] for the span between two times, however long.
func Between(a, b time.Time) string {
	if d := b.Sub(a); d.Abs() < 1<<62 {
		return Humanize(d)
	}
	return humanize(b.Unix() - a.Unix())
}

func humanize(s int64) string {
	const (
		day  = 86400
		year = 31_556_952 // of 365.2425 days
	)
	if s < 0 {
		s = -s
	}
	if s >= 10*year {
		return fmt.Sprintf("%d years", s/year)
	}
	units := []struct {
		seconds int64
		name    string
	}{{day, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}
	for i, u := range units[:len(units)-1] {
		if s < u.seconds {
			continue
		}
		out := fmt.Sprintf("%d %s", s/u.seconds, u.name)
		next := units[i+1]
		if rest := s % u.seconds / next.seconds; rest > 0 {
			out += fmt.Sprintf(" %d %s", rest, next.name)
		}
		return out
	}
	return fmt.Sprintf("%d s", s)
}

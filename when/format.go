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
// and seconds: "11 h 42 m", "3 d", "45 s". It is rounded to the second, then cut
// down; the sign is dropped, since the caller says "in" or "ago".
func Humanize(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s < 0 {
		s = -s
	}
	units := []struct {
		seconds int64
		name    string
	}{{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}
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

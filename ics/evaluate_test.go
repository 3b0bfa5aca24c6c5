package ics_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// period is a time with one offset, by the text of a file alone.
type period struct {
	start    time.Time
	from, to time.Duration
	name     string
	daylight bool
}

// periods are what a VTIMEZONE says, in order.
func periods(t *testing.T, zone *component) []period {
	t.Helper()
	var out []period
	for _, o := range zone.children {
		p := period{from: span(t, o.one("TZOFFSETFROM")), to: span(t, o.one("TZOFFSETTO")), name: plainText(o.one("TZNAME")), daylight: o.name == "DAYLIGHT"}
		p.start = local(t, o.one("DTSTART")).Add(-p.from)
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b period) int { return a.start.Compare(b.start) })
	for i := 1; i < len(out); i++ {
		if out[i].from != out[i-1].to {
			t.Errorf("%s: an offset of %s is followed by one from %s at %s", zone.one("TZID"), out[i-1].to, out[i].from, out[i].start)
		}
	}
	return out
}

// instant is the first time at which clocks show this, by the periods of the zone.
func instant(t *testing.T, clock time.Time, zone []period) time.Time {
	t.Helper()
	for i, p := range zone {
		at := clock.Add(-p.to)
		if !at.Before(p.start) && (i == len(zone)-1 || at.Before(zone[i+1].start)) {
			return at
		}
	}
	t.Fatalf("no clock of the zone shows %s", clock)
	return time.Time{}
}

// startOf is the instant of an event.
func startOf(t *testing.T, c, event *component) time.Time {
	t.Helper()
	start := event.all("DTSTART")[0]
	if utc, ok := strings.CutSuffix(start.value, "Z"); ok {
		return local(t, utc)
	}
	for _, z := range c.below("VTIMEZONE") {
		if z.one("TZID") == start.tzid {
			return instant(t, local(t, start.value), periods(t, z))
		}
	}
	t.Fatalf("no zone for %v", start)
	return time.Time{}
}

func local(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("20060102T150405", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func span(t *testing.T, offset string) time.Duration {
	t.Helper()
	digits := fmt.Sprintf("%-6s", offset[1:])
	var parts [3]int
	for i := range parts {
		if two := strings.TrimSpace(digits[2*i : 2*i+2]); two != "" {
			n, err := strconv.Atoi(two)
			if err != nil {
				t.Fatal(err)
			}
			parts[i] = n
		}
	}
	d := time.Duration(parts[0])*time.Hour + time.Duration(parts[1])*time.Minute + time.Duration(parts[2])*time.Second
	if offset[0] == '-' {
		return -d
	}
	return d
}

package when_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

var seed = flag.Uint64("seed", 0, "what TestAgainstTime makes its phrases of; 0 is another one each time")

// changing is a zone whose clocks change.
type changing struct {
	name    string
	loc     *time.Location
	changes []time.Time
}

// TestAgainstTime compares 10,000 made phrases, most of them near a change of clocks, with a calculation by
// package time on their parts: in all zones whose rules change in two years.
func TestAgainstTime(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 0))
	clock := time.Date(2026, 11, 20, 20, 18, 30, 0, time.UTC)
	var zones []changing
	for _, name := range zoneNames(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if changes := changesOf(loc, clock); len(changes) > 0 {
			zones = append(zones, changing{name, loc, changes})
		}
	}
	if len(zones) < 100 {
		t.Fatalf("%d zones change", len(zones))
	}
	var gaps, overlaps, past int
	for i := range 10_000 {
		m := make1(r, clock, zones[i%len(zones)])
		want, how := m.instant()
		got, err := when.Parse(m.phrase, m.now, m.said)
		e, refused := errors.AsType[*when.Error](err)
		switch {
		case want.Before(m.now):
			past++
			if !refused || !e.Past {
				t.Fatalf("%q in %s at %s: %v, %v, want a time that is past", m.phrase, m.said, m.now, got, err)
			}
			continue
		case err != nil:
			t.Fatalf("%q in %s at %s: %v", m.phrase, m.said, m.now, err)
		case !got.At.Equal(want):
			t.Fatalf("%q in %s at %s: %v, want %v", m.phrase, m.said, m.now, got.At, want)
		}
		notes := strings.Join(got.Notes, "; ")
		if strings.Contains(notes, "the clocks skip") != (how == "gap") || strings.Contains(notes, "comes twice") != (how == "overlap") {
			t.Fatalf("%q in %s at %s: notes %q of a clock that is %q", m.phrase, m.said, m.now, notes, how)
		}
		switch how {
		case "gap":
			gaps++
		case "overlap":
			overlaps++
		}
		checkEcho(t, got, m.now, m.said)
	}
	t.Logf("%d zones, %d times in gaps, %d in overlaps, %d past", len(zones), gaps, overlaps, past)
	if gaps < 100 || overlaps < 100 || past > 2000 {
		t.Errorf("%d times in gaps, %d in overlaps, %d past", gaps, overlaps, past)
	}
}

// made is a phrase and what it was made of.
type made struct {
	phrase string
	now    time.Time
	said   *time.Location // where the phrase is said
	// wall is what clocks show in loc, as a time in UTC; or weekday, on which they show its clock.
	wall    time.Time
	loc     *time.Location
	weekday bool
}

// make1 makes a phrase for a clock in z.
func make1(r *rand.Rand, clock time.Time, z changing) made {
	change := z.changes[r.IntN(len(z.changes))]
	side := change.Add(-time.Duration(r.IntN(2)) * time.Second).In(z.loc)
	wall := time.Date(side.Year(), side.Month(), side.Day(), side.Hour(), side.Minute(), 0, 0, time.UTC)
	switch r.IntN(5) {
	case 0: // anywhere
		wall = clock.Truncate(time.Minute).Add(time.Duration(r.IntN(2*365*24*60)) * time.Minute)
	case 1: // at the change to the minute
		wall = wall.Add(time.Duration(r.IntN(5)-2) * time.Minute)
	default:
		wall = wall.Add(time.Duration(r.IntN(360)-180) * time.Minute)
	}
	m := made{now: clock, said: z.loc, wall: wall, loc: z.loc}
	zone := ""
	switch r.IntN(4) {
	case 0: // the zone is in the phrase, where it has a name that stands for itself
		if strings.Contains(z.name, "/") {
			m.said, zone = time.UTC, " "+z.name
		}
	case 1:
		east := (r.IntN(27*4) - 12*4) * 15 * 60
		m.loc = time.FixedZone("", east)
		zone = " " + wall.In(m.loc).Format("-07:00")
	}
	if r.IntN(4) == 0 {
		m.weekday = true
		m.now = wall.Add(-time.Duration(r.IntN(6*24*3600)) * time.Second) // a week at most, whatever the zone
	}
	m.phrase = sayDay(r, m) + sayClock(r, wall) + zone
	return m
}

func sayDay(r *rand.Rand, m made) string {
	switch {
	case m.weekday && r.IntN(2) == 0:
		return m.wall.Weekday().String() + " "
	case m.weekday:
		return strings.ToLower(m.wall.Weekday().String()[:3]) + " "
	}
	layouts := []string{"2006-01-02 ", "2 Jan 2006 ", "2 January 2006 ", "02 Jan 2006 "}
	return strings.ToLower(m.wall.Format(layouts[r.IntN(len(layouts))]))
}

func sayClock(r *rand.Rand, wall time.Time) string {
	layouts := []string{"15:04", "3:04pm", "3.04PM", "03:04 pm", "15:04:05"}
	if wall.Minute() == 0 {
		layouts = append(layouts, "3pm", "3 PM")
	}
	return wall.Format(layouts[r.IntN(len(layouts))])
}

// instant is when clocks first show what was meant, and whether that is in a "gap" or an "overlap".
func (m made) instant() (time.Time, string) {
	if !m.weekday {
		return first(m.wall, m.loc)
	}
	y, mo, d := m.now.In(m.loc).Date()
	for day := range 15 {
		on := time.Date(y, mo, d+day, m.wall.Hour(), m.wall.Minute(), 0, 0, time.UTC)
		if on.Weekday() != m.wall.Weekday() {
			continue
		}
		if at, how := first(on, m.loc); day > 0 || !at.Before(m.now) {
			return at, how
		}
	}
	panic(fmt.Sprintf("no %s in two weeks", m.wall.Weekday()))
}

// first finds the first instant whose clocks show wall, by trying all offsets of the days around; and if
// there is none, the instant at which they jump over it.
func first(wall time.Time, loc *time.Location) (time.Time, string) {
	var found []time.Time
	var offsets []int
	for h := -30; h <= 30; h++ {
		_, east := wall.Add(time.Duration(h) * time.Hour).In(loc).Zone()
		if len(offsets) > 0 && offsets[len(offsets)-1] == east {
			continue
		}
		offsets = append(offsets, east)
		if at := wall.Add(-time.Duration(east) * time.Second); at.In(loc).Format(time.DateTime) == wall.Format(time.DateTime) {
			found = append(found, at)
		}
	}
	switch len(found) {
	case 1:
		return found[0], ""
	case 0:
		at := wall.Add(-30 * time.Hour).Truncate(time.Minute)
		for at.In(loc).Format(time.DateTime) < wall.Format(time.DateTime) {
			at = at.Add(time.Minute)
		}
		return at, "gap"
	}
	if found[1].Before(found[0]) {
		return found[1], "overlap"
	}
	return found[0], "overlap"
}

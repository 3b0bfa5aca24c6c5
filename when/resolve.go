package when

import "time"

// shift says what a change of the clocks did to a wall clock.
type shift int

const (
	plain   shift = iota // exists once
	gap                  // skipped: the end of the gap stands for it
	overlap              // comes twice: the first one is taken
)

// Resolve returns the instant of a wall clock ([WallLayout]) in the zone of that IANA
// name. A clock that a change to summer time skips gives the end of the gap, one that
// comes twice gives the first. It does not ask whether the time is past.
// Every error is an [*Error].
func Resolve(wall, zone string) (time.Time, error) {
	w, err := parseWall(wall)
	if err != nil {
		return time.Time{}, err
	}
	loc, err := loadZone(zone)
	if err != nil {
		err.Input = zone
		return time.Time{}, err
	}
	t, _ := resolve(w, loc)
	return t, nil
}

// ResolveIn is [Resolve] for a zone that is loaded already, by the rules that loc has.
func ResolveIn(wall string, loc *time.Location) (time.Time, error) {
	w, err := parseWall(wall)
	if err != nil {
		return time.Time{}, err
	}
	t, _ := resolve(w, loc)
	return t, nil
}

func parseWall(wall string) (time.Time, *Error) {
	w, err := time.Parse(WallLayout, wall)
	if err != nil || w.Format(WallLayout) != wall {
		return time.Time{}, &Error{Input: wall, Reason: "it is not a wall clock", Hint: WallLayout}
	}
	return w, nil
}

// civil returns what clock and calendar of t show as a time in UTC, which has no gaps:
// there it can be counted with.
func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	h, mi, s := t.Clock()
	return time.Date(y, m, d, h, mi, s, t.Nanosecond(), time.UTC)
}

// resolve returns the instant at which clocks in loc first show w, a time in UTC.
// [time.Date] alone does not say which of the two it gives.
func resolve(w time.Time, loc *time.Location) (time.Time, shift) {
	y, m, d := w.Date()
	h, mi, s := w.Clock()
	t := time.Date(y, m, d, h, mi, s, w.Nanosecond(), loc)
	start, end := t.ZoneBounds()

	if !civil(t).Equal(w) {
		for _, change := range []time.Time{start, end} {
			if !change.IsZero() && !w.Before(civilBefore(change)) && w.Before(civil(change)) {
				return change, gap
			}
		}
		return t, gap
	}
	if !start.IsZero() && w.Before(civilBefore(start)) {
		// The period before this one showed it too.
		earlier := start.Add(-civilBefore(start).Sub(w))
		return earlier, overlap
	}
	if !end.IsZero() && !w.Before(civil(end)) {
		return t, overlap
	}
	return t, plain
}

// civilBefore returns what the clocks would show at a change if it did not happen.
func civilBefore(change time.Time) time.Time {
	return civil(change.Add(-time.Nanosecond)).Add(time.Nanosecond)
}

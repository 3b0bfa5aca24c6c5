package when

import (
	"fmt"
	"strings"
	"time"
)

// wall reads [day] clock [zone].
func (p parser) wall(words []string) (Instant, *Error) {
	words = splitISO(words)
	d, n, err := parseDay(words)
	if err != nil {
		return Instant{}, err
	}
	if n == len(words) {
		said := strings.ToLower(strings.Join(words, " ")) + " 9am"
		if d.kind == tonight {
			said = "tonight 8pm"
		}
		return Instant{}, refuse(fmt.Sprintf("%q", said), "a day needs a time")
	}
	words = splitOffset(words[n:])
	c, n, err := parseClock(words)
	if err != nil {
		return Instant{}, err
	}
	words = words[n:]
	if len(words) > 1 {
		return Instant{}, refuse("", "%q is too much", strings.Join(words[1:], " "))
	}
	if len(words) == 1 {
		return p.zoned(d, c, words[0])
	}
	return p.meant(d, c, p.loc)
}

// zoned places day and clock in the zone that was named.
func (p parser) zoned(d day, c clock, zone string) (Instant, *Error) {
	east, fixed := offset(zone)
	if fixed {
		in, err := p.meant(d, c, time.FixedZone("", east))
		if err != nil {
			return Instant{}, err.in(c, zone)
		}
		instant, err := p.instant(in.At)
		instant.Notes = in.Notes
		return instant, err
	}
	loc, err := anyZone(zone)
	if err != nil {
		return Instant{}, err
	}
	in, err := p.meant(d, c, loc)
	if err != nil {
		return Instant{}, err.in(c, loc.String())
	}
	return in, nil
}

// in gives the phrases of the hint, which end with the clock, the zone that was named.
func (e *Error) in(c clock, zone string) *Error {
	e.Hint = strings.ReplaceAll(e.Hint, c.said+`"`, c.said+" "+zone+`"`)
	return e
}

// meant finds the instant of day and clock on the calendar of loc.
func (p parser) meant(d day, c clock, loc *time.Location) (Instant, *Error) {
	today := civil(p.now.In(loc)).Truncate(24 * time.Hour)
	date, next, err := d.date(today, c)
	if err != nil {
		return Instant{}, err
	}
	w := date.Add(c.since)
	t, how := resolve(w, loc)
	notes := d.notes(date, date.Equal(today))
	if t.Before(p.now) && next > 0 {
		w = w.AddDate(0, 0, next)
		t, how = resolve(w, loc)
		notes = nil
		if !c.midnight || next > 1 { // the coming midnight is nobody's surprise
			notes = []string{fmt.Sprintf("%s has passed today: taken as %s", c.said, later(next, w))}
		}
	}
	if t.Before(p.now) {
		return Instant{}, p.past(t, d.afterwards(c))
	}
	if t.Year() > 9999 || t.UTC().Year() > 9999 {
		return Instant{}, refuse("", "it is more than four digits of years away")
	}
	if c.midnight {
		notes = append(notes, "midnight is the start of "+w.Format(dayLayout))
	}
	in := Instant{At: t, Notes: append(notes, shiftNotes(w, t, how)...)}
	// A fraction of a second cannot be kept in a wall clock, so the instant is.
	if zone := zoneName(loc); zone != "" && w.Nanosecond() == 0 {
		in.Wall, in.Zone = w.Format(WallLayout), zone
	}
	return in, nil
}

const dayLayout = "Mon 2 Jan 2006"

func later(days int, w time.Time) string {
	if days == 1 {
		return "tomorrow"
	}
	return w.Format(dayLayout)
}

// WallNotes says what a change of the clocks does to a wall clock ([WallLayout]) on the calendar of loc (nil
// is UTC): that it is skipped or comes twice, and what it is taken as, by the rules of [Resolve]. There are
// none for most, and for what is no wall clock.
func WallNotes(wall string, loc *time.Location) []string {
	if loc == nil {
		loc = time.UTC
	}
	w, err := parseWall(wall)
	if err != nil {
		return nil
	}
	t, how := resolve(w, loc)
	return shiftNotes(w, t, how)
}

func shiftNotes(w, t time.Time, how shift) []string {
	said := w.Format("15:04")
	switch how {
	case gap:
		return []string{fmt.Sprintf("the clocks skip %s on %s: taken as %s", said, w.Format(dayLayout), withOffset(t))}
	case overlap:
		return []string{fmt.Sprintf("%s comes twice on %s: taken as the first one, UTC%s", said, w.Format(dayLayout), t.Format("-07:00"))}
	case plain:
	}
	return nil
}

// withOffset is t for people with its offset from UTC, which the name of a zone does not tell.
func withOffset(t time.Time) string {
	said, offset := Format(t), t.Format("-07:00")
	if strings.HasSuffix(said, offset) {
		return said
	}
	return said + ", UTC" + offset
}

// splitISO parts "2026-12-01T09:00" into day and clock.
func splitISO(words []string) []string {
	const dayLen = len("2006-01-02")
	first := words[0]
	if len(first) > dayLen && isISODay(first[:dayLen]) && first[dayLen]|0x20 == 't' {
		return append([]string{first[:dayLen], first[dayLen+1:]}, words[1:]...)
	}
	return words
}

// splitOffset parts "09:00+01:00" and "09:00Z" into clock and zone.
func splitOffset(words []string) []string {
	first := words[0]
	i := strings.IndexAny(first, "+-")
	if last := len(first) - 1; i < 0 && last > 0 && first[last]|0x20 == 'z' && isDigit(first[last-1]) {
		return append([]string{first[:last], "+00:00"}, words[1:]...)
	}
	if i <= 0 {
		return words
	}
	return append([]string{first[:i], first[i:]}, words[1:]...)
}

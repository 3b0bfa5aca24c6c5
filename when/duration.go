package when

import (
	"fmt"
	"strings"
	"time"
)

// Bounds of a duration, so that no sum overflows and what is accepted can be written
// again: digits of each number, and days or hours in all.
const (
	maxDigits = 6
	maxNumber = 999_999
)

// Duration is a span as people mean it: calendar days, then elapsed time.
type Duration struct {
	// Days are calendar days: the same clock on a later date, whatever the hours between.
	Days int
	// Elapsed is what a stopwatch shows.
	Elapsed time.Duration
}

// Add returns the time that lies d after now on the calendar of loc (nil is UTC): the
// days first, where a clock that is skipped or comes twice that day is resolved as by
// [Resolve], then the elapsed time.
func (d Duration) Add(now time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	t := now.In(loc)
	if d.Days != 0 {
		t, _ = resolve(civil(t).AddDate(0, 0, d.Days), loc)
	}
	return t.Add(d.Elapsed)
}

// String returns the duration as [ParseDuration] reads it: "2d 1h30m".
func (d Duration) String() string {
	var b strings.Builder
	if d.Days != 0 {
		fmt.Fprintf(&b, "%dd", d.Days)
	}
	if d.Elapsed != 0 && b.Len() > 0 {
		b.WriteByte(' ')
	}
	rest := int64(d.Elapsed / time.Second)
	for _, u := range []struct {
		seconds int64
		name    byte
	}{{3600, 'h'}, {60, 'm'}, {1, 's'}} {
		if n := rest / u.seconds; n != 0 {
			fmt.Fprintf(&b, "%d%c", n, u.name)
			rest %= u.seconds
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// ParseDuration reads "1h30m", "90 min", "2 weeks", "3d 12h": whole numbers with units,
// the larger unit first, each at most once, none of it zero in all. A "+" before it is
// allowed. Every error is an [*Error].
func ParseDuration(input string) (Duration, error) {
	phrase := strings.TrimSpace(strings.ToLower(input))
	d, err := parseDuration(strings.TrimPrefix(phrase, "+"))
	if err != nil {
		err.Input = input
		if better := betterSpan(phrase); len(better) > 0 {
			err.Hint = offer(better)
		} else if err.Hint == "" || strings.HasPrefix(err.Hint, `"now"`) {
			err.Hint = `"30m", "1h30m", "3d" or "2 weeks"`
		}
		return Duration{}, err
	}
	return d, nil
}

type unit struct {
	rank    int // larger units have larger ranks
	days    int
	elapsed time.Duration
}

// unitOf returns the unit that a word names.
func unitOf(word string) (unit, bool) {
	switch word {
	case "w", "week", "weeks":
		return unit{rank: 4, days: 7}, true
	case "d", "day", "days":
		return unit{rank: 3, days: 1}, true
	case "h", "hr", "hrs", "hour", "hours":
		return unit{rank: 2, elapsed: time.Hour}, true
	case "m", "min", "mins", "minute", "minutes":
		return unit{rank: 1, elapsed: time.Minute}, true
	case "s", "sec", "secs", "second", "seconds":
		return unit{rank: 0, elapsed: time.Second}, true
	}
	return unit{}, false
}

// noUnit returns why a word that looks like a unit is none, or "".
func noUnit(word string) string {
	switch word {
	case "mo", "month", "months", "y", "yr", "year", "years", "quarter", "quarters":
		return "months and years differ in length: count in weeks or name the date"
	case "ms", "us", "ns", "millisecond", "milliseconds":
		return "seconds are the smallest unit"
	}
	return ""
}

// startsDuration reports whether a lower-case phrase begins with a number and a unit.
func startsDuration(s string) bool {
	number, rest := cutNumber(s)
	if number == "" {
		return false
	}
	word := rest[:span(rest, isLetter)]
	_, ok := unitOf(word)
	return ok || noUnit(word) != ""
}

// cutNumber cuts a number, decimal places and white space from the start of s.
func cutNumber(s string) (number, rest string) {
	n := span(s, isDigit)
	if n > 0 && n+1 < len(s) && (s[n] == '.' || s[n] == ',') && isDigit(s[n+1]) {
		n += 1 + span(s[n+1:], isDigit)
	}
	return s[:n], strings.TrimLeft(s[n:], " \t")
}

// parseDuration reads a lower-case phrase.
func parseDuration(s string) (Duration, *Error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Duration{}, refuse("", "a duration is missing")
	}
	var d Duration
	rank := 5
	for s != "" {
		number, rest := cutNumber(s)
		word := rest[:span(rest, isLetter)]
		u, ok := unitOf(word)
		switch {
		case number == "":
			return Duration{}, refuse("", "a duration is numbers with units, and %q is not", s)
		case !ok && noUnit(word) != "":
			return Duration{}, refuse("", "%s", noUnit(word))
		case !ok && word == "":
			return Duration{}, refuse("", "the unit after %s is missing", number)
		case !ok:
			return Duration{}, refuse("", "%q is no unit of time", word)
		case span(number, isDigit) != len(number):
			return Duration{}, refuse(`"1h30m" for one and a half hours`, "numbers must be whole")
		case len(number) > maxDigits:
			return Duration{}, refuse("", "%s is too large", number)
		case u.rank >= rank:
			return Duration{}, refuse("", "units go from large to small, each once")
		}
		rank = u.rank
		d.Days += atoi(number) * u.days
		d.Elapsed += time.Duration(atoi(number)) * u.elapsed
		s = strings.TrimLeft(rest[len(word):], " \t")
	}
	if d.Days > maxNumber || d.Elapsed > maxNumber*time.Hour {
		return Duration{}, refuse("", "it is too large")
	}
	if d == (Duration{}) {
		return Duration{}, refuse(`"now"`, "it is no time at all")
	}
	return d, nil
}

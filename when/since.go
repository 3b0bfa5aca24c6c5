package when

import (
	"fmt"
	"strings"
	"time"
)

// sinceExamples is the hint of [ParseSince] where nothing better is known.
const sinceExamples = `"2d", "yesterday", "monday", "2026-11-20" or "2026-11-20 09:00"; all forms: hayon help time`

// ParseSince reads a bound of what has been: a day, which means its start, a day with a clock, or how
// long ago.
//
//	since = "now" | duration ["ago"] | day [clock [zone]] | yyyy-mm | RFC 3339 | "@" Unix seconds
//	day   = "today" | "yesterday" | ["last"] weekday | 2026-11-20 | 20 nov 2026
//
// A weekday is the latest one that has begun, today included ("monday 9am" before nine on a Monday is
// that of a week ago); "last monday" is never today. Dates and instants may lie in the future, words for
// it are refused. Words are taken in loc (nil is UTC), clocks that are skipped or come twice as by
// [Resolve]. The answer lies in the years 1970 to 9999, in the zone that was named, else in loc.
// Every error is an [*Error].
func ParseSince(input string, now time.Time, loc *time.Location) (time.Time, error) {
	if loc == nil {
		loc = time.UTC
	}
	p := parser{now: now, loc: loc}
	t, err := p.since(input, strings.Fields(input))
	if err == nil && (t.UTC().Year() < 1970 || t.UTC().Year() > 9999 || t.Year() > 9999) {
		err = refuse("", "it is not in the years 1970 to 9999")
	}
	if err == nil {
		return t, nil
	}
	err.Input, err.Past = input, false
	if err.notice(); foreign(input) != 0 && len(input) <= maxInput {
		phrase := ascii(input)
		if _, err2 := p.since(phrase, strings.Fields(phrase)); err2 == nil {
			err.Hint = fmt.Sprintf("%q", phrase)
		}
	}
	if err.Hint = strings.TrimSuffix(strings.TrimSuffix(err.Hint, " with a time"), ","); err.Hint == "" {
		err.Hint = sinceExamples
	}
	return time.Time{}, err
}

func (p parser) since(input string, words []string) (time.Time, *Error) {
	if len(words) == 0 {
		return time.Time{}, refuse("", "it is empty")
	}
	if len(input) > maxInput {
		return time.Time{}, refuse("", "it is too long for a time")
	}
	phrase := strings.ToLower(strings.Join(words, " "))
	switch first := strings.ToLower(words[0]); {
	case phrase == "now":
		return p.now.Round(0).In(p.loc), nil
	case phrase[0] == '@':
		t, err := unixSeconds(phrase[1:], p.now.Unix()-3600)
		return t.In(p.loc), err
	case first == "tomorrow" || first == "tonight" || first == "next" || first == "in" || first == "day" || phrase[0] == '+':
		return time.Time{}, refuse("", "%q is still to come", phrase)
	case startsDuration(phrase):
		return p.ago(strings.TrimSuffix(phrase, " ago"))
	case phrase[0] == '-' && startsDuration(phrase[1:]):
		return time.Time{}, refuse(fmt.Sprintf("%q", phrase[1:]), "how long ago has no sign")
	case isISOMonth(phrase):
		return p.month(phrase)
	case len(phrase) < 4 && span(phrase, isDigit) == len(phrase):
		return time.Time{}, refuse(fmt.Sprintf(`"%sd", "%sh" or a date such as "2026-11-20"`, phrase, phrase), "%q can be many things", phrase)
	}
	return p.sinceDay(words)
}

// ago counts back from now: the calendar days first.
func (p parser) ago(phrase string) (time.Time, *Error) {
	d, err := parseDuration(phrase)
	if err != nil {
		return time.Time{}, err
	}
	return Duration{Days: -d.Days, Elapsed: -d.Elapsed}.Add(p.now, p.loc), nil
}

func isISOMonth(s string) bool {
	return len(s) == len("2006-01") && s[4] == '-' && span(s[:4], isDigit) == 4 && span(s[5:], isDigit) == 2
}

// month is the start of the month "2026-11".
func (p parser) month(s string) (time.Time, *Error) {
	w, err := dateOf(atoi(s[:4]), atoi(s[5:]), 1, s)
	if err != nil {
		return time.Time{}, err
	}
	t, _ := resolve(w, p.loc)
	return t, nil
}

// sinceDay reads day [clock [zone]].
func (p parser) sinceDay(words []string) (time.Time, *Error) {
	words = splitISO(words)
	d, n, err := parsePastDay(words)
	if err != nil {
		return time.Time{}, err
	}
	if n == len(words) {
		return p.back(d, clock{}, p.loc), nil
	}
	words = splitOffset(words[n:])
	c, took, err := parseClock(words)
	switch {
	case err != nil:
		return time.Time{}, err
	case n == 0:
		return time.Time{}, refuse(fmt.Sprintf(`"today %s" or "yesterday %s"`, c.said, c.said), "a clock needs its day")
	case len(words) > took+1:
		return time.Time{}, refuse("", "%q is too much", strings.Join(words[took+1:], " "))
	}
	loc := p.loc
	if len(words) > took {
		if loc, err = anyZone(words[took]); err != nil {
			return time.Time{}, err
		}
	}
	return p.back(d, c, loc), nil
}

// parsePastDay is [parseDay] for days that have been. Its ahead is negative.
func parsePastDay(words []string) (day, int, *Error) {
	switch first := strings.ToLower(words[0]); first {
	case "today":
		return day{kind: relative}, 1, nil
	case "yesterday":
		return day{kind: relative, ahead: -1}, 1, nil
	case "last":
		if len(words) > 1 {
			if wd, ok := weekdayOf(strings.ToLower(words[1])); ok {
				return day{kind: lastWeekday, weekday: wd}, 2, nil
			}
		}
		return day{}, 0, refuse(`"last monday", "7d" or "2026-11-20"`, `"last" needs a weekday`)
	default:
		if wd, ok := weekdayOf(first); ok {
			return day{kind: onWeekday, weekday: wd}, 1, nil
		}
	}
	return parseDate(words)
}

// back finds the instant of a day that has been on the calendar of loc.
func (p parser) back(d day, c clock, loc *time.Location) time.Time {
	today := civil(p.now.In(loc)).Truncate(24 * time.Hour)
	behind := (int(today.Weekday()) - int(d.weekday) + 7) % 7
	var date time.Time
	switch d.kind {
	case relative:
		date = today.AddDate(0, 0, d.ahead)
	case onWeekday:
		date = today.AddDate(0, 0, -behind)
	case lastWeekday:
		date = today.AddDate(0, 0, -1-(behind+6)%7)
	case unsaid, tonight, nextWeek, onDate:
		date = d.on
	}
	t, _ := resolve(date.Add(c.since), loc)
	if d.kind == onWeekday && t.After(p.now) {
		t, _ = resolve(date.AddDate(0, 0, -7).Add(c.since), loc)
	}
	return t
}

// anyZone is the location of an offset or a name.
func anyZone(name string) (*time.Location, *Error) {
	if east, ok := offset(name); ok {
		return time.FixedZone("", east), nil
	}
	loc, err := loadZone(name)
	if err != nil {
		if hint := offsetHint(name); hint != "" {
			err.Hint = hint
		}
	}
	return loc, err
}

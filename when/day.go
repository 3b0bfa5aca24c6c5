package when

import (
	"fmt"
	"strings"
	"time"
)

// dayKind says how a day was named.
type dayKind int

const (
	unsaid      dayKind = iota // a clock alone
	relative                   // today, tomorrow, day after tomorrow
	tonight                    // the evening of today
	onWeekday                  // friday
	nextWeek                   // next friday
	onDate                     // 2026-12-01, 1 feb 2027
	lastWeekday                // last friday, for ParseSince alone
)

// day is a day as it was named, before the calendar is looked at.
type day struct {
	kind    dayKind
	ahead   int // relative: days from today
	weekday time.Weekday
	on      time.Time // onDate: 00:00 UTC of that day
}

// parseDay reads a day from the start of words and returns how many it took; none is
// no error.
func parseDay(words []string) (day, int, *Error) {
	first := strings.ToLower(words[0])
	switch first {
	case "today":
		return day{kind: relative}, 1, nil
	case "tonight":
		return day{kind: tonight}, 1, nil
	case "tomorrow":
		return day{kind: relative, ahead: 1}, 1, nil
	case "day":
		if len(words) > 2 && strings.EqualFold(words[1], "after") && strings.EqualFold(words[2], "tomorrow") {
			return day{kind: relative, ahead: 2}, 3, nil
		}
	case "next":
		return parseNext(words)
	}
	if wd, ok := weekdayOf(first); ok {
		return day{kind: onWeekday, weekday: wd}, 1, nil
	}
	return parseDate(words)
}

func parseNext(words []string) (day, int, *Error) {
	if len(words) > 1 {
		if wd, ok := weekdayOf(strings.ToLower(words[1])); ok {
			return day{kind: nextWeek, weekday: wd}, 2, nil
		}
	}
	return day{}, 0, refuse(`"next monday 9am"`, `"next" needs a weekday`)
}

// parseDate reads 2026-12-01 and 1 feb 2027, and names the fix for other forms.
func parseDate(words []string) (day, int, *Error) {
	first := strings.ToLower(words[0])
	if isISODay(first) {
		on, err := dateOf(atoi(first[:4]), atoi(first[5:7]), atoi(first[8:]), first)
		return day{kind: onDate, on: on}, 1, err
	}
	if hint := numericDate(first); hint != "" {
		reason := "%q can be two dates"
		if dates := datesOf(first, 2000); len(dates) == 1 { // which a leap year has all of
			reason = "%q is not how a date is written"
		}
		return day{}, 0, refuse(hint, reason, first)
	}
	if _, ok := monthOf(first); ok {
		return day{}, 0, refuse(`"1 feb 2027" or "2027-02-01"`, "the day comes before the month")
	}
	if len(words) < 2 {
		return day{}, 0, nil
	}
	month, ok := monthOf(strings.ToLower(words[1]))
	if n := span(first, isDigit); !ok || n == 0 {
		return day{}, 0, nil
	} else if n != len(first) || n > 2 {
		return day{}, 0, refuse("", "%q is no day of a month", first)
	}
	if len(words) < 3 || len(words[2]) != 4 || span(words[2], isDigit) != 4 {
		return day{}, 0, refuse(`"1 feb 2027" or "2027-02-01"`, "a date needs its year in four digits")
	}
	on, err := dateOf(atoi(words[2]), int(month), atoi(first), strings.ToLower(strings.Join(words[:3], " ")))
	return day{kind: onDate, on: on}, 3, err
}

func dateOf(y, m, d int, said string) (time.Time, *Error) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != d {
		return time.Time{}, refuse("", "%s is not in the calendar", said)
	}
	return t, nil
}

func isISODay(s string) bool {
	return len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-' &&
		span(s[:4], isDigit) == 4 && span(s[5:7], isDigit) == 2 && span(s[8:], isDigit) == 2
}

// numericDate returns what to write instead of 01/02/2027, 1.2.2027 or 2027-2-1, or "".
func numericDate(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(parts) < 2 || len(parts) > 3 || len(parts) == 2 && !strings.Contains(s, "/") {
		return ""
	}
	for _, part := range parts {
		if span(part, isDigit) != len(part) || len(part) > 4 {
			return ""
		}
	}
	if dates := datesOf(s, 2000); len(parts) == 3 && len(dates) == 1 {
		return fmt.Sprintf(`%q with a time`, dates[0])
	}
	return `"2027-02-01" or "1 feb 2027", with a time`
}

// date returns the day on a calendar whose today is given (both 00:00 UTC), and after
// how many days to look again if the clock has passed; zero is never.
func (d day) date(today time.Time, c clock) (date time.Time, next int, err *Error) {
	weekday := func(t time.Time) int { return (int(t.Weekday()) + 6) % 7 } // Monday is 0
	target := (int(d.weekday) + 6) % 7
	switch d.kind {
	case unsaid:
		return today, 1, nil
	case relative:
		return today.AddDate(0, 0, d.ahead), 0, nil
	case tonight:
		if c.midnight {
			return today.AddDate(0, 0, 1), 0, nil
		}
		if evening := 17 * time.Hour; c.since < evening {
			return today, 0, refuse(fmt.Sprintf(`"today %s" or "tomorrow %s"`, c.said, c.said), "tonight is from 17:00 to midnight")
		}
		return today, 0, nil
	case onWeekday:
		ahead := (target - weekday(today) + 7) % 7
		if ahead == 0 {
			next = 7
		}
		return today.AddDate(0, 0, ahead), next, nil
	case nextWeek:
		return today.AddDate(0, 0, 7-weekday(today)+target), 0, nil
	case onDate, lastWeekday:
	}
	return d.on, 0, nil
}

// notes says what was concluded about the day, which is today or another one.
func (d day) notes(date time.Time, isToday bool) []string {
	switch {
	case d.kind == nextWeek:
		return []string{fmt.Sprintf("next %s is in the week after this one: %s", d.weekday, date.Format(dayLayout))}
	case d.kind == onWeekday && isToday:
		return []string{fmt.Sprintf("%s is today", d.weekday)}
	default:
		return nil
	}
}

// afterwards returns the hint for a day whose clock has passed, or "".
func (d day) afterwards(c clock) string {
	if d.kind == relative || d.kind == tonight {
		return fmt.Sprintf(`"tomorrow %s"`, c.said)
	}
	return ""
}

func weekdayOf(word string) (time.Weekday, bool) {
	switch word {
	case "mon", "monday":
		return time.Monday, true
	case "tue", "tues", "tuesday":
		return time.Tuesday, true
	case "wed", "weds", "wednesday":
		return time.Wednesday, true
	case "thu", "thur", "thurs", "thursday":
		return time.Thursday, true
	case "fri", "friday":
		return time.Friday, true
	case "sat", "saturday":
		return time.Saturday, true
	case "sun", "sunday":
		return time.Sunday, true
	}
	return 0, false
}

func monthOf(word string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		full := strings.ToLower(m.String())
		if word == full || word == full[:3] || m == time.September && word == "sept" {
			return m, true
		}
	}
	return 0, false
}

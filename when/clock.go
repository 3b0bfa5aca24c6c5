package when

import (
	"fmt"
	"strings"
	"time"
)

// clock is a time of day.
type clock struct {
	since    time.Duration // since 00:00 on the clock's face
	said     string        // as typed, lower case
	midnight bool          // said as that word
}

// parseClock reads a clock from the start of words and returns how many it took.
func parseClock(words []string) (clock, int, *Error) {
	s, n := strings.ToLower(words[0]), 1
	switch s {
	case "noon":
		return clock{since: 12 * time.Hour, said: s}, 1, nil
	case "midnight":
		return clock{said: s, midnight: true}, 1, nil
	}
	if len(words) > 1 && s != "" && isDigit(s[len(s)-1]) {
		if half := strings.ToLower(words[1]); half == "am" || half == "pm" {
			s, n = s+half, 2
		}
	}
	c, err := readClock(s)
	return c, n, err
}

// readClock reads "9am", "9:30", "9.30pm", "21:00:30.5".
func readClock(s string) (clock, *Error) {
	face, half := s, ""
	if strings.HasSuffix(s, "am") || strings.HasSuffix(s, "pm") {
		face, half = s[:len(s)-2], s[len(s)-2:]
	}
	fields := strings.Split(face, ":")
	if half != "" && len(fields) == 1 {
		fields = strings.Split(face, ".")
	}
	hours := fields[0]
	if n := span(hours, isDigit); n == 0 || n != len(hours) || n > 2 {
		return clock{}, notClock(s, face)
	}
	if half == "" && len(fields) == 1 {
		return clock{}, bareHour(s, atoi(hours))
	}
	h, err := fullHour(atoi(hours), half, s)
	if err != nil {
		return clock{}, err
	}
	since := time.Duration(h) * time.Hour
	for i, unit := range []time.Duration{time.Minute, time.Second} {
		if i+1 >= len(fields) {
			break
		}
		field := fields[i+1]
		if unit == time.Second {
			var fraction string
			if field, fraction, _ = strings.Cut(field, "."); fraction != "" {
				if len(fraction) > 9 || span(fraction, isDigit) != len(fraction) {
					return clock{}, refuse("", "%q is no time of day", s)
				}
				since += time.Duration(atoi((fraction + "00000000")[:9]))
			}
		}
		if len(field) != 2 || span(field, isDigit) != 2 || atoi(field) > 59 {
			return clock{}, refuse("", "%q is no time of day: minutes and seconds are two digits up to 59", s)
		}
		since += time.Duration(atoi(field)) * unit
	}
	if len(fields) > 3 || strings.HasSuffix(face, ".") {
		return clock{}, refuse("", "%q is no time of day", s)
	}
	return clock{since: since, said: s}, nil
}

// fullHour returns the hour of 24.
func fullHour(h int, half, said string) (int, *Error) {
	switch {
	case half == "" && h == 24:
		return 0, refuse(`00:00 of the next day, such as "tomorrow 00:00"`, "the hours end at 23:59")
	case half == "" && h > 23:
		return 0, refuse("", "%q is no time of day: hours end at 23", said)
	case half == "":
		return h, nil
	case h < 1 || h > 12:
		return 0, refuse(fullClock(h, said), "%q is no time of day: am and pm go with hours 1 to 12", said)
	case half == "pm":
		return h%12 + 12, nil
	default:
		return h % 12, nil
	}
}

// fullClock returns the hint for "13:30pm": the same without the half of the day.
func fullClock(h int, said string) string {
	face := said[:len(said)-len("am")]
	if i := strings.IndexAny(face, ".:"); h < 24 && i > 0 && len(face) == i+3 {
		return fmt.Sprintf(`"%02d:%s"`, h, face[i+1:])
	}
	if h > 23 {
		return ""
	}
	return fmt.Sprintf(`"%02d:00"`, h)
}

func bareHour(s string, h int) *Error {
	hint := fmt.Sprintf(`"%dam", "%dpm" or "%02d:00"`, h, h, h)
	if h < 1 || h > 12 {
		hint = fmt.Sprintf(`"%02d:00"`, h)
	}
	if h > 23 {
		hint = ""
	}
	return refuse(hint, "%q can be many things", s)
}

func notClock(s, face string) *Error {
	if h, m, ok := strings.Cut(face, "."); ok && len(m) == 2 && len(h) <= 2 && h != "" &&
		span(h, isDigit) == len(h) && span(m, isDigit) == 2 {
		return refuse(fmt.Sprintf(`"%s:%s" or "%s.%spm"`, h, m, h, m), "%q can be a time or a number", s)
	}
	switch s {
	case "morning", "afternoon", "evening", "night", "eod", "lunch", "breakfast":
		return refuse(`a clock, such as "9am", "noon" or "18:30"`, "%q is not exact", s)
	}
	return refuse("", "%q is no time of day", s)
}

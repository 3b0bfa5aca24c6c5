package when

import (
	"fmt"
	"strings"
	"time"
)

// repairTwelve leaves out the number of "12 noon".
func repairTwelve(_ parser, words []string) [][]string {
	for i := range words {
		next := at(words, i+1)
		if w := at(words, i); (w == "12" || w == "12:00" || w == "0" || w == "00:00") && (next == "noon" || next == "midnight" || next == "midday") {
			return replaced(words, i, 1, "")
		}
	}
	return nil
}

// repairVague writes a clock for the part of a day.
func repairVague(_ parser, words []string) [][]string {
	for i := range words {
		switch at(words, i) {
		case "morning":
			return replaced(words, i, 1, "9am")
		case "breakfast":
			return replaced(words, i, 1, "8am")
		case "lunch", "lunchtime", "midday":
			return replaced(words, i, 1, "noon")
		case "afternoon":
			return replaced(words, i, 1, "3pm")
		case "evening":
			return replaced(words, i, 1, "7pm")
		case "night":
			return replaced(words, i, 1, "9pm")
		case "eod":
			return replaced(words, i, 1, "18:00")
		}
	}
	return nil
}

// repairHour writes the clock for "9", "9.30", "9:5" and "9h30".
func repairHour(_ parser, words []string) [][]string {
	tonight := at(words, 0) == "tonight"
	for i, w := range words {
		_, month := monthOf(at(words, i+1))
		_, after := monthOf(at(words, i-1))
		if month || after && !isNumber(w, 3) {
			continue
		}
		w = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(w), "o'clock"), "h")
		n := 1
		if next := at(words, i+1); next == "o'clock" || next == "uhr" || next == "h" {
			n = 2
		}
		h, m, ok := strings.Cut(strings.Replace(w, ".", ":", 1), ":")
		switch {
		case isNumber(w, 2):
			return replaced(words, i, n, clocksOf(atoi(w), tonight)...)
		case ok && isNumber(h, 2) && isNumber(m, 1):
			return replaced(words, i, n, h+":0"+m)
		case ok && isNumber(h, 2) && isNumber(m, 2) && strings.Contains(w, "."):
			return replaced(words, i, n, h+":"+m, h+"."+m+"pm")
		}
	}
	return nil
}

// clocksOf are the times of day that a bare hour can mean.
func clocksOf(h int, tonight bool) []string {
	switch full := fmt.Sprintf("%02d:00", h); {
	case h > 24:
		return nil
	case h == 12 && tonight:
		return []string{"midnight"}
	case h == 12:
		return []string{"noon", "00:00"}
	case h < 1 || h > 12:
		return []string{full}
	case tonight:
		return []string{fmt.Sprintf("%dpm", h)}
	default:
		return []string{fmt.Sprintf("%dam", h), fmt.Sprintf("%dpm", h), full}
	}
}

// repairHalf takes the half of the day from "13pm".
func repairHalf(_ parser, words []string) [][]string {
	for i := range words {
		w, n := at(words, i), 1
		if next := at(words, i+1); next == "am" || next == "pm" {
			w, n = w+next, 2
		}
		face, _, ok := strings.Cut(strings.Replace(w, "pm", "am", 1), "am")
		h, _, _ := strings.Cut(strings.Replace(face, ".", ":", 1), ":")
		if !ok || !isNumber(h, 2) || 1 <= atoi(h) && atoi(h) <= 12 {
			continue
		}
		if hint := strings.Trim(fullClock(atoi(h), w), `"`); hint != "" {
			return replaced(words, i, n, hint)
		}
	}
	return nil
}

// repairMidnight writes 24:00 as the start of the next day.
func repairMidnight(p parser, words []string) [][]string {
	for i := range words {
		if w := at(words, i); w != "24:00" && w != "24:00:00" {
			continue
		}
		in, err := p.wall(replaced(words, i, 1, "23:59:59")[0])
		switch {
		case err != nil:
			return nil
		case i == 0 || at(words, 0) == "today" || at(words, 0) == "tonight":
			return replaced(words, 0, i+1, "tomorrow 00:00")
		}
		return replaced(words, 0, i+1, in.At.AddDate(0, 0, 1).Format(time.DateOnly)+" 00:00")
	}
	return nil
}

// repairTonight moves a clock that is none of an evening into it, or the day to tomorrow.
func repairTonight(_ parser, words []string) [][]string {
	if at(words, 0) != "tonight" || len(words) == 1 {
		return nil
	}
	if _, _, err := parseClock(words[1:]); err != nil {
		return nil
	}
	switch face, am := strings.CutSuffix(at(words, 1), "am"); {
	case am:
		return append(replaced(words, 1, 1, face+"pm"), replaced(words, 0, 1, "tomorrow")...)
	case at(words, 2) == "am":
		return append(replaced(words, 2, 1, "pm"), replaced(words, 0, 1, "tomorrow")...)
	}
	return replaced(words, 0, 1, "today", "tomorrow")
}

// repairZone names zones for the letters that stand for several, and the whole form of an offset.
func repairZone(_ parser, words []string) [][]string {
	last := len(words) - 1
	if last < 1 {
		return nil
	}
	if full := strings.Trim(offsetHint(words[last]), `"`); full != "" {
		return replaced(words, last, 1, full)
	}
	if strings.EqualFold(words[last], "z") {
		return replaced(words, last, 1, "UTC")
	}
	var names []string
	for _, word := range strings.FieldsFunc(abbreviation(words[last]), func(r rune) bool { return r == ' ' || r == ',' }) {
		if strings.Contains(word, "/") || word == "UTC" {
			names = append(names, word)
		}
	}
	return replaced(words, last, 1, names...)
}

// repairTail finds the zone of a city that stands last, or leaves the last word out.
func repairTail(p parser, words []string) [][]string {
	last := len(words) - 1
	if last < 1 || startsDuration(strings.ToLower(strings.Join(words, " "))) {
		return nil
	}
	if _, err := p.parse(strings.Join(words[:last], " "), words[:last]); err != nil {
		return nil
	}
	if strings.ContainsAny(words[last], "/+-") {
		return replaced(words, last, 1, "Europe/Berlin", "+02:00")
	}
	for _, region := range []string{"Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic"} {
		if loc, err := loadZone(region + "/" + words[last]); err == nil {
			return replaced(words, last, 1, loc.String())
		}
	}
	if len(words[last]) > 2 && span(words[last], isLetter) == len(words[last]) {
		return replaced(words, last, 1, "", "Europe/Berlin")
	}
	return replaced(words, last, 1, "")
}

// repairSpan writes durations in whole numbers of units that there are.
func repairSpan(p parser, words []string) [][]string {
	for i := range words {
		w := at(words, i)
		number, rest := cutNumber(w)
		u := rest[:span(rest, isLetter)]
		n := 1
		if number == w {
			u, n = at(words, i+1), 2
		}
		switch {
		case (w == "a" || w == "an" || w == "one") && i+1 < len(words):
			return replaced(words, i, 1, "1")
		case w == "half" && strings.HasPrefix(at(words, len(words)-1), "hour"):
			return replaced(words, i, len(words)-i, "30m")
		case number == "":
			continue
		case u == "business" || u == "working" || u == "work":
			return replaced(words, i+n-1, 1, "")
		case isNumber(number, 3) && (u == "fortnight" || u == "fortnights"):
			return replaced(words, i, n, fmt.Sprintf("%dw", 2*atoi(number)))
		case isNumber(number, 3) && noUnit(u) != "":
			return p.calendarSpan(words, i, n, atoi(number), u)
		case wholeSpan(number, u) != "":
			return replaced(words, i, n, wholeSpan(number, u))
		}
	}
	return nil
}

// repairUnit gives a number its unit.
func repairUnit(_ parser, words []string) [][]string {
	if w := strings.TrimPrefix(at(words, 0), "+"); len(words) == 1 && isNumber(w, 3) {
		return [][]string{{w + "m"}, {w + "h"}, {w + "d"}}
	}
	return nil
}

// calendarSpan names the date that lies months or years ahead, at this clock.
func (p parser) calendarSpan(words []string, i, n, number int, u string) [][]string {
	months := number
	switch {
	case strings.HasPrefix(u, "y"):
		months *= 12
	case strings.HasPrefix(u, "q"):
		months *= 3
	case !strings.HasPrefix(u, "mo"):
		return nil
	}
	if i > 0 || n != len(words) || number == 0 {
		return nil
	}
	now := p.now.In(p.loc)
	first := time.Date(now.Year(), now.Month()+time.Month(months), 1, now.Hour(), now.Minute(), 0, 0, time.UTC)
	at := first.AddDate(0, 0, min(now.Day(), first.AddDate(0, 1, -1).Day())-1)
	return replaced(words, 0, n, at.Format("2006-01-02 15:04"))
}

// wholeSpan writes "1.5h" as "1h30m"; "" where it comes to no whole seconds.
func wholeSpan(number, u string) string {
	of, ok := unitOf(u)
	whole, part, _ := strings.Cut(strings.Replace(number, ",", ".", 1), ".")
	if !ok || !isNumber(whole, 4) || !isNumber(part, 3) {
		return ""
	}
	elapsed := of.elapsed + time.Duration(of.days)*24*time.Hour
	thousandths := time.Duration(atoi(whole)*1000 + atoi((part + "00")[:3]))
	d := Duration{Elapsed: elapsed * thousandths / 1000}
	if of.days > 0 {
		d.Days, d.Elapsed = int(d.Elapsed/(24*time.Hour)), d.Elapsed%(24*time.Hour)
	}
	if d.Elapsed%time.Second != 0 || d == (Duration{}) {
		return ""
	}
	return d.String()
}

// repairOrder turns the words until the day comes before the clock.
func repairOrder(p parser, words []string) [][]string {
	for i := 1; i < len(words); i++ {
		turned := append(append([]string(nil), words[i:]...), words[:i]...)
		if _, err := p.parse(strings.Join(turned, " "), turned); err == nil {
			return [][]string{turned}
		}
	}
	return nil
}

// repairDayAlone gives a day its clock: where that has passed today, a later one.
func repairDayAlone(_ parser, words []string) [][]string {
	d, n, err := parseDay(words)
	switch {
	case err != nil || n != len(words):
		return nil
	case d.kind == tonight:
		return replaced(words, n, 0, "8pm", "11pm", "midnight")
	case d.kind == relative && d.ahead == 0:
		return append(replaced(words, n, 0, "9am", "6pm", "11pm"), []string{"tomorrow", "9am"})
	}
	return replaced(words, n, 0, "9am")
}

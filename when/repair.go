package when

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxRepairs bounds how often the words of a phrase are written anew.
	maxRepairs = 6
	// maxBetter bounds the phrases that a hint offers.
	maxBetter = 3
)

// repair writes words of a phrase as the grammar wants them, the likeliest first; nil is that it finds
// nothing to write anew.
type repair func(p parser, words []string) [][]string

// repairs are in the order in which they are tried.
func repairs() []repair {
	return append([]repair{repairWeekday, repairNumbers, repairYear, repairMonthEnd}, otherRepairs()...)
}

// otherRepairs are those of durations, the clock, its zone, and last of the order of the words.
func otherRepairs() []repair {
	return []repair{
		repairSpan, repairTwelve, repairVague, repairHour, repairHalf, repairMidnight, repairTonight, repairZone,
		repairOrder, repairDayAlone, repairTail,
	}
}

// spanRepairs are those of what can be a duration alone.
func spanRepairs() []repair { return []repair{repairSpan, repairUnit, repairOrder} }

// mender looks for the phrases that were probably meant.
type mender struct {
	parser

	repairs []repair
	// refuses says why a phrase is none; nil is that of instants.
	refuses func(phrase string) *Error
	found   []string
	// later are those for phrases that are fine but past.
	later []string
}

// better returns the phrases that were probably meant, all of them accepted.
func (p parser) better(words []string) []string {
	if len(words) == 0 || len(words) > maxSuggest {
		return nil
	}
	said := strings.ToLower(strings.Join(words, " "))
	if joined := p.joinZone(words); joined != "" {
		return []string{joined}
	}
	m := &mender{parser: p, repairs: repairs()}
	if said[0] == '+' || at(words, 0) == "in" {
		m.repairs = spanRepairs()
	}
	m.mend(dayFirst(withoutFillers(strings.Fields(ascii(strings.Join(words, " "))))), maxRepairs)
	if len(m.found) == 0 {
		m.found = m.later
	}
	return slices.DeleteFunc(m.found, func(s string) bool { return strings.ToLower(s) == said })
}

// mend finds what words mean after at most that many repairs.
func (m *mender) mend(words []string, left int) {
	phrase := strings.Join(words, " ")
	if len(words) == 0 || len(phrase) > maxInput || len(m.found) >= maxBetter || slices.Contains(m.found, phrase) {
		return
	}
	switch err := m.refused(phrase, words); {
	case err == nil:
		m.found = append(m.found, phrase)
		return
	case err.Past:
		if parts := strings.Split(err.Hint, `"`); len(parts) == 3 && len(m.later) == 0 && strings.HasPrefix(parts[1], "tomorrow ") {
			m.later = append(m.later, parts[1])
		}
		return
	case left == 0:
		return
	}
	for _, r := range m.repairs {
		before := len(m.found)
		for _, w := range r(m.parser, words) {
			m.mend(w, left-1)
		}
		if len(m.found) > before {
			return
		}
	}
}

func (m *mender) refused(phrase string, words []string) *Error {
	if m.refuses != nil {
		return m.refuses(phrase)
	}
	_, err := m.parse(phrase, words)
	return err
}

// betterSpan are the durations that were probably meant.
func betterSpan(phrase string) []string {
	words := withoutFillers(strings.Fields(ascii(phrase)))
	if len(words) == 0 || len(words) > maxSuggest {
		return nil
	}
	m := &mender{parser: parser{loc: time.UTC}, repairs: spanRepairs(), refuses: func(phrase string) *Error {
		_, err := parseDuration(phrase)
		return err
	}}
	m.mend(words, maxRepairs)
	return m.found
}

// coming are those ways to write a day, by its year, of the first year that is not past.
func (p parser) coming(in func(year int) [][]string) [][]string {
	for _, year := range p.years() {
		ways := in(year)
		m := &mender{parser: p, repairs: otherRepairs()} // none that comes here again
		for _, w := range ways {
			m.mend(w, maxRepairs)
		}
		if len(m.found) > 0 {
			return ways
		}
	}
	return nil
}

// offer is a hint with phrases: `"a", "b" or "c"`.
func offer(phrases []string) string {
	var b strings.Builder
	for i, s := range phrases {
		switch {
		case i > 0 && i == len(phrases)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s)
	}
	return b.String()
}

// accepts reports whether all that a hint has in quotes is a phrase, and there is something.
func (p parser) accepts(hint string) bool {
	parts := strings.Split(hint, `"`)
	for i := 1; i < len(parts); i += 2 {
		if _, err := p.parse(parts[i], strings.Fields(parts[i])); err != nil {
			return false
		}
	}
	return len(parts) > 2
}

// examples is the hint where nothing better is known.
func (p parser) examples() string {
	date := p.now.In(p.loc).AddDate(0, 0, 10).Format(time.DateOnly)
	return fmt.Sprintf(`"tomorrow 9am", "fri 18:30", "%s 09:00" or "2h"; all forms: hayon help time`, date)
}

// replaced are the words with n of them from i on written anew, once for each of with.
func replaced(words []string, i, n int, with ...string) [][]string {
	out := make([][]string, len(with))
	for k, w := range with {
		out[k] = slices.Concat(words[:i], strings.Fields(w), words[i+n:])
	}
	return out
}

// at returns a word in lower case; "" where there is none.
func at(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return strings.ToLower(words[i])
}

func isNumber(s string, most int) bool {
	return s != "" && len(s) <= most && span(s, isDigit) == len(s)
}

// repairWeekday leaves out a weekday that stands before a date.
func repairWeekday(_ parser, words []string) [][]string {
	for i := range words {
		next := at(words, i+1)
		if _, ok := weekdayOf(at(words, i)); !ok || next == "" {
			continue
		}
		_, month := monthOf(at(words, i+2))
		if isISODay(next) || isNumber(next, 2) && month || len(datesOf(next, 2000)) > 0 {
			return replaced(words, i, 1, "")
		}
	}
	return nil
}

// repairNumbers writes 24.12.2026 and 12/24 as dates of ISO 8601.
func repairNumbers(p parser, words []string) [][]string {
	for i := range words {
		if w := at(words, i); isISODay(w) || len(datesOf(w, 2000)) == 0 { // which as a leap year has all days
			continue
		}
		return p.coming(func(year int) [][]string { return replaced(words, i, 1, datesOf(at(words, i), year)...) })
	}
	return nil
}

// years are those in which a day without a year may be meant: this one and the next ones up to a leap year.
func (p parser) years() []int {
	this := p.now.In(p.loc).Year()
	years := []int{this, this + 1}
	for y := this + 2; y < this+9; y++ {
		if y%4 == 0 {
			return append(years, y)
		}
	}
	return years
}

// datesOf are the days that numbers with points, strokes or dashes can mean; year is for those without one.
func datesOf(s string, year int) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	short := len(parts) == 2 && (strings.Contains(s, "/") || strings.HasSuffix(s, "."))
	if !short && len(parts) != 3 {
		return nil
	}
	n := make([]int, len(parts))
	for i, part := range parts {
		if !isNumber(part, 4) {
			return nil
		}
		n[i] = atoi(part)
	}
	orders := [][3]int{{year, n[1], n[0]}, {year, n[0], n[1]}}
	switch {
	case short:
	case len(parts[0]) == 4:
		orders = [][3]int{{n[0], n[1], n[2]}}
	case len(parts[2]) == 2:
		n[2] += 2000
		fallthrough
	default:
		orders = [][3]int{{n[2], n[1], n[0]}, {n[2], n[0], n[1]}}
	}
	var out []string
	for _, o := range orders {
		if date, err := dateOf(o[0], o[1], o[2], s); err == nil && len(date.Format(time.DateOnly)) == len("2006-01-02") {
			out = append(out, date.Format(time.DateOnly))
		}
	}
	return slices.Compact(out)
}

// repairYear gives "24 dec" the year in which it comes next, and "24 dec 26" all four digits.
func repairYear(p parser, words []string) [][]string {
	for i := range words {
		if _, ok := monthOf(at(words, i)); !ok || !isNumber(at(words, i-1), 2) {
			continue
		}
		year := strings.TrimPrefix(at(words, i+1), "'")
		switch {
		case isNumber(year, 4) && len(year) == 4:
			return nil
		case isNumber(year, 2) && len(year) == 2 && i+2 < len(words) && at(words, i+2) != "am" && at(words, i+2) != "pm":
			return replaced(words, i+1, 1, "20"+year)
		}
		return p.coming(func(y int) [][]string { return replaced(words, i+1, 0, strconv.Itoa(y)) })
	}
	return nil
}

// repairMonthEnd offers the days around one that is not in the calendar.
func repairMonthEnd(_ parser, words []string) [][]string {
	for i := range words {
		var y, m, d, n int
		month, ok := monthOf(at(words, i+1))
		switch s := at(words, i); {
		case isISODay(s):
			y, m, d, n = atoi(s[:4]), atoi(s[5:7]), atoi(s[8:]), 1
		case ok && isNumber(s, 2) && isNumber(at(words, i+2), 4):
			y, m, d, n = atoi(words[i+2]), int(month), atoi(s), 3
		default:
			continue
		}
		if _, err := dateOf(y, m, d, ""); err == nil || m < 1 || m > 12 || d < 1 || d > 31 {
			continue
		}
		next := time.Date(y, time.Month(m)+1, 1, 0, 0, 0, 0, time.UTC)
		return replaced(words, i, n, next.AddDate(0, 0, -1).Format(time.DateOnly), next.Format(time.DateOnly))
	}
	return nil
}

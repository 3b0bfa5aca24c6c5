package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// calendarView is how much of a calendar is shown.
type calendarView string

const (
	monthView calendarView = "month"
	weekView  calendarView = "week"
	dayView   calendarView = "day"
)

// calendarSpan is what a calendar shows: whole days in one zone.
type calendarSpan struct {
	view calendarView
	// first is the start of the first day, until that of the day after the last one.
	first, until time.Time
	// focus is the day that was meant, or today where that is shown.
	focus time.Time
	// today is the start of this day.
	today time.Time
}

// parseCalendarSpan reads WHEN, in the zone of now. A phrase about a week shows the week where no view
// was asked for.
func parseCalendarSpan(phrase string, view calendarView, now time.Time) (calendarSpan, error) {
	p := calendarPhrase{today: dayOf(now), view: view}
	day, ok := p.read(strings.Fields(strings.ToLower(phrase)))
	if !ok {
		return calendarSpan{}, hayon.Errorf(hayon.CodeUsage, "%q is no day, week or month", phrase).
			WithHint(`write tomorrow, "next week", december, 2026-12, 2026-12-24 or +1; all forms: hayon calendar --help`)
	}
	if y := day.Year(); y < 1 || y > 9998 {
		return calendarSpan{}, hayon.Errorf(hayon.CodeUsage, "%q is in a year that no calendar has", phrase).WithHint("give a year from 1 to 9998")
	}
	return spanAround(day, cmp.Or(p.view, monthView), p.today), nil
}

// spanAround is the month, week or day in which a day is.
func spanAround(day time.Time, view calendarView, today time.Time) calendarSpan {
	s := calendarSpan{view: view, focus: day, today: today}
	switch view {
	case weekView:
		s.first = addDays(day, -mondays(day))
		s.until = addDays(s.first, 7)
	case dayView:
		s.first, s.until = day, addDays(day, 1)
	case monthView:
		s.first = startOfDay(day.Year(), day.Month(), 1, day.Location())
		s.until = startOfDay(day.Year(), day.Month()+1, 1, day.Location())
	}
	if day.Equal(s.first) && s.has(today) {
		s.focus = today
	}
	return s
}

func (s calendarSpan) has(t time.Time) bool { return !t.Before(s.first) && t.Before(s.until) }

// title names the span, as "December 2026" or "week 47, 16-22 November 2026".
func (s calendarSpan) title() string {
	switch last := addDays(s.until, -1); s.view {
	case monthView:
		return s.first.Format("January 2006")
	case dayView:
		return s.first.Format("Monday 2 January 2006")
	default:
		_, week := s.first.ISOWeek()
		from := "2"
		switch {
		case s.first.Year() != last.Year():
			from = "2 January 2006 "
		case s.first.Month() != last.Month():
			from = "2 January "
		}
		to := "2 January 2006"
		if strings.HasSuffix(from, " ") {
			to = " " + to
		}
		return fmt.Sprintf("week %d, %s-%s", week, s.first.Format(from), last.Format(to))
	}
}

// words are the arguments that show the span.
func (s calendarSpan) words() string {
	switch s.view {
	case monthView:
		return s.first.Format("2006-01")
	default:
		return "--" + string(s.view) + " " + s.first.Format(time.DateOnly)
	}
}

// calendarPhrase reads WHEN. A phrase may choose the view.
type calendarPhrase struct {
	today time.Time
	view  calendarView
}

// read answers a day of what was meant.
func (p *calendarPhrase) read(words []string) (time.Time, bool) {
	switch len(words) {
	case 0:
		return p.today, true
	case 1:
		return p.word(words[0])
	case 2:
		if n, ok := map[string]int{"this": 0, "next": 1, "last": -1}[words[0]]; ok {
			return p.relative(n, words[1])
		}
		if m, ok := monthNamed(words[0]); ok {
			t, err := time.Parse("2006", words[1])
			return startOfDay(t.Year(), m, 1, p.today.Location()), err == nil
		}
	case 3:
		t, err := time.Parse("2 January 2006", fullMonth(words))
		return p.date(t), err == nil
	}
	return time.Time{}, false
}

func (p *calendarPhrase) word(w string) (time.Time, bool) {
	if n, ok := map[string]int{"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1}[w]; ok {
		return addDays(p.today, n), true
	}
	if v := calendarView(w); slices.Contains([]calendarView{monthView, weekView, dayView}, v) {
		p.view = cmp.Or(p.view, v)
		return p.today, true
	}
	if wd, ok := weekdayNamed(w); ok {
		return addDays(p.today, (int(wd)-int(p.today.Weekday())+7)%7), true
	}
	if m, ok := monthNamed(w); ok {
		year := p.today.Year()
		if m < p.today.Month() {
			year++
		}
		return startOfDay(year, m, 1, p.today.Location()), true
	}
	if t, err := time.Parse(time.DateOnly, w); err == nil {
		return p.date(t), true
	}
	if t, err := time.Parse("2006-01", w); err == nil {
		return p.date(t), true
	}
	const maxStep = 5 // digits
	if n, err := strconv.Atoi(w); err == nil && (w[0] == '+' || w[0] == '-') && len(w) <= 1+maxStep {
		return p.step(n, p.view), true
	}
	return time.Time{}, false
}

// relative reads the second word of "next week". Weeks begin on Monday, so that next friday is in the week
// after this one.
func (p *calendarPhrase) relative(n int, what string) (time.Time, bool) {
	switch what {
	case "month":
		return p.step(n, monthView), true
	case "week":
		p.view = cmp.Or(p.view, weekView)
		return p.step(n, weekView), true
	}
	if wd, ok := weekdayNamed(what); ok {
		monday := addDays(p.today, 7*n-mondays(p.today))
		return addDays(monday, (int(wd)+6)%7), true
	}
	return time.Time{}, false
}

// step is so many months, weeks or days from now. A month is at its first day.
func (p *calendarPhrase) step(n int, by calendarView) time.Time {
	switch by {
	case weekView:
		return addDays(p.today, 7*n)
	case dayView:
		return addDays(p.today, n)
	default:
		return startOfDay(p.today.Year(), p.today.Month()+time.Month(n), 1, p.today.Location())
	}
}

// date is the day of a date that was read.
func (p *calendarPhrase) date(t time.Time) time.Time {
	return startOfDay(t.Year(), t.Month(), t.Day(), p.today.Location())
}

// fullMonth writes a date with the whole name of the month.
func fullMonth(words []string) string {
	out := append([]string(nil), words...)
	if m, ok := monthNamed(out[1]); ok {
		out[1] = m.String()
	}
	return strings.Join(out, " ")
}

// startOfDay is the first instant of a day: midnight, or later where the clocks skip that.
func startOfDay(y int, m time.Month, d int, loc *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day(); t.Day() != day {
		_, end := t.ZoneBounds()
		return end
	}
	return t
}

func dayOf(t time.Time) time.Time { return startOfDay(t.Year(), t.Month(), t.Day(), t.Location()) }

func addDays(t time.Time, n int) time.Time {
	return startOfDay(t.Year(), t.Month(), t.Day()+n, t.Location())
}

// mondays is how many days a day is after Monday.
func mondays(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

func weekdayNamed(w string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if full := strings.ToLower(d.String()); w == full || w == full[:3] {
			return d, true
		}
	}
	return 0, false
}

func monthNamed(w string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		if full := strings.ToLower(m.String()); w == full || w == full[:3] || m == time.September && w == "sept" {
			return m, true
		}
	}
	return 0, false
}

package query

import (
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon/when"
)

// atHint is what at: takes.
const atHint = "write at:today, at:tomorrow, at:week, at:next-week, at:2026-12-01, at:2026-12 or at:2026-12-01..2026-12-07"

// days reads at:.
func (r *reader) days(t token) (string, *Error) {
	if _, ok := r.q.said[keyAt]; ok {
		return "", r.twice(t)
	}
	p := t.values[0]
	s := said{text: tidy(p.text)}
	var err *Error
	if first, last, ok := strings.Cut(s.text, ".."); ok {
		s.from, s.to, err = r.span(p, first, last)
	} else {
		s.from, s.to, err = r.period(p, s.text)
	}
	if err != nil {
		return "", err
	}
	r.q.AtSince, r.q.AtUntil = s.from, s.to
	r.keep(t, s)
	return listTerm(keyAt, []string{s.text}), nil
}

// span reads first..last, each of which may be left away, but not both.
func (r *reader) span(p piece, first, last string) (from, to time.Time, err *Error) {
	if first == "" && last == "" {
		return from, to, r.refuse(p.at, atHint, "the range has no end")
	}
	if first != "" {
		if from, _, err = r.end(p, first); err != nil {
			return from, to, err
		}
	}
	if last != "" {
		second := p
		if !p.quoted {
			second.at += len(first) + len("..")
		}
		if _, to, err = r.end(second, last); err != nil {
			return from, to, err
		}
	}
	if first != "" && last != "" && !from.Before(to) {
		return from, to, r.refuse(p.at, "write at:"+last+".."+first, "the range does not end after it begins")
	}
	return from, to, nil
}

// end reads one end of a range: a period, or an instant, before which the range ends.
func (r *reader) end(p piece, text string) (from, to time.Time, err *Error) {
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == 'T' {
		at, bad := time.Parse(time.RFC3339Nano, text)
		if bad != nil || at.UTC().Year() < 1970 || at.UTC().Year() > 9999 {
			return from, to, r.refuse(p.at, "write an instant as 2026-12-01T09:00:00Z", fmt.Sprintf("%q is no instant", text))
		}
		return at, at, nil
	}
	return r.period(p, text)
}

// period is the start of some days and the start of the day after them.
func (r *reader) period(p piece, text string) (from, to time.Time, err *Error) {
	now := r.now.In(r.loc)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	day, months, days := today, 0, 1
	switch text {
	case "today":
	case "tomorrow":
		day = today.AddDate(0, 0, 1)
	case "yesterday":
		day = today.AddDate(0, 0, -1)
	case "week":
		day, days = monday, 7
	case "next-week":
		day, days = monday.AddDate(0, 0, 7), 7
	case "last-week":
		day, days = monday.AddDate(0, 0, -7), 7
	default:
		if day, months, days, err = r.date(p, text, today); err != nil {
			return from, to, err
		}
	}
	return r.start(day), r.start(day.AddDate(0, months, days)), nil
}

// date reads a day or a month.
func (r *reader) date(p piece, text string, today time.Time) (day time.Time, months, days int, err *Error) {
	layout, months, days := time.DateOnly, 0, 1
	if len(text) == len("2006-01") {
		layout, months, days = "2006-01", 1, 0
	}
	day, bad := time.Parse(layout, text)
	switch {
	case bad != nil:
		hint := atHint
		if d, ok := weekday(text); ok {
			next := today.AddDate(0, 0, (int(d)-int(today.Weekday())+7)%7)
			hint = fmt.Sprintf("write at:%s, or at:%s", next.Format(time.DateOnly), next.AddDate(0, 0, -7).Format(time.DateOnly))
		}
		return day, 0, 0, r.refuse(p.at, hint, fmt.Sprintf("%q is no day, week or month", text))
	case day.Year() < 1971 || day.Year() > 9998:
		return day, 0, 0, r.refuse(p.at, atHint, fmt.Sprintf("%q is not in the years 1971 to 9998", text))
	}
	return day, months, days, nil
}

// weekday finds the day of a week that at: does not take: it could be the one before or the one to come.
func weekday(text string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if full := strings.ToLower(d.String()); len(text) >= 3 && strings.HasPrefix(full, text) {
			return d, true
		}
	}
	return 0, false
}

// start is when a day begins, which is not midnight where the clocks skip that.
func (r *reader) start(day time.Time) time.Time {
	t, err := when.ResolveIn(day.Format(when.WallLayout), r.loc)
	if err != nil {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, r.loc)
	}
	return t
}

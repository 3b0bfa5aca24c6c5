package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// The layout of a calendar: which post is on which day, which days make a week, and what a cell has room
// for. Nothing here paints.

// calendarEntry is a post at its time.
type calendarEntry struct {
	post *api.Post
	// at is in the zone of the calendar.
	at time.Time
	// twice: clocks show this time twice that day, since they are put back.
	twice bool
}

// calendarEntries are posts at their times in a zone, the earliest first.
func calendarEntries(posts []api.Post, loc *time.Location) []calendarEntry {
	entries := make([]calendarEntry, len(posts))
	for i := range posts {
		at := posts[i].At.In(loc)
		entries[i] = calendarEntry{post: &posts[i], at: at, twice: shownTwice(at)}
	}
	slices.SortStableFunc(entries, func(a, b calendarEntry) int { return a.at.Compare(b.at) })
	return entries
}

// shownTwice reports whether clocks show a time twice.
func shownTwice(t time.Time) bool {
	_, mine := t.Zone()
	start, end := t.ZoneBounds()
	for _, there := range []time.Time{start.Add(-time.Nanosecond), end} {
		_, offset := there.In(t.Location()).Zone()
		_, then := t.Add(time.Duration(mine-offset) * time.Second).Zone()
		if offset != mine && then == offset {
			return true
		}
	}
	return false
}

// clock is the time as a cell shows it: 09:00, or 02:30+02 where two times look alike.
func (e calendarEntry) clock() string {
	out := e.at.Format("15:04")
	if e.twice {
		out += strings.TrimSuffix(e.at.Format("-0700"), "00")
	}
	return out
}

// times is the time with its zone, and that in the post's own zone where the clocks there show another one.
func (e calendarEntry) times() string {
	out := e.at.Format("15:04 ") + zoneLetters(e.at, e.twice)
	own, err := time.LoadLocation(e.post.Zone)
	if e.post.Zone == "" || err != nil {
		return out
	}
	there := e.at.In(own)
	if _, offset := there.Zone(); offset == offsetOf(e.at) {
		return out
	}
	layout := "15:04"
	if there.Day() != e.at.Day() {
		layout = "Mon 15:04"
	}
	return fmt.Sprintf("%s (%s %s)", out, there.Format(layout), e.post.Zone)
}

// zoneLetters is the zone of a time as people write it: its letters, or its offset.
func zoneLetters(t time.Time, offset bool) string {
	name, _ := t.Zone()
	if offset || name == "" || name[0] == '+' || name[0] == '-' {
		return t.Format("-07:00")
	}
	return name
}

func offsetOf(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

// calendarDay is a day with what is on it.
type calendarDay struct {
	// date is the start of the day; zero is a place in a week that the span has no day for.
	date    time.Time
	entries []calendarEntry
}

// days are all days of a span, with their entries.
func (s calendarSpan) days(entries []calendarEntry) []calendarDay {
	var days []calendarDay
	place := make(map[string]int)
	for d := s.first; d.Before(s.until); d = addDays(d, 1) {
		place[d.Format(time.DateOnly)] = len(days)
		days = append(days, calendarDay{date: d})
	}
	for _, e := range entries {
		if i, ok := place[e.at.Format(time.DateOnly)]; ok {
			days[i].entries = append(days[i].entries, e)
		}
	}
	return days
}

// calendarWeeks are days in weeks from Monday on, each of seven.
func calendarWeeks(days []calendarDay) [][]calendarDay {
	var weeks [][]calendarDay
	for _, d := range days {
		if len(weeks) == 0 || mondays(d.date) == 0 {
			weeks = append(weeks, make([]calendarDay, 7))
		}
		weeks[len(weeks)-1][mondays(d.date)] = d
	}
	return weeks
}

// calendarLine is a line of a cell: an entry, several published ones, or how many more there are.
type calendarLine struct {
	entry     *calendarEntry
	published int
	more      int
}

// lines are what a cell of so many rows shows of a day. Several posts that are out share a line.
func (d calendarDay) lines(rows int) []calendarLine {
	var lines []calendarLine
	published := 0
	for _, e := range d.entries {
		if e.post.State == hayon.PostPublished {
			published++
		}
	}
	if published > 1 {
		lines = append(lines, calendarLine{published: published})
	}
	for i := range d.entries {
		if published < 2 || d.entries[i].post.State != hayon.PostPublished {
			lines = append(lines, calendarLine{entry: &d.entries[i]})
		}
	}
	if len(lines) > rows {
		lines = append(lines[:rows-1:rows-1], calendarLine{more: len(lines) - rows + 1})
	}
	return lines
}

// calendarSlot is a row of a week: one time of the day, with the entries of each of the seven days.
type calendarSlot struct {
	label string
	days  [7][]calendarEntry
}

// height is how many lines the row takes.
func (s *calendarSlot) height() int {
	n := 1
	for _, d := range s.days {
		n = max(n, len(d))
	}
	return n
}

// calendarSlots are the times of day at which something is on a day of a week, in order.
func calendarSlots(week []calendarDay) []calendarSlot {
	type when struct {
		label string
		clock int
		// offset puts the first of two times that look alike before the second.
		offset int
	}
	found := make(map[when]*calendarSlot)
	for i, d := range week {
		for _, e := range d.entries {
			w := when{label: e.clock(), clock: e.at.Hour()*60 + e.at.Minute()}
			if e.twice {
				w.offset = -offsetOf(e.at)
			}
			if found[w] == nil {
				found[w] = &calendarSlot{label: w.label}
			}
			found[w].days[i] = append(found[w].days[i], e)
		}
	}
	order := make([]when, 0, len(found))
	for w := range found {
		order = append(order, w)
	}
	slices.SortFunc(order, func(a, b when) int {
		return cmp.Or(cmp.Compare(a.clock, b.clock), cmp.Compare(a.offset, b.offset), strings.Compare(a.label, b.label))
	})
	slots := make([]calendarSlot, len(order))
	for i, w := range order {
		slots[i] = *found[w]
	}
	return slots
}

// nextEntries are those of the focus, else the first ones that are still to come, at most limit.
func (s calendarSpan) nextEntries(entries []calendarEntry, now time.Time, limit int) []calendarEntry {
	var on, next []calendarEntry
	for _, e := range entries {
		switch {
		case e.at.Format(time.DateOnly) == s.focus.Format(time.DateOnly):
			on = append(on, e)
		case !e.at.Before(now):
			next = append(next, e)
		}
	}
	if len(on) == 0 {
		on = next
	}
	return on[:min(len(on), limit)]
}

// calendarLetters gives each account a letter: one of its name where it can, so that it stays the same in
// every calendar of the same accounts. Names without an alias choose first.
func calendarLetters(names []string) map[string]string {
	order := slices.Clone(names)
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
	})
	const any = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	letters, taken := make(map[string]string), make(map[rune]bool)
	for _, name := range order {
		if letters[name] != "" {
			continue
		}
		platform, alias, _ := strings.Cut(name, "/")
		letters[name] = "*" // of more accounts than there are letters
		for _, r := range strings.ToLower(alias+platform) + any {
			if strings.ContainsRune(any, r) && !taken[r] {
				taken[r] = true
				letters[name] = string(r)
				break
			}
		}
	}
	return letters
}

// calendarMark is the symbol of a state; "" where the time says enough.
func calendarMark(s hayon.PostState) string {
	switch s {
	case hayon.PostPublished:
		return "✓"
	case hayon.PostFailed, hayon.PostPartial, hayon.PostUncertain, hayon.PostMissed:
		return "✗"
	case hayon.PostDraft:
		return "▪"
	case hayon.PostCancelled:
		return "x"
	case hayon.PostScheduled, hayon.PostPublishing:
	}
	return ""
}

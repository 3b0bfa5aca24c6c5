package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon/when"
)

// inOrder completes in the order that is given, the likeliest first.
const inOrder = noFiles | cobra.ShellCompDirectiveKeepOrder

// nowHere is the time in the zone of the user.
func (a *app) nowHere(cmd *cobra.Command, args []string) (time.Time, bool) {
	if a.prepare(cmd, args) != nil {
		return time.Time{}, false
	}
	loc, err := a.location()
	if err != nil {
		return time.Time{}, false
	}
	return a.now().In(loc), true
}

// completeTimes completes a time in words, with the instant that it means.
func (a *app) completeTimes(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	now, ok := a.nowHere(cmd, args)
	if !ok {
		return nil, noFiles
	}
	var out []string
	for _, phrase := range timePhrases(typed) {
		if m, err := when.Parse(phrase, now, now.Location()); err == nil { // tonight may be over
			out = append(out, phrase+"\t"+when.Format(m.At))
		}
	}
	return out, inOrder
}

// timePhrases are times that may be meant by what is typed so far. Some of them are none, or past.
func timePhrases(typed string) []string {
	all := []string{
		"in 30m", "in 1h", "in 2h", "today noon", "today 6pm", "tonight 8pm", "tomorrow 9am", "tomorrow noon", "tomorrow 6pm",
		"fri 9am", "next monday 9am", "now",
	}
	begun := strings.TrimRight(typed, " ")
	if begun == "" {
		return all[:len(all)-1]
	}
	next := strings.HasPrefix(typed, "next ") // else one of them stands for all
	for _, day := range calendarWeekdays() {
		names := []string{day[:3], day}
		if next {
			names = []string{"next " + day}
		}
		for _, name := range names {
			if name != begun && strings.HasPrefix(name, typed) {
				all = append(all, name+" 9am")
			}
		}
	}
	for _, end := range []string{"", "am", "pm", ":00", " 9am", " noon", " 6pm"} {
		all = append(all, begun+end)
	}
	for _, unit := range []string{"m", "h", "d"} {
		all = append(all, begun+unit)
	}
	return slices.DeleteFunc(unique(all), func(s string) bool { return !strings.HasPrefix(s, typed) })
}

// calendarWeekdays are the names of the days of a week.
func calendarWeekdays() []string {
	days := make([]string, 7)
	for i := range days {
		days[i] = strings.ToLower(time.Weekday((i + 1) % 7).String())
	}
	return days
}

// completeSpans completes how long from now, with the instant that it means.
func (a *app) completeSpans(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	now, ok := a.nowHere(cmd, args)
	if !ok {
		return nil, noFiles
	}
	var out []string
	for _, span := range unique(append([]string{"10m", "30m", "1h", "2h", "4h", "1d", "2d", "1w"}, typed, typed+"m", typed+"h", typed+"d", typed+"w")) {
		if d, err := when.ParseDuration(span); err == nil {
			out = append(out, span+"\t"+when.Format(d.Add(now, now.Location())))
		}
	}
	return out, inOrder
}

// completeShifts completes by how much a post moves.
func completeShifts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	list := []string{"+30m", "+1h", "+1d", "+1w", "-30m", "-1h", "-1d", "-1w"}
	for _, unit := range []string{"m", "h", "d", "w"} {
		list = append(list, typed+unit)
	}
	var out []string
	for _, shift := range unique(list) {
		by, err := parseShift(shift)
		if err != nil {
			continue
		}
		said := "later"
		if by.Days < 0 || by.Elapsed < 0 {
			said = "earlier"
		}
		if by.Days != 0 {
			said += ", at the same clock"
		}
		out = append(out, shift+"\t"+said)
	}
	return out, inOrder
}

// completeCalendar completes what a calendar shows, with its title.
func (a *app) completeCalendar(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	now, ok := a.nowHere(cmd, args)
	if !ok || len(args) > 1 {
		return nil, noFiles
	}
	list := append([]string{"today", "tomorrow", "yesterday", "week", "month"}, calendarWeekdays()...)
	for m := time.January; m <= time.December; m++ {
		list = append(list, strings.ToLower(m.String()))
	}
	before := ""
	if len(args) > 0 {
		before = args[0] + " "
	} else {
		list = append(list, "+1", "next\ta week, month or day", "last\ta week, month or day", "this\tweek or month")
	}
	var out []string
	for _, word := range list {
		if strings.Contains(word, "\t") {
			out = append(out, word)
		} else if s, err := parseCalendarSpan(before+word, "", now); err == nil {
			out = append(out, word+"\t"+s.title())
		}
	}
	return out, inOrder
}

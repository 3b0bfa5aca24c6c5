package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// calendarNow is the clock of these tests, in Berlin.
func calendarNow(t *testing.T) time.Time {
	t.Helper()
	return time.Date(2026, 11, 20, 21, 18, 0, 0, berlin(t))
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestCalendarSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		phrase string
		view   calendarView
		want   string // view, first day, until, focus
	}{
		{"", "", "month 2026-11-01 2026-12-01 2026-11-20"},
		{"", weekView, "week 2026-11-16 2026-11-23 2026-11-20"},
		{"", dayView, "day 2026-11-20 2026-11-21 2026-11-20"},
		{"week", "", "week 2026-11-16 2026-11-23 2026-11-20"},
		{"month", weekView, "week 2026-11-16 2026-11-23 2026-11-20"},
		{"today", "", "month 2026-11-01 2026-12-01 2026-11-20"},
		{"tomorrow", dayView, "day 2026-11-21 2026-11-22 2026-11-21"},
		{"yesterday", "", "month 2026-11-01 2026-12-01 2026-11-19"},
		{"December", "", "month 2026-12-01 2027-01-01 2026-12-01"},
		{"nov", "", "month 2026-11-01 2026-12-01 2026-11-20"},
		{"oct", "", "month 2027-10-01 2027-11-01 2027-10-01"},
		{"dec 2027", "", "month 2027-12-01 2028-01-01 2027-12-01"},
		{"2026-12", weekView, "week 2026-11-30 2026-12-07 2026-12-01"},
		{"2026-12-24", "", "month 2026-12-01 2027-01-01 2026-12-24"},
		{"24 dec 2026", dayView, "day 2026-12-24 2026-12-25 2026-12-24"},
		{"next month", "", "month 2026-12-01 2027-01-01 2026-12-01"},
		{"last month", "", "month 2026-10-01 2026-11-01 2026-10-01"},
		{"next week", "", "week 2026-11-23 2026-11-30 2026-11-27"},
		{"last week", monthView, "month 2026-11-01 2026-12-01 2026-11-13"},
		{"this week", "", "week 2026-11-16 2026-11-23 2026-11-20"},
		{"friday", dayView, "day 2026-11-20 2026-11-21 2026-11-20"},
		{"sunday", weekView, "week 2026-11-16 2026-11-23 2026-11-22"},
		{"next friday", dayView, "day 2026-11-27 2026-11-28 2026-11-27"},
		{"next sunday", dayView, "day 2026-11-29 2026-11-30 2026-11-29"},
		{"+1", "", "month 2026-12-01 2027-01-01 2026-12-01"},
		{"+2", "", "month 2027-01-01 2027-02-01 2027-01-01"},
		{"-1", weekView, "week 2026-11-09 2026-11-16 2026-11-13"},
		{"+3", dayView, "day 2026-11-23 2026-11-24 2026-11-23"},
		{"+99999", "", ""},
		{"banana", "", ""},
		{"next banana", "", ""},
		{"dec 27", "", ""},
		{"2026-13", "", ""},
		{"2026-02-30", "", ""},
		{"31 feb 2026", "", ""},
		{"+", "", ""},
		{"5", "", ""},
		{"0000-01", "", ""},
		{"mon 9am 2026", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.phrase+" "+string(tt.view), func(t *testing.T) {
			t.Parallel()
			got := ""
			s, err := parseCalendarSpan(tt.phrase, tt.view, calendarNow(t))
			if err == nil {
				got = fmt.Sprintf("%s %s %s %s", s.view, s.first.Format(time.DateOnly), s.until.Format(time.DateOnly), s.focus.Format(time.DateOnly))
			} else if hayon.CodeOf(err) != hayon.CodeUsage {
				t.Errorf("the error is %v", err)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCalendarDays: each day of two years is in one month, week and day of each zone, also where midnight is
// skipped and where a day is left out, and the spans meet without a gap.
func TestCalendarDays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "Africa/Cairo", "America/Santiago", "Pacific/Apia", "Asia/Beirut", "UTC", "America/Havana"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, year := range []int{2011, 2026} {
			for d := dayOf(time.Date(year, 1, 1, 12, 0, 0, 0, loc)); d.Year() < year+2; d = addDays(d, 1) {
				next := addDays(d, 1)
				if !next.After(d) || next.Sub(d) > 25*time.Hour || d.Add(-time.Nanosecond).Day() == d.Day() {
					t.Fatalf("%s: %s is followed by %s", name, d, next)
				}
				for _, view := range []calendarView{monthView, weekView, dayView} {
					s := spanAround(d, view, d)
					if !s.has(d) || !s.has(next.Add(-time.Second)) || !spanAround(s.until, view, d).first.Equal(s.until) {
						t.Fatalf("%s: %s is in the %s from %s to %s", name, d, view, s.first, s.until)
					}
				}
			}
		}
	}
}

func TestCalendarTitles(t *testing.T) {
	t.Parallel()
	for phrase, want := range map[string]string{
		"this week":   "week 47, 16-22 November 2026",
		"":            "November 2026",
		"last month":  "October 2026",
		"next month":  "December 2026",
		"2026-12-01":  "week 49, 30 November - 6 December 2026",
		"2027-01-01":  "week 53, 28 December 2026 - 3 January 2027",
		"24 dec 2026": "Thursday 24 December 2026",
	} {
		view := calendarView("")
		switch {
		case strings.HasSuffix(phrase, "-01"):
			view = weekView
		case strings.HasPrefix(phrase, "24"):
			view = dayView
		}
		s, err := parseCalendarSpan(phrase, view, calendarNow(t))
		if err != nil || s.title() != want {
			t.Errorf("%q: got %q, want %q, %v", phrase, s.title(), want, err)
		}
		again, err := parseCalendarSpan(strings.TrimPrefix(s.words(), "--"+string(s.view)+" "), s.view, calendarNow(t))
		if err != nil || !again.first.Equal(s.first) {
			t.Errorf("%q leads to %s, want %s, %v", s.words(), again.first, s.first, err)
		}
	}
}

func TestCalendarLetters(t *testing.T) {
	t.Parallel()
	got := calendarLetters([]string{"mastodon", "bluesky/work", "bluesky", "site", "bluesky/b", "mastodon/音", "bluesky"})
	want := map[string]string{"bluesky": "b", "mastodon": "m", "site": "s", "bluesky/b": "l", "bluesky/work": "w", "mastodon/音": "a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var many []string
	for i := range 70 {
		many = append(many, fmt.Sprintf("demo/%d", i))
	}
	seen := make(map[string]int)
	for _, l := range calendarLetters(many) {
		seen[l]++
	}
	if len(seen) != 63 || seen["*"] != 8 {
		t.Errorf("%d letters, and %d accounts without", len(seen), seen["*"])
	}
}

func TestCalendarLines(t *testing.T) {
	t.Parallel()
	day := func(states ...hayon.PostState) calendarDay {
		var d calendarDay
		for _, s := range states {
			d.entries = append(d.entries, calendarEntry{post: &api.Post{State: s}})
		}
		return d
	}
	const out, waits = hayon.PostPublished, hayon.PostScheduled
	tests := []struct {
		name string
		day  calendarDay
		want string
	}{
		{"nothing", day(), ""},
		{"one that is out", day(out), "published "},
		{"two that are out", day(out, out), "=2 "},
		{"out and waiting", day(out, waits, out), "=2 scheduled "},
		{"as many as there is room for", day(waits, waits, waits), "scheduled scheduled scheduled "},
		{"one more", day(waits, waits, waits, waits), "scheduled scheduled +2 "},
		{"many", day(out, out, waits, waits, waits, waits), "=2 scheduled +3 "},
	}
	for _, tt := range tests {
		var got strings.Builder
		for _, l := range tt.day.lines(3) {
			switch {
			case l.more > 0:
				fmt.Fprintf(&got, "+%d ", l.more)
			case l.published > 0:
				fmt.Fprintf(&got, "=%d ", l.published)
			default:
				fmt.Fprintf(&got, "%s ", l.entry.post.State)
			}
		}
		if got.String() != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got.String(), tt.want)
		}
	}
}

// calendarFixture are posts of a month, with wide characters, and codes for a terminal in a text.
func calendarFixture(t *testing.T) calendarContent {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden", "calendar.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c calendarContent
	if err := json.Unmarshal(b, &c.posts); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bluesky", "linkedin", "mastodon", "threads"} {
		c.accounts = append(c.accounts, &hayon.Account{Name: name, Platform: name, Status: hayon.AccountConnected})
	}
	c.accounts[3].Status = hayon.AccountNeedsReconnect
	c.drafts = 2
	return c
}

// TestGoldenCalendar: a month, a week and a day in all widths and formats.
func TestGoldenCalendar(t *testing.T) {
	t.Parallel()
	for _, view := range []calendarView{monthView, weekView, dayView} {
		for _, w := range append(slices.Clone(ways), way{name: "40", width: 40}, way{name: "56", width: 56}, way{name: "120", width: 120}) {
			got := shownIn(t, w, func(a *app) error {
				c := calendarFixture(t)
				a.now = func() time.Time { return calendarNow(t) }
				c.span = spanAround(dayOf(calendarNow(t)), view, dayOf(calendarNow(t)))
				c.posts = slices.DeleteFunc(c.posts, func(p api.Post) bool { return !c.span.has(p.At) })
				return (&calendarOptions{app: a}).print(c)
			})
			wantGolden(t, "calendar-"+string(view)+"-"+w.name, got)
			for line := range strings.Lines(got) {
				if n := visible(strings.TrimRight(line, "\n")); w.width > 0 && n > w.width {
					t.Errorf("%s at %s: %d cells: %q", view, w.name, n, line)
				}
			}
			if w.width > 0 && w.colour == "" && strings.ContainsAny(got, "\x1b\t") {
				t.Errorf("%s at %s commands the terminal", view, w.name)
			}
		}
	}
}

// TestCalendarWidths: no width breaks a line or the program.
func TestCalendarWidths(t *testing.T) {
	t.Parallel()
	for width := 20; width <= 200; width++ {
		for _, view := range []calendarView{monthView, weekView, dayView} {
			got := shownIn(t, way{width: width}, func(a *app) error {
				c := calendarFixture(t)
				a.now = func() time.Time { return calendarNow(t) }
				c.span = spanAround(dayOf(calendarNow(t)), view, dayOf(calendarNow(t)))
				return (&calendarOptions{app: a}).print(c)
			})
			for line := range strings.Lines(got) {
				line = strings.TrimRight(line, "\n")
				if n := visible(line); n > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Fatalf("%s at %d: %d cells: %q", view, width, n, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Fatalf("%s at %d ends with a blank: %q", view, width, line)
				}
			}
		}
	}
}

// accessibleCalendar is a calendar as a screen reader gets it.
func accessibleCalendar(t *testing.T, view calendarView) string {
	t.Helper()
	var out, errs bytes.Buffer
	a := newApp(&streams{out: &out, err: &errs, outTTY: true, width: 80}, env("TZ=Europe/Berlin", "ACCESSIBLE=1"))
	a.flags.color = "never"
	a.now = func() time.Time { return calendarNow(t) }
	c := calendarFixture(t)
	c.span = spanAround(dayOf(calendarNow(t)), view, dayOf(calendarNow(t)))
	c.posts = slices.DeleteFunc(c.posts, func(p api.Post) bool { return !c.span.has(p.At) })
	if err := (&calendarOptions{app: a}).print(c); err != nil {
		t.Fatal(err)
	}
	if want := "2 drafts without a time: hayon list --state draft\n"; !strings.Contains(errs.String(), want) {
		t.Errorf("got %q, want %q", errs.String(), want)
	}
	return out.String()
}

func TestCalendarAccessible(t *testing.T) {
	t.Parallel()
	for _, view := range []calendarView{monthView, weekView, dayView} {
		got := accessibleCalendar(t, view)
		wantGolden(t, "calendar-"+string(view)+"-accessible", got)
		if strings.ContainsAny(got, "✓✗▪●▸│─") {
			t.Errorf("%s has symbols:\n%s", view, got)
		}
	}
}

// TestCalendarClockChanges: a time that the clocks skip is shown as it is, two that look alike by their
// offsets, in order.
func TestCalendarClockChanges(t *testing.T) {
	t.Parallel()
	gap := time.Date(2027, 3, 28, 1, 30, 0, 0, time.UTC) // 02:30 is skipped
	twice := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	posts := []api.Post{{State: hayon.PostScheduled, Text: "second", At: twice.Add(time.Hour)}, {State: hayon.PostScheduled, Text: "first", At: twice}, {At: gap}, {At: gap.Add(-time.Hour)}}
	entries := calendarEntries(posts, berlin(t))
	var got []string
	for _, e := range entries {
		got = append(got, e.clock()+" | "+e.times())
	}
	want := []string{"02:30+02 | 02:30 +02:00", "02:30+01 | 02:30 +01:00", "01:30 | 01:30 CET", "03:30 | 03:30 CEST"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s := spanAround(dayOf(twice.In(berlin(t))), weekView, calendarNow(t))
	slots := calendarSlots(s.days(entries[:2]))
	if len(slots) != 2 || slots[0].label != "02:30+02" || slots[1].label != "02:30+01" || slots[0].days[6][0].post.Text != "first" {
		t.Errorf("got %v", slots)
	}
}

// TestCalendarOwnZone: a list names the post's own zone where clocks there show another time.
func TestCalendarOwnZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"":                    "09:00 CET",
		"Europe/Paris":        "09:00 CET",
		"America/New_York":    "09:00 CET (03:00 America/New_York)",
		"Pacific/Kiritimati":  "09:00 CET (22:00 Pacific/Kiritimati)",
		"America/Los_Angeles": "09:00 CET (00:00 America/Los_Angeles)",
		"Pacific/Honolulu":    "09:00 CET (Thu 22:00 Pacific/Honolulu)",
		"Europe/Atlantis":     "09:00 CET",
	} {
		posts := []api.Post{{At: at, Zone: zone}}
		if got := calendarEntries(posts, berlin(t))[0].times(); got != want {
			t.Errorf("%s: got %q, want %q", zone, got, want)
		}
	}
}

// TestCalendarICS reads the file of a whole program with a reader of somebody else: each post is there once,
// at its instant and in its zone.
func TestCalendarICS(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, mode)
			want := make(map[string]string)
			for _, at := range []string{
				"2090-01-02 09:00 Europe/Berlin", "2090-03-26 02:30 Europe/Berlin", "2090-06-02 09:00 America/New_York", "2090-06-02 09:00 Australia/Lord_Howe",
				"2090-06-02 09:00 Europe/Dublin", "2090-06-02 09:00 Asia/Kathmandu", "2090-01-02T03:04:05Z", "2090-06-02 09:00 UTC", "2090-06-02T09:00:00+05:30",
			} {
				p := u.must(t, 0, "", "post", "Say; \"hello\", wörld\\n: "+at, "--to", "site", "--at", at, "--json").post(t)
				want[p.ID.String()+"@hayon"] = p.At.UTC().Format(time.RFC3339) + " " + p.Zone
			}
			u.must(t, 0, "", "post", "no time", "--to", "site", "--draft")
			gone := u.must(t, 0, "", "post", "cancelled", "--to", "site", "--at", "2090-06-02 10:00 UTC", "--json").post(t)
			u.must(t, 0, "", "cancel", gone.ID.String())
			want[gone.ID.String()+"@hayon"] = "2090-06-02T10:00:00Z UTC"

			got := make(map[string]string)
			for _, v := range readICS(t, u.must(t, 0, "", "calendar", "--ics", "--all").out) {
				uid, err := v.Props.Text("UID")
				if err != nil {
					t.Fatal(err)
				}
				at, err := v.DateTimeStart(time.UTC)
				if err != nil {
					t.Fatal(err)
				}
				zone := v.Props.Get("DTSTART").Params.Get("TZID")
				if strings.HasSuffix(want[uid], " UTC") {
					zone = "UTC" // it is written without one
				}
				got[uid] = at.UTC().Format(time.RFC3339) + " " + zone
				if status, err := v.Status(); uid == gone.ID.String()+"@hayon" && (err != nil || status != ical.EventCancelled) {
					t.Errorf("the cancelled one is %s, %v", status, err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(readICS(t, u.must(t, 0, "", "calendar", "--ics", "2090-01").out)); n != 2 {
				t.Errorf("%d posts in January", n)
			}
			empty := u.must(t, 0, "", "calendar", "--ics", "2091-01").out
			if n := len(readICS(t, empty)); n != 0 || !strings.Contains(empty, "BEGIN:VTIMEZONE") {
				t.Errorf("%d posts in an empty month:\n%s", n, empty)
			}
		})
	}
}

// readICS reads a file, holds it against the rules of the reader for what it would write, and against those
// for lines.
func readICS(t *testing.T, file string) []ical.Event {
	t.Helper()
	c, err := ical.NewDecoder(strings.NewReader(file)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	if err := ical.NewEncoder(&bytes.Buffer{}).Encode(c); err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	for line := range strings.Lines(file) {
		if !strings.HasSuffix(line, "\r\n") || len(line) > 77 {
			t.Errorf("the line %q", line)
		}
	}
	return c.Events()
}

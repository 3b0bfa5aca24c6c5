package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/when"
)

const shown = "2006-01-02 15:04:05 -07:00"

// now is Fri 20 Nov 2026 21:18 in Berlin, 15:18 in New York, 17:18 in São Paulo, and
// Sat 21 Nov 01:48 in Kolkata.
var now = time.Date(2026, 11, 20, 20, 18, 0, 0, time.UTC)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestParseWall has phrases that mean a wall clock, said in Berlin.
func TestParseWall(t *testing.T) {
	t.Parallel()
	const berlin = "Europe/Berlin"
	tests := []struct{ phrase, at, zone, note string }{
		// a clock alone
		{"22:00", "2026-11-20 22:00:00 +01:00", berlin, ""},
		{"10pm", "2026-11-20 22:00:00 +01:00", berlin, ""},
		{"10 pm", "2026-11-20 22:00:00 +01:00", berlin, ""},
		{"10:30pm", "2026-11-20 22:30:00 +01:00", berlin, ""},
		{"10.30pm", "2026-11-20 22:30:00 +01:00", berlin, ""},
		{"10.30 PM", "2026-11-20 22:30:00 +01:00", berlin, ""},
		{"22:00:05", "2026-11-20 22:00:05 +01:00", berlin, ""},
		{"21:18", "2026-11-20 21:18:00 +01:00", berlin, ""},
		{"21:17", "2026-11-21 21:17:00 +01:00", berlin, "21:17 has passed today: taken as tomorrow"},
		{"9am", "2026-11-21 09:00:00 +01:00", berlin, "9am has passed today: taken as tomorrow"},
		{"9:30", "2026-11-21 09:30:00 +01:00", berlin, "9:30 has passed today: taken as tomorrow"},
		{"09:30am", "2026-11-21 09:30:00 +01:00", berlin, "09:30am has passed today: taken as tomorrow"},
		{"12am", "2026-11-21 00:00:00 +01:00", berlin, "12am has passed today: taken as tomorrow"},
		{"12pm", "2026-11-21 12:00:00 +01:00", berlin, "12pm has passed today: taken as tomorrow"},
		{"00:00", "2026-11-21 00:00:00 +01:00", berlin, "00:00 has passed today: taken as tomorrow"},
		{"noon", "2026-11-21 12:00:00 +01:00", berlin, "noon has passed today: taken as tomorrow"},
		{"Midnight", "2026-11-21 00:00:00 +01:00", berlin, "midnight is the start of Sat 21 Nov 2026"},
		// words for days
		{"today 22:00", "2026-11-20 22:00:00 +01:00", berlin, ""},
		{"today 11pm", "2026-11-20 23:00:00 +01:00", berlin, ""},
		{"tonight 22:00", "2026-11-20 22:00:00 +01:00", berlin, ""},
		{"tonight 11:59 pm", "2026-11-20 23:59:00 +01:00", berlin, ""},
		{"tonight midnight", "2026-11-21 00:00:00 +01:00", berlin, "midnight is the start of Sat 21 Nov 2026"},
		{"tomorrow 9am", "2026-11-21 09:00:00 +01:00", berlin, ""},
		{"TOMORROW 9AM", "2026-11-21 09:00:00 +01:00", berlin, ""},
		{"  tomorrow \t 9am  ", "2026-11-21 09:00:00 +01:00", berlin, ""},
		{"tomorrow noon", "2026-11-21 12:00:00 +01:00", berlin, ""},
		{"tomorrow 00:00", "2026-11-21 00:00:00 +01:00", berlin, ""},
		{"tomorrow midnight", "2026-11-21 00:00:00 +01:00", berlin, "midnight is the start of Sat 21 Nov 2026"},
		{"tomorrow 0:30", "2026-11-21 00:30:00 +01:00", berlin, ""},
		{"day after tomorrow 09:00", "2026-11-22 09:00:00 +01:00", berlin, ""},
		{"Day After Tomorrow noon", "2026-11-22 12:00:00 +01:00", berlin, ""},
		// weekdays; today is a Friday
		{"friday 22:00", "2026-11-20 22:00:00 +01:00", berlin, "Friday is today"},
		{"friday 9am", "2026-11-27 09:00:00 +01:00", berlin, "9am has passed today: taken as Fri 27 Nov 2026"},
		{"sat 9am", "2026-11-21 09:00:00 +01:00", berlin, ""},
		{"sunday 9am", "2026-11-22 09:00:00 +01:00", berlin, ""},
		{"mon 9am", "2026-11-23 09:00:00 +01:00", berlin, ""},
		{"tues 9am", "2026-11-24 09:00:00 +01:00", berlin, ""},
		{"Weds 9am", "2026-11-25 09:00:00 +01:00", berlin, ""},
		{"thurs 9am", "2026-11-26 09:00:00 +01:00", berlin, ""},
		{"thursday midnight", "2026-11-26 00:00:00 +01:00", berlin, "midnight is the start of Thu 26 Nov 2026"},
		{"next monday 9am", "2026-11-23 09:00:00 +01:00", berlin, "next Monday is in the week after this one: Mon 23 Nov 2026"},
		{"next friday 9am", "2026-11-27 09:00:00 +01:00", berlin, "next Friday is in the week after this one: Fri 27 Nov 2026"},
		{"next sun 18:30", "2026-11-29 18:30:00 +01:00", berlin, "next Sunday is in the week after this one: Sun 29 Nov 2026"},
		// dates
		{"2026-12-01 09:00", "2026-12-01 09:00:00 +01:00", berlin, ""},
		{"2026-12-01 9am", "2026-12-01 09:00:00 +01:00", berlin, ""},
		{"2026-12-01T09:00", "2026-12-01 09:00:00 +01:00", berlin, ""},
		{"2026-12-01t09:00:30", "2026-12-01 09:00:30 +01:00", berlin, ""},
		{"2026-11-20 21:18", "2026-11-20 21:18:00 +01:00", berlin, ""},
		{"2027-07-01 9am", "2027-07-01 09:00:00 +02:00", berlin, ""},
		{"2028-02-29 noon", "2028-02-29 12:00:00 +01:00", berlin, ""},
		{"1 feb 2027 9am", "2027-02-01 09:00:00 +01:00", berlin, ""},
		{"01 Feb 2027 09:00", "2027-02-01 09:00:00 +01:00", berlin, ""},
		{"1 february 2027 9:30 pm", "2027-02-01 21:30:00 +01:00", berlin, ""},
		{"30 sept 2027 9am", "2027-09-30 09:00:00 +02:00", berlin, ""},
		{"31 dec 2026 23:59:59", "2026-12-31 23:59:59 +01:00", berlin, ""},
		// zones
		{"tomorrow 9am Europe/Berlin", "2026-11-21 09:00:00 +01:00", berlin, ""},
		{"2026-12-01 09:00 europe/berlin", "2026-12-01 09:00:00 +01:00", berlin, ""},
		{"tomorrow 9am america/new_york", "2026-11-21 09:00:00 -05:00", "America/New_York", ""},
		{"4pm America/New_York", "2026-11-20 16:00:00 -05:00", "America/New_York", ""},
		{"3pm America/New_York", "2026-11-21 15:00:00 -05:00", "America/New_York", "3pm has passed today: taken as tomorrow"},
		{"today 9am Asia/Kolkata", "2026-11-21 09:00:00 +05:30", "Asia/Kolkata", ""},
		{"tomorrow 9am asia/kolkata", "2026-11-22 09:00:00 +05:30", "Asia/Kolkata", ""},
		{"sat 9am Asia/Kolkata", "2026-11-21 09:00:00 +05:30", "Asia/Kolkata", "Saturday is today"},
		{"tomorrow 9am america/argentina/buenos_aires", "2026-11-21 09:00:00 -03:00", "America/Argentina/Buenos_Aires", ""},
		{"tomorrow 9am america/port_of_spain", "2026-11-21 09:00:00 -04:00", "America/Port_of_Spain", ""},
		{"tomorrow 9am america/port-au-prince", "2026-11-21 09:00:00 -05:00", "America/Port-au-Prince", ""},
		{"tomorrow 9am us/eastern", "2026-11-21 09:00:00 -05:00", "US/Eastern", ""},
		{"tomorrow 9am etc/gmt+5", "2026-11-21 09:00:00 -05:00", "Etc/GMT+5", ""},
		{"tomorrow 9am japan", "2026-11-22 09:00:00 +09:00", "Japan", ""},
		{"tomorrow 9am UTC", "2026-11-21 09:00:00 +00:00", "UTC", ""},
		{"21:00 utc", "2026-11-20 21:00:00 +00:00", "UTC", ""},
	}
	loc := zone(t, berlin)
	for _, tt := range tests {
		t.Run(tt.phrase, func(t *testing.T) {
			t.Parallel()
			got, err := when.Parse(tt.phrase, now, loc)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.phrase, err)
			}
			if at := got.At.Format(shown); at != tt.at {
				t.Errorf("At = %s, want %s", at, tt.at)
			}
			if wall := strings.Replace(tt.at[:19], " ", "T", 1); got.Wall != wall || got.Zone != tt.zone {
				t.Errorf("Wall, Zone = %s, %s, want %s, %s", got.Wall, got.Zone, wall, tt.zone)
			}
			if note := strings.Join(got.Notes, "; "); note != tt.note {
				t.Errorf("Notes = %q, want %q", note, tt.note)
			}
			checkEcho(t, got, now, loc)
		})
	}
}

// TestParseInstant has phrases that mean an instant.
func TestParseInstant(t *testing.T) {
	t.Parallel()
	tests := []struct{ phrase, at string }{
		{"now", "2026-11-20 21:18:00 +01:00"},
		{"NOW", "2026-11-20 21:18:00 +01:00"},
		{"1h30m", "2026-11-20 22:48:00 +01:00"},
		{"1h 30m", "2026-11-20 22:48:00 +01:00"},
		{"1 hour 30 minutes", "2026-11-20 22:48:00 +01:00"},
		{"90m", "2026-11-20 22:48:00 +01:00"},
		{"90 min", "2026-11-20 22:48:00 +01:00"},
		{"90MINS", "2026-11-20 22:48:00 +01:00"},
		{"2 weeks", "2026-12-04 21:18:00 +01:00"},
		{"3d", "2026-11-23 21:18:00 +01:00"},
		{"1 day", "2026-11-21 21:18:00 +01:00"},
		{"1w 2d 3h 4m 5s", "2026-11-30 00:22:05 +01:00"},
		{"in 3s", "2026-11-20 21:18:03 +01:00"},
		{"In 2 Hours", "2026-11-20 23:18:00 +01:00"},
		{"+5m", "2026-11-20 21:23:00 +01:00"},
		{"+ 5 m", "2026-11-20 21:23:00 +01:00"},
		{"24h", "2026-11-21 21:18:00 +01:00"},
		{"200d", "2027-06-08 21:18:00 +02:00"}, // the clock stays, the offset changes
		{"4800h", "2027-06-08 22:18:00 +02:00"},
		{"2026-12-01T09:00:00+01:00", "2026-12-01 09:00:00 +01:00"},
		{"2026-12-01T09:00:00Z", "2026-12-01 10:00:00 +01:00"},
		{"2026-12-01t09:00:00z", "2026-12-01 10:00:00 +01:00"},
		{"2026-12-01T09:00Z", "2026-12-01 10:00:00 +01:00"},
		{"2026-12-01T09:00:00.250-08:00", "2026-12-01 18:00:00 +01:00"},
		{"2026-12-01 09:00:00+05:30", "2026-12-01 04:30:00 +01:00"},
		{"2026-12-01 09:00 +05:30", "2026-12-01 04:30:00 +01:00"},
		{"tomorrow 9am -03:00", "2026-11-21 13:00:00 +01:00"},
		{"tomorrow 9am+09:00", "2026-11-22 01:00:00 +01:00"}, // there it is the 21st already
		{"2026-11-20T21:18:00+01:00", "2026-11-20 21:18:00 +01:00"},
		{"@1796050800", "2026-11-30 16:00:00 +01:00"},
	}
	loc := zone(t, "Europe/Berlin")
	for _, tt := range tests {
		t.Run(tt.phrase, func(t *testing.T) {
			t.Parallel()
			got, err := when.Parse(tt.phrase, now, loc)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.phrase, err)
			}
			if at := got.At.Format(shown); at != tt.at {
				t.Errorf("At = %s, want %s", at, tt.at)
			}
			if got.Wall != "" || got.Zone != "" || got.Notes != nil {
				t.Errorf("Wall, Zone, Notes = %q, %q, %q, want none", got.Wall, got.Zone, got.Notes)
			}
			checkEcho(t, got, now, loc)
		})
	}
}

// checkEcho parses what an instant says of itself.
func checkEcho(t *testing.T, want when.Instant, now time.Time, loc *time.Location) {
	t.Helper()
	got, err := when.Parse(want.Echo(), now, loc)
	if err != nil {
		t.Fatalf("Parse(Echo %q): %v", want.Echo(), err)
	}
	if !got.At.Equal(want.At) || got.Wall != want.Wall || got.Zone != want.Zone {
		t.Errorf("Echo %q is %v %s %s, want %v %s %s", want.Echo(), got.At, got.Wall, got.Zone, want.At, want.Wall, want.Zone)
	}
}

// TestParseRefused has what is no phrase, each with a part of the hint.
func TestParseRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ phrase, reason, hint string }{
		{"", "empty", "tomorrow 9am"},
		{"   ", "empty", "tomorrow 9am"},
		{"banana", "no time of day", "tomorrow 9am"},
		{"9", "many things", `"9am", "9pm" or "09:00"`},
		{"21", "many things", `"21:00"`},
		{"99", "many things", "tomorrow 9am"},
		{"tomorrow 9", "many things", `"tomorrow 9am", "tomorrow 9pm" or "tomorrow 09:00"`},
		{"9.30", "number", `"9:30" or "9.30pm"`},
		{"tomorrow", "a day needs a time", `"tomorrow 9am"`},
		{"friday", "a day needs a time", `"friday 9am"`},
		{"next friday", "a day needs a time", `"next friday 9am"`},
		{"2026-12-01", "a day needs a time", `"2026-12-01 9am"`},
		{"1 feb 2027", "a day needs a time", `"1 feb 2027 9am"`},
		{"tonight", "a day needs a time", `"tonight 11pm" or "tonight midnight"`},
		{"01/02/2027", "two dates", "2027-02-01"},
		{"01/02/2027 9am", "two dates", `"2027-02-01 9am" or "2027-01-02 9am"`},
		{"1.2.2027 9am", "two dates", "2027-02-01"},
		{"1/2 9am", "two dates", "2027-02-01"},
		{"2027/02/01 9am", "is not how a date", `"2027-02-01 9am"`},
		{"2027-2-1 9am", "is not how a date", `"2027-02-01 9am"`},
		{"tomorrow 9am PST", "more than one zone", "America/Los_Angeles"},
		{"tomorrow 9am cst", "more than one zone", `"tomorrow 9am America/Chicago", "tomorrow 9am Asia/Shanghai" or "tomorrow 9am America/Havana"`},
		{"9am EST", "more than one zone", "America/New_York"},
		{"9am CET", "more than one zone", "Europe/Berlin"},
		{"9am GMT", "more than one zone", "UTC"},
		{"9am IST", "more than one zone", "Asia/Kolkata"},
		{"9am XYZ", "no time zone", `"9am" or "9am Europe/Berlin"`},
		{"9am Z", "no time zone", `"9am UTC"`},
		{"tomorrow 9am America/Los Angeles", "too much", `"tomorrow 9am America/Los_Angeles"`},
		{"tomorrow 9am america/port of spain", "too much", `"tomorrow 9am america/port_of_spain"`},
		{"tomorrow ９am", "'９', which is not the character that it looks like", `"tomorrow 9am"`},
		{"tоmorrow 9аm", "'о', which is not the character that it looks like", `"tomorrow 9am"`},
		{"9am\u200b", `'\u200b', which nobody sees`, `"9am"`},
		{"\ufefftomorrow 9am", `'\ufeff', which nobody sees`, `"tomorrow 9am"`},
		{"13:30pm", "1 to 12", `"13:30"`},
		{"0.30am", "1 to 12", `"00:30"`},
		{"99pm", "1 to 12", "tomorrow"},
		{"9am Local", "no time zone", "Europe/Berlin"},
		{"9am Mars/Olympus", "no known time zone", "Europe/Berlin"},
		{"9am ../Berlin", "no time zone", "Europe/Berlin"},
		{"9am UTC+2", "no time zone", `"9am +02:00"`},
		{"9am +2", "no time zone", `"9am +02:00"`},
		{"9am -0330", "no time zone", `"9am -03:30"`},
		{"9am +24:00", "no time zone", "+02:00"},
		{"tomorrow at 9am", "no time of day", `"tomorrow 9am"`},
		{"on friday at noon", "no time of day", `"friday noon"`},
		{"9am tomorrow", "no known time zone", `"tomorrow 9am"`},
		{"9am Europe/Berlin tomorrow", "too much", `"tomorrow 9am Europe/Berlin"`},
		{"9am on 1 feb 2027", "", `"1 feb 2027 9am"`},
		{"feb 1 2027 9am", "day comes before the month", `"1 feb 2027 9am"`},
		{"Feb 1, 2027 9am", "day comes before the month", `"1 Feb 2027 9am"`},
		{"1st feb 2027 9am", "no day of a month", `"1 feb 2027 9am"`},
		{"1 feb 9am", "year", `"1 feb 2027 9am"`},
		{"1 feb 27 9am", "year", `"1 feb 2027 9am"`},
		{"30 feb 2027 9am", "not in the calendar", `"2027-02-28 9am" or "2027-03-01 9am"`},
		{"2027-02-29 9am", "not in the calendar", `"2027-02-28 9am" or "2027-03-01 9am"`},
		{"2027-13-01 9am", "not in the calendar", "tomorrow"},
		{"0 feb 2027 9am", "not in the calendar", "tomorrow"},
		{"24:00", "23:59", "tomorrow 00:00"},
		{"25:00", "hours end at 23", "tomorrow"},
		{"9:60", "two digits", "tomorrow"},
		{"9:5", "two digits", `"9:05"`},
		{"9:05:5", "two digits", "tomorrow"},
		{"9:05:05:05", "no time of day", "tomorrow"},
		{"9:05:05.", "no time of day", "tomorrow"},
		{"13pm", "1 to 12", `"13:00"`},
		{"0am", "1 to 12", `"00:00"`},
		{"2026-12-01T23:59:60Z", "two digits", "tomorrow"},
		{"2026-12-01T", "no time of day", "tomorrow"},
		{"2026-12-01T 09:00", "no time of day", "tomorrow"},
		{"tomorrow morning", "not exact", "9am"},
		{"tomorrow 9 a.m.", "many things", `"tomorrow 9 am"`},
		{"tonight 9am", "17:00", `"tomorrow 9am"`},
		{"tonight 9:30", "17:00", "tomorrow 9:30"},
		{"next week 9am", "needs a weekday", "next monday 9am"},
		{"next month", "needs a weekday", "next monday 9am"},
		{"this friday 9am", "no time of day", `"friday 9am"`},
		{"tomorrow 9am 10am", "no time zone", `"tomorrow 9am"`},
		{"tomorrow 9am-10am", "no time zone", `"tomorrow 9am", "fri 18:30", "2026-11-30 09:00" or "2h`},
		{"tomorrow 9am UTC please", "too much", "tomorrow 9am"},
		{"now please", "no time of day", `"now"`},
		{"1.5h", "whole", "1h30m"},
		{"1h30", "unit after 30 is missing", "2h"},
		{"30m1h", "large to small", "2h"},
		{"1h1h", "large to small", "2h"},
		{"0m", "no time at all", `"now"`},
		{"2 months", "weeks", `"2027-01-20 21:18"`},
		{"in 1 year", "weeks", `"2027-11-20 21:18"`},
		{"500ms", "smallest", "2h"},
		{"1h and 30m", "", `"1h 30m"`},
		{"in", "missing", "2h"},
		{"+", "missing", "2h"},
		{"in 5", "unit", `"5m", "5h" or "5d"`},
		{"in an hour", "numbers with units", `"1 hour"`},
		{"in tomorrow 9am", "numbers with units", `"tomorrow 9am"`},
		{"in 5 lightyears", "no unit", "2h"},
		{"1000000000000h", "too large", "2h"},
		{"999999w", "too large", "2h"},
		{"999999h 999999m", "too large", "2h"},
		{"-5m", "no time of day", "2h"},
		{"@", "whole seconds", "@17"},
		{"@1e9", "whole seconds", "@17"},
		{"@-5", "whole seconds", "@17"},
		{"@9999999999999", "whole seconds", "@17"},
		{"@999999999999", "four digits of years", "2h"},
		{"明日 9am", "no time of day", "tomorrow"},
		{"9am\x00", "no time of day", "tomorrow"},
		{strings.Repeat("9am ", 30), "too long", "tomorrow"},
	}
	loc := zone(t, "Europe/Berlin")
	for _, tt := range tests {
		t.Run(tt.phrase, func(t *testing.T) {
			t.Parallel()
			got, err := when.Parse(tt.phrase, now, loc)
			refused, ok := errors.AsType[*when.Error](err)
			if !ok {
				t.Fatalf("Parse(%q) = %v, %v, want a refusal", tt.phrase, got, err)
			}
			if refused.Past || refused.Input != tt.phrase {
				t.Errorf("error = %+v", refused)
			}
			if !strings.Contains(refused.Reason, tt.reason) || !strings.Contains(refused.Hint, tt.hint) {
				t.Errorf("reason %q, hint %q, want %q, %q", refused.Reason, refused.Hint, tt.reason, tt.hint)
			}
		})
	}
}

// TestParsePast has phrases that are understood and too late.
func TestParsePast(t *testing.T) {
	t.Parallel()
	tests := []struct{ phrase, reason, hint string }{
		{"today 9am", "Fri 20 Nov 2026 09:00 CET is past (12 h 18 m ago)", `"tomorrow 9am"`},
		{"today midnight", "Fri 20 Nov 2026 00:00 CET is past", `"tomorrow midnight"`},
		{"tonight 9pm", "Fri 20 Nov 2026 21:00 CET is past (18 m ago)", `"tomorrow 9pm"`},
		{"2026-11-20 21:17:59", "is past (1 s ago)", "later"},
		{"1 feb 2020 9am", "is past", "later"},
		{"2026-11-20T20:17:59Z", "is past (1 s ago)", "later"},
		{"2026-11-20 21:00 +02:00", "is past", "later"},
		{"0001-01-01 00:00", "is past", "later"},
		{"@0", "is past", "later"},
		{"yesterday 9am", "past", "tomorrow"},
		{"5m ago", "past", "tomorrow"},
		{"last friday 9am", "past", "tomorrow"},
	}
	loc := zone(t, "Europe/Berlin")
	for _, tt := range tests {
		t.Run(tt.phrase, func(t *testing.T) {
			t.Parallel()
			got, err := when.Parse(tt.phrase, now, loc)
			refused, ok := errors.AsType[*when.Error](err)
			if !ok {
				t.Fatalf("Parse(%q) = %v, %v, want a refusal", tt.phrase, got, err)
			}
			if !refused.Past || !strings.Contains(refused.Reason, tt.reason) || !strings.Contains(refused.Hint, tt.hint) {
				t.Errorf("error = %+v, want past, %q, %q", refused, tt.reason, tt.hint)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	_, err := when.Parse("9", now, nil)
	if diff := cmp.Diff(`time "9": "9" can be many things`, err.Error()); diff != "" {
		t.Error(diff)
	}
	_, err = when.Parse(strings.Repeat("é", 5000), now, nil)
	if n := len(err.Error()); n > 300 {
		t.Errorf("error of a huge input is %d bytes long", n)
	}
}

// TestParseWithoutZoneName keeps the instant where a wall clock could not be resolved again.
func TestParseWithoutZoneName(t *testing.T) {
	t.Parallel()
	for name, loc := range map[string]*time.Location{
		"fixed": time.FixedZone("", 3600), "named": time.FixedZone("CET", 3600), "local": time.FixedZone("Local", 3600),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := when.Parse("tomorrow 9am", now, loc)
			if err != nil {
				t.Fatal(err)
			}
			if at := got.At.Format(shown); at != "2026-11-21 09:00:00 +01:00" || got.Wall != "" || got.Zone != "" {
				t.Errorf("Parse = %s, %q, %q", at, got.Wall, got.Zone)
			}
			checkEcho(t, got, now, loc)
		})
	}
}

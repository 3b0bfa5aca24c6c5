package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// TestParseSince has bounds, said in Berlin on Fri 20 Nov 2026 at 21:18.
func TestParseSince(t *testing.T) {
	t.Parallel()
	tests := []struct{ phrase, want string }{
		{"now", "2026-11-20 21:18:00 +01:00"},
		{"today", "2026-11-20 00:00:00 +01:00"},
		{"Yesterday", "2026-11-19 00:00:00 +01:00"},
		{" yesterday\u00a09am ", "2026-11-19 09:00:00 +01:00"},
		{"today 22:00", "2026-11-20 22:00:00 +01:00"}, // a bound may lie ahead
		{"yesterday noon", "2026-11-19 12:00:00 +01:00"},
		{"yesterday midnight", "2026-11-19 00:00:00 +01:00"},
		{"yesterday 9am America/New_York", "2026-11-19 09:00:00 -05:00"},
		{"yesterday 9am +05:30", "2026-11-20 09:00:00 +05:30"}, // there it is Saturday already
		{"friday", "2026-11-20 00:00:00 +01:00"},
		{"fri 9am", "2026-11-20 09:00:00 +01:00"},
		{"fri 22:00", "2026-11-13 22:00:00 +01:00"}, // not yet today
		{"fri 21:18", "2026-11-20 21:18:00 +01:00"},
		{"thu", "2026-11-19 00:00:00 +01:00"},
		{"monday", "2026-11-16 00:00:00 +01:00"},
		{"sunday", "2026-11-15 00:00:00 +01:00"},
		{"sat", "2026-11-14 00:00:00 +01:00"},
		{"last friday", "2026-11-13 00:00:00 +01:00"},
		{"last saturday", "2026-11-14 00:00:00 +01:00"},
		{"Last Thursday 9pm", "2026-11-19 21:00:00 +01:00"},
		{"2d", "2026-11-18 21:18:00 +01:00"},
		{"2d ago", "2026-11-18 21:18:00 +01:00"},
		{"3h ago", "2026-11-20 18:18:00 +01:00"},
		{"90 minutes ago", "2026-11-20 19:48:00 +01:00"},
		{"2 weeks", "2026-11-06 21:18:00 +01:00"},
		{"1w 1d 1h ago", "2026-11-12 20:18:00 +01:00"},
		{"30d", "2026-10-21 21:18:00 +02:00"}, // calendar days keep the clock
		{"720h", "2026-10-21 22:18:00 +02:00"},
		{"2026-11-20", "2026-11-20 00:00:00 +01:00"},
		{"20 nov 2026", "2026-11-20 00:00:00 +01:00"},
		{"20 November 2026 9am", "2026-11-20 09:00:00 +01:00"},
		{"2026-11-20 09:00", "2026-11-20 09:00:00 +01:00"},
		{"2026-11-20T09:00:30", "2026-11-20 09:00:30 +01:00"},
		{"2026-11-20 09:00 europe/london", "2026-11-20 09:00:00 +00:00"},
		{"2026-11-20 09:00 UTC", "2026-11-20 09:00:00 +00:00"},
		{"2026-11-20 09:00 -08:00", "2026-11-20 09:00:00 -08:00"},
		{"2026-11-20T09:00:00Z", "2026-11-20 09:00:00 +00:00"},
		{"2026-11-20t09:00:00.5+02:00", "2026-11-20 09:00:00 +02:00"},
		{"@1795000000", "2026-11-18 12:06:40 +01:00"},
		{"@0", "1970-01-01 01:00:00 +01:00"},
		{"2026-11", "2026-11-01 00:00:00 +01:00"},
		{"2026-07", "2026-07-01 00:00:00 +02:00"},
		{"2027-01-01", "2027-01-01 00:00:00 +01:00"}, // a bound may lie ahead
		{"2026-10-25 2:30", "2026-10-25 02:30:00 +02:00"},
		{"2026-03-29 2:30", "2026-03-29 03:00:00 +02:00"},
	}
	loc := zone(t, "Europe/Berlin")
	for _, tt := range tests {
		t.Run(tt.phrase, func(t *testing.T) {
			t.Parallel()
			got, err := when.ParseSince(tt.phrase, now, loc)
			if err != nil || got.Format(shown) != tt.want {
				t.Errorf("ParseSince = %s, %v, want %s", got.Format(shown), err, tt.want)
			}
		})
	}
}

// TestParseSinceOverChanges counts back over changes of clocks.
func TestParseSinceOverChanges(t *testing.T) {
	t.Parallel()
	tests := []struct{ zone, now, phrase, want string }{
		{"Europe/Berlin", "2027-03-28T12:00:00+02:00", "1d", "2027-03-27 12:00:00 +01:00"},
		{"Europe/Berlin", "2027-03-28T12:00:00+02:00", "24h", "2027-03-27 11:00:00 +01:00"},
		{"Europe/Berlin", "2027-03-29T02:30:00+02:00", "1d", "2027-03-28 03:00:00 +02:00"},
		{"Europe/Berlin", "2027-11-01T02:30:00+01:00", "1d", "2027-10-31 02:30:00 +02:00"},
		{"Europe/Berlin", "2027-10-31T02:10:00+01:00", "sun 2:30", "2027-10-31 02:30:00 +02:00"}, // the first one has been
		{"America/Sao_Paulo", "2018-11-04T09:00:00-02:00", "today", "2018-11-04 01:00:00 -02:00"},
		{"Pacific/Apia", "2011-12-31T09:00:00+14:00", "yesterday", "2011-12-31 00:00:00 +14:00"}, // a day that never was
		{"Asia/Kolkata", "2026-11-23T00:10:00+05:30", "monday", "2026-11-23 00:00:00 +05:30"},
		{"Asia/Kolkata", "2026-11-23T00:10:00+05:30", "last monday", "2026-11-16 00:00:00 +05:30"},
	}
	for _, tt := range tests {
		t.Run(tt.now+" "+tt.phrase, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := when.ParseSince(tt.phrase, now, zone(t, tt.zone))
			if err != nil || got.Format(shown) != tt.want {
				t.Errorf("ParseSince = %s, %v, want %s", got.Format(shown), err, tt.want)
			}
		})
	}
}

func TestParseSinceRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ phrase, reason, hint string }{
		{"", "empty", "yesterday"},
		{strings.Repeat("1d ", 50), "too long", "yesterday"},
		{"soon", "no time of day", "all forms: hayon help time"},
		{"ages ago", "no time of day", "all forms: hayon help time"},
		{"2", "many things", `"2d", "2h" or a date`},
		{"tomorrow", "still to come", "yesterday"},
		{"next friday", "still to come", "yesterday"},
		{"tonight 8pm", "still to come", "yesterday"},
		{"in 2d", "still to come", "yesterday"},
		{"+2d", "still to come", "yesterday"},
		{"-2d", "no sign", `"2d"`},
		{"9am", "a clock needs its day", `"today 9am" or "yesterday 9am"`},
		{"noon", "a clock needs its day", `"today noon"`},
		{"last week", "needs a weekday", `"last monday", "7d"`},
		{"last", "needs a weekday", `"last monday"`},
		{"2 months ago", "differ in length", "yesterday"},
		{"1.5h", "whole", "1h30m"},
		{"2d 3d", "large to small", "yesterday"},
		{"2d 9am", "no unit", "yesterday"},
		{"01/02/2027", "two dates", `"2027-02-01" or "1 feb 2027"`},
		{"nov 20 2026", "day comes before the month", `"1 feb 2027"`},
		{"20 nov", "year in four digits", "2027-02-01"},
		{"2026-13", "not in the calendar", "yesterday"},
		{"2026-02-30", "not in the calendar", "yesterday"},
		{"2026-11-20 9", "many things", `"9am", "9pm" or "09:00"`},
		{"2026-11-20 9am CST", "more than one zone", "America/Chicago"},
		{"2026-11-20 9am UTC+2", "no time zone", `"+02:00"`},
		{"2026-11-20 9am UTC now", "too much", "yesterday"},
		{"2026-11-20 UTC", "no time of day", "2026-11-20 09:00"},
		{"@1e9", "whole seconds", "@17"},
		{"1969-12-31", "1970 to 9999", "yesterday"},
		{"900000d", "1970 to 9999", "yesterday"},
		{"yesterdаy", "is not the character that it looks like", `"yesterday"`},
	}
	loc := zone(t, "Europe/Berlin")
	for _, tt := range tests {
		t.Run(tt.phrase, func(t *testing.T) {
			t.Parallel()
			got, err := when.ParseSince(tt.phrase, now, loc)
			e, ok := errors.AsType[*when.Error](err)
			if !ok || e.Input != tt.phrase || !strings.Contains(e.Reason, tt.reason) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("ParseSince = %v, %+v, want %q, %q", got, err, tt.reason, tt.hint)
			}
		})
	}
	if got, err := when.ParseSince("today", now, nil); err != nil || got.Format(shown) != "2026-11-20 00:00:00 +00:00" {
		t.Errorf("in UTC: %v, %v", got, err)
	}
}

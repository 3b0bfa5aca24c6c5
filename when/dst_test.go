package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// TestParseAtClockChanges says phrases shortly before clocks change.
func TestParseAtClockChanges(t *testing.T) {
	t.Parallel()
	tests := []struct{ zone, now, phrase, at, note string }{
		// Berlin: 28 Mar 2027 02:00 → 03:00, 25 Oct 2026 03:00 → 02:00
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "tomorrow 1:59", "2027-03-28 01:59:00 +01:00", ""},
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "tomorrow 2:00", "2027-03-28 03:00:00 +02:00", "skip 02:00 on Sun 28 Mar 2027: taken as Sun 28 Mar 2027 03:00 CEST"},
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "tomorrow 2:30", "2027-03-28 03:00:00 +02:00", "skip 02:30"},
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "2027-03-28 02:59:59", "2027-03-28 03:00:00 +02:00", "skip 02:59"},
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "tomorrow 3:00", "2027-03-28 03:00:00 +02:00", ""},
		{"Europe/Berlin", "2027-03-28T01:59:00+01:00", "2:30", "2027-03-28 03:00:00 +02:00", "skip 02:30"},
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "tomorrow 2:30 UTC", "2027-03-28 02:30:00 +00:00", ""},
		{"Europe/Berlin", "2026-10-24T12:00:00+02:00", "tomorrow 1:59", "2026-10-25 01:59:00 +02:00", ""},
		{"Europe/Berlin", "2026-10-24T12:00:00+02:00", "tomorrow 2:00", "2026-10-25 02:00:00 +02:00", "comes twice on Sun 25 Oct 2026: taken as the first one, UTC+02:00"},
		{"Europe/Berlin", "2026-10-24T12:00:00+02:00", "sun 2:30", "2026-10-25 02:30:00 +02:00", "comes twice"},
		{"Europe/Berlin", "2026-10-24T12:00:00+02:00", "tomorrow 3:00", "2026-10-25 03:00:00 +01:00", ""},
		{"Europe/Berlin", "2026-10-25T02:10:00+01:00", "2:30", "2026-10-26 02:30:00 +01:00", "has passed today"},
		{"Europe/Berlin", "2026-10-25T02:10:00+02:00", "2:30", "2026-10-25 02:30:00 +02:00", "comes twice"},
		{"Europe/Berlin", "2026-10-25T02:10:00+01:00", "20m", "2026-10-25 02:30:00 +01:00", ""},
		{"Europe/Berlin", "2026-10-24T12:00:00+02:00", "1d", "2026-10-25 12:00:00 +01:00", ""},
		{"Europe/Berlin", "2026-10-24T12:00:00+02:00", "24h", "2026-10-25 11:00:00 +01:00", ""},
		{"Europe/Berlin", "2026-10-24T02:30:00+02:00", "1d", "2026-10-25 02:30:00 +02:00", ""},
		{"Europe/Berlin", "2026-10-24T02:30:00+02:00", "1d 1h", "2026-10-25 02:30:00 +01:00", ""},
		{"Europe/Berlin", "2027-03-27T02:30:00+01:00", "1d", "2027-03-28 03:00:00 +02:00", ""},
		{"Europe/Berlin", "2027-03-27T12:00:00+01:00", "1w", "2027-04-03 12:00:00 +02:00", ""},
		// New York: 14 Mar 2027 02:00 → 03:00, 1 Nov 2026 02:00 → 01:00
		{"America/New_York", "2027-03-13T12:00:00-05:00", "tomorrow 2:30am", "2027-03-14 03:00:00 -04:00", "skip 02:30"},
		{"America/New_York", "2026-10-31T12:00:00-04:00", "tomorrow 1:30am", "2026-11-01 01:30:00 -04:00", "UTC-04:00"},
		{"America/New_York", "2026-10-31T12:00:00-04:00", "tomorrow 2am", "2026-11-01 02:00:00 -05:00", ""},
		{"America/New_York", "2026-10-31T12:00:00-04:00", "1d 12h", "2026-11-02 00:00:00 -05:00", ""},
		// São Paulo: 4 Nov 2018 00:00 → 01:00, 18 Feb 2018 00:00 → 23:00 of the 17th; none since 2019
		{"America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "tomorrow midnight", "2018-11-04 01:00:00 -02:00", "skip 00:00"},
		{"America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "midnight", "2018-11-04 01:00:00 -02:00", "skip 00:00"},
		{"America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "tomorrow 9am", "2018-11-04 09:00:00 -02:00", ""},
		{"America/Sao_Paulo", "2018-11-03T00:30:00-03:00", "1d", "2018-11-04 01:00:00 -02:00", ""},
		{"America/Sao_Paulo", "2018-02-17T12:00:00-02:00", "today 11:30pm", "2018-02-17 23:30:00 -02:00", "comes twice"},
		{"America/Sao_Paulo", "2018-02-17T12:00:00-02:00", "tonight midnight", "2018-02-18 00:00:00 -03:00", "midnight"},
		{"America/Sao_Paulo", "2018-02-17T23:45:00-03:00", "tomorrow 9am", "2018-02-18 09:00:00 -03:00", ""},
		{"America/Sao_Paulo", "2026-11-20T17:18:00-03:00", "tomorrow 9am", "2026-11-21 09:00:00 -03:00", ""},
		// Kolkata has no changes, and half an hour
		{"Asia/Kolkata", "2026-11-21T01:48:00+05:30", "2:00", "2026-11-21 02:00:00 +05:30", ""},
		{"Asia/Kolkata", "2026-11-21T01:48:00+05:30", "tomorrow 9am", "2026-11-22 09:00:00 +05:30", ""},
		{"Asia/Kolkata", "2026-11-21T01:48:00+05:30", "fri 9am Europe/Berlin", "2026-11-27 09:00:00 +01:00", "has passed today: taken as Fri 27 Nov 2026"},
		// Lord Howe: half an hour. 4 Oct 2026 02:00 → 02:30, 4 Apr 2027 02:00 → 01:30
		{"Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", "tomorrow 2:10", "2026-10-04 02:30:00 +11:00", "skip 02:10 on Sun 4 Oct 2026: taken as Sun 4 Oct 2026 02:30 +11:00"},
		{"Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", "tomorrow 2:30", "2026-10-04 02:30:00 +11:00", ""},
		{"Australia/Lord_Howe", "2027-04-03T12:00:00+11:00", "tomorrow 1:40", "2027-04-04 01:40:00 +11:00", "UTC+11:00"},
		{"Australia/Lord_Howe", "2027-04-03T12:00:00+11:00", "tomorrow 2:00", "2027-04-04 02:00:00 +10:30", ""},
		{"Australia/Lord_Howe", "2027-04-03T12:00:00+11:00", "tomorrow 1:29", "2027-04-04 01:29:00 +11:00", ""},
		// Samoa skipped 30 Dec 2011
		{"Pacific/Apia", "2011-12-29T12:00:00-10:00", "tomorrow 9am", "2011-12-31 00:00:00 +14:00", "skip 09:00"},
		{"Pacific/Apia", "2011-12-29T12:00:00-10:00", "day after tomorrow 9am", "2011-12-31 09:00:00 +14:00", ""},
	}
	for _, tt := range tests {
		t.Run(tt.zone+"/"+tt.phrase, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, tt.zone)
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := when.Parse(tt.phrase, now, loc)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.phrase, err)
			}
			if at := got.At.Format(shown); at != tt.at {
				t.Errorf("At = %s, want %s", at, tt.at)
			}
			if note := strings.Join(got.Notes, "; "); !strings.Contains(note, tt.note) || (tt.note == "") != (note == "") {
				t.Errorf("Notes = %q, want %q", note, tt.note)
			}
			checkEcho(t, got, now, loc)
		})
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	tests := []struct{ wall, zone, want string }{
		{"2026-12-01T09:00:00", "Europe/Berlin", "2026-12-01 09:00:00 +01:00"},
		{"2027-03-28T02:30:00", "Europe/Berlin", "2027-03-28 03:00:00 +02:00"},
		{"2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25 02:30:00 +02:00"},
		{"2026-10-25T03:00:00", "Europe/Berlin", "2026-10-25 03:00:00 +01:00"},
		{"2018-11-04T00:00:00", "America/Sao_Paulo", "2018-11-04 01:00:00 -02:00"},
		{"2026-10-04T02:29:59", "Australia/Lord_Howe", "2026-10-04 02:30:00 +11:00"},
		{"2027-04-04T01:59:59", "Australia/Lord_Howe", "2027-04-04 01:59:59 +11:00"},
		{"2026-12-01T09:00:00", "UTC", "2026-12-01 09:00:00 +00:00"},
		{"1999-01-01T00:00:00", "UTC", "1999-01-01 00:00:00 +00:00"},
	}
	for _, tt := range tests {
		t.Run(tt.zone+"/"+tt.wall, func(t *testing.T) {
			t.Parallel()
			got, err := when.Resolve(tt.wall, tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			if s := got.Format(shown); s != tt.want {
				t.Errorf("Resolve = %s, want %s", s, tt.want)
			}
			if in, err := when.ResolveIn(tt.wall, zone(t, tt.zone)); err != nil || !in.Equal(got) {
				t.Errorf("ResolveIn = %v, %v, want %v", in, err, got)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ wall, zone string }{
		{"2026-12-01 09:00:00", "UTC"},
		{"2026-12-01T09:00:00.5", "UTC"},
		{"2026-12-01T09:00:00Z", "UTC"},
		{"2026-02-30T09:00:00", "UTC"},
		{"", "UTC"},
		{"2026-12-01T09:00:00", ""},
		{"2026-12-01T09:00:00", "Local"},
		{"2026-12-01T09:00:00", "PST"},
		{"2026-12-01T09:00:00", "Mars/Olympus"},
	} {
		t.Run(tt.wall+" "+tt.zone, func(t *testing.T) {
			t.Parallel()
			if tt.zone == "UTC" {
				if in, err := when.ResolveIn(tt.wall, time.UTC); err == nil {
					t.Errorf("ResolveIn = %v, want a refusal", in)
				}
			}
			got, err := when.Resolve(tt.wall, tt.zone)
			if _, ok := errors.AsType[*when.Error](err); !ok {
				t.Errorf("Resolve = %v, %v, want a refusal", got, err)
			}
		})
	}
}

// TestResolveEveryMinute compares the days around changes with a search through all
// instants: the first one that shows the clock, else the first after the gap.
func TestResolveEveryMinute(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, from string }{
		{"Europe/Berlin", "2027-03-27"},
		{"Europe/Berlin", "2026-10-24"},
		{"America/Sao_Paulo", "2018-11-03"},
		{"America/Sao_Paulo", "2018-02-17"},
		{"Australia/Lord_Howe", "2026-10-03"},
		{"Australia/Lord_Howe", "2027-04-03"},
		{"Africa/Casablanca", "2027-02-06"},
		{"Pacific/Apia", "2011-12-29"},
	} {
		t.Run(tt.zone+" "+tt.from, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, tt.zone)
			day, err := time.Parse(time.DateOnly, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			first := map[string]time.Time{}
			for at := day.Add(-30 * time.Hour); at.Before(day.Add(120 * time.Hour)); at = at.Add(time.Minute) {
				if wall := at.In(loc).Format(when.WallLayout); first[wall].IsZero() {
					first[wall] = at
				}
			}
			var want time.Time
			for w := day.Add(48 * time.Hour); !w.Before(day); w = w.Add(-time.Minute) {
				wall := w.Format(when.WallLayout)
				if at, ok := first[wall]; ok {
					want = at
				} // else a gap, and want still is its end
				got, err := when.Resolve(wall, tt.zone)
				if err != nil {
					t.Fatal(err)
				}
				if !got.Equal(want) {
					t.Fatalf("Resolve(%s) = %v, want %v", wall, got, want.In(loc))
				}
			}
		})
	}
}

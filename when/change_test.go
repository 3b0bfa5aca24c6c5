package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// TestAtTheMinuteOfAChange says a clock on the very day, while the clocks change.
func TestAtTheMinuteOfAChange(t *testing.T) {
	t.Parallel()
	const (
		skipped  = "the clocks skip 02:30 on "
		passed   = "2:30am has passed today: taken as tomorrow"
		isPast   = "is past"
		berlin   = "Europe/Berlin"
		newYork  = "America/New_York"
		berlin28 = "2027-03-28 02:30 Europe/Berlin"
		york14   = "2027-03-14 02:30 America/New_York"
	)
	tests := []struct{ zone, now, phrase, want, echo, note string }{
		// Berlin, 28 Mar 2027: 02:00 CET is 03:00 CEST.
		{berlin, "2027-03-28T01:59:00+01:00", "2:30am", "Sun 28 Mar 2027 03:00 CEST", berlin28, skipped + "Sun 28 Mar 2027: taken as Sun 28 Mar 2027 03:00 CEST, UTC+02:00"},
		{berlin, "2027-03-28T01:59:59+01:00", "today 2:30am", "Sun 28 Mar 2027 03:00 CEST", berlin28, skipped + "Sun 28 Mar 2027: taken as Sun 28 Mar 2027 03:00 CEST, UTC+02:00"},
		{berlin, "2027-03-28T03:00:00+02:00", "2:30am", "Sun 28 Mar 2027 03:00 CEST", berlin28, skipped + "Sun 28 Mar 2027: taken as Sun 28 Mar 2027 03:00 CEST, UTC+02:00"},
		{berlin, "2027-03-28T03:00:01+02:00", "2:30am", "Mon 29 Mar 2027 02:30 CEST", "2027-03-29 02:30 Europe/Berlin", passed},
		{berlin, "2027-03-28T03:01:00+02:00", "2:30am", "Mon 29 Mar 2027 02:30 CEST", "2027-03-29 02:30 Europe/Berlin", passed},
		{berlin, "2027-03-28T03:01:00+02:00", "today 2:30am", isPast, "", ""},
		{berlin, "2027-03-28T01:59:00+01:00", "1 minute", "Sun 28 Mar 2027 03:00 CEST", "2027-03-28T03:00:00+02:00", ""},
		// Berlin, 31 Oct 2027: 03:00 CEST is 02:00 CET.
		{berlin, "2027-10-31T02:29:00+02:00", "2:30am", "Sun 31 Oct 2027 02:30 CEST", "2027-10-31 02:30 Europe/Berlin", "02:30 comes twice on Sun 31 Oct 2027: taken as the first one, UTC+02:00"},
		{berlin, "2027-10-31T02:30:00+02:00", "today 2:30am", "Sun 31 Oct 2027 02:30 CEST", "2027-10-31 02:30 Europe/Berlin", "02:30 comes twice on Sun 31 Oct 2027: taken as the first one, UTC+02:00"},
		{berlin, "2027-10-31T02:59:00+02:00", "2:30am", "Mon 1 Nov 2027 02:30 CET", "2027-11-01 02:30 Europe/Berlin", passed},
		{berlin, "2027-10-31T02:00:00+01:00", "2:30am", "Mon 1 Nov 2027 02:30 CET", "2027-11-01 02:30 Europe/Berlin", passed},
		{berlin, "2027-10-31T02:01:00+01:00", "2:30am", "Mon 1 Nov 2027 02:30 CET", "2027-11-01 02:30 Europe/Berlin", passed},
		{berlin, "2027-10-31T02:01:00+01:00", "today 2:30am", isPast, "", ""},
		{berlin, "2027-10-31T02:01:00+01:00", "2027-10-31 2:30am +01:00", "Sun 31 Oct 2027 02:30 CET", "2027-10-31T02:30:00+01:00", ""}, // the second one
		{berlin, "2027-10-31T02:59:00+02:00", "1 minute", "Sun 31 Oct 2027 02:00 CET", "2027-10-31T02:00:00+01:00", ""},
		// New York, 14 Mar 2027: 02:00 EST is 03:00 EDT.
		{newYork, "2027-03-14T01:59:00-05:00", "2:30am", "Sun 14 Mar 2027 03:00 EDT", york14, skipped + "Sun 14 Mar 2027: taken as Sun 14 Mar 2027 03:00 EDT, UTC-04:00"},
		{newYork, "2027-03-14T03:00:00-04:00", "2:30am", "Sun 14 Mar 2027 03:00 EDT", york14, skipped + "Sun 14 Mar 2027: taken as Sun 14 Mar 2027 03:00 EDT, UTC-04:00"},
		{newYork, "2027-03-14T03:01:00-04:00", "2:30am", "Mon 15 Mar 2027 02:30 EDT", "2027-03-15 02:30 America/New_York", passed},
		{newYork, "2027-03-14T03:01:00-04:00", "sunday 2:30am", "Sun 21 Mar 2027 02:30 EDT", "2027-03-21 02:30 America/New_York", "2:30am has passed today: taken as Sun 21 Mar 2027"},
		// New York, 7 Nov 2027: 02:00 EDT is 01:00 EST. 02:30 comes once, 01:30 twice.
		{newYork, "2027-11-07T01:59:00-04:00", "2:30am", "Sun 7 Nov 2027 02:30 EST", "2027-11-07 02:30 America/New_York", ""},
		{newYork, "2027-11-07T01:00:00-05:00", "2:30am", "Sun 7 Nov 2027 02:30 EST", "2027-11-07 02:30 America/New_York", ""},
		{newYork, "2027-11-07T01:01:00-05:00", "today 2:30am", "Sun 7 Nov 2027 02:30 EST", "2027-11-07 02:30 America/New_York", ""},
		{newYork, "2027-11-07T00:59:00-04:00", "1:30am", "Sun 7 Nov 2027 01:30 EDT", "2027-11-07 01:30 America/New_York", "01:30 comes twice on Sun 7 Nov 2027: taken as the first one, UTC-04:00"},
		{newYork, "2027-11-07T01:59:00-04:00", "1:30am", "Mon 8 Nov 2027 01:30 EST", "2027-11-08 01:30 America/New_York", "1:30am has passed today: taken as tomorrow"},
		{newYork, "2027-11-07T01:00:00-05:00", "1:30am", "Mon 8 Nov 2027 01:30 EST", "2027-11-08 01:30 America/New_York", "1:30am has passed today: taken as tomorrow"},
		{newYork, "2027-11-07T01:01:00-05:00", "today 1:30am", isPast, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.now+" "+tt.phrase, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, tt.zone)
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := when.Parse(tt.phrase, now, loc)
			if tt.want == isPast {
				if e, ok := errors.AsType[*when.Error](err); !ok || !e.Past {
					t.Fatalf("Parse = %v, %v, want a time that is past", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if note := strings.Join(got.Notes, "; "); got.String() != tt.want || got.Echo() != tt.echo || note != tt.note {
				t.Errorf("Parse:\n got %s, %s, %q\nwant %s, %s, %q", got, got.Echo(), note, tt.want, tt.echo, tt.note)
			}
			checkEcho(t, got, now, loc)
		})
	}
}

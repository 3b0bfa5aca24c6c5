package when_test

import (
	"fmt"
	"os"
	"time"

	"github.com/hayon/hayon/when"
)

func ExampleParse() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return
	}
	now := time.Date(2026, 11, 20, 21, 18, 0, 0, berlin)
	in, err := when.Parse("9am", now, berlin)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(os.Stdout, "%s (in %s)\n%s\n%s\n", in, when.Humanize(in.At.Sub(now)), in.Notes[0], in.Echo())

	_, err = when.Parse("tomorrow at 9am", now, berlin)
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// Sat 21 Nov 2026 09:00 CET (in 11 h 42 m)
	// 9am has passed today: taken as tomorrow
	// 2026-11-21 09:00 Europe/Berlin
	// time "tomorrow at 9am": "at" is no time of day
}

func ExampleResolve() {
	t, err := when.Resolve("2027-03-28T02:30:00", "Europe/Berlin")
	if err != nil {
		return
	}
	_, _ = fmt.Fprintln(os.Stdout, when.Format(t)) // the clocks skip 02:30 that day
	// Output: Sun 28 Mar 2027 03:00 CEST
}

func ExampleParseSince() {
	now := time.Date(2026, 11, 20, 21, 18, 0, 0, time.UTC)
	for _, phrase := range []string{"monday", "2d ago", "2026-11"} {
		t, err := when.ParseSince(phrase, now, time.UTC)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintln(os.Stdout, when.Format(t))
	}
	// Output:
	// Mon 16 Nov 2026 00:00 UTC
	// Wed 18 Nov 2026 21:18 UTC
	// Sun 1 Nov 2026 00:00 UTC
}

// Package when reads the times that people type: "tomorrow 9am", "fri 18:30
// Europe/Berlin", "2h", "2026-12-01T09:00:00+01:00".
//
// The grammar is small and strict. The whole input must be understood, what could
// mean two things is refused with the words to type instead, and what is accepted
// lies in the future:
//
//	when     = "now" | ["in" | "+"] duration | [day] clock [zone] | RFC 3339 | "@" Unix seconds
//	duration = { number ("w"|"d"|"h"|"m"|"min"|"s"|words) }           1h30m  90m  2 weeks
//	day      = "today" | "tonight" | "tomorrow" | "day after tomorrow"
//	         | ["next"] weekday | 2026-12-01 | 1 feb 2027
//	clock    = 9am | 9:30 | 9.30pm | 21:00[:30] | noon | midnight
//	zone     = UTC | ±hh:mm | IANA name                   not PST, CET, GMT, UTC+2
//
// Letter case does not matter. What a phrase means beyond its letters is said in
// [Instant.Notes]:
//
//   - a clock alone that has passed today is tomorrow's;
//   - a weekday is the first one that is not past, today included; "next friday" is
//     the Friday of the following week, weeks starting on Monday;
//   - "midnight" is the start of the named day, alone or with "tonight" the coming one;
//   - a clock that a change to summer time skips is the end of the gap, one that
//     comes twice is the first.
//
// Days and weeks are calendar days (the same clock on a later date), hours and
// shorter units are elapsed time.
//
// Except for durations, RFC 3339, offsets and Unix seconds, what a person means is a
// wall clock in a zone. [Instant] carries both, so that [Resolve] gives the right
// instant again when the rules of a zone have changed:
//
//	in, err := when.Parse("tomorrow 9am", now, berlin)
//	// in.At    2026-11-21 09:00 +01:00
//	// in.Wall  "2026-11-21T09:00:00", in.Zone "Europe/Berlin"
//	// in.Echo() "2026-11-21 09:00 Europe/Berlin"
//
// [ParseSince] reads the other direction: bounds such as "monday", "2d ago" or "2026-11".
//
// The package reads no clock, no environment and no configuration; zones come from
// the system's or the program's tzdata by [time.LoadLocation]. It does not
// understand recurrences, and no language but English.
package when

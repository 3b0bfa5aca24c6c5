// Package ics writes iCalendar files, which calendar programs read and subscribe to:
//
//	err := ics.Encode(w, ics.Calendar{
//		Name:   "Posts",
//		ProdID: "-//Example//Example 1.0//EN",
//		Events: []ics.Event{{
//			UID: "1@example.org", Stamp: now, Start: at, Zone: "Europe/Berlin", Summary: "Hello",
//		}},
//	})
//
// What it writes holds to the letter of RFC 5545, so that strict readers take it:
//
//   - lines end with CR LF and have at most 75 octets; a longer one is folded, never inside a character;
//   - texts are escaped, and lose the control characters that the format has no place for;
//   - an event in a zone has its local time there, and the file has a VTIMEZONE for the zone, made from
//     the zone data of this program: every change of the clocks from before the first event to a year
//     after the last one, as dates and not as rules, so that zones whose rules change are right as well;
//   - a time that clocks show twice, when they are put back, is written in UTC, because readers differ in
//     which of the two the local time means;
//   - a calendar without events has one zone in it, since a calendar must not be empty.
//
// The facts are from https://www.rfc-editor.org/rfc/rfc5545, read 2026-11-21.
//
// The package reads no files but the zone data that [time.LoadLocation] finds. It does not read calendars,
// and knows neither recurrences nor alarms nor attendees.
package ics

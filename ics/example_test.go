package ics_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon/ics"
)

func ExampleEncode() {
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	var file strings.Builder
	err := ics.Encode(&file, ics.Calendar{
		ProdID: "-//Example//Example 1.0//EN",
		Events: []ics.Event{{UID: "1@example.org", Stamp: at, Start: at, Zone: "Asia/Tokyo", Summary: "Hello, world"}},
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.ReplaceAll(file.String(), "\r\n", "\n"))
	// Output:
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// PRODID:-//Example//Example 1.0//EN
	// CALSCALE:GREGORIAN
	// BEGIN:VTIMEZONE
	// TZID:Asia/Tokyo
	// BEGIN:STANDARD
	// DTSTART:19510909T010000
	// TZOFFSETFROM:+1000
	// TZOFFSETTO:+0900
	// TZNAME:JST
	// END:STANDARD
	// END:VTIMEZONE
	// BEGIN:VEVENT
	// UID:1@example.org
	// DTSTAMP:20261201T080000Z
	// DTSTART;TZID=Asia/Tokyo:20261201T170000
	// SUMMARY:Hello\, world
	// SEQUENCE:0
	// END:VEVENT
	// END:VCALENDAR
}

package ics_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"go/build"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones without the help of the machine

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/ics"
)

// oddZones have something that a writer can get wrong.
var oddZones = []string{
	"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca",
	"Africa/El_Aaiun", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "America/Caracas", "Asia/Pyongyang", "Europe/Moscow", "Europe/Istanbul",
	"Asia/Amman", "Asia/Tehran", "Asia/Gaza", "Africa/Cairo", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Antarctica/Casey",
	"Africa/Monrovia", "America/Juneau", "Asia/Manila", "America/Scoresbysund", "Asia/Almaty", "Pacific/Norfolk", "Africa/Juba", "Africa/Sao_Tome",
	"Etc/GMT+12", "Etc/UTC", "Pacific/Chatham", "America/Argentina/Buenos_Aires", "America/Nuuk", "Europe/Volgograd", "America/Mexico_City",
}

// allZones are the names of the zone data that come with Go, or the odd ones where those are not there.
func allZones(t *testing.T) []string {
	t.Helper()
	r, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Logf("only %d zones: %v", len(oddZones), err)
		return oddZones
	}
	defer func() { _ = r.Close() }()
	var names []string
	for _, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") && f.Name != "Factory" && f.Name != "UTC" {
			names = append(names, f.Name)
		}
	}
	return names
}

// encode writes a calendar and reads it strictly.
func encode(t *testing.T, c ics.Calendar) (string, *component) {
	t.Helper()
	var b bytes.Buffer
	if err := ics.Encode(&b, c); err != nil {
		t.Fatal(err)
	}
	read, err := strict(b.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return b.String(), read
}

func event(uid string, at time.Time, zone string) ics.Event {
	return ics.Event{UID: uid, Start: at, Zone: zone, Stamp: at}
}

func calendar(events ...ics.Event) ics.Calendar {
	return ics.Calendar{ProdID: "-//test//test//EN", Events: events}
}

// TestZonesRoundTrip: whatever the zone and the time, the text of the file alone leads back to the instant.
// Half of the events are next to a change of the clocks.
func TestZonesRoundTrip(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, name := range allZones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(1880+r.IntN(200), 1, 1, 0, 0, 0, 0, time.UTC)
		var events []ics.Event
		for i := range 12 {
			at := from.Add(time.Duration(r.Int64N(int64(6*365*24*time.Hour/time.Second))) * time.Second)
			if _, end := at.In(loc).ZoneBounds(); i%2 == 0 && !end.IsZero() && end.Year() < 2100 {
				at = end.Add(time.Duration(r.IntN(3*3600)-3*1800) * time.Second).UTC()
			}
			events = append(events, event(fmt.Sprint(i), at, name))
		}
		file, c := encode(t, calendar(events...))
		for i, v := range c.below("VEVENT") {
			if got, want := startOf(t, c, v), events[i].Start; !got.Equal(want) {
				t.Fatalf("seed %d, %s: %s has become %s\n%s", seed, name, want.In(loc), got.In(loc), file)
			}
		}
	}
}

// TestZonesAtEveryChange: an hour around each change of all zones in the next years, second by second where
// it counts.
func TestZonesAtEveryChange(t *testing.T) {
	t.Parallel()
	from, until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)
	changes := 0
	for _, name := range allZones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var events []ics.Event
		_, end := from.In(loc).ZoneBounds()
		for ; !end.IsZero() && end.Before(until); _, end = end.AddDate(0, 0, 2).ZoneBounds() {
			changes++
			for _, off := range []time.Duration{-3601, -3600, -1800, -1, 0, 1, 1799, 1800, 3599, 3600} {
				events = append(events, event(fmt.Sprint(len(events)), end.Add(off*time.Second).UTC(), name))
			}
		}
		if len(events) == 0 {
			continue
		}
		file, c := encode(t, calendar(events...))
		for i, v := range c.below("VEVENT") {
			if got := startOf(t, c, v); !got.Equal(events[i].Start) {
				t.Fatalf("%s: %s has become %s\n%s", name, events[i].Start.In(loc), got.In(loc), file)
			}
		}
	}
	if changes < 50 {
		t.Errorf("only %d changes", changes)
	}
}

// TestZoneData: what a file says of a zone is what the zone data say, in the whole span.
func TestZoneData(t *testing.T) {
	t.Parallel()
	first := time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(9, 0, 0)
	for _, name := range oddZones {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		_, c := encode(t, calendar(event("1", first, name), event("2", last, name)))
		said := periods(t, c.below("VTIMEZONE")[0])
		for at := first.AddDate(0, 0, -2); at.Before(last.AddDate(1, 0, 0)); at = at.Add(11 * time.Hour) {
			i := slices.IndexFunc(said, func(p period) bool { return p.start.After(at) })
			if i < 0 {
				i = len(said)
			}
			if i == 0 {
				t.Fatalf("%s: nothing is said of %s", name, at)
			}
			wantName, want := at.In(loc).Zone()
			if got := said[i-1]; got.name != wantName || got.to != time.Duration(want)*time.Second {
				t.Fatalf("%s at %s: got %s %s, want %s %d s", name, at, got.name, got.to, wantName, want)
			}
		}
	}
}

// TestVTimezone compares the whole of what is said of some zones.
func TestVTimezone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		zone, start string
		want        []string
	}{
		{"Europe/Berlin", "20261120T100000", []string{
			"BEGIN:STANDARD", "DTSTART:20261025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
			"BEGIN:DAYLIGHT", "DTSTART:20270328T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT",
			"BEGIN:STANDARD", "DTSTART:20271031T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
		}},
		{"Europe/Dublin", "20261120T090000", []string{ // winter is what the zone data call the saving
			"BEGIN:STANDARD", "DTSTART:20261025T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0000", "TZNAME:GMT", "END:STANDARD",
			"BEGIN:DAYLIGHT", "DTSTART:20270328T010000", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", "TZNAME:IST", "END:DAYLIGHT",
			"BEGIN:STANDARD", "DTSTART:20271031T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0000", "TZNAME:GMT", "END:STANDARD",
		}},
		{"Australia/Lord_Howe", "20261120T200000", []string{ // half an hour
			"BEGIN:DAYLIGHT", "DTSTART:20261004T020000", "TZOFFSETFROM:+1030", "TZOFFSETTO:+1100", "TZNAME:+11", "END:DAYLIGHT",
			"BEGIN:STANDARD", "DTSTART:20270404T020000", "TZOFFSETFROM:+1100", "TZOFFSETTO:+1030", "TZNAME:+1030", "END:STANDARD",
			"BEGIN:DAYLIGHT", "DTSTART:20271003T020000", "TZOFFSETFROM:+1030", "TZOFFSETTO:+1100", "TZNAME:+11", "END:DAYLIGHT",
		}},
		{"Asia/Kathmandu", "20261120T144500", []string{
			"BEGIN:STANDARD", "DTSTART:19860101T000000", "TZOFFSETFROM:+0530", "TZOFFSETTO:+0545", "TZNAME:+0545", "END:STANDARD",
		}},
		{"Etc/GMT+12", "20261119T210000", []string{
			"BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:-1200", "TZOFFSETTO:-1200", "TZNAME:-12", "END:STANDARD",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.zone, func(t *testing.T) {
			t.Parallel()
			file, _ := encode(t, calendar(event("1", at, tt.zone)))
			if want := "\r\nDTSTART;TZID=" + tt.zone + ":" + tt.start + "\r\n"; !strings.Contains(file, want) {
				t.Errorf("no %q in\n%s", want, file)
			}
			_, zone, _ := strings.Cut(file, "TZID:"+tt.zone+"\r\n")
			zone, _, _ = strings.Cut(zone, "END:VTIMEZONE")
			if diff := cmp.Diff(tt.want, strings.Split(strings.TrimSpace(zone), "\r\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSameClockTwice: times that look alike are in UTC, and those beside them are not.
func TestSameClockTwice(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
	var events []ics.Event
	for i, after := range []time.Duration{-1, 0, 3599, 3600, 7199, 7200} {
		events = append(events, event(fmt.Sprint(i), first.Add(after*time.Second), "Europe/Berlin"))
	}
	_, c := encode(t, calendar(events...))
	var got []property
	for _, v := range c.below("VEVENT") {
		got = append(got, v.all("DTSTART")...)
	}
	want := []property{
		{"DTSTART", "Europe/Berlin", "20261025T015959"},
		{"DTSTART", "", "20261025T000000Z"},
		{"DTSTART", "", "20261025T005959Z"},
		{"DTSTART", "", "20261025T010000Z"},
		{"DTSTART", "", "20261025T015959Z"},
		{"DTSTART", "Europe/Berlin", "20261025T030000"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

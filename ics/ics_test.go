package ics_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/ics"
)

// full has a value in every field.
func full() ics.Calendar {
	at := time.Date(2026, 12, 1, 8, 0, 0, 5, time.UTC)
	return ics.Calendar{Name: "Posts, mine", ProdID: "-//Hayon//Hayon 1.0//EN", Events: []ics.Event{{
		UID: "p_1@hayon", Start: at, Zone: "Europe/Berlin", Duration: time.Hour + 5*time.Second,
		Summary: `Semicolon; comma, back\slash "quote": ümläut ` + strings.Repeat("日本語", 40), Description: "one\r\ntwo\rthree\n\x07four\ttab",
		URL: "https://example.org/ä b?x=1,2;3", Categories: []string{"a,b", "", "c"}, Status: ics.Cancelled,
		Stamp: at.Add(time.Hour), Created: at.Add(2 * time.Hour), LastModified: at.Add(3 * time.Hour), Sequence: 7,
	}, {
		UID: "p_2@hayon", Start: at, Stamp: at,
	}, {
		UID: "p_3@hayon", Start: at, Zone: "America/New_York", Created: at,
	}}}
}

// TestEncode compares a whole file.
func TestEncode(t *testing.T) {
	t.Parallel()
	c := full()
	c.Events[0].Summary = strings.Repeat("x", 67) + "ü;"
	file, _ := encode(t, c)
	_, events, _ := strings.Cut(file, "BEGIN:VEVENT\r\n")
	want := strings.Join([]string{
		"UID:p_1@hayon", "DTSTAMP:20261201T090000Z", "DTSTART;TZID=Europe/Berlin:20261201T090000", "DURATION:PT1H0M5S",
		"SUMMARY:" + strings.Repeat("x", 67), ` ü\;`, `DESCRIPTION:one\ntwo\nthree\nfour` + "\ttab",
		"URL:https://example.org/%C3%A4%20b?x=1,2;3", `CATEGORIES:a\,b,c`, "STATUS:CANCELLED", "SEQUENCE:7",
		"CREATED:20261201T100000Z", "LAST-MODIFIED:20261201T110000Z", "END:VEVENT",
		"BEGIN:VEVENT", "UID:p_2@hayon", "DTSTAMP:20261201T080000Z", "DTSTART:20261201T080000Z", "SEQUENCE:0", "END:VEVENT",
		"BEGIN:VEVENT", "UID:p_3@hayon", "DTSTAMP:20261201T080000Z", "DTSTART;TZID=America/New_York:20261201T030000", "SEQUENCE:0",
		"CREATED:20261201T080000Z", "END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	head := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Hayon//Hayon 1.0//EN\r\nCALSCALE:GREGORIAN\r\nNAME:Posts\\, mine\r\nX-WR-CALNAME:Posts\\, mine\r\nBEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n"
	if !strings.HasPrefix(file, head) {
		t.Errorf("the head is\n%s", file[:len(head)])
	}
}

// TestEmpty: a calendar without events is a calendar.
func TestEmpty(t *testing.T) {
	t.Parallel()
	_, c := encode(t, calendar())
	if len(c.below("VTIMEZONE")) != 1 || len(c.below("VEVENT")) != 0 {
		t.Errorf("got %v", c)
	}
}

// TestOtherReader: another implementation reads what is written, and writes it again by its own rules.
func TestOtherReader(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := ics.Encode(&b, full()); err != nil {
		t.Fatal(err)
	}
	c, err := ical.NewDecoder(&b).Decode()
	if err != nil {
		t.Fatal(err)
	}
	if err := ical.NewEncoder(io.Discard).Encode(c); err != nil {
		t.Errorf("its own rules refuse it: %v", err)
	}
	events := c.Events()
	if len(events) != 3 {
		t.Fatalf("%d events", len(events))
	}
	for i, v := range events {
		at, err := v.DateTimeStart(time.UTC)
		if want := full().Events[i].Start.Truncate(time.Second); err != nil || !at.Equal(want) {
			t.Errorf("event %d is at %v, want %v, %v", i, at, want, err)
		}
	}
	if end, err := events[0].DateTimeEnd(time.UTC); err != nil || !end.Equal(time.Date(2026, 12, 1, 9, 0, 5, 0, time.UTC)) {
		t.Errorf("the end is %v, %v", end, err)
	}
	if got, err := events[0].Props.Text("SUMMARY"); err != nil || got != full().Events[0].Summary {
		t.Errorf("the summary is %q, %v", got, err)
	}
	if got, err := events[0].Props.Get("CATEGORIES").TextList(); err != nil || !cmp.Equal(got, []string{"a,b", "c"}) {
		t.Errorf("the categories are %q, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		with  func(*ics.Calendar)
		field string
	}{
		{"no program", func(c *ics.Calendar) { c.ProdID = "\x00" }, "ProdID"},
		{"no UID", func(c *ics.Calendar) { c.Events[0].UID = "" }, "UID"},
		{"a UID of control characters", func(c *ics.Calendar) { c.Events[0].UID = "\x01" }, "UID"},
		{"a UID twice", func(c *ics.Calendar) { c.Events[1].UID = c.Events[0].UID + "\x01" }, "UID"},
		{"no start", func(c *ics.Calendar) { c.Events[0].Start = time.Time{} }, "Start"},
		{"a start after the year 9999", func(c *ics.Calendar) { c.Events[0].Start = time.Date(9999, 12, 31, 12, 0, 0, 0, time.UTC) }, "Start"},
		{"a creation before the year 1", func(c *ics.Calendar) { c.Events[0].Created = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC) }, "Created"},
		{"no stamp", func(c *ics.Calendar) { c.Events[1].Stamp = time.Time{} }, "Stamp"},
		{"a negative duration", func(c *ics.Calendar) { c.Events[0].Duration = -1 }, "Duration"},
		{"a negative sequence", func(c *ics.Calendar) { c.Events[0].Sequence = -1 }, "Sequence"},
		{"a relative address", func(c *ics.Calendar) { c.Events[0].URL = "/x" }, "URL"},
		{"no address", func(c *ics.Calendar) { c.Events[0].URL = "https://a\nb" }, "URL"},
		{"a status that there is not", func(c *ics.Calendar) { c.Events[0].Status = "DONE" }, "Status"},
		{"a zone that there is not", func(c *ics.Calendar) { c.Events[0].Zone = "Europe/Atlantis" }, "Zone"},
		{"the zone of the machine", func(c *ics.Calendar) { c.Events[0].Zone = "Local" }, "Zone"},
		{"a path for a zone", func(c *ics.Calendar) { c.Events[0].Zone = "../zoneinfo/Europe/Berlin" }, "Zone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := full()
			tt.with(&c)
			var b bytes.Buffer
			err := ics.Encode(&b, c)
			e, ok := errors.AsType[*ics.Error](err)
			if !ok || e.Field != tt.field || e.Error() == "" {
				t.Errorf("got %v, want one of %s", err, tt.field)
			}
			if b.Len() > 0 {
				t.Errorf("%d octets are written", b.Len())
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteError(t *testing.T) {
	t.Parallel()
	if err := ics.Encode(fullDisk{}, full()); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

// TestDurations: spans of any length come back.
func TestDurations(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	spans := []time.Duration{0, time.Second, time.Minute, time.Hour, time.Hour + time.Second, 25 * time.Hour, time.Second - 1}
	for range 200 {
		spans = append(spans, time.Duration(r.Int64N(int64(1000*time.Hour))))
	}
	for _, d := range spans {
		v := event("1", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "")
		v.Duration = d
		_, c := encode(t, calendar(v))
		got, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(c.below("VEVENT")[0].one("DURATION")+"0S", "PT")))
		if strings.HasSuffix(c.below("VEVENT")[0].one("DURATION"), "S") {
			got, err = time.ParseDuration(strings.ToLower(strings.TrimPrefix(c.below("VEVENT")[0].one("DURATION"), "PT")))
		}
		if err != nil || got != d.Truncate(time.Second) {
			t.Errorf("%s has become %s, %v", d, got, err)
		}
	}
}

// FuzzTexts: whatever is written, the file is to the letter, and the texts come back but for what the format
// has no place for.
func FuzzTexts(f *testing.F) {
	f.Add("Hello", "one\r\ntwo;,\\n", "https://example.org/", "a,b")
	f.Add(strings.Repeat("👨‍👩‍👧", 30), "\xff\x00\x7f\u0085\u2028", "mailto:a@b", `\`)
	f.Add(strings.Repeat("x", 66)+"\\", " leading", "http://[::1]:80/?q=ä#f", " ")
	f.Fuzz(func(t *testing.T, summary, description, url, category string) {
		c := full()
		v := &c.Events[0]
		v.Summary, v.Description, v.URL, v.Categories, v.UID = summary, description, url, []string{category, "x"}, "u"+summary
		var b bytes.Buffer
		if err := ics.Encode(&b, c); err != nil {
			if e, ok := errors.AsType[*ics.Error](err); !ok || e.Field != "URL" {
				t.Fatal(err)
			}
			return
		}
		read, err := strict(b.String())
		if err != nil {
			t.Fatalf("%v\n%q", err, b.String())
		}
		event := read.below("VEVENT")[0]
		for name, want := range map[string]string{"SUMMARY": summary, "DESCRIPTION": description, "UID": "u" + summary} {
			if got := plainText(event.one(name)); got != cleaned(want) {
				t.Errorf("%s: got %q, want %q", name, got, cleaned(want))
			}
		}
		again, err := ical.NewDecoder(&b).Decode()
		if err != nil {
			t.Fatalf("another reader: %v", err)
		}
		if got, err := again.Events()[0].Props.Text("DESCRIPTION"); err != nil || got != cleaned(description) {
			t.Errorf("another reader: got %q, want %q, %v", got, cleaned(description), err)
		}
	})
}

// cleaned is a text without what no file can hold.
func cleaned(s string) string {
	var out strings.Builder
	runes := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	for i, r := range runes {
		switch {
		case r == '\r' && i+1 < len(runes) && runes[i+1] == '\n':
		case r == '\r':
			out.WriteByte('\n')
		case r == '\n' || r == '\t' || r >= ' ' && r != 0x7f:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func TestHasYear(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]bool{
		time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC):    true,
		time.Date(9999, 12, 30, 23, 59, 0, 0, time.UTC):  true,
		time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC):    false,
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC): false,
		time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC):         true,
		time.Date(1, 1, 1, 12, 0, 0, 0, time.UTC):        false,
		time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC):    false,
	} {
		c := ics.Calendar{ProdID: "x", Events: []ics.Event{{UID: "a", Start: at, Created: time.Unix(0, 0)}}}
		if err := ics.Encode(io.Discard, c); ics.HasYear(at) != want || (err == nil) != want {
			t.Errorf("HasYear(%s) = %t, Encode = %v; want %t", at, ics.HasYear(at), err, want)
		}
	}
}

package ics

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Calendar is a file of events.
type Calendar struct {
	// Name is what calendar programs call it; may be empty.
	Name string
	// ProdID names the program that has made the file, as "-//Hayon//Hayon 1.0//EN". Required.
	ProdID string
	// Events are written in this order. Their UIDs differ.
	Events []Event
}

// Event is an entry of a calendar. The fields without a word on it may be zero and are left out then.
type Event struct {
	// UID names the event in every file that it is ever in. Required.
	UID string
	// Start is written to the second; what is below is cut off. Required; see [HasYear].
	Start time.Time
	// Zone is the IANA name of the zone that Start is written in; "" or "UTC" is UTC. A time that clocks there
	// show twice, when they are put back, is in UTC all the same.
	Zone string
	// Duration is not negative, and written to the second; 0 is a moment.
	Duration    time.Duration
	Summary     string
	Description string
	// URL is an absolute address.
	URL        string
	Categories []string
	Status     Status
	// Stamp is when what the file says of the event was made or last changed; zero: LastModified, else
	// Created, of which one is required then.
	Stamp        time.Time
	Created      time.Time
	LastModified time.Time
	// Sequence grows with each revision, from 0.
	Sequence int
}

// Status is whether an event takes place.
type Status string

// The states of an event; "" says nothing.
const (
	Tentative Status = "TENTATIVE"
	Confirmed Status = "CONFIRMED"
	Cancelled Status = "CANCELLED"
)

// Error says what of a calendar cannot be written.
type Error struct {
	// UID is that of the event; "" where it is the calendar.
	UID string
	// Field is the name of the field, as in [Event] or [Calendar].
	Field string
	// Reason completes "Field …"; lower-case start, no period.
	Reason string
}

// Error is one sentence without a period.
func (e *Error) Error() string {
	if e.UID == "" {
		return fmt.Sprintf("calendar: %s %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("event %q: %s %s", e.UID, e.Field, e.Reason)
}

// Encode writes a calendar. What cannot be written is an [*Error], and nothing is written then; other
// errors are those of w.
func Encode(w io.Writer, c Calendar) error {
	zones, err := c.check()
	if err != nil {
		return err
	}
	e := &encoder{w: bufio.NewWriter(w)}
	e.line("BEGIN", "VCALENDAR")
	e.line("VERSION", "2.0")
	e.line("PRODID", text(c.ProdID))
	e.line("CALSCALE", "GREGORIAN")
	e.optional("NAME", text(c.Name))         // RFC 7986, section 5.1
	e.optional("X-WR-CALNAME", text(c.Name)) // what programs read that are older than that
	for _, z := range zones {
		e.zone(z)
	}
	for i := range c.Events {
		e.event(&c.Events[i])
	}
	e.line("END", "VCALENDAR")
	return e.w.Flush()
}

func (c *Calendar) check() ([]*zone, error) {
	if text(c.ProdID) == "" {
		return nil, &Error{Field: "ProdID", Reason: "is empty"}
	}
	seen := make(map[string]bool, len(c.Events))
	for i := range c.Events {
		v := &c.Events[i]
		if err := v.check(); err != nil {
			return nil, err
		}
		if seen[text(v.UID)] {
			return nil, &Error{UID: v.UID, Field: "UID", Reason: "is that of two events"}
		}
		seen[text(v.UID)] = true
	}
	return c.zones()
}

func (v *Event) check() error {
	bad := func(field, reason string) error { return &Error{UID: v.UID, Field: field, Reason: reason} }
	switch {
	case text(v.UID) == "":
		return bad("UID", "is empty")
	case v.Start.IsZero():
		return bad("Start", "is missing")
	case v.stamp().IsZero():
		return bad("Stamp", "is missing")
	case v.Duration < 0:
		return bad("Duration", "is negative")
	case v.Sequence < 0:
		return bad("Sequence", "is negative")
	case v.URL != "" && address(v.URL) == "":
		return bad("URL", "is no absolute address")
	}
	for _, f := range []struct {
		name string
		t    time.Time
	}{{"Start", v.Start}, {"Stamp", v.Stamp}, {"Created", v.Created}, {"LastModified", v.LastModified}} {
		if !f.t.IsZero() && !HasYear(f.t) {
			return bad(f.name, "is not in the years 1 to 9999")
		}
	}
	switch v.Status {
	case "", Tentative, Confirmed, Cancelled:
		return nil
	}
	return bad("Status", "is none that there is")
}

// HasYear reports whether t can be written: its year is from 1 to 9999 in every zone, a day from the ends.
func HasYear(t time.Time) bool {
	return t.UTC().AddDate(0, 0, -1).Year() >= 1 && t.UTC().AddDate(0, 0, 1).Year() <= 9999
}

func (v *Event) stamp() time.Time {
	for _, t := range []time.Time{v.Stamp, v.LastModified} {
		if !t.IsZero() {
			return t
		}
	}
	return v.Created
}

// utc reports whether the start is written without a zone.
func (v *Event) utc() bool { return v.Zone == "" || v.Zone == "UTC" }

func (e *encoder) event(v *Event) {
	e.line("BEGIN", "VEVENT")
	e.line("UID", text(v.UID))
	e.line("DTSTAMP", stampOf(v.stamp()))
	e.start(v)
	if d := v.Duration.Truncate(time.Second); d > 0 {
		e.line("DURATION", durationOf(d))
	}
	e.optional("SUMMARY", text(v.Summary))
	e.optional("DESCRIPTION", text(v.Description))
	e.optional("URL", address(v.URL))
	e.optional("CATEGORIES", texts(v.Categories))
	e.optional("STATUS", string(v.Status))
	e.line("SEQUENCE", strconv.Itoa(v.Sequence))
	if !v.Created.IsZero() {
		e.line("CREATED", stampOf(v.Created))
	}
	if !v.LastModified.IsZero() {
		e.line("LAST-MODIFIED", stampOf(v.LastModified))
	}
	e.line("END", "VEVENT")
}

// start writes the local time in the zone of the event. One that comes twice means the first of the two
// (RFC 5545, section 3.3.5), but readers take the second as well, so that both are in UTC.
func (e *encoder) start(v *Event) {
	if v.utc() {
		e.line("DTSTART", stampOf(v.Start))
		return
	}
	loc, err := time.LoadLocation(v.Zone)
	if err != nil || isTwice(v.Start.In(loc)) {
		e.line("DTSTART", stampOf(v.Start))
		return
	}
	e.line("DTSTART;TZID="+v.Zone, v.Start.In(loc).Format(localLayout))
}

// The layouts of date-times: local, and UTC.
const (
	localLayout = "20060102T150405"
	utcLayout   = localLayout + "Z"
)

func stampOf(t time.Time) string { return t.UTC().Format(utcLayout) }

// durationOf is a span in hours and less, because those are elapsed time and days are not. Between hours and
// seconds there must be minutes.
func durationOf(d time.Duration) string {
	h, m, s := d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second
	out := "PT"
	if h > 0 {
		out += fmt.Sprintf("%dH", h)
	}
	if m > 0 || h > 0 && s > 0 {
		out += fmt.Sprintf("%dM", m)
	}
	if s > 0 {
		out += fmt.Sprintf("%dS", s)
	}
	return out
}

// address is an absolute URL in the characters that a URL has; "" where s is none.
func address(s string) string {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() {
		return ""
	}
	out := u.String()
	if strings.ContainsFunc(out, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return out
}

package when

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// WallLayout is the layout of [Instant.Wall] for [time.Time.Format].
const WallLayout = "2006-01-02T15:04:05"

// maxInput bounds what is read, in bytes; no phrase of the grammar is half as long.
const maxInput = 100

// Instant is a time that a person meant.
type Instant struct {
	// At is the instant, never before the now that was given. Its location is the
	// zone that was named, else the location given.
	At time.Time
	// Wall is the wall clock that was meant, in [WallLayout], and Zone the IANA name of
	// its zone. Where the clock is skipped that day, Wall still has what was said. Both
	// are empty where the instant itself was meant (now, durations, RFC 3339, UTC offsets,
	// Unix seconds) and where the location given has no IANA name.
	Wall, Zone string
	// Notes are short sentences on what was concluded, for the person; often none.
	Notes []string
}

// String is for people, as [Format]: "Sat 21 Nov 2026 09:00 CET".
func (i Instant) String() string { return Format(i.At) }

// Echo is for programs: [Parse] reads it as the same instant, wall clock and zone.
func (i Instant) Echo() string {
	if i.Wall != "" && i.Zone != "" {
		day, clock, _ := strings.Cut(i.Wall, "T")
		return day + " " + strings.TrimSuffix(clock, ":00") + " " + i.Zone
	}
	t := i.At
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // RFC 3339 has no seconds in offsets; old local mean times do
	}
	return t.Format(time.RFC3339Nano)
}

// Error says why a phrase was refused.
type Error struct {
	// Input is what was typed.
	Input string
	// Reason completes the sentence "… is refused:"; lower-case start, no period.
	Reason string
	// Hint is what to type instead; may be empty. What it has in quotes, [Parse] accepts.
	Hint string
	// Past is set where the phrase was understood but lies in the past: then the time is
	// wrong and not the phrase.
	Past bool
}

// Error returns the input in quotes and the reason, without the hint.
func (e *Error) Error() string {
	input := e.Input
	if len(input) > maxInput {
		input = strings.ToValidUTF8(input[:maxInput], "") + "…"
	}
	return fmt.Sprintf("time %q: %s", input, e.Reason)
}

// notice gives as the reason a character that nobody sees, or that looks like another one.
func (e *Error) notice() {
	r := foreign(e.Input)
	switch {
	case r == 0 || len(e.Input) > maxInput:
	case unicode.Is(unicode.Cf, r):
		e.Reason = fmt.Sprintf("it has %+q, which nobody sees", r)
	default:
		e.Reason = fmt.Sprintf("it has %q, which is not the character that it looks like", r)
	}
}

func refuse(hint, reason string, args ...any) *Error {
	return &Error{Reason: fmt.Sprintf(reason, args...), Hint: hint}
}

// Parse reads a time phrase. Words like "today" and clocks without a zone are taken in
// loc (nil is UTC); pass a location with an IANA name, as [time.LoadLocation] gives,
// because the name of [time.Local] is not known and its wall clock cannot be kept.
// Every error is an [*Error].
func Parse(input string, now time.Time, loc *time.Location) (Instant, error) {
	if loc == nil {
		loc = time.UTC
	}
	p := parser{now: now, loc: loc}
	words := strings.Fields(input)
	instant, err := p.parse(input, words)
	if err == nil {
		return instant, nil
	}
	err.Input = input
	err.notice()
	if !err.Past {
		if better := p.better(words); len(better) > 0 {
			err.Hint = offer(better)
		}
	}
	if !p.accepts(err.Hint) {
		err.Hint = p.examples()
	}
	return Instant{}, err
}

type parser struct {
	now time.Time
	loc *time.Location
}

func (p parser) parse(input string, words []string) (Instant, *Error) {
	if len(words) == 0 {
		return Instant{}, refuse("", "it is empty")
	}
	if len(input) > maxInput {
		return Instant{}, refuse("", "it is too long for a time")
	}
	first := strings.ToLower(words[0])
	switch rest := strings.ToLower(strings.Join(words, " ")); {
	case rest == "now":
		return p.instant(p.now)
	case first == "yesterday" || first == "last" || strings.HasSuffix(rest, " ago"):
		return Instant{}, &Error{Reason: "it is past", Hint: p.examples(), Past: true}
	case rest[0] == '@':
		return p.unix(rest[1:])
	case first == "in":
		return p.elapse(strings.TrimPrefix(rest, "in"))
	case rest[0] == '+':
		return p.elapse(rest[1:])
	case startsDuration(rest):
		return p.elapse(rest)
	default:
		return p.wall(words)
	}
}

// instant checks a time that was meant as such.
func (p parser) instant(t time.Time) (Instant, *Error) {
	t = t.Round(0).In(p.loc)
	if t.Before(p.now) {
		return Instant{}, p.past(t, "")
	}
	if t.Year() > 9999 || t.UTC().Year() > 9999 {
		return Instant{}, refuse("", "it is more than four digits of years away")
	}
	return Instant{At: t}, nil
}

func (p parser) unix(digits string) (Instant, *Error) {
	t, err := unixSeconds(digits, p.now.Unix()+3600)
	if err != nil {
		return Instant{}, err
	}
	return p.instant(t)
}

// unixSeconds reads what stands after "@"; example is for the hint.
func unixSeconds(digits string, example int64) (time.Time, *Error) {
	const maxDigits = 12 // beyond the year 9999
	if n := span(digits, isDigit); n == 0 || n != len(digits) || n > maxDigits {
		return time.Time{}, refuse(fmt.Sprintf(`"@%d"`, example), `"@" takes whole seconds since 1970`)
	}
	return time.Unix(int64(atoi(digits)), 0), nil
}

func (p parser) elapse(phrase string) (Instant, *Error) {
	d, err := parseDuration(phrase)
	if err != nil {
		return Instant{}, err
	}
	return p.instant(d.Add(p.now, p.loc))
}

func (p parser) past(t time.Time, hint string) *Error {
	if hint == "" {
		hint = `a later time, or "now"`
	}
	return &Error{Reason: fmt.Sprintf("%s is past (%s ago)", Format(t), Between(t, p.now)), Hint: hint, Past: true}
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// span returns how many bytes at the start of s satisfy ok.
func span(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

// atoi reads a string of at most 18 digits.
func atoi(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

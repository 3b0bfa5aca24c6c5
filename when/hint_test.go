package when_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// TestHints has phrases of people with all that their refusal offers.
func TestHints(t *testing.T) {
	t.Parallel()
	const (
		friday = "2026-11-20T21:18:00+01:00"
		noon   = "2026-11-20T12:00:00+01:00"
	)
	for _, tt := range []struct{ now, phrase, want string }{
		{friday, "dec 24 9am", `"24 dec 2026 9am"`},
		{friday, "24 dec 9am", `"24 dec 2026 9am"`},
		{friday, "24 december at 18:30 Asia/Tokyo", `"24 december 2026 18:30 Asia/Tokyo"`},
		{friday, "19 nov 9am", `"19 nov 2027 9am"`},
		{friday, "29 feb 9am", `"29 feb 2028 9am"`},
		{friday, "24 dec", `"24 dec 2026 9am"`},
		{friday, "1 jan 27 9am", `"1 jan 2027 9am"`},
		{friday, "1 jan 2027 9", `"1 jan 2027 9am", "1 jan 2027 9pm" or "1 jan 2027 09:00"`},
		{friday, "fri 9", `"fri 9am", "fri 9pm" or "fri 09:00"`},
		{friday, "fri 9 Asia/Tokyo", `"fri 9am Asia/Tokyo", "fri 9pm Asia/Tokyo" or "fri 09:00 Asia/Tokyo"`},
		{friday, "tomorrow 12", `"tomorrow noon" or "tomorrow 00:00"`},
		{friday, "tomorrow 13pm", `"tomorrow 13:00"`},
		{friday, "fri 24:00", `"2026-11-21 00:00"`},
		{friday, "fri 9 o'clock", `"fri 9am", "fri 9pm" or "fri 09:00"`},
		{noon, "tonight 8", `"tonight 8pm"`},
		{friday, "tonight 8", `"tomorrow 8pm"`},
		{noon, "tonight", `"tonight 8pm", "tonight 11pm" or "tonight midnight"`},
		{noon, "tonight 9am", `"tonight 9pm" or "tomorrow 9am"`},
		{noon, "today", `"today 6pm", "today 11pm" or "tomorrow 9am"`},
		{friday, "12 noon", `"noon"`},
		{friday, "12 midnight", `"midnight"`},
		{friday, "next fri 12 noon", `"next fri noon"`},
		{friday, "sun 14 mar 2027 2:30am", `"14 mar 2027 2:30am"`},
		{friday, "sunday, march 14 2027 2:30am", `"14 march 2027 2:30am"`},
		{friday, "24.12.2026 18:00", `"2026-12-24 18:00"`},
		{friday, "24.12. 18:00", `"2026-12-24 18:00"`},
		{friday, "24.12.26 18:00", `"2026-12-24 18:00"`},
		{friday, "12/24/2026 6pm", `"2026-12-24 6pm"`},
		{friday, "1/2/2027 6pm Asia/Tokyo", `"2027-02-01 6pm Asia/Tokyo" or "2027-01-02 6pm Asia/Tokyo"`},
		{friday, "tomorrow 9am Berlin", `"tomorrow 9am Europe/Berlin"`},
		{friday, "tomorrow 9am JST", `"tomorrow 9am Asia/Tokyo"`},
		{friday, "1 fortnight", `"2w"`},
		{friday, "in a fortnight", `"2w"`},
		{friday, "1 business day", `"1 day"`},
		{friday, "in half an hour", `"30m"`},
		{friday, "2.5h", `"2h30m"`},
		{friday, "1,5 days", `"1d 12h"`},
		{friday, "31 jan 9", `"31 jan 2027 9am", "31 jan 2027 9pm" or "31 jan 2027 09:00"`},
		{"2026-12-31T09:00:00+01:00", "in 2 months", `"2027-02-28 09:00"`},
		{friday, "today 00:01 Asia/Tokyo", `"tomorrow 00:01 Asia/Tokyo"`}, // past
		{friday, "today 9am +02:00", `"tomorrow 9am +02:00"`},
	} {
		t.Run(tt.phrase+" "+tt.now, func(t *testing.T) {
			t.Parallel()
			if hint := hintOf(t, tt.phrase, tt.now, "Europe/Berlin"); hint != tt.want {
				t.Errorf("hint %s, want %s", hint, tt.want)
			}
		})
	}
}

func hintOf(t *testing.T, phrase, now, in string) string {
	t.Helper()
	got, err := when.Parse(phrase, instant(t, now), zone(t, in))
	e, ok := errors.AsType[*when.Error](err)
	if !ok {
		t.Fatalf("Parse(%q) = %v, %v, want a refusal", phrase, got, err)
	}
	return e.Hint
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// kept are words of a phrase that must be in what is offered instead.
var kept = regexp.MustCompile(`(?i)\b(next|mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|\b(tomorrow|2027-\d\d-\d\d)\b|(Asia|America|Australia)/[A-Z][a-z]+(_[A-Z][a-z]+)?$|[+-]\d\d:\d\d$`)

// TestHintsAreAccepted asks for every refusal of the table at several clocks: what it offers in quotes is taken.
func TestHintsAreAccepted(t *testing.T) {
	t.Parallel()
	var refused []phrase
	for _, p := range phrases(t) {
		if p.instant == "refused" || p.instant == "past" {
			refused = append(refused, p)
		}
	}
	for _, s := range []string{
		"next fri 9", "mon at 9", "monday morning", "sat 12", "wed 25:00", "friday 9.30", "tomorrow 0am Asia/Tokyo", "tue evening",
		"tomorrow 9 Asia/Tokyo", "2027-05-01 9", "2027-05-01T9", "2027-05-01", "fri 9 pm please", "13pm sat", "next week", "next month 9am",
		"9am 24 dec", "dec 24", "2 feb", "30 feb 9am", "24:00 tomorrow", "half past nine", "quarter to 9", "9-5", "soon", "asap", "later", "1 decade",
		"2 quarters", "a week", "in a week and a day", "1 d 1 w", "31/12", "31/12/26 23:59", "2027.05.01 9am", "noon fri", "friday", "eod fri",
		"tomorrow 9am GMT+1", "9am New York", "9am asia/tokio", "today 12", "today 0:00", "0.5d", "0.0001s", "1.5 months", "+2", "+fortnight", "in 3",
	} {
		refused = append(refused, phrase{zone: "Europe/Berlin", phrase: s})
	}
	for _, p := range refused {
		for _, now := range []string{"2026-11-20T12:00:00+01:00", "2026-11-20T21:18:00+01:00", "2027-12-31T23:59:59+01:00"} {
			_, err := when.Parse(p.phrase, instant(t, now), zone(t, p.zone))
			e, ok := errors.AsType[*when.Error](err)
			if !ok {
				continue // it is past at another clock
			}
			checkHint(t, e, instant(t, now), zone(t, p.zone))
		}
	}
}

// checkHint asks that all that a hint has in quotes is taken, and that there is something.
func checkHint(t *testing.T, e *when.Error, now time.Time, loc *time.Location) {
	t.Helper()
	offered := strings.Split(e.Hint, `"`)
	for i := 1; i < len(offered); i += 2 {
		if _, err := when.Parse(offered[i], now, loc); err != nil {
			t.Errorf("%q at %s: hint %q: %v", e.Input, now, e.Hint, err)
		}
	}
	if len(offered) < 3 {
		t.Errorf("%q at %s: hint %q offers nothing", e.Input, now, e.Hint)
	}
}

// TestHintsOfDurations has the same for durations.
func TestHintsOfDurations(t *testing.T) {
	t.Parallel()
	const examples = `"30m", "1h30m", "3d" or "2 weeks"`
	for phrase, want := range map[string]string{
		"2.5h": `"2h30m"`, "1 fortnight": `"2w"`, "an hour": `"1 hour"`, "1 business day": `"1 day"`, "30m 1h": `"1h 30m"`,
		"5": `"5m", "5h" or "5d"`, "2 months": examples, "soon": examples, "": examples, "0m": examples,
	} {
		_, err := when.ParseDuration(phrase)
		e, ok := errors.AsType[*when.Error](err)
		if !ok || e.Hint != want {
			t.Errorf("ParseDuration(%q) = %+v, want the hint %s", phrase, err, want)
		}
	}
}

// TestHintsKeep asks that a day and a zone that a phrase names are in what is offered.
func TestHintsKeep(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"fri", "next monday", "tomorrow", "2027-05-01", "sat"} {
		for _, clock := range []string{"9", "12", "12 noon", "0am", "13pm", "9.30", "9:5", "at 9am", "morning", "9 o'clock"} {
			for _, in := range []string{"", " Asia/Tokyo", " America/New_York", " -03:30"} {
				said := day + " " + clock + in
				_, err := when.Parse(said, instant(t, "2026-11-20T21:18:00+01:00"), zone(t, "Europe/Berlin"))
				e, ok := errors.AsType[*when.Error](err)
				if !ok {
					t.Errorf("%q is taken", said)
					continue
				}
				offered := strings.Split(e.Hint, `"`)
				for i := 1; i < len(offered); i += 2 {
					if want, got := kept.FindAllString(said, -1), kept.FindAllString(offered[i], -1); !slices.Equal(got, want) {
						t.Errorf("%q: hint %s has %q, want %q", said, e.Hint, got, want)
					}
				}
			}
		}
	}
}

func TestWallNotes(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	for wall, want := range map[string]string{
		"2027-03-28T02:30:00": "the clocks skip 02:30 on Sun 28 Mar 2027: taken as Sun 28 Mar 2027 03:00 CEST, UTC+02:00",
		"2027-10-31T02:30:00": "02:30 comes twice on Sun 31 Oct 2027: taken as the first one, UTC+02:00",
		"2027-03-29T02:30:00": "",
		"2027-03-28":          "",
	} {
		if got := strings.Join(when.WallNotes(wall, berlin), "; "); got != want {
			t.Errorf("WallNotes(%s) = %q, want %q", wall, got, want)
		}
	}
	if got := when.WallNotes("2027-03-28T02:30:00", nil); got != nil {
		t.Errorf("WallNotes in UTC = %q", got)
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	now := instant(t, "2026-11-20T21:18:00+01:00")
	for at, want := range map[string]string{
		"2026-11-20T21:18:00+01:00": "0 s",
		"2026-11-21T21:18:00+01:00": "1 d",
		"2035-11-20T21:18:00+01:00": "3287 d",
		"2126-11-21T21:18:00+01:00": "100 years",
		"3000-01-01T09:00:00+01:00": "973 years",
		"9999-12-31T23:59:00Z":      "7973 years",
		"1000-01-01T00:00:00Z":      "1026 years",
	} {
		if got := when.Between(now, instant(t, at)); got != want {
			t.Errorf("Between(now, %s) = %q, want %q", at, got, want)
		}
		if got := when.Between(instant(t, at), now); got != want {
			t.Errorf("Between(%s, now) = %q, want %q", at, got, want)
		}
	}
}

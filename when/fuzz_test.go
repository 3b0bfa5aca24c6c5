package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// FuzzParse checks what a caller relies on: what is accepted is not past, says the same
// again from its echo, and resolves from its wall clock; what is refused has a hint that is taken.
func FuzzParse(f *testing.F) {
	zones := []string{"Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York", "UTC"}
	for i, phrase := range []string{
		"now", "in 1h30m", "+5m", "3d", "9am", "tomorrow 9:30pm", "tonight midnight", "day after tomorrow noon",
		"next fri 18:30:05", "24 dec 9", "fri 12/24/27 9.5", "2026-12-01 09:00 Europe/Berlin", "1 feb 2027 9am UTC", "2026-12-01T09:00:00.5+01:00", "@1796050800", "9am on friday",
	} {
		f.Add(phrase, now.Unix(), byte(i))
	}
	f.Fuzz(func(t *testing.T, phrase string, unix int64, which byte) {
		const year9000 = 221845392000
		if unix < 0 || unix > year9000 {
			t.Skip()
		}
		loc := zone(t, zones[int(which)%len(zones)])
		now := time.Unix(unix, int64(which)*1e6)
		got, err := when.Parse(phrase, now, loc)
		if err != nil {
			if refused, ok := errors.AsType[*when.Error](err); !ok || refused.Hint == "" || refused.Reason == "" {
				t.Fatalf("Parse(%q): %#v", phrase, err)
			} else if !strings.ContainsAny(phrase, "\"\\") {
				checkHint(t, refused, now, loc)
			}
			return
		}
		if got.At.Before(now) {
			t.Fatalf("Parse(%q) = %v, before %v", phrase, got.At, now)
		}
		checkEcho(t, got, now, loc)
		if (got.Wall == "") != (got.Zone == "") {
			t.Fatalf("Parse(%q): wall %q, zone %q", phrase, got.Wall, got.Zone)
		}
		if got.Wall == "" {
			return
		}
		if name := got.At.Location().String(); name != got.Zone {
			t.Fatalf("Parse(%q) is in %s, want %s", phrase, name, got.Zone)
		}
		if at, err := when.Resolve(got.Wall, got.Zone); err != nil || !at.Equal(got.At) {
			t.Fatalf("Resolve(%q, %q) = %v, %v, want %v", got.Wall, got.Zone, at, err, got.At)
		}
	})
}

// FuzzParseSince checks that what is accepted reads again as an instant, that words for the past are not
// ahead, and that what is refused has a hint.
func FuzzParseSince(f *testing.F) {
	zones := []string{"Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York", "UTC"}
	for i, phrase := range []string{
		"now", "today", "yesterday 9am", "monday", "last monday 21:30", "2d", "3h ago", "2026-11-20", "20 nov 2026", "2026-11-20 09:00 Europe/Berlin",
		"2026-11-20T09:00:00.5+01:00", "@1795000000", "2026-11", "tomorrow", "9am", "yesterd\u0430y",
	} {
		f.Add(phrase, now.Unix(), byte(i))
	}
	f.Fuzz(func(t *testing.T, phrase string, unix int64, which byte) {
		const year9000 = 221845392000
		if unix < 0 || unix > year9000 {
			t.Skip()
		}
		loc := zone(t, zones[int(which)%len(zones)])
		now := time.Unix(unix, int64(which)*1e6)
		got, err := when.ParseSince(phrase, now, loc)
		if err != nil {
			if e, ok := errors.AsType[*when.Error](err); !ok || e.Hint == "" || e.Reason == "" || e.Past {
				t.Fatalf("ParseSince(%q): %#v", phrase, err)
			}
			return
		}
		again, err := when.ParseSince(got.Format(time.RFC3339Nano), now, loc)
		if _, east := got.Zone(); east%60 == 0 && (err != nil || !again.Equal(got)) {
			t.Fatalf("%v of %q reads as %v, %v", got, phrase, again, err)
		}
		first := strings.ToLower(strings.Fields(phrase)[0])
		if !strings.Contains("0123456789@t", first[:1]) && got.After(now) || first == "2d" && !got.Before(now) {
			t.Fatalf("ParseSince(%q) = %v, after %v", phrase, got, now)
		}
		upper, err := when.ParseSince(strings.ToUpper(phrase), now, loc)
		if err != nil || !upper.Equal(got) {
			t.Fatalf("ParseSince(%q) = %v, %v, want %v", strings.ToUpper(phrase), upper, err, got)
		}
	})
}

// FuzzParseDuration checks that adding never goes back and that text reads again.
func FuzzParseDuration(f *testing.F) {
	f.Add("1w 2d 3h4m5s")
	f.Add("+90 min")
	f.Fuzz(func(t *testing.T, input string) {
		d, err := when.ParseDuration(input)
		if err != nil {
			return
		}
		if !d.Add(now, time.UTC).After(now) {
			t.Fatalf("ParseDuration(%q) = %+v adds nothing", input, d)
		}
		if again, err := when.ParseDuration(d.String()); err != nil || again != d {
			t.Fatalf("%q reads as %+v, %v, want %+v", d, again, err, d)
		}
	})
}

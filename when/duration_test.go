package when_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input string
		want  when.Duration
		text  string
	}{
		{"1h30m", when.Duration{Elapsed: 90 * time.Minute}, "1h30m"},
		{"90 min", when.Duration{Elapsed: 90 * time.Minute}, "1h30m"},
		{"3D 12H", when.Duration{Days: 3, Elapsed: 12 * time.Hour}, "3d 12h"},
		{"2 weeks 1 day", when.Duration{Days: 15}, "15d"},
		{" +1d ", when.Duration{Days: 1}, "1d"},
		{"45s", when.Duration{Elapsed: 45 * time.Second}, "45s"},
		{"999999h", when.Duration{Elapsed: 999999 * time.Hour}, "999999h"},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			got, err := when.ParseDuration(tt.input)
			if err != nil || got != tt.want {
				t.Fatalf("ParseDuration(%q) = %+v, %v, want %+v", tt.input, got, err, tt.want)
			}
			if got.String() != tt.text {
				t.Errorf("String = %q, want %q", got, tt.text)
			}
			if again, err := when.ParseDuration(got.String()); err != nil || again != got {
				t.Errorf("ParseDuration(%q) = %+v, %v, want %+v", got, again, err, got)
			}
		})
	}
	for _, input := range []string{"", "5", "in 5m", "-5m", "1.5h", "1 month", "0s", "1h 2", "++1h", "tomorrow 9am", "1h\x00"} {
		t.Run("refused "+input, func(t *testing.T) {
			t.Parallel()
			got, err := when.ParseDuration(input)
			refused, ok := errors.AsType[*when.Error](err)
			if !ok || refused.Input != input || refused.Hint == "" {
				t.Errorf("ParseDuration(%q) = %+v, %v, want a refusal with a hint", input, got, err)
			}
		})
	}
	if got := (when.Duration{}).String(); got != "0s" {
		t.Errorf("String of nothing = %q", got)
	}
}

func TestDurationAddWithoutLocation(t *testing.T) {
	t.Parallel()
	got := when.Duration{Days: 1, Elapsed: time.Hour}.Add(now, nil)
	if want := now.Add(25 * time.Hour); !got.Equal(want) {
		t.Errorf("Add = %v, want %v", got, want)
	}
}

func TestHumanize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		d    time.Duration
		want string
	}{
		{0, "0 s"},
		{400 * time.Millisecond, "0 s"},
		{45 * time.Second, "45 s"},
		{59*time.Second + 600*time.Millisecond, "1 m"},
		{90 * time.Second, "1 m 30 s"},
		{42 * time.Minute, "42 m"},
		{time.Hour - time.Millisecond, "1 h"},
		{11*time.Hour + 42*time.Minute + 59*time.Second, "11 h 42 m"},
		{24 * time.Hour, "1 d"},
		{76 * time.Hour, "3 d 4 h"},
		{24*time.Hour + 5*time.Minute, "1 d"},
		{-90 * time.Minute, "1 h 30 m"},
		{3652 * 24 * time.Hour, "3652 d"},
		{3653 * 24 * time.Hour, "10 years"},
		{-1 << 63, "292 years"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			if got := when.Humanize(tt.d); got != tt.want {
				t.Errorf("Humanize(%d) = %q, want %q", tt.d, got, tt.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := []struct{ zone, want string }{
		{"Europe/Berlin", "Fri 20 Nov 2026 21:18 CET"},
		{"UTC", "Fri 20 Nov 2026 20:18 UTC"},
		{"America/Sao_Paulo", "Fri 20 Nov 2026 17:18 -03:00"},
		{"Asia/Kolkata", "Sat 21 Nov 2026 01:48 IST"},
	}
	for _, tt := range tests {
		t.Run(tt.zone, func(t *testing.T) {
			t.Parallel()
			if got := when.Format(now.In(zone(t, tt.zone))); got != tt.want {
				t.Errorf("Format = %q, want %q", got, tt.want)
			}
		})
	}
	if got := when.Format(now.Add(1500 * time.Millisecond).In(time.FixedZone("", -12600))); got != "Fri 20 Nov 2026 16:48:01 -03:30" {
		t.Errorf("Format with seconds = %q", got)
	}
	if got := (when.Instant{At: now}).String(); got != when.Format(now) {
		t.Errorf("Instant.String = %q", got)
	}
}

func TestLoadZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"utc": "UTC", "EUROPE/BERLIN": "Europe/Berlin", "antarctica/mcmurdo": "Antarctica/McMurdo", "africa/dar_es_salaam": "Africa/Dar_es_Salaam",
	} {
		if got, err := when.LoadZone(name); err != nil || got.String() != want {
			t.Errorf("LoadZone(%q) = %v, %v, want %s", name, got, err, want)
		}
	}
	if got, err := when.LoadZone("PST"); err == nil {
		t.Errorf("LoadZone(PST) = %v, want a refusal", got)
	}
}

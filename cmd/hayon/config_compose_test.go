package main

import "testing"

// A word that says neither yes nor no opens nothing.
func TestAllowPrivate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		variable string
		config   bool
		want     bool
	}{
		{"", false, false},
		{"", true, true},
		{"1", false, true},
		{"TRUE", false, true},
		{"no", true, false},
		{"off", false, false},
		{"maybe", false, false},
		{"maybe", true, false},
	} {
		a := newApp(&streams{err: discard{}}, env("HAYON_CARDS_ALLOW_PRIVATE="+tt.variable))
		a.cfg.Cards.AllowPrivate = tt.config
		if got := a.allowPrivate(); got != tt.want {
			t.Errorf("%q over %t: got %t", tt.variable, tt.config, got)
		}
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func TestVideoService(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "none": "none", "https://video.example": "https://video.example", "blob": "none", "ftp://x": "none",
	} {
		a := newApp(&streams{err: discard{}}, env("HAYON_BLUESKY_VIDEO="+value))
		if got := a.videoService(); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
	for _, value := range []string{"blob", "ftp://x"} {
		if found := (config{Bluesky: blueskyConfig{Video: value}}).checkChoices(); len(found) != 1 || found[0].Key != "bluesky.video" {
			t.Errorf("%q in a file: %+v", value, found)
		}
	}
}

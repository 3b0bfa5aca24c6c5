package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/media"
	"github.com/hayon/hayon/text"
)

// TestTooMuchIsWhatItSays keeps a file that is no video any more from being fitted in no time.
func TestTooMuchIsWhatItSays(t *testing.T) {
	t.Parallel()
	b := &bench{short: true}
	for _, tt := range []struct {
		name  string
		make  func(name string) error
		want  media.Info
		least int64
	}{
		{"photo.jpg", func(name string) error { return b.photograph(name, 4000, 3000, 92) }, media.Info{Type: media.JPEG, Width: 1000, Height: 750}, fitBytes / shortPixels},
		{"bomb.png", bomb, media.Info{Type: media.PNG, Width: 60_000, Height: 60_000}, 0},
		{"long.mp4", sparseVideo, media.Info{Type: media.MP4, Width: 1280, Height: 720, Duration: time.Minute, Codec: "avc1"}, 1 << 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), tt.name)
			if err := tt.make(name); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			info, err := media.ProbeFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := media.Info{Type: info.Type, Width: info.Width, Height: info.Height, Duration: info.Duration, Codec: info.Codec}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the file (-want +got):\n%s", diff)
			}
			if s, err := f.Stat(); err != nil || s.Size() <= tt.least {
				t.Errorf("%d bytes (%v), want more than %d", s.Size(), err, tt.least)
			}
		})
	}
}

// TestComposeTexts keeps the texts what the figures are about: of every script, with something to find.
func TestComposeTexts(t *testing.T) {
	t.Parallel()
	texts := composeTexts()
	found := make(map[text.Kind]int)
	for _, s := range texts {
		if !utf8.ValidString(s) || text.Normalize(s) != s {
			t.Errorf("%q is not as texts are stored", s)
		}
		for _, f := range text.Facets(s) {
			found[f.Kind]++
		}
	}
	if mean := sizeOf(texts) / len(texts); mean < 200 || mean > 1000 {
		t.Errorf("the texts have %d bytes on average", mean)
	}
	for _, kind := range []text.Kind{text.Link, text.Mention, text.Tag} {
		if found[kind] < 100 {
			t.Errorf("%d of %s in all texts", found[kind], kind)
		}
	}
	if diff := cmp.Diff(texts, composeTexts()); diff != "" {
		t.Errorf("other texts the second time:\n%s", diff)
	}
}

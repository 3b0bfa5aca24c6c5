package main

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestSplitMedia(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     attachment
	}{
		{"a path", "a.png", attachment{path: "a.png"}},
		{"a description", "a.png;alt=a square", attachment{path: "a.png", alt: "a square"}},
		{"semicolons in it", "a.png;alt=a; b;c=d", attachment{path: "a.png", alt: "a; b;c=d"}},
		{"all", "v.mp4;alt=x;focus=0.2,-1;for=bluesky, mastodon/work;thumb=c.jpg", attachment{
			path: "v.mp4", alt: "x", focus: &hayon.Focus{X: 0.2, Y: -1}, accounts: []string{"bluesky", "mastodon/work"}, thumb: "c.jpg",
		}},
		{"in any order", "v.mp4;thumb=c.jpg;alt=x", attachment{path: "v.mp4", alt: "x", thumb: "c.jpg"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := splitMedia(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(attachment{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for in, want := range map[string]string{
		"a.png;altt=x":    "did you mean alt?",
		"a.png;focus=2,0": "from -1 to 1",
		"a.png;focus=x":   "focus=0.2,-0.5",
		"a.png;for=":      "for=bluesky",
		"a.png;thumb=":    "thumb=cover.jpg",
	} {
		if _, err := splitMedia(in); hayon.CodeOf(err) != hayon.CodeUsage || !strings.Contains(hintOf(err), want) {
			t.Errorf("%s: got %v, hint %q; want %q", in, err, hintOf(err), want)
		}
	}
}

// TestDryRunOfMedia: a dry run, which fits nothing, takes what fitting would make fit, and refuses what it
// would not.
func TestDryRunOfMedia(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Abs(filepath.Join("..", "..", "media", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo", "--set", "image=100000")
	u.write(t, "noise.png", noise(t))
	u.write(t, "cut.png", noise(t)[:20_000])
	u.env = append(u.env, "HAYON_MEDIA_FFMPEG=none") // which alone packs a film anew
	for _, tt := range []struct {
		name string
		exit int
		args []string
	}{
		{"a film of another kind", 3, []string{"-m", filepath.Join(samples, "phone.mov")}},
		{"too many bytes", 0, []string{"-m", "noise.png"}},
		{"too many bytes, and the size is to stay", 0, []string{"-m", "noise.png", "--no-resize"}},
		{"a picture that is cut off", 3, []string{"-m", "cut.png"}},
		{"a description is asked for", 3, []string{"-m", "noise.png", "--alt-policy", "require"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u.must(t, tt.exit, "", append([]string{"post", "x", "--to", "demo", "--dry-run"}, tt.args...)...)
		})
	}
}

// noise is a picture that no format makes small without loss.
func noise(t *testing.T) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

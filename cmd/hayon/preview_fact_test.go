package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestMediumWords(t *testing.T) {
	t.Parallel()
	fitted := hayon.Attachment{
		Name: "a.jpg", Type: "image/jpeg", Bytes: 912345, Width: 2000, Height: 1500,
		Original: &hayon.BlobRef{Type: "image/jpeg", Bytes: 2123456, Width: 4000, Height: 3000},
		Steps:    []string{"2.1 MB → 0.91 MB", "turned upright", "scaled 4000 × 3000 → 2000 × 1500", "JPEG q85"},
	}
	for _, tt := range []struct {
		name string
		m    hayon.Attachment
		want string
	}{
		{"as it came", hayon.Attachment{Name: "a.png", Type: "image/png", Bytes: 93, Width: 8, Height: 6}, "a.png, image/png, 8 × 6, 93 bytes"},
		{"fitted", fitted, "a.jpg, image/jpeg, 4000 × 3000 → 2000 × 1500, 2.1 MB → 0.91 MB, turned upright, JPEG q85"},
		{"not fitted yet", hayon.Attachment{
			Name: "a.png", Type: "image/png", Original: &hayon.BlobRef{Type: "image/png", Bytes: 20_000_000, Width: 9, Height: 9},
			Steps: []string{"will be fitted to what Demo takes"},
		}, "a.png, image/png, 9 × 9, 20 MB, will be fitted to what Demo takes"},
		{"converted", hayon.Attachment{
			Name: "a.png", Type: "image/jpeg", Bytes: 40_000, Width: 8, Height: 6,
			Original: &hayon.BlobRef{Type: "image/png", Bytes: 60_000, Width: 8, Height: 6}, Steps: []string{"60 kB → 40 kB", "16 → 8 bits a colour", "converted from PNG"},
		}, "a.png, image/png → image/jpeg, 8 × 6, 60 kB → 40 kB, 16 → 8 bits a colour"},
		{"a video", hayon.Attachment{
			Name: "v.mp4", Type: "video/mp4", Bytes: 12_300_000, Width: 1920, Height: 1080, Duration: 12300 * time.Millisecond,
			Thumb: &hayon.BlobRef{Bytes: 38_000}, Focus: &hayon.Focus{X: 0.2, Y: -0.5},
		}, "v.mp4, video/mp4, 1920 × 1080, 12 MB, 12.3 s, focus 0.2,-0.5, thumb 38 kB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := mediumWords(&tt.m); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestByteCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 38_211: "38 kB", 499_999: "500 kB", 910_000: "0.91 MB",
		996_000: "1.0 MB", 2_123_456: "2.1 MB", 96_000_000: "96 MB", 1 << 30: "1.1 GB",
	} {
		if got := byteCount(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestPartFacts(t *testing.T) {
	t.Parallel()
	p := &hayon.Part{
		ReplyTo: &hayon.Remote{URL: "https://example.com/1"}, Quote: &hayon.Remote{ID: "at://x"},
		Card: &hayon.Card{URL: "https://example.com", Title: "A title", Description: "About it", Thumb: &hayon.BlobRef{Bytes: 38_000}},
		Poll: &hayon.Poll{Options: []string{"Tea", "Coffee"}, Seconds: 86400, Multiple: true, HideTotals: true},
	}
	pp := hayon.PartPreview{
		Facets: []hayon.TextFacet{
			{Kind: "link", Text: "example.com", Value: "https://example.com"},
			{Kind: "link", Text: "example.com", Value: "https://example.com"},
			{Kind: "mention", Text: "@a.b", ID: "did:plc:1"},
			{Kind: "mention", Text: "@c.d", Unresolved: true},
			{Kind: "mention", Text: "@e.f", Plain: true},
			{Kind: "tag", Text: "#go", Value: "go"},
			{Kind: "tag", Text: "#x", Value: "x"},
		},
		Embed: "external", Unresolved: []string{"whom @c.d names", "whether it is there"}, Notes: []string{"the title is left out"},
	}
	want := []fact{
		{"link", "https://example.com", ""},
		{"mention", "@a.b → did:plc:1", ""},
		{"mention", "@c.d (not asked)", colourWarn},
		{"mention", "@e.f → nobody: goes out as plain text", colourWarn},
		{"tags", "#go, #x", ""},
		{"reply to", "https://example.com/1", ""},
		{"quote", "at://x", ""},
		{"card", "A title — About it (thumb 38 kB) https://example.com", ""},
		{"poll", "Tea | Coffee, open for 1 d, several may be chosen, figures hidden to the end", ""},
		{"embed", "external", ""},
		{"not asked", "whether it is there", colourWarn},
		{"note", "the title is left out", colourWarn},
	}
	if diff := cmp.Diff(want, partFactList(p, pp), cmp.AllowUnexported(fact{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

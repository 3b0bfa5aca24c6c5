package bluesky_test

import (
	"testing"
	"unicode/utf8"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// maxURI is the longest address that a strict server takes. Source: https://atproto.com/specs/lexicon#uri,
// read 2026-11-21.
const maxURI = 8 << 10

// Whatever is written, the facets are sorted and apart, lie on borders of characters, and hold what a strict
// server takes.
func FuzzFacets(f *testing.F) {
	for _, s := range []string{
		"", "hi @bob.test (https://example.org/ü?q=\U0001f600) #x $gme", "https://bücher.example/\u200b #\u0301", "example.com:99999/%zz\r\n@a.b",
	} {
		f.Add(s)
	}
	p := newProvider()
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := p.PreviewPart(t.Context(), nil, hayon.PreviewRequest{Target: &hayon.Target{Parts: []hayon.Part{{Text: typed}}}})
		if err != nil {
			t.Fatal(err)
		}
		content, end := text.Normalize(typed), 0
		for _, one := range got.Facets {
			if one.Start < end || one.End <= one.Start || one.End > len(content) || content[one.Start:one.End] != one.Text || !utf8.ValidString(one.Text) {
				t.Fatalf("%+v after %d in %q", one, end, content)
			}
			end = one.End
			switch one.Kind {
			case "link":
				if _, err := syntax.ParseURI(one.Value); err != nil && len(one.Value) <= maxURI {
					t.Errorf("%q becomes %q: %v", one.Text, one.Value, err)
				}
			case "tag":
				if text.Count(text.Graphemes, one.Value) > 64 || len(one.Value) > 640 || one.Value == "" {
					t.Errorf("%q becomes the tag %q", one.Text, one.Value)
				}
			case "mention":
				if !one.Unresolved || one.ID != "" || one.Plain {
					t.Errorf("got %+v, although nobody was asked", one)
				}
			default:
				t.Errorf("got %+v", one)
			}
		}
	})
}

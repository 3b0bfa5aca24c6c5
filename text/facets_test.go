package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/text"
)

func TestFacetsOfficialVectors(t *testing.T) {
	t.Parallel()
	for _, v := range officialVectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(v.facets, text.Facets(v.text)); diff != "" {
				t.Errorf("Facets(%q) (-want +got):\n%s", v.text, diff)
			}
		})
	}
}

// TestFacetsEdges covers corners of the official expressions that the vectors leave
// out; the results were checked against the library in the same way.
func TestFacetsEdges(t *testing.T) {
	t.Parallel()
	longTag := strings.Repeat("a", 64)
	tests := []struct {
		name string
		text string
		want []text.Facet
	}{
		{"empty", "", nil},
		{"only signs", "@ # $ ( http:// https://", nil},
		{"outer of two stays", "(https://x.com/(@alice.test))", []text.Facet{{Kind: text.Link, Start: 1, End: 29, Value: "https://x.com/(@alice.test))"}}},
		{"mention inside a tag", "#a(@b.test", []text.Facet{{Kind: text.Tag, Start: 0, End: 10, Value: "a(@b.test"}}},
		{"mention and trailing dash", "@alice.test- hi", []text.Facet{{Kind: text.Mention, Start: 0, End: 11, Value: "alice.test"}}},
		{"mention cut by underscore", "@alice.test_x", nil},
		{"scheme in capitals", "HTTPS://EXAMPLE.COM", nil},
		{"scheme in mixed case", "httpS://example.com", []text.Facet{{Kind: text.Link, Start: 0, End: 19, Value: "httpS://example.com"}}},
		{"no other scheme", "ftp://example.com mailto:a@example.com", nil},
		{"opening parenthesis in a skipped word is consumed", "a.notatld(https://x.com", nil},
		{"no-break space parts", "a\u00a0https://x.com\ufeff#b", []text.Facet{
			{Kind: text.Link, Start: 3, End: 16, Value: "https://x.com"},
			{Kind: text.Tag, Start: 19, End: 21, Value: "b"},
		}},
		{"next line does not part", "a\u0085https://x.com", nil},
		{"tag of 64", "#" + longTag, []text.Facet{{Kind: text.Tag, Start: 0, End: 65, Value: longTag}}},
		{"tag of 65", "#" + longTag + "b", nil},
		{"tag punctuation is cut before counting", "#" + longTag + "!?", []text.Facet{{Kind: text.Tag, Start: 0, End: 65, Value: longTag}}},
		{"ticker of five and six", "$ABCDE $ABCDEF", []text.Facet{{Kind: text.Tag, Start: 0, End: 6, Value: "$ABCDE"}}},
		{"ticker before an apostrophe", "$gme\u2019s $1ab $a-b", []text.Facet{{Kind: text.Tag, Start: 0, End: 4, Value: "$GME"}}},
		{"invalid utf-8", "\xff #a\xffb https://x.com/\xff", []text.Facet{
			{Kind: text.Tag, Start: 2, End: 6, Value: "a\xffb"},
			{Kind: text.Link, Start: 7, End: 22, Value: "https://x.com/\xff"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, text.Facets(tt.text)); diff != "" {
				t.Errorf("Facets(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// TestFacetsDeviations names each result that differs from the official library. All
// of them are facets with which a server refuses the whole record.
func TestFacetsDeviations(t *testing.T) {
	t.Parallel()
	stack := "e" + strings.Repeat("\u0301", 5) // one grapheme cluster, 11 bytes
	tests := []struct {
		name string
		text string
		want []text.Facet
	}{
		{"bare domain that starts with http gets a scheme", "httpbin.org/get", []text.Facet{{Kind: text.Link, Start: 0, End: 15, Value: "https://httpbin.org/get"}}},
		{"bare domain that starts with http needs a known ending", "httpbin.notatld", nil},
		{"link without host", "http://. http:///x https://)", nil},
		{"tag of more than 640 bytes", "#" + strings.Repeat(stack, 59), nil},
		{"tag of up to 640 bytes stays", "#" + strings.Repeat(stack, 58), []text.Facet{{Kind: text.Tag, Start: 0, End: 639, Value: strings.Repeat(stack, 58)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, text.Facets(tt.text)); diff != "" {
				t.Errorf("Facets(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// FuzzFacets checks what a platform demands of facets: in range, sorted, apart from
// each other, never inside a code point, and with a value that belongs to the bytes.
func FuzzFacets(f *testing.F) {
	for _, v := range officialVectors {
		f.Add(v.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, facet := range text.Facets(s) {
			if facet.Start < last || facet.End <= facet.Start || facet.End > len(s) {
				t.Fatalf("Facets(%q): range [%d, %d) after %d", s, facet.Start, facet.End, last)
			}
			last = facet.End
			if !boundary(s, facet.Start) || !boundary(s, facet.End) {
				t.Fatalf("Facets(%q): [%d, %d) splits a code point", s, facet.Start, facet.End)
			}
			checkValue(t, s[facet.Start:facet.End], facet)
		}
	})
}

func boundary(s string, i int) bool {
	return i == len(s) || utf8.RuneStart(s[i]) || !utf8.ValidString(s)
}

func checkValue(t *testing.T, shown string, f text.Facet) {
	t.Helper()
	var forms []string
	switch f.Kind {
	case text.Mention:
		forms = []string{"@" + f.Value}
	case text.Link:
		forms = []string{f.Value, strings.TrimPrefix(f.Value, "https://")}
	case text.Tag:
		forms = []string{"#" + f.Value, "＃" + f.Value}
		if strings.HasPrefix(shown, "$") {
			shown, forms = strings.ToUpper(shown), []string{f.Value}
		}
	}
	if !slices.Contains(forms, shown) {
		t.Fatalf("%s %q does not belong to %q", f.Kind, f.Value, shown)
	}
}

package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func linesOf(s string, lines []textLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = s[l.start:l.end]
	}
	return out
}

func TestWrapText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		width      int
		want       []string
	}{
		{"empty", "", 10, []string{""}},
		{"fits", "one two", 7, []string{"one two"}},
		{"no bound", "one two three four", 0, []string{"one two three four"}},
		{"at a blank", "one two", 6, []string{"one", "two"}},
		{"line feeds", "a\n\nb", 10, []string{"a", "", "b"}},
		{"a long word", "abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"a word that is too long behind a short one", "a bcdefgh", 4, []string{"a", "bcde", "fgh"}},
		{"wide letters", "日本語で", 4, []string{"日本", "語で"}},
		{"a wide letter that half fits", "a日本", 4, []string{"a日", "本"}},
		{"a family stays together", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, []string{"👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"}},
		{"an address stays whole", "see https://example.com/page now", 10, []string{"see", "https://example.com/page", "now"}},
		{"narrower than a letter", "日", 1, []string{"日"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, linesOf(tt.text, wrapText(tt.text, tt.width))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWrapTextLosesNothing: whatever the text and the width, the lines in their order are the text but for
// the blanks and line feeds at which it was broken, and none without an address is too wide.
func TestWrapTextLosesNothing(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	words := []string{"a", "word", " ", "  ", "\n", "日本語", "👨‍👩‍👧‍👦", "שלום", "e\u0301", "https://example.com/x", "#tag", "verylongwordindeed"}
	for range 2000 {
		var b strings.Builder
		for range r.IntN(20) {
			b.WriteString(words[r.IntN(len(words))])
		}
		text, width := b.String(), 2+r.IntN(30)
		at := 0
		for _, l := range wrapText(text, width) {
			if between := text[at:l.start]; strings.Trim(between, " \n") != "" || len(between) > 1 {
				t.Fatalf("seed %d: %q of %q is lost at a width of %d", seed, between, text, width)
			}
			if line := strings.TrimRight(text[l.start:l.end], " "); cells(line) > width && !strings.Contains(line, "://") {
				t.Fatalf("seed %d: %q of %q is wider than %d", seed, line, text, width)
			}
			at = l.end
		}
		if strings.Trim(text[at:], " \n") != "" {
			t.Fatalf("seed %d: the end of %q is lost at a width of %d", seed, text, width)
		}
	}
}

func TestMarkFacets(t *testing.T) {
	t.Parallel()
	const s = "see https://example.com and #go"
	facets := []hayon.TextFacet{{Kind: "link", Start: 4, End: 23}, {Kind: "tag", Start: 28, End: 31}}
	mark := func(s string) string { return colourFacet + s + colourOff }
	for _, tt := range []struct {
		name string
		line textLine
		on   bool
		want string
	}{
		{"whole", textLine{0, len(s)}, true, "see " + mark("https://example.com") + " and " + mark("#go")},
		{"no colours", textLine{0, len(s)}, false, s},
		{"broken inside", textLine{4, 12}, true, mark("https://")},
		{"without any", textLine{24, 27}, true, "and"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := markFacets(s, tt.line, facets, tt.on); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	nobody := []hayon.TextFacet{{Kind: "mention", Start: 4, End: 23, Plain: true}}
	if got := markFacets(s, textLine{0, 23}, nobody, true); got != s[:23] {
		t.Errorf("a mention of nobody is marked: %q", got)
	}
}

func TestInertTextKeepsLengths(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "a\tb\x1b[31m", "c1 \u009b csi", "日\x00本", "broken \xff byte"} {
		got := inertText(s)
		if len(got) != len(s) {
			t.Errorf("%q became %q, of another length", s, got)
		}
		if strings.ContainsAny(got, "\x1b\x00\u009b\t") {
			t.Errorf("%q became %q", s, got)
		}
	}
}

package text_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hayon/hayon/text"
)

// What the rules of X come to, read off its configuration by hand.
func TestWeighted(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name, text string
		want       int
	}{
		{"empty", "", 0},
		{"ascii", "hello, world", 12},
		{"lines", "a\r\nb", 4},
		{"accents", "ça é", 4},
		{"accents of their own", "e\u0301", 1},
		{"an accent that has no composed form", "x\u0301", 2},
		{"a form that Unicode wants apart", "\ufb2c", 3},
		{"the last of the light ones", "\u10ff", 1},
		{"the first of the heavy ones", "\u1100", 2},
		{"chinese", "日本", 4},
		{"hangul", "한", 2},
		{"hangul in pieces", "\u1112\u1161\u11ab", 2},
		{"devanagari", "नमस्ते", 6},
		{"dashes and quotes", "—“”‘’", 5},
		{"an ellipsis", "…", 2},
		{"primes", "5′", 2},
		{"a currency", "5€", 3},
		{"zero width", "a\u200b\u200db", 4},
		{"an emoji", "👍", 2},
		{"a skin tone", "👍🏽", 2},
		{"a skin tone on what takes none", "😷🏽", 4},
		{"a family", "👨‍👩‍👧‍👦", 2},
		{"an astronaut", "👩🏽‍🚀", 2},
		{"two of different skins", "👩🏽‍🤝‍👨🏿", 2},
		{"joined as nobody draws it", "👨\u200d🐱", 5},
		{"a joiner at the end", "👨\u200d", 3},
		{"a flag", "🇩🇪", 2},
		{"two flags", "🇩🇪🇫🇷", 4},
		{"letters that are no flag", "🇽🇽", 4},
		{"half of a flag", "🇩a", 3},
		{"a flag of a region", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2},
		{"a flag of nowhere", "🏴\U000e0061\U000e007f", 6},
		{"a pirate's flag", "🏴‍☠️", 2},
		{"keycaps", "1️⃣#⃣", 4},
		{"no keycap", "1#*", 3},
		{"a sign", "©", 1},
		{"a sign as emoji", "©\ufe0f", 2},
		{"a heart", "❤\ufe0f", 2},
		{"a heart as text", "❤\ufe0e", 4},
		{"a selector that is not needed", "👍\ufe0f", 4},
		{"one behind a skin tone", "👍🏽\ufe0f", 4},
		{"as text, which nothing joined can be", "👩🏽‍🚀\ufe0e", 4},
		{"a dash behind an address", "t.co/abc—", 24},
		{"an equals sign at its end", "t.co/abc=", 23},
		{"a selector alone", "a\ufe0f", 3},
		{"an address", "see https://example.com/a/long/path?and=query now", 4 + 23 + 4},
		{"a short one", "t.co", 23},
		{"a bare one", "example.com", 23},
		{"before another script", "example.comと", 25},
		{"no top-level domain", "https://a.notatld", 17},
		{"an abbreviation", "e.g. this", 9},
		{"a mail", "me@example.com", 14},
		{"a mention and a tag", "@a #b", 5},
		{"broken", "\xff", 2},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Count(text.Weighted, v.text); got != v.want {
				t.Errorf("%q: got %d, want %d", v.text, got, v.want)
			}
		})
	}
}

func TestWeightedAddressesOfAnotherLength(t *testing.T) {
	t.Parallel()
	const s = "see example.com"
	if got := text.Length(text.Rule{Unit: text.Weighted, URL: 30}, s, "日本"); got != 4+30+2 {
		t.Errorf("got %d", got)
	}
}

// FuzzWeighted checks that nothing weighs more than two for each character, but for addresses.
func FuzzWeighted(f *testing.F) {
	for _, s := range []string{
		"see https://example.com/a?b=c (t.co/b_(c)) example.みんな", "👨‍👩‍👧‍👦🇩🇪👍🏽1️⃣❤️", "🏴\U000e0067\U000e007f\u200d\u200d", "e\u0301\ufb2c\u1112\u1161\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Count(text.Weighted, s)
		// In normalization form C a character can become three.
		most := 6*text.Count(text.CodePoints, s) + 23*strings.Count(s, ".")
		if got < 0 || got > most || (got == 0) != (s == "") {
			t.Errorf("%q weighs %d, want at most %d", s, got, most)
		}
	})
}

func ExampleCount_weighted() {
	_, _ = fmt.Fprintln(os.Stdout, text.Count(text.Weighted, "日本 👨‍👩‍👧‍👦 https://example.com/a/long/path"))
	// Output: 31
}

package text

import (
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Unit says what a platform counts when it limits the length of a text.
type Unit string

// The units that platforms use.
const (
	// Graphemes counts extended grapheme clusters (UAX #29): what a person
	// calls a character. A family emoji is one, and so is CR LF.
	Graphemes Unit = "graphemes"
	// Bytes counts bytes of UTF-8.
	Bytes Unit = "bytes"
	// CodePoints counts Unicode code points.
	CodePoints Unit = "code_points"
	// UTF16 counts UTF-16 code units, as JavaScript's length does: code points
	// above U+FFFF count two.
	UTF16 Unit = "utf16"
	// Mastodon counts as its servers do: graphemes, an address as 23 however long it is, a mention
	// without its host. Where a server counts addresses otherwise, see [Length].
	Mastodon Unit = "mastodon"
	// Weighted counts as X does: of the text in normalization form C, characters of most scripts with
	// letters as one, others and every emoji as two, an address as 23 however long it is.
	Weighted Unit = "weighted"
)

// Count returns the length of s in the unit. The string is taken as it is: call
// [Normalize] first where the platform gets the normalised text. A byte that is
// not UTF-8 counts as one code point. An unknown unit counts bytes, the largest
// of the plain four, so that a limit can be kept too strictly but never overrun.
func Count(unit Unit, s string) int {
	switch unit {
	case Graphemes:
		return countGraphemes(s)
	case CodePoints:
		return utf8.RuneCountInString(s)
	case UTF16:
		return countUTF16(s)
	case Mastodon:
		return Length(Rule{Unit: Mastodon}, s)
	case Weighted:
		return weighted(s, weightedURL)
	case Bytes:
		return len(s)
	default:
		return len(s)
	}
}

func countGraphemes(s string) int {
	n := 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
	}
	return n
}

func countUTF16(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

package text

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Normalize returns the text as Hayon stores, counts and sends it:
//
//   - a byte order mark at the start is dropped: it tells of a file's encoding and is no text;
//   - bytes that are not UTF-8 become U+FFFD, one for each run;
//   - CR LF and a lone CR become LF;
//   - white space at the end is cut. White space at the start stays: it may be meant.
//
// Composed and decomposed letters (NFC, NFD) are left as typed, because platforms
// store what they get and facets are byte offsets into exactly that. Blank lines
// inside are kept too. Normalising twice changes nothing more.
func Normalize(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	return strings.TrimLeft(s, "\uFEFF")
}

// Digest returns the SHA-256 of the text in 64 lower-case hexadecimal digits, for
// telling whether the same text was posted before. The text is normalised and each
// run of white space counts as one space, so that a changed line break or a
// trailing newline does not hide a duplicate. Letter case and punctuation do count.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(oneLine(Normalize(s))))
	return hex.EncodeToString(sum[:])
}

// Clip returns s on one line (each run of white space becomes one space) and in at
// most width grapheme clusters. What was cut is marked by "…", which counts as one.
// A width below one gives the empty string. It is for titles and lists, never for
// what is sent; how many cells the result takes on a screen is not its matter.
func Clip(s string, width int) string {
	if width < 1 {
		return ""
	}
	s = oneLine(s)
	keep, n := 0, 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
		if n < width {
			keep = g.End()
		}
		if n > width {
			return strings.TrimRight(s[:keep], " ") + "…"
		}
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

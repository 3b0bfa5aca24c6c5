package cards

import (
	"strings"
	"unicode"

	"github.com/hayon/hayon/text"
)

// clip is s as plain text, on one line and in at most width grapheme clusters; "" for what is no text.
func clip(s string, width int) string {
	if strings.ContainsFunc(s, isUnread) {
		return ""
	}
	s = plain(s)
	if most := maxCluster * width; len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return text.Clip(s, width)
}

func isUnread(r rune) bool { return r == unread }

// maxCluster is how many bytes a grapheme cluster of a text has on average at most. It has no bound of its
// own, since marks can be piled up for ever; the longest emoji have 35.
const maxCluster = 40

// plain removes what is not seen and changes how the rest is: control characters, the marks that override
// or isolate the direction of text, marks of byte order and of annotations. What joins emoji and letters
// stays.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r),
			r >= '\u202A' && r <= '\u202E', // embeddings and overrides
			r >= '\u2066' && r <= '\u2069', // isolates
			r >= '\u206A' && r <= '\u206F', // deprecated
			r >= '\uFFF9' && r <= '\uFFFB', // annotations
			r == '\uFEFF', r == '\u200B', r == '\u2060', r == unread:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

package text

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// weightedURL is how much an address counts on X, however long it is. An emoji counts two, and so does
// every character outside some ranges.
//
// Source: https://github.com/twitter/twitter-text/blob/master/config/v3.json, read 2026-11-21.
const weightedURL = 23

// weighted counts as X does: what the text is in normalization form C, every address as url, every emoji
// as two.
func weighted(s string, url int) int {
	ascii := isASCII(s)
	if ascii && !strings.Contains(s, ".") {
		return len(s)
	}
	if !ascii {
		// The length is that of the composed text: a letter and its accent count one where Unicode has
		// a character for both, and a composed character that Unicode wants apart counts its parts.
		s = norm.NFC.String(s)
	}
	n, at := 0, 0
	for _, e := range xURLs(s) {
		n += weigh(s[at:e.start]) + url
		at = e.end
	}
	return n + weigh(s[at:])
}

// weigh is the weight of a text without addresses.
func weigh(s string) int {
	n := 0
	for at := 0; at < len(s); {
		if c := s[at]; c < utf8.RuneSelf && (at+1 == len(s) || s[at+1] < utf8.RuneSelf) {
			n++
			at++
			continue
		}
		if size := emojiLen(s[at:]); size > 0 {
			n += 2
			at += size
			continue
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		n += weight(r)
		at += size
	}
	return n
}

// weight is that of a character: one for scripts of letters, for most spaces, and for dashes and quotes.
func weight(r rune) int {
	switch {
	case r <= 0x10FF, 0x2000 <= r && r <= 0x200D, 0x2010 <= r && r <= 0x201F, 0x2032 <= r && r <= 0x2037:
		return 1
	}
	return 2
}

// emojis has one emoji a line, sorted by bytes, and is searched as tlds is.
//
//go:embed emoji.txt
var emojis string

// Characters that make one emoji of several.
const (
	joiner    = '\u200d'
	asText    = '\ufe0e'
	asEmoji   = '\ufe0f'
	keycap    = '\u20e3'
	blackFlag = '\U0001f3f4'
	tagEnd    = '\U000e007f'
)

// emojiLen is the length of the emoji at the start of s, as a whole: with its skin tone, joined with
// others, a flag. Zero stands for none, and where a character alone counts the same as the emoji.
func emojiLen(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	next, width := utf8.DecodeRuneInString(s[size:])
	switch {
	case first < utf8.RuneSelf:
		return keycapLen(s, first, next, width)
	case isFlagLetter(first) && isFlagLetter(next) || first == blackFlag && isTagLetter(next):
		if n := flagLen(s); hasLine(emojis, s[:n]) {
			return n
		}
	case next == asText, next != asEmoji && next != joiner && !isSkin(next):
		return 0
	}
	return joinedLen(s)
}

func keycapLen(s string, first, next rune, width int) int {
	if (first < '0' || first > '9') && first != '#' && first != '*' {
		return 0
	}
	end := 1
	if next == asEmoji {
		end += width
	}
	if !strings.HasPrefix(s[end:], string(keycap)) {
		return 0
	}
	return end + len(string(keycap))
}

// flagLen is the length of what may be a flag: two letters, or a black flag with its region behind it.
func flagLen(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	if isFlagLetter(first) {
		return 2 * size
	}
	size += runeSpan(s[size:], isTagLetter)
	if r, width := utf8.DecodeRuneInString(s[size:]); r == tagEnd {
		size += width
	}
	return size
}

// joinedLen is the length of the longest known emoji at the start of s that is joined of others.
func joinedLen(s string) int {
	const most = 5 // emoji in one
	var known, size int
	key := ""
	for range most {
		part, width := emojiPart(s[size:])
		if width == 0 {
			break
		}
		size += width
		if key += part; hasLine(emojis, key) {
			known = size
		}
		if !strings.HasPrefix(s[size:], string(joiner)) {
			break
		}
		size += len(string(joiner))
		key += string(joiner)
	}
	return known
}

// emojiPart is the character at the start of s, and how long it is with its selector or skin tone; zero for
// what is to be shown as text.
func emojiPart(s string) (part string, size int) {
	r, size := utf8.DecodeRuneInString(s)
	part = s[:size]
	next, width := utf8.DecodeRuneInString(s[size:])
	switch {
	case size == 0, r <= 0x10FF && next != asEmoji:
		return "", 0
	case next == asEmoji && hasLine(emojis, part+string(asEmoji)), isSkin(next) && hasLine(emojis, part+"\U0001f3fb"):
		size += width
	}
	return part, size
}

func isSkin(r rune) bool       { return 0x1F3FB <= r && r <= 0x1F3FF }
func isFlagLetter(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }
func isTagLetter(r rune) bool  { return 0xE0020 <= r && r <= 0xE007E }

package text

import (
	"strings"
	"unicode"
)

// emptySlug is what a title without a single Latin letter or digit becomes.
const emptySlug = "post"

// The plain letter under each accented one, by code point from U+00C0 and U+1E00;
// a dot where there is none. Derived from the compatibility decompositions of
// https://www.unicode.org/Public/UCD/latest/ucd/UnicodeData.txt, read 2026-11-20.
const (
	plainFrom00C0 = "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y" +
		"aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll." +
		"...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzzs" +
		"................................oo.............uu..............." +
		".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...." +
		"aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............" +
		"................"
	plainFrom1E00 = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm" +
		"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv" +
		"wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee" +
		"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......"
)

// Slug returns the title as a name for files and addresses: letters a-z, digits and
// single hyphens, none at either end, at most maxLen bytes (below one: any length). Accents
// are dropped ("Über Café" is "uber-cafe"); other scripts are left out, and a title
// of which nothing remains is "post". A cut is made between words where possible.
func Slug(title string, maxLen int) string {
	var b strings.Builder
	gap := false
	for _, r := range title {
		switch plain := plainLatin(r); {
		case plain != "":
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteString(plain)
			gap = false
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '\u2019':
			// An accent of its own or an apostrophe does not part a word.
		default:
			gap = true
		}
	}
	slug := b.String()
	if slug == "" {
		slug = emptySlug
	}
	return cutSlug(slug, maxLen)
}

func cutSlug(slug string, maxLen int) string {
	if maxLen < 1 || len(slug) <= maxLen {
		return slug
	}
	cut := slug[:maxLen]
	// Half of a word is better than losing more than half of the name.
	if i := strings.LastIndexByte(cut, '-'); i > maxLen/2 && slug[maxLen] != '-' {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, "-")
}

// plainLatin returns the lower-case ASCII for a Latin letter or digit, or "".
func plainLatin(r rune) string {
	if r < 0x80 {
		if isAlnum(byte(r)) { //nolint:gosec // ASCII
			return strings.ToLower(string(r))
		}
		return ""
	}
	if s := ligature(r); s != "" {
		return s
	}
	if s := lookUp(plainFrom00C0, r-0xC0); s != "" {
		return s
	}
	return lookUp(plainFrom1E00, r-0x1E00)
}

// ligature covers the letters that do not decompose into a letter and an accent.
func ligature(r rune) string {
	switch r {
	case 'Æ', 'æ', 'Ǽ', 'ǽ':
		return "ae"
	case 'Œ', 'œ':
		return "oe"
	case 'ß', 'ẞ':
		return "ss"
	case 'Ø', 'ø', 'Ǿ', 'ǿ':
		return "o"
	case 'Ð', 'ð', 'Đ', 'đ':
		return "d"
	case 'Þ', 'þ':
		return "th"
	case 'Ł', 'ł':
		return "l"
	case 'Ħ', 'ħ':
		return "h"
	case 'ı':
		return "i"
	case 'Ĳ', 'ĳ':
		return "ij"
	default:
		return ""
	}
}

func lookUp(table string, i rune) string {
	if i < 0 || int(i) >= len(table) || table[i] == '.' {
		return ""
	}
	return table[i : i+1]
}

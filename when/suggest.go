package when

import (
	"slices"
	"strings"
	"unicode"
)

// maxSuggest bounds the words of a phrase for which a better one is looked for.
const maxSuggest = 8

// withoutFillers drops "at", "on" and the like, commas, and the endings of 1st and 2nd.
func withoutFillers(words []string) []string {
	var kept []string
	for _, word := range words {
		word = strings.Trim(word, ",;!?\"'")
		switch lower := strings.ToLower(word); {
		case lower == "a.m." || lower == "p.m.":
			word = strings.ReplaceAll(lower, ".", "")
		case len(lower) > 2 && len(lower) < 5 && isDigit(lower[len(lower)-3]) && slices.Contains([]string{"st", "nd", "rd", "th"}, lower[len(lower)-2:]):
			word = lower[:len(lower)-2]
		}
		switch strings.ToLower(word) {
		case "", "at", "on", "the", "this", "coming", "of", "in", "by", "from", "about", "around", "and", "@", "time":
		default:
			kept = append(kept, word)
		}
	}
	return kept
}

// dayFirst turns "feb 1" into "1 feb".
func dayFirst(words []string) []string {
	out := slices.Clone(words)
	for i := range len(out) - 1 {
		if i > 0 && isNumber(out[i-1], 2) {
			continue // the day stands before it
		}
		if _, ok := monthOf(strings.ToLower(out[i])); ok && span(out[i+1], isDigit) == len(out[i+1]) && len(out[i+1]) <= 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	return out
}

// joinZone writes the underscores of "America/New York", or returns "".
func (p parser) joinZone(words []string) string {
	for i, word := range words {
		if !strings.Contains(word, "/") || i+1 == len(words) {
			continue
		}
		joined := append(slices.Clone(words[:i]), strings.Join(words[i:], "_"))
		phrase := strings.Join(joined, " ")
		if _, err := p.parse(phrase, joined); err == nil {
			return phrase
		}
	}
	return ""
}

// lookalikes are letters of other scripts that look like those of English.
const lookalikes = "аaеeіiоoрpсcуyхxѕsԁdһhјjΑAΟOοoνvΜMТTМMАAЕEОOРPСCНHКK"

// alike returns the ASCII character that r looks like, or r.
func alike(r rune) rune {
	const fullWidth = '！' - '!' // full-width forms follow the order of ASCII
	if '！' <= r && r <= '～' {
		return r - fullWidth
	}
	want := false
	for _, c := range lookalikes {
		if want {
			return c
		}
		want = c == r && r > 0x7f
	}
	return r
}

// ascii returns s with English letters and digits for those that look like them, and without what nobody
// sees.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return alike(r)
	}, s)
}

// foreign returns the first character of s that is no ASCII and only looks as if, or 0.
func foreign(s string) rune {
	for _, r := range s {
		if unicode.Is(unicode.Cf, r) || alike(r) != r {
			return r
		}
	}
	return 0
}

package when

import (
	"slices"
	"strings"
)

// maxSuggest bounds the words of a phrase for which a better one is looked for.
const maxSuggest = 8

// suggest returns the phrase that was probably meant, or "": the same words without
// those that the grammar has no use for, the day before the clock. It is offered, never
// taken.
func (p parser) suggest(words []string) string {
	if len(words) == 0 || len(words) > maxSuggest {
		return ""
	}
	said := strings.ToLower(strings.Join(words, " "))
	words = dayFirst(withoutFillers(words))
	for i := range words {
		turned := slices.Concat(words[i:], words[:i])
		phrase := strings.Join(turned, " ")
		if len(phrase) > maxInput || strings.ToLower(phrase) == said {
			continue
		}
		if _, err := p.parse(phrase, turned); err == nil {
			return phrase
		}
	}
	return ""
}

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
		if _, ok := monthOf(strings.ToLower(out[i])); ok && span(out[i+1], isDigit) == len(out[i+1]) && len(out[i+1]) <= 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	return out
}

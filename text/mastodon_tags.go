package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mastodonTags finds hashtags as Mastodon does: behind white space or at the start, with words that
// underscores, middle dots and zero-width non-joiners may join, and at least one letter.
//
// Source: https://github.com/mastodon/mastodon (app/models/tag.rb, app/lib/extractor.rb), read 2026-11-21.
func mastodonTags(s string, add func(Facet)) {
	for at := 0; at < len(s); {
		sign := signIndex(s, at, '#', "＃")
		if sign < 0 {
			return
		}
		_, size := utf8.DecodeRuneInString(s[sign:])
		at = sign + size
		before, _ := utf8.DecodeLastRuneInString(s[:sign])
		if sign > 0 && !unicode.IsSpace(before) {
			continue
		}
		end := at + mastodonTagLen(s[at:])
		if end == at {
			continue
		}
		word := s[at:end]
		if strings.HasPrefix(s[end:], "://") {
			word = trimScheme(word)
		}
		add(Facet{Tag, sign, at + len(word), word})
		at = end
	}
}

// trimScheme takes the scheme of an address off the end of a tag.
func trimScheme(word string) string {
	for _, scheme := range []string{"https", "http"} {
		if rest := strings.TrimSuffix(word, scheme); rest != word && rest != "" {
			return rest
		}
	}
	return word
}

// mastodonTagLen is the length of the hashtag at the start of s, without its sign; zero for none.
func mastodonTagLen(s string) int {
	run := runeSpan(s, func(r rune) bool { return isRubyWord(r) || isTagSeparator(r) })
	joined := strings.TrimRightFunc(s[:run], func(r rune) bool { return !isRubyWord(r) })
	first, size := utf8.DecodeRuneInString(joined)
	if joined == "" || !isRubyWord(first) {
		return 0
	}
	// Between the first and the last character: a letter, or what joins.
	_, last := utf8.DecodeLastRuneInString(joined)
	if size+last < len(joined) && strings.IndexFunc(joined[size:len(joined)-last], joinsTag) >= 0 {
		return len(joined)
	}
	word := runeSpan(joined, isRubyWord)
	if strings.IndexFunc(joined[:word], isRubyAlpha) < 0 {
		return 0
	}
	return word
}

func joinsTag(r rune) bool { return isTagSeparator(r) || isRubyAlpha(r) }

func isTagSeparator(r rune) bool { return r == '_' || r == 0xB7 || r == 0x30FB || r == 0x200C }

// isRubyAlpha is [[:alpha:]] of Ruby's expressions.
func isRubyAlpha(r rune) bool { return unicode.In(r, unicode.L, unicode.M) }

package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of names on X, in characters.
// Source: https://github.com/twitter/twitter-text (rb/lib/twitter-text/regex.rb), read 2026-11-21.
const (
	maxXName   = 20
	maxXList   = 25
	maxXTicker = 6
	maxXSuffix = 2 // of a ticker, behind a dot or an underscore
)

// XEntities returns the links, mentions, hashtags and cashtags of s as X finds them, sorted by Start and
// apart from each other: of two that overlap the first one stays. The value of a link is the address as
// it stands, with or without a scheme; of a mention the name, or "name/list" of a list; of a hashtag the
// word without its sign; of a cashtag "$" and the ticker in capitals.
//
// Source: https://github.com/twitter/twitter-text (js/src), read 2026-11-21.
func XEntities(s string) []Facet {
	var found []Facet
	add := func(f Facet) { found = append(found, f) }
	for _, e := range xURLs(s) {
		add(Facet{Link, e.start, e.end, s[e.start:e.end]})
	}
	xMentions(s, add)
	xTags(s, add)
	xCashtags(s, add)
	return apart(found)
}

func xMentions(s string, add func(Facet)) {
	last := 0 // the end of what was a mention but for what follows it
	for at := 0; at < len(s); {
		start := signIndex(s, at, '@', "＠")
		if start < 0 {
			return
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		name := start + size
		at = name
		end := name + min(maxXName, span(s[name:], isWord))
		if end == name || !precedesXMention(s[last:start], last == 0) {
			continue
		}
		end += xListLen(s[end:])
		if !endsMention(s[end:]) {
			add(Facet{Mention, start, end, s[name:end]})
		}
		at, last = end, end
	}
}

// xListLen is the length of the list's name with its slash at the start of s; zero for none.
func xListLen(s string) int {
	if len(s) < 2 || s[0] != '/' || !isAlpha(s[1]) {
		return 0
	}
	return 1 + min(maxXList, span(s[1:], func(c byte) bool { return isWord(c) || c == '-' }))
}

// precedesXMention reports whether a mention may follow: not a word or one of some signs, unless it is RT.
// Nothing is before the first one only.
func precedesXMention(before string, first bool) bool {
	if before == "" {
		return first
	}
	r, _ := utf8.DecodeLastRuneInString(before)
	word := r < utf8.RuneSelf && isWord(byte(r)) //nolint:gosec // ASCII
	if !word && !strings.ContainsRune("!#$%&*@＠", r) {
		return true
	}
	n := len(before) - len("rt")
	if n < 0 || !strings.EqualFold(before[n:], "rt") {
		return false
	}
	if n == 0 {
		return first
	}
	return !isWord(before[n-1]) && strings.IndexByte("+~.-", before[n-1]) < 0
}

func xTags(s string, add func(Facet)) {
	last := -1 // the end of what was a tag but for what follows it
	for at := 0; at < len(s); {
		start := signIndex(s, at, '#', "＃")
		if start < 0 {
			return
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		at = start + size
		word := s[at : at+runeSpan(s[at:], isXTag)]
		if start == last || !precedesXTag(s[:start]) || strings.HasPrefix(word, "\uFE0F") || strings.HasPrefix(word, "\u20E3") ||
			strings.IndexFunc(word, isRubyAlpha) < 0 {
			continue
		}
		at += len(word)
		last = at
		rest := s[at:]
		if !strings.HasPrefix(rest, "#") && !strings.HasPrefix(rest, "＃") && !strings.HasPrefix(rest, "://") {
			add(Facet{Tag, start, at, word})
		}
	}
}

// precedesXTag reports whether a hashtag may follow. A selector of emoji may stand before one, although it
// may also stand in one.
func precedesXTag(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || r == 0xFE0E || r == 0xFE0F || r != '&' && !isXTag(r)
}

// isXTag is what stands in a hashtag.
func isXTag(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd) ||
		strings.ContainsRune("_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7", r)
}

func xCashtags(s string, add func(Facet)) {
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '$')
		if i < 0 {
			return
		}
		start := at + i
		at = start + 1
		before, _ := utf8.DecodeLastRuneInString(s[:start])
		if start > 0 && !isXSpace(before) && !isDirectional(before) {
			continue
		}
		if end := at + tickerLen(s[at:]); end > at {
			add(Facet{Tag, start, end, strings.ToUpper(s[start:end])})
			at = end
		}
	}
}

// tickerLen is the length of the ticker at the start of s; zero for none.
func tickerLen(s string) int {
	n := span(s, isAlpha)
	if n == 0 || n > maxXTicker || !endsXTicker(s[n:]) {
		return 0
	}
	if n < len(s) && (s[n] == '.' || s[n] == '_') {
		m := span(s[n+1:], isAlpha)
		if 0 < m && m <= maxXSuffix && endsXTicker(s[n+1+m:]) {
			return n + 1 + m
		}
	}
	return n
}

func endsXTicker(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || isXSpace(r) || r < utf8.RuneSelf && !isAlnum(byte(r)) && r > ' ' && r < 0x7F //nolint:gosec // ASCII
}

// isXSpace is the white space of twitter-text.
func isXSpace(r rune) bool { return unicode.Is(unicode.White_Space, r) || r == 0x180E }

// signIndex is where a sign stands next in one of its widths, from an offset on; -1 for none.
func signIndex(s string, at int, narrow byte, wide string) int {
	if wide == "" {
		if i := strings.IndexByte(s[at:], narrow); i >= 0 {
			return at + i
		}
		return -1
	}
	for ; at < len(s); at++ {
		if s[at] == narrow || s[at] == wide[0] && strings.HasPrefix(s[at:], wide) {
			return at
		}
	}
	return -1
}

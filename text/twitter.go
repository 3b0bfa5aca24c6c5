package text

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// twitterTLDs has one top-level domain a line. Like tlds it is searched as it stands.
//
//go:embed tlds_twitter.txt
var twitterTLDs string

const (
	// maxTLD is the longest line of twitterTLDs, in code points.
	maxTLD = 18
	// maxURL is the longest address, in code points; maxLabel the longest part of a domain.
	// Source: https://github.com/twitter/twitter-text (rb/lib/twitter-text/extractor.rb), read 2026-11-21.
	maxURL   = 4096
	maxLabel = 63
	// maxTcoSlug is the longest path of a t.co address.
	maxTcoSlug = 40
)

// mastodonSchemes begin an address, in any letter case.
var mastodonSchemes = []string{"https", "http", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "gemini"}

// mastodonURLs finds addresses as twitter-text does with Mastodon's own expressions. What looks like an
// address without a scheme is none, but nothing inside it is one either.
func mastodonURLs(s string) []entity {
	var found []entity
	m := &urlMatcher{s: s, tails: make(map[int]int), tops: make(map[int]int)}
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		if mayPrecedeURL(r) {
			if e, scheme := m.match(at + size); e.end > 0 {
				found = appendURL(found, s, e, scheme)
				at = e.end
				continue
			}
		}
		if at == 0 {
			if e, scheme := m.match(0); e.end > 0 {
				found = appendURL(found, s, e, scheme)
				at = e.end
				continue
			}
		}
		at += size
	}
	return found
}

// appendURL adds what is an address by its scheme and length.
func appendURL(found []entity, s string, e entity, scheme bool) []entity {
	if !scheme {
		return found
	}
	url := s[e.start:e.end]
	host := url[strings.Index(url, "://")+len("://"):]
	if path, ok := cutFold(host, "t.co/"); ok && (url[0] == 'h' || url[0] == 'H') {
		if n := span(path, isAlnum); n > maxTcoSlug {
			return found
		} else if n > 0 {
			e.end -= len(path) - n
		}
	}
	if utf8.RuneCountInString(s[e.start:e.end]) > maxURL {
		return found
	}
	for label := range strings.SplitSeq(s[e.start+len(url)-len(host):e.short], ".") {
		_, punycode := cutFold(label, "xn--")
		ascii := strings.IndexFunc(label, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
		if utf8.RuneCountInString(label) > maxLabel || punycode && !ascii { // which IDNA refuses to encode
			return found
		}
	}
	return append(found, e)
}

// cutFold is s without the prefix, in any letter case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// mayPrecedeURL reports what an address may follow.
func mayPrecedeURL(r rune) bool {
	switch {
	case r < utf8.RuneSelf && isAlnum(byte(r)): //nolint:gosec // ASCII
		return false
	case isDirectional(r):
		return true
	}
	return !strings.ContainsRune("@＠$#＃\uFFFE\uFEFF\uFFFF", r)
}

// urlMatcher matches addresses in one text. What it found of domains it keeps, so that a text without
// spaces costs no more than others.
type urlMatcher struct {
	s string
	// from and to are the last run of a domain's characters, and score its last underscore, -1 for none.
	from, to, score int
	// tails and tops are the answers of tail and top by offset.
	tails, tops map[int]int
}

// match is the address that starts at an offset, with or without a scheme; its end is 0 where there is
// none, and short is where its domain ends.
func (m *urlMatcher) match(at int) (e entity, scheme bool) {
	if n := schemeAt(m.s[at:]); n > 0 {
		if end := m.domain(at + n); end > 0 {
			return entity{at, end, m.rest(end)}, true
		}
	}
	if end := m.domain(at); end > 0 {
		return entity{at, end, m.rest(end)}, false
	}
	return entity{}, false
}

func schemeAt(s string) int {
	for _, scheme := range mastodonSchemes {
		if rest, ok := cutFold(s, scheme); ok && strings.HasPrefix(rest, "://") {
			return len(scheme) + len("://")
		}
	}
	return 0
}

// domain is where the longest domain that starts at an offset ends; 0 for none.
func (m *urlMatcher) domain(at int) int {
	end := m.run(at)
	if end == at || end >= len(m.s) || m.s[end] != '.' || isJoint(m.s[at]) || isJoint(m.s[end-1]) {
		return 0
	}
	if deeper := m.tail(end + 1); deeper > 0 {
		return deeper
	}
	m.run(at) // tail has asked for others
	if m.score >= at {
		return 0
	}
	return m.top(end + 1)
}

// tail is domain for an offset behind a dot.
func (m *urlMatcher) tail(at int) int {
	if end, ok := m.tails[at]; ok {
		return end
	}
	end := m.domain(at)
	m.tails[at] = end
	return end
}

// isJoint reports what stands between the characters of a label alone.
func isJoint(c byte) bool { return c == '_' || c == '-' }

// run is where the characters of a label end.
func (m *urlMatcher) run(at int) int {
	if m.from <= at && at < m.to {
		return m.to
	}
	m.from, m.score = at, -1
	m.to = at + runeSpan(m.s[at:], func(r rune) bool { return isJointRune(r) || isDomain(r) })
	if i := strings.LastIndexByte(m.s[at:m.to], '_'); i >= 0 {
		m.score = at + i
	}
	return m.to
}

func isJointRune(r rune) bool { return r == '_' || r == '-' }

// isDomain reports what a domain's label may hold: all but ASCII's punctuation, spaces and controls.
func isDomain(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return isAlnum(byte(r)) || r == '\\' //nolint:gosec // ASCII
	case r == 0xFFFE, r == 0xFEFF, r == 0xFFFF, r == 0x180E:
		return false
	}
	return !isDirectional(r) && !unicode.Is(unicode.White_Space, r)
}

func isDirectional(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F || 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
}

// top is where the top-level domain that starts at an offset ends; 0 for none.
func (m *urlMatcher) top(at int) int {
	if end, ok := m.tops[at]; ok {
		return end
	}
	end := topLevel(m.s, at)
	m.tops[at] = end
	return end
}

func topLevel(s string, at int) int {
	var ends [maxTLD]int
	n := 0
	for end := at; n < maxTLD && end < len(s); n++ {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !isDomain(r) {
			break
		}
		end += size
		ends[n] = end
	}
	for _, end := range slices.Backward(ends[:n]) {
		if end < len(s) && endsNoTLD(s[end]) {
			continue
		}
		if strings.Contains(twitterTLDs, "\n"+strings.ToLower(s[at:end])+"\n") {
			return end
		}
	}
	if rest, ok := cutFold(s[at:], "xn--"); ok {
		if n := span(rest, isAlnum); n > 0 {
			return at + len("xn--") + n
		}
	}
	return 0
}

// endsNoTLD reports what must not follow a top-level domain.
func endsNoTLD(c byte) bool { return isAlnum(c) || c == '@' || c == '+' || c == '-' }

// rest is where port, path and query end that follow a domain.
func (m *urlMatcher) rest(at int) int {
	if at < len(m.s) && m.s[at] == ':' {
		if n := span(m.s[at+1:], func(c byte) bool { return '0' <= c && c <= '9' }); n > 0 {
			at += 1 + n
		}
	}
	if at < len(m.s) && m.s[at] == '/' {
		at = pathEnd(m.s, at+1)
	}
	if at < len(m.s) && m.s[at] == '?' {
		at = queryEnd(m.s, at)
	}
	return at
}

// pathEnd is where the path ends whose first slash is before at: not within punctuation, nor inside
// parentheses.
func pathEnd(s string, at int) int {
	last := at
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == '(':
			end, plain := parens(s, at)
			if end == 0 {
				return last
			}
			at = end
			if plain {
				last = end
			}
		case isPath(r):
			at += size
			if !strings.ContainsRune("!*\"'「」;:=,.$%[]~&|@", r) {
				last = at
			}
		default:
			return last
		}
	}
	return last
}

func isPath(r rune) bool {
	return !strings.ContainsRune("<>()?", r) && !unicode.Is(unicode.White_Space, r)
}

// parens is where the parentheses end that open at an offset, which may hold one more pair; 0 where they
// do not close or are empty. plain says that a path may end with them.
func parens(s string, at int) (end int, plain bool) {
	plain = true
	depth, inner := 0, 0 // inner counts the characters of the pair that is open
	pairs := 0
	outer := 0
	for i, r := range s[at:] {
		switch {
		case r == '(':
			if depth++; depth > 2 || depth == 2 && pairs > 0 {
				return 0, false
			}
			inner = 0
		case r == ')' && depth == 2:
			if inner == 0 {
				return 0, false
			}
			depth--
			pairs++
		case r == ')':
			if outer == 0 && pairs == 0 {
				return 0, false
			}
			return at + i + 1, plain
		case !isPath(r):
			return 0, false
		default:
			plain = plain && isPlainPath(r)
			if depth == 1 {
				outer++
			} else {
				inner++
			}
		}
	}
	return 0, false
}

// isPlainPath is what twitter-text itself takes for a character of a path.
func isPlainPath(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlnum(byte(r)) || strings.ContainsRune("!*';:=+,.$/%#[]-_~&|@", r) //nolint:gosec // ASCII
	}
	return isLatinAccent(r) || unicode.In(r, unicode.Cyrillic, unicode.Pd)
}

// queryEnd is where the query ends whose question mark is at an offset; there, where it has no end.
func queryEnd(s string, at int) int {
	last := at
	for i, r := range s[at+1:] {
		if !isQuery(r) {
			break
		}
		if r >= utf8.RuneSelf || isAlnum(byte(r)) || strings.ContainsRune("_&=#/-", r) { //nolint:gosec // ASCII
			last = at + 1 + i + utf8.RuneLen(r)
		}
	}
	return min(last, len(s))
}

// isQuery is what stands in a query: the characters of RFC 3986, and those that RFC 3987 adds.
func isQuery(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlnum(byte(r)) || strings.ContainsRune("!?*'();:&=+$/%#[]-_.,~|@^", r) //nolint:gosec // ASCII
	}
	switch {
	case r < 0xA0, 0xFDD0 <= r && r <= 0xFDEF, 0xFFF0 <= r && r <= 0xFFFF, 0xE0000 <= r && r <= 0xE0FFF:
		return false
	}
	return r&0xFFFF < 0xFFFE
}

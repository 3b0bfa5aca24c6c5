package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rest is where port, path and query end that follow a domain.
func (m *urlMatcher) rest(at int) int {
	if at < len(m.s) && m.s[at] == ':' {
		if n := span(m.s[at+1:], isDigit); n > 0 {
			at += 1 + n
		}
	}
	if at < len(m.s) && m.s[at] == '/' {
		at = m.path(at + 1)
	}
	if at < len(m.s) && m.s[at] == '?' {
		at = m.query(at)
	}
	return at
}

// path is where the path ends whose first slash is before at: not within punctuation, nor inside
// parentheses.
func (m *urlMatcher) path(at int) int {
	s, last := m.s, at
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == '(':
			end, plain := m.parens(at)
			if end == 0 {
				return last
			}
			at = end
			if plain {
				last = end
			}
		case m.isPath(r):
			at += size
			if m.endsPath(r) {
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

// endsPath is what a path may end with.
func endsPath(r rune) bool { return !strings.ContainsRune("!*\"'「」;:=,.$%[]~&|@", r) }

// parens is where the parentheses end that open at an offset, which may hold one more pair; 0 where they
// do not close or are empty. plain says that a path may end with them.
func (m *urlMatcher) parens(at int) (end int, plain bool) {
	plain = true
	depth, inner := 0, 0 // inner counts the characters of the pair that is open
	pairs := 0
	outer := 0
	for i, r := range m.s[at:] {
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
		case !m.isPath(r):
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

// query is where the query ends whose question mark is at an offset; there, where it has no end.
func (m *urlMatcher) query(at int) int {
	last := at
	for i, r := range m.s[at+1:] {
		if !m.isQuery(r) {
			break
		}
		if r >= utf8.RuneSelf || isAlnum(byte(r)) || strings.ContainsRune("_&=#/-", r) { //nolint:gosec // ASCII
			last = at + 1 + i + utf8.RuneLen(r)
		}
	}
	return min(last, len(m.s))
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

// isXPath, endsXPath and isXQuery are what X takes for a character of a path, for its last one, and for one
// of a query.
//
// Source: https://github.com/twitter/twitter-text (js/src/regexp), read 2026-11-21.
func isXPath(r rune) bool {
	return endsXPath(r) || strings.ContainsRune("!*';:,.$%[]–~@|&", r)
}

func endsXPath(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlnum(byte(r)) || strings.ContainsRune("+-=_#/", r) //nolint:gosec // ASCII
	}
	return isLatinAccent(r) || 0x400 <= r && r <= 0x4FF
}

func isXQuery(r rune) bool {
	return r < utf8.RuneSelf && (isAlnum(byte(r)) || strings.ContainsRune("!?*'();:&=+$/%#[]-_.,~|@", r)) //nolint:gosec // ASCII
}

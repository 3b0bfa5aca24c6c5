package text

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// twitterTLDs has one top-level domain a line, sorted by bytes, and is searched as tlds is.
//
//go:embed tlds_twitter.txt
var twitterTLDs string

const (
	// maxTLD is the longest line of twitterTLDs, in code points.
	maxTLD = 18
	// maxURL is the longest address, in code points.
	// Source: https://github.com/twitter/twitter-text (rb/lib/twitter-text/extractor.rb), read 2026-11-21.
	maxURL = 4096
	// maxTcoSlug is the longest path of a t.co address, in bytes.
	maxTcoSlug = 40
)

// dialect is what differs between the servers that find addresses as twitter-text does.
type dialect struct {
	// schemes begin an address, in any letter case.
	schemes []string
	// bare: an address needs no scheme.
	bare bool
	// slugQuery: a t.co address may go on with a query.
	slugQuery bool
	isPath    func(rune) bool
	endsPath  func(rune) bool
	isQuery   func(rune) bool
}

// mastodonURLs are addresses as Mastodon finds them, with its own expressions: what looks like an
// address without a scheme is none, but nothing inside it is one either.
func mastodonURLs(s string) []entity {
	return findURLs(s, dialect{
		schemes: []string{"https", "http", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "gemini"},
		isPath:  isPath, endsPath: endsPath, isQuery: isQuery,
	})
}

// xURLs are addresses as X finds them, with a scheme or without one.
func xURLs(s string) []entity {
	if !strings.Contains(s, ".") {
		return nil
	}
	return findURLs(s, dialect{
		schemes: []string{"https", "http"}, bare: true, slugQuery: true,
		isPath: isXPath, endsPath: endsXPath, isQuery: isXQuery,
	})
}

func findURLs(s string, d dialect) []entity {
	m := &urlMatcher{s: s, dialect: d}
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		end := 0
		if mayPrecedeURL(r) {
			end = m.match(at + size)
		}
		if end == 0 && at == 0 {
			end = m.match(0)
		}
		if end > 0 {
			at = end
		} else {
			at += size
		}
	}
	return m.found
}

// urlMatcher matches addresses in one text. Of the domains around it knows each label once, so that a text
// without spaces costs no more than others.
type urlMatcher struct {
	s string
	dialect
	found []entity
	// labels are those of the last name that was looked at, and next is where to go on among them.
	labels []label
	next   int
}

// match adds the address that starts at an offset, if it is one. It returns where what looks like one ends,
// zero where nothing does.
func (m *urlMatcher) match(at int) int {
	if n := m.scheme(at); n > 0 {
		if domain := m.domain(at + n); domain > 0 {
			end := m.rest(domain)
			m.addURL(entity{at, domain, end}, at+n)
			return end
		}
	}
	domain := m.domain(at)
	if domain == 0 {
		return 0
	}
	end := m.rest(domain)
	if m.bare {
		m.addBare(entity{at, domain, end})
	}
	return end
}

// scheme is the length of the scheme at an offset with its "://", or zero.
func (m *urlMatcher) scheme(at int) int {
	s := m.s[at:]
	if s == "" || !isAlpha(s[0]) {
		return 0
	}
	for _, scheme := range m.schemes {
		if rest, ok := cutFold(s, scheme); ok && strings.HasPrefix(rest, "://") {
			return len(scheme) + len("://")
		}
	}
	return 0
}

// addURL adds an address with a scheme unless it is too long, or its domain has no name in the DNS.
func (m *urlMatcher) addURL(e entity, host int) {
	if path, ok := cutFold(m.s[host:e.end], "t.co/"); ok && (m.s[e.start] == 'h' || m.s[e.start] == 'H') {
		n := span(path, isAlnum)
		if n > maxTcoSlug {
			return
		}
		if n > 0 {
			e.end -= len(path) - n
		}
		if n > 0 && m.slugQuery && e.end < len(m.s) && m.s[e.end] == '?' {
			e.end = m.query(e.end)
		}
	}
	if utf8.RuneCountInString(m.s[e.start:e.end]) <= maxURL && isHost(m.s[host:e.short]) {
		m.found = append(m.found, e)
	}
}

// addBare adds the domains in ASCII and Latin letters that stand in what looks like an address without a
// scheme; the path belongs to the last one.
//
// Source: https://github.com/twitter/twitter-text (js/src/extractUrlsWithIndices.js), read 2026-11-21.
func (m *urlMatcher) addBare(e entity) {
	const scheme = len("https://")
	before := byte(' ')
	if e.start > 0 {
		before = m.s[e.start-1]
	}
	if strings.IndexByte("-_./", before) >= 0 || !isHost(m.s[e.start:e.short]) ||
		scheme+utf8.RuneCountInString(m.s[e.start:e.end]) > maxURL {
		return
	}
	last := len(m.found)
	for at := e.start; at < e.short; {
		start, end := latinDomain(m.s[:e.short], at)
		if start < 0 {
			break
		}
		m.found = append(m.found, entity{start, end, end})
		at = end
	}
	if last < len(m.found) && e.short < e.end && slash(m.s[e.short:e.end]) {
		m.found[len(m.found)-1].end = e.end
	}
}

// slash reports whether there is a path behind a port, or at once.
func slash(rest string) bool {
	if rest[0] == ':' {
		rest = rest[1+span(rest[1:], isDigit):]
	}
	return strings.HasPrefix(rest, "/")
}

// latinDomain is the next domain of ASCII and Latin letters at an offset or behind it; -1 for none.
func latinDomain(s string, at int) (start, end int) {
	for at < len(s) {
		start, end = at, 0
		for {
			n := runeSpan(s[at:], isLatinLabel)
			at += n
			if n == 0 || at == len(s) || s[at] != '.' {
				break
			}
			at++
			if top := topLevel(s, at); top > 0 {
				end = top
			}
		}
		if end > 0 {
			return start, end
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return -1, 0
}

func isLatinLabel(r rune) bool {
	return r == '-' || r < utf8.RuneSelf && isAlnum(byte(r)) || isLatinAccent(r) //nolint:gosec // ASCII
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

// label is a run of the characters of a domain's label.
type label struct {
	start, end int
	score      int // where its last underscore is, -1 for none
	domain     int // where the longest domain ends that starts behind this label and its dot; 0 for none
	top        int // where the top-level domain ends there; 0 for none
}

// domain is where the longest domain that starts at an offset ends; 0 for none.
func (m *urlMatcher) domain(at int) int {
	l := m.label(at)
	if at >= l.end || l.end >= len(m.s) || m.s[l.end] != '.' || isJoint(m.s[at]) || isJoint(m.s[l.end-1]) {
		return 0
	}
	if l.domain > 0 || l.score >= at {
		return l.domain
	}
	return l.top
}

// label is the label around an offset, which may be empty.
func (m *urlMatcher) label(at int) label {
	for ; m.next < len(m.labels); m.next++ {
		if l := m.labels[m.next]; at < l.end {
			if at < l.start && m.next == 0 {
				break
			}
			if at < l.start {
				return label{start: at, end: at} // a dot
			}
			return l
		}
	}
	m.readName(at)
	return m.labels[0]
}

// readName reads the labels from an offset on that dots join.
func (m *urlMatcher) readName(at int) {
	m.labels, m.next = m.labels[:0], 0
	for {
		n := runeSpan(m.s[at:], func(r rune) bool { return isJointRune(r) || isDomain(r) })
		l := label{start: at, end: at + n, score: -1}
		if i := strings.LastIndexByte(m.s[at:l.end], '_'); i >= 0 {
			l.score = at + i
		}
		m.labels = append(m.labels, l)
		at = l.end + 1
		if n == 0 || l.end >= len(m.s) || m.s[l.end] != '.' {
			break
		}
	}
	// From the end on: what a label answers depends on those behind it.
	for i := len(m.labels) - 2; i >= 0; i-- {
		l, behind := &m.labels[i], m.labels[i+1]
		l.domain = m.longest(behind)
		if l.domain == 0 {
			l.top = topLevel(m.s, behind.start)
		}
	}
}

// longest is where the longest domain ends that starts with the whole label.
func (m *urlMatcher) longest(l label) int {
	if l.start == l.end || l.end >= len(m.s) || m.s[l.end] != '.' || isJoint(m.s[l.start]) || isJoint(m.s[l.end-1]) {
		return 0
	}
	if l.domain > 0 || l.score >= 0 {
		return l.domain
	}
	return l.top
}

// isJoint reports what stands between the characters of a label alone.
func isJoint(c byte) bool { return c == '_' || c == '-' }

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

// topLevel is where the top-level domain that starts at an offset ends; 0 for none.
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
		if hasLine(twitterTLDs, strings.ToLower(s[at:end])) {
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

package text

import (
	"strings"
	"unicode/utf8"
)

const (
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
	if !strings.Contains(s, "://") {
		return nil
	}
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
		if at > 0 && isAlnum(s[at]) {
			at++
			continue
		}
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

// cutFold is s without the prefix, in any letter case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// mayPrecedeURL reports what an address may follow.
func mayPrecedeURL(r rune) bool {
	switch r {
	case '@', '＠', '$', '#', '＃', 0xFFFE, 0xFEFF, 0xFFFF:
		return false
	}
	return r >= utf8.RuneSelf || !isAlnum(byte(r)) //nolint:gosec // ASCII
}

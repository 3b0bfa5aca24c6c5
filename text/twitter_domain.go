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

// maxTLD is the longest line of twitterTLDs, in code points.
const maxTLD = 18

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
		n := labelLen(m.s[at:])
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

// labelLen is how many bytes at the start of s belong to a label.
func labelLen(s string) int {
	n := 0
	for n < len(s) {
		if c := s[n]; c < utf8.RuneSelf {
			if !isAlnum(c) && !isJoint(c) && c != '\\' {
				break
			}
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isDomain(r) {
			break
		}
		n += size
	}
	return n
}

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

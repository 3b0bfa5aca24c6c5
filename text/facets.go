package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a tag. Source: https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/richtext/facet.json, read 2026-11-20.
const (
	maxTagGraphemes = 64
	maxTagBytes     = 640
)

// Kind says what a facet points to.
type Kind string

// The kinds of facets.
const (
	Mention Kind = "mention"
	Link    Kind = "link"
	Tag     Kind = "tag"
)

// Facet is a stretch of text with a meaning beyond its letters.
type Facet struct {
	Kind Kind
	// Start and End are byte offsets into the UTF-8 text, End exclusive.
	Start, End int
	// Value is what the stretch stands for. Link: the address with its scheme,
	// "https://" where the text has none. Mention: the handle without "@", as typed;
	// it ends in a known domain but nobody has asked whether the account exists.
	// Tag: the word without "#"; of a cashtag, "$" and the ticker in capitals.
	Value string
}

// Facets finds links, mentions, hashtags and cashtags as Bluesky's official library
// does, oddities included, so that a post looks the same whichever client wrote it.
// They are sorted by Start and do not overlap; of two that would, the one that starts
// first stays, as the official app draws it. A text without any gives nil.
//
// Three results of the library are left out, because a server refuses the whole post
// for them: "httpbin.org" as an address without scheme (here it is treated like every
// other bare domain), "http://" without a host, and tags of more than 640 bytes.
//
// Source: https://github.com/bluesky-social/atproto/tree/main/packages/api/src/rich-text
// (@atproto/api 0.21.0), read 2026-11-20.
func Facets(s string) []Facet {
	var found []Facet
	add := func(f Facet) { found = append(found, f) }
	eachSign(s, '@', "", func(at int) int { return mention(s, at, add) })
	eachStart(s, func(at int) int { return link(s, at, add) })
	eachSign(s, '#', "＃", func(at int) int { return hashtag(s, at, add) })
	eachSign(s, '$', "", func(at int) int { return cashtag(s, at, add) })

	return apart(found)
}

// eachStart calls match at every offset where a facet may begin: at the start of s and after white space
// or "(". Match returns the offset behind what it consumed, or zero if nothing matched; the search goes on
// there.
func eachStart(s string, match func(at int) int) {
	pos := match(0)
	for pos < len(s) {
		size := 1
		if c := s[pos]; c > ' ' && c < utf8.RuneSelf {
			if c != '(' {
				pos++
				continue
			}
		} else {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[pos:]); !isSpace(r) {
				pos += size
				continue
			}
		}
		pos += size
		if end := match(pos); end > pos {
			pos = end
		}
	}
}

// eachSign is eachStart for what begins with a sign, in one of its widths. What has a second width does not
// begin after "(".
func eachSign(s string, narrow byte, wide string, match func(at int) int) {
	last := 0
	for at := signIndex(s, 0, narrow, wide); at >= 0; at = signIndex(s, at, narrow, wide) {
		before, size := utf8.DecodeLastRuneInString(s[:at])
		end := 0
		if at == 0 || at-size >= last && (isSpace(before) || before == '(' && wide == "") {
			end = match(at)
		}
		if end > at {
			last, at = end, end
		} else {
			at++
		}
	}
}

func mention(s string, at int, add func(Facet)) int {
	if at >= len(s) || s[at] != '@' {
		return 0
	}
	first := at + 1
	end := first + span(s[first:], func(c byte) bool { return isAlnum(c) || c == '.' || c == '-' })
	for ; end > first; end-- {
		if isWord(s[end-1]) != (end < len(s) && isWord(s[end])) {
			break // the longest run that ends at a word boundary
		}
	}
	if end == first {
		return 0
	}
	// .test is reserved for testing and used by development servers.
	if handle := s[first:end]; endsInTLD(handle) || strings.HasSuffix(handle, ".test") {
		add(Facet{Mention, at, end, handle})
	}
	return end
}

func link(s string, at int, add func(Facet)) int {
	scheme, domain := schemeLen(s[at:]), domainLen(s[at:])
	if scheme == 0 && domain == 0 {
		return 0 // before looking for the end, which many parentheses would make slow
	}
	token := s[at : at+spaceIndex(s[at:])]
	end := at + len(token)
	uri := token
	switch {
	case scheme > 0 && scheme < len(token):
		if !strings.HasPrefix(token, "http") {
			return end // HTTP:// in capitals is none
		}
	case domain == 0:
		return 0
	default:
		if !endsInTLD(token[:domain]) {
			return end
		}
		scheme, uri = 0, "https://"+token
	}

	if strings.IndexByte(".,;:!?", uri[len(uri)-1]) >= 0 {
		uri = uri[:len(uri)-1]
		end--
	}
	if strings.HasSuffix(uri, ")") && !strings.Contains(uri, "(") {
		uri = uri[:len(uri)-1]
		end--
	}
	if rest := uri[min(scheme, len(uri)):]; rest == "" || rest[0] == '/' {
		return at + len(token)
	}
	add(Facet{Link, at, end, uri})
	return at + len(token)
}

// schemeLen returns the length of "http://" or "https://" at the start of s in any
// letter case, or zero.
func schemeLen(s string) int {
	if s == "" || s[0]|0x20 != 'h' {
		return 0
	}
	for _, scheme := range []string{"http://", "https://"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return len(scheme)
		}
	}
	return 0
}

// domainLen returns the length of the bare domain at the start of s: a letter, then
// labels of letters and digits with at least one dot between them. Zero is none.
func domainLen(s string) int {
	if s == "" || !isAlpha(s[0]) {
		return 0
	}
	first := alnumLen(s)
	end := first
	for end < len(s) && s[end] == '.' {
		n := alnumLen(s[end+1:])
		if n == 0 {
			break
		}
		end += 1 + n
	}
	if end == first {
		return 0
	}
	return end
}

func hashtag(s string, at int, add func(Facet)) int {
	sign, size := utf8.DecodeRuneInString(s[at:])
	if sign != '#' && sign != '＃' {
		return 0
	}
	first := at + size
	word := s[first:]
	if i := strings.IndexFunc(word, endsTag); i >= 0 {
		word = word[:i]
	}
	// "#" with the emoji selector is the keycap, not a tag.
	if strings.HasPrefix(word, "\uFE0F") || strings.IndexFunc(word, carriesTag) < 0 {
		return first
	}
	end := first + len(word)
	word = strings.TrimRightFunc(word, unicode.IsPunct)
	if Count(Graphemes, word) <= maxTagGraphemes && len(word) <= maxTagBytes {
		add(Facet{Tag, at, first + len(word), word})
	}
	return end
}

// endsTag reports white space and the characters without width.
func endsTag(r rune) bool {
	switch r {
	case 0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0x20E2:
		return true
	}
	return isSpace(r)
}

// carriesTag reports a character that makes a word a tag: "#123" and "#!?" are none.
func carriesTag(r rune) bool { return (r < '0' || r > '9') && !unicode.IsPunct(r) }

func cashtag(s string, at int, add func(Facet)) int {
	const maxTicker = 5 // fewer than on X
	if at+1 >= len(s) || s[at] != '$' || !isAlpha(s[at+1]) {
		return 0
	}
	end := at + 1 + span(s[at+1:], isAlnum)
	if end-at-1 > maxTicker || !endsTicker(s[end:]) {
		return 0
	}
	add(Facet{Tag, at, end, strings.ToUpper(s[at:end])})
	return end
}

func endsTicker(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return size == 0 || isSpace(r) || strings.ContainsRune(".,;:!?)\"'\u2019", r)
}

// alnumLen returns how many letters and digits of ASCII are at the start of s.
func alnumLen(s string) int {
	n := 0
	for n < len(s) && isAlnum(s[n]) {
		n++
	}
	return n
}

// span returns how many bytes at the start of s satisfy ok.
func span(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

// spaceIndex returns the offset of the first white space in s, or its length.
func spaceIndex(s string) int {
	if i := strings.IndexFunc(s, isSpace); i >= 0 {
		return i
	}
	return len(s)
}

// isSpace is the white space of ECMAScript, which differs from unicode.IsSpace in
// U+0085 (not there) and U+FEFF (there).
func isSpace(r rune) bool {
	return r == 0xFEFF || (r != 0x85 && unicode.IsSpace(r))
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlnum(c byte) bool { return isAlpha(c) || '0' <= c && c <= '9' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isWord(c byte) bool  { return isAlnum(c) || c == '_' }

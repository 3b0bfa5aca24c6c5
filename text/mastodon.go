package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mastodonURL is how much an address counts on Mastodon, however long it is.
// Source: https://docs.joinmastodon.org/user/posting/#text, read 2026-11-21.
const mastodonURL = 23

// Rule is a way to measure a text.
type Rule struct {
	Unit Unit
	// URL is how much each address counts with [Mastodon] and [Weighted]; 0 is 23.
	URL int
}

// Length is the length of s by the rule, with every other string, which is counted in graphemes
// as it stands: on Mastodon the content warning is such a string, and no address in it is short.
func Length(rule Rule, s string, with ...string) int {
	if rule.Unit != Mastodon {
		n := Count(rule.Unit, s)
		if rule.Unit == Weighted && rule.URL > 0 {
			n = weighted(s, rule.URL)
		}
		for _, w := range with {
			n += countGraphemes(w)
		}
		return n
	}
	url := rule.URL
	if url <= 0 {
		url = mastodonURL
	}
	// The server counts one string, so that a warning's end and the text's begin may be one grapheme.
	return countGraphemes(strings.Join(with, "") + mastodonCounted(s, url))
}

// mastodonCounted is s as Mastodon counts it: a placeholder for each address, and mentions without
// their host.
//
// Source: https://github.com/mastodon/mastodon (status_length_validator.rb, extractor.rb,
// twitter_regex.rb), read 2026-11-21.
func mastodonCounted(s string, url int) string {
	if !strings.Contains(s, "://") && !strings.Contains(s, "@") {
		return s
	}
	var out strings.Builder
	urls, mentions := mastodonURLs(s), mastodonMentions(s)
	at := 0
	for len(urls)+len(mentions) > 0 {
		isURL := len(mentions) == 0 || len(urls) > 0 && urls[0].start < mentions[0].start
		var e entity
		if isURL {
			e, urls = urls[0], urls[1:]
		} else {
			e, mentions = mentions[0], mentions[1:]
		}
		if e.start < at { // of two that overlap the first one stays
			continue
		}
		out.WriteString(s[at:e.start])
		if isURL {
			out.WriteString(strings.Repeat("x", url))
		} else {
			out.WriteString(s[e.start:e.short])
		}
		at = e.end
	}
	out.WriteString(s[at:])
	return out.String()
}

// entity is a stretch of text, in bytes. Of a mention, short is where its name ends.
type entity struct{ start, short, end int }

// mastodonMentions finds mentions: a name, and perhaps the host that it is at home on.
func mastodonMentions(s string) []entity {
	var found []entity
	for at := 0; at < len(s); {
		i := strings.IndexByte(s[at:], '@')
		if i < 0 {
			break
		}
		at += i
		e, ok := mentionAt(s, at)
		if !ok {
			at++
			continue
		}
		at = e.end
		if !endsMention(s[e.end:]) && utf8.RuneCountInString(s[min(e.short+1, e.end):e.end]) <= maxHost {
			found = append(found, e)
		}
	}
	return found
}

// maxHost is the longest name of a host, in characters.
const maxHost = 253

func mentionAt(s string, at int) (entity, bool) {
	if r, _ := utf8.DecodeLastRuneInString(s[:at]); at > 0 && (r == '=' || r == '/' || isRubyWord(r)) {
		return entity{}, false
	}
	ascii := func(r rune) bool { return r < utf8.RuneSelf && isWord(byte(r)) } //nolint:gosec // ASCII
	short := at + 1 + dotted(s[at+1:], ascii)
	if short == at+1 {
		return entity{}, false
	}
	e := entity{at, short, short}
	if short < len(s) && s[short] == '@' {
		if n := dotted(s[short+1:], isRubyWord); n > 0 {
			e.end = short + 1 + n
		}
	}
	return e, true
}

// dotted is the length of the words at the start of s that dots and dashes join.
func dotted(s string, word func(rune) bool) int {
	end, pos := 0, 0
	for {
		n := runeSpan(s[pos:], word)
		if n == 0 {
			return end
		}
		end = pos + n
		pos = end + span(s[end:], func(c byte) bool { return c == '.' || c == '-' })
		if pos == end {
			return end
		}
	}
}

// endsMention reports what must not follow a mention.
func endsMention(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && (r == '@' || r == '＠' || isLatinAccent(r) || strings.HasPrefix(rest, "://"))
}

// runeSpan returns how many bytes at the start of s satisfy ok.
func runeSpan(s string, ok func(rune) bool) int {
	if i := strings.IndexFunc(s, func(r rune) bool { return !ok(r) }); i >= 0 {
		return i
	}
	return len(s)
}

// isRubyWord is [[:word:]] of Ruby's expressions.
func isRubyWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Pc)
}

func isLatinAccent(r rune) bool {
	switch {
	case 0xC0 <= r && r <= 0x24F:
		return r != 0xD7 && r != 0xF7
	case 0x300 <= r && r <= 0x36F, 0x1E00 <= r && r <= 0x1EFF:
		return true
	}
	switch r {
	case 0x253, 0x254, 0x256, 0x257, 0x259, 0x25B, 0x263, 0x268, 0x26F, 0x272, 0x289, 0x28B, 0x2BB:
		return true
	}
	return false
}

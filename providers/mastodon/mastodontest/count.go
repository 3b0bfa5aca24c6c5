package mastodontest

import (
	"regexp"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Count is the length of a status as the instance counts it, in characters: grapheme clusters of the
// warning and of the text, in which a URL counts urlChars and a mention without its host.
//
// It is a judge of others' counting and shares nothing with it. Domains end in any letters here; a list
// of those that exist is twitter-text's.
func Count(spoiler, text string, urlChars int) int {
	text = countedURL.ReplaceAllStringFunc(text, func(match string) string {
		m := countedURL.FindStringSubmatch(match)
		return m[1] + strings.Repeat("x", urlChars) + match[len(m[1])+len(m[2]):]
	})
	text = countedMention.ReplaceAllString(text, "$1@$2")
	n := 0
	for tokens := graphemes.FromString(spoiler + text); tokens.Next(); {
		n++
	}
	return n
}

var (
	// A URL has a scheme, a host with a dot that ends in letters, and no user; a bracket belongs to its path
	// together with its other half, and a full stop at the end does not.
	countedURL = regexp.MustCompile(`(?i)(^|[^a-z0-9@＠$#＃\x{202A}-\x{202E}])` +
		`((?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://` +
		`(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+\p{L}{2,}(?::\d+)?` +
		`(?:/(?:[^\s()<>"'?#]*(?:\([^\s()]*\)[^\s()<>"'?#]*)*(?:[\p{L}\p{N}=_#/+-]|\([^\s()]*\)))?)?` +
		`(?:\?[^\s()<>"']*[\p{L}\p{N}_&=#/-])?` +
		`(?:#[^\s()<>"']*[\p{L}\p{N}_&=#/-])?)`)
	countedMention = regexp.MustCompile(`(?i)(^|[^\w=/])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@(?:[\p{L}\p{N}][\p{L}\p{N}.-]*[\p{L}\p{N}])(?::\d+)?`)
)

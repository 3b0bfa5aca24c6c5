package mastodon

import "github.com/hayon/hayon"

// rulesRead is the day on which the sources of the rules were read.
const rulesRead = "2026-11-21"

const (
	sourceCode  = "https://github.com/mastodon/mastodon"
	postingDocs = "https://docs.joinmastodon.org/user/posting/"
	mediaDocs   = "https://docs.joinmastodon.org/methods/media/"
	quotesDocs  = "https://docs.joinmastodon.org/client/quotes/"
)

// platformRules is what no limit says.
func platformRules() []hayon.Rule {
	rule := func(of, source, says string) hayon.Rule {
		return hayon.Rule{Of: of, Says: says, Source: source, Read: rulesRead}
	}
	return []hayon.Rule{
		rule("text", postingDocs, "every link counts 23 characters however long it is, a mention counts without its server, and the content warning counts too"),
		rule("links", sourceCode, "a link begins with http:// or https:// and its domain ends in a known top-level domain; a bare domain is no link"),
		rule("links", sourceCode, "the card of a link is made by the server, of the first link in the text"),
		rule("mentions", sourceCode, "@name is somebody on your own server, and @name@server somebody anywhere; whom nobody finds stays plain text"),
		rule("tags", sourceCode, "# and letters, digits or _, with one letter at least; a tag of digits alone is none"),
		rule("visibility", statusesDocs, "public, unlisted, followers or direct; an answer for which nobody says any is not wider than what it answers"),
		rule("replies", sourceCode, "whom a post answers is told of it only where the text mentions them"),
		rule("polls", statusesDocs, "a poll has a text and no media beside it, and its options differ"),
		rule("polls", sourceCode, "an edit that changes the options takes all votes away"),
		rule("quotes", sourceCode, "what quotes a post for followers is for followers too"),
		rule("quotes", sourceCode, "a post with media or a poll quotes nothing in Mastodon's own apps, and links here"),
		rule("quotes", quotesDocs, "quotes are known from version 7 of the API (Mastodon 4.5) on; whom the author does not let quote links instead"),
		rule("image", postingDocs, "the server scales what has over 8.3 megapixels down, makes a JPEG of HEIC and AVIF, and takes out what tells of place and camera"),
		rule("image", sourceCode, "a GIF has at most 921,600 pixels; a moving one becomes a film without sound"),
		rule("video", mediaDocs, "one film or sound stands alone; the server encodes it anew where browsers could not play it, and waits with the post until that is done"),
		rule("video", sourceCode, "the server keeps 36,000 frames of a film: 20 minutes at 30 a second, 10 at 60"),
	}
}

package bluesky

import "github.com/hayon/hayon"

const (
	richTextSource = "https://github.com/bluesky-social/atproto/blob/main/packages/api/src/rich-text/util.ts"
	postsGuide     = "https://docs.bsky.app/docs/advanced-guides/posts"
	timesGuide     = "https://docs.bsky.app/docs/advanced-guides/timestamps"
	videoGuide     = "https://docs.bsky.app/docs/tutorials/video"
	blobSpec       = "https://atproto.com/specs/blob"
)

// rules are what holds on the platform beside the limits.
func rules() []hayon.Rule {
	rule := func(of, says, source string) hayon.Rule {
		return hayon.Rule{Of: of, Says: says, Source: source, Read: factsRead}
	}
	return []hayon.Rule{
		rule("text", "counts in grapheme clusters and in UTF-8 bytes, each with a limit of its own; there is no markup", postLexicon),
		rule("text", "may be empty where something is embedded", postLexicon),
		rule("links", "count at full length", postLexicon),
		rule("links", "are what follows the start, white space or (: http:// or https:// and what is no space, "+
			"or a bare domain that ends in a known top-level domain, which gets https://; one punctuation mark at the end is cut", richTextSource),
		rule("links", "are written in ASCII, with what is beyond it escaped; the text stays as it is", "https://atproto.com/specs/lexicon#uri"),
		rule("mentions", "are @handle after the start, white space or (; a handle that leads to nobody stays plain text", richTextSource),
		rule("tags", "are # and what is no space, after the start or white space, with at least one letter; "+
			"punctuation at the end is cut; $ and up to five capitals or digits are a tag too", richTextSource),
		rule("tags", "that are given apart from the text are in the record and not shown in it", postLexicon),
		rule("image", "up to four are shown as images, five to ten as a gallery, which older apps do not show", galleryLexicon),
		rule("image", "an animated GIF is shown still; as a video it moves and repeats", videoLexicon),
		rule("image", "metadata stay in the file: the server does not remove them", blobSpec),
		rule("video", "MP4 alone, one in a post; the video service makes it play at once, without it the player is empty for a while", videoGuide),
		rule("card", "is made by the client, since nobody else reads the page; media take its place", postsGuide),
		rule("quote", "goes with images, a video or a card", lexiconSource+"embed/recordWithMedia.json"),
		rule("replies", "are limited for a whole thread, by the author of its first post", lexiconSource+"feed/threadgate.json"),
		rule("quotes", "that are forbidden are hidden by apps; no server refuses them", lexiconSource+"feed/postgate.json"),
		rule("time", "of a post is the earlier one of createdAt and when it was first seen; hayon writes when it was due", timesGuide),
	}
}

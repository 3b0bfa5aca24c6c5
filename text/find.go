package text

import "slices"

// Style says whose rules find what stands out in a text.
type Style string

// The styles.
const (
	// StyleBluesky finds what [Facets] does.
	StyleBluesky Style = "bluesky"
	// StyleMastodon finds what [Entities] does.
	StyleMastodon Style = "mastodon"
	// StyleX finds what [XEntities] does.
	StyleX Style = "x"
)

// Find returns the links, mentions and tags of s as the platform finds them, sorted by Start and apart
// from each other. An unknown style finds nothing.
func Find(style Style, s string) []Facet {
	switch style {
	case StyleBluesky:
		return Facets(s)
	case StyleMastodon:
		return Entities(s)
	case StyleX:
		return XEntities(s)
	default:
		return nil
	}
}

// Entities returns the links, mentions and hashtags of s as Mastodon's server finds them, sorted by
// Start and apart from each other: of two that overlap the first one stays. The value of a link is the
// address as it stands, of a mention "user@host" or "user", of a tag the word without its sign. Addresses
// with xmpp: and magnet:, which the server makes links too, are not among them.
//
// Source: https://github.com/mastodon/mastodon (app/lib/extractor.rb, app/models/tag.rb), read 2026-11-21.
func Entities(s string) []Facet {
	var found []Facet
	for _, e := range mastodonURLs(s) {
		found = append(found, Facet{Link, e.start, e.end, s[e.start:e.end]})
	}
	for _, e := range mastodonMentions(s) {
		found = append(found, Facet{Mention, e.start, e.end, s[e.start+1 : e.end]})
	}
	mastodonTags(s, func(f Facet) { found = append(found, f) })
	return apart(found)
}

// apart sorts facets and drops those that overlap with one that starts earlier.
func apart(found []Facet) []Facet {
	slices.SortStableFunc(found, func(a, b Facet) int { return a.Start - b.Start })
	end := 0
	return slices.DeleteFunc(found, func(f Facet) bool {
		if f.Start < end {
			return true
		}
		end = f.End
		return false
	})
}

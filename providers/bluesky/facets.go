package bluesky

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/bluesky-social/indigo/api/bsky"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
	"github.com/hayon/hayon/text"
)

// facets finds links, mentions and tags, for the preview and for the record alike. A mention that leads to
// nobody is plain. With a nil session nobody is asked, and mentions stay unresolved.
func (p *Provider) facets(ctx context.Context, s hayon.Session, content string, who subject) ([]hayon.TextFacet, error) {
	var out []hayon.TextFacet
	known := make(map[string]string)
	for _, f := range text.Facets(content) {
		one := hayon.TextFacet{Kind: string(f.Kind), Start: f.Start, End: f.End, Text: content[f.Start:f.End], Value: f.Value}
		switch {
		case f.Kind == text.Link:
			one.Value = uri(f.Value)
		case f.Kind != text.Mention:
		case s == nil:
			one.Unresolved = true
		default:
			did, asked := known[f.Value]
			if !asked {
				var err error
				if did, err = p.mention(ctx, s, f.Value, who); err != nil {
					return nil, err
				}
				known[f.Value] = did
			}
			one.ID, one.Plain = did, did == ""
		}
		out = append(out, one)
	}
	return out, nil
}

// uri is an address in letters that every server takes: those beyond ASCII are escaped, as browsers do by
// themselves. The reference server takes them unescaped, others do not.
// Source: https://atproto.com/specs/lexicon#uri, read 2026-11-21, which names RFC 3986.
func uri(address string) string {
	var b strings.Builder
	for i := range len(address) {
		if c := address[i]; c > ' ' && c < 0x7f {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", address[i])
	}
	return b.String()
}

// richText is what the record says of a text. What is plain has no facet.
func richText(facets []hayon.TextFacet) []*bsky.RichtextFacet {
	var out []*bsky.RichtextFacet
	for _, f := range facets {
		feature := new(bsky.RichtextFacet_Features_Elem)
		switch text.Kind(f.Kind) {
		case text.Link:
			feature.RichtextFacet_Link = &bsky.RichtextFacet_Link{LexiconTypeID: "app.bsky.richtext.facet#link", Uri: f.Value}
		case text.Tag:
			feature.RichtextFacet_Tag = &bsky.RichtextFacet_Tag{LexiconTypeID: "app.bsky.richtext.facet#tag", Tag: f.Value}
		case text.Mention:
			if f.ID == "" {
				continue
			}
			feature.RichtextFacet_Mention = &bsky.RichtextFacet_Mention{LexiconTypeID: "app.bsky.richtext.facet#mention", Did: f.ID}
		}
		out = append(out, &bsky.RichtextFacet{
			Index:    &bsky.RichtextFacet_ByteSlice{ByteStart: int64(f.Start), ByteEnd: int64(f.End)},
			Features: []*bsky.RichtextFacet_Features_Elem{feature},
		})
	}
	return out
}

// mention is the DID of a handle; "" where nobody has it. Only where the account's server itself
// is out of reach is that an error: it would be a mention lost for a passing reason.
func (p *Provider) mention(ctx context.Context, s hayon.Session, raw string, who subject) (string, error) {
	handle := strings.ToLower(raw)
	if !isHandle(handle) {
		return "", nil
	}
	cur, err := p.load(ctx, s)
	if err != nil {
		return "", err
	}
	did, err := p.resolveOn(ctx, cur.PDS, handle)
	if e, ok := errors.AsType[*apiError](err); ok && e.Name != "" && e.Status != http.StatusTooManyRequests {
		return "", nil
	}
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Kind == rest.KindTimeout {
		return "", nil // the handle's own server is what makes this slow
	}
	if err != nil {
		return "", fault(err, who)
	}
	if !isDID(did) {
		return "", nil // as good as unknown
	}
	return did, nil
}

package site

import (
	"context"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// PreviewPart is what stands in the file and the feeds: the links of the text, its tags, and what is below
// it. There is nobody to ask.
func (p *Provider) PreviewPart(_ context.Context, _ hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
	part := r.Part()
	out := &hayon.PartPreview{Embed: embedOf(part.Media)}
	for _, f := range text.Facets(part.Text) {
		if isTag := f.Kind == text.Tag && !strings.HasPrefix(f.Value, "$"); f.Kind != text.Link && !isTag {
			continue
		}
		out.Facets = append(out.Facets, hayon.TextFacet{
			Kind: string(f.Kind), Start: f.Start, End: f.End, Text: part.Text[f.Start:f.End], Value: f.Value,
		})
	}
	return out, nil
}

// embedOf is what stands below a text, in a word.
func embedOf(media []hayon.Attachment) string {
	var images, videos bool
	for _, m := range media {
		if m.Type == videoMP4 {
			videos = true
		} else {
			images = true
		}
	}
	switch {
	case images && videos:
		return "images and video"
	case images:
		return "images"
	case videos:
		return "video"
	}
	return ""
}

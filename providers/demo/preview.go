package demo

import (
	"context"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// Facet is a stretch of a post's text with a meaning.
type Facet struct {
	Kind  string `json:"kind"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Value string `json:"value"`
	// ID is whom a mention names.
	ID string `json:"id,omitempty"`
}

// PreviewPart is what goes out of a part: its facets, and what stands below it. Without a session nobody
// looks whether there are those whom it mentions.
func (p *Provider) PreviewPart(_ context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
	part := r.Part()
	out := &hayon.PartPreview{Embed: embedOf(part), Facets: facetsOf(text.Normalize(part.Text), s != nil)}
	for _, f := range out.Facets {
		if f.Unresolved {
			out.Unresolved = append(out.Unresolved, "whether "+f.Text+" is somebody")
		}
		if f.Plain {
			out.Notes = append(out.Notes, f.Text+" is nobody, and goes out as plain text.")
		}
	}
	for _, what := range []*hayon.Remote{part.ReplyTo, part.Quote, part.Repost} {
		if what == nil || what.URL == "" || s != nil {
			continue
		}
		if _, _, ours := parseLink(what.URL); ours {
			out.Unresolved = append(out.Unresolved, "whether "+what.URL+" is still there")
		}
	}
	return out, nil
}

// embedOf is what stands below a text, in a word.
func embedOf(part *hayon.Part) string {
	var words []string
	switch {
	case part.Poll != nil:
		words = append(words, "poll")
	case len(part.Media) > 0 && strings.HasPrefix(part.Media[0].Type, videoTypes):
		words = append(words, "video")
	case len(part.Media) > 0:
		words = append(words, "images")
	case part.Card != nil:
		words = append(words, "external")
	}
	if part.Quote != nil {
		words = append(words, "record")
	}
	return strings.Join(words, " and ")
}

// facetsOf are what is found in a text; asked says that it is looked up whom a mention names.
func facetsOf(body string, asked bool) []hayon.TextFacet {
	var out []hayon.TextFacet
	for _, f := range text.Facets(body) {
		t := hayon.TextFacet{Kind: string(f.Kind), Start: f.Start, End: f.End, Text: body[f.Start:f.End], Value: f.Value}
		if f.Kind == text.Mention {
			t.Unresolved = !asked
			if asked {
				t.ID = person(f.Value)
				t.Plain = t.ID == ""
			}
		}
		out = append(out, t)
	}
	return out
}

// nobody begins the handles of people whom nobody knows; there is everybody else, so that what is previewed
// and what goes out are the same whoever posts in between.
const nobody = "nobody"

// person is whom a handle names, by an id; "" for nobody.
func person(handle string) string {
	if strings.HasPrefix(strings.ToLower(handle), nobody) {
		return ""
	}
	return "person:" + strings.ToLower(handle)
}

// sent are the facets that go out.
func sent(facets []hayon.TextFacet) []Facet {
	var out []Facet
	for _, f := range facets {
		if !f.Plain {
			out = append(out, Facet{f.Kind, f.Start, f.End, f.Value, f.ID})
		}
	}
	return out
}

package bluesky

import (
	"context"
	"fmt"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// excerpt is how much of another's post a preview shows, in graphemes.
const excerpt = 60

// PreviewPart shows the facets that the record will have, by the offsets into the text as it will be sent,
// and the word for what stands below. With a session, mentions and the posts that it answers and quotes
// are looked up; a server that does not answer is an error, and a post that is gone a problem.
func (p *Provider) PreviewPart(ctx context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
	a := r.Account
	if a == nil && s != nil {
		a = s.Account()
	}
	if a == nil {
		a = &hayon.Account{Platform: "bluesky"}
	}
	part, out := r.Part(), new(hayon.PartPreview)
	facets, err := p.facets(ctx, s, text.Normalize(part.Text), about(a))
	if err != nil {
		return nil, err
	}
	out.Facets, out.Embed = facets, embedKind(part)
	for _, f := range facets {
		if f.Unresolved {
			out.Unresolved = append(out.Unresolved, "whom "+f.Text+" names")
		}
	}
	out.Notes = append(out.Notes, p.partNotes(a, r)...)
	return out, p.previewRefs(ctx, s, r, about(a), out)
}

// partNotes are what becomes of a part otherwise than its author may think.
func (p *Provider) partNotes(a *hayon.Account, r hayon.PreviewRequest) []string {
	part := r.Part()
	var out []string
	for i, m := range part.Media {
		if m.Animated && strings.HasPrefix(m.Type, "image/") {
			_, kind, _ := strings.Cut(m.Type, "/")
			out = append(out, fmt.Sprintf("%s is an animated %s and is shown still; as MP4 it would move", nameOf(i, m), strings.ToUpper(kind)))
		}
	}
	if part.Card != nil && mediaKind(part) != embedCard {
		out = append(out, "the link card is left out: a post shows media or a card")
	}
	if mediaKind(part) == embedGallery {
		out = append(out, fmt.Sprintf("more than %d images are a gallery, which older apps do not show", maxImages))
	}
	if g, err := parseGates(r.Target.Options, about(a)); err == nil && r.Index == 0 && part.ReplyTo != nil && g.closesThread() {
		out = append(out, othersThread)
	}
	if mediaKind(part) == embedVideo {
		out = append(out, p.videoNotes(a, part.Media[0])...)
	}
	return out
}

func (p *Provider) videoNotes(a *hayon.Account, m hayon.Attachment) []string {
	if !p.usesVideoService(a.Host) {
		return []string{"the video goes to the server as it is, where it plays a little later"}
	}
	if most := blobLimit(a); most > 0 && m.Bytes > most {
		return []string{fmt.Sprintf("the video has %d bytes and the server takes %d: it goes out only if the video service makes it smaller", m.Bytes, most)}
	}
	return nil
}

// previewRefs tells of the posts that a part answers, quotes and reposts.
func (p *Provider) previewRefs(ctx context.Context, s hayon.Session, r hayon.PreviewRequest, who subject, out *hayon.PartPreview) error {
	part := r.Part()
	for _, ref := range []struct {
		to *hayon.Remote
		as string
	}{{part.ReplyTo, whatItAnswers}, {part.Quote, whatItQuotes}, {part.Repost, "the post that it reposts"}} {
		if ref.to == nil {
			continue
		}
		if s == nil {
			out.Unresolved = append(out.Unresolved, "whether "+ref.as+" is there")
			continue
		}
		found, err := p.original(ctx, s, *ref.to, ref.as, who)
		switch hayon.CodeOf(err) {
		case "":
			out.Notes = append(out.Notes, fmt.Sprintf("%s says: %q", ref.as, text.Clip(found.value.Text, excerpt)))
		case hayon.CodeInvalid:
			out.Problems = append(out.Problems, withoutName(hayon.AsError(err).Message, who))
		default:
			return err
		}
	}
	return nil
}

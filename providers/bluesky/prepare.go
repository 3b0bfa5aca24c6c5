package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"
	lexutil "github.com/bluesky-social/indigo/lex/util"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
	"github.com/hayon/hayon/text"
)

// Prepare uploads the images of a part and answers the body of putRecord; of a repost it reads what is to
// be reposted. Asked again with what it answered before, it uploads again and answers the same body.
func (p *Provider) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	who := about(s.Account())
	part := r.Part()
	if !isTID(part.Idem) {
		return nil, who.errorf(hayon.CodeInvalid, "%q is no record key", part.Idem)
	}
	if part.Repost != nil {
		return p.prepareRepost(ctx, s, r, who)
	}
	content := text.Normalize(part.Text)
	marks, err := labels(part, r.Target.Options, who)
	if err != nil {
		return nil, err
	}
	if err := p.check(part, content, who); err != nil {
		return nil, err
	}
	if r.Earlier != nil && len(r.Earlier.Data) > 0 {
		return p.uploadAgain(ctx, s, r, who)
	}
	images, err := p.upload(ctx, s, r, who)
	if err != nil {
		return nil, err
	}
	facets, err := p.facets(ctx, s, content, who)
	if err != nil {
		return nil, err
	}
	answers, err := p.reply(ctx, s, r, who)
	if err != nil {
		return nil, err
	}
	post := &bsky.FeedPost{
		LexiconTypeID: postCollection,
		Text:          content,
		CreatedAt:     createdAt(r),
		Langs:         append([]string(nil), part.Langs...), // nil where empty: an empty list is bytes of its own
		Facets:        facets,
		Reply:         answers,
		Labels:        marks,
	}
	if len(images) > 0 {
		post.Embed = &bsky.FeedPost_Embed{EmbedImages: embed(part, images)}
	}
	out, err := seal(s.Account().RemoteID, postCollection, part.Idem, post)
	if err != nil {
		return nil, err
	}
	p.keep(out, images)
	return out, nil
}

// keep notes the uploads, and until when they last.
func (p *Provider) keep(out *hayon.Prepared, images []*lexutil.LexBlob) {
	if len(images) == 0 {
		return
	}
	out.Handles = make(map[string]string, len(images))
	for i, b := range images {
		out.Handles[imageHandle(i)] = b.Ref.String()
	}
	out.Expires = p.now().UTC().Add(blobLife)
}

func imageHandle(i int) string { return fmt.Sprintf("image_%d", i+1) }

func (p *Provider) uploadAgain(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, who subject) (*hayon.Prepared, error) {
	images, err := p.upload(ctx, s, r, who)
	if err != nil {
		return nil, err
	}
	for i, b := range images {
		if b.Ref.String() != r.Earlier.Handles[imageHandle(i)] {
			return nil, who.errorf(hayon.CodeInvalid, "image %d is not the one that was made ready before", i+1)
		}
	}
	out := *r.Earlier
	p.keep(&out, images)
	return &out, nil
}

// check refuses what the server would refuse, before anything is uploaded.
func (p *Provider) check(part *hayon.Part, content string, who subject) error {
	if content == "" && len(part.Media) == 0 {
		return who.errorf(hayon.CodeInvalid, "there is no text and no image")
	}
	if n := text.Count(text.Graphemes, content); n > maxGraphemes {
		return who.errorf(hayon.CodeInvalid, "text has %d of %d graphemes", n, maxGraphemes)
	}
	if n := text.Count(text.Bytes, content); n > maxTextBytes {
		return who.errorf(hayon.CodeInvalid, "text has %d of %d bytes", n, maxTextBytes)
	}
	if n := len(part.Langs); n > maxLangs {
		return who.errorf(hayon.CodeInvalid, "%d of %d languages", n, maxLangs)
	}
	for _, l := range part.Langs {
		if !isLanguage(l) {
			return who.errorf(hayon.CodeInvalid, "%q is no language tag such as en or pt-BR", l)
		}
	}
	if n := len(part.Media); n > maxImages {
		return who.errorf(hayon.CodeInvalid, "%d of %d images", n, maxImages)
	}
	for i, a := range part.Media {
		if !slices.Contains(p.Info().MediaTypes, a.Type) {
			return who.errorf(hayon.CodeInvalid, "%s is %s; JPEG, PNG, WebP and GIF can be attached", nameOf(i, a), a.Type)
		}
		if a.Bytes > maxImageBytes {
			return tooLarge(who, i, a, a.Bytes)
		}
	}
	return nil
}

func nameOf(i int, a hayon.Attachment) string {
	if a.Name == "" {
		return fmt.Sprintf("image %d", i+1)
	}
	return fmt.Sprintf("image %d (%s)", i+1, a.Name)
}

func tooLarge(who subject, i int, a hayon.Attachment, n int64) *hayon.Error {
	return who.errorf(hayon.CodeInvalid, "%s has %d of %d bytes", nameOf(i, a), n, maxImageBytes)
}

// upload sends the images. The same bytes give the same CID, however often they are sent.
func (p *Provider) upload(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, who subject) ([]*lexutil.LexBlob, error) {
	var out []*lexutil.LexBlob
	for i, a := range r.Part().Media {
		data, err := readImage(ctx, r, i, who)
		if err != nil {
			return nil, err
		}
		var blob *lexutil.LexBlob
		err = p.signed(ctx, s, func(cur *session) (err error) {
			blob, err = p.uploadBlob(ctx, cur, a.Type, data)
			return err
		})
		if err != nil {
			return nil, uploadFault(err, i, a, who)
		}
		out = append(out, blob)
	}
	return out, nil
}

func uploadFault(err error, i int, a hayon.Attachment, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	switch {
	case ok && e.Status == http.StatusRequestEntityTooLarge:
		return who.errorf(hayon.CodeInvalid, "%s has %d bytes, which is more than %s takes", nameOf(i, a), a.Bytes, e.Host).WithCause(err)
	case ok && e.Status == http.StatusBadRequest && e.Name != "" && !refusedToken(err):
		return who.errorf(hayon.CodeInvalid, "%s refused %s: %s", e.Host, nameOf(i, a), e.said()).WithCause(err)
	}
	return fault(err, who)
}

func readImage(ctx context.Context, r hayon.PrepareRequest, i int, who subject) ([]byte, error) {
	a := r.Part().Media[i]
	f, err := r.Open(ctx, a)
	if err != nil {
		return nil, hayon.AsError(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxImageBytes+1))
	if err != nil {
		return nil, who.errorf(hayon.CodeLocal, "%s cannot be read", nameOf(i, a)).WithCause(err)
	}
	if len(data) > maxImageBytes {
		return nil, tooLarge(who, i, a, int64(len(data)))
	}
	return data, nil
}

func embed(part *hayon.Part, blobs []*lexutil.LexBlob) *bsky.EmbedImages {
	out := &bsky.EmbedImages{LexiconTypeID: "app.bsky.embed.images"}
	for i, b := range blobs {
		a := part.Media[i]
		img := &bsky.EmbedImages_Image{Alt: a.Alt, Image: b}
		if a.Width > 0 && a.Height > 0 {
			img.AspectRatio = &bsky.EmbedDefs_AspectRatio{Width: int64(a.Width), Height: int64(a.Height)}
		}
		out.Images = append(out.Images, img)
	}
	return out
}

// facets finds links, mentions and tags. A mention that leads to nobody is plain text.
func (p *Provider) facets(ctx context.Context, s hayon.Session, content string, who subject) ([]*bsky.RichtextFacet, error) {
	var out []*bsky.RichtextFacet
	known := make(map[string]string)
	for _, f := range text.Facets(content) {
		feature := new(bsky.RichtextFacet_Features_Elem)
		switch f.Kind {
		case text.Link:
			feature.RichtextFacet_Link = &bsky.RichtextFacet_Link{LexiconTypeID: "app.bsky.richtext.facet#link", Uri: f.Value}
		case text.Tag:
			feature.RichtextFacet_Tag = &bsky.RichtextFacet_Tag{LexiconTypeID: "app.bsky.richtext.facet#tag", Tag: f.Value}
		case text.Mention:
			did, asked := known[f.Value]
			if !asked {
				var err error
				if did, err = p.mention(ctx, s, f.Value, who); err != nil {
					return nil, err
				}
				known[f.Value] = did
			}
			if did == "" {
				continue
			}
			feature.RichtextFacet_Mention = &bsky.RichtextFacet_Mention{LexiconTypeID: "app.bsky.richtext.facet#mention", Did: did}
		default:
			continue
		}
		out = append(out, &bsky.RichtextFacet{
			Index:    &bsky.RichtextFacet_ByteSlice{ByteStart: int64(f.Start), ByteEnd: int64(f.End)},
			Features: []*bsky.RichtextFacet_Features_Elem{feature},
		})
	}
	return out, nil
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

// createdAt is the request's time with milliseconds. The parts of a thread are one apart, so that
// those who sort by it keep them in order.
func createdAt(r hayon.PrepareRequest) string {
	return r.Now.UTC().Add(time.Duration(r.Index) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
}

// reply says which post the part answers, and which is the first of its thread.
func (p *Provider) reply(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, who subject) (*bsky.FeedPost_ReplyRef, error) {
	if r.Parent.IsZero() {
		return nil, nil //nolint:nilnil // it answers nothing
	}
	parent, err := p.strongRef(ctx, s, r.Parent, who)
	if err != nil {
		return nil, err
	}
	root := parent
	if !r.Root.IsZero() && r.Root.ID != r.Parent.ID {
		if root, err = p.strongRef(ctx, s, r.Root, who); err != nil {
			return nil, err
		}
	}
	return &bsky.FeedPost_ReplyRef{Parent: parent, Root: root}, nil
}

// strongRef is the post with its hash. Where that is not known, because a person pointed at the post,
// the account's server is asked.
func (p *Provider) strongRef(ctx context.Context, s hayon.Session, to hayon.Remote, who subject) (*atproto.RepoStrongRef, error) {
	if to.Digest != "" {
		return &atproto.RepoStrongRef{Uri: to.ID, Cid: to.Digest}, nil
	}
	name, ok := parseURI(to.ID)
	if !ok {
		return nil, who.errorf(hayon.CodeInvalid, "the part before it, %q, is no post of Bluesky", clean(to.ID, 200))
	}
	found, err := p.read(ctx, s, string(name.owner), postCollection, name.rkey)
	if isAbsent(err) {
		return nil, who.errorf(hayon.CodeInvalid, "the part before it, %s, is not there any more", to.ID)
	}
	if err != nil {
		return nil, fault(err, who)
	}
	return &atproto.RepoStrongRef{Uri: to.ID, Cid: found.CID}, nil
}

// seal makes the request that writes a record, with the CID that the server will give it.
func seal(did, collection, rkey string, record lexutil.CBOR) (*hayon.Prepared, error) {
	var b bytes.Buffer
	if err := record.MarshalCBOR(&b); err != nil {
		return nil, err
	}
	id, err := cid.NewPrefixV1(cid.DagCBOR, multihash.SHA2_256).Sum(b.Bytes())
	if err != nil {
		return nil, err
	}
	// SwapRecord stays nil, which is sent as null: the record must not exist yet.
	data, err := json.Marshal(&atproto.RepoPutRecord_Input{
		Repo: did, Collection: collection, Rkey: rkey,
		Record: &lexutil.LexiconTypeDecoder{Val: record},
	})
	if err != nil {
		return nil, err
	}
	out := remote(did, rkey, id.String())
	out.ID = "at://" + did + "/" + collection + "/" + rkey
	return &hayon.Prepared{Data: data, Remote: out}, nil
}

// remote is a post, by the DID of its author and its key.
func remote(did, rkey, digest string) hayon.Remote {
	return hayon.Remote{
		ID:     "at://" + did + "/" + postCollection + "/" + rkey,
		URL:    "https://bsky.app/profile/" + did + "/post/" + rkey,
		Digest: digest,
	}
}

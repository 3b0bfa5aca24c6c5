package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"
	lexutil "github.com/bluesky-social/indigo/lex/util"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// draft is a part on its way to a record.
type draft struct {
	hayon.PrepareRequest

	who     subject
	info    hayon.ProviderInfo // as it holds for the account
	content string
	labels  *bsky.FeedPost_Labels
	tags    []string
	gates   gates
	// gone is the video that was uploaded before and that the server has dropped since.
	gone string

	refs  *refs // nil until somebody asked
	up    uploads
	notes []string
}

// Prepare uploads the media of a part, writes who may answer and quote it, and answers the body of
// putRecord; of a repost it reads what is to be reposted. While the video service works, it answers when to
// ask again. Asked again with a body that it answered before, it uploads again and answers the same body,
// or another one where the video service made another file.
func (p *Provider) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	who := about(s.Account())
	if !isTID(r.Part().Idem) {
		return nil, who.errorf(hayon.CodeInvalid, "%q is no record key", r.Part().Idem)
	}
	if r.Part().Repost != nil {
		return p.prepareRepost(ctx, s, r, who)
	}
	d, err := p.draft(s.Account(), r, who)
	if err != nil {
		return nil, err
	}
	if d.again() {
		return p.uploadAgain(ctx, s, d)
	}
	return p.compose(ctx, s, d)
}

// draft reads what can be read without asking anybody, and refuses what the server would refuse.
func (p *Provider) draft(a *hayon.Account, r hayon.PrepareRequest, who subject) (*draft, error) {
	d := &draft{PrepareRequest: r, who: who, info: p.Info().For(a), content: text.Normalize(r.Part().Text)}
	var err error
	if d.labels, err = labels(r.Part(), r.Target.Options, who); err != nil {
		return nil, err
	}
	if d.gates, err = parseGates(r.Target.Options, who); err != nil {
		return nil, err
	}
	if r.Earlier != nil {
		d.gone = r.Earlier.Handles[handleGone]
	}
	if r.Index == 0 {
		d.tags = hayon.TagsOf(r.Target.Options[hayon.OptionTags])
	}
	return d, d.check()
}

// again reports whether the body is there already.
func (d *draft) again() bool { return d.Earlier != nil && len(d.Earlier.Data) > 0 }

// compose makes the record. What is refused is refused before an upload, and while the video service works
// nothing else is asked.
func (p *Provider) compose(ctx context.Context, s hayon.Session, d *draft) (*hayon.Prepared, error) {
	if d.Earlier == nil {
		if err := p.refer(ctx, s, d); err != nil {
			return nil, err
		}
	}
	if wait, err := p.upload(ctx, s, d); err != nil || wait != nil {
		return wait, err
	}
	if d.refs == nil {
		if err := p.refer(ctx, s, d); err != nil {
			return nil, err
		}
	}
	facets, err := p.facets(ctx, s, d.content, d.who)
	if err != nil {
		return nil, err
	}
	if err := p.putGates(ctx, s, d); err != nil {
		return nil, err
	}
	out, err := seal(s.Account().RemoteID, postCollection, d.Part().Idem, d.record(facets))
	if err != nil {
		return nil, err
	}
	out.Root, out.Notes = d.refs.root, d.notes
	p.keep(out, &d.up)
	return out, nil
}

func (d *draft) record(facets []hayon.TextFacet) *bsky.FeedPost {
	return &bsky.FeedPost{
		LexiconTypeID: postCollection,
		Text:          d.content,
		CreatedAt:     createdAt(d.PrepareRequest),
		Langs:         append([]string(nil), d.Part().Langs...), // nil where empty: an empty list is bytes of its own
		Facets:        richText(facets),
		Reply:         d.refs.reply,
		Embed:         embed(d.Part(), &d.up, d.refs.quote),
		Labels:        d.labels,
		Tags:          d.tags,
	}
}

// keep notes the uploads, and until when they last.
func (p *Provider) keep(out *hayon.Prepared, up *uploads) {
	if out.Handles = up.handles(); out.Handles != nil {
		out.Expires = p.now().UTC().Add(blobLife)
	}
}

// uploadAgain sends once more what the server may have dropped. A file that the video service made is not
// here: it makes it again, and with it goes the record, which is not out.
func (p *Provider) uploadAgain(ctx context.Context, s hayon.Session, d *draft) (*hayon.Prepared, error) {
	known := d.Earlier.Handles
	if known[handleJob] != "" {
		d.gone, d.Earlier = known[handleVideo], nil
		return p.compose(ctx, s, d)
	}
	if _, err := p.upload(ctx, s, d); err != nil {
		return nil, err
	}
	now := d.up.handles()
	for name, id := range known {
		if now[name] != id {
			return nil, d.who.errorf(hayon.CodeInvalid, "%s is not the one that was made ready before", strings.ReplaceAll(name, "_", " "))
		}
	}
	out := *d.Earlier
	p.keep(&out, &d.up)
	return &out, nil
}

// createdAt is the request's time with milliseconds. The parts of a thread are one apart, so that
// those who sort by it keep them in order.
func createdAt(r hayon.PrepareRequest) string {
	return r.Now.UTC().Add(time.Duration(r.Index) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
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

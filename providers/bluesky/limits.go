package bluesky

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// The limits of a post. Sources: the lexicons below.
const (
	maxGraphemes    = 300
	maxTextBytes    = 3000
	maxLangs        = 3
	maxTags         = 8
	maxTagGraphemes = 64
	maxTagBytes     = 640
	// maxImages is how many app.bsky.embed.images takes. More than those are a gallery.
	maxImages = 4
	// maxGallery is where the lexicon of the gallery asks clients to stop; a server takes 20.
	maxGallery = 10
	// maxImageBytes is half of what the lexicon allows since April 2026: servers that were not updated
	// since refuse more.
	maxImageBytes      = 1_000_000
	maxImageBytesToday = 2_000_000
	// maxThumbBytes limits the picture of a link card.
	maxThumbBytes = 1_000_000
	// maxVideoBytes is what the lexicon allows since August 2026, and maxVideoBytesBefore what servers
	// that were not updated since allow.
	maxVideoBytes       = 300_000_000
	maxVideoBytesBefore = 100_000_000
	// maxVideo is what the official app allows. Source: appSource, read 2026-11-21.
	maxVideo = 10 * time.Minute

	lexiconSource  = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/"
	postLexicon    = lexiconSource + "feed/post.json"
	imagesLexicon  = lexiconSource + "embed/images.json"
	galleryLexicon = lexiconSource + "embed/gallery.json"
	videoLexicon   = lexiconSource + "embed/video.json"
	cardLexicon    = lexiconSource + "embed/external.json"
	appSource      = "https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts"
	factsRead      = "2026-11-21"
)

// limits hold for an account whose server nobody has asked yet.
func (p *Provider) limits() []hayon.Limit {
	video := int64(maxVideoBytes)
	if p.video == "" {
		video = maxVideoBytesBefore
	}
	limit := func(of string, unit hayon.Unit, most int64, source string) hayon.Limit {
		return hayon.Limit{Of: of, Unit: unit, Max: most, Source: source, Read: factsRead}
	}
	return []hayon.Limit{
		limit(hayon.LimitText, hayon.UnitGraphemes, maxGraphemes, postLexicon),
		limit(hayon.LimitText, hayon.UnitBytes, maxTextBytes, postLexicon),
		limit(hayon.LimitLangs, hayon.UnitItems, maxLangs, postLexicon),
		limit(hayon.LimitTags, hayon.UnitItems, maxTags, postLexicon),
		limit(hayon.LimitTag, hayon.UnitGraphemes, maxTagGraphemes, postLexicon),
		limit(hayon.LimitTag, hayon.UnitBytes, maxTagBytes, postLexicon),
		limit(hayon.LimitImages, hayon.UnitItems, maxImages, imagesLexicon),
		limit(hayon.LimitImage, hayon.UnitBytes, maxImageBytes, imagesLexicon),
		limit(hayon.LimitThumb, hayon.UnitBytes, maxThumbBytes, cardLexicon),
		limit(hayon.LimitVideo, hayon.UnitBytes, video, videoLexicon),
		limit(hayon.LimitVideo, hayon.UnitSeconds, int64(maxVideo/time.Second), appSource),
	}
}

// What a server knows can be told by the version of the reference server, because that holds records
// against the lexicons it was built with; it takes what it does not know without a look. Each release is
// the first with the change. Source: https://github.com/bluesky-social/atproto/blob/main/packages/pds/CHANGELOG.md
// and the history of the lexicons, read 2026-11-21.
var (
	sinceLargeImages = version{0, 4, 218}
	sinceGallery     = version{0, 5, 2}
	sinceLargeVideos = version{0, 5, 27}
)

// version is that of a server, as major, minor and patch. Zero: it says none that can be compared, as
// Bluesky's own servers do.
type version [3]int

func parseVersion(s string) version {
	parts := strings.Split(s, ".")
	var v version
	if len(parts) != len(v) {
		return version{}
	}
	for i := range v {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 {
			return version{}
		}
		v[i] = n
	}
	return v
}

func (v version) atLeast(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] > w[i]
		}
	}
	return true
}

// The names in [hayon.ServerFacts].Extra.
const (
	extraDID        = "did"               // of the server itself
	extraBlobBytes  = "blob_upload_limit" // the largest file that the server takes
	blobLimitSource = "/xrpc/com.atproto.server.describeServer"
)

// description is what a server says of itself.
type description struct {
	DID string `json:"did"`
	// BlobUploadLimit is in bytes; 0 where the server is older than release 0.5.22 of 2026-07-30, or
	// another program.
	BlobUploadLimit int64 `json:"blobUploadLimit"`
}

func (p *Provider) describe(ctx context.Context, host string) (*description, error) {
	out := new(description)
	return out, p.do(ctx, call{host: host, nsid: "com.atproto.server.describeServer", query: url.Values{}}, out)
}

// serverVersion is "" where the server does not say it. Where it only did not answer, that is an error: the
// limits would be smaller for a passing reason.
func (p *Provider) serverVersion(ctx context.Context, host string) (string, error) {
	var out struct {
		Version string `json:"version"`
	}
	err := p.do(ctx, call{host: host, nsid: "_health", query: url.Values{}}, &out)
	if e, ok := errors.AsType[*apiError](err); ok && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests {
		return "", nil
	}
	return clean(out.Version, 100), err
}

// Limits reads what the account's server takes. A server that says the size of its largest file, or has a
// release that is new enough, takes images of 2 MB and galleries; of others that is not known, so that
// the older and smaller limits hold.
func (p *Provider) Limits(ctx context.Context, s hayon.Session) (*hayon.ServerFacts, error) {
	host := p.reader(ctx, s).PDS
	said, err := p.describe(ctx, host)
	if err != nil {
		return nil, fault(err, about(s.Account()))
	}
	version, err := p.serverVersion(ctx, host)
	if err != nil {
		return nil, fault(err, about(s.Account()))
	}
	facts := &hayon.ServerFacts{Software: "pds", Version: version, ReadAt: p.now().UTC(), Extra: make(map[string]string)}
	if isDID(said.DID) {
		facts.Extra[extraDID] = said.DID
	}
	if said.BlobUploadLimit > 0 {
		facts.Extra[extraBlobBytes] = strconv.FormatInt(said.BlobUploadLimit, 10)
	}
	facts.Limits = p.serverLimits(host, parseVersion(facts.Version), said.BlobUploadLimit, facts.ReadAt)
	return facts, nil
}

// serverLimits are those of a server. blobs is the largest file that it takes, 0 where it does not say.
func (p *Provider) serverLimits(host string, v version, blobs int64, read time.Time) []hayon.Limit {
	capped := func(n int64) int64 {
		if blobs > 0 {
			return min(n, blobs)
		}
		return n
	}
	images, image, video := int64(maxImages), int64(maxImageBytes), int64(maxVideoBytesBefore)
	if v.atLeast(sinceGallery) || blobs > 0 {
		images = maxGallery
	}
	if v.atLeast(sinceLargeImages) || blobs > 0 {
		image = maxImageBytesToday
	}
	if v.atLeast(sinceLargeVideos) || v == (version{}) && blobs > 0 {
		video = maxVideoBytes
	}
	if !p.usesVideoService(host) { // which makes large files smaller
		video = capped(video)
	}
	limit := func(of string, unit hayon.Unit, most int64) hayon.Limit {
		return hayon.Limit{Of: of, Unit: unit, Max: most, Source: host + blobLimitSource, Read: read.Format(time.DateOnly)}
	}
	return []hayon.Limit{
		limit(hayon.LimitImages, hayon.UnitItems, images),
		limit(hayon.LimitImage, hayon.UnitBytes, capped(image)),
		limit(hayon.LimitThumb, hayon.UnitBytes, capped(maxThumbBytes)),
		limit(hayon.LimitVideo, hayon.UnitBytes, video),
	}
}

// blobLimit is the largest file that the account's server takes, in bytes; 0 where nobody knows.
func blobLimit(a *hayon.Account) int64 {
	if a == nil || a.Server == nil {
		return 0
	}
	n, err := strconv.ParseInt(a.Server.Extra[extraBlobBytes], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

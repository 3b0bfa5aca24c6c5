package bluesky

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	lexutil "github.com/bluesky-social/indigo/lex/util"

	"github.com/hayon/hayon"
)

// uploads are the blobs of a part.
type uploads struct {
	images []*lexutil.LexBlob
	thumb  *lexutil.LexBlob
	video  *lexutil.LexBlob
	job    string // what the video service calls its work; "" where it did none
}

// The names in [hayon.Prepared].Handles. Images are image_1 and so on.
const (
	handleThumb = "thumb"
	handleVideo = "video"
	// handleJob is the work of the video service, and handleSince when it was given to it.
	handleJob   = "video_job"
	handleSince = "video_since"
	// handleGone is the video that the server has dropped.
	handleGone = "video_gone"
)

func imageHandle(i int) string { return fmt.Sprintf("image_%d", i+1) }

// handles are the hashes of the blobs by name; nil for none.
func (u *uploads) handles() map[string]string {
	out := make(map[string]string)
	for i, b := range u.images {
		out[imageHandle(i)] = b.Ref.String()
	}
	if u.thumb != nil {
		out[handleThumb] = u.thumb.Ref.String()
	}
	if u.video != nil {
		out[handleVideo] = u.video.Ref.String()
	}
	if u.job != "" {
		out[handleJob] = u.job
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// upload sends what the part shows. The same bytes give the same CID, however often they are sent. wait is
// not nil while somebody still works on a video.
func (p *Provider) upload(ctx context.Context, s hayon.Session, d *draft) (wait *hayon.Prepared, err error) {
	switch mediaKind(d.Part()) {
	case embedVideo:
		return p.uploadVideo(ctx, s, d)
	case embedCard:
		return nil, p.uploadThumb(ctx, s, d)
	}
	most, _ := d.info.Limit(hayon.LimitImage, hayon.UnitBytes)
	for i, a := range d.Part().Media {
		data, err := d.read(ctx, a, nameOf(i, a), most)
		if err != nil {
			return nil, err
		}
		blob, err := p.uploadImage(ctx, s, a.Type, data)
		if err != nil {
			return nil, uploadFault(err, nameOf(i, a), a.Bytes, d.who)
		}
		d.up.images = append(d.up.images, blob)
		if d.Progress != nil {
			d.Progress(nameOf(i, a), int64(len(data)), int64(len(data)))
		}
	}
	return nil, nil //nolint:nilnil // nobody waits for images
}

func (p *Provider) uploadImage(ctx context.Context, s hayon.Session, contentType string, data []byte) (blob *lexutil.LexBlob, err error) {
	err = p.signed(ctx, s, func(cur *session) (err error) {
		blob, err = p.uploadBlob(ctx, cur, call{body: data, contentType: contentType})
		return err
	})
	return blob, err
}

// uploadThumb sends the picture of a link card. A picture that the server refuses is left out: a card never
// stops a post.
func (p *Provider) uploadThumb(ctx context.Context, s hayon.Session, d *draft) error {
	thumb := d.Part().Card.Thumb
	if thumb == nil {
		return nil
	}
	const name = "the picture of the link card"
	most, _ := d.info.Limit(hayon.LimitThumb, hayon.UnitBytes)
	data, err := d.read(ctx, thumb.Attachment(), name, most)
	if err == nil {
		d.up.thumb, err = p.uploadImage(ctx, s, thumb.Type, data)
	}
	if err == nil {
		return nil
	}
	said := uploadFault(err, name, thumb.Bytes, d.who)
	if said.Code != hayon.CodeInvalid || d.again() {
		return said
	}
	d.notes = append(d.notes, "the link card is without its picture: "+withoutName(said.Message, d.who))
	return nil
}

func uploadFault(err error, name string, size int64, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	switch {
	case ok && e.Status == http.StatusRequestEntityTooLarge:
		return who.errorf(hayon.CodeInvalid, "%s has %d bytes, which is more than %s takes", name, size, e.Host).WithCause(err)
	case ok && e.Status == http.StatusBadRequest && e.Name != "" && !refusedToken(err):
		return who.errorf(hayon.CodeInvalid, "%s refused %s: %s", e.Host, name, e.said()).WithCause(err)
	}
	return fault(err, who)
}

// read reads an image whole, of at most so many bytes.
func (d *draft) read(ctx context.Context, a hayon.Attachment, name string, most int64) ([]byte, error) {
	f, err := d.Open(ctx, a)
	if err != nil {
		return nil, hayon.AsError(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, d.who.errorf(hayon.CodeLocal, "%s cannot be read", name).WithCause(err)
	}
	if int64(len(data)) > most {
		return nil, tooLarge(d.who, name, int64(len(data)), most)
	}
	return data, nil
}

func tooLarge(who subject, name string, n, most int64) *hayon.Error {
	return who.errorf(hayon.CodeInvalid, "%s has %d of %d bytes", name, n, most)
}

// nameOf is an attachment as people know it.
func nameOf(i int, a hayon.Attachment) string {
	name := fmt.Sprintf("image %d", i+1)
	if a.Type == videoType {
		name = "the video"
	}
	if a.Name == "" {
		return name
	}
	return fmt.Sprintf("%s (%s)", name, a.Name)
}

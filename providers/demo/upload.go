package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// Medium is a picture or video of a post, as the platform got it.
type Medium struct {
	// SHA256 is of the bytes that arrived, in hexadecimal digits.
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	// Focus is what a cropped view keeps, and Thumb the SHA-256 of what stands for a video.
	Focus *hayon.Focus `json:"focus,omitempty"`
	Thumb string       `json:"thumb,omitempty"`
}

// uploadBeat is how often an upload takes a rest that has a rate.
const uploadBeat = 100 * time.Millisecond

// upload reads the media of a part, and the picture of its card, as a platform would; nobody keeps them.
func (p *Provider) upload(ctx context.Context, set settings, r hayon.PrepareRequest, c *content) error {
	for _, m := range r.Part().Media {
		what := "a picture"
		if strings.HasPrefix(m.Type, videoTypes) {
			what = "the video"
		}
		sum, n, err := receive(ctx, set, r, m, what)
		if err != nil {
			return err
		}
		out := Medium{SHA256: sum, Type: m.Type, Bytes: n, Width: m.Width, Height: m.Height, Focus: m.Focus}
		if m.Thumb != nil {
			if out.Thumb, _, err = receive(ctx, set, r, m.Thumb.Attachment(), "a picture"); err != nil {
				return err
			}
		}
		c.Media = append(c.Media, out)
	}
	if card := r.Part().Card; card != nil && card.Thumb != nil {
		var err error
		c.Card.Thumb, _, err = receive(ctx, set, r, card.Thumb.Attachment(), "a picture")
		return err
	}
	return nil
}

// receive reads one medium, as slowly as the account wants, and answers its SHA-256 and size.
func receive(ctx context.Context, set settings, r hayon.PrepareRequest, m hayon.Attachment, what string) (string, int64, error) {
	if r.Open == nil {
		return "", 0, hayon.Errorf(hayon.CodeInternal, "demo: nobody can open the picture %s", m.Media)
	}
	body, err := r.Open(ctx, m)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = body.Close() }()
	piece := int64(1 << 20)
	if set.rate > 0 {
		piece = max(set.rate/int64(time.Second/uploadBeat), 1)
	}
	sum, n := sha256.New(), int64(0)
	for {
		read, err := io.CopyN(sum, body, piece)
		if n += read; r.Progress != nil && read > 0 {
			r.Progress(what, n, max(m.Bytes, n))
		}
		if err == io.EOF { //nolint:errorlint // CopyN answers it bare
			return hex.EncodeToString(sum.Sum(nil)), n, nil
		}
		if err != nil {
			return "", 0, hayon.Errorf(hayon.CodeLocal, "demo: the picture %s cannot be read", m.Media).WithCause(err)
		}
		if set.rate > 0 && !wait(ctx, uploadBeat) {
			return "", 0, hayon.Errorf(hayon.CodeUnavailable, "demo: the upload was cut; it is tried again")
		}
	}
}

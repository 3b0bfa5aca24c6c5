package mastodon_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/png"
	"io"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// thumb gives the first medium a thumbnail, and answers its bytes.
func (r *rig) thumb(t *hayon.Target) []byte {
	r.t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 7, 5))); err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	ref := &hayon.BlobRef{SHA256: hex.EncodeToString(sum[:]), Type: "image/png", Bytes: int64(b.Len()), Width: 7, Height: 5}
	r.files[ref.SHA256] = b.Bytes()
	t.Parts[0].Media[0].Thumb = ref
	return b.Bytes()
}

func TestThumbnails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind string
		cfg        mastodontest.Config
		sent       bool
	}{
		{"film", "video/mp4", mastodontest.Config{}, true},
		{"sound", "audio/mpeg", mastodontest.Glitch(), true},
		{"by version 1", "video/mp4", mastodontest.Old(), true},
		{"picture", "image/png", mastodontest.Config{}, false},
		{"elsewhere", "video/mp4", mastodontest.GoToSocial(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.cfg)
			target := r.target("a medium")
			if tt.kind == "image/png" {
				r.picture(target, 4, "what it shows")
			} else {
				r.file(target, tt.kind, []byte("film"), "what it shows")
			}
			thumb := r.thumb(target)
			target.Parts[0].Media[0].Focus = &hayon.Focus{X: 0.25, Y: -1}
			_, out := r.publish(target, 0)
			st, _ := r.srv.Status(out.Remote.ID)
			m := st.Media[0]
			if m.Description != "what it shows" || m.Focus != "0.250,-1.000" || len(m.Bytes) != int(target.Parts[0].Media[0].Bytes) {
				t.Errorf("medium %+v", m)
			}
			if bytes.Equal(m.Thumbnail, thumb) != tt.sent || !tt.sent && m.Thumbnail != nil {
				t.Errorf("thumbnail of %d bytes, want %t", len(m.Thumbnail), tt.sent)
			}
		})
	}
}

func TestThumbnailsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hayon.BlobRef){
		"kind": func(b *hayon.BlobRef) { b.Type = "image/tiff" }, "a film": func(b *hayon.BlobRef) { b.Type = "video/mp4" },
		"too large": func(b *hayon.BlobRef) { b.Bytes = 16<<20 + 1 },
	} {
		r := newRig(t, mastodontest.Config{})
		target := r.target("a film")
		r.file(target, "video/mp4", []byte("film"), "")
		r.thumb(target)
		change(target.Parts[0].Media[0].Thumb)
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
		r.wantCode(name, err, hayon.CodeInvalid)
		if n := r.srv.Asked(uploadCall); n != 0 {
			t.Errorf("%s: %d uploads", name, n)
		}
	}
}

// A film and a picture are held to the pixels that the instance takes.
func TestTooManyPixels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind          string
		width, height int
		want          hayon.Code
	}{
		{"video/mp4", 3840, 2160, ""},
		{"video/mp4", 3841, 2160, hayon.CodeInvalid},
		{"image/png", 7680, 4320, ""},
		{"image/png", 7680, 4321, hayon.CodeInvalid},
	} {
		r := newRig(t, mastodontest.Config{})
		target := r.target("large")
		if tt.kind == "image/png" {
			r.picture(target, 4, "")
		} else {
			r.file(target, tt.kind, []byte("film"), "")
		}
		target.Parts[0].Media[0].Width, target.Parts[0].Media[0].Height = tt.width, tt.height
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
		if tt.want == "" && err != nil || tt.want != "" && hayon.CodeOf(err) != tt.want {
			t.Errorf("%s of %d × %d: %v, want %q", tt.kind, tt.width, tt.height, err, tt.want)
		}
	}
}

// closer tells whether it was closed.
type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

// A form whose second file cannot be opened closes the first, and sends nothing.
func TestThumbnailWithoutItsFilm(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("a film")
	r.file(target, "video/mp4", []byte("film"), "")
	thumb := r.thumb(target)
	file := &closer{Reader: bytes.NewReader(thumb)}
	req := r.prepareRequest(target, 0, nil)
	req.Open = func(_ context.Context, a hayon.Attachment) (io.ReadCloser, error) {
		if a.Type == "image/png" {
			return file, nil
		}
		return nil, hayon.Errorf(hayon.CodeLocal, "the disk is gone").WithCause(errors.New("no disk"))
	}
	_, err := r.p.Prepare(t.Context(), r.session, req)
	r.wantCode("Prepare", err, hayon.CodeLocal)
	if !file.closed || r.srv.Asked(uploadCall) != 0 {
		t.Errorf("closed %t, %d uploads", file.closed, r.srv.Asked(uploadCall))
	}
}

func TestUploadTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{Media: mastodontest.MediaSync})
	target := r.target("a film")
	r.file(target, "video/mp4", bytes.Repeat([]byte("film"), 50_000), "")
	r.thumb(target)
	req := r.prepareRequest(target, 0, nil)
	var last int64
	req.Progress = func(what string, done, total int64) {
		if what != "uploading video 1 (holiday.bin)" || total != 200_000 || done < last || done > total {
			t.Errorf("%s: %d of %d after %d", what, done, total, last)
		}
		last = done
	}
	if _, err := r.p.Prepare(t.Context(), r.session, req); err != nil || last != 200_000 {
		t.Errorf("%d of 200000 (%v)", last, err)
	}
}

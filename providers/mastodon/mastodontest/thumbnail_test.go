package mastodontest_test

import (
	"bytes"
	"mime/multipart"
	"net/textproto"
	"testing"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestThumbnailOfAFilm(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	upload := func(kind string, thumb []byte) form {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, f := range []struct {
			field, kind string
			data        []byte
		}{{"thumbnail", kind, thumb}, {"file", "video/mp4", []byte("film")}} {
			h := textproto.MIMEHeader{}
			h.Set("Content-Disposition", `form-data; name="`+f.field+`"; filename="a.bin"`)
			h.Set("Content-Type", f.kind)
			p, err := w.CreatePart(h)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = p.Write(f.data)
		}
		_ = w.Close()
		return form{b.Bytes(), w.FormDataContentType()}
	}
	c.want(202, "POST", "/api/v2/media", upload("image/png", square(t)))
	c.want(422, "POST", "/api/v2/media", upload("image/jpeg", square(t)))
	c.want(422, "POST", "/api/v2/media", upload("image/png", []byte("no picture")))
	if got := c.srv.Attachments(ana); len(got) != 1 || !bytes.Equal(got[0].Thumbnail, square(t)) || string(got[0].Bytes) != "film" {
		t.Errorf("got %+v", got)
	}
}

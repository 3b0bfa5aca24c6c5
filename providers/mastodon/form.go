package mastodon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/hayon/hayon"
)

// form is the body of an upload. Its files are streamed, and opened anew where the request is sent again.
type form struct {
	blob   func(ctx context.Context, a hayon.Attachment) (io.ReadCloser, error)
	buf    bytes.Buffer // what was written since the last piece
	w      *multipart.Writer
	pieces []piece
	size   int64
}

// piece is a stretch of a form: bytes, or a file, whose progress somebody may follow.
type piece struct {
	bytes    []byte
	file     *hayon.Attachment
	progress func(done int64)
}

func newForm(blob func(ctx context.Context, a hayon.Attachment) (io.ReadCloser, error)) *form {
	f := &form{blob: blob}
	f.w = multipart.NewWriter(&f.buf)
	return f
}

// medium writes all fields of a medium, which ends the form.
func (f *form) medium(m hayon.Attachment, i int, thumb bool, progress func(what string, done, total int64)) error {
	if m.Alt != "" {
		_ = f.w.WriteField("description", m.Alt) // into memory
	}
	if m.Focus != nil {
		_ = f.w.WriteField("focus", focusOf(m))
	}
	if thumb {
		small := m.Thumb.Attachment()
		if err := f.file("thumbnail", fmt.Sprintf("thumbnail-%d.%s", i+1, extension(small.Type)), small, nil); err != nil {
			return err
		}
	}
	var follow func(done int64)
	if progress != nil {
		what := "uploading " + nameOf(i, m)
		follow = func(done int64) { progress(what, done, m.Bytes) }
	}
	if err := f.file("file", fmt.Sprintf("media-%d.%s", i+1, extension(m.Type)), m, follow); err != nil {
		return err
	}
	_ = f.w.Close()
	f.flush()
	return nil
}

// file writes the head of a field and leaves its content for later. The name tells the type, which some
// relatives go by, and nothing of this machine's files.
func (f *form) file(field, name string, a hayon.Attachment, progress func(done int64)) error {
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename=%q`, field, name)) // snac wants the quotes
	header.Set("Content-Type", a.Type)
	if _, err := f.w.CreatePart(header); err != nil {
		return err
	}
	f.flush()
	f.pieces = append(f.pieces, piece{file: &a, progress: progress})
	f.size += a.Bytes
	return nil
}

func (f *form) flush() {
	f.pieces = append(f.pieces, piece{bytes: bytes.Clone(f.buf.Bytes())})
	f.size += int64(f.buf.Len())
	f.buf.Reset()
}

// open is the form from its beginning.
func (f *form) open(ctx context.Context) (io.ReadCloser, error) {
	var body stream
	readers := make([]io.Reader, 0, len(f.pieces))
	for _, p := range f.pieces {
		if p.file == nil {
			readers = append(readers, bytes.NewReader(p.bytes))
			continue
		}
		file, err := f.blob(ctx, *p.file)
		if err != nil {
			_ = body.Close() // the others were only read
			return nil, hayon.AsError(err)
		}
		body.files = append(body.files, file)
		readers = append(readers, &counted{r: file, progress: p.progress})
	}
	body.Reader = io.MultiReader(readers...)
	return &body, nil
}

// stream reads one thing after the other, and closes all files that are in it.
type stream struct {
	io.Reader
	files []io.Closer
}

// Close implements [io.Closer].
func (s *stream) Close() error {
	errs := make([]error, len(s.files))
	for i, f := range s.files {
		errs[i] = f.Close()
	}
	return errors.Join(errs...)
}

// counted tells how much was read of a file.
type counted struct {
	r        io.Reader
	done     int64
	progress func(done int64) // nil: nobody listens
}

// Read implements [io.Reader].
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.done += int64(n)
	if n > 0 && c.progress != nil {
		c.progress(c.done)
	}
	return n, err
}

// extension is what a file of a type is usually called by.
func extension(mimeType string) string {
	_, ext, _ := strings.Cut(mimeType, "/")
	switch ext {
	case "jpeg":
		return "jpg"
	case "quicktime":
		return "mov"
	case "mpeg":
		return "mp3"
	}
	return ext
}

// focusOf is the focus of a medium as instances read it; the centre where nobody said another.
func focusOf(m hayon.Attachment) string {
	if m.Focus == nil {
		return "0.000,0.000"
	}
	return fmt.Sprintf("%.3f,%.3f", m.Focus.X, m.Focus.Y)
}

package media

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"

	"golang.org/x/image/webp"
)

// work is the memory in bytes that fitting a picture takes: decoding, a turned or scaled copy, and for a PNG
// of what comes as luma and colour one as red, green and blue.
func (j *job) work() int64 {
	perPixel := int64(4)
	if j.info.Type == JPEG {
		perPixel = 3
	}
	if !j.spec.takes(JPEG) && (j.info.Type == JPEG || j.info.Type == WebP) {
		perPixel += 4
	}
	return j.decode + satMul(pixels(j.info), perPixel)
}

// affordable refuses a picture from its header alone.
func (j *job) affordable() error {
	const maxFrames = 1 << 33 // pixels of all frames together
	s, f := j.survey, j.Fitter
	all := pixels(s.info)
	if frames := satMul(all, int64(s.info.Frames)); frames > maxFrames {
		return &FitError{
			Reason: fmt.Sprintf("it has %s frames of %s pixels", thousands(int64(s.info.Frames)), dimensions(s.info.Width, s.info.Height)),
			Hint:   "make it shorter or smaller",
		}
	}
	work := j.work()
	if work <= f.budget.total {
		return nil
	}
	perPixel := max(work/max(all, 1), 1)
	return &FitError{
		Reason: fmt.Sprintf("it has %s pixels; at most %s megapixels of its kind are read",
			dimensions(s.info.Width, s.info.Height), thousands(f.budget.total/perPixel/1e6)),
		Hint: "scale it down first",
	}
}

// decodePicture decodes a picture, of an animation the first frame. The caller has its share of the budget.
func decodePicture(ctx context.Context, src *source, s *survey) (picture, []string, error) {
	if s.info.Type == WebP && s.info.Animated {
		return picture{}, nil, &FitError{Reason: "it is an animated WebP, of which single frames are not read", Hint: "give a still picture"}
	}
	if err := src.seek(0); err != nil {
		return picture{}, nil, fmt.Errorf("reading the file: %w", err)
	}
	in := &watched{r: src.buf, err: func() error { return context.Cause(ctx) }}
	img, err := decoders[s.info.Type](bufio.NewReaderSize(in, 64<<10))
	src.lost() // the decoder has read on its own account
	if in.failed != nil {
		return picture{}, nil, fmt.Errorf("reading the file: %w", in.failed)
	}
	if err != nil {
		return picture{}, nil, undecodable(s.info.Type, err)
	}
	w, h := s.info.Width, s.info.Height
	if s.info.Orientation >= 5 {
		w, h = h, w
	}
	if s.info.Type == GIF {
		img = onScreen(img, w, h)
	}
	if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
		return picture{}, nil, &CorruptError{s.info.Type, fmt.Sprintf("it says %s pixels and has %s", dimensions(w, h), dimensions(b.Dx(), b.Dy()))}
	}
	p, steps := normal(img)
	if s.decode > manyBytes {
		runtime.GC() // a progressive picture leaves four times its size behind
	}
	return p, steps, nil
}

// manyBytes is from where on memory is collected at once.
const manyBytes = 64 << 20

var decoders = map[string]func(io.Reader) (image.Image, error){JPEG: jpeg.Decode, PNG: png.Decode, GIF: gif.Decode, WebP: webp.Decode}

// watched tells errors of reading from those of decoding, and stops with its context.
type watched struct {
	r      io.Reader
	err    func() error
	failed error
}

func (w *watched) Read(b []byte) (int, error) {
	if err := w.err(); err != nil {
		w.failed = err
		return 0, err
	}
	n, err := w.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		w.failed = err
	}
	return n, err
}

func undecodable(mime string, err error) error {
	if _, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return &FitError{Reason: "it is a JPEG of a rare kind: " + err.Error(), Hint: "save it again as an ordinary JPEG"}
	}
	if _, ok := errors.AsType[png.UnsupportedError](err); ok {
		return &FitError{Reason: "it is a PNG of a rare kind: " + err.Error(), Hint: "save it again as an ordinary PNG"}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &CorruptError{mime, "it ends in the middle of the picture"}
	}
	return &CorruptError{mime, "it cannot be decoded (" + err.Error() + ")"}
}

// onScreen puts the first frame of a GIF where it belongs.
func onScreen(img image.Image, w, h int) image.Image {
	screen := image.Rect(0, 0, w, h)
	if img.Bounds() == screen {
		return img
	}
	n := image.NewNRGBA(screen)
	draw.Draw(n, img.Bounds().Intersect(screen), img, img.Bounds().Min, draw.Src)
	return n
}

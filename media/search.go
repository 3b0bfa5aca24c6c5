package media

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/jpeg"
)

// Which qualities are tried. Below the first, fewer pixels look better; below the last, nothing does.
const (
	fairQuality  = 75
	goodQuality  = 82 // what fewer pixels aim at
	freeQuality  = 92 // where no limit asks for less and the source tells none
	bestQuality  = 95
	worstQuality = 60
	// minSide is how far pictures are scaled down, in pixels of the longer side.
	minSide = 320
)

// trial looks for the best quality at which one picture stays within so many bytes. Most of the looking
// is done on a sample: tiles from all over the picture, whose size in bytes is that of the whole in small.
type trial struct {
	img    image.Image
	sample image.Image
	scale  float64 // from bytes of the sample to those of the picture; corrected by each real encoding
	sizes  map[int]float64
	buf    bytes.Buffer
}

const (
	tileSide  = 128
	tilesSide = 8 // in each direction
)

func newTrial(p picture) *trial {
	t := &trial{img: p.Image, sample: p.Image, scale: 1, sizes: map[int]float64{}}
	w, h := p.size()
	if area := tileSide * tilesSide * tileSide * tilesSide; w*h > 2*area && min(w, h) >= tileSide*2 {
		t.sample = tiles(p)
		b := t.sample.Bounds()
		t.scale = float64(w) * float64(h) / (float64(b.Dx()) * float64(b.Dy()))
	}
	return t
}

// tiles copies squares of a grid side by side. Their corners are at multiples of 16, where blocks of the
// encoding start.
func tiles(p picture) image.Image {
	w, h := p.size()
	across, down := min(tilesSide, w/tileSide), min(tilesSide, h/tileSide)
	r := image.Rect(0, 0, across*tileSide, down*tileSide)
	var out image.Image
	var paste func(to image.Rectangle, from image.Point)
	switch m := p.Image.(type) {
	case *image.YCbCr:
		o := image.NewYCbCr(r, m.SubsampleRatio)
		out, paste = o, func(to image.Rectangle, from image.Point) { pasteYCbCr(o, m, to, from) }
	case *image.Gray:
		o := image.NewGray(r)
		out, paste = o, func(to image.Rectangle, from image.Point) { draw.Draw(o, to, m, from, draw.Src) }
	default:
		o := image.NewRGBA(r)
		out, paste = o, func(to image.Rectangle, from image.Point) { draw.Draw(o, to, p.Image, from, draw.Src) }
	}
	for j := range down {
		for i := range across {
			from := image.Pt(spread(i, across, w), spread(j, down, h))
			paste(image.Rect(0, 0, tileSide, tileSide).Add(image.Pt(i, j).Mul(tileSide)), from)
		}
	}
	return out
}

// spread is where tile i of n starts along a side.
func spread(i, n, side int) int {
	if n == 1 {
		return 0
	}
	return (side - tileSide) * i / (n - 1) &^ 15
}

func pasteYCbCr(dst, src *image.YCbCr, to image.Rectangle, from image.Point) {
	part, _ := src.SubImage(image.Rectangle{from, from.Add(to.Size())}).(*image.YCbCr)
	into, _ := dst.SubImage(to).(*image.YCbCr)
	a, b, c, _, _ := planes(part)
	x, y, z, _, _ := planes(into)
	for _, pair := range [][2]plane{{x, a}, {y, b}, {z, c}} {
		for row := range pair[0].h {
			copy(pair[0].row(row), pair[1].row(row))
		}
	}
}

// encode returns the coded picture; it is good until the next call.
func (t *trial) encode(ctx context.Context, img image.Image, quality int) ([]byte, error) {
	t.buf.Reset()
	w := &ctxWriter{Writer: &t.buf, err: func() error { return context.Cause(ctx) }}
	err := jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
	return t.buf.Bytes(), err
}

// guess is about how many bytes the picture takes.
func (t *trial) guess(ctx context.Context, quality int) (float64, error) {
	if _, ok := t.sizes[quality]; !ok {
		b, err := t.encode(ctx, t.sample, quality)
		if err != nil {
			return 0, err
		}
		t.sizes[quality] = float64(len(b))
	}
	return t.sizes[quality] * t.scale, nil
}

// best guesses the best quality from lo to hi within the limit, lo-1 if there is none.
func (t *trial) best(ctx context.Context, limit int64, lo, hi int) (int, error) {
	lo--
	for lo < hi {
		mid := (lo + hi + 1) / 2
		bytes, err := t.guess(ctx, mid)
		if err != nil {
			return 0, err
		}
		if bytes <= float64(limit) {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo, nil
}

// search returns the picture at the best quality from lo to hi that fits, nil if none does. A result of
// nine tenths of the limit is good enough.
func (t *trial) search(ctx context.Context, limit int64, lo, hi int) (found []byte, quality int, err error) {
	if limit <= 0 {
		found, err = t.encode(ctx, t.img, hi)
		return found, hi, err
	}
	const hopeless = 1.25 // guesses are not that wrong
	if bytes, err := t.guess(ctx, lo); err != nil || bytes > hopeless*float64(limit) {
		return nil, 0, err
	}
	for lo <= hi {
		q, err := t.best(ctx, limit, lo, hi)
		if err != nil {
			return nil, 0, err
		}
		if q < lo && found != nil {
			break
		}
		q = max(q, lo)
		b, err := t.encode(ctx, t.img, q)
		if err != nil {
			return nil, 0, err
		}
		t.correct(q, len(b))
		if int64(len(b)) > limit {
			hi = q - 1
			continue
		}
		found, quality = bytes.Clone(b), q
		if int64(len(b)) >= limit/10*9 {
			break
		}
		lo = q + 1
	}
	return found, quality, nil
}

// correct makes later guesses agree with what a quality came to.
func (t *trial) correct(quality, bytes int) {
	if sampled := t.sizes[quality]; sampled > 0 {
		t.scale = float64(bytes) / sampled
	}
}

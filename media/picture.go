package media

import (
	"image"
	"image/color"
	"image/draw"
)

// picture is a decoded one, of a type that can be turned and scaled: *image.Gray, *image.YCbCr with 4:4:4
// or 4:2:0, *image.RGBA (always opaque), *image.NRGBA or *image.Paletted.
type picture struct {
	image.Image
	opaque bool
}

func (p picture) size() (w, h int) { return p.Bounds().Dx(), p.Bounds().Dy() }

// normal makes of what decoders return one of the five kinds. It tells what it changed.
func normal(img image.Image) (picture, []string) {
	switch m := img.(type) {
	case *image.Gray:
		return picture{m, true}, nil
	case *image.YCbCr:
		return picture{halved(m), true}, nil
	case *image.RGBA:
		return picture{m, true}, nil
	case *image.NRGBA:
		return picture{m, m.Opaque()}, nil
	case *image.Paletted:
		return picture{m, m.Opaque()}, nil
	case *image.CMYK:
		return picture{fromCMYK(m), true}, []string{"CMYK → RGB"}
	case *image.Gray16:
		g := image.NewGray(m.Rect)
		for i := range g.Pix {
			g.Pix[i] = m.Pix[2*i]
		}
		return picture{g, true}, []string{stepDepth}
	case *image.RGBA64:
		return picture{&image.RGBA{Pix: upper(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}, true}, []string{stepDepth}
	case *image.NRGBA64:
		n := &image.NRGBA{Pix: upper(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
		return picture{n, n.Opaque()}, []string{stepDepth}
	default:
		n := image.NewNRGBA(img.Bounds())
		draw.Draw(n, n.Rect, img, n.Rect.Min, draw.Src)
		return picture{n, n.Opaque()}, nil
	}
}

const stepDepth = "16 → 8 bits a colour"

// upper moves the upper bytes of 16-bit samples together, in place.
func upper(pix []byte) []byte {
	for i := range len(pix) / 2 {
		pix[i] = pix[2*i]
	}
	return pix[:len(pix)/2]
}

// fromCMYK converts in place: both kinds take four bytes a point.
func fromCMYK(m *image.CMYK) *image.RGBA {
	for i := 0; i+4 <= len(m.Pix); i += 4 {
		s := m.Pix[i : i+4 : i+4]
		s[0], s[1], s[2] = color.CMYKToRGB(s[0], s[1], s[2], s[3])
		s[3] = 0xFF
	}
	return &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
}

// halved brings colour to half the points in both directions where it has another share than all or
// that: the encoder does it anyway, and the rarer shares cannot be turned.
func halved(m *image.YCbCr) *image.YCbCr {
	if m.SubsampleRatio == image.YCbCrSubsampleRatio444 || m.SubsampleRatio == image.YCbCrSubsampleRatio420 {
		return m
	}
	luma, cb, cr, h, v := planes(m)
	scale := func(p plane) plane {
		return p.scaled((luma.w+1)/2, (luma.h+1)/2, 2/float64(h), 2/float64(v), false)
	}
	return assembled(luma, scale(cb), scale(cr), image.YCbCrSubsampleRatio420)
}

// planes takes a picture apart; h and v are how many points of luma share one of colour.
func planes(m *image.YCbCr) (luma, cb, cr plane, h, v int) {
	w, ht := m.Rect.Dx(), m.Rect.Dy()
	h, v = 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		h = 2
	case image.YCbCrSubsampleRatio420:
		h, v = 2, 2
	case image.YCbCrSubsampleRatio440:
		v = 2
	case image.YCbCrSubsampleRatio411:
		h = 4
	case image.YCbCrSubsampleRatio410:
		h, v = 4, 2
	case image.YCbCrSubsampleRatio444:
	}
	luma = plane{pix: m.Y, stride: m.YStride, w: w, h: ht, n: 1}
	cb = plane{pix: m.Cb, stride: m.CStride, w: (w + h - 1) / h, h: (ht + v - 1) / v, n: 1}
	cr = cb
	cr.pix = m.Cr
	return luma, cb, cr, h, v
}

func assembled(luma, cb, cr plane, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	return &image.YCbCr{
		Y: luma.pix, Cb: cb.pix, Cr: cr.pix, YStride: luma.stride, CStride: cb.stride,
		SubsampleRatio: ratio, Rect: image.Rect(0, 0, luma.w, luma.h),
	}
}

func whole(pix []byte, stride int, r image.Rectangle, n int) plane {
	return plane{pix: pix, stride: stride, w: r.Dx(), h: r.Dy(), n: n}
}

func (p plane) rect() image.Rectangle { return image.Rect(0, 0, p.w, p.h) }

// upright returns the picture as its orientation means it to be seen.
func (p picture) upright(orientation int) picture {
	if orientation < 2 {
		return p
	}
	switch m := p.Image.(type) {
	case *image.YCbCr:
		luma, cb, cr, ratio := evened(m)
		p.Image = assembled(luma.turned(orientation), cb.turned(orientation), cr.turned(orientation), ratio)
	case *image.Gray:
		t := whole(m.Pix, m.Stride, m.Rect, 1).turned(orientation)
		p.Image = &image.Gray{Pix: t.pix, Stride: t.stride, Rect: t.rect()}
	case *image.Paletted:
		t := whole(m.Pix, m.Stride, m.Rect, 1).turned(orientation)
		p.Image = &image.Paletted{Pix: t.pix, Stride: t.stride, Rect: t.rect(), Palette: m.Palette}
	case *image.RGBA:
		t := whole(m.Pix, m.Stride, m.Rect, 4).turned(orientation)
		p.Image = &image.RGBA{Pix: t.pix, Stride: t.stride, Rect: t.rect()}
	case *image.NRGBA:
		t := whole(m.Pix, m.Stride, m.Rect, 4).turned(orientation)
		p.Image = &image.NRGBA{Pix: t.pix, Stride: t.stride, Rect: t.rect()}
	}
	return p
}

// evened takes a picture apart for turning. Where a side is odd, the last point of halved colour stands for
// one row only. Turned to the front it would shift all others, so colour gets its full share first.
func evened(m *image.YCbCr) (luma, cb, cr plane, ratio image.YCbCrSubsampleRatio) {
	luma, cb, cr, h, v := planes(m)
	if h*v == 1 || luma.w%2 == 0 && luma.h%2 == 0 {
		return luma, cb, cr, m.SubsampleRatio
	}
	full := func(c plane) plane { return c.scaled(luma.w, luma.h, 1/float64(h), 1/float64(v), false) }
	return luma, full(cb), full(cr), image.YCbCrSubsampleRatio444
}

// scaled returns the picture with w × h points.
func (p picture) scaled(w, h int) picture {
	from := p.Bounds()
	rx, ry := float64(from.Dx())/float64(w), float64(from.Dy())/float64(h)
	switch m := p.expanded().(type) {
	case *image.YCbCr:
		luma, cb, cr, sh, sv := planes(m)
		colour := func(c plane) plane {
			return c.scaled((w+1)/2, (h+1)/2, rx*2/float64(sh), ry*2/float64(sv), false)
		}
		p.Image = assembled(luma.scaled(w, h, rx, ry, false), colour(cb), colour(cr), image.YCbCrSubsampleRatio420)
	case *image.Gray:
		s := whole(m.Pix, m.Stride, m.Rect, 1).scaled(w, h, rx, ry, false)
		p.Image = &image.Gray{Pix: s.pix, Stride: s.stride, Rect: s.rect()}
	case *image.RGBA:
		s := whole(m.Pix, m.Stride, m.Rect, 4).scaled(w, h, rx, ry, false)
		p.Image = &image.RGBA{Pix: s.pix, Stride: s.stride, Rect: s.rect()}
	case *image.NRGBA:
		s := whole(m.Pix, m.Stride, m.Rect, 4).scaled(w, h, rx, ry, !p.opaque)
		p.Image = &image.NRGBA{Pix: s.pix, Stride: s.stride, Rect: s.rect()}
	}
	return p
}

// expanded is the picture without a palette.
func (p picture) expanded() image.Image {
	m, ok := p.Image.(*image.Paletted)
	if !ok {
		return p.Image
	}
	n := image.NewNRGBA(m.Rect)
	var colours [256]color.NRGBA
	for i, c := range m.Palette {
		colours[i], _ = color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	for y := range m.Rect.Dy() {
		out := n.Pix[y*n.Stride:]
		for x, i := range m.Pix[y*m.Stride : y*m.Stride+m.Rect.Dx()] {
			c := colours[i]
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = c.R, c.G, c.B, c.A
		}
	}
	return n
}

// flat lays the picture on white and makes it one that the JPEG encoder takes at once.
func (p picture) flat() picture {
	switch m := p.expanded().(type) {
	case *image.NRGBA:
		if !p.opaque {
			onWhite(m)
		}
		p.Image = &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	default:
		p.Image = m
	}
	p.opaque = true
	return p
}

// onWhite works in place.
func onWhite(m *image.NRGBA) {
	for i := 0; i+4 <= len(m.Pix); i += 4 {
		s := m.Pix[i : i+4 : i+4]
		a := uint32(s[3])
		if a == 0xFF {
			continue
		}
		for c := range 3 {
			s[c] = byte((uint32(s[c])*a + 255*(255-a) + 127) / 255) //nolint:gosec // at most 255
		}
		s[3] = 0xFF
	}
}

// fewColours reports drawings, maps and pictures of screens, which PNG is made for: among some
// thousand points there are few different colours.
func (p picture) fewColours() bool {
	const (
		points = 4096
		few    = 256
	)
	if _, ok := p.Image.(*image.Paletted); ok {
		return true
	}
	b := p.Bounds()
	seen := map[color.Color]struct{}{}
	for i := range points {
		// Steps of odd lengths, so that no pattern of the picture is hit again and again.
		x, y := i*7919%b.Dx(), i*104729%b.Dy()
		seen[p.At(b.Min.X+x, b.Min.Y+y)] = struct{}{}
	}
	return len(seen) <= few
}

package media

import (
	"bytes"
	"compress/zlib"
	"context"
	"image"
	"image/draw"
	"image/png"
	"slices"
)

// png tries smaller sizes until the file fits. Half the side is the end where a JPEG can do it better.
func (m *making) png(ctx context.Context) error {
	limit := m.spec.MaxBytes
	if limit > 0 {
		limit = max(limit-m.extraBytes, 1)
	}
	least := minSide
	if m.base.opaque && m.spec.takes(JPEG) {
		least = max(least, max(m.w, m.h)/2)
		if !m.few {
			least = max(m.w, m.h)
		}
	}
	for w, h := m.w, m.h; ; {
		m.resized(w, h)
		out := &sink{limit: limit, at: ihdrEnd, extra: m.extra()}
		if err := encodePNG(ctx, out, m.now); err != nil {
			return err
		}
		if within(out.size, limit) {
			m.out = out.Bytes()
			return nil
		}
		share := float64(limit) / float64(out.size)
		if nw, nh := smaller(w, h, share); !m.spec.NoResize && max(nw, nh) >= least && nw < w {
			w, h = nw, nh
			continue
		}
		return m.tooLarge()
	}
}

// ihdrEnd is where in a PNG further chunks may stand.
const ihdrEnd = 33

// sink keeps a file in memory, with extra bytes put in at a place. What gets too large is counted and no
// longer kept.
type sink struct {
	bytes.Buffer
	size, limit int64 // without the extra bytes
	at          int64
	extra       []byte
}

func (s *sink) Write(b []byte) (int, error) {
	all := len(b)
	if s.size < s.at && s.size+int64(len(b)) >= s.at {
		head := b[:s.at-s.size]
		s.keep(head)
		_, _ = s.Buffer.Write(s.extra) // a buffer never fails
		b = b[len(head):]
	}
	s.keep(b)
	return all, nil
}

func (s *sink) keep(b []byte) {
	if s.size += int64(len(b)); !within(s.size, s.limit) {
		s.Buffer = bytes.Buffer{}
		return
	}
	_, _ = s.Buffer.Write(b) // a buffer never fails
}

func encodePNG(ctx context.Context, out *sink, p picture) error {
	img := p.Image
	if m, ok := img.(*image.YCbCr); ok { // the encoder would ask for each point
		rgba := image.NewRGBA(m.Rect)
		draw.Draw(rgba, rgba.Rect, m, image.Point{}, draw.Src)
		img = rgba
	}
	encoder := png.Encoder{}
	const many = 16 << 20 // some seconds of the best compression
	if w, h := p.size(); w*h > many {
		encoder.CompressionLevel = png.BestSpeed
	}
	return encoder.Encode(&ctxWriter{Writer: out, err: func() error { return context.Cause(ctx) }}, img)
}

// extra is what goes into the new file beside the picture: its colour profile, and metadata if they are
// to be kept.
func (m *making) extra() []byte {
	if m.mime == PNG {
		return m.extraPNG()
	}
	header := []byte(headJFIF + "\x01\x01\x00\x00\x01\x00\x01\x00\x00") // version 1.1, square points
	b := jpegSegment(markerAPP0, header)
	if m.info.Type == JPEG && m.spec.KeepMetadata {
		b = append(b, slices.Concat(m.metadata...)...)
	}
	if !m.profileFits() {
		return b
	}
	const most = 1<<16 - 3 - len(headICC) - 2
	pieces := slices.Collect(slices.Chunk(m.icc, most))
	for i, p := range pieces {
		head := append([]byte(headICC), byte(i+1), byte(len(pieces))) //nolint:gosec // at most maxICC/most
		b = append(b, jpegSegment(markerAPP2, append(head, p...))...)
	}
	return b
}

func (m *making) extraPNG() []byte {
	var b []byte
	if m.info.Type == PNG {
		for _, chunk := range m.colour {
			if string(chunk[4:8]) != "iCCP" || m.profileFits() {
				b = append(b, chunk...)
			}
		}
		return b
	}
	if !m.profileFits() {
		return nil
	}
	var packed bytes.Buffer
	_, _ = packed.WriteString("ICC profile\x00\x00") // a buffer never fails
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(m.icc)
	_ = z.Close()
	return pngChunk("iCCP", packed.Bytes())
}

// profileFits reports a profile that is for the kind of colour of the new file. That of a printing press is
// for none of them.
func (m *making) profileFits() bool {
	const at, header = 16, 128 // of the kind of colour; Source: ICC.1:2022 table 17, read 2026-11-21
	if len(m.icc) < header {
		return false
	}
	want := "RGB "
	if m.grey {
		want = "GRAY"
	}
	return string(m.icc[at:at+4]) == want
}

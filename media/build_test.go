package media_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hayon/hayon/media"
)

// photo is a picture with what photographs have: soft areas, edges and noise. It costs about as many
// bytes as one of a phone.
func photo(w, h int, seed uint64) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	rnd := rand.New(rand.NewPCG(seed, 1))
	noise := make([]int8, 1<<16)
	for i := range noise {
		noise[i] = int8(rnd.NormFloat64() * 4)
	}
	column := make([]float64, w)
	for x := range column {
		column[x] = 60*math.Sin(float64(x)*7/float64(w)+1) + 12*math.Sin(float64(x)/9)
	}
	for y := range h {
		row := 50*math.Cos(float64(y)*5/float64(h)) + 10*math.Sin(float64(y)/7)
		shift := rnd.IntN(len(noise))
		for x := range w {
			v := 128 + column[x] + row + float64(noise[(x+shift)&(len(noise)-1)])
			if (x*13/w+y*11/h)%3 == 0 {
				v -= 40 // edges
			}
			m.Y[y*m.YStride+x] = byte(min(max(v, 0), 255))
		}
	}
	for y := range (h + 1) / 2 {
		for x := range (w + 1) / 2 {
			m.Cb[y*m.CStride+x] = byte(128 + 40*math.Sin(float64(x+y)*6/float64(w)))
			m.Cr[y*m.CStride+x] = byte(128 + 40*math.Cos(float64(x-y)*6/float64(h)))
		}
	}
	return m
}

func photoFile(t testing.TB, w, h, quality int) []byte {
	t.Helper()
	return encode(t, func(wr io.Writer) error {
		return jpeg.Encode(wr, photo(w, h, uint64(w*h)), &jpeg.Options{Quality: quality})
	})
}

// progressiveFile is an even grey of any size, in one scan of its mean values: a bit for each block.
func progressiveFile(w, h int) []byte {
	segment := func(marker byte, payload ...byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2)), payload...)
	}
	size := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, uint16(h)), uint16(w))
	blocks := (w + 15) / 16 * ((h + 15) / 16) * 6
	return slices.Concat([]byte{0xFF, 0xD8},
		segment(0xDB, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...),
		segment(0xC2, append(size, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0)...),
		segment(0xC4, append([]byte{0, 1}, make([]byte, 16)...)...), // one code of one bit: no difference
		segment(0xDA, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0),
		make([]byte, (blocks+7)/8), []byte{0xFF, 0xD9})
}

// corners are four colours by which one sees how a picture lies: upper left, upper right, lower left,
// lower right.
var corners = [4]color.NRGBA{{200, 30, 30, 255}, {30, 180, 30, 255}, {40, 40, 200, 255}, {230, 230, 60, 255}}

func quarters(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, corners[min(2*x/w, 1)+2*min(2*y/h, 1)])
		}
	}
	return m
}

// laid returns how a picture must lie in the file so that with this orientation it is seen upright.
func laid(m *image.NRGBA, orientation int) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	fw, fh := w, h
	if orientation >= 5 {
		fw, fh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, fw, fh))
	for y := range fh {
		for x := range fw {
			// Where the file's point (x, y) is seen; EXIF 2.32, section 4.6.4, tag Orientation.
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = w-1-y, x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = y, h-1-x
			}
			out.SetNRGBA(x, y, m.NRGBAAt(sx, sy))
		}
	}
	return out
}

// checkUpright compares the four corners.
func checkUpright(t *testing.T, m image.Image) {
	t.Helper()
	b := m.Bounds()
	for i, want := range corners {
		x := b.Min.X + b.Dx()*(1+2*(i%2))/4
		y := b.Min.Y + b.Dy()*(1+2*(i/2))/4
		got := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
		if far(got.R, want.R) || far(got.G, want.G) || far(got.B, want.B) {
			t.Errorf("corner %d is %v, want %v", i, got, want)
		}
	}
}

func far(a, b byte) bool { return max(a, b)-min(a, b) > 25 }

// Values by which tests find metadata in the bytes of a file.
const (
	secretSerial = "SN-31337-0042"
	secretCamera = "Camera Maker"
	secretText   = "taken by somebody at home"
)

// tiffEntry is one fact of EXIF data.
type tiffEntry struct {
	tag, kind uint16
	data      []byte
}

// fullEXIF has orientation, camera, time, a serial number and a place.
func fullEXIF(order binary.AppendByteOrder, orientation uint16) []byte {
	short := func(v uint16) []byte { return order.AppendUint16(nil, v) }
	text := func(s string) []byte { return append([]byte(s), 0) }
	rational := func(v ...uint32) (b []byte) {
		for _, n := range v {
			b = order.AppendUint32(order.AppendUint32(b, n), 1)
		}
		return b
	}
	place := []tiffEntry{
		{0, 1, []byte{2, 3, 0, 0}}, {1, 2, text("N")}, {2, 5, rational(48, 8, 14)}, {3, 2, text("E")}, {4, 5, rational(11, 34, 31)},
	}
	details := []tiffEntry{{0x9003, 2, text("2026:05:17 10:11:12")}, {0xA431, 2, text(secretSerial)}}
	main := []tiffEntry{{0x010F, 2, text(secretCamera)}, {0x0112, 3, short(orientation)}, {0x8769, 4, nil}, {0x8825, 4, nil}}
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint32(order.AppendUint16(b, 42), 8)
	// The further directories lie behind the main one, at places that are known once that is built.
	size := len(tiffDirectory(order, 8, main))
	detailsAt := uint32(8 + size)
	detailsDir := tiffDirectory(order, detailsAt, details)
	main[2].data = order.AppendUint32(nil, detailsAt)
	main[3].data = order.AppendUint32(nil, detailsAt+uint32(len(detailsDir)))
	b = append(b, tiffDirectory(order, 8, main)...)
	b = append(b, detailsDir...)
	return append(b, tiffDirectory(order, detailsAt+uint32(len(detailsDir)), place)...)
}

func tiffDirectory(order binary.AppendByteOrder, at uint32, entries []tiffEntry) []byte {
	b := order.AppendUint16(nil, uint16(len(entries)))
	values := []byte{}
	size := uint32(2 + 12*len(entries) + 4)
	for _, e := range entries {
		b = order.AppendUint16(order.AppendUint16(b, e.tag), e.kind)
		unit := map[uint16]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8}[e.kind]
		b = order.AppendUint32(b, uint32(max(1, len(e.data)/unit)))
		if len(e.data) <= 4 {
			b = append(b, append(slices.Clone(e.data), 0, 0, 0, 0)[:4]...)
			continue
		}
		b = order.AppendUint32(b, at+size+uint32(len(values)))
		values = append(values, e.data...)
	}
	return append(order.AppendUint32(b, 0), values...)
}

// profile is a colour profile as far as its header goes.
func profile(space string, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * 7)
	}
	copy(b[16:], space)
	return b
}

// withProfile puts a profile into a JPEG, in pieces.
func withProfile(file, icc []byte) []byte {
	const most = 60000
	pieces := slices.Collect(slices.Chunk(icc, most))
	for i, p := range slices.Backward(pieces) { // each is put in front
		file = withSegment(file, 0xE2, slices.Concat([]byte("ICC_PROFILE\x00"), []byte{byte(i + 1), byte(len(pieces))}, p))
	}
	return file
}

// riffChunk is one part of a WebP.
func riffChunk(name string, data []byte) []byte {
	b := append([]byte(name), binary.LittleEndian.AppendUint32(nil, uint32(len(data)))...)
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func webpOf(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), slices.Concat(chunks...)...)
	return append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...), body...)
}

func vp8x(flags byte, w, h int) []byte {
	b := []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0}
	return riffChunk("VP8X", b)
}

// interlacedPNG writes the seven passes of Adam7, which the standard encoder cannot.
func interlacedPNG(t testing.TB, m *image.NRGBA) []byte {
	t.Helper()
	var rows bytes.Buffer
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		if p[0] >= w || p[1] >= h {
			continue
		}
		for y := p[1]; y < h; y += p[3] {
			rows.WriteByte(0) // no filter
			for x := p[0]; x < w; x += p[2] {
				c := m.NRGBAAt(x, y)
				rows.Write([]byte{c.R, c.G, c.B})
			}
		}
	}
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	ihdr = append(ihdr, 8, 2, 0, 0, 1)
	return pngOf(rawChunk("IHDR", ihdr), rawChunk("IDAT", deflate(t, rows.Bytes())), rawChunk("IEND", nil))
}

func pngOf(chunks ...[]byte) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n"), slices.Concat(chunks...)...)
}

func rawChunk(name string, data []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), name...)
	b = append(b, data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// chunkOf returns the data of the first chunk of a name.
func chunkOf(t testing.TB, file []byte, name string) []byte {
	t.Helper()
	for at := 8; at+8 <= len(file); {
		size := int(binary.BigEndian.Uint32(file[at:]))
		if string(file[at+4:at+8]) == name {
			return file[at+8 : at+8+size]
		}
		at += 12 + size
	}
	return nil
}

func decodeFile(t testing.TB, info media.Info, file []byte) image.Image {
	t.Helper()
	var m image.Image
	var err error
	switch info.Type {
	case media.JPEG:
		m, err = jpeg.Decode(bytes.NewReader(file))
	case media.PNG:
		m, err = png.Decode(bytes.NewReader(file))
	case media.GIF:
		m, err = gif.Decode(bytes.NewReader(file))
	default:
		t.Fatalf("cannot decode %s", info.Type)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

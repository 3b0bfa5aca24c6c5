package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/webp"

	"github.com/hayon/hayon/media"
)

// The builders below make the smallest files of each kind.

func encode(t testing.TB, enc func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := enc(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(w, h int) *image.Paletted {
	return image.NewPaletted(image.Rect(0, 0, w, h), palette.Plan9)
}

func jpegFile(t testing.TB, w, h int) []byte {
	t.Helper()
	return encode(t, func(wr io.Writer) error { return jpeg.Encode(wr, picture(w, h), nil) })
}

func pngFile(t testing.TB, w, h int) []byte {
	t.Helper()
	return encode(t, func(wr io.Writer) error { return png.Encode(wr, picture(w, h)) })
}

func gifFile(t testing.TB, w, h, frames int) []byte {
	t.Helper()
	g := &gif.GIF{LoopCount: -1}
	for range frames {
		g.Image = append(g.Image, picture(w, h))
		g.Delay = append(g.Delay, 10)
	}
	return encode(t, func(wr io.Writer) error { return gif.EncodeAll(wr, g) })
}

// exif is a directory with one entry.
func exif(order binary.AppendByteOrder, tag, kind, value uint16) []byte {
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, value)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// withSegment puts a JPEG segment behind the first marker.
func withSegment(file []byte, marker byte, payload []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2))
	return slices.Concat(file[:2], segment, payload, file[2:])
}

func withEXIF(file, tiff []byte) []byte {
	return withSegment(file, 0xE1, append([]byte("Exif\x00\x00"), tiff...))
}

// withChunk puts a PNG chunk behind IHDR.
func withChunk(file []byte, name string, data []byte) []byte {
	const ihdrEnd = 33
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, name...), data...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(file[:ihdrEnd], chunk, file[ihdrEnd:])
}

func webpFile(chunk string, payload ...byte) []byte {
	b := append([]byte(chunk), binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))...)
	b = append(b, payload...)
	riff := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(b)+4))...)
	return append(append(riff, "WEBP"...), b...)
}

// Three pictures of 300 × 200.
var (
	webpLossy    = webpFile("VP8 ", 0x30, 0, 0, 0x9d, 0x01, 0x2a, 0x2c, 0x01, 0xc8, 0x00, 0, 0)
	webpLossless = webpFile("VP8L", 0x2f, 0x2b, 0xc1, 0x31, 0x00, 0, 0, 0, 0, 0)
	webpExtended = webpFile("VP8X", 0x10, 0, 0, 0, 0x2b, 0x01, 0, 0xc7, 0, 0)
	webpAnimated = webpFile("VP8X", 0x02, 0, 0, 0, 0x2b, 0x01, 0, 0xc7, 0, 0)
)

func ftyp(brands ...string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(12+4*len(brands)))
	b = append(b, "ftyp"...)
	b = append(b, brands[0]...)
	b = append(b, 0, 0, 2, 0)
	return append(b, strings.Join(brands[1:], "")+"\x00\x00\x00\x08free"...)
}

func TestProbe(t *testing.T) {
	t.Parallel()
	jpg, pngf := jpegFile(t, 30, 20), pngFile(t, 30, 20)
	little, big := binary.LittleEndian, binary.BigEndian
	upright := media.Info{Type: media.JPEG, Width: 30, Height: 20, Orientation: 1}
	turned := func(orientation int) media.Info {
		return media.Info{Type: media.JPEG, Width: 20, Height: 30, Orientation: orientation}
	}
	tests := []struct {
		name string
		file []byte
		want media.Info
	}{
		{"jpeg", jpg, upright},
		{"jpeg, largest", jpegHeader(65535, 65535), media.Info{Type: media.JPEG, Width: 65535, Height: 65535, Orientation: 1}},
		{"jpeg upside down", withEXIF(jpg, exif(little, 0x112, 3, 3)), media.Info{Type: media.JPEG, Width: 30, Height: 20, Orientation: 3}},
		{"jpeg turned, little endian", withEXIF(jpg, exif(little, 0x112, 3, 6)), turned(6)},
		{"jpeg turned, big endian", withEXIF(jpg, exif(big, 0x112, 3, 8)), turned(8)},
		{"jpeg mirrored and turned", withEXIF(jpg, exif(big, 0x112, 3, 5)), turned(5)},
		{"jpeg, first exif counts", withEXIF(withEXIF(jpg, exif(big, 0x112, 3, 3)), exif(big, 0x112, 3, 6)), turned(6)},
		{"jpeg with xmp before exif", withSegment(withEXIF(jpg, exif(big, 0x112, 3, 6)), 0xE1, []byte("http://ns.adobe.com/xap/1.0/\x00<x/>")), turned(6)},
		{"jpeg with large segments", manySegments(jpg, 4), upright},
		{"jpeg, orientation out of range", withEXIF(jpg, exif(big, 0x112, 3, 9)), upright},
		{"jpeg, orientation of another type", withEXIF(jpg, exif(big, 0x112, 4, 6)), upright},
		{"jpeg, exif without orientation", withEXIF(jpg, exif(big, 0x110, 3, 6)), upright},
		{"jpeg, exif cut off", withEXIF(jpg, exif(big, 0x112, 3, 6)[:14]), upright},
		{"jpeg, exif directory far away", withEXIF(jpg, []byte("II*\x00\xff\xff\xff\xff")), upright},
		{"jpeg, exif of neither byte order", withEXIF(jpg, []byte("XX*\x00\x08\x00\x00\x00")), upright},
		{"jpeg, fill bytes", slices.Concat(jpg[:2], []byte{0xFF, 0xFF, 0xFF}, jpg[2:]), upright},
		{"png", pngf, media.Info{Type: media.PNG, Width: 30, Height: 20, Orientation: 1}},
		{"png, absurd size", pngHeader(1<<31-1, 1<<31-1), media.Info{Type: media.PNG, Width: 1<<31 - 1, Height: 1<<31 - 1, Orientation: 1}},
		{"png, animated", withChunk(pngf, "acTL", make([]byte, 8)), media.Info{Type: media.PNG, Width: 30, Height: 20, Orientation: 1, Animated: true}},
		{"png, turned", withChunk(pngf, "eXIf", exif(big, 0x112, 3, 6)), media.Info{Type: media.PNG, Width: 20, Height: 30, Orientation: 6}},
		{"gif", gifFile(t, 30, 20, 1), media.Info{Type: media.GIF, Width: 30, Height: 20, Orientation: 1}},
		{"gif, animated", gifFile(t, 30, 20, 3), media.Info{Type: media.GIF, Width: 30, Height: 20, Orientation: 1, Animated: true}},
		{"gif without its end", cut(gifFile(t, 30, 20, 1), 4), media.Info{Type: media.GIF, Width: 30, Height: 20, Orientation: 1}},
		{"webp, lossy", webpLossy, media.Info{Type: media.WebP, Width: 300, Height: 200, Orientation: 1}},
		{"webp, lossless", webpLossless, media.Info{Type: media.WebP, Width: 300, Height: 200, Orientation: 1}},
		{"webp, extended", webpExtended, media.Info{Type: media.WebP, Width: 300, Height: 200, Orientation: 1}},
		{"webp, animated", webpAnimated, media.Info{Type: media.WebP, Width: 300, Height: 200, Orientation: 1, Animated: true}},
		{"mp4", ftyp("isom", "isom", "iso2", "avc1", "mp41"), media.Info{Type: media.MP4}},
		{"mov", ftyp("qt  ", "qt  "), media.Info{Type: media.MOV}},
		{"mov without a brand", []byte("\x00\x00\x00\x08wide\x00\x00\x00\x08mdat"), media.Info{Type: media.MOV}},
		{"mp4 of a phone", ftyp("mp42", "isom", "mp42"), media.Info{Type: media.MP4}},
		{"mp4 of a camera", ftyp("XAVC", "XAVC", "mp42", "iso2"), media.Info{Type: media.MP4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{bytes.NewReader(tt.file), iotest.OneByteReader(bytes.NewReader(tt.file))} {
				got, err := media.Probe(r)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("Probe (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func jpegHeader(w, h uint16) []byte {
	b := []byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8}
	b = binary.BigEndian.AppendUint16(b, h)
	b = binary.BigEndian.AppendUint16(b, w)
	return append(b, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
}

func pngHeader(w, h uint32) []byte {
	b := []byte("IHDR")
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 2, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), b, []byte("\x00\x00\x00\x00IDAT"))
}

func manySegments(file []byte, n int) []byte {
	segment := append([]byte{0xFF, 0xE2, 0xFD, 0xE8}, make([]byte, 0xFDE8-2)...)
	return slices.Concat(file[:2], bytes.Repeat(segment, n), file[2:])
}

func cut(b []byte, n int) []byte { return b[:len(b)-n] }

func TestProbeUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, want string
	}{
		{"text named .png", "just some words\n", "text/plain"},
		{"text cut in a character", strings.Repeat("a", 511) + "é", "text/plain"},
		{"markup", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "text/plain"},
		{"one byte", "\x00", "application/octet-stream"},
		{"noise", "\x80\x01\x02\xff\xfe", "application/octet-stream"},
		{"pdf", "%PDF-1.7\n%\xe2", "application/pdf"},
		{"photo of a phone", string(ftyp("heic", "mif1", "heic")), "image/heic"},
		{"the same, major brand general", string(ftyp("mif1", "mif1", "miaf", "avif")), "image/avif"},
		{"sound", string(ftyp("M4A ", "M4A ", "mp42", "isom")), "audio/mp4"},
		{"brand nobody knows", string(ftyp("zzzz", "zzzz")), "application/octet-stream"},
		{"cut in the brand", "\x00\x00\x00\x18ftypis", "application/octet-stream"},
		{"webm", "\x1a\x45\xdf\xa3\x01", "video/webm"},
		{"tiff", "II*\x00\x08\x00\x00\x00", "image/tiff"},
		{"sound in riff", "RIFF\x04\x00\x00\x00WAVE", "application/octet-stream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := media.Probe(strings.NewReader(tt.file))
			unknown, ok := errors.AsType[*media.UnknownTypeError](err)
			if !ok {
				t.Fatalf("Probe = %+v, %v, want an UnknownTypeError", got, err)
			}
			if unknown.Type != tt.want || !cmp.Equal(got, media.Info{Type: tt.want}) {
				t.Errorf("Probe = %+v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestProbeCorrupt(t *testing.T) {
	t.Parallel()
	jpg, pngf := jpegFile(t, 30, 20), pngFile(t, 30, 20)
	wrongSum := slices.Clone(pngf)
	wrongSum[20]++
	tests := []struct {
		name   string
		file   []byte
		detail string
	}{
		{"jpeg cut", jpg[:60], "ends in the middle"},
		{"jpeg of three bytes", jpg[:3], "ends in the middle"},
		{"jpeg of no height", jpegHeader(10, 0), "zero"},
		{"jpeg without frame", []byte{0xFF, 0xD8, 0xFF, 0xD9}, "size is missing"},
		{"jpeg segment too short", []byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 1}, "shorter than its own length"},
		{"jpeg frame too short", []byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 4, 8, 0}, "frame header"},
		{"jpeg with endless segments", manySegments(jpg, 260), "16 MiB"},
		{"png cut in its size", pngf[:20], "ends in the middle"},
		{"png cut before its data", pngf[:40], "ends in the middle"},
		{"png, wrong checksum", wrongSum, "checksum"},
		{"png of no width", pngHeader(0, 5), "zero"},
		{"png out of range", pngHeader(1<<31, 5), "out of range"},
		{"png without data", slices.Concat(pngf[:33], []byte("\x00\x00\x00\x00IEND")), "no image data"},
		{"png, endless chunk", slices.Concat(pngf[:33], []byte("\xff\xff\xff\xffabcd")), "longer"},
		{"png without size", slices.Concat(pngf[:8], make([]byte, 25)), "does not start"},
		{"gif cut", []byte("GIF89a\x01\x00"), "ends in the middle"},
		{"gif of no width", []byte("GIF89a\x00\x00\x01\x00\x00\x00\x00,"), "zero"},
		{"gif without frame", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "no frame"},
		{"gif, strange block", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00?"), "no known kind"},
		{"webp cut", webpLossy[:25], "ends in the middle"},
		{"webp, no key frame", webpFile("VP8 ", make([]byte, 10)...), "key frame"},
		{"webp, no lossless picture", webpFile("VP8L", make([]byte, 10)...), "lossless"},
		{"webp, other chunk", webpFile("JUNK", make([]byte, 10)...), "no picture"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := media.Probe(bytes.NewReader(tt.file))
			corrupt, ok := errors.AsType[*media.CorruptError](err)
			if !ok {
				t.Fatalf("Probe = %+v, %v, want a CorruptError", got, err)
			}
			if !strings.Contains(corrupt.Detail, tt.detail) || corrupt.Type != got.Type || got.Width != 0 {
				t.Errorf("Probe = %+v, %v, want %q", got, err, tt.detail)
			}
		})
	}
}

func TestProbeEmpty(t *testing.T) {
	t.Parallel()
	if got, err := media.Probe(strings.NewReader("")); !errors.Is(err, media.ErrEmpty) || !cmp.Equal(got, media.Info{}) {
		t.Errorf("Probe = %+v, %v, want ErrEmpty", got, err)
	}
}

// TestProbeReadError tells a disk that fails from a file that is damaged.
func TestProbeReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	long := gifFile(t, 400, 400, 1)
	for name, front := range map[string][]byte{
		"at once": nil, "in a jpeg": jpegFile(t, 30, 20)[:60], "in a gif's first frame": long[:len(long)-10],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := media.Probe(io.MultiReader(bytes.NewReader(front), iotest.ErrReader(broken)))
			if !errors.Is(err, broken) {
				t.Errorf("Probe: %v, want %v", err, broken)
			}
		})
	}
}

// TestProbeReadsLittle keeps it to headers.
func TestProbeReadsLittle(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{"jpeg": jpegFile(t, 900, 900), "png": pngFile(t, 900, 900), "mp4": ftyp("isom", "isom")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rest := bytes.NewReader(append(file, make([]byte, 1<<20)...))
			if _, err := media.Probe(rest); err != nil {
				t.Fatal(err)
			}
			if read := rest.Size() - int64(rest.Len()); read > 8192 {
				t.Errorf("Probe read %d bytes", read)
			}
		})
	}
}

// TestWebPAgrees makes sure that the pictures made by hand here are what a decoder takes.
func TestWebPAgrees(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{"lossy": webpLossy, "lossless": webpLossless, "extended": webpExtended} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := webp.DecodeConfig(bytes.NewReader(file))
			if err != nil || got.Width != 300 || got.Height != 200 {
				t.Errorf("DecodeConfig = %d × %d, %v, want 300 × 200", got.Width, got.Height, err)
			}
		})
	}
}

// FuzzProbe compares with the decoders of the standard library and golang.org/x/image:
// what both understand has the same size, and what they accept is not of unknown type.
func FuzzProbe(f *testing.F) {
	jpg, pngf := jpegFile(f, 3, 2), pngFile(f, 3, 2)
	for _, file := range [][]byte{
		jpg, pngf, gifFile(f, 3, 2, 1), gifFile(f, 3, 2, 2), webpLossy, webpLossless, webpExtended, webpAnimated,
		ftyp("isom", "mp42"), ftyp("mif1", "avif"), []byte("text"),
		withEXIF(jpg, exif(binary.BigEndian, 0x112, 3, 6)), withChunk(pngf, "eXIf", exif(binary.LittleEndian, 0x112, 3, 8)),
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := media.Probe(bytes.NewReader(file))
		decode := map[string]func(io.Reader) (image.Config, error){
			media.JPEG: jpeg.DecodeConfig, media.PNG: png.DecodeConfig, media.GIF: gif.DecodeConfig, media.WebP: webp.DecodeConfig,
		}[got.Type]
		if decode == nil {
			if got.Width != 0 || got.Height != 0 || (err == nil) != (got.Type == media.MP4 || got.Type == media.MOV) {
				t.Fatalf("Probe = %+v, %v", got, err)
			}
			return
		}
		if err != nil {
			return
		}
		if got.Width < 1 || got.Height < 1 || got.Orientation < 1 || got.Orientation > 8 {
			t.Fatalf("Probe = %+v", got)
		}
		want, err := decode(bytes.NewReader(file))
		if err != nil {
			return
		}
		if got.Orientation >= 5 {
			want.Width, want.Height = want.Height, want.Width
		}
		if got.Width != want.Width || got.Height != want.Height {
			t.Fatalf("Probe = %+v, the decoder says %d × %d", got, want.Width, want.Height)
		}
	})
}

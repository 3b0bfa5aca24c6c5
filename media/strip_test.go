package media_test

import (
	"bytes"
	"encoding/binary"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/media"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const xmpPacket = `<x:xmpmeta><rdf:Description exif:GPSLatitude="48,8.2N" aux:SerialNumber="` + secretSerial + `"/></x:xmpmeta>`

// gifWith puts blocks before the first frame's.
func gifWith(file []byte, blocks ...[]byte) []byte {
	at := 13
	if file[10]&0x80 != 0 {
		at += 3 << (file[10]&7 + 1)
	}
	return slices.Concat(file[:at], slices.Concat(blocks...), file[at:])
}

func gifBlock(label byte, texts ...string) []byte {
	b := []byte{0x21, label}
	for _, s := range texts {
		b = append(append(b, byte(len(s))), s...)
	}
	return append(b, 0)
}

// strippable are files with everything in them that must go, and what must stay.
func strippable(t testing.TB) []struct {
	name    string
	file    []byte
	carries []string
	keeps   [][]byte // found in the bytes before and after
} {
	t.Helper()
	little := fullEXIF(binary.LittleEndian, 1)
	icc := profile("RGB ", 150_000)
	jpg := withProfile(jpegFile(t, 40, 30), icc)
	full := withEXIF(jpg, fullEXIF(binary.BigEndian, 1))
	full = withSegment(full, 0xE1, []byte("http://ns.adobe.com/xap/1.0/\x00"+xmpPacket))
	full = withSegment(full, 0xED, []byte("Photoshop 3.0\x00"+secretText))
	full = withSegment(full, 0xFE, []byte(secretText))
	full = withSegment(full, 0xEB, []byte("JP\x00\x01"+secretText))
	full = withSegment(full, 0xE7, []byte(secretText))
	full = append(full, "PK\x03\x04"+secretText...)
	pngICC := deflate(t, icc[:3000])
	pngf := withChunk(pngFile(t, 40, 30), "iCCP", append([]byte("name\x00\x00"), pngICC...))
	pngf = withChunk(pngf, "gAMA", []byte{0, 0, 0xb1, 0x8f})
	dirty := withChunk(pngf, "eXIf", little)
	dirty = withChunk(dirty, "tEXt", []byte("Comment\x00"+secretText))
	dirty = withChunk(dirty, "zTXt", append([]byte("Author\x00\x00"), deflate(t, []byte(secretText))...))
	dirty = withChunk(dirty, "iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmpPacket))
	dirty = withChunk(dirty, "tIME", []byte{7, 234, 5, 17, 10, 11, 12})
	dirty = withChunk(dirty, "prVt", []byte(secretText))
	dirty = append(dirty, secretText...)
	loop := gifBlock(0xFF, "NETSCAPE2.0", "\x01\x00\x00")
	gifDirty := gifWith(gifFile(t, 40, 30, 2), loop, gifBlock(0xFE, secretText), gifBlock(0xFF, "XMP DataXMP", xmpPacket[:100]), gifBlock(0xFF, "MAGPIEXX1.0", secretSerial))
	gifDirty = append(gifDirty, "alert('"+secretText+"')"...)
	lossy := testdata(t, "lossy.webp")[12:]
	webpDirty := append(webpOf(vp8x(0x2c, 96, 64), riffChunk("ICCP", icc[:301]), lossy, riffChunk("EXIF", little),
		riffChunk("XMP ", []byte(xmpPacket)), riffChunk("prvt", []byte(secretText))), secretText...)
	return []struct {
		name    string
		file    []byte
		carries []string
		keeps   [][]byte
	}{
		{
			"jpeg", full,
			[]string{"location", "serial number", "camera", "time", "comment", "content credentials", "IPTC", "data behind the end", "other data"},
			[][]byte{icc[:60000], icc[120_000:]},
		},
		{"jpeg with something between its segments", slices.Insert(bytes.Clone(jpg), bytes.LastIndex(jpg, []byte{0xFF, 0xC0}), []byte(secretText)...), []string{"other data"}, [][]byte{icc[:60000]}},
		{"jpeg with a second picture", slices.Concat(jpg, jpg), []string{"second picture"}, [][]byte{icc[:60000]}},
		{
			"png", dirty,
			[]string{"location", "serial number", "camera", "time", "author", "comment", "data behind the end", "other data"},
			[][]byte{pngICC, []byte("gAMA")},
		},
		{"gif", gifDirty, []string{"comment", "XMP", "data behind the end", "other data"}, [][]byte{loop}},
		{"gif with a script", append(gifFile(t, 5, 5, 1), "=1;alert(1)"...), []string{"data behind the end"}, nil},
		{"webp", webpDirty, []string{"location", "serial number", "camera", "time", "data behind the end", "other data"}, [][]byte{icc[:301], lossy}},
	}
}

// TestStrip removes what a file tells, and nothing of the picture.
func TestStrip(t *testing.T) {
	t.Parallel()
	for _, tt := range strippable(t) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			info, err := media.ProbeFile(bytes.NewReader(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.carries, info.Carries); diff != "" {
				t.Errorf("ProbeFile carries (-want +got):\n%s", diff)
			}
			got, out := fit(t, tt.file, media.Spec{})
			info.Carries = nil
			if diff := cmp.Diff(info, got.Info); diff != "" {
				t.Errorf("Info (-want +got):\n%s", diff)
			}
			checkClean(t, out)
			for _, keep := range tt.keeps {
				if !bytes.Contains(tt.file, keep) || !bytes.Contains(out, keep) {
					t.Errorf("lost %.20q…", keep)
				}
			}
			if info.Type != media.WebP {
				if diff := cmp.Diff(decodeFile(t, info, tt.file), decodeFile(t, info, out)); diff != "" {
					t.Error("the picture changed")
				}
			}
			again, _ := fit(t, out, media.Spec{})
			if again.Changed || len(again.Steps) > 0 {
				t.Errorf("fitting again: %+v", again)
			}
			kept, _ := fit(t, tt.file, media.Spec{KeepMetadata: true})
			if kept.Changed {
				t.Errorf("KeepMetadata: %+v", kept)
			}
		})
	}
}

// checkClean looks for secrets with the parser and in the bytes.
func checkClean(t testing.TB, file []byte) {
	t.Helper()
	info, err := media.ProbeFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Carries) > 0 {
		t.Errorf("it still carries %v", info.Carries)
	}
	for _, secret := range []string{secretSerial, secretCamera, secretText, "exif:GPS", "alert", "PK\x03\x04"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("it still has %q", secret)
		}
	}
}

// TestStripSteps tells people what went.
func TestStripSteps(t *testing.T) {
	t.Parallel()
	got, _ := fit(t, withEXIF(jpegFile(t, 9, 9), fullEXIF(binary.LittleEndian, 1)), media.Spec{})
	if diff := cmp.Diff([]string{"location, serial number, camera and time removed"}, got.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestStripGPSVersion does not cry location where a camera without a signal wrote the version alone.
func TestStripGPSVersion(t *testing.T) {
	t.Parallel()
	order := binary.LittleEndian
	gps := tiffDirectory(order, 26, []tiffEntry{{0, 1, []byte{2, 3, 0, 0}}})
	b := order.AppendUint32([]byte("II*\x00"), 8)
	b = append(b, tiffDirectory(order, 8, []tiffEntry{{0x8825, 4, order.AppendUint32(nil, 26)}})...)
	info, err := media.ProbeFile(bytes.NewReader(withEXIF(jpegFile(t, 9, 9), append(b, gps...))))
	if diff := cmp.Diff([]string{"EXIF"}, info.Carries); err != nil || diff != "" {
		t.Errorf("ProbeFile: %v (-want +got):\n%s", err, diff)
	}
}

// TestStripJFIFThumbnail keeps the header and drops the picture in it.
func TestStripJFIFThumbnail(t *testing.T) {
	t.Parallel()
	file := withSegment(jpegFile(t, 9, 9), 0xE0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x02\x01secret"))
	got, out := fit(t, file, media.Spec{})
	if !bytes.Contains(out, []byte("\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00\xff")) || bytes.Contains(out, []byte("secret")) {
		t.Errorf("made %q", out[:40])
	}
	if diff := cmp.Diff([]string{"thumbnail removed"}, got.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestGIFWithoutEnd gets one.
func TestGIFWithoutEnd(t *testing.T) {
	t.Parallel()
	got, out := fit(t, cut(gifFile(t, 30, 20, 2), 1), media.Spec{})
	if !got.Changed || out[len(out)-1] != ';' {
		t.Errorf("Fit = %+v", got)
	}
	if g, err := gif.DecodeAll(bytes.NewReader(out)); err != nil || len(g.Image) != 2 {
		t.Errorf("it has %v, %v", g, err)
	}
}

// TestProfileSurvivesEncoding finds the source's profile in the new file, byte for byte.
func TestProfileSurvivesEncoding(t *testing.T) {
	t.Parallel()
	icc := profile("RGB ", 140_001)
	jpg := withProfile(withEXIF(jpegFile(t, 60, 40), fullEXIF(binary.LittleEndian, 3)), icc)
	pngf := encode(t, func(w io.Writer) error { return png.Encode(w, photo(90, 60, 1)) })
	pngf = withChunk(pngf, "iCCP", append([]byte("name\x00\x00"), deflate(t, icc)...))
	webpf := webpOf(vp8x(0x20, 96, 64), riffChunk("ICCP", icc), testdata(t, "lossy.webp")[12:])
	onlyJPEG, onlyPNG := media.Spec{Types: []string{media.JPEG}}, media.Spec{Types: []string{media.PNG}}
	for _, tt := range []struct {
		name string
		file []byte
		spec media.Spec
	}{
		{"jpeg to jpeg", jpg, onlyJPEG},
		{"jpeg to png", jpg, onlyPNG},
		{"png to jpeg", pngf, onlyJPEG},
		{"png scaled", pngf, media.Spec{Types: []string{media.PNG}, MaxSide: 45}},
		{"webp to jpeg", webpf, onlyJPEG},
		{"webp to png", webpf, onlyPNG},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, out := fit(t, tt.file, tt.spec)
			if diff := cmp.Diff(icc, profileOf(t, got.Info, out)); diff != "" {
				t.Errorf("profile (-want +got):\n%.400s", diff)
			}
			_ = decodeFile(t, got.Info, out)
		})
	}
}

// profileOf reads the profile of a file with other code than the package's.
func profileOf(t testing.TB, info media.Info, file []byte) []byte {
	t.Helper()
	if info.Type == media.PNG {
		_, packed, _ := bytes.Cut(chunkOf(t, file, "iCCP"), []byte{0})
		if len(packed) < 1 {
			return nil
		}
		return inflate(t, packed[1:])
	}
	var icc []byte
	for at := 2; file[at+1] != 0xDA; {
		size := int(binary.BigEndian.Uint16(file[at+2:]))
		if rest, ok := bytes.CutPrefix(file[at+4:at+2+size], []byte("ICC_PROFILE\x00")); ok {
			icc = append(icc, rest[2:]...)
		}
		at += 2 + size
	}
	return icc
}

// TestProfileOfPressGoes: with the colours converted, the profile of a printing press is wrong.
func TestProfileOfPressGoes(t *testing.T) {
	t.Parallel()
	file := withProfile(testdata(t, "cmyk.jpg"), profile("CMYK", 500))
	_, out := fit(t, file, media.Spec{MaxSide: 90})
	if bytes.Contains(out, []byte("ICC_PROFILE")) {
		t.Error("the new file has a profile")
	}
	if _, out := fit(t, file, media.Spec{}); !bytes.Contains(out, []byte("ICC_PROFILE")) {
		t.Error("the file as it came lost its profile")
	}
}

// TestKeepMetadataOverEncoding keeps EXIF, but not the orientation that was applied.
func TestKeepMetadataOverEncoding(t *testing.T) {
	t.Parallel()
	file := withEXIF(jpegFile(t, 60, 40), fullEXIF(binary.BigEndian, 6))
	if got, _ := fit(t, file, media.Spec{KeepMetadata: true}); got.Changed || got.Info.Orientation != 6 {
		t.Errorf("Fit = %+v, want the file as it came", got)
	}
	got, out := fit(t, file, media.Spec{KeepMetadata: true, MaxSide: 30})
	info, err := media.ProbeFile(bytes.NewReader(out))
	if err != nil || info.Orientation != 1 || info.Width != 20 || info.Height != 30 {
		t.Errorf("made %+v, %v", info, err)
	}
	if !slices.Contains(info.Carries, "location") || !bytes.Contains(out, []byte(secretSerial)) {
		t.Errorf("lost metadata: %v", info.Carries)
	}
	if diff := cmp.Diff(info, got.Info); diff != "" {
		t.Errorf("Info (-file +result):\n%s", diff)
	}
}

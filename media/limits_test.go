package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/media"
)

// screen is a drawing: few colours, sharp edges.
func screen(w, h int, alpha uint8) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	rnd := rand.New(rand.NewPCG(7, 7))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{240, 240, 245, alpha})
		}
	}
	for range w * h / 600 {
		x, y, c := rnd.IntN(w), rnd.IntN(h), color.NRGBA{byte(rnd.IntN(6) * 40), 30, 90, 255}
		for i := range 6 {
			m.SetNRGBA(min(x+i, w-1), y, c)
		}
	}
	return m
}

func pngOfImage(t testing.TB, m image.Image) []byte {
	t.Helper()
	return encode(t, func(w io.Writer) error { return png.Encode(w, m) })
}

func deep(m image.Image) *image.NRGBA64 {
	b := m.Bounds()
	out := image.NewNRGBA64(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}

var onlyJPEG = []string{media.JPEG}

// TestFitKinds brings every kind of picture to what a platform of JPEG takes, and to PNG where there is one.
func TestFitKinds(t *testing.T) {
	t.Parallel()
	still := gifFile(t, 96, 64, 1)
	noisy := photo(200, 150, 3)
	tests := []struct {
		name  string
		file  []byte
		spec  media.Spec
		want  string // type
		steps []string
		same  bool // as the four quarters
	}{
		{"progressive jpeg", testdata(t, "progressive.jpg"), media.Spec{MaxSide: 48}, media.JPEG, []string{"scaled 96 × 64 → 48 × 32"}, true},
		{"cmyk jpeg", testdata(t, "cmyk.jpg"), media.Spec{MaxSide: 48}, media.JPEG, []string{"CMYK → RGB", "scaled 96 × 64 → 48 × 32"}, false},
		{"grey jpeg", testdata(t, "grey.jpg"), media.Spec{MaxSide: 48}, media.JPEG, []string{"scaled 96 × 64 → 48 × 32"}, false},
		{"jpeg 4:1:1", testdata(t, "411.jpg"), media.Spec{MaxSide: 48}, media.JPEG, nil, true},
		{"16-bit png", testdata(t, "16bit.png"), media.Spec{MaxSide: 48}, media.PNG, []string{"16 → 8 bits a colour"}, true},
		{"16-bit png to jpeg", testdata(t, "16bit.png"), media.Spec{Types: onlyJPEG}, media.JPEG, []string{"16 → 8 bits a colour", "converted from PNG"}, true},
		{"16-bit png with transparency", pngOfImage(t, deep(screen(96, 64, 128))), media.Spec{MaxSide: 48}, media.PNG, []string{"16 → 8 bits a colour"}, false},
		{"interlaced png", interlacedPNG(t, quarters(96, 64)), media.Spec{MaxSide: 48}, media.PNG, nil, true},
		{"png with a palette, turned", withChunk(pngFile(t, 96, 64), "eXIf", fullEXIF(binary.BigEndian, 6)), media.Spec{}, media.PNG, []string{"turned upright"}, false},
		{"png photograph too large", pngOfImage(t, noisy), media.Spec{MaxBytes: 20_000}, media.JPEG, []string{"converted from PNG"}, false},
		{"png photograph too wide", pngOfImage(t, noisy), media.Spec{MaxSide: 100}, media.PNG, []string{"scaled 200 × 150 → 100 × 75"}, false},
		{"png drawing too large", pngOfImage(t, deep(screen(600, 400, 255))), media.Spec{MaxBytes: 3_500}, media.PNG, []string{"16 → 8 bits a colour"}, false},
		{"transparent png too large", pngOfImage(t, screen(800, 600, 100)), media.Spec{MaxBytes: 7_000}, media.PNG, nil, false},
		{"transparent png where only jpeg is taken", pngOfImage(t, screen(90, 60, 100)), media.Spec{Types: onlyJPEG}, media.JPEG, []string{"transparency laid on white"}, false},
		{"gif", still, media.Spec{Types: onlyJPEG}, media.JPEG, []string{"converted from GIF"}, false},
		{"gif to png", still, media.Spec{Types: []string{media.JPEG, media.PNG}}, media.PNG, []string{"converted from GIF"}, false},
		{"lossy webp", testdata(t, "lossy.webp"), media.Spec{Types: []string{media.JPEG, media.PNG}}, media.JPEG, []string{"converted from WebP"}, true},
		{"lossless webp", testdata(t, "lossless.webp"), media.Spec{Types: []string{media.JPEG, media.PNG}}, media.PNG, []string{"converted from WebP"}, true},
		{"transparent webp", testdata(t, "alpha.webp"), media.Spec{Types: []string{media.JPEG, media.PNG}}, media.PNG, []string{"converted from WebP"}, false},
		{"jpeg where only png is taken", jpegFile(t, 30, 20), media.Spec{Types: []string{media.PNG}}, media.PNG, []string{"converted from JPEG"}, false},
		{"a jpeg named .png", jpegFile(t, 30, 20), media.Spec{Types: onlyJPEG}, media.JPEG, nil, false},
		{
			"turned webp", webpOf(vp8x(0x08, 96, 64), testdata(t, "lossy.webp")[12:], riffChunk("EXIF", fullEXIF(binary.BigEndian, 3))),
			media.Spec{},
			media.JPEG,
			[]string{"turned upright", "location, serial number, camera and time removed"},
			false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, out := fit(t, tt.file, tt.spec)
			info, err := media.ProbeFile(bytes.NewReader(out))
			if err != nil || info.Type != tt.want {
				t.Fatalf("made %+v, %v, want %s; %v", info, err, tt.want, got.Steps)
			}
			checkWithin(t, out, tt.spec)
			m := decodeFile(t, info, out)
			if tt.same {
				checkUpright(t, m)
			}
			all := strings.Join(got.Steps, "\n")
			for _, step := range tt.steps {
				if !strings.Contains(all, step) {
					t.Errorf("steps %q lack %q", got.Steps, step)
				}
			}
			if _, ok := m.(*image.Gray); tt.name == "grey jpeg" && !ok {
				t.Errorf("grey became %T", m)
			}
		})
	}
}

// checkWithin holds a file against what a platform takes.
func checkWithin(t testing.TB, file []byte, spec media.Spec) {
	t.Helper()
	info, err := media.ProbeFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	long, area := max(info.Width, info.Height), int64(info.Width)*int64(info.Height)
	switch {
	case spec.MaxBytes > 0 && int64(len(file)) > spec.MaxBytes:
		t.Errorf("it has %d bytes of %d", len(file), spec.MaxBytes)
	case spec.MaxSide > 0 && long > spec.MaxSide, spec.MaxPixels > 0 && area > spec.MaxPixels:
		t.Errorf("it is %d × %d", info.Width, info.Height)
	case info.Orientation != 1 && !spec.KeepMetadata:
		t.Errorf("it is not upright but %d", info.Orientation)
	}
	if !spec.KeepMetadata {
		checkClean(t, file)
	}
}

// TestFitSteps tells in order what was done.
func TestFitSteps(t *testing.T) {
	t.Parallel()
	file := withEXIF(photoFile(t, 1200, 900, 95), fullEXIF(binary.LittleEndian, 6))
	got, out := fit(t, file, media.Spec{Types: onlyJPEG, MaxSide: 600})
	want := []string{
		"", "turned upright", "scaled 900 × 1200 → 450 × 600", "JPEG q95", "location, serial number, camera and time removed",
	}
	if !strings.Contains(got.Steps[0], " → ") || !strings.HasSuffix(got.Steps[0], "B") {
		t.Errorf("first step %q, want sizes", got.Steps[0])
	}
	want[0] = got.Steps[0]
	if diff := cmp.Diff(want, got.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if len(out) > len(file) {
		t.Errorf("it grew from %d to %d", len(file), len(out))
	}
}

// TestFitNotLarger does not blow up a poor picture that must be turned.
func TestFitNotLarger(t *testing.T) {
	t.Parallel()
	file := withEXIF(photoFile(t, 640, 480, 76), fullEXIF(binary.LittleEndian, 3))
	got, out := fit(t, file, media.Spec{})
	if len(out) > len(file)*11/10 {
		t.Errorf("%d bytes became %d: %v", len(file), len(out), got.Steps)
	}
}

// TestFitUsesTheLimit gives up no more quality than it must.
func TestFitUsesTheLimit(t *testing.T) {
	t.Parallel()
	file := photoFile(t, 800, 600, 98)
	for _, limit := range []int64{100_000, 50_000, 15_000} {
		got, out := fit(t, file, media.Spec{MaxBytes: limit})
		if int64(len(out)) > limit || int64(len(out)) < limit*6/10 {
			t.Errorf("limit %d: %d bytes, %v", limit, len(out), got.Steps)
		}
	}
}

// TestFitNoResize would rather refuse than scale.
func TestFitNoResize(t *testing.T) {
	t.Parallel()
	file := photoFile(t, 400, 300, 98)
	got, _ := fit(t, file, media.Spec{NoResize: true, MaxBytes: int64(len(file)) / 2})
	if got.Info.Width != 400 || got.Info.Height != 300 {
		t.Errorf("Fit = %+v, want the same size", got)
	}
	for _, spec := range []media.Spec{{NoResize: true, MaxBytes: 3000}, {NoResize: true, MaxSide: 399}, {NoResize: true, MaxPixels: 119_999}} {
		refused(t, withoutFFmpeg(), file, spec, "")
	}
}

// refused returns the refusal and its hint.
func refused(t testing.TB, f *media.Fitter, file []byte, spec media.Spec, reason string) *media.FitError {
	t.Helper()
	var out bytes.Buffer
	got, err := f.Fit(t.Context(), bytes.NewReader(file), &out, spec)
	fitErr, ok := errors.AsType[*media.FitError](err)
	if !ok {
		t.Fatalf("Fit = %+v, %v, want a FitError", got, err)
	}
	if !strings.Contains(fitErr.Error(), reason) || out.Len() > 0 || fitErr.Hint == "" && !strings.Contains(fitErr.Reason, "smaller") {
		t.Errorf("refused with %+v after %d bytes, want %q", fitErr, out.Len(), reason)
	}
	return fitErr
}

func TestFitAspect(t *testing.T) {
	t.Parallel()
	instagram := media.Spec{Types: onlyJPEG, MinAspect: 0.8, MaxAspect: 1.91}
	fit(t, jpegFile(t, 1080, 1350), instagram)
	fit(t, jpegFile(t, 1080, 566), instagram) // 1.9081
	refused(t, withoutFFmpeg(), jpegFile(t, 100, 130), instagram, "at least 0.8 times")
	refused(t, withoutFFmpeg(), jpegFile(t, 200, 100), instagram, "at most 1.91 times")
	turned := withEXIF(jpegFile(t, 130, 100), fullEXIF(binary.LittleEndian, 6))
	refused(t, withoutFFmpeg(), turned, instagram, "it is 100 × 130 pixels")
}

func TestFitWrongType(t *testing.T) {
	t.Parallel()
	refused(t, withoutFFmpeg(), jpegFile(t, 10, 10), media.Spec{Types: []string{media.MP4}}, "it is a JPEG file; the platform takes MP4")
}

// TestFitRareJPEG says what is rare about a file whose header can be read and whose picture cannot.
func TestFitRareJPEG(t *testing.T) {
	t.Parallel()
	file := slices.Concat(jpegHeader(90, 60), []byte{0xFF, 0xDA, 0, 2, 0xFF, 0xD9})
	file[6] = 12 // bits
	refused(t, withoutFFmpeg(), file, media.Spec{MaxSide: 50}, "JPEG of a rare kind")
	if got, _ := fit(t, file, media.Spec{}); got.Changed {
		t.Errorf("Fit = %+v, want it as it is", got)
	}
}

// TestFitTooLarge gives up in the end.
func TestFitTooLarge(t *testing.T) {
	t.Parallel()
	refused(t, withoutFFmpeg(), photoFile(t, 1000, 800, 90), media.Spec{MaxBytes: 1500}, "cannot be made smaller than 2 kB")
}

// TestFitAnimations are never made still.
func TestFitAnimations(t *testing.T) {
	t.Parallel()
	anim := gifFile(t, 30, 20, 4)
	f := withoutFFmpeg()
	t.Run("passes", func(t *testing.T) {
		t.Parallel()
		for _, file := range [][]byte{anim, testdata(t, "animated.webp"), testdata(t, "animated.png")} {
			if got, _ := fit(t, file, media.Spec{}); got.Changed || !got.Info.Animated || got.Info.Duration == 0 {
				t.Errorf("Fit = %+v", got)
			}
		}
	})
	t.Run("wanted as video", func(t *testing.T) {
		t.Parallel()
		if got, _ := fit(t, anim, media.Spec{GIFVideo: true, Types: []string{media.GIF}}); len(got.Steps) > 0 {
			t.Errorf("Fit = %+v, want no word of a video that is not taken", got)
		}
		got, _ := fit(t, anim, media.Spec{GIFVideo: true})
		if got.Changed || len(got.Steps) != 1 || !strings.Contains(got.Steps[0], "still") {
			t.Errorf("Fit = %+v, want one step", got)
		}
	})
	t.Run("lies on its side", func(t *testing.T) {
		t.Parallel()
		lying := withChunk(testdata(t, "animated.png"), "eXIf", fullEXIF(binary.BigEndian, 6))
		refused(t, f, lying, media.Spec{}, "lies on its side")
	})
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		refused(t, f, anim, media.Spec{MaxBytes: 100}, "animated GIF of")
		refused(t, f, anim, media.Spec{MaxSide: 20}, "30 × 20 pixels")
		refused(t, f, testdata(t, "animated.png"), media.Spec{Types: onlyJPEG}, "animated PNG, which the platform does not take")
		refused(t, f, testdata(t, "animated.webp"), media.Spec{Types: onlyJPEG}, "animated WebP")
		if e := refused(t, f, anim, media.Spec{Types: []string{media.JPEG, media.MP4}}, "animated GIF"); !strings.Contains(e.Hint, "ffmpeg") {
			t.Errorf("hint %q, want ffmpeg", e.Hint)
		}
	})
}

// TestFitRefusesBombs goes by what headers say, and reads little.
func TestFitRefusesBombs(t *testing.T) {
	t.Parallel()
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 50_000), 50_000)
	pngBomb := pngOf(rawChunk("IHDR", append(ihdr, 8, 2, 0, 0, 0)), rawChunk("IDAT", deflate(t, make([]byte, 1<<20))), rawChunk("IEND", nil))
	frame := []byte{',', 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0}
	gifBomb := append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), frame...)
	gifBomb = append(gifBomb, ';')
	many := []byte("GIF89a\xa0\x0f\xa0\x0f\x00\x00\x00") // 4000 × 4000
	for range 2000 {
		many = append(many, frame...)
	}
	many = append(many, ';')
	lossless := testdata(t, "lossless.webp")[12:]
	inner := bytes.Clone(lossless)
	binary.LittleEndian.PutUint32(inner[9:], 0x0fffffff) // 16384 × 16384
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"png", "it has 50,000 × 50,000 pixels; at most 67 megapixels", pngBomb},
		{"jpeg", "65,535 × 65,535", slices.Concat(jpegHeader(65535, 65535), []byte{0xFF, 0xDA, 0, 2, 0xFF, 0xD9})},
		{"gif", "65,535 × 65,535", gifBomb},
		{"gif of many frames", "2,000 frames of 4000 × 4000", many},
		{"webp that is larger inside", "10 × 10", webpOf(vp8x(0, 10, 10), inner)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refused(t, withoutFFmpeg(), tt.file, media.Spec{}, tt.want)
			if _, err := withoutFFmpeg().Thumbnail(t.Context(), bytes.NewReader(tt.file), io.Discard, 100, 0); err == nil {
				t.Error("Thumbnail took it")
			}
		})
	}
}

// TestFitDamaged tells what is wrong of files that are cut off or lie.
func TestFitDamaged(t *testing.T) {
	t.Parallel()
	jpg, pngf := photoFile(t, 64, 48, 90), pngOfImage(t, quarters(64, 48))
	tall := bytes.Clone(jpg) // the header promises more rows
	at := bytes.Index(tall, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(tall[at+5:], 480)
	flipped := bytes.Clone(pngf)
	flipped[len(flipped)-30]++
	huge := pngOf(rawChunk("IHDR", []byte{0, 0, 0, 64, 0, 0, 4, 0, 8, 6, 0, 0, 0}), rawChunk("IDAT", chunkOf(t, pngf, "IDAT")), rawChunk("IEND", nil))
	small := media.Spec{MaxSide: 20}
	tests := []struct {
		name string
		file []byte
		spec media.Spec
		want string
	}{
		{"jpeg cut", cut(jpg, 50), media.Spec{}, "it is cut off"},
		{"progressive jpeg cut", cut(testdata(t, "progressive.jpg"), 50), media.Spec{}, "it is cut off"},
		{"jpeg with fewer rows", tall, small, "image/jpeg"},
		{"png cut", cut(pngf, 20), media.Spec{}, "it is cut off"},
		{"png without its end", cut(pngf, 12), media.Spec{}, "it is cut off"},
		{"png, wrong sum", flipped, media.Spec{}, "the checksum of IDAT is wrong"},
		{"png with fewer rows", huge, small, "image/png"},
		{"gif cut in a frame", cut(gifFile(t, 60, 40, 2), 10), media.Spec{}, "it is cut off"},
		{"webp cut", cut(testdata(t, "lossy.webp"), 10), media.Spec{}, "it is cut off"},
		{"webp chunk too long", webpOf(vp8x(0, 9, 9), []byte("VP8 \xff\xff\x00\x00abcdefghijkl")), media.Spec{}, "longer than the file says"},
		{"webp that is larger inside", webpOf(vp8x(0, 10, 10), testdata(t, "lossy.webp")[12:]), media.Spec{Types: onlyJPEG}, "image/webp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := withoutFFmpeg().Fit(t.Context(), bytes.NewReader(tt.file), &out, tt.spec)
			if _, ok := errors.AsType[*media.CorruptError](err); !ok || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
				t.Errorf("Fit = %+v, %v with %d bytes, want %q", got, err, out.Len(), tt.want)
			}
		})
	}
	for name, file := range map[string]string{"empty": "", "text": "hello", "photo of a phone": string(ftyp("heic", "mif1", "heic"))} {
		if got, err := withoutFFmpeg().Fit(t.Context(), strings.NewReader(file), io.Discard, media.Spec{}); err == nil {
			t.Errorf("%s: Fit = %+v", name, got)
		}
	}
}

// TestFitProperty makes files at random and holds what comes out against the limits.
func TestFitProperty(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range 60 {
		w, h := 8+rnd.IntN(500), 8+rnd.IntN(500)
		orientation := 1 + rnd.IntN(8)
		lying := laid(quarters(w, h), orientation)
		tiff := fullEXIF([]binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian}[rnd.IntN(2)], uint16(orientation))
		var file []byte
		if rnd.IntN(2) == 0 {
			file = withEXIF(encode(t, func(w io.Writer) error { return jpeg.Encode(w, lying, &jpeg.Options{Quality: 75 + rnd.IntN(25)}) }), tiff)
		} else {
			file = withChunk(pngOfImage(t, lying), "eXIf", tiff)
		}
		spec := media.Spec{
			MaxBytes:  []int64{0, 6000, 12_000, 50_000}[rnd.IntN(4)],
			MaxPixels: []int64{0, 20_000, 100_000}[rnd.IntN(3)],
			MaxSide:   []int{0, 40, 200, 450}[rnd.IntN(4)],
			Types:     [][]string{nil, onlyJPEG, {media.PNG, media.JPEG}, {media.PNG}}[rnd.IntN(4)],
		}
		name := fmt.Sprintf("%d: %d×%d orientation %d %s", i, w, h, orientation, spec.Key())
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, out := fit(t, file, spec)
			checkWithin(t, out, spec)
			if len(spec.Types) > 0 && !slices.Contains(spec.Types, got.Info.Type) {
				t.Errorf("made %s", got.Info.Type)
			}
			if min(got.Info.Width, got.Info.Height) >= 32 { // less is all edge
				checkUpright(t, decodeFile(t, got.Info, out))
			}
			if again, _ := fit(t, out, spec); again.Changed {
				t.Errorf("fitting again: %v", again.Steps)
			}
		})
	}
}

// TestFitSharesTheBudget lets many fits at once finish in little memory, and turns away who gave up.
func TestFitSharesTheBudget(t *testing.T) {
	t.Parallel()
	file := photoFile(t, 500, 400, 95)
	f := media.NewFitter(media.Config{FFmpeg: "none", Budget: 1_200_000})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := f.Fit(t.Context(), bytes.NewReader(file), io.Discard, media.Spec{MaxSide: 200}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	refused(t, f, jpegFile(t, 1000, 800), media.Spec{}, "at most 0 megapixels")
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := f.Fit(ctx, bytes.NewReader(file), io.Discard, media.Spec{MaxSide: 200}); !errors.Is(err, stopped) {
		t.Errorf("Fit: %v, want %v", err, stopped)
	}
}

// TestFitErrorsOfStreams are passed on.
func TestFitErrorsOfStreams(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	file := withEXIF(photoFile(t, 100, 80, 90), fullEXIF(binary.LittleEndian, 1))
	for name, spec := range map[string]media.Spec{"copied": {}, "encoded": {MaxSide: 50}} {
		if _, err := withoutFFmpeg().Fit(t.Context(), bytes.NewReader(file), writerOf(broken), spec); !errors.Is(err, broken) {
			t.Errorf("%s: %v, want %v", name, err, broken)
		}
	}
	if _, err := withoutFFmpeg().Fit(t.Context(), &brokenFile{bytes.NewReader(file), broken}, io.Discard, media.Spec{}); !errors.Is(err, broken) {
		t.Errorf("reading: %v, want %v", err, broken)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func writerOf(err error) io.Writer { return writerFunc(func([]byte) (int, error) { return 0, err }) }

// brokenFile fails in its second half.
type brokenFile struct {
	*bytes.Reader
	err error
}

func (b *brokenFile) Read(p []byte) (int, error) {
	half := b.Size() / 2
	if at := b.Size() - int64(b.Len()); at >= half {
		return iotest.ErrReader(b.err).Read(p)
	} else if int64(len(p)) > half-at {
		p = p[:half-at]
	}
	return b.Reader.Read(p)
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"jpeg": withEXIF(photoFile(t, 800, 600, 90), fullEXIF(binary.LittleEndian, 6)),
		"png":  pngOfImage(t, screen(500, 400, 90)), "gif": gifFile(t, 30, 20, 3), "webp": testdata(t, "alpha.webp"),
		"animated png": testdata(t, "animated.png"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := withoutFFmpeg().Thumbnail(t.Context(), bytes.NewReader(file), &out, 160, 9000)
			if err != nil {
				t.Fatal(err)
			}
			checkWithin(t, out.Bytes(), media.Spec{MaxSide: 160, MaxBytes: 9000})
			if got.Info.Type != media.JPEG || got.Info.Animated {
				t.Errorf("made %+v", got)
			}
		})
	}
	refusedThumbnail(t, testdata(t, "animated.webp"), "animated WebP")
	_, err := withoutFFmpeg().Thumbnail(t.Context(), bytes.NewReader(testdata(t, "phone.mov")), io.Discard, 100, 0)
	if !errors.Is(err, media.ErrNoFFmpeg) {
		t.Errorf("of a video: %v, want ErrNoFFmpeg", err)
	}
}

func refusedThumbnail(t testing.TB, file []byte, reason string) {
	t.Helper()
	_, err := withoutFFmpeg().Thumbnail(t.Context(), bytes.NewReader(file), io.Discard, 100, 0)
	if misfit, ok := errors.AsType[*media.FitError](err); !ok || !strings.Contains(misfit.Reason, reason) {
		t.Errorf("Thumbnail: %v, want %q", err, reason)
	}
}

// TestThumbnailOfFitting is made even where nothing would be to do: it is always written.
func TestThumbnailOfFitting(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	got, err := withoutFFmpeg().Thumbnail(t.Context(), bytes.NewReader(jpegFile(t, 20, 10)), &out, 160, 0)
	if err != nil || !got.Changed || out.Len() == 0 || got.Info.Width != 20 {
		t.Errorf("Thumbnail = %+v, %v with %d bytes", got, err, out.Len())
	}
}

// TestSpecKey spells every field: what is not in the key would be fitted once for two platforms.
func TestSpecKey(t *testing.T) {
	t.Parallel()
	specs := []media.Spec{
		{},
		{Types: []string{"a"}},
		{Types: []string{"a", "b"}},
		{MaxBytes: 1},
		{MaxPixels: 1},
		{MaxSide: 1},
		{MinAspect: 1},
		{MaxAspect: 1},
		{VideoMaxBytes: 1},
		{VideoMaxPixels: 1},
		{MaxDuration: 1},
		{MaxFPS: 1},
		{GIFVideo: true},
		{KeepMetadata: true},
		{NoResize: true},
	}
	seen := map[string]media.Spec{}
	for _, s := range specs {
		if other, ok := seen[s.Key()]; ok {
			t.Errorf("%+v and %+v have one key", s, other)
		}
		seen[s.Key()] = s
	}
	a, b := media.Spec{Types: []string{"b", "a"}}, media.Spec{Types: []string{"a", "b", "b"}}
	if f := withoutFFmpeg(); f.Key(a) != a.Key()+" ffmpeg=false" {
		t.Errorf("key of a fitter %q", f.Key(a))
	}
	if a.Key() != b.Key() || !strings.HasPrefix(a.Key(), "v1 ") {
		t.Errorf("keys %q, %q", a.Key(), b.Key())
	}
}

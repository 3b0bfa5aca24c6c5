package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/webp"

	"github.com/hayon/hayon/media"
)

// seeds are small files of all kinds.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	files := [][]byte{
		webpLossless, webpAnimated, gifFile(f, 3, 2, 2), interlacedPNG(f, quarters(9, 7)), pngOfImage(f, deep(quarters(5, 4))),
		withProfile(withEXIF(jpegFile(f, 8, 8), fullEXIF(binary.BigEndian, 6)), profile("RGB ", 200)),
		withChunk(pngFile(f, 3, 2), "eXIf", fullEXIF(binary.LittleEndian, 8)),
	}
	for _, tt := range strippable(f) {
		if len(tt.file) < 20_000 {
			files = append(files, tt.file)
		}
	}
	for _, name := range []string{"progressive.jpg", "cmyk.jpg", "grey.jpg", "411.jpg", "16bit.png", "alpha.webp", "animated.png", "animated.webp"} {
		files = append(files, testdata(f, name))
	}
	return files
}

// FuzzProbeFile holds what is found against sense, and against [media.Probe].
func FuzzProbeFile(f *testing.F) {
	for _, file := range mp4Layouts() {
		f.Add(file)
	}
	f.Add(testdata(f, "fragmented.mp4"))
	place := film{handler: "meta", codec: "gpmd", samples: 3, size: 5, id: 3, chunk: 60}
	f.Add(slices.Concat(brands, mp4Box("mdat", make([]byte, 90)), mp4Box("moov", mvhd(), vide.trak(), place.trak())))
	for _, file := range seeds(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := media.ProbeFile(bytes.NewReader(file))
		quick, quickErr := media.Probe(bytes.NewReader(file))
		if got.Type != quick.Type {
			t.Fatalf("ProbeFile = %+v, Probe = %+v", got, quick)
		}
		if err != nil {
			checkKnown(t, err)
			return
		}
		if quickErr != nil {
			t.Fatalf("ProbeFile = %+v, Probe: %v", got, quickErr)
		}
		if got.Duration < 0 || got.FPS < 0 || got.Frames < 0 || got.Width < 0 || got.Height < 0 {
			t.Fatalf("ProbeFile = %+v", got)
		}
	})
}

// checkKnown lets no error through but those that are promised.
func checkKnown(t *testing.T, err error) {
	t.Helper()
	_, corrupt := errors.AsType[*media.CorruptError](err)
	_, unknown := errors.AsType[*media.UnknownTypeError](err)
	_, misfit := errors.AsType[*media.FitError](err)
	if !corrupt && !unknown && !misfit && !errors.Is(err, media.ErrEmpty) {
		t.Fatalf("%v is no promised error", err)
	}
}

// FuzzStrip removes metadata: what could be decoded is the same picture afterwards, and once is enough.
func FuzzStrip(f *testing.F) {
	for _, file := range append(seeds(f), testdata(f, "fragmented.mp4"), mp4Layouts()["moov at the end"]) {
		f.Add(file)
	}
	fitter := media.NewFitter(media.Config{FFmpeg: "none", Budget: 16 << 20})
	f.Fuzz(func(t *testing.T, file []byte) {
		info, err := media.ProbeFile(bytes.NewReader(file))
		if err != nil || info.Orientation > 1 {
			return
		}
		var out bytes.Buffer
		got, err := fitter.Fit(t.Context(), bytes.NewReader(file), &out, media.Spec{})
		if err != nil {
			checkKnown(t, err)
			return
		}
		if !got.Changed {
			return
		}
		again, err := fitter.Fit(t.Context(), bytes.NewReader(out.Bytes()), io.Discard, media.Spec{})
		if err != nil || again.Changed || len(again.Info.Carries) > 0 {
			t.Fatalf("again: %+v, %v", again, err)
		}
		before, err := decodeAny(info, file)
		if err != nil || before == nil {
			return
		}
		after, err := decodeAny(info, out.Bytes())
		if err != nil || !cmp.Equal(before, after) {
			t.Fatalf("the picture changed: %v", err)
		}
	})
}

func decodeAny(info media.Info, file []byte) (image.Image, error) {
	decode := map[string]func(io.Reader) (image.Image, error){media.JPEG: jpeg.Decode, media.PNG: png.Decode, media.GIF: gif.Decode, media.WebP: webp.Decode}[info.Type]
	if decode == nil || info.Animated {
		return nil, nil //nolint:nilnil // nothing to compare
	}
	return decode(bytes.NewReader(file))
}

// FuzzFit makes files fit limits of all sorts, in little memory.
func FuzzFit(f *testing.F) {
	for i, file := range seeds(f) {
		f.Add(file, uint16(i*500), uint8(i*20), uint8(i))
	}
	fitter := media.NewFitter(media.Config{FFmpeg: "none", Budget: 16 << 20})
	types := [][]string{nil, {media.JPEG}, {media.PNG}, {media.PNG, media.JPEG}}
	f.Fuzz(func(t *testing.T, file []byte, maxBytes uint16, maxSide, kind uint8) {
		spec := media.Spec{Types: types[kind%4], MaxBytes: int64(maxBytes), MaxSide: int(maxSide), NoResize: kind&4 != 0}
		var out bytes.Buffer
		got, err := fitter.Fit(t.Context(), bytes.NewReader(file), &out, spec)
		if err != nil {
			checkKnown(t, err)
			return
		}
		if got.Info.Codec != "" || got.Info.Type == media.MP4 || got.Info.Type == media.MOV {
			return
		}
		if !got.Changed {
			out.Write(file)
		}
		info, err := media.ProbeFile(bytes.NewReader(out.Bytes()))
		if err != nil || info.Type != got.Info.Type || len(info.Carries) > 0 || info.Orientation != 1 {
			t.Fatalf("Fit = %+v, the file is %+v, %v", got, info, err)
		}
		if spec.MaxBytes > 0 && int64(out.Len()) > spec.MaxBytes || spec.MaxSide > 0 && max(info.Width, info.Height) > spec.MaxSide {
			t.Fatalf("%+v: %d bytes, %d × %d", spec, out.Len(), info.Width, info.Height)
		}
		if len(spec.Types) > 0 && !slices.Contains(spec.Types, info.Type) {
			t.Fatalf("made %s for %v", info.Type, spec.Types)
		}
	})
}

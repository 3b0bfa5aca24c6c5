package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"strings"

	"github.com/hayon/hayon/media"
)

func ExampleProbe() {
	_, err := media.Probe(strings.NewReader("a text that somebody named photo.png"))
	if unknown, ok := errors.AsType[*media.UnknownTypeError](err); ok {
		_, _ = fmt.Fprintln(os.Stdout, unknown.Type)
	}
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// text/plain
	// not a JPEG, PNG, GIF, WebP, MP4 or MOV file, but text/plain
}

func ExampleProbeFile() {
	file, err := os.Open("testdata/phone.mov")
	if err != nil {
		panic(err)
	}
	defer func() { _ = file.Close() }()
	info, err := media.ProbeFile(file)
	_, _ = fmt.Fprintln(os.Stdout, info.Type, info.Width, info.Height, info.Duration, info.Codec, info.Carries, err)
	// Output:
	// video/quicktime 64 48 2s avc1 [location software] <nil>
}

func ExampleFitter_Fit() {
	var photo, fitted bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 4000, 3000)), nil); err != nil {
		panic(err)
	}
	fitter := media.NewFitter(media.Config{})
	got, err := fitter.Fit(context.Background(), bytes.NewReader(photo.Bytes()), &fitted, media.Spec{MaxSide: 1440})
	_, _ = fmt.Fprintln(os.Stdout, got.Info.Width, got.Info.Height, got.Steps[1:], err)
	_, err = fitter.Fit(context.Background(), bytes.NewReader(photo.Bytes()), &fitted, media.Spec{MaxAspect: 1.25})
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// 1440 1080 [scaled 4000 × 3000 → 1440 × 1080 JPEG q82] <nil>
	// it is 4000 × 3000 pixels, 1.33 times as wide as high; it must be at most 1.25 times as wide as high
}

func ExampleFitter_Thumbnail() {
	var drawing, small bytes.Buffer
	if err := png.Encode(&drawing, image.NewRGBA(image.Rect(0, 0, 640, 480))); err != nil {
		panic(err)
	}
	got, err := media.NewFitter(media.Config{}).Thumbnail(context.Background(), bytes.NewReader(drawing.Bytes()), &small, 160, 20_000)
	_, _ = fmt.Fprintln(os.Stdout, got.Info.Type, got.Info.Width, got.Info.Height, err)
	// Output:
	// image/jpeg 160 120 <nil>
}

package media_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"io"
	"math"
	"testing"

	"github.com/hayon/hayon/media"
)

// seen turns a picture point by point, by the words of the EXIF standard: which side of the file is shown
// at the top and which at the left.
func seen(m image.Image, orientation int) *image.NRGBA {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			row, column := y, x
			switch orientation {
			case 2: // top, right
				column = w - 1 - x
			case 3: // bottom, right
				row, column = h-1-y, w-1-x
			case 4: // bottom, left
				row = h - 1 - y
			case 5: // left, top
				row, column = x, y
			case 6: // right, top
				row, column = b.Dy()-1-x, y
			case 7: // right, bottom
				row, column = b.Dy()-1-x, b.Dx()-1-y
			case 8: // left, bottom
				row, column = x, b.Dx()-1-y
			}
			out.Set(x, y, m.At(b.Min.X+column, b.Min.Y+row))
		}
	}
	return out
}

// apart is the mean difference of two pictures, 0 to 255.
func apart(t testing.TB, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("%v and %v differ in size", a.Bounds(), b.Bounds())
	}
	x, y := image.NewNRGBA(a.Bounds()), image.NewNRGBA(a.Bounds())
	draw.Draw(x, x.Rect, a, a.Bounds().Min, draw.Src)
	draw.Draw(y, y.Rect, b, b.Bounds().Min, draw.Src)
	sum := 0
	for i := range x.Pix {
		sum += int(max(x.Pix[i], y.Pix[i]) - min(x.Pix[i], y.Pix[i]))
	}
	return float64(sum) / float64(len(x.Pix))
}

// TestFitTurnsEveryKind compares with a turn point by point, for each way in which pictures lie in memory.
func TestFitTurnsEveryKind(t *testing.T) {
	t.Parallel()
	palette := image.NewPaletted(image.Rect(0, 0, 37, 23), color.Palette{color.Black, corners[0], corners[1], corners[3]})
	draw.Draw(palette, palette.Rect, quarters(37, 23), image.Point{}, draw.Src)
	files := map[string][]byte{
		"grey jpeg": testdata(t, "grey.jpg"), "jpeg 4:1:1": testdata(t, "411.jpg"), "progressive jpeg": testdata(t, "progressive.jpg"),
		"odd jpeg": encode(t, func(w io.Writer) error { return jpeg.Encode(w, photo(61, 45, 2), &jpeg.Options{Quality: 97}) }),
		"palette":  pngOfImage(t, palette), "opaque png": pngOfImage(t, quarters(37, 23)), "transparent png": pngOfImage(t, screen(40, 30, 100)),
	}
	for name, file := range files {
		for orientation := 2; orientation <= 8; orientation++ {
			t.Run(fmt.Sprintf("%s %d", name, orientation), func(t *testing.T) {
				t.Parallel()
				info, err := media.Probe(bytes.NewReader(file))
				if err != nil {
					t.Fatal(err)
				}
				want := seen(decodeFile(t, info, file), orientation)
				lying := withChunk(file, "eXIf", fullEXIF(binary.BigEndian, uint16(orientation)))
				limit := 0.0
				if info.Type == media.JPEG {
					lying = withEXIF(file, fullEXIF(binary.LittleEndian, uint16(orientation)))
					limit = 3
				}
				got, out := fit(t, lying, media.Spec{})
				if d := apart(t, want, decodeFile(t, got.Info, out)); d > limit {
					t.Errorf("it is %.2f apart: %v", d, got.Steps)
				}
			})
		}
	}
}

// TestFitTurnsOddSides finds colours that were shifted against brightness by the turn.
func TestFitTurnsOddSides(t *testing.T) {
	t.Parallel()
	waves := image.NewNRGBA(image.Rect(0, 0, 61, 45))
	wave := func(v float64) byte { return byte(128 + 100*math.Sin(v)) }
	for y := range 45 {
		for x := range 61 {
			waves.SetNRGBA(x, y, color.NRGBA{wave(float64(x) / 3), wave(float64(y) / 3), wave(float64(x+y) / 4), 255})
		}
	}
	file := encode(t, func(w io.Writer) error { return jpeg.Encode(w, waves, &jpeg.Options{Quality: 97}) })
	for orientation := 2; orientation <= 8; orientation++ {
		got, out := fit(t, withEXIF(file, fullEXIF(binary.LittleEndian, uint16(orientation))), media.Spec{})
		if d := apart(t, seen(waves, orientation), decodeFile(t, got.Info, out)); d > 8 {
			t.Errorf("orientation %d: it is %.2f apart", orientation, d)
		}
	}
}

// TestFitScales compares with the average of what each point stands for, also of transparent pictures,
// whose invisible colours must not shine through.
func TestFitScales(t *testing.T) {
	t.Parallel()
	soft := image.NewNRGBA(image.Rect(0, 0, 240, 180))
	for y := range 180 {
		for x := range 240 {
			soft.SetNRGBA(x, y, color.NRGBA{byte(x), byte(y), byte(x + y/2), 255})
		}
	}
	hidden := image.NewNRGBA(soft.Rect)
	for y := range 180 {
		for x := range 240 {
			c := color.NRGBA{10, 200, 10, 255}
			if (x/40+y/40)%2 == 0 {
				c = color.NRGBA{255, 0, 255, 0}
			}
			hidden.SetNRGBA(x, y, c)
		}
	}
	got, out := fit(t, pngOfImage(t, soft), media.Spec{MaxSide: 80})
	small := decodeFile(t, got.Info, out)
	if b := small.Bounds(); b.Dx() != 80 || b.Dy() != 60 {
		t.Fatalf("made %v", b)
	}
	want := image.NewNRGBA(small.Bounds())
	for y := range 60 {
		for x := range 80 {
			want.SetNRGBA(x, y, soft.NRGBAAt(3*x+1, 3*y+1))
		}
	}
	if d := apart(t, want, small); d > 1.5 {
		t.Errorf("it is %.2f apart", d)
	}
	got, out = fit(t, pngOfImage(t, hidden), media.Spec{MaxSide: 80})
	small = decodeFile(t, got.Info, out)
	for y := range 60 {
		for x := range 80 {
			c := color.NRGBAModel.Convert(small.At(x, y)).(color.NRGBA)
			if c.A > 100 && (c.R > 40 || c.B > 40) {
				t.Fatalf("hidden colour at %d,%d: %v", x, y, c)
			}
		}
	}
}

// TestFitScalesGlass keeps the colour of what is half transparent.
func TestFitScalesGlass(t *testing.T) {
	t.Parallel()
	glass := image.NewNRGBA(image.Rect(0, 0, 90, 60))
	draw.Draw(glass, glass.Rect, image.NewUniform(color.NRGBA{200, 100, 40, 100}), image.Point{}, draw.Src)
	got, out := fit(t, pngOfImage(t, glass), media.Spec{MaxSide: 30})
	c := color.NRGBAModel.Convert(decodeFile(t, got.Info, out).At(15, 10)).(color.NRGBA)
	if far(c.R, 200) || far(c.G, 100) || far(c.B, 40) || c.A != 100 {
		t.Errorf("it became %v", c)
	}
}

// TestFitSamplesLargePictures finds the quality by tiles, of each kind that the encoder takes.
func TestFitSamplesLargePictures(t *testing.T) {
	t.Parallel()
	const w, h = 1700, 1300
	colour := photo(w, h, 5)
	grey := &image.Gray{Pix: colour.Y, Stride: colour.YStride, Rect: colour.Rect}
	rgb := image.NewRGBA(colour.Rect)
	draw.Draw(rgb, rgb.Rect, colour, image.Point{}, draw.Src)
	const limit = 300_000
	for name, file := range map[string][]byte{
		"colour": encode(t, func(w io.Writer) error { return jpeg.Encode(w, colour, &jpeg.Options{Quality: 97}) }),
		"grey":   encode(t, func(w io.Writer) error { return jpeg.Encode(w, grey, &jpeg.Options{Quality: 97}) }),
		"png":    pngOfImage(t, rgb),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, out := fit(t, file, media.Spec{MaxBytes: limit})
			if got.Info.Type != media.JPEG || len(out) > limit || len(out) < limit*6/10 {
				t.Errorf("made %d bytes: %v", len(out), got.Steps)
			}
		})
	}
}

// TestFitGIFFrame puts a first frame that is smaller than the screen in its place.
func TestFitGIFFrame(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(10, 10, 20, 20), color.Palette{color.Black, corners[0]})
	for i := range frame.Pix {
		frame.Pix[i] = 1
	}
	file := encode(t, func(w io.Writer) error {
		return gif.EncodeAll(w, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 40, Height: 30}})
	})
	got, out := fit(t, file, media.Spec{Types: []string{media.PNG}})
	m := decodeFile(t, got.Info, out)
	if b := m.Bounds(); b.Dx() != 40 || b.Dy() != 30 {
		t.Fatalf("made %v", b)
	}
	if _, _, _, a := m.At(5, 5).RGBA(); a != 0 || m.At(15, 15) != color.Color(corners[0]) {
		t.Errorf("beside the frame %v, in it %v", m.At(5, 5), m.At(15, 15))
	}
}

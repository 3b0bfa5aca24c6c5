package media_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/hayon/hayon/media"
)

func deflate(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inflate(t testing.TB, b []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// withoutFFmpeg is what most tests use: their results are the same on every machine.
func withoutFFmpeg() *media.Fitter { return media.NewFitter(media.Config{FFmpeg: "none"}) }

// fit returns the file that goes out, the source where nothing changed.
func fit(t testing.TB, file []byte, spec media.Spec) (media.Result, []byte) {
	t.Helper()
	var out bytes.Buffer
	got, err := withoutFFmpeg().Fit(t.Context(), bytes.NewReader(file), &out, spec)
	if err != nil {
		t.Fatal(err)
	}
	if got.Changed != (out.Len() > 0) {
		t.Fatalf("Changed %t with %d bytes written", got.Changed, out.Len())
	}
	if !got.Changed {
		return got, file
	}
	if got.Bytes != int64(out.Len()) {
		t.Errorf("Bytes = %d, written %d", got.Bytes, out.Len())
	}
	return got, out.Bytes()
}

// TestFitTurns makes all eight orientations upright, of even and odd sides.
func TestFitTurns(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{64, 48}, {65, 47}} {
		for orientation := 1; orientation <= 8; orientation++ {
			lying := laid(quarters(size[0], size[1]), orientation)
			jpg := encode(t, func(w io.Writer) error { return jpeg.Encode(w, lying, &jpeg.Options{Quality: 95}) })
			pngf := encode(t, func(w io.Writer) error { return png.Encode(w, lying) })
			tiff := fullEXIF(binary.BigEndian, uint16(orientation))
			for name, file := range map[string][]byte{"jpeg": withEXIF(jpg, tiff), "png": withChunk(pngf, "eXIf", tiff)} {
				t.Run(fmt.Sprintf("%s %d×%d %d", name, size[0], size[1], orientation), func(t *testing.T) {
					t.Parallel()
					got, out := fit(t, file, media.Spec{})
					if got.Info.Width != size[0] || got.Info.Height != size[1] || got.Info.Orientation != 1 {
						t.Errorf("Info = %+v, want %v upright", got.Info, size)
					}
					m := decodeFile(t, got.Info, out)
					if b := m.Bounds(); b.Dx() != size[0] || b.Dy() != size[1] {
						t.Errorf("made %v, want %v", b, size)
					}
					checkUpright(t, m)
				})
			}
		}
	}
}

// A program in the working folder is nobody's ffmpeg.
func TestFFmpegOfTheWorkingFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ffmpeg"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("PATH", ".")
	if media.NewFitter(media.Config{}).HasFFmpeg() {
		t.Error("it is taken for one")
	}
	if runtime.GOOS != "windows" && !media.NewFitter(media.Config{FFmpeg: filepath.Join(dir, "ffmpeg")}).HasFFmpeg() {
		t.Error("one that is named is not found")
	}
}

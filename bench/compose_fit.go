package main

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

const (
	// fitBytes is what Bluesky takes of a picture.
	fitBytes = 1_000_000
	// fits is how often each program fits the photograph, in turn.
	fits = 5
	// fitWait bounds one run of a program that fits.
	fitWait = 2 * time.Minute
	// In a short run pictures have a fourth of the width and height.
	shortSide   = 4
	shortPixels = shortSide * shortSide
)

// fitAnswer is what the program in testdata/fit prints.
type fitAnswer struct {
	MS, Peak float64
	Bytes    int64
	Refused  string
}

// fitter is a way to make a photograph fit: the program and its arguments.
type fitter struct {
	name, what string
	argv       []string
	// out is the file that it writes; "": it says how many bytes there are.
	out string
}

// measureFitting fits a photograph of 12 megapixels beside others, and what is meant to be too much.
func measureFitting(ctx context.Context, b *bench) ([]row, error) {
	program, err := build(ctx, b.dir, "fit", module+"/bench/testdata/fit")
	if err != nil {
		return nil, err
	}
	b.say("fitting photographs")
	rows, err := b.fitPhotograph(ctx, program)
	if err != nil {
		return rows, err
	}
	more, err := b.fitTooMuch(ctx, program)
	return append(rows, more...), err
}

// fitPhotograph has everybody fit the same photograph in turn.
func (b *bench) fitPhotograph(ctx context.Context, program string) ([]row, error) {
	photo := filepath.Join(b.dir, "photo.jpg")
	if err := b.photograph(photo, 4000, 3000, 92); err != nil {
		return nil, err
	}
	all := []fitter{{name: "ours", argv: []string{program, "fit", b.fitBytes(), photo}}}
	rows := []row{}
	for _, p := range photoPeers(b.dir, photo, b.fitBytes()) {
		path, err := exec.LookPath(p.argv[0])
		if err != nil {
			rows = append(rows, row{Name: "fit-" + p.name, What: "  the same, " + p.what, Unit: "ms", Note: err.Error()})
			continue
		}
		p.argv = append([]string{program, "run", path}, p.argv[1:]...)
		all = append(all, p)
	}
	took, last := map[string][]float64{}, map[string]fitAnswer{}
	for range b.rounds(fits) {
		for _, f := range all {
			a, err := b.fit(ctx, f)
			if err != nil {
				return rows, err
			}
			took[f.name] = append(took[f.name], a.MS)
			last[f.name] = a
		}
	}
	return append(b.photoRows(photo, all, took, last), rows...), nil
}

// photoPeers are the programs that people use for that: one that looks for the quality, too, and one that
// writes one quality.
func photoPeers(dir, photo, limit string) []fitter {
	magick, ffmpeg := filepath.Join(dir, "magick.jpg"), filepath.Join(dir, "ffmpeg.jpg")
	return []fitter{
		{
			name: "convert", what: "ImageMagick (-auto-orient -strip -define jpeg:extent)", out: magick,
			argv: []string{"convert", photo, "-auto-orient", "-strip", "-define", "jpeg:extent=" + limit, magick},
		},
		{
			name: "ffmpeg", what: "ffmpeg (-q:v 8, one quality, looks for none)", out: ffmpeg,
			argv: []string{"ffmpeg", "-y", "-loglevel", "error", "-i", photo, "-q:v", "8", ffmpeg},
		},
	}
}

// fitBytes is how many bytes a picture may have.
func (b *bench) fitBytes() string {
	if b.short {
		return strconv.Itoa(fitBytes / shortPixels)
	}
	return strconv.Itoa(fitBytes)
}

// rounds is how often something is done, in a short run once.
func (b *bench) rounds(n int) int {
	if b.short {
		return 1
	}
	return n
}

func (b *bench) photoRows(photo string, all []fitter, took map[string][]float64, last map[string]fitAnswer) []row {
	var size int64
	if info, err := os.Stat(photo); err == nil {
		size = info.Size()
	}
	ours := middle(took["ours"])
	rows := []row{
		b.figure("fit-time", ours, fmt.Sprintf("%s MB → %s MB", number(float64(size)/1e6), number(float64(last["ours"].Bytes)/1e6))),
		b.memory("fit-memory", last["ours"]),
	}
	for _, f := range all[1:] {
		a := last[f.name]
		rows = append(rows, fact("fit-"+f.name, "  the same, "+f.what, middle(took[f.name]), "ms",
			fmt.Sprintf("%s MB, %s MiB resident", number(float64(a.Bytes)/1e6), number(a.Peak/mib))))
	}
	if theirs := took["convert"]; theirs != nil {
		return append(rows, b.figure("fit-share", ours/middle(theirs), ""))
	}
	return append(rows, b.unknown("fit-share", errors.New("there is no ImageMagick")))
}

// memory is the row of the most that was resident.
func (b *bench) memory(name string, a fitAnswer) row {
	if a.Peak == 0 {
		return b.unknown(name, errNoProc)
	}
	note := fmt.Sprintf("in %s ms", number(a.MS))
	if a.Refused != "" {
		note = "refused " + note + ": " + a.Refused
	}
	return b.figure(name, a.Peak/mib, note)
}

func (b *bench) fit(ctx context.Context, f fitter) (a fitAnswer, err error) {
	ctx, stop := context.WithTimeout(ctx, fitWait)
	defer stop()
	cmd := exec.CommandContext(ctx, f.argv[0], f.argv[1:]...) //nolint:gosec // the program that this run has built
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return a, fmt.Errorf("%s: %w: %s", f.name, err, stderr.Bytes())
	}
	if err := json.Unmarshal(out, &a); err != nil {
		return a, err
	}
	if f.out != "" {
		info, err := os.Stat(f.out)
		if err != nil {
			return a, err
		}
		a.Bytes = info.Size()
	}
	return a, nil
}

// fitTooMuch is what the budget is there for: each is handled or refused within it.
func (b *bench) fitTooMuch(ctx context.Context, program string) ([]row, error) {
	var rows []row
	for _, c := range []struct {
		name, file string
		make       func(name string) error
	}{
		{"fit-40mp", "large.jpg", func(name string) error { return b.photograph(name, 7300, 5480, 90) }},
		{"fit-bomb", "bomb.png", bomb},
		{"fit-video", "long.mp4", sparseVideo},
	} {
		file := filepath.Join(b.dir, c.file)
		if err := c.make(file); err != nil {
			return rows, err
		}
		a, err := b.fit(ctx, fitter{name: c.name, argv: []string{program, "fit", b.fitBytes(), file}})
		if err != nil {
			return rows, err
		}
		rows = append(rows, b.memory(c.name, a))
		if err := os.Remove(file); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// photograph writes a picture that is as hard to make small as one of a camera: slopes, edges and noise. In
// a short run it has a sixteenth of the pixels.
func (b *bench) photograph(name string, width, height, quality int) error {
	if b.short {
		width, height = width/shortSide, height/shortSide
	}
	random := rand.New(rand.NewPCG(composeSeed, composeSeed)) //nolint:gosec // the same picture every time
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		slope := 60 * math.Sin(float64(y)/97)
		for x := range width {
			v := 128 + slope + 40*math.Sin(float64(x)/61+float64(y)/153) + float64(random.IntN(24))
			if (x/211+y/173)%5 == 0 {
				v /= 2
			}
			img.Y[y*img.YStride+x] = uint8(min(max(v, 0), 255))
		}
	}
	for i := range img.Cb {
		img.Cb[i] = uint8(128 + 40*math.Sin(float64(i)/5003))
		img.Cr[i] = uint8(128 + 40*math.Cos(float64(i)/7919))
	}
	return writeFile(name, func(w io.Writer) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: quality}) })
}

// bomb writes a PNG of 60,000 × 60,000 white pixels, which takes half a megabyte.
func bomb(name string) error {
	const side = 60_000
	return writeFile(name, func(w io.Writer) error {
		header := binary.BigEndian.AppendUint32(nil, side)
		header = append(binary.BigEndian.AppendUint32(header, side), 1, 0, 0, 0, 0) // one bit of grey
		var data bytes.Buffer
		packed := zlib.NewWriter(&data)
		line := bytes.Repeat([]byte{0xff}, 1+side/8)
		line[0] = 0 // no filter
		for range side {
			if _, err := packed.Write(line); err != nil {
				return err
			}
		}
		if err := packed.Close(); err != nil {
			return err
		}
		_, err := w.Write(slicesOf([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header), chunk("IDAT", data.Bytes()), chunk("IEND", nil)))
		return err
	})
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// chunk is one of a PNG.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data))) //nolint:gosec // far less than 4 GiB
	body := append([]byte(kind), data...)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

// box is one of an MP4.
func box(kind string, content ...[]byte) []byte {
	body := slicesOf(content...)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body))) //nolint:gosec // far less than 4 GiB
	return append(append(out, kind...), body...)
}

// numbers are 32-bit figures as an MP4 has them.
func numbers(values ...uint32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.BigEndian.AppendUint32(out, v)
	}
	return out
}

// sparseVideo writes an MP4 of 1 GiB of which nearly nothing is on the disk, with what describes it at the
// end, as cameras do.
func sparseVideo(name string) (err error) {
	const (
		gib     = 1 << 30
		seconds = 60
		scale   = 1000
	)
	where := append([]byte{0, 18, 0x15, 0xc7}, "+48.2082+016.3738/"...) // which no platform needs
	unity := []uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}
	film := numbers(append(append([]uint32{0, 0, 0, scale, seconds * scale, 0x10000, 0x01000000, 0, 0}, unity...), 0, 0, 0, 0, 0, 0, 2)...)
	track := numbers(append(append([]uint32{3, 0, 0, 1, 0, seconds * scale, 0, 0, 0, 0}, unity...), 1280<<16, 720<<16)...)
	picture := slicesOf(make([]byte, 6), []byte{0, 1}, make([]byte, 16), []byte{1280 >> 8, 1280 & 0xff, 720 >> 8, 720 & 0xff},
		numbers(0x480000, 0x480000, 0), []byte{0, 1}, make([]byte, 32), []byte{0, 24, 0xff, 0xff})
	samples := box(
		"stbl", box("stsd", numbers(0, 1), box("avc1", picture)), box("stts", numbers(0, 1, seconds, scale)),
		box("stsc", numbers(0, 1, 1, seconds, 1)), box("stsz", numbers(0, (gib-64)/seconds, seconds)), box("stco", numbers(0, 1, 40)),
	)
	moov := box(
		"moov", box("mvhd", film),
		box("trak", box("tkhd", track), box(
			"mdia", box("mdhd", numbers(0, 0, 0, scale, seconds*scale, 0)), box("hdlr", numbers(0, 0), []byte("vide"), make([]byte, 13)),
			box("minf", box("vmhd", numbers(1, 0, 0)), box("dinf", box("dref", numbers(0, 1), box("url ", numbers(1)))), samples),
		)),
		box("udta", box("\xa9xyz", where)),
	)
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head := box("ftyp", []byte("isom"), numbers(0x200), []byte("isomiso2avc1mp41"))
	if _, err := f.Write(append(head, slicesOf(numbers(gib), []byte("mdat"))...)); err != nil {
		return err
	}
	_, err = f.WriteAt(moov, int64(len(head))+gib)
	return err
}

// writeFile writes a file through a buffer.
func writeFile(name string, fn func(io.Writer) error) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	if err := fn(w); err != nil {
		return err
	}
	return w.Flush()
}

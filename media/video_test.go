package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/media"
)

// The builders of MP4 and MOV files, box by box.

func mp4Box(kind string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), kind...), body...)
}

// longBox has a 64-bit size.
func longBox(kind string, body []byte) []byte {
	b := append([]byte{0, 0, 0, 1}, kind...)
	return append(binary.BigEndian.AppendUint64(b, uint64(len(body)+16)), body...)
}

func words(v ...uint32) (b []byte) {
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// made is a time of creation, in the seconds of MP4.
const made = 0xE1234567

// film is what a test varies.
type film struct {
	handler, codec string
	width, height  uint16
	turned         bool
	samples        uint32
	chunk          uint32 // where the samples are; one chunk
	size           uint32 // of a sample
	id             uint32
	extra          []byte // boxes in trak
	wide           bool   // version 1, with 64-bit times
}

func (f film) trak() []byte {
	matrix := words(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)
	if f.turned {
		matrix = words(0, 1<<16, 0, 0xFFFF0000, 0, 0, 0, 0, 1<<30)
	}
	tkhd := slices.Concat(words(7, made, made, f.id, 0, 2000), words(0, 0, 0, 0), matrix, words(uint32(f.width)<<16, uint32(f.height)<<16))
	mdhd := words(0, made, made, 1000, 2000, 0x55c40000)
	if f.wide {
		tkhd = slices.Concat(words(0x01000007, 0, made, 0, made, f.id, 0, 0, 2000), words(0, 0, 0, 0), matrix, words(uint32(f.width)<<16, uint32(f.height)<<16))
		mdhd = words(0x01000000, 0, made, 0, made, 1000, 0, 2000, 0x55c40000)
	}
	stbl := mp4Box("stbl",
		mp4Box("stsd", words(0, 1), mp4Box(f.codec, make([]byte, 70))),
		mp4Box("stts", words(0, 1, f.samples, 40)),
		mp4Box("stsc", words(0, 1, 1, f.samples, 1)),
		mp4Box("stsz", words(0, f.size, f.samples)),
		mp4Box("stco", words(0, 1, f.chunk)))
	hdlr := mp4Box("hdlr", words(0, 0), []byte(f.handler), words(0, 0, 0), []byte("handler\x00"))
	return mp4Box("trak", mp4Box("tkhd", tkhd), f.extra, mp4Box("mdia", mp4Box("mdhd", mdhd), hdlr, mp4Box("minf", stbl)))
}

func mvhd() []byte { return mp4Box("mvhd", words(0, made, made, 1000, 2000), make([]byte, 80)) }

// iso is a location as tags spell it.
const iso = "+48.1374+011.5755/"

// tags are what a phone writes beside the film.
func tags() []byte {
	keys := mp4Box("keys", words(0, 2),
		mp4Box("mdta", []byte("com.apple.quicktime.location.ISO6709")), mp4Box("mdta", []byte("com.apple.quicktime.model")))
	ilst := mp4Box("ilst", mp4Box("\x00\x00\x00\x01", mp4Box("data", words(1, 0), []byte(iso))), mp4Box("\x00\x00\x00\x02", mp4Box("data", words(1, 0), []byte(secretCamera))))
	return slices.Concat(
		mp4Box("udta", mp4Box("\xa9xyz", []byte{0, byte(len(iso)), 0x15, 0xc7}, []byte(iso)), mp4Box("loci", words(0, 0), []byte(secretText))),
		mp4Box("meta", mp4Box("hdlr", words(0, 0), []byte("mdta"), words(0, 0, 0, 0)), keys, ilst))
}

var (
	brands = ftyp("isom", "isom", "iso2", "avc1", "mp41")
	vide   = film{handler: "vide", codec: "avc1", width: 1920, height: 1080, samples: 50, size: 10, id: 1}
	soun   = film{handler: "soun", codec: "mp4a", samples: 90, size: 4, id: 2}
)

// mp4Layouts are the same film in the forms that programs write.
func mp4Layouts() map[string][]byte {
	samples := bytes.Repeat([]byte("film "), 500)
	moov := mp4Box("moov", mvhd(), vide.trak(), soun.trak(), tags())
	wide := vide
	wide.wide = true
	xmp := mp4Box("uuid", []byte("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"), []byte(xmpPacket))
	toEnd := append([]byte("\x00\x00\x00\x00mdat"), samples...)
	return map[string][]byte{
		"moov first":        slices.Concat(brands, moov, mp4Box("mdat", samples)),
		"moov at the end":   slices.Concat(brands, mp4Box("mdat", samples), moov),
		"64-bit size":       slices.Concat(brands, longBox("mdat", samples), moov),
		"64-bit moov":       slices.Concat(brands, mp4Box("mdat", samples), longBox("moov", moov[8:])),
		"mdat to the end":   slices.Concat(brands, moov, toEnd),
		"64-bit times":      slices.Concat(brands, mp4Box("moov", mvhd(), wide.trak(), soun.trak(), tags()), mp4Box("mdat", samples)),
		"tags at the top":   slices.Concat(brands, mp4Box("moov", mvhd(), vide.trak(), soun.trak()), tags(), xmp, mp4Box("mdat", samples)),
		"tags in the track": slices.Concat(brands, mp4Box("moov", mvhd(), film{handler: "vide", codec: "avc1", width: 1920, height: 1080, samples: 50, size: 10, id: 1, extra: tags()}.trak(), soun.trak()), mp4Box("mdat", samples)),
		"what was free":     slices.Concat(brands, mp4Box("free", []byte(iso+secretSerial)), moov, mp4Box("mdat", samples)),
	}
}

func TestProbeFileMP4(t *testing.T) {
	t.Parallel()
	want := media.Info{Type: media.MP4, Width: 1920, Height: 1080, Duration: 2 * time.Second, Codec: "avc1", AudioCodec: "mp4a", FPS: 25}
	for name, file := range mp4Layouts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := media.ProbeFile(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(got.Carries, "location") || !slices.Contains(got.Carries, "time") {
				t.Errorf("carries %v, want location and time", got.Carries)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(media.Info{}, "Carries")); diff != "" {
				t.Errorf("ProbeFile (-want +got):\n%s", diff)
			}
		})
	}
}

// TestProbeFileVideos reads what ffmpeg wrote.
func TestProbeFileVideos(t *testing.T) {
	t.Parallel()
	turned := vide
	turned.turned = true
	hevc := vide
	hevc.codec = "hvc1"
	tests := []struct {
		name string
		file []byte
		want media.Info
	}{
		{"mov of ffmpeg", testdata(t, "phone.mov"), media.Info{Type: media.MOV, Width: 64, Height: 48, Duration: 2 * time.Second, Codec: "avc1", AudioCodec: "mp4a", FPS: 25, Carries: []string{"location", "software"}}},
		{"fragmented mp4 of ffmpeg", testdata(t, "fragmented.mp4"), media.Info{Type: media.MP4, Width: 64, Height: 48, Duration: 2 * time.Second, Codec: "avc1", FPS: 25, Carries: []string{"software"}}},
		{"held upright", slices.Concat(brands, mp4Box("moov", turned.trak())), media.Info{Type: media.MP4, Width: 1080, Height: 1920, Codec: "avc1", FPS: 25, Carries: []string{"time"}}},
		{"hevc", slices.Concat(brands, mp4Box("moov", hevc.trak())), media.Info{Type: media.MP4, Width: 1920, Height: 1080, Codec: "hvc1", FPS: 25, Carries: []string{"time"}}},
		{"sound alone", slices.Concat(brands, mp4Box("moov", mvhd(), soun.trak())), media.Info{Type: media.MP4, AudioCodec: "mp4a", Duration: 2 * time.Second, Carries: []string{"time"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := media.ProbeFile(bytes.NewReader(tt.file))
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("ProbeFile: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestProbeFileDamagedVideo(t *testing.T) {
	t.Parallel()
	moov := mp4Box("moov", mvhd(), vide.trak())
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"without moov", "moov box is missing", slices.Concat(brands, mp4Box("mdat", make([]byte, 50)))},
		{"cut in the film", "cut off", cut(slices.Concat(brands, moov, mp4Box("mdat", make([]byte, 50))), 9)},
		{"cut in moov", "cut off", cut(slices.Concat(brands, moov), 9)},
		{"box too short", "shorter than its own header", slices.Concat(brands, []byte("\x00\x00\x00\x07moov"))},
		{"64-bit size too short", "shorter than its own header", slices.Concat(brands, []byte("\x00\x00\x00\x01moov\x00\x00\x00\x00\x00\x00\x00\x0f"))},
		{"64-bit size too long", "cut off", slices.Concat(brands, []byte("\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff"))},
		{"box over its parent's end", "longer", slices.Concat(brands, mp4Box("moov", []byte("\x00\x00\xff\xfftrak"), make([]byte, 20)), make([]byte, 1<<16))},
		{"packed moov", "no longer used", slices.Concat(brands, mp4Box("moov", mp4Box("cmov", make([]byte, 20))))},
		{"run that lies", "more pictures than it has", slices.Concat(brands, moov, mp4Box("moof", mp4Box("traf",
			mp4Box("tfhd", words(0, 1)), mp4Box("trun", words(0x100, 1<<30)))))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := media.ProbeFile(bytes.NewReader(tt.file))
			if _, ok := errors.AsType[*media.CorruptError](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ProbeFile = %+v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// TestFitVideoInPlace overwrites what a video tells and moves nothing.
func TestFitVideoInPlace(t *testing.T) {
	t.Parallel()
	layouts := mp4Layouts()
	layouts["mov of ffmpeg"] = testdata(t, "phone.mov")
	layouts["fragmented mp4 of ffmpeg"] = testdata(t, "fragmented.mp4")
	for name, file := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := media.ProbeFile(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			got, out := fit(t, file, media.Spec{})
			if len(out) != len(file) || !got.Changed {
				t.Fatalf("%d bytes became %d: %+v", len(file), len(out), got)
			}
			checkClean(t, out)
			if bytes.Contains(out, []byte(iso)) || bytes.Contains(out, words(made)) {
				t.Error("it still tells where or when")
			}
			before.Carries = nil
			if diff := cmp.Diff(before, got.Info); diff != "" {
				t.Errorf("Info (-want +got):\n%s", diff)
			}
			if at := bytes.Index(file, []byte("film film")); at >= 0 && !bytes.Equal(file[at:at+2000], out[at:at+2000]) {
				t.Error("the film moved or changed")
			}
			if again, _ := fit(t, out, media.Spec{}); again.Changed {
				t.Errorf("fitting again: %v", again.Steps)
			}
			if kept, _ := fit(t, file, media.Spec{KeepMetadata: true}); kept.Changed {
				t.Errorf("KeepMetadata: %v", kept.Steps)
			}
		})
	}
}

// TestFitVideoTracks clears a track of positions, and what it refers to among the film.
func TestFitVideoTracks(t *testing.T) {
	t.Parallel()
	place := film{handler: "meta", codec: "gpmd", samples: 3, size: uint32(len(iso)), id: 3, chunk: uint32(len(brands) + 8 + 10)}
	mdat := mp4Box("mdat", []byte("film film "), []byte(iso+iso+iso), []byte("film film "))
	file := slices.Concat(brands, mdat, mp4Box("moov", mvhd(), vide.trak(), place.trak()))
	got, out := fit(t, file, media.Spec{})
	if bytes.Contains(out, []byte("+48")) || bytes.Contains(out, []byte("gpmd")) || bytes.Count(out, []byte("film film ")) != 2 || len(out) != len(file) {
		t.Errorf("made %q", out)
	}
	if diff := cmp.Diff([]string{"location, time and metadata track removed"}, got.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	sizes := slices.Concat(place.trak()) // the same with a size for each sample, and 64-bit places
	sizes = bytes.Replace(sizes, mp4Box("stsz", words(0, uint32(len(iso)), 3)), mp4Box("stsz", words(0, 0, 3, 18, 18, 18)), 1)
	sizes = bytes.Replace(sizes, mp4Box("stco", words(0, 1, place.chunk)), mp4Box("co64", words(0, 1, 0, place.chunk)), 1)
	grow := func(kind string, by uint32) { // boxes that contain the replaced ones
		at := bytes.Index(sizes, []byte(kind)) - 4
		binary.BigEndian.PutUint32(sizes[at:], binary.BigEndian.Uint32(sizes[at:])+by)
	}
	for _, kind := range []string{"trak", "mdia", "minf", "stbl"} {
		grow(kind, 16)
	}
	_, out = fit(t, slices.Concat(brands, mdat, mp4Box("moov", mvhd(), vide.trak(), sizes)), media.Spec{})
	if bytes.Contains(out, []byte("+48")) || bytes.Count(out, []byte("film film ")) != 2 {
		t.Errorf("made %q", out)
	}
	spread := slices.Concat(brands, mp4Box("moov", mvhd(), vide.trak(), place.trak()),
		mp4Box("moof", mp4Box("traf", mp4Box("tfhd", words(0, 3)), mp4Box("trun", words(0, 1)))), mdat)
	refused(t, withoutFFmpeg(), spread, media.Spec{}, "must be packed anew")
}

// TestFitVideoSpherical leaves what players of panoramas need.
func TestFitVideoSpherical(t *testing.T) {
	t.Parallel()
	round := mp4Box("uuid", []byte("\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd<rdf/>"))
	_, out := fit(t, slices.Concat(brands, mp4Box("moov", mvhd(), vide.trak(), round)), media.Spec{})
	if !bytes.Contains(out, round) {
		t.Error("the box is gone")
	}
}

// TestFitVideoWithoutFFmpeg says what is needed.
func TestFitVideoWithoutFFmpeg(t *testing.T) {
	t.Parallel()
	mov, mp4 := testdata(t, "phone.mov"), mp4Layouts()["moov first"]
	odd := vide
	odd.codec = "apcn"
	prores := slices.Concat(brands, mp4Box("moov", mvhd(), odd.trak()))
	onlyMP4 := []string{media.MP4}
	tests := []struct {
		name   string
		file   []byte
		spec   media.Spec
		reason string
		ffmpeg bool // would help
	}{
		{"mov", mov, media.Spec{Types: onlyMP4}, "it is a MOV file that must be packed anew", true},
		{"too large", mp4, media.Spec{VideoMaxBytes: 1000}, "the platform takes at most 1 kB", true},
		{"too many pixels", mp4, media.Spec{VideoMaxPixels: 1000}, "1920 × 1080", true},
		{"too fast", mp4, media.Spec{MaxFPS: 24}, "25 pictures a second", true},
		{"codec of studios", prores, media.Spec{}, `"apcn"`, true},
		{"too long", mp4, media.Spec{MaxDuration: time.Second}, "it takes 2s; the platform takes at most 1s", false},
		{"too wide", mp4, media.Spec{MaxAspect: 1}, "at most 1 times", false},
		{"pictures only", mp4, media.Spec{Types: onlyJPEG}, "it is a MP4 file; the platform takes JPEG", false},
		{"not to be coded", mp4, media.Spec{NoResize: true, VideoMaxPixels: 1000}, "1920 × 1080", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := refused(t, withoutFFmpeg(), tt.file, tt.spec, tt.reason)
			if strings.Contains(e.Hint, "ffmpeg") != tt.ffmpeg {
				t.Errorf("hint %q; ffmpeg helps: %t", e.Hint, tt.ffmpeg)
			}
		})
	}
}

// hugeFile is a video of a gigabyte without the gigabyte. It counts what is read.
type hugeFile struct {
	head, tail []byte
	size, at   int64
	read       int64
}

func (h *hugeFile) Seek(offset int64, whence int) (int64, error) {
	h.at = []int64{0, h.at, h.size}[whence] + offset
	return h.at, nil
}

func (h *hugeFile) Read(b []byte) (int, error) {
	if h.at >= h.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), h.size-h.at))
	clear(b[:n])
	if h.at < int64(len(h.head)) {
		copy(b[:n], h.head[h.at:])
	}
	if from := h.size - int64(len(h.tail)); h.at+int64(n) > from {
		copy(b[max(0, from-h.at):n], h.tail[max(0, h.at-from):])
	}
	h.at, h.read = h.at+int64(n), h.read+int64(n)
	return n, nil
}

// TestFitHugeVideo streams a gigabyte, and finds out what it is by reading a little.
func TestFitHugeVideo(t *testing.T) {
	t.Parallel()
	const film = 1 << 30
	head := slices.Concat(brands, []byte("\x00\x00\x00\x01mdat"), binary.BigEndian.AppendUint64(nil, film+16))
	tail := mp4Box("moov", mvhd(), vide.trak(), soun.trak(), tags())
	huge := &hugeFile{head: head, tail: tail, size: int64(len(head)) + film + int64(len(tail))}
	info, err := media.ProbeFile(huge)
	if err != nil || info.Width != 1920 || huge.read > 1<<20 {
		t.Fatalf("ProbeFile = %+v, %v after %d bytes", info, err, huge.read)
	}
	count := &counter{}
	got, err := withoutFFmpeg().Fit(t.Context(), huge, count, media.Spec{})
	if err != nil || !got.Changed || count.n != huge.size || got.Bytes != huge.size {
		t.Errorf("Fit = %+v, %v with %d bytes of %d", got, err, count.n, huge.size)
	}
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// withFFmpeg skips where the program is not there and cannot be had.
func withFFmpeg(t testing.TB) *media.Fitter {
	t.Helper()
	if runtime.GOOS == "linux" {
		servers.Program(t, "ffmpeg")
	}
	f := media.NewFitter(media.Config{TempDir: t.TempDir(), Timeout: time.Minute})
	if !f.HasFFmpeg() {
		t.Skip("ffmpeg is not in PATH")
	}
	return f
}

// video makes a moving picture with sound.
func video(t testing.TB, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	full := append([]string{"-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=30:duration=2", "-f", "lavfi", "-i", "sine=d=2", "-pix_fmt", "yuv420p", "-metadata", "location=" + iso}, args...)
	if out, err := exec.CommandContext(t.Context(), "ffmpeg", append(full, path)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFitVideoWithFFmpeg looks at what comes out with our parser and with ffmpeg's own eyes.
func TestFitVideoWithFFmpeg(t *testing.T) {
	t.Parallel()
	f := withFFmpeg(t)
	h264 := video(t, "-vf", "noise=alls=30:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "12", "-c:a", "aac", "-f", "mov")
	old := video(t, "-c:v", "mjpeg", "-q:v", "5", "-c:a", "pcm_s16le", "-f", "mov")
	sound := video(t, "-c:v", "libx264", "-c:a", "pcm_s16le", "-f", "mov")
	onlyMP4 := []string{media.MP4, media.JPEG}
	half := int64(len(h264)) / 3
	tests := []struct {
		name  string
		file  []byte
		spec  media.Spec
		want  media.Info
		steps []string
	}{
		{"mov to mp4", h264, media.Spec{Types: onlyMP4}, media.Info{Width: 320, Height: 240, FPS: 30, AudioCodec: "mp4a"}, []string{"packed anew as MP4", "location"}},
		{"with old sound", sound, media.Spec{Types: onlyMP4}, media.Info{Width: 320, Height: 240, FPS: 30, AudioCodec: "mp4a"}, []string{"sound coded anew"}},
		{"too large", h264, media.Spec{Types: onlyMP4, VideoMaxBytes: half}, media.Info{Width: 320, Height: 240, FPS: 30, AudioCodec: "mp4a"}, []string{"→", "coded anew as H.264"}},
		{"too many pixels", h264, media.Spec{VideoMaxPixels: 30_000}, media.Info{Width: 200, Height: 150, FPS: 30, AudioCodec: "mp4a"}, []string{"scaled 320 × 240 → 200 × 150"}},
		{"too fast", h264, media.Spec{MaxFPS: 15}, media.Info{Width: 320, Height: 240, FPS: 15, AudioCodec: "mp4a"}, []string{"30 → 15 pictures a second"}},
		{"old codec", old, media.Spec{Types: onlyMP4}, media.Info{Width: 320, Height: 240, FPS: 30, AudioCodec: "mp4a"}, []string{"coded anew as H.264"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := f.Fit(t.Context(), bytes.NewReader(tt.file), &out, tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if tt.spec.VideoMaxBytes > 0 && int64(out.Len()) > tt.spec.VideoMaxBytes || got.Bytes != int64(out.Len()) {
				t.Errorf("made %d bytes: %+v", out.Len(), got)
			}
			tt.want.Type, tt.want.Codec = media.MP4, "avc1"
			if diff := cmp.Diff(tt.want, got.Info, cmpopts.IgnoreFields(media.Info{}, "Duration"), cmpopts.EquateApprox(0, 1)); diff != "" {
				t.Errorf("Info (-want +got):\n%s", diff)
			}
			if math.Abs(got.Info.Duration.Seconds()-2) > 0.2 {
				t.Errorf("it takes %s", got.Info.Duration)
			}
			checkClean(t, out.Bytes())
			if bytes.Contains(out.Bytes(), []byte(iso)) || bytes.Index(out.Bytes(), []byte("moov")) > bytes.Index(out.Bytes(), []byte("mdat")) {
				t.Error("it tells its place, or has its directory behind")
			}
			checkSteps(t, got.Steps, tt.steps)
			checkPlays(t, out.Bytes())
		})
	}
}

func checkSteps(t testing.TB, got, want []string) {
	t.Helper()
	for _, step := range want {
		if !strings.Contains(strings.Join(got, "\n"), step) {
			t.Errorf("steps %q lack %q", got, step)
		}
	}
}

// checkPlays lets ffmpeg decode all of it.
func checkPlays(t testing.TB, file []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.mp4")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", path, "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("ffmpeg: %v: %s", err, out)
	}
}

// TestFitVideoInPlacePlays: what is overwritten in place still plays.
func TestFitVideoInPlacePlays(t *testing.T) {
	t.Parallel()
	withFFmpeg(t)
	for _, name := range []string{"phone.mov", "fragmented.mp4"} {
		_, out := fit(t, testdata(t, name), media.Spec{})
		checkPlays(t, out)
	}
}

// TestFitAnimationWithFFmpeg makes films of animations, of odd sides too.
func TestFitAnimationWithFFmpeg(t *testing.T) {
	t.Parallel()
	f := withFFmpeg(t)
	takes := []string{media.JPEG, media.GIF, media.PNG, media.MP4}
	for _, tt := range []struct {
		name string
		file []byte
		spec media.Spec
		w, h int
	}{
		{"wanted", gifFile(t, 31, 21, 4), media.Spec{Types: takes, GIFVideo: true}, 30, 20},
		{"too large", gifFile(t, 60, 40, 4), media.Spec{Types: takes, MaxBytes: 200}, 60, 40},
		{"png", testdata(t, "animated.png"), media.Spec{Types: []string{media.MP4}}, 96, 64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := f.Fit(t.Context(), bytes.NewReader(tt.file), &out, tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if got.Info.Type != media.MP4 || got.Info.Width != tt.w || got.Info.Height != tt.h || got.Info.Duration == 0 || got.Info.Animated {
				t.Errorf("made %+v", got)
			}
			checkPlays(t, out.Bytes())
		})
	}
}

func TestThumbnailOfVideo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	got, err := withFFmpeg(t).Thumbnail(t.Context(), bytes.NewReader(testdata(t, "phone.mov")), &out, 32, 5000)
	if err != nil || got.Info.Type != media.JPEG || got.Info.Width != 32 || got.Info.Height != 24 {
		t.Errorf("Thumbnail = %+v, %v", got, err)
	}
	checkWithin(t, out.Bytes(), media.Spec{MaxSide: 32, MaxBytes: 5000})
}

// TestFFmpegErrors says what ffmpeg said, and cleans up.
func TestFFmpegErrors(t *testing.T) {
	t.Parallel()
	withFFmpeg(t)
	dir := t.TempDir()
	f := media.NewFitter(media.Config{TempDir: dir})
	e := refused(t, f, mp4Layouts()["moov first"], media.Spec{VideoMaxPixels: 1000}, "ffmpeg cannot convert it: ")
	if len(e.Reason) > 300 || strings.Contains(e.Reason, "\n") {
		t.Errorf("reason %q, want the last line alone", e.Reason)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	hasty := media.NewFitter(media.Config{TempDir: dir, Timeout: time.Nanosecond})
	_, err := hasty.Fit(t.Context(), bytes.NewReader(testdata(t, "phone.mov")), io.Discard, media.Spec{Types: []string{media.MP4}})
	if err == nil || !strings.Contains(err.Error(), "ffmpeg took longer than 1ns") {
		t.Errorf("Fit: %v, want that it took too long", err)
	}
}

// TestFitVideoTooLong does not code what would look awful, and reads a file on the disk where it is.
func TestFitVideoTooLong(t *testing.T) {
	t.Parallel()
	f := withFFmpeg(t)
	refused(t, f, testdata(t, "phone.mov"), media.Spec{VideoMaxBytes: 9000}, "it takes 2s, which is too long for 9 kB")
	gone := slices.Concat(brands, mp4Box("moov", vide.trak()), mp4Box("mdat", make([]byte, 5000)))
	refused(t, f, gone, media.Spec{VideoMaxBytes: 4000}, "does not say how long it takes")
	file, err := os.Open(filepath.Join("testdata", "phone.mov"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var out bytes.Buffer
	got, err := f.Fit(t.Context(), file, &out, media.Spec{Types: []string{media.MP4}})
	if err != nil || got.Info.Type != media.MP4 {
		t.Errorf("Fit = %+v, %v", got, err)
	}
	checkPlays(t, out.Bytes())
}

// TestFitVideoHeldUpright keeps a film upright that lies in the file, over packing and coding.
func TestFitVideoHeldUpright(t *testing.T) {
	t.Parallel()
	f := withFFmpeg(t)
	lying := bytes.Clone(testdata(t, "phone.mov"))
	matrix := words(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)
	at := bytes.Index(lying[bytes.Index(lying, []byte("tkhd")):], matrix) + bytes.Index(lying, []byte("tkhd"))
	copy(lying[at:], words(0, 1<<16, 0, 0xFFFF0000, 0, 0, 48<<16, 0, 1<<30))
	for name, spec := range map[string]media.Spec{"packed": {Types: []string{media.MP4}}, "coded": {VideoMaxPixels: 2000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := f.Fit(t.Context(), bytes.NewReader(lying), &out, spec)
			if err != nil || got.Info.Width >= got.Info.Height {
				t.Errorf("Fit = %+v, %v, want higher than wide", got, err)
			}
		})
	}
}

// TestNoFFmpeg goes by the configuration.
func TestNoFFmpeg(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"none", filepath.Join(t.TempDir(), "nowhere")} {
		if media.NewFitter(media.Config{FFmpeg: program}).HasFFmpeg() {
			t.Errorf("%q has ffmpeg", program)
		}
	}
}

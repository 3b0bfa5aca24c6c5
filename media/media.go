package media

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// maxRead bounds how much of a file is read, in bytes. Large previews and colour
// profiles may stand before a picture's size; nothing sensible is further in.
const maxRead = 16 << 20

// sniffLen is how many bytes decide on the type.
const sniffLen = 512

// The types that Probe understands.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	GIF  = "image/gif"
	WebP = "image/webp"
	MP4  = "video/mp4"
	MOV  = "video/quicktime"
)

// Info is what the header of a file says.
type Info struct {
	// Type is one of the types above. Beside an [*UnknownTypeError] it is the type that
	// the content looks like, "application/octet-stream" if like nothing known.
	Type string
	// Width and Height are in pixels as people see the picture: with an Orientation of 5
	// to 8 they are swapped against the file. Of a video [ProbeFile] alone knows them.
	Width, Height int
	// Orientation is the EXIF orientation, 1 (upright) to 8; 1 where none is given. That of a WebP, and of
	// a PNG that gives it behind its picture, is found by [ProbeFile] alone. Zero for video.
	Orientation int
	// Animated is set for a GIF of more than one frame, an animated PNG or WebP. Of a GIF
	// whose second frame starts beyond 16 MiB it is not known and stays unset.
	Animated bool

	// What follows is found by [ProbeFile] alone.

	// Duration is how long a video or an animation takes; 0 where unknown.
	Duration time.Duration
	// Codec is that of the video as its container spells it: "avc1", "hvc1", "av01".
	Codec string
	// AudioCodec is that of the sound, spelled alike: "mp4a"; "" where there is none.
	AudioCodec string
	// FPS is the pictures of a video in a second, on average; 0 where unknown.
	FPS float64
	// Frames counts those of an animation; 0 where unknown.
	Frames int
	// Carries is what the file tells beside the picture: "location", "serial number", "camera", "time",
	// "thumbnail", "comment" and the like, the most telling first.
	Carries []string
}

// ErrEmpty is returned for a file without a byte.
var ErrEmpty = errors.New("the file is empty")

// UnknownTypeError is returned for content that is no picture or video we can read.
type UnknownTypeError struct {
	// Type is what it looks like: "text/plain", "image/heic", "video/webm",
	// "application/octet-stream" for all the rest.
	Type string
}

// Error names the type.
func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("not a JPEG, PNG, GIF, WebP, MP4 or MOV file, but %s", e.Type)
}

// CorruptError is returned for a file whose header is damaged or cut off.
type CorruptError struct {
	// Type is what the file starts as.
	Type string
	// Detail completes "… file is damaged:"; lower-case start, no period.
	Detail string
}

// Error names the type and the damage.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("the %s file is damaged: %s", e.Type, e.Detail)
}

// Probe reads the header from r, at most 16 MiB of it and mostly a few hundred bytes,
// and leaves r somewhere behind. The error is [ErrEmpty], an [*UnknownTypeError], a
// [*CorruptError], or wraps the error of r.
func Probe(r io.Reader) (Info, error) {
	limited := &io.LimitedReader{R: r, N: maxRead}
	h := &header{Reader: bufio.NewReader(limited)}
	start, err := h.Peek(sniffLen)
	if len(start) == 0 && errors.Is(err, io.EOF) {
		return Info{}, ErrEmpty
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Info{}, fmt.Errorf("reading the file: %w", err)
	}

	info := Info{Type: sniff(start), Orientation: 1}
	switch info.Type {
	case JPEG:
		err = h.jpeg(&info)
	case PNG:
		err = h.png(&info)
	case GIF:
		err = h.gif(&info)
	case WebP:
		err = h.webp(&info)
	case MP4, MOV:
		return Info{Type: info.Type}, nil
	default:
		return Info{Type: info.Type}, &UnknownTypeError{Type: info.Type}
	}
	if err == nil && (info.Width < 1 || info.Height < 1) {
		err = damage("its width or height is zero")
	}
	if err != nil {
		return Info{Type: info.Type}, explain(err, info.Type, limited.N <= 0)
	}
	if info.Orientation >= 5 {
		info.Width, info.Height = info.Height, info.Width
	}
	return info, nil
}

// damage is what the readers of formats return for a header that makes no sense.
type damage string

func (d damage) Error() string { return string(d) }

func explain(err error, mime string, atLimit bool) error {
	if !isContent(err) {
		return fmt.Errorf("reading the file: %w", err)
	}
	if d, ok := errors.AsType[damage](err); ok {
		return &CorruptError{Type: mime, Detail: string(d)}
	}
	if atLimit {
		return &CorruptError{Type: mime, Detail: "there is no picture in its first 16 MiB"}
	}
	return &CorruptError{Type: mime, Detail: "it ends in the middle of its header"}
}

// isContent reports an error that lies in the file and not in reading it.
func isContent(err error) bool {
	_, ok := errors.AsType[damage](err)
	return ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// header reads the front of a file.
type header struct{ *bufio.Reader }

// read returns the next n bytes.
func (h *header) read(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(h, b)
	return b, err
}

// skip passes over n bytes.
func (h *header) skip(n int) error {
	_, err := h.Discard(n)
	return err
}

// sniff returns the type that the first bytes of a file tell.
func sniff(b []byte) string {
	has := func(at int, magic string) bool {
		return len(b) >= at+len(magic) && string(b[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return JPEG
	case has(0, pngSignature):
		return PNG
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return GIF
	case has(0, "RIFF") && has(8, "WEBP"):
		return WebP
	case has(4, "ftyp"):
		return brand(b)
	case has(0, "\x1a\x45\xdf\xa3"):
		return "video/webm"
	case has(4, "moov"), has(4, "mdat"), has(4, "wide"):
		return MOV
	case has(0, "BM") && len(b) > 14 && b[6]|b[7]|b[8]|b[9] == 0:
		return "image/bmp"
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return "image/tiff"
	case has(0, "%PDF-"):
		return "application/pdf"
	case isText(b):
		return "text/plain"
	default:
		return "application/octet-stream"
	}
}

// isText reports UTF-8 without control characters; a code point may be cut at the end.
func isText(b []byte) bool {
	for range utf8.UTFMax - 1 {
		if utf8.Valid(b) || len(b) < sniffLen-utf8.UTFMax {
			break
		}
		b = b[:len(b)-1]
	}
	return utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7f
	}) < 0
}

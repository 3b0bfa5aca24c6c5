package media

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// More markers of JPEG.
const (
	markerSOF2  = 0xC2
	markerRST7  = 0xD7
	markerDQT   = 0xDB
	markerAPP0  = 0xE0
	markerAPP2  = 0xE2
	markerAPP11 = 0xEB
	markerAPP13 = 0xED
	markerAPP14 = 0xEE
	markerAPP15 = 0xEF
	markerCOM   = 0xFE
)

// What the data of JPEG segments starts with. Sources: https://www.w3.org/Graphics/JPEG/jfif3.pdf,
// https://www.color.org/specification/ICC.1-2022-05.pdf annex B.4,
// https://developer.adobe.com/xmp/docs/XMPSpecifications/, read 2026-11-21.
const (
	headEXIF  = "Exif\x00\x00"
	headXMP   = "http://ns.adobe.com/xap/1.0/\x00"
	headMore  = "http://ns.adobe.com/xmp/extension/\x00"
	headICC   = "ICC_PROFILE\x00"
	headMPF   = "MPF\x00"
	headJFIF  = "JFIF\x00"
	headJFXX  = "JFXX\x00"
	headAdobe = "Adobe"
	headIPTC  = "Photoshop 3.0\x00"
)

// maxICC bounds a colour profile, in bytes. Those of printing presses are the largest, at some 2 MB.
const maxICC = 4 << 20

// jpegWalk is what is known while going through a JPEG.
type jpegWalk struct {
	*survey
	src *source
	icc [][]byte // pieces of the profile, in the order of the file
	rgb bool     // Adobe's marker says that it is no YCbCr
}

// jpeg goes from marker to marker to the end of the image. What stands behind is left out.
func (s *survey) jpeg(src *source) error {
	w := &jpegWalk{survey: s, src: src}
	for {
		start, marker, stray, err := w.marker()
		if err != nil {
			return err
		}
		if stray {
			s.drops(carriesOther)
		}
		switch {
		case marker == markerEOI && !s.found:
			return damage("it has no picture")
		case marker == markerEOI:
			s.clean.keep(start, src.at)
			s.icc = joinICC(w.icc)
			if w.rgb {
				s.decode += 4 * pixels(s.info)
			}
			return s.behind(src)
		case marker == markerTEM || markerRST0 <= marker && marker <= markerSOI:
			s.clean.keep(start, src.at)
		default:
			if err := w.segment(start, marker); err != nil {
				return err
			}
		}
	}
}

// marker returns the next one and where it starts, without the fill bytes before it; stray tells of other
// bytes before it.
func (w *jpegWalk) marker() (start int64, marker byte, stray bool, err error) {
	for {
		before := w.src.at
		if err := w.src.past(0xFF); err != nil {
			return 0, 0, false, err
		}
		stray = stray || w.src.at > before+1
		for marker = 0xFF; marker == 0xFF; {
			if marker, err = w.src.readByte(); err != nil {
				return 0, 0, false, err
			}
		}
		if marker != 0 {
			return w.src.at - 2, marker, stray, nil
		}
		stray = true
	}
}

func (w *jpegWalk) segment(start int64, marker byte) error {
	b, err := w.src.read(2)
	if err != nil {
		return err
	}
	size := int64(binary.BigEndian.Uint16(b)) - 2
	if size < 0 {
		return damage("a segment is shorter than its own length")
	}
	if b, err = w.src.read(size); err != nil {
		return err
	}
	switch {
	case marker == markerSOS:
		w.found = true
		return w.scan(start)
	case isFrame(marker):
		w.frame(marker, b)
	case marker == markerDQT && w.quality == 0:
		w.quality = jpegQuality(b)
	case markerAPP0 <= marker && marker <= markerAPP15 || marker == markerCOM:
		w.application(start, marker, b)
		return nil
	}
	w.clean.keep(start, w.src.at)
	return nil
}

// scan keeps a scan's header and the coded data behind it, up to the marker that ends them.
func (w *jpegWalk) scan(start int64) error {
	for {
		at, marker, _, err := w.marker()
		if err != nil {
			return err
		}
		if marker < markerRST0 || marker > markerRST7 {
			w.clean.keep(start, at)
			return w.src.seek(at)
		}
	}
}

// frame estimates what the decoder of the standard library takes: the samples, and of a progressive
// picture four bytes for each coefficient beside.
func (w *jpegWalk) frame(marker byte, b []byte) {
	const fixed, component = 6, 3
	if len(b) < fixed || len(b) < fixed+component*int(b[5]) {
		return // the decoder refuses it
	}
	width, height := int64(binary.BigEndian.Uint16(b[3:])), int64(binary.BigEndian.Uint16(b[1:]))
	var h, v, units int64 = 1, 1, 0
	for c := range int(b[5]) {
		ratio := b[fixed+component*c+1]
		h, v = max(h, int64(ratio>>4)), max(v, int64(ratio&15))
		units += int64(ratio>>4) * int64(ratio&15)
	}
	const block = 64
	samples := up(width, 8*h) * up(height, 8*v) * units * block
	w.decode = samples
	if marker == markerSOF2 {
		w.decode += 4 * samples
	}
	if b[5] == 4 {
		w.decode += 4 * width * height
	}
}

// up divides and rounds up.
func up(a, b int64) int64 { return (a + b - 1) / b }

func pixels(info Info) int64 { return int64(info.Width) * int64(info.Height) }

// application keeps what is needed for decoding and for colours, and notes the rest.
func (w *jpegWalk) application(start int64, marker byte, b []byte) {
	has := func(head string) bool { return bytes.HasPrefix(b, []byte(head)) }
	switch {
	case marker == markerAPP0 && has(headJFIF) && len(b) >= jfifSize:
		w.jfif(start, b)
		return
	case marker == markerAPP14 && has(headAdobe):
		w.rgb = len(b) >= 12 && b[11] == 0
		w.clean.keep(start, w.src.at)
		return
	case marker == markerAPP2 && has(headICC) && len(b) > len(headICC)+2:
		if len(w.icc) < 255 {
			w.icc = append(w.icc, b[len(headICC):])
		}
		w.clean.keep(start, w.src.at)
		return
	case marker == 0xE1 && has(headEXIF):
		w.exif(b[len(headEXIF):])
		b = slices.Concat([]byte(headEXIF), upright(b[len(headEXIF):]))
	case marker == 0xE1 && (has(headXMP) || has(headMore)):
		w.xmp(b)
	case marker == markerAPP0 && has(headJFXX):
		w.drops(carriesThumbnail)
		return
	case marker == markerAPP2 && has(headMPF):
		w.drops(carriesPicture) // it gives places in the file, so it is of no use in another
		return
	case marker == markerAPP11:
		w.drops(carriesOrigin)
		return
	case marker == markerAPP13 && has(headIPTC):
		w.drops(carriesIPTC)
	case marker == markerCOM:
		w.drops(carriesComment)
	default:
		w.drops(carriesOther)
		return
	}
	const most = 256 // segments of at most 64 KiB
	if len(w.metadata) < most {
		w.metadata = append(w.metadata, jpegSegment(marker, b))
	}
}

const jfifSize = 14

// jfif keeps the header without the small picture that it may hold.
func (w *jpegWalk) jfif(start int64, b []byte) {
	if len(b) == jfifSize {
		w.clean.keep(start, w.src.at)
		return
	}
	if b[12] != 0 && b[13] != 0 {
		w.drops(carriesThumbnail)
	} else {
		w.drops(carriesOther)
	}
	b = bytes.Clone(b[:jfifSize])
	b[12], b[13] = 0, 0
	w.clean.put(jpegSegment(markerAPP0, b))
}

func jpegSegment(marker byte, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2)), payload...) //nolint:gosec // a segment's data
}

// behind notes what follows the end of a picture.
func (s *survey) behind(src *source) error {
	if src.at == src.size {
		return nil
	}
	b, err := src.read(min(2, src.size-src.at))
	if err != nil {
		return err
	}
	if bytes.Equal(b, []byte{0xFF, markerSOI}) {
		s.drops(carriesPicture)
	} else {
		s.drops(carriesBehind)
	}
	return nil
}

// joinICC puts the pieces of a profile together. Each starts with its number, from 1, and how many
// there are.
func joinICC(pieces [][]byte) []byte {
	slices.SortStableFunc(pieces, func(a, b []byte) int { return int(a[0]) - int(b[0]) })
	var profile []byte
	for i, p := range pieces {
		if int(p[0]) != i+1 || int(p[1]) != len(pieces) {
			return nil // not to be used; the file itself keeps it
		}
		profile = append(profile, p[2:]...)
	}
	if len(profile) > maxICC {
		return nil
	}
	return profile
}

// jpegQuality estimates the quality, 1 to 100 as the common encoders count it, of a table of divisors.
// It compares the sum with that of the example table K.1 of the standard, of which they take a percentage.
func jpegQuality(b []byte) int {
	const sumOfExample = 3688
	sum := 0
	switch {
	case len(b) >= 65 && b[0] == 0:
		for _, d := range b[1:65] {
			sum += int(d)
		}
	case len(b) >= 129 && b[0] == 0x10:
		for i := range 64 {
			sum += int(binary.BigEndian.Uint16(b[1+2*i:]))
		}
	default:
		return 0
	}
	percent := sum * 100 / sumOfExample
	if percent <= 100 {
		return max(1, 100-percent/2)
	}
	return max(1, 5000/percent)
}

package media

import (
	"encoding/binary"
	"time"
)

// Flags of VP8X.
const (
	webpXMP  = 0x04
	webpEXIF = 0x08
)

// webp goes from chunk to chunk up to the length that the file gives.
// Source: https://developers.google.com/speed/webp/docs/riff_container, read 2026-11-21.
func (s *survey) webp(src *source) error {
	const riff = 12
	b, err := src.read(riff)
	if err != nil {
		return err
	}
	end := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	if end > src.size {
		return damage("it is cut off")
	}
	s.clean.put(b)
	s.decode = 4 * pixels(s.info)
	for src.at+8 <= end {
		if err := s.webpChunk(src, end); err != nil {
			return err
		}
		if len(s.clean.list) > maxParts {
			return damage("it is in too many pieces")
		}
	}
	if !s.found {
		return damage("it has no picture")
	}
	if s.info.Frames > 0 {
		s.info.Animated = true
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(s.clean.size-8)) //nolint:gosec // not over what the file said
	if err := src.seek(end); err != nil {
		return err
	}
	return s.behind(src)
}

func (s *survey) webpChunk(src *source, end int64) error {
	start := src.at
	b, err := src.read(8)
	if err != nil {
		return err
	}
	name, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
	if padded := size + size&1; src.at+padded > end && src.at+size != end {
		return damage("a chunk is longer than the file says")
	}
	if err := s.webpPart(src, name, size); err != nil {
		return err
	}
	if name == "VP8X" {
		return src.seek(min(start+8+size+size&1, end))
	}
	if err := src.seek(min(start+8+size+size&1, end)); err != nil {
		return err
	}
	switch name {
	case "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP":
		s.clean.keep(start, src.at)
	}
	return nil
}

// webpPart takes from a chunk what it tells.
func (s *survey) webpPart(src *source, name string, size int64) error {
	read := func(most int64) ([]byte, error) { return src.read(min(size, most)) }
	var b []byte
	var err error
	switch name {
	case "VP8X":
		if b, err = read(10); err == nil {
			err = s.extended(b)
		}
	case "VP8 ", "VP8L":
		s.found = s.found || size >= 10 // one point takes more
		if b, err = read(10); err == nil {
			s.bitstream(name, b)
		}
	case "ANMF":
		s.found = true
		if b, err = read(16); err == nil && len(b) == 16 {
			s.info.Frames++
			s.info.Duration += time.Duration(uint24(b[12:])) * time.Millisecond
		}
	case "ICCP":
		if size <= maxICC {
			s.icc, err = read(size)
		}
	case "EXIF":
		if b, err = read(maxEXIF); err == nil {
			if len(b) > len(headEXIF) && string(b[:len(headEXIF)]) == headEXIF {
				b = b[len(headEXIF):] // some programs write it as in a JPEG
			}
			s.turn(orientation(b))
			s.exif(b)
		}
	case "XMP ":
		if b, err = read(maxICC); err == nil {
			s.xmp(b)
		}
	case "ALPH", "ANIM":
	default:
		s.drops(carriesOther)
	}
	return err
}

// extended writes the header anew, without the flags of what is left out.
func (s *survey) extended(b []byte) error {
	if len(b) < 10 {
		return damage("its header is too short")
	}
	header := append([]byte("VP8X\x0a\x00\x00\x00"), b...)
	header[8] &^= webpXMP | webpEXIF
	s.clean.put(header)
	return nil
}

// bitstream estimates the cost of decoding by the size that the decoder goes by, which may be another
// than that of the canvas.
func (s *survey) bitstream(name string, b []byte) {
	const sizeBits = 1<<14 - 1
	if len(b) < 10 {
		return
	}
	if name == "VP8L" {
		v := binary.LittleEndian.Uint32(b[1:])
		s.lossless = true
		s.decode = max(s.decode, 8*(int64(v&sizeBits)+1)*(int64(v>>14&sizeBits)+1))
		return
	}
	w, h := int64(binary.LittleEndian.Uint16(b[6:])&sizeBits), int64(binary.LittleEndian.Uint16(b[8:])&sizeBits)
	s.decode = max(s.decode, 6*w*h)
}

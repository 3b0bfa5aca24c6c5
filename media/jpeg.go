package media

import (
	"bytes"
	"encoding/binary"
)

// JPEG markers. Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf table B.1, read 2026-11-20.
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerDAC  = 0xCC
	markerSOFF = 0xCF
	markerRST0 = 0xD0
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerAPP1 = 0xE1
)

// jpeg goes from marker to marker until the frame header, which has the size. EXIF, if
// there is any, stands before it.
func (h *header) jpeg(info *Info) error {
	if err := h.skip(2); err != nil {
		return err
	}
	seenEXIF := false
	for {
		marker, err := h.marker()
		if err != nil {
			return err
		}
		switch {
		case marker == markerTEM || markerRST0 <= marker && marker <= markerSOI:
			continue // these have no length
		case marker == markerEOI || marker == markerSOS:
			return damage("its size is missing")
		}
		b, err := h.read(2)
		if err != nil {
			return err
		}
		size := int(binary.BigEndian.Uint16(b)) - 2
		if size < 0 {
			return damage("a segment is shorter than its own length")
		}
		switch {
		case isFrame(marker):
			return h.frame(info, size)
		case marker == markerAPP1 && !seenEXIF:
			if b, err = h.read(size); err != nil {
				return err
			}
			if tiff, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00")); ok {
				seenEXIF = true
				info.Orientation = orientation(tiff)
			}
		default:
			if err := h.skip(size); err != nil {
				return err
			}
		}
	}
}

// marker returns the next marker. Stray bytes before it are passed over, as decoders do.
func (h *header) marker() (byte, error) {
	for {
		b, err := h.ReadByte()
		for err == nil && b != 0xFF {
			b, err = h.ReadByte()
		}
		for err == nil && b == 0xFF {
			b, err = h.ReadByte()
		}
		if err != nil || b != 0 {
			return b, err
		}
	}
}

func isFrame(marker byte) bool {
	return markerSOF0 <= marker && marker <= markerSOFF &&
		marker != markerDHT && marker != markerJPG && marker != markerDAC
}

func (h *header) frame(info *Info, size int) error {
	const fixed = 6 // precision, height, width, number of components
	if size < fixed {
		return damage("its frame header is too short")
	}
	b, err := h.read(fixed)
	if err != nil {
		return err
	}
	info.Height = int(binary.BigEndian.Uint16(b[1:]))
	info.Width = int(binary.BigEndian.Uint16(b[3:]))
	return nil
}

package media

import (
	"encoding/binary"
	"hash/crc32"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// maxEXIF bounds the EXIF data that is read into memory, in bytes; JPEG allows no more.
const maxEXIF = 1 << 16

// png reads IHDR and what else stands before the image data: acTL makes it animated,
// eXIf has the orientation. Source: https://www.w3.org/TR/png-3/, read 2026-11-20.
func (h *header) png(info *Info) error {
	if err := h.skip(len(pngSignature)); err != nil {
		return err
	}
	const ihdr = 4 + 4 + 13 + 4 // length, name, data, checksum
	b, err := h.read(ihdr)
	if err != nil {
		return err
	}
	if binary.BigEndian.Uint32(b) != 13 || string(b[4:8]) != "IHDR" {
		return damage("it does not start with its size")
	}
	if crc32.ChecksumIEEE(b[4:21]) != binary.BigEndian.Uint32(b[21:]) {
		return damage("the checksum of its size is wrong")
	}
	w, ht := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	const maxSide = 1<<31 - 1
	if w > maxSide || ht > maxSide {
		return damage("its width or height is out of range")
	}
	info.Width, info.Height = int(w), int(ht)
	return h.pngChunks(info)
}

func (h *header) pngChunks(info *Info) error {
	for {
		b, err := h.read(8)
		if err != nil {
			return err
		}
		size := binary.BigEndian.Uint32(b)
		switch name := string(b[4:]); {
		case name == "IDAT":
			return nil
		case name == "IEND":
			return damage("it has no image data")
		case size > maxRead:
			return damage("a chunk is longer than any header")
		case name == "acTL":
			info.Animated = true
		case name == "eXIf" && size <= maxEXIF:
			if b, err = h.read(int(size)); err != nil {
				return err
			}
			info.Orientation, size = orientation(b), 0
		}
		const checksum = 4
		if err := h.skip(int(size) + checksum); err != nil {
			return err
		}
	}
}

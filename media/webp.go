package media

import "encoding/binary"

// webp reads the first chunk, which has the size in each of the three kinds of file.
// Source: https://developers.google.com/speed/webp/docs/riff_container, read 2026-11-20.
func (h *header) webp(info *Info) error {
	const riff = 12 // "RIFF", length, "WEBP"
	if err := h.skip(riff); err != nil {
		return err
	}
	b, err := h.read(8 + 10)
	if err != nil {
		return err
	}
	name, b := string(b[:4]), b[8:]
	switch name {
	case "VP8X":
		const flagAnimation = 0x02
		info.Animated = b[0]&flagAnimation != 0
		info.Width, info.Height = uint24(b[4:])+1, uint24(b[7:])+1
	case "VP8 ":
		if b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
			return damage("it does not start with a key frame")
		}
		const sizeBits = 1<<14 - 1 // the upper two bits ask for scaling
		info.Width = int(binary.LittleEndian.Uint16(b[6:]) & sizeBits)
		info.Height = int(binary.LittleEndian.Uint16(b[8:]) & sizeBits)
	case "VP8L":
		const signature, sizeBits = 0x2f, 1<<14 - 1
		if b[0] != signature {
			return damage("it does not start with a lossless picture")
		}
		v := binary.LittleEndian.Uint32(b[1:])
		info.Width, info.Height = int(v&sizeBits)+1, int(v>>14&sizeBits)+1
	default:
		return damage("its first chunk is no picture")
	}
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

package media

import "encoding/binary"

// Block types of GIF. Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, read 2026-11-20.
const (
	gifExtension = 0x21
	gifImage     = 0x2C
	gifTrailer   = 0x3B
)

// gif reads the screen size, then goes from block to block until a second frame.
func (h *header) gif(info *Info) error {
	if err := h.skip(len("GIF89a")); err != nil {
		return err
	}
	b, err := h.read(7)
	if err != nil {
		return err
	}
	info.Width = int(binary.LittleEndian.Uint16(b))
	info.Height = int(binary.LittleEndian.Uint16(b[2:]))
	if err := h.skip(colourTable(b[4])); err != nil {
		return err
	}
	frames := 0
	for {
		kind, err := h.ReadByte()
		if err == nil {
			switch kind {
			case gifExtension:
				err = h.gifExtension()
			case gifImage:
				if frames++; frames > 1 {
					info.Animated = true
					return nil
				}
				err = h.gifFrame()
			case gifTrailer:
				if frames == 0 {
					return damage("it has no frame")
				}
				return nil
			default:
				err = damage("it has a block of no known kind")
			}
		}
		if err != nil {
			if frames > 0 && isContent(err) {
				return nil // there is a picture; many files lack their end
			}
			return err
		}
	}
}

// colourTable returns the length in bytes of the table that a flag byte announces.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func (h *header) gifExtension() error {
	if err := h.skip(1); err != nil {
		return err
	}
	return h.gifSubBlocks()
}

func (h *header) gifFrame() error {
	b, err := h.read(9)
	if err != nil {
		return err
	}
	const codeSize = 1
	if err := h.skip(colourTable(b[8]) + codeSize); err != nil {
		return err
	}
	return h.gifSubBlocks()
}

func (h *header) gifSubBlocks() error {
	for {
		n, err := h.ReadByte()
		if err != nil || n == 0 {
			return err
		}
		if err := h.skip(int(n)); err != nil {
			return err
		}
	}
}

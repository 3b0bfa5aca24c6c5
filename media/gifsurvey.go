package media

import (
	"encoding/binary"
	"time"
)

// Labels of GIF extensions.
const (
	gifPlainText   = 0x01
	gifControl     = 0xF9
	gifComment     = 0xFE
	gifApplication = 0xFF
)

// gif goes from block to block. A file that lacks only its end gets one.
func (s *survey) gif(src *source) error {
	const screen = 13
	b, err := src.read(screen)
	if err != nil {
		return err
	}
	if err := src.skip(int64(colourTable(b[10]))); err != nil {
		return err
	}
	s.decode = 4 * pixels(s.info)
	s.clean.keep(0, src.at)
	for src.at < src.size {
		start := src.at
		kind, err := src.readByte()
		if err != nil {
			return err
		}
		switch kind {
		case gifExtension:
			err = s.gifExtension(src, start)
		case gifImage:
			s.info.Frames++
			err = gifFrame(src)
			s.clean.keep(start, src.at)
		case gifTrailer:
			s.clean.keep(start, src.at)
			return s.gifEnd(src)
		default:
			err = damage("it has a block of no known kind")
		}
		if err != nil {
			return err
		}
		if len(s.clean.list) > maxParts {
			return damage("it is in too many pieces")
		}
	}
	s.clean.put([]byte{gifTrailer})
	s.dropped = true
	return s.gifEnd(src)
}

func (s *survey) gifEnd(src *source) error {
	if s.info.Frames == 0 {
		return damage("it has no frame")
	}
	if s.info.Frames == 1 {
		s.info.Duration = 0
	}
	s.info.Animated = s.info.Frames > 1
	return s.behind(src)
}

func gifFrame(src *source) error {
	b, err := src.read(9)
	if err != nil {
		return err
	}
	const codeSize = 1
	if err := src.skip(int64(colourTable(b[8]) + codeSize)); err != nil {
		return err
	}
	return gifSubBlocks(src)
}

func gifSubBlocks(src *source) error {
	for {
		n, err := src.readByte()
		if err != nil || n == 0 {
			return err
		}
		if err := src.skip(int64(n)); err != nil {
			return err
		}
	}
}

// gifExtension keeps the timing of frames, how often they repeat, and a colour profile.
func (s *survey) gifExtension(src *source, start int64) error {
	b, err := src.read(2) // label, length of the first block
	if err != nil {
		return err
	}
	label := b[0]
	if b, err = src.read(int64(b[1])); err != nil {
		return err
	}
	empty := len(b) == 0 // then that was the end
	if !empty {
		if err := gifSubBlocks(src); err != nil {
			return err
		}
	}
	switch app := string(b); {
	case label == gifControl:
		if len(b) >= 4 {
			s.info.Duration += gifDelay(binary.LittleEndian.Uint16(b[1:]))
		}
	case label == gifApplication && (app == "NETSCAPE2.0" || app == "ANIMEXTS1.0" || app == "ICCRGBG1012"):
	case label == gifApplication && app == "XMP DataXMP":
		s.drops(carriesXMP)
		return nil
	case label == gifComment || label == gifPlainText:
		s.drops(carriesComment)
		return nil
	default:
		s.drops(carriesOther)
		return nil
	}
	s.clean.keep(start, src.at)
	return nil
}

// gifDelay is how long a frame is shown, given in hundredths of a second. Browsers take ten where a
// file says one or none.
func gifDelay(hundredths uint16) time.Duration {
	if hundredths <= 1 {
		hundredths = 10
	}
	return time.Duration(hundredths) * 10 * time.Millisecond
}

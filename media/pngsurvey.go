package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"time"
)

// pngKept are the chunks that stay: those of the picture and of an animation, and what says how
// colours are meant. Source: https://www.w3.org/TR/png-3/, read 2026-11-21.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "bKGD": true, "pHYs": true, "sBIT": true, "hIST": true,
	"acTL": true, "fcTL": true, "fdAT": true,
	"gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "cICP": true, "mDCV": true, "cLLI": true,
}

// pngColour are the kept chunks that a new file takes over.
var pngColour = map[string]bool{
	"gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "cICP": true, "mDCV": true, "cLLI": true,
}

// png goes from chunk to chunk to the end of the image, and checks their sums.
func (s *survey) png(src *source) error {
	if err := src.skip(int64(len(pngSignature))); err != nil {
		return err
	}
	s.clean.keep(0, src.at)
	for {
		start := src.at
		b, err := src.read(8)
		if err != nil {
			return err
		}
		size, name := int64(binary.BigEndian.Uint32(b)), string(b[4:])
		data, err := readChunk(src, name, size)
		if err != nil {
			return err
		}
		if pngKept[name] || b[4]&0x20 == 0 { // what is in capitals is needed for decoding
			s.clean.keep(start, src.at)
		}
		s.chunk(name, data)
		if name == "IEND" {
			return s.behind(src)
		}
		if pngColour[name] && len(s.colour) < len(pngColour) {
			s.colour = append(s.colour, pngChunk(name, data))
		}
	}
}

// readChunk returns a chunk's data, of large ones nil, and compares its sum.
func readChunk(src *source, name string, size int64) (data []byte, err error) {
	sum := crc32.NewIEEE()
	_, _ = io.WriteString(sum, name) // a hash never fails
	if size <= maxICC && name != "IDAT" && name != "fdAT" {
		if data, err = src.read(size); err == nil {
			_, _ = sum.Write(data)
		}
	} else {
		err = src.copyTo(sum, size)
	}
	if err != nil {
		return nil, err
	}
	b, err := src.read(4)
	if err == nil && binary.BigEndian.Uint32(b) != sum.Sum32() {
		err = damage("the checksum of " + printable(name) + " is wrong")
	}
	return data, err
}

// printable is a chunk's name, which may be any bytes.
func printable(name string) string {
	for _, c := range []byte(name) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return "a chunk"
		}
	}
	return name
}

func (s *survey) chunk(name string, b []byte) {
	switch name {
	case "IHDR":
		if len(b) == 13 {
			s.decode = pngCost(b)
		}
	case "acTL":
		s.info.Animated = true
		if len(b) >= 4 {
			s.info.Frames = int(binary.BigEndian.Uint32(b))
		}
	case "fcTL":
		if len(b) >= 24 {
			s.info.Duration += pngDelay(binary.BigEndian.Uint16(b[20:]), binary.BigEndian.Uint16(b[22:]))
		}
	case "iCCP":
		s.icc = inflateICC(b)
	case "eXIf":
		if len(b) <= maxEXIF {
			s.turn(orientation(b))
			s.exif(b)
		} else {
			s.drops(carriesEXIF)
		}
	case "tEXt", "zTXt", "iTXt":
		s.text(b)
	case "tIME":
		s.drops(carriesTime)
	case "caBX":
		s.drops(carriesOrigin)
	default:
		if !pngKept[name] && name[0]&0x20 != 0 {
			s.drops(carriesOther)
		}
	}
}

// text notes a chunk of text by its keyword.
func (s *survey) text(b []byte) {
	keyword, text, _ := bytes.Cut(b, []byte{0})
	switch string(keyword) {
	case "XML:com.adobe.xmp":
		s.xmp(text)
	case "Author", "Copyright":
		s.drops(carriesAuthor)
	case "Software":
		s.drops(carriesSoftware)
	case "Creation Time", "date:create", "date:modify":
		s.drops(carriesTime)
	case "Raw profile type exif", "Raw profile type APP1":
		s.drops(carriesEXIF)
	default:
		s.drops(carriesComment)
	}
}

func pngDelay(num, den uint16) time.Duration {
	if den == 0 {
		den = 100
	}
	return time.Duration(num) * time.Second / time.Duration(den)
}

// pngCost estimates what the decoder of the standard library takes. An interlaced picture is decoded
// in passes, which have as many pixels together once more.
func pngCost(ihdr []byte) int64 {
	depth, kind, interlaced := ihdr[8], ihdr[9], ihdr[12] != 0
	var bytes int64 = 4
	switch {
	case depth == 16 && kind == 0:
		bytes = 2
	case depth == 16:
		bytes = 8
	case kind == 0 || kind == 3:
		bytes = 1
	}
	if kind == 0 { // a transparent grey makes it coloured
		bytes = max(4, bytes*4)
	}
	width, height := int64(binary.BigEndian.Uint32(ihdr)), int64(binary.BigEndian.Uint32(ihdr[4:]))
	cost := satMul(satMul(width, height), bytes)
	if interlaced {
		cost *= 2
	}
	return cost
}

// satMul multiplies; what is too large becomes the largest quarter of an int64, so that sums of a few hold.
func satMul(a, b int64) int64 {
	const most = 1 << 61
	if b != 0 && a > most/b {
		return most
	}
	return a * b
}

// inflateICC unpacks the profile of an iCCP chunk; nil if it is damaged or too large.
func inflateICC(b []byte) []byte {
	const method = 1 // byte between name and data
	_, packed, ok := bytes.Cut(b, []byte{0})
	if !ok || len(packed) < method {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed[method:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, maxICC+1))
	if err != nil || len(profile) > maxICC {
		return nil
	}
	return profile
}

func pngChunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data))) //nolint:gosec // at most maxICC
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

package media

import (
	"bytes"
	"encoding/binary"
)

// Tags of EXIF. Source: https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, read 2026-11-21.
const (
	tagOrientation = 0x0112
	tagEXIF        = 0x8769 // the place of a further directory
	tagGPS         = 0x8825 // the same
)

// exifCarries is what entries of the main directories tell.
var exifCarries = map[uint16]string{
	0x010E: carriesComment, 0x9286: carriesComment, 0x9C9B: carriesComment, 0x9C9C: carriesComment,
	0x010F: carriesCamera, 0x0110: carriesCamera, 0xA433: carriesCamera, 0xA434: carriesCamera, 0x927C: carriesCamera,
	0x0131: carriesSoftware, 0x013B: carriesAuthor, 0x8298: carriesAuthor, 0x9C9D: carriesAuthor, 0xA430: carriesAuthor,
	0x0132: carriesTime, 0x9003: carriesTime, 0x9004: carriesTime,
	0xA431: carriesSerial, 0xA435: carriesSerial, 0xC62F: carriesSerial, 0xA420: carriesSerial,
}

// tiff is EXIF data: directories of entries.
type tiff struct {
	b     []byte
	order binary.ByteOrder
}

// entry is one fact. value is the place of its value or, of values over four bytes, of their place.
type entry struct {
	tag, kind uint16
	value     int
}

func newTIFF(b []byte) (tiff, bool) {
	switch {
	case len(b) < 8:
	case bytes.HasPrefix(b, []byte("II*\x00")):
		return tiff{b, binary.LittleEndian}, true
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		return tiff{b, binary.BigEndian}, true
	}
	return tiff{}, false
}

// directory returns the whole entries at a place, and the place of the next directory, 0 for none.
func (t tiff) directory(at uint32) (entries []entry, next uint32) {
	const entrySize = 12
	if at < 8 || uint64(at)+2 > uint64(len(t.b)) {
		return nil, 0
	}
	n := int(t.order.Uint16(t.b[at:]))
	pos := int(at) + 2
	for range n {
		if pos+entrySize > len(t.b) {
			return entries, 0
		}
		entries = append(entries, entry{t.order.Uint16(t.b[pos:]), t.order.Uint16(t.b[pos+2:]), pos + 8})
		pos += entrySize
	}
	if pos+4 <= len(t.b) {
		next = t.order.Uint32(t.b[pos:])
	}
	return entries, next
}

func (t tiff) first() uint32 { return t.order.Uint32(t.b[4:]) }

// orientation returns that of the first directory, and the place of its value; 1 and 0 where there is none.
func (t tiff) orientation() (value, at int) {
	const typeShort = 3
	entries, _ := t.directory(t.first())
	for _, e := range entries {
		if e.tag != tagOrientation || e.kind != typeShort {
			continue
		}
		if v := t.order.Uint16(t.b[e.value:]); 1 <= v && v <= 8 {
			return int(v), e.value
		}
		break
	}
	return 1, 0
}

// orientation returns that of EXIF data, or 1: wrong EXIF is no reason to refuse a picture.
func orientation(b []byte) int {
	t, ok := newTIFF(b)
	if !ok {
		return 1
	}
	v, _ := t.orientation()
	return v
}

// upright returns EXIF data that says upright: for pixels that were turned.
func upright(b []byte) []byte {
	t, ok := newTIFF(b)
	if !ok {
		return b
	}
	if _, at := t.orientation(); at > 0 {
		b = bytes.Clone(b)
		t.order.PutUint16(b[at:], 1)
	}
	return b
}

// exif notes what EXIF data tells.
func (s *survey) exif(b []byte) {
	before := len(s.info.Carries)
	if t, ok := newTIFF(b); ok {
		entries, thumbnail := t.directory(t.first())
		s.entries(t, entries)
		if further, _ := t.directory(thumbnail); len(further) > 0 {
			s.drops(carriesThumbnail)
		}
	}
	if len(s.info.Carries) == before {
		s.drops(carriesEXIF)
	}
}

// entries goes into one further directory of each kind: more is no EXIF, but costs time.
func (s *survey) entries(t tiff, entries []entry) {
	var gps, details []entry
	for _, e := range entries {
		switch {
		case e.tag == tagGPS && gps == nil:
			if gps, _ = t.directory(t.order.Uint32(t.b[e.value:])); tellsPlace(gps) {
				s.drops(carriesLocation)
			}
		case e.tag == tagEXIF && details == nil:
			details, _ = t.directory(t.order.Uint32(t.b[e.value:]))
			for _, d := range details {
				s.entry(d.tag)
			}
		default:
			s.entry(e.tag)
		}
	}
}

func (s *survey) entry(tag uint16) {
	if what := exifCarries[tag]; what != "" {
		s.drops(what)
	}
}

// tellsPlace reports more than the version, which cameras write without a signal too.
func tellsPlace(gps []entry) bool {
	for _, e := range gps {
		if e.tag != 0 {
			return true
		}
	}
	return false
}

package media

import (
	"encoding/binary"
	"time"
)

// maxBoxes bounds how many boxes of a video are looked at; an hour in fragments of a second has some 30,000.
const maxBoxes = 1 << 18

// box is a stretch of an MP4 or MOV file. Source: ISO/IEC 14496-12 section 4.2, in its free edition of 2022
// at https://standards.iso.org/ittf/PubliclyAvailableStandards/, read 2026-11-21.
type box struct {
	kind             string
	start, body, end int64
}

// track is one of the film's: pictures, sound or something else.
type track struct {
	box
	id            uint32
	handler       string // "vide", "soun", "meta"
	codec         string // "avc1"
	width, height int
	timescale     uint32
	duration      uint64 // in units of timescale
	samples       uint64
	spread        bool // over fragments

	stsc, stsz, chunks box // tables of where the samples lie; chunks is stco or co64
}

// movie is what is known while going through a video.
type movie struct {
	*survey
	src       *source
	boxes     int
	timescale uint32
	duration  uint64
	longest   uint64 // mehd: with all fragments
	tracks    []*track
	defaults  map[uint32]uint32 // trex: the length of a sample, by track
	fragments bool
	media     []box // mdat
	edits     []edit
	moov      bool
}

// mp4 goes over the boxes at the top: moov may stand before or behind the pictures.
func (s *survey) mp4(src *source) error {
	m := &movie{survey: s, src: src, defaults: map[uint32]uint32{}}
	if err := m.each(0, src.size, m.top); err != nil {
		return err
	}
	if !m.moov {
		return damage("it does not say what is in it; its moov box is missing")
	}
	m.facts()
	if err := m.metadataTracks(); err != nil {
		return err
	}
	m.assemble()
	return nil
}

// each calls fn for the boxes between two places of the file.
func (m *movie) each(at, end int64, fn func(box) error) error {
	for at < end {
		if end-at < 8 { // some writers end a list with four zeros
			return nil
		}
		b, err := m.header(at, end)
		if err != nil {
			return err
		}
		if m.boxes++; m.boxes > maxBoxes {
			return damage("it is in too many pieces")
		}
		if err := fn(b); err != nil {
			return err
		}
		at = b.end
	}
	return nil
}

func (m *movie) header(at, end int64) (box, error) {
	if err := m.src.seek(at); err != nil {
		return box{}, err
	}
	h, err := m.src.read(8)
	if err != nil {
		return box{}, err
	}
	size, head := uint64(binary.BigEndian.Uint32(h)), int64(8)
	switch size {
	case 0: // to the end
		size = uint64(end - at) //nolint:gosec // at < end
	case 1:
		large, err := m.src.read(8)
		if err != nil {
			return box{}, err
		}
		size, head = binary.BigEndian.Uint64(large), 16
	}
	if size < uint64(head) {
		return box{}, damage("a box is shorter than its own header")
	}
	if size > uint64(end-at) { //nolint:gosec // at < end
		return box{}, damage("a box is longer than what it is in; the file is cut off or wrong")
	}
	return box{string(h[4:]), at, at + head, at + int64(size)}, nil //nolint:gosec // checked above
}

// body returns the first bytes of a box, at most so many.
func (m *movie) body(b box, most int64) ([]byte, error) {
	if err := m.src.seek(b.body); err != nil {
		return nil, err
	}
	return m.src.read(min(b.end-b.body, most))
}

func (m *movie) top(b box) error {
	switch b.kind {
	case "moov":
		m.moov = true
		return m.each(b.body, b.end, m.inMoov)
	case "moof":
		m.fragments = true
		return m.each(b.body, b.end, m.inMoof)
	case "mdat":
		m.media = append(m.media, b)
	case "ftyp", "styp", "sidx", "ssix", "mfra", "prft", "emsg", "pdin":
	case "free", "skip", "wide":
		return m.unused(b)
	default:
		return m.remove(b)
	}
	return nil
}

func (m *movie) inMoov(b box) error {
	switch b.kind {
	case "mvhd":
		h, err := m.times(b)
		m.timescale, m.duration = h.timescale, h.duration
		return err
	case "trak":
		t := &track{box: b}
		m.tracks = append(m.tracks, t)
		return m.each(b.body, b.end, func(b box) error { return m.inTrack(t, b) })
	case "mvex":
		return m.each(b.body, b.end, m.inExtends)
	case "cmov":
		return damage("its directory is packed in a way that is no longer used")
	case "free", "skip":
		return m.unused(b)
	case "udta", "meta", "uuid":
		return m.remove(b)
	}
	return nil
}

func (m *movie) inTrack(t *track, b box) error {
	switch b.kind {
	case "tkhd":
		return m.trackHeader(t, b)
	case "mdia", "minf", "stbl":
		return m.each(b.body, b.end, func(b box) error { return m.inTrack(t, b) })
	case "mdhd":
		h, err := m.times(b)
		t.timescale, t.duration = h.timescale, h.duration
		return err
	case "hdlr":
		h, err := m.body(b, 12)
		if err == nil && len(h) == 12 && t.handler == "" {
			t.handler = string(h[8:])
		}
		return err
	case "stsd":
		h, err := m.body(b, 16)
		if err == nil && len(h) == 16 && binary.BigEndian.Uint32(h[4:]) > 0 {
			t.codec = string(h[12:])
		}
		return err
	case "stsz", "stz2":
		h, err := m.body(b, 12)
		if err == nil && len(h) == 12 {
			t.samples, t.stsz = uint64(binary.BigEndian.Uint32(h[8:])), b
		}
		return err
	case "stsc":
		t.stsc = b
	case "stco", "co64":
		t.chunks = b
	case "free", "skip":
		return m.unused(b)
	case "udta", "meta", "uuid":
		return m.remove(b)
	}
	return nil
}

// clock is what the headers of a film, a track and its media have in common.
type clock struct {
	timescale uint32
	duration  uint64
}

// times reads mvhd or mdhd, and clears when it was made.
func (m *movie) times(b box) (clock, error) {
	h, err := m.body(b, 32)
	if err != nil || len(h) < 20 {
		return clock{}, err
	}
	if h[0] == 1 {
		if len(h) < 32 {
			return clock{}, nil
		}
		m.clear(b.body+4, h[4:20])
		return clock{binary.BigEndian.Uint32(h[20:]), binary.BigEndian.Uint64(h[24:])}, nil
	}
	m.clear(b.body+4, h[4:12])
	return clock{binary.BigEndian.Uint32(h[12:]), uint64(binary.BigEndian.Uint32(h[16:]))}, nil
}

// clear overwrites times of creation and change.
func (m *movie) clear(at int64, b []byte) {
	if !isZero(b) {
		m.edits = append(m.edits, edit{at: at, size: int64(len(b))})
		m.drops(carriesTime)
	}
}

// trackHeader reads the size as people see it: a matrix may turn it.
func (m *movie) trackHeader(t *track, b box) error {
	h, err := m.body(b, 96)
	if err != nil || len(h) < 84 {
		return err
	}
	times, id := h[4:12], h[12:]
	if h[0] == 1 {
		if len(h) < 96 {
			return nil
		}
		times, id = h[4:20], h[20:]
	}
	m.clear(b.body+4, times)
	t.id = binary.BigEndian.Uint32(id)
	tail := h[len(h)-44:] // matrix, width, height
	if h[0] == 0 {
		tail = h[40:84]
	}
	t.width, t.height = int(binary.BigEndian.Uint16(tail[36:])), int(binary.BigEndian.Uint16(tail[40:]))
	if a := binary.BigEndian.Uint32(tail); a == 0 && binary.BigEndian.Uint32(tail[4:]) != 0 {
		t.width, t.height = t.height, t.width
	}
	return nil
}

// facts fills the info from the first track of each kind.
func (m *movie) facts() {
	info := &m.info
	info.Duration = ticks(max(m.duration, m.longest), m.timescale)
	for _, t := range m.tracks {
		length := ticks(t.duration, t.timescale)
		switch {
		case t.handler == "vide" && info.Codec == "":
			info.Codec, info.Width, info.Height = t.codec, t.width, t.height
			if length > 0 {
				info.FPS = float64(t.samples) / length.Seconds()
			}
		case t.handler == "soun" && info.AudioCodec == "":
			info.AudioCodec = t.codec
		}
		if m.fragments && (t.handler == "vide" || t.handler == "soun") {
			info.Duration = max(info.Duration, length)
		}
	}
}

// ticks is a length of time in units of a scale; 0 for what is none.
func ticks(n uint64, scale uint32) time.Duration {
	const most = 1 << 53
	if scale == 0 || n >= most || n == 1<<32-1 { // all ones: unknown
		return 0
	}
	d := float64(n) / float64(scale) * float64(time.Second)
	if d >= 1<<62 {
		return 0
	}
	return time.Duration(d)
}

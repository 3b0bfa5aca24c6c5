package media

import "encoding/binary"

// Tracks with metadata run beside the pictures: places of action cameras and drones, taken several times
// a second. They are made unused like other boxes, and what they refer to is cleared.

// maxTable bounds one table of samples, in bytes: metadata of some ten hours.
const maxTable = 16 << 20

// positions are the kinds of tracks that are known to hold places.
var positions = map[string]bool{"gpmd": true, "camm": true, "djmd": true, "rtmd": true}

func (m *movie) metadataTracks() error {
	for _, t := range m.tracks {
		if t.handler != "meta" && !positions[t.codec] {
			continue
		}
		m.stuck = m.stuck || t.spread
		m.drops(carriesTrack)
		if positions[t.codec] {
			m.drops(carriesLocation)
		}
		m.edits = append(m.edits, edit{at: t.start + 4, size: 4, b: []byte("free")}, edit{at: t.body, size: t.end - t.body})
		if err := m.clearSamples(t); err != nil {
			return err
		}
	}
	return nil
}

// clearSamples overwrites the chunks of a track, as far as they lie among the media.
func (m *movie) clearSamples(t *track) error {
	sizes, err := m.sampleSizes(t)
	if err != nil {
		return err
	}
	perChunk, err := m.table(t.stsc, 8)
	if err != nil {
		return err
	}
	offsets, err := m.table(t.chunks, 8)
	if err != nil {
		return err
	}
	width := 4
	if t.chunks.kind == "co64" {
		width = 8
	}
	samples, sample := 0, 0
	for chunk := 0; (chunk+1)*width <= len(offsets); chunk++ {
		if len(perChunk) >= 12 && int64(binary.BigEndian.Uint32(perChunk)) == int64(chunk)+1 {
			samples = int(binary.BigEndian.Uint32(perChunk[4:]))
			perChunk = perChunk[12:]
		}
		length := sizes.sum(sample, samples)
		sample += samples
		m.clearMedia(offset(offsets[chunk*width:], width), length)
		if len(m.edits) > maxParts/2 {
			return damage("it is in too many pieces")
		}
	}
	return nil
}

func offset(b []byte, width int) int64 {
	if width == 8 {
		return int64(min(binary.BigEndian.Uint64(b), 1<<62))
	}
	return int64(binary.BigEndian.Uint32(b))
}

// clearMedia overwrites what lies inside of an mdat box: nowhere else are samples.
func (m *movie) clearMedia(at, length int64) {
	for _, b := range m.media {
		if b.body <= at && at < b.end && length > 0 {
			m.edits = append(m.edits, edit{at: at, size: min(length, b.end-at)})
		}
	}
}

// sampleTable is how long samples are: all of one size, or each of its own.
type sampleTable struct {
	size int64
	each []byte
}

func (t sampleTable) sum(from, n int) (total int64) {
	if t.size > 0 {
		return satMul(t.size, int64(n))
	}
	for i := from; i < from+n && (i+1)*4 <= len(t.each); i++ {
		total += int64(binary.BigEndian.Uint32(t.each[4*i:]))
	}
	return total
}

func (m *movie) sampleSizes(t *track) (sampleTable, error) {
	if t.stsz.kind != "stsz" {
		return sampleTable{}, nil
	}
	h, err := m.body(t.stsz, 12)
	if err != nil || len(h) < 12 {
		return sampleTable{}, err
	}
	each, err := m.table(t.stsz, 12)
	return sampleTable{size: int64(binary.BigEndian.Uint32(h[4:])), each: each}, err
}

// table returns a table without its header of so many bytes.
func (m *movie) table(b box, header int) ([]byte, error) {
	if b.end-b.body > maxTable {
		return nil, damage("a table of it is too long")
	}
	h, err := m.body(b, maxTable)
	if err != nil || len(h) < header {
		return nil, err
	}
	return h[header:], nil
}

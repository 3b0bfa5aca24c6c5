package media

import (
	"encoding/binary"
	"slices"
)

// Films that are written while they are taken come in fragments, each with a directory of its own; that in
// moov is empty.

func (m *movie) inExtends(b box) error {
	h, err := m.body(b, 24)
	switch {
	case err != nil:
	case b.kind == "mehd" && len(h) >= 12 && h[0] == 1:
		m.longest = binary.BigEndian.Uint64(h[4:])
	case b.kind == "mehd" && len(h) >= 8:
		m.longest = uint64(binary.BigEndian.Uint32(h[4:]))
	case b.kind == "trex" && len(h) >= 16:
		m.defaults[binary.BigEndian.Uint32(h[4:])] = binary.BigEndian.Uint32(h[12:])
	}
	return err
}

// fragment is a run of samples of one track.
type fragment struct {
	track  *track
	length uint32 // of a sample, where it has none of its own
}

func (m *movie) inMoof(b box) error {
	switch b.kind {
	case "traf":
		f := &fragment{}
		return m.each(b.body, b.end, func(b box) error { return m.inFragment(f, b) })
	case "udta", "meta", "uuid":
		return m.remove(b)
	}
	return nil
}

func (m *movie) inFragment(f *fragment, b box) error {
	switch b.kind {
	case "tfhd":
		return m.fragmentHeader(f, b)
	case "trun":
		if f.track != nil {
			return m.run(f, b)
		}
	case "udta", "meta":
		return m.remove(b)
	}
	return nil
}

func (m *movie) fragmentHeader(f *fragment, b box) error {
	const (
		hasBase, hasDescription, hasDuration = 0x01, 0x02, 0x08
	)
	h, err := m.body(b, 24)
	if err != nil || len(h) < 8 {
		return err
	}
	id := binary.BigEndian.Uint32(h[4:])
	if i := slices.IndexFunc(m.tracks, func(t *track) bool { return t.id == id }); i >= 0 {
		f.track = m.tracks[i]
	}
	f.length = m.defaults[id]
	flags, at := h[3], 8
	if flags&hasBase != 0 {
		at += 8
	}
	if flags&hasDescription != 0 {
		at += 4
	}
	if flags&hasDuration != 0 && len(h) >= at+4 {
		f.length = binary.BigEndian.Uint32(h[at:])
	}
	return nil
}

// run adds up how many samples a run has and how long they take.
func (m *movie) run(f *fragment, b box) error {
	const (
		hasOffset, hasFirstFlags   = 0x01, 0x04
		hasDuration                = 0x01 // of the flags' middle byte
		hasSize, hasFlags, hasTime = 0x02, 0x04, 0x08
		maxRun                     = 1 << 20
	)
	h, err := m.body(b, maxRun)
	if err != nil || len(h) < 8 {
		return err
	}
	count := uint64(binary.BigEndian.Uint32(h[4:]))
	low, middle := h[3], h[2]
	at := 8
	for _, flag := range []byte{hasOffset, hasFirstFlags} {
		if low&flag != 0 {
			at += 4
		}
	}
	each := 0
	for _, flag := range []byte{hasDuration, hasSize, hasFlags, hasTime} {
		if middle&flag != 0 {
			each += 4
		}
	}
	if uint64(each)*count > uint64(len(h)) {
		return damage("a fragment says that it has more pictures than it has")
	}
	f.track.samples += count
	f.track.spread = true
	if middle&hasDuration == 0 {
		f.track.duration += count * uint64(f.length)
		return nil
	}
	for range count {
		if at+4 > len(h) {
			break
		}
		f.track.duration += uint64(binary.BigEndian.Uint32(h[at:]))
		at += each
	}
	return nil
}

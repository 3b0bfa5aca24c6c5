package media

import (
	"bytes"
	"cmp"
	"slices"
)

// Metadata of videos is overwritten where it stands: nothing moves, so that the places of samples, which
// are given from the start of the file, stay right, and a file of any length is streamed.

// edit replaces bytes in place: by b or, where b is nil, by so many zeros.
type edit struct {
	at, size int64
	b        []byte
}

func (e edit) end() int64 { return e.at + e.size }

// spherical is the identifier of the box that players need for panoramas.
// Source: https://github.com/google/spatial-media/blob/master/docs/spherical-video-rfc.md, read 2026-11-21.
var spherical = []byte("\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd")

// videoCarries are the names under which videos tell what, of tags and of keys.
// Sources: https://developer.apple.com/documentation/quicktime-file-format/user_data_atoms,
// https://developer.apple.com/documentation/quicktime-file-format/metadata_atoms_and_types, read 2026-11-21.
var videoCarries = map[string][]string{
	carriesLocation:  {"\xa9xyz", "loci", "quicktime.location", "GPSL"},
	carriesSerial:    {"serial", "SerialNumber", "content.identifier"},
	carriesCamera:    {"\xa9mak", "\xa9mod", "manu", "modl", "quicktime.make", "quicktime.model", "android.model"},
	carriesTime:      {"\xa9day", "creationdate"},
	carriesAuthor:    {"\xa9ART", "\xa9aut", "auth", "cprt", "quicktime.author"},
	carriesComment:   {"\xa9nam", "\xa9cmt", "desc", "titl", "quicktime.comment"},
	carriesSoftware:  {"\xa9too", "\xa9swr", "\xa9enc", "quicktime.software"},
	carriesThumbnail: {"covr", "thmb"},
}

// remove makes a box one that everybody passes over, and notes what it told.
func (m *movie) remove(b box) error {
	const enough = 1 << 18
	text, err := m.body(b, enough)
	if err != nil {
		return err
	}
	if b.kind == "uuid" && bytes.HasPrefix(text, spherical) {
		return nil
	}
	found := false
	for carries, names := range videoCarries {
		if slices.ContainsFunc(names, func(name string) bool { return bytes.Contains(text, []byte(name)) }) {
			m.drops(carries)
			found = true
		}
	}
	if !found {
		m.drops(carriesOther)
	}
	m.free(b)
	return nil
}

func (m *movie) free(b box) {
	m.edits = append(m.edits, edit{at: b.start + 4, size: 4, b: []byte("free")}, edit{at: b.body, size: b.end - b.body})
}

// unused clears what stands in a box that nobody reads.
func (m *movie) unused(b box) error {
	if err := m.src.seek(b.body); err != nil {
		return err
	}
	var found nonZero
	if err := m.src.copyTo(&found, b.end-b.body); err != nil {
		return err
	}
	if found {
		m.edits = append(m.edits, edit{at: b.body, size: b.end - b.body})
		m.drops(carriesOther)
	}
	return nil
}

// nonZero is written to, and true once something was no zero.
type nonZero bool

func (z *nonZero) Write(b []byte) (int, error) {
	*z = *z || nonZero(!isZero(b))
	return len(b), nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// assemble makes the clean file of the edits: none changes the place of anything.
func (m *movie) assemble() {
	slices.SortFunc(m.edits, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	at := int64(0)
	for _, e := range m.edits {
		if e.end() <= at {
			continue // inside one before
		}
		if e.at > at {
			m.clean.keep(at, e.at)
			at = e.at
		}
		if e.b != nil && e.at == at {
			m.clean.put(e.b)
		} else {
			m.clean.blank(e.end() - at)
		}
		at = e.end()
	}
	if at < m.size {
		m.clean.keep(at, m.size)
	}
}

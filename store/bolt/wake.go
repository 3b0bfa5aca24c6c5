package bolt

import (
	"bytes"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

// wakeRow is what targets_by_wake tells of a target.
type wakeRow struct {
	state           hayon.State
	id              hayon.TargetID
	account         hayon.AccountID
	wake, due, late [timeLen]byte
}

func readWake(s hayon.State, k, v []byte) (wakeRow, error) {
	if len(k) != 1+timeLen+idLen || len(v) != idLen+2*timeLen {
		return wakeRow{}, &damage{detail: "a row of targets_by_wake cannot be read"}
	}
	return wakeRow{
		state: s, id: idOf[hayon.TargetID](k[1+timeLen:]), account: idOf[hayon.AccountID](v),
		wake: [timeLen]byte(k[1:]), due: [timeLen]byte(v[idLen:]), late: [timeLen]byte(v[idLen+timeLen:]),
	}, nil
}

func (w *wakeRow) compare(o *wakeRow) int {
	if c := bytes.Compare(w.wake[:], o.wake[:]); c != 0 {
		return c
	}
	return bytes.Compare(w.id[:], o.id[:])
}

// wakeRows answers what keep takes of the targets in a state, in order, at most limit; those that
// wake after until, where it is set, are left out.
func (t *Tx) wakeRows(s hayon.State, until time.Time, limit int, keep func(*wakeRow) bool) ([]wakeRow, error) {
	return t.wakeRange(s, time.Time{}, until, limit, keep)
}

// wakeRange is wakeRows without those that wake before after, where it is set, or never.
func (t *Tx) wakeRange(s hayon.State, after, until time.Time, limit int, keep func(*wakeRow) bool) ([]wakeRow, error) {
	prefix := []byte{stateBytes[s]}
	start, end := prefix, next(prefix)
	if !after.IsZero() {
		start = join(prefix, timeKey(after))
	}
	if !until.IsZero() {
		end = next(join(prefix, timeKey(until)))
	}
	var out []wakeRow
	for k, v := range t.from(bucketTargetsByWake, start, end) {
		w, err := readWake(s, k, v)
		if err != nil {
			return nil, err
		}
		if keep != nil && !keep(&w) {
			continue
		}
		out = append(out, w)
		if limit > 0 && len(out) == limit {
			break
		}
	}
	return out, nil
}

// wakeMerge reads the targets of several states as one list in the order of Wake. Targets may be
// changed while it is read; one whose Wake is moved on may come again.
type wakeMerge struct {
	t       *Tx
	skip    func(*wakeRow) bool
	streams []*wakeStream
}

// wakeStream is the list of one state.
type wakeStream struct {
	state  hayon.State
	c      *bbolt.Cursor
	writes int // those of the transaction when c was placed: it does not outlive the next
	end    []byte
	row    wakeRow // the next one
}

// mergeWake opens the lists of states, as far as the targets wake by an instant and skip leaves them
// in. Uncertain ones that never wake are left out.
func (t *Tx) mergeWake(until time.Time, skip func(*wakeRow) bool, states ...hayon.State) (*wakeMerge, error) {
	m := &wakeMerge{t: t, skip: skip}
	for _, state := range states {
		prefix := []byte{stateBytes[state]}
		s := &wakeStream{state: state, end: next(join(prefix, timeKey(until)))}
		start := prefix
		if state == hayon.StateUncertain {
			start = join(prefix, firstWake())
		}
		k, v := s.place(t, start)
		if more, err := m.read(s, k, v); err != nil {
			return nil, err
		} else if more {
			m.streams = append(m.streams, s)
		}
	}
	return m, nil
}

// place moves the stream to the first entry that is not before a key.
func (s *wakeStream) place(t *Tx, key []byte) (k, v []byte) {
	s.c, s.writes = t.bucket(bucketTargetsByWake).Cursor(), t.writes
	return s.c.Seek(key)
}

// read takes the first entry that is not skipped as the stream's next row, and reports whether there
// is one.
func (m *wakeMerge) read(s *wakeStream, k, v []byte) (bool, error) {
	for ; k != nil && bytes.Compare(k, s.end) < 0; k, v = s.c.Next() {
		row, err := readWake(s.state, k, v)
		if err != nil {
			return false, err
		}
		if m.skip == nil || !m.skip(&row) {
			s.row = row
			return true, nil
		}
	}
	return false, nil
}

// advance moves the stream on from its row.
func (m *wakeMerge) advance(s *wakeStream) (bool, error) {
	if s.writes == m.t.writes {
		k, v := s.c.Next()
		return m.read(s, k, v)
	}
	key := join([]byte{stateBytes[s.state]}, s.row.wake[:], s.row.id[:])
	k, v := s.place(m.t, key)
	if bytes.Equal(k, key) {
		k, v = s.c.Next()
	}
	return m.read(s, k, v)
}

// next takes the next row, and reports whether there is one.
func (m *wakeMerge) next() (row wakeRow, ok bool, err error) {
	first := -1
	for i, s := range m.streams {
		if first < 0 || s.row.compare(&m.streams[first].row) < 0 {
			first = i
		}
	}
	if first < 0 {
		return wakeRow{}, false, nil
	}
	s := m.streams[first]
	row = s.row
	more, err := m.advance(s)
	if !more {
		m.streams = append(m.streams[:first], m.streams[first+1:]...)
	}
	return row, err == nil, err
}

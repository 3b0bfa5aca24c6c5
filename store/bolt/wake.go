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
	prefix := []byte{stateBytes[s]}
	end := next(prefix)
	if !until.IsZero() {
		end = next(join(prefix, timeKey(until)))
	}
	var out []wakeRow
	for k, v := range t.from(bucketTargetsByWake, prefix, end) {
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
	streams []*wakeStream
}

// wakeStream is the list of one state.
type wakeStream struct {
	state    hayon.State
	c        *bbolt.Cursor
	writes   int // those of the transaction when c was placed: it does not outlive the next
	key, end []byte
	row      wakeRow // the next one
}

// mergeWake opens the lists of states, as far as the targets wake by an instant. Uncertain ones that
// never do are left out.
func (t *Tx) mergeWake(until time.Time, states ...hayon.State) (*wakeMerge, error) {
	m := &wakeMerge{t: t}
	for _, state := range states {
		prefix := []byte{stateBytes[state]}
		s := &wakeStream{state: state, end: next(join(prefix, timeKey(until)))}
		start := prefix
		if state == hayon.StateUncertain {
			start = join(prefix, firstWake())
		}
		s.c, s.writes = t.bucket(bucketTargetsByWake).Cursor(), t.writes
		if more, err := s.read(s.c.Seek(start)); err != nil {
			return nil, err
		} else if more {
			m.streams = append(m.streams, s)
		}
	}
	return m, nil
}

// read takes an entry as the stream's next row, and reports whether it is one.
func (s *wakeStream) read(k, v []byte) (bool, error) {
	if k == nil || bytes.Compare(k, s.end) >= 0 {
		return false, nil
	}
	row, err := readWake(s.state, k, v)
	if err != nil {
		return false, err
	}
	s.key, s.row = bytes.Clone(k), row
	return true, nil
}

// advance moves on from the row that was taken.
func (s *wakeStream) advance(t *Tx) (bool, error) {
	if s.writes == t.writes {
		return s.read(s.c.Next())
	}
	s.c, s.writes = t.bucket(bucketTargetsByWake).Cursor(), t.writes
	k, v := s.c.Seek(s.key)
	if bytes.Equal(k, s.key) {
		k, v = s.c.Next()
	}
	return s.read(k, v)
}

// next answers the next row, nil at the end.
func (m *wakeMerge) next() (*wakeRow, error) {
	first := -1
	for i, s := range m.streams {
		if first < 0 || s.row.compare(&m.streams[first].row) < 0 {
			first = i
		}
	}
	if first < 0 {
		return nil, nil //nolint:nilnil // the end
	}
	s := m.streams[first]
	row := s.row
	more, err := s.advance(m.t)
	if err != nil {
		return nil, err
	}
	if !more {
		m.streams = append(m.streams[:first], m.streams[first+1:]...)
	}
	return &row, nil
}

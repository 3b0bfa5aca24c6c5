package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
)

// lines is how far a file of JSON lines was read, to which any number of processes append under a
// lock.
type lines struct {
	started bool
	offset  int64
}

// read gives add every line that is new since the last time. Where the file is read for the first
// time, or somebody emptied it, it calls reset before.
func (l *lines) read(f *os.File, reset func(), add func(line []byte)) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < l.offset || !l.started {
		l.started, l.offset = true, 0
		reset()
	}
	if info.Size() == l.offset {
		return nil
	}
	fresh, err := io.ReadAll(io.NewSectionReader(f, l.offset, info.Size()-l.offset))
	if err != nil {
		return err
	}
	if !bytes.HasSuffix(fresh, []byte("\n")) { // torn by a crash: what follows gets a line of its own
		if _, err := f.Write([]byte("\n")); err != nil {
			return err
		}
		fresh = append(fresh, '\n')
	}
	for line := range bytes.Lines(fresh) {
		add(line)
	}
	l.offset += int64(len(fresh))
	return nil
}

// write appends v as a line, by one call of the system.
func (l *lines) write(f *os.File, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		_ = f.Truncate(l.offset) // half a line is none, whatever comes behind it
		return err
	}
	l.offset += int64(len(line)) + 1
	return nil
}

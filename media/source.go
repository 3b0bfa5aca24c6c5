package media

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
)

// source reads a file from any place. It seeks over what is not wanted, and knows the file's end, so
// that no length in a file makes it ask for memory that the file cannot fill.
type source struct {
	r    io.ReadSeeker
	buf  *bufio.Reader
	at   int64 // the place of the next byte
	size int64
}

func newSource(r io.ReadSeeker) (*source, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	return &source{r: r, buf: bufio.NewReaderSize(r, 32<<10), size: size}, err
}

// seek goes to a place in the file, at most to its end.
func (s *source) seek(at int64) error {
	if at < 0 || at > s.size {
		return io.ErrUnexpectedEOF
	}
	if ahead := at - s.at; ahead >= 0 && ahead <= int64(s.buf.Buffered()) {
		_, err := s.buf.Discard(int(ahead))
		s.at = at
		return err
	}
	if _, err := s.r.Seek(at, io.SeekStart); err != nil {
		return err
	}
	s.buf.Reset(s.r)
	s.at = at
	return nil
}

// lost says that somebody else has read, so that the next seek cannot go by what is known.
func (s *source) lost() { s.at = math.MaxInt64 }

func (s *source) skip(n int64) error {
	if n > s.size-s.at {
		return io.ErrUnexpectedEOF
	}
	return s.seek(s.at + n)
}

// read returns the next n bytes.
func (s *source) read(n int64) ([]byte, error) {
	if n > s.size-s.at {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	read, err := io.ReadFull(s.buf, b)
	s.at += int64(read)
	return b, err
}

func (s *source) readByte() (byte, error) {
	b, err := s.buf.ReadByte()
	if err == nil {
		s.at++
	}
	return b, unexpected(err)
}

// past goes behind the next byte of this value.
func (s *source) past(value byte) error {
	for {
		b, err := s.buf.ReadSlice(value)
		s.at += int64(len(b))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return unexpected(err)
		}
	}
}

// copyTo hands the next n bytes to w.
func (s *source) copyTo(w io.Writer, n int64) error {
	if n > s.size-s.at {
		return io.ErrUnexpectedEOF
	}
	copied, err := io.CopyN(w, s.buf, n)
	s.at += copied
	return unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// part is a stretch of a file that is written: bytes of the source from at on or, where there are any,
// literal bytes, or zeros in the place of what was there.
type part struct {
	at, size int64
	literal  []byte
	zero     bool
}

// maxParts bounds what a file in many pieces costs in memory.
const maxParts = 1 << 17

// parts are a file that is written, in order.
type parts struct {
	list []part
	size int64
}

// keep takes over the source from start to end.
func (p *parts) keep(start, end int64) {
	p.size += end - start
	if n := len(p.list); n > 0 {
		if last := &p.list[n-1]; last.literal == nil && !last.zero && last.at+last.size == start {
			last.size += end - start
			return
		}
	}
	p.list = append(p.list, part{at: start, size: end - start})
}

func (p *parts) put(literal []byte) {
	p.size += int64(len(literal))
	p.list = append(p.list, part{size: int64(len(literal)), literal: literal})
}

func (p *parts) blank(size int64) {
	p.size += size
	p.list = append(p.list, part{size: size, zero: true})
}

// writeTo writes the file.
func (p *parts) writeTo(ctx context.Context, src *source, dst io.Writer) error {
	dst = &ctxWriter{Writer: dst, err: func() error { return context.Cause(ctx) }}
	for _, piece := range p.list {
		var err error
		switch {
		case piece.literal != nil:
			_, err = dst.Write(piece.literal)
		case piece.zero:
			_, err = io.CopyN(dst, zeros{}, piece.size)
		default:
			if err = src.seek(piece.at); err == nil {
				err = src.copyTo(dst, piece.size)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// ctxWriter stops when err tells to: an encoder asks nobody else.
type ctxWriter struct {
	io.Writer
	err func() error
}

func (w *ctxWriter) Write(b []byte) (int, error) {
	if err := w.err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}

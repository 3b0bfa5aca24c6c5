package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"time"
)

// maxLine bounds a line of an event stream, and the data of one block, in bytes. An event has some
// hundred; a long message of a platform makes it a few thousand.
const maxLine = 1 << 20

// errMalformed is the cause of an error for bytes that are no event stream of ours.
var errMalformed = errors.New("malformed event stream")

// block is what stands between two empty lines of an event stream.
type block struct {
	// ID is the last id of the block; HasID tells an empty one from none.
	ID    string
	HasID bool
	// Event is the name of the event.
	Event string
	// Data are the lines of data, joined by line feeds; HasData tells an empty one from none.
	Data    []byte
	HasData bool
	// Retry is how long to wait before connecting again; 0 where the block does not say.
	Retry time.Duration
}

// blockReader reads server-sent events as the HTML standard has them: lines end with LF, CR or CRLF,
// a mark of the byte order may stand first, unknown fields mean nothing, and what an end cuts off is
// dropped. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, read 2026-11-20.
type blockReader struct {
	r       *bufio.Reader
	line    []byte
	begun   bool
	afterCR bool // an LF that follows belongs to the line before
}

func newBlockReader(r io.Reader) *blockReader {
	return &blockReader{r: bufio.NewReader(r)}
}

// next is the next block, also one of comments alone. The error is [io.EOF] at the end, has
// [errMalformed] as its cause where a line or the data are too long, and is the reader's else.
func (b *blockReader) next() (block, error) {
	var out block
	for {
		line, err := b.readLine()
		if err != nil {
			return block{}, err
		}
		if len(line) == 0 {
			return out, nil
		}
		if err := out.field(line); err != nil {
			return block{}, err
		}
	}
}

// field adds a line to the block.
func (out *block) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimPrefix(value, []byte{' '})
	switch string(name) { // a comment has an empty name
	case "data":
		if out.HasData {
			out.Data = append(out.Data, '\n')
		}
		if len(out.Data)+len(value) > maxLine {
			return errMalformed
		}
		out.Data, out.HasData = append(out.Data, value...), true
	case "event":
		out.Event = string(value)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			out.ID, out.HasID = string(value), true
		}
	case "retry":
		if ms, err := strconv.ParseUint(string(value), 10, 64); err == nil {
			out.Retry = time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
		}
	}
	return nil
}

// readLine is the next line without its end. It is valid until the next call.
func (b *blockReader) readLine() ([]byte, error) {
	b.line = b.line[:0]
	for {
		c, err := b.r.ReadByte()
		if err != nil {
			return nil, err
		}
		skip := b.afterCR && c == '\n'
		b.afterCR = c == '\r'
		switch {
		case skip:
			continue
		case c == '\r', c == '\n':
			return b.whole(), nil
		case len(b.line) == maxLine:
			return nil, errMalformed
		}
		b.line = append(b.line, c)
	}
}

// whole is the line that was read; the first one of a stream without its mark of the byte order.
func (b *blockReader) whole() []byte {
	if b.begun {
		return b.line
	}
	b.begun = true
	return bytes.TrimPrefix(b.line, []byte("\xef\xbb\xbf"))
}

package postfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonReader reads JSON token by token, so that every value has its place and nothing is read deeper than allowed.
type jsonReader struct {
	*reader
	src     string
	decoder *json.Decoder
	lines   []int // where each line begins
	values  int   // read so far
}

const jsonHint = `write JSON, as {"to": ["bluesky"], "body": "Hello"}`

// errRefused: what is wrong was said already.
var errRefused = errors.New("refused")

// parseJSON makes a node of one value of JSON; nil where it said what is wrong.
func (r *reader) parseJSON(src string) *node {
	j := &jsonReader{reader: r, src: src, decoder: json.NewDecoder(strings.NewReader(src)), lines: []int{0}}
	j.decoder.UseNumber()
	for i := range len(src) {
		if src[i] == '\n' {
			j.lines = append(j.lines, i+1)
		}
	}
	if strings.TrimSpace(src) == "" {
		return &node{kind: kindNull, at: place{1, 1}}
	}
	n, err := j.value(0)
	if err == nil {
		err = j.nothingMore()
	}
	if err != nil {
		j.syntax(err)
		return nil
	}
	return n
}

func (j *jsonReader) nothingMore() error {
	at := j.next()
	if _, err := j.decoder.Token(); !errors.Is(err, io.EOF) {
		j.wrong(at, nil, "something follows the end of the post", "a file is one post; make a file of each")
		return errRefused
	}
	return nil
}

// next is the place of the next token.
func (j *jsonReader) next() place { return j.place(j.nextOffset()) }

// nextOffset is behind the comma or colon, if the decoder has not read that already.
func (j *jsonReader) nextOffset() int {
	at := j.blanks(int(j.decoder.InputOffset()))
	read := strings.TrimRight(j.src[:at], " \t\n")
	if at < len(j.src) && strings.IndexByte(",:", j.src[at]) >= 0 && read != "" && strings.IndexByte(",:[{", read[len(read)-1]) < 0 {
		at = j.blanks(at + 1)
	}
	return at
}

// blanks is where the blanks at an offset end.
func (j *jsonReader) blanks(at int) int {
	return len(j.src) - len(strings.TrimLeft(j.src[at:], " \t\n"))
}

func (j *jsonReader) place(offset int) place {
	low, high := 0, len(j.lines)
	for high-low > 1 {
		if middle := (low + high) / 2; j.lines[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return place{low + 1, offset - j.lines[low] + 1}
}

// value reads the next value.
func (j *jsonReader) value(depth int) (*node, error) {
	start := j.nextOffset()
	n := &node{at: j.place(start)}
	if j.values++; depth > maxDepth {
		j.wrong(n.at, nil, tooDeep, "no key takes more than two")
		return nil, errRefused
	}
	if j.values > maxTokens {
		j.wrong(n.at, nil, tooMany, "a file is one post")
		return nil, errRefused
	}
	tk, err := j.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch tk := tk.(type) {
	case json.Delim:
		return n, j.inside(n, tk, depth)
	case string:
		n.kind, n.text = kindText, tk
		j.surrogates(n, j.src[start:j.decoder.InputOffset()])
	case json.Number:
		j.number(n, tk.String())
	case bool:
		*n = node{kind: kindTruth, text: fmt.Sprint(tk), at: n.at}
	}
	return n, nil
}

// inside reads a list or mapping up to its end.
func (j *jsonReader) inside(n *node, open json.Delim, depth int) error {
	if n.kind = kindTable; open == '[' {
		n.kind = kindList
	}
	for j.decoder.More() {
		var e entry
		if n.kind == kindTable {
			e.at = j.next()
			key, err := j.decoder.Token()
			if err != nil {
				return err
			}
			e.key, _ = key.(string)
		}
		value, err := j.value(depth + 1)
		if err != nil {
			return err
		}
		if e.value = value; n.kind == kindList {
			n.items = append(n.items, value)
			continue
		}
		j.add(n, e)
	}
	_, err := j.decoder.Token()
	return err
}

// syntax says what cannot be read, at the token that it begins with.
func (j *jsonReader) syntax(err error) {
	if errors.Is(err, errRefused) {
		return
	}
	at := j.nextOffset()
	if at == len(j.src) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "unexpected end") {
		at = len(strings.TrimRight(j.src, " \t\n"))
		j.wrong(j.place(at), nil, "the JSON ends before the post does", jsonHint)
		return
	}
	reason, hint := "the JSON cannot be read: "+err.Error(), jsonHint
	switch c := j.src[at]; {
	case (c == '}' || c == ']') && strings.HasSuffix(strings.TrimRight(j.src[:at], " \t\n"), ","):
		at = strings.LastIndexByte(j.src[:at], ',')
		reason, hint = "a comma before the closing "+string(c), "take out the comma"
	case strings.Contains(err.Error(), " after object key:value pair") || strings.Contains(err.Error(), " after array element"):
		reason, hint = "a comma is missing before this", "put a comma between two keys or items"
	case c == '\'':
		reason, hint = "a single quote", "put names and texts between double quotes"
	case c == '/' || c == '#':
		reason, hint = "a comment", "take it out, or write the file as .yaml, which has comments"
	case strings.IndexByte(j.src[at:], '\n') >= 0 && c == '"' && strings.Contains(err.Error(), "in string literal"):
		reason, hint = "a text that goes over several lines, or with an escape that is none", `write \n for the end of a line, \\ for a backslash and \" for a quote`
	}
	j.wrong(j.place(at), nil, reason, hint)
}

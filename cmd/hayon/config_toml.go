package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlDoc is a TOML file with the place of each key, so that it can be changed without being written
// anew.
type tomlDoc struct {
	text []byte
	// entries are the heads of tables and the keys with a value, in the order of the file.
	entries []tomlEntry
	// err is why the text could not be read to its end.
	err error
}

// tomlEntry is [table], [[table]] or key = value. The fields from start on are offsets.
type tomlEntry struct {
	kind unstable.Kind
	// key is the whole name, with that of the table around it.
	key []string
	// head is the index of the head that it stands under, -1 for none; of a head its own.
	head int
	// inside is the index of the entry whose inline table it stands in, -1 for none.
	inside int
	// start and end enclose it without blanks and comments.
	start, end int
	// valueStart is where the value begins, which ends at end; of a head it is start.
	valueStart int
	// value is the kind of the value.
	value unstable.Kind
}

func (e tomlEntry) name() string { return strings.Join(e.key, ".") }

// parseToml finds the keys of a text, up to what is no TOML.
func parseToml(text []byte) tomlDoc {
	d := tomlDoc{text: text}
	p := unstable.Parser{}
	p.Reset(text)
	head := -1
	var table []string
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			key, first, last := keyOf(n.Key())
			start := bytes.LastIndexByte(text[:first], '\n') + 1
			start += len(text[start:first]) - len(bytes.TrimLeft(text[start:first], " \t"))
			end := last + bytes.LastIndexByte(append(lineFrom(text, last), 0), ']') + 1
			head, table = len(d.entries), key
			d.entries = append(d.entries, tomlEntry{
				kind: n.Kind, key: key, head: head, inside: -1, start: start, valueStart: start, end: end,
			})
		case unstable.KeyValue:
			d.add(n, table, head, -1)
		default: // comments are not asked for
		}
	}
	d.err = p.Error()
	return d
}

// lineFrom is a copy of what follows on a line, without a comment.
func lineFrom(text []byte, at int) []byte {
	line, _, _ := bytes.Cut(text[at:], []byte("\n"))
	line, _, _ = bytes.Cut(line, []byte("#"))
	return slices.Clone(line)
}

// keyOf is a dotted key with the places where it begins and ends.
func keyOf(it unstable.Iterator) (key []string, first, last int) {
	first = -1
	for it.Next() {
		n := it.Node()
		if first < 0 {
			first = int(n.Raw.Offset)
		}
		last = int(n.Raw.Offset + n.Raw.Length)
		key = append(key, string(n.Data))
	}
	return key, first, last
}

// add notes a key with its value, and what stands in it where that is an inline table.
func (d *tomlDoc) add(n *unstable.Node, table []string, head, inside int) {
	key, first, last := keyOf(n.Key())
	key = append(slices.Clone(table), key...)
	after := d.text[last:]
	after = bytes.TrimLeft(after, " \t")
	after = bytes.TrimLeft(bytes.TrimPrefix(after, []byte("=")), " \t")
	self := len(d.entries)
	d.entries = append(d.entries, tomlEntry{
		kind: unstable.KeyValue, key: key, head: head, inside: inside, value: n.Value().Kind,
		start: first, valueStart: len(d.text) - len(after), end: int(n.Raw.Offset + n.Raw.Length),
	})
	if n.Value().Kind != unstable.InlineTable {
		return
	}
	for it := n.Value().Children(); it.Next(); {
		if child := it.Node(); child.Kind == unstable.KeyValue {
			d.add(child, key, head, self)
		}
	}
}

// find is the entry that gives a key its value. Keys of hooks have none: there may be several.
func (d tomlDoc) find(name string) (tomlEntry, bool) {
	for _, e := range d.entries {
		if e.kind == unstable.KeyValue && !d.underList(e) && e.name() == name {
			return e, true
		}
	}
	return tomlEntry{}, false
}

func (d tomlDoc) underList(e tomlEntry) bool {
	return e.head >= 0 && d.entries[e.head].kind == unstable.ArrayTable
}

// hook is the head of the hook with that number, from 1 on, or the value that holds them all.
func (d tomlDoc) hook(number int) (tomlEntry, bool) {
	if number == 0 {
		return tomlEntry{}, false
	}
	for _, e := range d.entries {
		if e.name() != "hook" {
			continue
		}
		if number--; number == 0 || e.kind == unstable.KeyValue {
			return e, true
		}
	}
	return tomlEntry{}, false
}

// position is the line and column of an offset, from 1 on.
func (d tomlDoc) position(offset int) (line, column int) {
	before := d.text[:offset]
	return bytes.Count(before, []byte("\n")) + 1, offset - bytes.LastIndexByte(before, '\n')
}

// line is where the line of an offset begins and where it ends, after its newline.
func (d tomlDoc) line(offset int) (start, end int) {
	start = bytes.LastIndexByte(d.text[:offset], '\n') + 1
	if n := bytes.IndexByte(d.text[offset:], '\n'); n >= 0 {
		return start, offset + n + 1
	}
	return start, len(d.text)
}

// blank overwrites in text, which is as long as the document, what stands at a place: a key with its
// value, or a head with all below it. It answers false where nothing stands there.
func (d tomlDoc) blank(text []byte, line, column int) bool {
	for i, e := range d.entries {
		start, end := e.start, e.end
		if e.kind != unstable.KeyValue {
			end = d.sectionEnd(i)
		}
		at, _ := d.position(start)
		until, last := d.position(end)
		below := line > at || line == at && column >= start-bytes.LastIndexByte(d.text[:start], '\n')
		above := line < until || line == until && column <= last
		if e.inside >= 0 || !below || !above {
			continue
		}
		if e.kind != unstable.KeyValue && !d.onHead(e, line) {
			continue // a key below it is wrong, not the head
		}
		for j := start; j < end; j++ {
			if text[j] != '\n' && text[j] != '\r' {
				text[j] = ' '
			}
		}
		return true
	}
	return false
}

func (d tomlDoc) onHead(e tomlEntry, line int) bool {
	at, _ := d.position(e.start)
	return line == at
}

// sectionEnd is where what stands under a head ends: at the next head, or with the text.
func (d tomlDoc) sectionEnd(i int) int {
	for _, e := range d.entries[i+1:] {
		if e.kind != unstable.KeyValue {
			return e.start
		}
	}
	return len(d.text)
}

package main

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/hayon/hayon"
)

// setKey gives a key a value, which is TOML, and leaves every other byte of the file as it is.
func setKey(text []byte, key, value string) ([]byte, error) {
	doc := parseToml(text)
	if doc.err != nil {
		return nil, unparsed()
	}
	next := doc.put(key, value)
	return next, doc.onlyChanged(next, key)
}

// unsetKey removes a key with its line. It answers false where the key is not there.
func unsetKey(text []byte, key string) ([]byte, bool, error) {
	doc := parseToml(text)
	if doc.err != nil {
		return nil, false, unparsed()
	}
	e, ok := doc.find(key)
	if !ok {
		return text, false, nil
	}
	next := doc.without(e)
	return next, true, doc.onlyChanged(next, key)
}

func unparsed() error {
	return hayon.Errorf(hayon.CodeInvalid, "the file is no TOML").WithHint("see where: hayon config validate   and mend it: hayon config edit")
}

// splice is the text with the bytes from start to end replaced.
func (d tomlDoc) splice(start, end int, with string) []byte {
	return slices.Concat(d.text[:start], []byte(with), d.text[end:])
}

// newline is how the lines of the file end.
func (d tomlDoc) newline() string {
	if bytes.Contains(d.text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

func (d tomlDoc) put(key, value string) []byte {
	if e, ok := d.find(key); ok {
		return d.splice(e.valueStart, e.end, value)
	}
	table, name, nested := strings.Cut(key, ".")
	if !nested {
		return d.putAtTop(key + " = " + value)
	}
	if e, ok := d.find(table); ok && e.value == unstable.InlineTable {
		return d.putInline(e, name+" = "+value)
	}
	for i, e := range d.entries {
		if e.kind == unstable.Table && e.name() == table {
			return d.putAfter(d.lastUnder(i), name+" = "+value)
		}
	}
	if i := d.lastDotted(table); i >= 0 {
		return d.putAfter(i, table+"."+name+" = "+value)
	}
	gap := ""
	if len(bytes.TrimSpace(d.text)) > 0 {
		gap = d.newline()
	}
	return []byte(d.ended() + gap + "[" + table + "]" + d.newline() + name + " = " + value + d.newline())
}

// ended is the text with a newline at its end.
func (d tomlDoc) ended() string {
	if n := len(d.text); n > 0 && d.text[n-1] != '\n' {
		return string(d.text) + d.newline()
	}
	return string(d.text)
}

// lastUnder is the last key under a head, or the head.
func (d tomlDoc) lastUnder(head int) int {
	last := head
	for i, e := range d.entries {
		if e.kind == unstable.KeyValue && e.head == head && e.inside < 0 {
			last = i
		}
	}
	return last
}

// lastDotted is the last key above all heads that begins with a table's name, -1 for none.
func (d tomlDoc) lastDotted(table string) int {
	last := -1
	for i, e := range d.entries {
		if e.head < 0 && e.inside < 0 && len(e.key) > 1 && e.key[0] == table {
			last = i
		}
	}
	return last
}

// putAfter adds a line below that of an entry, and as far to the right as a key.
func (d tomlDoc) putAfter(i int, line string) []byte {
	e := d.entries[i]
	indent := ""
	if start, _ := d.line(e.start); e.kind == unstable.KeyValue {
		indent = string(d.text[start:e.start])
	}
	_, end := d.line(e.end)
	if end == len(d.text) {
		return []byte(d.ended() + indent + line + d.newline())
	}
	return d.splice(end, end, indent+line+d.newline())
}

// putAtTop adds a line that stands in no table: below the last such line, else above the first head
// with its comments.
func (d tomlDoc) putAtTop(line string) []byte {
	if last := d.lastUnder(-1); last >= 0 {
		return d.putAfter(last, line)
	}
	if len(d.entries) == 0 {
		return []byte(d.ended() + line + d.newline())
	}
	at, _ := d.line(d.entries[0].start)
	for at > 0 {
		above, _ := d.line(at - 1)
		if !bytes.HasPrefix(bytes.TrimSpace(d.text[above:at]), []byte("#")) {
			break
		}
		at = above
	}
	return d.splice(at, at, line+d.newline()+d.newline())
}

// putInline adds a pair to an inline table.
func (d tomlDoc) putInline(e tomlEntry, pair string) []byte {
	inner := d.text[e.valueStart+1 : e.end-1]
	kept := len(bytes.TrimRight(inner, " \t\r\n,"))
	if len(bytes.TrimSpace(inner)) == 0 {
		return d.splice(e.valueStart, e.end, "{"+pair+"}")
	}
	at := e.valueStart + 1 + kept
	return d.splice(at, at, ", "+pair)
}

// without is the text without an entry: its lines, or its pair of an inline table with one comma.
func (d tomlDoc) without(e tomlEntry) []byte {
	if e.inside < 0 {
		start, _ := d.line(e.start)
		_, end := d.line(e.end)
		return d.splice(start, end, "")
	}
	start, end := e.start, e.end
	after := len(d.text) - len(bytes.TrimLeft(d.text[end:], " \t"))
	before := len(bytes.TrimRight(d.text[:start], " \t"))
	switch {
	case d.text[after] == ',':
		end = len(d.text) - len(bytes.TrimLeft(d.text[after+1:], " \t"))
	case d.text[before-1] == ',':
		start = before - 1
	}
	return d.splice(start, end, "")
}

// onlyChanged makes sure that nothing but the key has another value in the next text: what cannot be
// changed in place is left to its user.
func (d tomlDoc) onlyChanged(next []byte, key string) error {
	before, after := valuesOf(d.text), valuesOf(next)
	for _, values := range []map[string]any{before, after} {
		delete(values, key)
	}
	if before == nil || after == nil || !reflect.DeepEqual(before, after) {
		return hayon.Errorf(hayon.CodeInvalid, "%s cannot be changed in place, as the file is written; nothing was changed", key).
			WithHint("change it yourself: hayon config edit")
	}
	return nil
}

// valuesOf are the values of a file by dotted names; nil where it is no TOML. Empty tables are left out.
func valuesOf(text []byte) map[string]any {
	var tables map[string]any
	if err := toml.Unmarshal(text, &tables); err != nil {
		return nil
	}
	flat := make(map[string]any)
	flatten(flat, "", tables)
	return flat
}

func flatten(into map[string]any, prefix string, values map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if table, ok := values[name].(map[string]any); ok {
			flatten(into, prefix+name+".", table)
			continue
		}
		into[prefix+name] = values[name]
	}
}

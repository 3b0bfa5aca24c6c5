package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
)

type flagT = pflag.Flag

// jsonFlag is --json or --json=FIELDS.
type jsonFlag struct {
	on     bool
	fields []string // empty: all
}

func (j *jsonFlag) String() string { return "" }
func (j *jsonFlag) Type() string   { return "fields" }

// Set reads the value: * (or a true value from the environment) for all fields, or their names.
func (j *jsonFlag) Set(s string) error {
	switch s {
	case "false", "0":
		*j = jsonFlag{}
		return nil
	case "*", "true", "1":
		*j = jsonFlag{on: true}
		return nil
	}
	*j = jsonFlag{on: true}
	for f := range strings.SplitSeq(s, ",") {
		if f = strings.TrimSpace(f); f != "" {
			j.fields = append(j.fields, f)
		}
	}
	return nil
}

// printJSON writes one value, the selected fields of it, or what --jq makes of it. fields are the valid
// names; a list is selected from item by item. A terminal gets it over several lines.
func (a *app) printJSON(v any, fields []string) error { return a.emitJSON(v, fields, a.io.outTTY) }

// printJSONLine is printJSON on one line, for values that come one after the other.
func (a *app) printJSONLine(v any, fields []string) error { return a.emitJSON(v, fields, false) }

func (a *app) emitJSON(v any, fields []string, indented bool) error {
	b, err := encodeJSON(v)
	if err != nil {
		return err
	}
	if len(a.flags.json.fields) > 0 {
		if b, err = selectFields(b, a.flags.json.fields, fields); err != nil {
			return err
		}
	}
	if a.query != nil {
		return a.query.run(a, b, indented)
	}
	return a.writeJSON(b, indented)
}

// writeJSON writes a JSON text on one line, or indented over several.
func (a *app) writeJSON(b []byte, indented bool) error {
	if indented {
		var wide bytes.Buffer
		if err := json.Indent(&wide, b, "", "  "); err != nil {
			return err
		}
		b = wide.Bytes()
	}
	_, err := a.io.out.Write(append(b, '\n'))
	return err
}

// checkFields refuses unknown names before anything is done.
func (a *app) checkFields(valid []string) error {
	for _, f := range a.flags.json.fields {
		if !slices.Contains(valid, f) {
			e := hayon.Errorf(hayon.CodeUsage, "--json does not know the field %q", f).
				WithHint("the fields are: " + strings.Join(valid, ", "))
			if near := nearest(f, valid); near != "" {
				e.Hint = "did you mean " + near + "? " + e.Hint
			}
			return e
		}
	}
	return nil
}

func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// selectFields keeps the named members, in the order of the document. A name such as targets.url
// reaches into lists and objects.
func selectFields(b []byte, want, valid []string) ([]byte, error) {
	for _, f := range want {
		if !slices.Contains(valid, f) {
			return nil, hayon.Errorf(hayon.CodeUsage, "--json does not know the field %q", f).
				WithHint("the fields are: " + strings.Join(valid, ", "))
		}
	}
	var out bytes.Buffer
	if err := pick(&out, b, want); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func pick(out *bytes.Buffer, b []byte, want []string) error {
	b = bytes.TrimSpace(b)
	switch {
	case len(b) > 0 && b[0] == '[':
		return pickList(out, b, want)
	case len(b) > 0 && b[0] == '{':
		return pickObject(out, b, want)
	default:
		out.Write(b)
		return nil
	}
}

func pickList(out *bytes.Buffer, b []byte, want []string) error {
	var items []json.RawMessage
	if err := json.Unmarshal(b, &items); err != nil {
		return err
	}
	out.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := pick(out, item, want); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func pickObject(out *bytes.Buffer, b []byte, want []string) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	out.WriteByte('{')
	for first := true; dec.More(); {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		whole := slices.Contains(want, name)
		var below []string
		for _, w := range want {
			if rest, ok := strings.CutPrefix(w, name+"."); ok {
				below = append(below, rest)
			}
		}
		if !whole && len(below) == 0 {
			continue
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		quoted, err := encodeJSON(name)
		if err != nil {
			return err
		}
		out.Write(quoted)
		out.WriteByte(':')
		if whole {
			out.Write(value)
		} else if err := pick(out, value, below); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

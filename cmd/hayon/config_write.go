package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
)

// tomlQuote writes a string of TOML.
func tomlQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// tomlTexts writes a list of strings.
func tomlTexts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = tomlQuote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tomlOf is what somebody typed as the value of a key, in TOML: TOML itself for lists and strings in
// quotes, a,b for a list, the bare word for everything else. Whether the key takes it is not looked at.
func (k configKey) tomlOf(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	refused := func() error {
		return hayon.Errorf(hayon.CodeInvalid, "%s does not take %q; nothing was written", k.name, typed).WithHint("write it as " + k.written)
	}
	v, err := tomlValue([]byte(typed))
	if doc := parseToml([]byte("v = " + typed)); len(doc.entries) != 1 { // more than a value
		err = refused()
	}
	switch {
	case k.isList() && strings.HasPrefix(typed, "["):
		items, ok := textsOf(v)
		if err != nil || !ok {
			return "", refused()
		}
		return tomlTexts(items), nil
	case k.isList():
		var items []string
		for item := range strings.SplitSeq(typed, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		return tomlTexts(items), nil
	case k.kind == kindTruth:
		truth, ok := v.(bool)
		if err != nil || !ok {
			return "", refused()
		}
		return strconv.FormatBool(truth), nil
	case k.kind == kindNumber || k.kind == kindSize && isNumber(typed):
		if !isNumber(typed) {
			return "", refused()
		}
		return typed, nil
	}
	if text, ok := v.(string); ok && err == nil {
		return tomlQuote(text), nil
	}
	return tomlQuote(typed), nil
}

// textsOf are the strings of a list that holds nothing else.
func textsOf(v any) ([]string, bool) {
	list, ok := v.([]any)
	items := make([]string, 0, len(list))
	for _, item := range list {
		text, isText := item.(string)
		ok = ok && isText
		items = append(items, text)
	}
	return items, ok
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

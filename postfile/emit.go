package postfile

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// jsonOf writes a node as JSON, indented by two spaces.
func jsonOf(n *node) []byte {
	var b strings.Builder
	writeJSON(&b, n, "\n")
	b.WriteByte('\n')
	return []byte(b.String())
}

func writeJSON(b *strings.Builder, n *node, newline string) {
	deeper := newline + "  "
	switch n.kind {
	case kindText:
		b.WriteString(jsonText(n.text))
	case kindList, kindTable:
		open, end := "[", "]"
		if n.kind == kindTable {
			open, end = "{", "}"
		}
		b.WriteString(open)
		comma := ""
		for _, item := range n.items {
			b.WriteString(comma + deeper)
			writeJSON(b, item, deeper)
			comma = ","
		}
		for _, e := range n.entries {
			b.WriteString(comma + deeper + jsonText(e.key) + ": ")
			writeJSON(b, e.value, deeper)
			comma = ","
		}
		if comma != "" {
			b.WriteString(newline)
		}
		b.WriteString(end)
	default:
		b.WriteString(n.text)
	}
}

func jsonText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text into memory
	return strings.TrimSuffix(b.String(), "\n")
}

// yamlOf writes a mapping as YAML: block mappings, short lists in one line, texts of several lines under | where
// that keeps them as they are.
func yamlOf(n *node) []byte {
	if len(n.entries) == 0 {
		return []byte("{}\n")
	}
	var b strings.Builder
	writeTable(&b, n, "", "")
	return []byte(b.String())
}

// writeTable writes a mapping whose first line begins with first, the others with indent.
func writeTable(b *strings.Builder, n *node, first, indent string) {
	for _, e := range n.entries {
		b.WriteString(first + yamlKey(e.key) + ":")
		writeBelow(b, e.value, indent)
		first = indent
	}
}

// writeBelow writes what follows a key or dash, and the end of the line.
func writeBelow(b *strings.Builder, n *node, indent string) {
	deeper := indent + "  "
	switch {
	case n.kind == kindTable && len(n.entries) > 0:
		b.WriteByte('\n')
		writeTable(b, n, deeper, deeper)
	case n.kind == kindList:
		if line, ok := flowList(n); ok {
			b.WriteString(" " + line + "\n")
			return
		}
		b.WriteByte('\n')
		for _, item := range n.items {
			if item.kind == kindTable && len(item.entries) > 0 {
				writeTable(b, item, deeper+"- ", deeper+"  ")
				continue
			}
			b.WriteString(deeper + "-")
			writeBelow(b, item, deeper)
		}
	case n.kind == kindText && blockable(n.text):
		writeBlock(b, n.text, deeper)
	case n.kind == kindText:
		b.WriteString(" " + yamlText(n.text) + "\n")
	case n.kind == kindTable:
		b.WriteString(" {}\n")
	default:
		b.WriteString(" " + n.text + "\n")
	}
}

// flowList is a list in one line, where it is short and of words.
func flowList(n *node) (string, bool) {
	words := make([]string, len(n.items))
	size := 0
	for i, item := range n.items {
		if item.kind != kindText && item.kind != kindNumber || strings.ContainsAny(item.text, "\n\t") {
			return "", false
		}
		if words[i] = item.text; item.kind == kindText {
			words[i] = yamlText(item.text)
		}
		size += len(words[i]) + len(", ")
	}
	return "[" + strings.Join(words, ", ") + "]", size <= 80
}

// blockable reports whether a text can stand under | as it is. The parser drops blanks at the end of the last line
// where no newline follows.
func blockable(s string) bool {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	if !strings.Contains(s, "\n") || lines[0] == "" || lines[len(lines)-1] == "" || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		return false
	}
	for _, line := range lines {
		if line != "" && strings.TrimRight(line, " ") == "" || strings.IndexFunc(line, unprintable) >= 0 {
			return false
		}
	}
	return true
}

func writeBlock(b *strings.Builder, s, indent string) {
	b.WriteString(" |")
	if !strings.HasSuffix(s, "\n") {
		b.WriteByte('-')
	}
	b.WriteByte('\n')
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if line != "" {
			b.WriteString(indent + line)
		}
		b.WriteByte('\n')
	}
}

// unprintable are characters that readers of YAML take for others, or that nobody sees.
func unprintable(c rune) bool {
	return c < ' ' || c == '\u2028' || c == '\u2029' || c == '\ufeff' || unicode.IsControl(c)
}

// plainText is what needs no quotes anywhere, also not in a list in one line. It is narrower than YAML.
var plainText = regexp.MustCompile(`^[\pL\pN./_][\pL\pM\pN ./_+()@;=~!?'-]*(:[\pL\pN/][\pL\pM\pN ./_+()@;=~!?'-]*)*$`)

// likeNumber is what some reader of YAML takes for a number.
var likeNumber = regexp.MustCompile(`^[-+]?(0[xXoObB][0-9a-fA-F_]*|[0-9.][0-9_.,:]*([eE][-+]?[0-9]*)?)$`)

// otherWords are what some reader of YAML takes for something else than text.
var otherWords = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|y|n|null|nan|\.inf|\.nan)$`)

func yamlText(s string) string {
	if plainText.MatchString(s) && !strings.HasSuffix(s, " ") && !likeNumber.MatchString(s) && !otherWords.MatchString(s) && !strings.HasPrefix(s, "...") {
		return s
	}
	return quoted(s)
}

func yamlKey(s string) string {
	if strings.ContainsAny(s, ":?") {
		return quoted(s)
	}
	return yamlText(s)
}

// quoted is a text between double quotes, with the escapes that it needs.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case unprintable(c):
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

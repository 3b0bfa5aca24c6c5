package postfile

import "strings"

// fence begins and ends front matter.
const fence = "---"

// isFence reports whether a line is a fence; blanks at its end do not count.
func isFence(line string) bool { return strings.TrimRight(line, " \t") == fence }

// readMarkdown reads front matter, if the first line begins it, and the text. One empty line between them and one
// newline at the end are not part of the text.
func (f *File) readMarkdown(r *reader, src string) {
	first, rest, more := strings.Cut(src, "\n")
	if !isFence(first) || !more && !isFence(src) {
		f.Text = strings.TrimSuffix(src, "\n")
		return
	}
	front, body, lines, ok := cutFront(rest)
	if !ok {
		r.wrong(place{1, 1}, nil, "the front matter that begins here never ends",
			"end it by a line of only ---; a text that begins with --- gets an empty line before it")
		return
	}
	line := 1 + lines + 1 // of the first after the second fence
	if strings.HasPrefix(body, "\n") {
		body, line = body[1:], line+1
	}
	f.Text = strings.TrimSuffix(body, "\n")
	r.put(nil, place{line, 1})
	n := r.parseYAML(front, 1)
	if n == nil || n.kind == kindNull {
		return
	}
	f.readKeys(r, n)
}

// cutFront cuts at the line that ends the front matter. lines is how many lines that takes, its end included.
func cutFront(s string) (front, body string, lines int, ok bool) {
	at := 0
	for at < len(s) {
		lines++
		end := strings.IndexByte(s[at:], '\n')
		line, next := s[at:], len(s)
		if end >= 0 {
			line, next = s[at:at+end], at+end+1
		}
		if isFence(line) {
			return s[:at], s[next:], lines, true
		}
		at = next
	}
	return "", "", 0, false
}

package postfile

import "strings"

// Format writes a file: [Parse] reads the same out of it. Markdown has its keys in a fixed order and no front
// matter where there is nothing to say. What no file can hold is refused as [Problems]: control characters, values
// that Parse refuses, and in a .txt file all but the text.
func Format(f *File, k Kind) ([]byte, error) {
	b, err := f.render(k)
	if err != nil {
		return nil, err
	}
	path := "post" + extension(k)
	again, err := Parse(path, b)
	if err != nil {
		return nil, err
	}
	if !same(f.tree(), again.tree()) {
		return nil, Problems{{Path: path, Line: 1, Column: 1, Reason: "holds bytes that are not UTF-8, or a carriage return", Hint: "take them out"}}
	}
	return b, nil
}

// extension is how names of files of a kind end.
func extension(k Kind) string {
	switch k {
	case Markdown:
		return ".md"
	case JSON:
		return ".json"
	case YAML:
		return ".yaml"
	case Text:
	}
	return ".txt"
}

// tree is all that a file says.
func (f *File) tree() *node {
	n := f.front()
	n.put("body", bodyField().write(f))
	return n
}

// front is all but the text.
func (f *File) front() *node {
	n := tableNode()
	for _, field := range fields() {
		n.put(field.key, field.write(f))
	}
	return n
}

func (f *File) render(k Kind) ([]byte, error) {
	front := f.front()
	switch k {
	case Markdown:
		return f.markdown(front), nil
	case JSON:
		return jsonOf(f.tree()), nil
	case YAML:
		return yamlOf(f.tree()), nil
	case Text:
	}
	if len(front.entries) > 0 {
		key := front.entries[0].key
		return nil, Problems{{Path: "post.txt", Line: 1, Column: 1, Field: key, Reason: "a .txt file holds the text alone", Hint: "write the post as .md, .yaml or .json"}}
	}
	return []byte(mark(f.Text) + ended(f.Text)), nil
}

// mark is a byte order mark before a text that begins with one, which would be taken for the file's.
func mark(s string) string {
	if strings.HasPrefix(s, "\ufeff") {
		return "\ufeff"
	}
	return ""
}

// ended is a text with the newline at the end of its file.
func ended(s string) string {
	if s == "" {
		return ""
	}
	return s + "\n"
}

func (f *File) markdown(front *node) []byte {
	first, _, _ := strings.Cut(f.Text, "\n")
	if len(front.entries) == 0 && !isFence(first) {
		return []byte(mark(f.Text) + ended(f.Text))
	}
	head := fence + "\n" + fence + "\n"
	if len(front.entries) > 0 {
		head = fence + "\n" + string(yamlOf(front)) + fence + "\n"
	}
	if strings.HasPrefix(f.Text, "\n") {
		head += "\n"
	}
	return []byte(head + ended(f.Text))
}

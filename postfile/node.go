package postfile

import "slices"

// nodeKind is what a value looks like before anybody asks what it should be.
type nodeKind int

const (
	kindNull nodeKind = iota
	kindText
	kindNumber // text is as it is spelled
	kindTruth  // text is true or false
	kindList
	kindTable
	// kindWrong was said to be wrong already.
	kindWrong
)

// String is the kind in words.
func (k nodeKind) String() string {
	return [...]string{"nothing", "a text", "a number", "true or false", "a list", "a mapping", "wrong"}[k]
}

// node is a value of YAML or JSON with its place. Both are read into nodes and written from nodes, so that what
// is said of a key holds for every kind of file.
type node struct {
	kind    nodeKind
	text    string
	at      place
	items   []*node
	entries []entry
	// full: it has more entries than it may, which was said.
	full bool
}

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	at    place
	value *node
}

func textNode(s string) *node { return &node{kind: kindText, text: s} }

func numberNode(s string) *node { return &node{kind: kindNumber, text: s} }

func truthNode(v bool) *node {
	if v {
		return &node{kind: kindTruth, text: "true"}
	}
	return &node{kind: kindTruth, text: "false"}
}

func tableNode() *node { return &node{kind: kindTable} }

// put adds a key; a value of nil is left out.
func (n *node) put(key string, value *node) {
	if value != nil {
		n.entries = append(n.entries, entry{key: key, value: value})
	}
}

// same reports whether two values say the same, wherever they stand.
func same(a, b *node) bool {
	return a.kind == b.kind && a.text == b.text && slices.EqualFunc(a.items, b.items, same) &&
		slices.EqualFunc(a.entries, b.entries, func(a, b entry) bool { return a.key == b.key && same(a.value, b.value) })
}

// get is the value of a key, or nil.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

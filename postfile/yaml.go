package postfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxSigns is how many lines and characters of YAML's syntax a file may have, in its texts also. The lexer makes a
// token of each, and the parser takes several passes over them.
const maxSigns = 32 << 10

// maxTokens bounds what the parser gets, whose time grows with the square of the keys of a mapping and of the items
// of a list between brackets. A post with a hundred described media has half of it.
const maxTokens = 4000

// yamlReader reads YAML that begins some lines below the start of the file.
type yamlReader struct {
	*reader
	lines  []string
	offset int // lines before the YAML
	// starts are where the characters of a line begin, for lines that are not ASCII alone, each made once: a line may
	// be long and have thousands of tokens.
	starts map[int][]int
}

// parseYAML makes a node of one document of YAML; nil where it said what is wrong.
func (r *reader) parseYAML(src string, offset int) (n *node) {
	y := &yamlReader{reader: r, offset: offset, starts: make(map[int][]int)}
	defer func() {
		if recover() != nil { // the YAML is a stranger's and the parser too
			y.wrong(place{offset + 1, 1}, nil, "the YAML cannot be read", quoteHint)
			n = nil
		}
	}()
	if !y.bounded(src) {
		return nil
	}
	y.lines = strings.Split(src, "\n")
	tokens := lexer.Tokenize(src)
	said := len(r.problems)
	if !y.plain(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if len(r.problems) == said { // else it is what was said
			y.syntax(err)
		}
		return nil
	}
	return y.document(file)
}

// bounded refuses what would make too many tokens, before there are any.
func (y *yamlReader) bounded(src string) bool {
	if len(src) > maxYAML {
		y.wrong(place{y.offset + 1, 1}, nil, fmt.Sprintf("there are %d bytes of YAML; a post has at most %d", len(src), maxYAML), manyHint)
		return false
	}
	signs, before := 0, byte('\n')
	for i := range len(src) {
		c := src[i]
		if sign(c, before, src[i+1:]) {
			if signs++; signs > maxSigns {
				at := placeOf(src, i)
				at.line += y.offset
				y.wrong(at, nil, fmt.Sprintf("there are more than %d lines, brackets, commas, colons and the like", maxSigns), manyHint)
				return false
			}
		}
		before = c
	}
	return true
}

// sign reports whether the lexer may make a token of a byte.
func sign(c, before byte, after string) bool {
	switch c {
	case '\n', '[', ']', '{', '}', ',', '"', '&', '*', '!', '|', '>', '%', '#':
		return true
	case '\'':
		return before != '\'' && (before < 'a' || before > 'z')
	case '-', ':', '?':
		return after == "" || strings.IndexByte(" \t\n", after[0]) >= 0
	}
	return false
}

// plain refuses what YAML can and a post file does not need: references, tags, several documents. It is false where
// the parser would work too long: deep nesting, a crowd of tokens.
func (y *yamlReader) plain(tokens token.Tokens) bool {
	var deep nesting
	for i, tk := range tokens {
		if i == maxTokens {
			y.wrong(y.place(tk), nil, tooMany, manyHint)
			return false
		}
		if deep.add(tk) > maxDepth {
			y.wrong(y.place(tk), nil, tooDeep, depthHint)
			return false
		}
		if y.hidesTag(tk) {
			y.wrong(y.place(tk), nil, "what follows # is a comment, and no part of the text", `put the text between quotes, as "#`+cut(firstWord(tk.Value))+`", or a blank behind the #`)
		}
		if reason, hint := refused(tk, i == 0); reason != "" {
			at := y.place(tk)
			if tk.Type == token.DirectiveType && at.column > 1 {
				reason, hint = "a value cannot begin with %", `put it between quotes, as "`+y.word(at)+`"`
			}
			y.wrong(at, nil, reason, hint)
		}
	}
	return y.noTabs(tokens)
}

// hidesTag reports whether a comment is likely to be a tag that its author took for a part of a text, which would go
// out without it: a word right behind #, after a value in its line or indented below a text.
func (y *yamlReader) hidesTag(tk *token.Token) bool {
	if tk.Type != token.CommentType || strings.IndexFunc(tk.Value, wordRune) != 0 {
		return false
	}
	at := y.place(tk)
	if strings.TrimLeft(y.line(tk.Position.Line)[:at.column-1], " \t") != "" {
		return true
	}
	value := tk.Prev
	if value == nil || value.Type != token.StringType || value.Prev == nil || value.Prev.Type != token.MappingValueType {
		return false
	}
	key := value.Prev.Prev
	return key != nil && key.Position.Column < tk.Position.Column
}

func wordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// firstWord is what stands before anything that is no letter and no digit.
func firstWord(s string) string {
	if i := strings.IndexFunc(s, func(c rune) bool { return !wordRune(c) }); i >= 0 {
		return s[:i]
	}
	return s
}

// nesting counts how deep the parser goes: brackets that are open, or dashes in one line. Indentation costs the
// writer more than the parser.
type nesting struct{ open, dashes, line int }

func (n *nesting) add(tk *token.Token) int {
	if tk.Position.Line != n.line {
		n.line, n.dashes = tk.Position.Line, 0
	}
	switch tk.Type { //nolint:exhaustive // the others open nothing
	case token.SequenceStartType, token.MappingStartType:
		n.open++
	case token.SequenceEndType, token.MappingEndType:
		n.open--
	case token.SequenceEntryType:
		n.dashes++
	}
	return max(n.open, n.dashes)
}

const (
	tooMany   = "there are too many keys and items for a post"
	manyHint  = "a file is one post; a long text goes below front matter, in a file that ends in .md"
	tooDeep   = "lists and mappings stand deeper in one another than 8"
	depthHint = "no key takes more than two; a text with brackets goes between quotes"
)

// refused says why a token cannot be, and what to write instead.
func refused(tk *token.Token, first bool) (reason, hint string) {
	switch tk.Type { //nolint:exhaustive // the others are taken
	case token.AnchorType:
		return "an anchor (&)", "write the value wherever it is wanted; a text that begins with & goes between quotes"
	case token.AliasType:
		return "an alias (*)", "write the value itself; a text that begins with * goes between quotes"
	case token.TagType:
		return "a tag (!)", "leave it out; a text that begins with ! goes between quotes"
	case token.MergeKeyType:
		return "a merge key (<<)", "write the keys themselves"
	case token.MappingKeyType:
		return "a key after ?", "write key: value; a text that begins with ? goes between quotes"
	case token.DirectiveType:
		return "a directive (%)", "leave it out; a text that begins with % goes between quotes"
	case token.DocumentEndType:
		return "the document ends by ...", "leave the line out; a file is one post"
	case token.DocumentHeaderType:
		if !first {
			return "a second document begins", "make a file of each post; a text with --- goes below front matter, or is indented under body: |"
		}
	}
	return "", ""
}

// noTabs refuses tabs before the first token of a line. A text over several lines may have them.
func (y *yamlReader) noTabs(tokens token.Tokens) bool {
	checked := 0
	for _, tk := range tokens {
		if tk.Position.Line == checked || tk.Type == token.StringType && tk.Prev != nil && (tk.Prev.Type == token.LiteralType || tk.Prev.Type == token.FoldedType) {
			continue
		}
		checked = tk.Position.Line
		text := y.line(checked)
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if i := strings.IndexByte(indent, '\t'); i >= 0 {
			y.wrong(place{checked + y.offset, i + 1}, nil, "a tab in the indentation", "use spaces; YAML takes no tabs there")
			return false
		}
	}
	return true
}

// line is a line of the YAML by its number.
func (y *yamlReader) line(n int) string {
	if n < 1 || n > len(y.lines) {
		return ""
	}
	return y.lines[n-1]
}

// place is where a token begins, in bytes. The lexer counts characters, and tabs before a value not at all.
func (y *yamlReader) place(tk *token.Token) place {
	text := y.line(tk.Position.Line)
	at := min(max(tk.Position.Column-1, 0), len(text))
	if starts := y.startsOf(tk.Position.Line, text); starts != nil {
		at = starts[min(at, len(starts)-1)]
	}
	if rest := text[at:]; strings.HasPrefix(rest, "\t") {
		at += len(rest) - len(strings.TrimLeft(rest, " \t"))
	}
	return place{tk.Position.Line + y.offset, at + 1}
}

// startsOf are where the characters of a line begin, and its end; nil where each has one byte.
func (y *yamlReader) startsOf(n int, text string) []int {
	starts, made := y.starts[n]
	if made {
		return starts
	}
	if utf8.RuneCountInString(text) < len(text) {
		for i := range text {
			starts = append(starts, i)
		}
		starts = append(starts, len(text))
	}
	y.starts[n] = starts
	return starts
}

// document is the one document of a file.
func (y *yamlReader) document(file *ast.File) *node {
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); doc.Body != nil && !directive {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) == 0 {
		return &node{kind: kindNull, at: place{y.offset + 1, 1}}
	}
	return y.node(bodies[0], 0)
}

// node is the value of a part of the tree.
func (y *yamlReader) node(in ast.Node, depth int) *node {
	n := &node{kind: kindWrong, at: y.place(in.GetToken())}
	if depth > maxDepth {
		y.wrong(n.at, nil, tooDeep, depthHint)
		return n
	}
	switch in := in.(type) {
	case *ast.NullNode:
		n.kind = kindNull
	case *ast.BoolNode:
		n.kind, n.text = kindTruth, strings.ToLower(in.GetToken().Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		y.number(n, in.GetToken().Value)
	case *ast.StringNode:
		y.string(n, in)
	case *ast.LiteralNode:
		n.kind, n.text = kindText, in.Value.Value
	case *ast.SequenceNode:
		n.kind = kindList
		for _, item := range in.Values {
			n.items = append(n.items, y.node(item, depth+1))
		}
	case *ast.MappingNode:
		y.mapping(n, in.Values, depth)
	case *ast.MappingValueNode:
		y.mapping(n, []*ast.MappingValueNode{in}, depth)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode: // refused by their tokens
	default:
		y.wrong(n.at, nil, "this YAML is not understood", quoteHint)
	}
	return n
}

// string is a text. A number that is too large for the parser is a text to it.
func (y *yamlReader) string(n *node, in *ast.StringNode) {
	if in.Token.Type == token.StringType && len(in.Value) > maxNumber && likeNumber.MatchString(in.Value) {
		y.number(n, in.Value)
		return
	}
	n.kind, n.text = kindText, in.Value
	y.surrogates(n, in.Token.Origin)
}

func (r *reader) number(n *node, spelled string) {
	if len(spelled) > maxNumber {
		r.wrong(n.at, nil, fmt.Sprintf("a number of %d characters", len(spelled)), "a text goes between quotes")
		return
	}
	n.kind, n.text = kindNumber, spelled
}

// surrogates refuses escapes of halves of characters, which become U+FFFD.
func (r *reader) surrogates(n *node, origin string) {
	if strings.Contains(n.text, "\ufffd") && !strings.Contains(origin, "\ufffd") && !strings.Contains(strings.ToLower(origin), `\ufffd`) {
		r.wrong(n.at, nil, `an escape (\u) that is no character`, "write the character itself")
		n.kind = kindWrong
	}
}

func (y *yamlReader) mapping(n *node, values []*ast.MappingValueNode, depth int) {
	n.kind = kindTable
	for i, v := range values {
		key := v.Key.GetToken()
		e := entry{key: key.Value, at: y.place(key), value: y.node(v.Value, depth+1)}
		if i == 0 && n.at != e.at && key.Position.Line <= n.at.line-y.offset && v.Start.Type == token.MappingValueType && !y.opens(n.at) {
			n.at = e.at // the node begins at its colon
		}
		if key.Type != token.MergeKeyType && key.Type != token.MappingKeyType { // refused by their tokens
			y.add(n, e)
		}
	}
}

// opens reports whether a mapping between braces begins there.
func (y *yamlReader) opens(p place) bool {
	text := y.line(p.line - y.offset)
	return p.column <= len(text) && text[p.column-1] == '{'
}

// add adds an entry whose key is new and not too long.
func (r *reader) add(n *node, e entry) {
	switch {
	case len(e.key) > maxKey:
		r.wrong(e.at, nil, fmt.Sprintf("a key of %d bytes", len(e.key)), "a key is a word and a colon; a text with a colon goes between quotes")
	case strings.IndexFunc(e.key, unicode.IsControl) >= 0:
		r.wrong(e.at, nil, fmt.Sprintf("the key %q holds a control character", e.key), "write a name")
	case len(n.entries) == maxKeys:
		if !n.full {
			r.wrong(e.at, nil, fmt.Sprintf("a mapping of more than %d keys", maxKeys), "a file is one post, which has a few")
		}
		n.full = true
	default:
		i := slices.IndexFunc(n.entries, func(before entry) bool { return before.key == e.key })
		if i < 0 {
			n.entries = append(n.entries, e)
			return
		}
		r.wrong(e.at, nil, fmt.Sprintf("the key %q is there twice, first in line %d", e.key, n.entries[i].at.line), "keep one of them")
	}
}

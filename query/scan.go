package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxInput bounds a query, in bytes.
const maxInput = 1000

// token is a term as it stands in the input.
type token struct {
	start, end int // bytes of the input
	not        bool
	key        Key     // its Name is "" for words
	values     []piece // one for words, and none where the value is missing
}

// piece is a value or a word.
type piece struct {
	text   string
	at     int // byte of the input
	quoted bool
}

// scanner reads tokens from left to right.
type scanner struct {
	input string
	pos   int
}

func (s *scanner) refuse(at int, hint, reason string) *Error {
	return &Error{Input: s.input, Column: columnOf(s.input, at), Reason: reason, Hint: hint}
}

// scan reads all tokens.
func scan(input string) ([]token, *Error) {
	s := &scanner{input: input}
	if err := s.check(); err != nil {
		return nil, err
	}
	var tokens []token
	for {
		s.pos += spaces(input[s.pos:])
		if s.pos == len(input) {
			return tokens, nil
		}
		t, err := s.token()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
	}
}

// check refuses what no keyboard writes.
func (s *scanner) check() *Error {
	if len(s.input) > maxInput {
		return &Error{Input: s.input[:runeStart(s.input, maxInput)], Column: 1, Reason: "it is longer than 1000 bytes", Hint: "leave some terms away"}
	}
	for i, r := range s.input {
		switch _, size := utf8.DecodeRuneInString(s.input[i:]); {
		case r == utf8.RuneError && size == 1:
			return s.refuse(i, "write it in UTF-8", "a byte that is no text")
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return s.refuse(i, "leave it away", "a control character")
		}
	}
	return nil
}

func runeStart(s string, n int) int {
	for 0 < n && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

func (s *scanner) token() (token, *Error) {
	t := token{start: s.pos}
	if s.input[s.pos] == '-' {
		t.not = true
		s.pos++
		if rest := s.bare(); rest == "" || rest[0] == '-' {
			return t, s.refuse(t.start, `put it in quotes to look for it, as "`+s.input[t.start:s.pos+len(rest)]+`"`, `"-" excludes what follows, and nothing does`)
		}
	}
	if err := s.key(&t); err != nil {
		return t, err
	}
	var err *Error
	if t.key.Name == "" {
		err = s.word(&t)
	} else {
		err = s.list(&t)
	}
	t.end = s.pos
	return t, err
}

// bare is what follows up to a blank.
func (s *scanner) bare() string {
	rest := s.input[s.pos:]
	if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
		return rest[:i]
	}
	return rest
}

func spaces(s string) int { return len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace)) }

// key reads a key with its colon, where one follows.
func (s *scanner) key(t *token) *Error {
	bare := s.bare()
	head, rest, found := strings.Cut(bare, ":")
	if !found {
		return nil
	}
	if k, ok := keyNamed(head); ok {
		if t.not && !k.Not {
			return s.refuse(t.start, notHint(k.Name), k.Name+": cannot be excluded")
		}
		t.key = k
		s.pos += len(head) + 1
		return nil
	}
	near := nearKey(head)
	if near == "" || strings.HasPrefix(rest, "//") {
		return nil
	}
	hint := "did you mean " + near + ":?"
	if !strings.Contains(bare, `"`) {
		hint = "did you mean " + near + ":" + rest + `? To look for the text, put it in quotes: "` + bare + `"`
	}
	return s.refuse(s.pos, hint, `there is no key "`+head+`"`)
}

func notHint(key string) string {
	switch key {
	case keySince:
		return "what was written before is until:"
	case keyUntil:
		return "what was written later is since:"
	case keyAt:
		return "name the days that you want, as at:2026-12-01..2026-12-07"
	}
	return "use one of: sort:newest, sort:oldest, sort:soonest, sort:latest"
}

// word reads one word or quoted text.
func (s *scanner) word(t *token) *Error {
	at := s.pos
	p, err := s.piece(false)
	if err != nil {
		return err
	}
	if p.text = strings.Join(strings.Fields(p.text), " "); p.text == "" {
		return s.refuse(at, "write a word between the quotes, or leave them away", "the quotes are empty")
	}
	t.values = []piece{p}
	return nil
}

// list reads the values of a key.
func (s *scanner) list(t *token) *Error {
	if s.bare() == "" {
		return nil
	}
	for {
		p, err := s.piece(true)
		if err != nil {
			return err
		}
		if strings.TrimSpace(p.text) == "" {
			return s.refuse(p.at, "look for a comma too many, or a value that is missing", "a value of "+t.key.Name+": is empty")
		}
		t.values = append(t.values, p)
		if s.pos == len(s.input) || s.input[s.pos] != ',' {
			return nil
		}
		s.pos++
	}
}

// piece reads up to a blank, and in a list up to a comma; or what is in quotes, which must end there.
func (s *scanner) piece(inList bool) (piece, *Error) {
	p := piece{at: s.pos}
	if strings.HasPrefix(s.input[s.pos:], `"`) {
		p.quoted = true
		var err *Error
		if p.text, err = s.quoted(); err != nil {
			return p, err
		}
		if rest := s.bare(); rest != "" && (!inList || rest[0] != ',') {
			return p, s.refuse(s.pos, "put a blank after the quotes, or all of it into them", "something follows the quotes at once")
		}
		return p, nil
	}
	p.text = s.bare()
	if inList {
		p.text, _, _ = strings.Cut(p.text, ",")
	}
	if i := strings.IndexByte(p.text, '"'); i >= 0 {
		return p, s.refuse(s.pos+i, `put all of it in quotes, and \" for one that is meant: `+quote(p.text), "a quotation mark inside a word")
	}
	if curly(p.text) {
		return p, s.refuse(s.pos, `use straight ones: "`, "a curly quotation mark")
	}
	s.pos += len(p.text)
	return p, nil
}

// quoted reads what is in quotes. A backslash stands for itself, except before another one and a quote.
func (s *scanner) quoted() (string, *Error) {
	start := s.pos
	var b strings.Builder
	for s.pos++; s.pos < len(s.input); s.pos++ {
		switch c := s.input[s.pos]; {
		case c == '"':
			s.pos++
			return b.String(), nil
		case c == '\\' && s.pos+1 < len(s.input) && (s.input[s.pos+1] == '"' || s.input[s.pos+1] == '\\'):
			s.pos++
			b.WriteByte(s.input[s.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", s.refuse(start, `close it with "`, "the quotation mark is never closed")
}

// quote writes text in quotes, with as few backslashes as it needs.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		last := i+1 == len(text)
		if c := text[i]; c == '"' || c == '\\' && (last || text[i+1] == '"' || text[i+1] == '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	b.WriteByte('"')
	return b.String()
}

// curly reports whether text begins with what a word processor makes of a quotation mark.
func curly(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsRune("“”„‟", r)
}

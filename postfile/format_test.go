package postfile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

// hostile are texts that some reader of YAML, JSON or Markdown takes for something else.
var hostile = []string{
	"a", "plain words", " leading blank", "trailing blank ", "  ", "\ttab", "a\tb", "---", "--- x", "...", "...\nx", "-", "- a", "- a\n- b", "-x",
	"yes", "no", "on", "OFF", "y", "n", "null", "Null", "~", "true", "False", "1e3", "0x1F", "0o17", "017", "1_000", "12:30:45", ".5", "+1", "-1", ".inf",
	".NaN", "2026-12-01", "2026-12-01 09:00", "2026-12-01T09:00:00Z", "1.", "<<", "=", "a: b", "a:b", "a:", ":a", ": a", ":", "a : b", "#", "# x", "a #b",
	"a#b", "'", "''", "it's", `"`, `"quoted"`, `a"b`, `\`, `\n`, `a\`, `\u263a`, "&a", "*a", "!a", "!!str a", "|", "|-\n x", ">", "> a", "%", "%YAML 1.2", "@a",
	"@", "`a`", "?", "? a", "{", "}", "{a: b}", "{i}/{n}", "[", "]", "[a, b]", "[a](b)", ",", "a,b", "a, b", "\"a\": 1", "é", "日本語", "😀", "👩‍👩‍👧", "🇩🇪 flag",
	"مرحبا", "\u202eabc\u202c", "a\u200db", "a\u00a0b", "\u00a0", "\u2028", "a\u2029b", "\ufeff", "\ufeffbom", "a\ufeff", "\ufffd", "e\u0301", "\u0301x", "\U0010ffff",
	"\n", "\n\n", "\na", "a\n", "a\n\n", "a\n\n\n", "a\nb", "a\nb\n", "a\nb\n\n", "a\n\nb", "a\n b", " a\nb", "a\n  b\n c", "a \nb", "a\n \nb", "a\n\tb", "\ta\nb",
	"a\n---\nb", "---\na", "---\n", "---\n---\n", "---\nto: x\n---\nbody", "a: b\nc: d", "# h\n\n- a\n- b", "```\ncode\n  x\n```", "a\n#b", "a\n# b\n", "a\n...\nb", "a\n--- \nb",
	"x\n😀 y\n\u202ez", "https://example.com/a?b=c#d", "https://example.com/a: b", "a\n\n\n\nb\n", "\"a\nb\"", "'a\nb'", "|\na", "a:\n  b", "1\n2", "12", "a\u2028b\nc", "\\\n\\",
	"--", "----", " ---", "--- ", "---\t", "a\n\n---\n\nb\n", "?a", "!", "a!", "(x)", "~a", "a=b", "a;alt=b", "/x/y", "../y", "0", "-0", "1e", "e1", "0x", "1,000", "9.", "=x", "a'b\"c",
}

// maker makes random files.
type maker struct{ *rand.Rand }

func (m maker) text() string {
	s := hostile[m.IntN(len(hostile))]
	for m.IntN(3) == 0 {
		s += []string{" ", "\n", "", ": ", " #", ", ", "\n\n", "\n  ", "- "}[m.IntN(9)] + hostile[m.IntN(len(hostile))]
	}
	if m.IntN(20) == 0 {
		s = strings.Repeat(s+" ", 30)
	}
	return s
}

func (m maker) maybe() bool { return m.IntN(2) == 0 }

// some is a text that may be empty.
func (m maker) some() string {
	if m.maybe() {
		return ""
	}
	return m.text()
}

// word is a text without what the check of its key refuses.
func (m maker) word(bad string) string {
	s := strings.Map(func(c rune) rune {
		if strings.ContainsRune(bad, c) {
			return -1
		}
		return c
	}, m.text())
	return s
}

func (m maker) list() []string {
	var out []string
	for range m.IntN(4) {
		out = append(out, m.text())
	}
	return out
}

func (m maker) table() map[string]string {
	out := make(map[string]string)
	for range m.IntN(4) {
		out[m.key()] = m.some()
	}
	return out
}

// key is the name of an account, or what nobody would call one.
func (m maker) key() string {
	if m.maybe() {
		return []string{"bluesky", "bluesky/work", "mastodon", "@launch", "site"}[m.IntN(5)]
	}
	for {
		if s := m.word("\n\t"); len(s) <= 128 {
			return s
		}
	}
}

func choose[T ~string](m maker, values []T) T {
	if m.maybe() {
		return ""
	}
	return values[m.IntN(len(values))]
}

func (m maker) poll() *postfile.Poll {
	p := &postfile.Poll{For: m.some(), Multiple: m.maybe(), HideTotals: m.maybe()}
	seen := make(map[string]bool)
	for len(p.Options) < 2+m.IntN(3) {
		s := m.text()
		if key := strings.ToLower(strings.TrimSpace(s)); key != "" && !seen[key] {
			seen[key] = true
			p.Options = append(p.Options, s)
		}
	}
	return p
}

func (m maker) path() string {
	for {
		if s := m.word("\n\t"); s != "" && !strings.Contains(s, "://") {
			return s
		}
	}
}

func (m maker) medium() postfile.Medium {
	out := postfile.Medium{Alt: m.some(), NoResize: m.maybe(), KeepMetadata: m.maybe()}
	if m.IntN(3) == 0 {
		return postfile.Medium{File: m.path()}
	}
	if m.maybe() {
		out.ID = hayon.NewMediaID(time.Unix(int64(m.IntN(1e9)), 0))
	} else {
		out.File = m.path()
	}
	if m.maybe() {
		out.For = m.list()
		out.Thumb = m.path()
		out.Focus = &hayon.Focus{X: m.Float64()*2 - 1, Y: float64(m.IntN(3) - 1)}
	}
	return out
}

func (m maker) file() *postfile.File {
	f := &postfile.File{
		ID: m.some(), To: m.list(), Not: m.list(), IfLate: choose(m, hayon.LatePolicies()), Grace: m.some(), Text: m.some(), Parts: m.list(),
		Texts: m.table(), Published: m.table(), Title: m.some(), CW: m.some(), Sensitive: m.maybe(), Visibility: choose(m, hayon.Visibilities()),
		Replies: choose(m, hayon.Replies()), NoQuotes: m.maybe(), Lang: m.list(), Tags: m.list(), Labels: m.list(), Note: m.some(),
		Thread: choose(m, hayon.ThreadModes()), Number: []string{"", "{i}/{n}", "none", "({i}): #"}[m.IntN(4)], Quote: m.word(" \t\n"),
		Card: []string{"", "auto", "none", "https://example.com/a?b#c"}[m.IntN(4)], AltPolicy: choose(m, hayon.AltPolicies()),
	}
	switch m.IntN(4) {
	case 0:
		f.At = m.some()
	case 1:
		f.In = m.some()
	case 2:
		f.Draft = true
	}
	if f.Continue = m.maybe(); !f.Continue {
		f.ReplyTo = m.word(" \t\n")
	}
	for range m.IntN(3) {
		f.Media = append(f.Media, m.medium())
	}
	if m.maybe() {
		f.Poll = m.poll()
	}
	for range m.IntN(3) {
		if f.Options == nil {
			f.Options = make(map[string]map[string]string)
		}
		if t := m.table(); len(t) > 0 {
			f.Options[m.key()] = t
		}
	}
	if m.IntN(10) == 0 {
		f.Text, f.Parts, f.Texts, f.Media, f.Poll, f.Repost = "", nil, nil, nil, nil, "p_"+m.word(" \t\n")
	}
	m.clear(f)
	return f
}

// clear makes every second file one of few keys, as people write them.
func (m maker) clear(f *postfile.File) {
	if m.maybe() {
		*f = postfile.File{To: f.To, At: f.At, Text: f.Text, Texts: f.Texts, Media: f.Media}
	}
	if m.IntN(8) == 0 {
		*f = postfile.File{Text: f.Text}
	}
}

// back writes a file and reads it again.
func back(t *testing.T, f *postfile.File, k postfile.Kind) {
	t.Helper()
	name := map[postfile.Kind]string{postfile.Markdown: "a.md", postfile.Text: "a.txt", postfile.JSON: "a.json", postfile.YAML: "a.yaml"}[k]
	b, err := postfile.Format(f, k)
	if err != nil {
		t.Fatalf("%s: %v\n%#v\n%s", k, err, f, b)
	}
	got, err := postfile.Parse(name, b)
	if err != nil {
		t.Fatalf("%s: %v\n%s", k, err, b)
	}
	if diff := cmp.Diff(f, got, content); diff != "" {
		t.Fatalf("%s: %s\n%s", k, diff, b)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := maker{rand.New(rand.NewPCG(seed, 0))}
	for range 250 {
		f := m.file()
		for _, k := range []postfile.Kind{postfile.Markdown, postfile.JSON, postfile.YAML} {
			back(t, f, k)
		}
		back(t, &postfile.File{Text: f.Text}, postfile.Text)
	}
}

// TestRoundTripText: every hostile text in every place where a text can be.
func TestRoundTripText(t *testing.T) {
	t.Parallel()
	for i, s := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for _, k := range []postfile.Kind{postfile.Markdown, postfile.JSON, postfile.YAML} {
				back(t, &postfile.File{Text: s}, k)
				back(t, &postfile.File{Text: s, Title: s, To: []string{s}, Parts: []string{s, s}, Note: "x"}, k)
				back(t, &postfile.File{Texts: map[string]string{"a": s, "b": s}, Media: []postfile.Medium{{File: "a", Alt: s, For: []string{s}}}}, k)
				if !strings.ContainsAny(s, "\n\t") {
					back(t, &postfile.File{Texts: map[string]string{s: s}, Options: map[string]map[string]string{s: {s: s}}}, k)
				}
			}
			back(t, &postfile.File{Text: s}, postfile.Text)
		})
	}
}

// TestFormatFull: as many media and parts as a post may have, with all that is known of them, are within the limits.
func TestFormatFull(t *testing.T) {
	t.Parallel()
	f := full()[0]
	medium := f.Media[0]
	f.Media, f.Parts = nil, nil
	for i := range 100 {
		medium.File = fmt.Sprintf("%d.png", i)
		f.Media = append(f.Media, medium)
		f.Parts = append(f.Parts, fmt.Sprintf("Part %d,\nof two lines: [one, two].", i))
	}
	for _, k := range []postfile.Kind{postfile.Markdown, postfile.JSON, postfile.YAML} {
		back(t, f, k)
	}
}

// TestFormatRefuses: what no file can hold, and what no reader would take.
func TestFormatRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file postfile.File
		kind postfile.Kind
		want string
	}{
		{"more than a text", postfile.File{Text: "x", To: []string{"bluesky"}}, postfile.Text, "post.txt:1:1: to: a .txt file holds the text alone"},
		{"NUL", postfile.File{Text: "a\x00b"}, postfile.Markdown, "post.md:1:2: holds the control character U+0000"},
		{"bell", postfile.File{Title: "a\ab"}, postfile.YAML, "post.yaml:1:8: title: holds the control character U+0007"},
		{"bell in JSON", postfile.File{Title: "a\ab"}, postfile.JSON, "post.json:2:12: title: holds the control character U+0007"},
		{"another end of line", postfile.File{Text: "a\r\nb"}, postfile.Markdown, "post.md:1:1: holds bytes that are not UTF-8, or a carriage return"},
		{"half a character", postfile.File{Text: "a\xff"}, postfile.Text, "post.txt:1:2: the byte 0xFF is not UTF-8"},
		{"half a character in JSON", postfile.File{Title: "a\xff"}, postfile.JSON, "post.json:1:1: holds bytes that are not UTF-8, or a carriage return"},
		{"half a character in YAML", postfile.File{Title: "a\xff"}, postfile.YAML, "post.yaml:1:1: holds bytes that are not UTF-8, or a carriage return"},
		{"half a character in a name", postfile.File{Texts: map[string]string{"a\xff": "x"}}, postfile.YAML, "post.yaml:1:1: holds bytes that are not UTF-8, or a carriage return"},
		{"a word that is none", postfile.File{Visibility: "all"}, postfile.Markdown, `post.md:2:13: visibility: does not take "all"`},
		{"two times", postfile.File{At: "now", Draft: true}, postfile.YAML, "post.yaml:2:1: draft: cannot go with at"},
		{"a medium that is nowhere", postfile.File{Media: []postfile.Medium{{Alt: "x"}}}, postfile.YAML, "post.yaml:2:5: media.0: names no file"},
		{"no medium", postfile.File{Media: []postfile.Medium{{}}}, postfile.YAML, "post.yaml:2:5: media.0: names no file"},
		{"a medium that is twice", postfile.File{Media: []postfile.Medium{{File: "a", ID: hayon.MediaID{1}}}}, postfile.YAML, "post.yaml:2:5: media.0: has both a file and an id"},
		{"a poll with one answer", postfile.File{Poll: &postfile.Poll{Options: []string{"Tea"}}}, postfile.YAML, "post.yaml:2:12: poll: a poll needs two answers, and there is 1"},
		{"an empty part", postfile.File{Parts: []string{"a", ""}}, postfile.YAML, "post.yaml:1:12: parts.1: is empty"},
		{"too long", postfile.File{Text: strings.Repeat("a", 1<<20)}, postfile.Text, "post.txt:1:1: the file has 1048577 bytes; a post file has at most 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := postfile.Format(&tt.file, tt.kind)
			all, ok := errors.AsType[postfile.Problems](err)
			if !ok || len(b) > 0 {
				t.Fatalf("it is written as %q, %v", b, err)
			}
			if got := all[0].Error(); got != tt.want {
				t.Errorf("it says\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

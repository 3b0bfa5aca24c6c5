package postfile_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

// compiled is the schema, which the compiler holds against that of its draft.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(postfile.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("post.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("post.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asRead is YAML or front matter as an editor reads it, by another reader than ours.
func asRead(t *testing.T, text string) any {
	t.Helper()
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		text, _, _ = strings.Cut(rest, "\n---")
	}
	var tables any
	if err := yaml.Unmarshal([]byte(text), &tables); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(tables)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSchemaTakes: what people write, and all that Format writes.
func TestSchemaTakes(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	texts := []string{example}
	for _, tt := range reads {
		if !tt.unschemed {
			texts = append(texts, tt.yaml)
		}
	}
	for _, text := range texts {
		if err := s.Validate(asRead(t, text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := maker{rand.New(rand.NewPCG(seed, 1))}
	for range 100 {
		b, err := postfile.Format(m.file(), postfile.JSON)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%v\n%s", err, b)
		}
	}
}

// TestSchemaRefuses: what hayon refuses in one key, but for what only code can tell.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for _, text := range []string{
		"subject: x", "queue: default", "cw: true", "draft: yes", "draft: 1", "visibility: all", "thread: on", "if_late: later", "to: [true]", "to: {a: b}",
		"at: [x]", "media: true", "media: {fil: a}", "media: [{file: a, alt: [b]}]", "media: [[a]]", "media: {file: a, focus: centre}", "media: {file: a, focus: [1]}",
		"media: {file: a, focus: [1, 2]}", "poll: Tea", "poll: {for: 1d}", "poll: {options: [Tea]}", "poll: {options: [Tea, Coffee], open: 1d}", "options: {mastodon: x}",
		"options: {mastodon: {a: [b]}}", "published: x", "published: {a: true}", "text: [a]", "text: {a: true}", "parts: {a: b}",
		"media: [" + strings.Repeat("a,", 101) + "]",
	} {
		if problemsOf(t, "a.yaml", []byte(text)) == "" {
			t.Errorf("hayon reads %q", text)
		}
		if err := s.Validate(asRead(t, text)); err == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

// keyOf is the key of a field of File, by its name.
func keyOf(name string) string {
	if key, ok := map[string]string{"Text": "body", "Texts": "text", "ID": "id", "CW": "cw"}[name]; ok {
		return key
	}
	return strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(name, "${1}_$2"))
}

// full has a value in every field.
func full() []*postfile.File {
	one := map[string]string{"bluesky": "x"}
	f := &postfile.File{
		ID: "x", To: []string{"x"}, Not: []string{"x"}, At: "x", IfLate: hayon.LateSkip, Grace: "1h", Text: "x", Parts: []string{"x"}, Texts: one, Published: one,
		Title: "x", CW: "x", Sensitive: true, Visibility: "public", Replies: "nobody", NoQuotes: true, Lang: []string{"en"}, Tags: []string{"x"}, Labels: []string{"x"},
		Note: "x", Thread: hayon.ThreadAuto, Number: "{i}", ReplyTo: "x", Quote: "x", Card: "none", Poll: &postfile.Poll{Options: []string{"a", "b"}, For: "1d", Multiple: true, HideTotals: true},
		AltPolicy: hayon.AltIgnore, Options: map[string]map[string]string{"bluesky": one},
		Media: []postfile.Medium{
			{File: "x", Alt: "x", For: []string{"x"}, Thumb: "x", Focus: &hayon.Focus{X: 0.5, Y: -1}, NoResize: true, KeepMetadata: true},
			{ID: hayon.MediaID{1}},
		},
	}
	return []*postfile.File{f, {In: "x", Continue: true}, {Draft: true}, {Repost: "x"}}
}

// TestEveryField is in the schema with a description, is written, read, and named in the table of the package.
func TestEveryField(t *testing.T) {
	t.Parallel()
	var s struct {
		Properties map[string]struct{ Description string }
		Additional *bool `json:"additionalProperties"`
	}
	if err := json.Unmarshal(postfile.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Additional == nil || *s.Additional {
		t.Error("the schema takes everything")
	}
	table, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var written strings.Builder
	set := make(map[string]bool)
	for _, f := range full() {
		b, err := postfile.Format(f, postfile.YAML)
		if err != nil {
			t.Fatal(err)
		}
		back(t, f, postfile.Markdown)
		written.Write(b)
		for field, v := range reflect.ValueOf(f).Elem().Fields() {
			set[field.Name] = set[field.Name] || !v.IsZero()
		}
	}
	var keys []string
	for field := range reflect.TypeFor[postfile.File]().Fields() {
		if !field.IsExported() || field.Name == "Path" || field.Name == "Kind" {
			continue
		}
		key := keyOf(field.Name)
		keys = append(keys, key)
		if !set[field.Name] {
			t.Errorf("%s is set in no file of this test", field.Name)
		}
		if s.Properties[key].Description == "" {
			t.Errorf("the schema does not describe %s", key)
		}
		if !strings.Contains("\n"+written.String(), "\n"+key+":") {
			t.Errorf("%s is not written", key)
		}
		if !regexp.MustCompile(`(?m)^//	.*\b` + key + `\b`).Match(table) {
			t.Errorf("the table of the package has no %s", key)
		}
	}
	for key := range s.Properties {
		if !slices.Contains(keys, key) {
			t.Errorf("the schema has %s, which no field holds", key)
		}
	}
}

// TestExamples: the files of testdata/good are read, fit the schema, and are written as they are.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	files, err := filepath.Glob("testdata/good/*")
	if err != nil || len(files) < 4 {
		t.Fatalf("there are %d files: %v", len(files), err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := postfile.Parse(name, content)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := postfile.Format(f, f.Kind)
		if err != nil || string(got) != string(content) {
			t.Errorf("%s is written as\n%s%v", name, got, err)
		}
		if f.Kind == postfile.Text || f.Kind == postfile.Markdown && len(f.To) == 0 {
			continue // the text alone
		}
		if err := s.Validate(asRead(t, string(content))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaKeepsApart: keys that exclude each other, as the reader has it.
func TestSchemaKeepsApart(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for text, takes := range map[string]bool{
		"at: now\nin: 3d": false, "at: now\ndraft: true": false, "in: 3d\ndraft: true": false, "at: now\ndraft: false": true,
		"reply_to: last\ncontinue: true": false, "reply_to: last\ncontinue: false": true,
		"text: a\nbody: b": false, "text: {demo: a}\nbody: b": true,
		"repost: last\nbody: a": false, "repost: last\ntext: {demo: a}": false, "repost: last\nparts: [a]": false,
		"repost: last\nmedia: [a.png]": false, "repost: last\npoll: {options: [a, b]}": false, "repost: last\nto: demo": true,
	} {
		_, err := postfile.Parse("a.yaml", []byte(text))
		if got := s.Validate(asRead(t, text)) == nil; got != takes || (err == nil) != takes {
			t.Errorf("%q: the schema takes it: %v, the reader: %v; want %v", text, got, err, takes)
		}
	}
}

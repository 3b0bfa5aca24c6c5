package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/hayon/hayon"
)

// asRead is a configuration as a reader of JSON Schema sees it.
func asRead(t *testing.T, text string) any {
	t.Helper()
	var tables map[string]any
	if err := toml.Unmarshal([]byte(text), &tables); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(tables)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// readSchema is the schema as it is printed. A word of it that this test does not know is an error.
func readSchema(t *testing.T) map[string]any {
	t.Helper()
	b, err := json.Marshal(configSchema())
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// violations hold a value against a schema, as JSON Schema 2020-12 says for the words that are used.
func violations(s map[string]any, v any, at string) []string {
	var out []string
	wrong := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	list, _ := v.([]any)
	table, _ := v.(map[string]any)
	text, isText := v.(string)
	number, isNumber := v.(float64)
	for word, arg := range s {
		n, _ := arg.(float64)
		switch word {
		case "$schema", "$id", "title", "description", "default":
		case "type":
			kinds := map[string]bool{
				"string": isText, "array": list != nil, "object": table != nil,
				"integer": isNumber && number == float64(int64(number)),
			}
			if _, truth := v.(bool); arg == "boolean" && truth {
				continue
			}
			if name, _ := arg.(string); !kinds[name] {
				wrong("is no %s", name)
			}
		case "enum":
			if words, _ := arg.([]any); !slices.Contains(words, v) {
				wrong("%v is not among %v", v, words)
			}
		case "pattern":
			if p, _ := arg.(string); isText && !regexp.MustCompile(p).MatchString(text) {
				wrong("%q does not fit %s", text, p)
			}
		case "minLength":
			if isText && utf8.RuneCountInString(text) < int(n) {
				wrong("is too short")
			}
		case "minimum":
			if isNumber && number < n {
				wrong("is below %v", n)
			}
		case "minItems", "maxItems":
			if list != nil && (word == "minItems" && len(list) < int(n) || word == "maxItems" && len(list) > int(n)) {
				wrong("has %d items", len(list))
			}
		case "items":
			item, _ := arg.(map[string]any)
			for i, v := range list {
				out = append(out, violations(item, v, fmt.Sprintf("%s[%d]", at, i))...)
			}
		case "required":
			names, _ := arg.([]any)
			for _, name := range names {
				if _, ok := table[fmt.Sprint(name)]; table != nil && !ok {
					wrong("has no %s", name)
				}
			}
		case "properties":
			known, _ := arg.(map[string]any)
			for name, v := range table {
				if below, ok := known[name].(map[string]any); ok {
					out = append(out, violations(below, v, at+"."+name)...)
				} else if s["additionalProperties"] == false {
					wrong("does not know %s", name)
				}
			}
		case "additionalProperties":
			if arg != false || s["properties"] == nil {
				wrong("the schema lets everything in")
			}
		case "anyOf":
			ways, _ := arg.([]any)
			if !slices.ContainsFunc(ways, func(way any) bool {
				below, _ := way.(map[string]any)
				return len(violations(below, v, at)) == 0
			}) {
				wrong("%v fits no way to write it", v)
			}
		default:
			wrong("the schema has an unknown word %q", word)
		}
	}
	return out
}

// TestSchemaTakes: what hayon reads fits the schema.
func TestSchemaTakes(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for _, text := range []string{
		"", everyKey, configHelp(), commented, "[delivery]\ngrace = \"0\"\nwaits = []\n", "[log]\nsize = 4096\n",
		"[delivery]\nlease = \"1h30m\"\ngrace = \"2 days\"\nprobe_every = \"250ms\"\ncatch_up_after = \"1d 12h\"\n",
	} {
		var c config
		if err := decodeConfig("x", []byte(text), &c); err != nil {
			t.Fatal(err)
		}
		if got := violations(s, asRead(t, text), "config"); len(got) > 0 {
			t.Errorf("%s\n%s", text, strings.Join(got, "\n"))
		}
	}
}

// TestSchemaRefuses: what hayon refuses in one key does not fit the schema, but for what only code can
// tell.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for _, text := range []string{
		"tzz = 1", "tz = 1", "demo = \"yes\"", "server = \"sometimes\"", "profile = \"../x\"", "[pots]", "[post]\ntoo = []",
		"[post]\nto = \"site\"", "[post]\nto = [1]", "[delivery]\ngrace = 5", "[delivery]\ngrace = \"soon\"",
		"[delivery]\nif_late = \"pubish\"", "[delivery]\nsettle = []", "[delivery]\nwaits = [" + strings.Repeat("\"1s\",", 21) + "]",
		"[log]\nlevel = \"loud\"", "[log]\nkeep = -1", "[log]\nkeep = 1.5", "[log]\nsize = \"big\"", "[log]\nsize = -1",
		"[notify]\nevents = [\"target.publishd\"]", "[hook]\nname = \"a\"", "[[hook]]\nname = \"a\"", "[[hook]]\ncommand = \"x\"",
		"[[hook]]\nname = \"a\"\ncommand = []", "[[hook]]\nname = \"a\"\ncommand = \"x\"\ntimout = \"1s\"",
	} {
		found := chainProblems([]configText{{configFile{originUser, "x"}, []byte(text)}})
		if len(found) == 0 {
			t.Errorf("hayon reads %q", text)
		}
		if got := violations(s, asRead(t, text), "config"); len(got) == 0 {
			t.Errorf("the schema takes %q", text)
		}
	}
}

// TestSchemaHasEveryKey, with what the key is for, and a default that fits.
func TestSchemaHasEveryKey(t *testing.T) {
	t.Parallel()
	root := configSchema()
	for _, key := range configKeys() {
		at := root
		for step := range strings.SplitSeq(key.name, ".") {
			if at.Items != nil {
				at = at.Items
			}
			if at.Additional == nil || *at.Additional {
				t.Errorf("%s stands in a table that takes everything", key.name)
			}
			if at = at.Properties[step]; at == nil {
				t.Fatalf("the schema has no %s", key.name)
			}
		}
		if at.Description == "" {
			t.Errorf("%s is not described", key.name)
		}
		if (at.Default == nil) != (key.fallback == "") {
			t.Errorf("%s has the default %s, want %s", key.name, at.Default, key.fallback)
		}
		for _, value := range []string{key.example, key.fallback} {
			if value == "" {
				continue
			}
			table, name, nested := strings.Cut(key.name, ".")
			text := key.name + " = " + value
			if nested {
				text = "[" + table + "]\n" + name + " = " + value
			}
			if table == "hook" {
				continue // which the page of the help shows
			}
			if got := violations(readSchema(t), asRead(t, text), "config"); len(got) > 0 {
				t.Errorf("%s: %v", text, got)
			}
			if found := chainProblems([]configText{{configFile{originUser, "x"}, []byte(text)}}); len(found) > 0 {
				t.Errorf("%s: %v", text, found)
			}
		}
	}
}

// TestFallbacks: what the table says of the defaults is what holds.
func TestFallbacks(t *testing.T) {
	t.Parallel()
	grace, _ := configKeyOf("delivery.grace")
	if d, err := parseSpan(strings.Trim(grace.fallback, `"`)); err != nil || d != hayon.DefaultGrace {
		t.Errorf("delivery.grace is %s by default, want %s", grace.fallback, hayon.DefaultGrace)
	}
	size, _ := configKeyOf("log.size")
	if n, ok := parseSize(strings.Trim(size.fallback, `"`)); !ok || (n+1<<20-1)>>20 != logMegabytes {
		t.Errorf("log.size is %s by default, want %d MiB", size.fallback, logMegabytes)
	}
	keep, _ := configKeyOf("log.keep")
	if keep.fallback != fmt.Sprint(logBackups) {
		t.Errorf("log.keep is %s by default, want %d", keep.fallback, logBackups)
	}
}

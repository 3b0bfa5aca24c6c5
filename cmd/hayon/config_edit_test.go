package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// commented is a file whose every byte was put there by somebody.
const commented = `# mine

tz   = "UTC" # the zone
  demo=true

# where posts go
[post]
  # not everywhere
  to = [
    "site", # the blog
  ]

[[hook]]
name = "chat"
command = "x"
`

func TestSetKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, key, value, want string }{
		{"an empty file", "", "tz", `"UTC"`, "tz = \"UTC\"\n"},
		{"an empty file and a table", "", "post.to", `[]`, "[post]\nto = []\n"},
		{"comments alone", "# mine", "tz", `"UTC"`, "# mine\ntz = \"UTC\"\n"},
		{"a value in its place", commented, "tz", `"Asia/Tokyo"`, strings.Replace(commented, `"UTC"`, `"Asia/Tokyo"`, 1)},
		{"a list over lines", commented, "post.to", `["a"]`, strings.Replace(commented, "[\n    \"site\", # the blog\n  ]", `["a"]`, 1)},
		{"a key at the top", commented, "server", `"none"`, strings.Replace(commented, "demo=true\n", "demo=true\n  server = \"none\"\n", 1)},
		{"a key of a table", commented, "post.lang", `["en"]`, strings.Replace(commented, "  ]\n", "  ]\n  lang = [\"en\"]\n", 1)},
		{"a new table", commented, "log.keep", `3`, commented + "\n[log]\nkeep = 3\n"},
		{"a table without keys", "[post]\n# none\n", "post.to", `[]`, "[post]\nto = []\n# none\n"},
		{"a top without keys", "# the log\n[log]\nkeep = 1\n", "tz", `"UTC"`, "tz = \"UTC\"\n\n# the log\n[log]\nkeep = 1\n"},
		{"dotted keys", "post.to = []\n[log]\n", "post.lang", `["en"]`, "post.to = []\npost.lang = [\"en\"]\n[log]\n"},
		{"an inline table", "post = { to = [] } # p\n", "post.lang", `["en"]`, "post = { to = [], lang = [\"en\"] } # p\n"},
		{"an empty inline table", "post = {}\n", "post.lang", `["en"]`, "post = {lang = [\"en\"]}\n"},
		{"a value in an inline table", "post = {to=[],lang=[\"en\"]}", "post.lang", `["de"]`, "post = {to=[],lang=[\"de\"]}"},
		{"no newline at the end", "[post]\nto = []", "post.lang", `[]`, "[post]\nto = []\nlang = []\n"},
		{"lines of Windows", "tz = \"UTC\"\r\n[post]\r\n", "post.to", `[]`, "tz = \"UTC\"\r\n[post]\r\nto = []\r\n"},
		{"quoted names", "\"tz\" = \"UTC\"\n[\"post\"]\n'to' = []\n", "post.to", `["a"]`, "\"tz\" = \"UTC\"\n[\"post\"]\n'to' = [\"a\"]\n"},
		{"a bracket in a comment", "[post] # ] not [here]\n", "post.to", `[]`, "[post] # ] not [here]\nto = []\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := setKey([]byte(tt.in), tt.key, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnsetKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, key, want string }{
		{"a line with its comment", commented, "tz", strings.Replace(commented, "tz   = \"UTC\" # the zone\n", "", 1)},
		{"a value over lines", commented, "post.to", strings.Replace(commented, "  to = [\n    \"site\", # the blog\n  ]\n", "", 1)},
		{"the first of an inline table", "post = { to = [], lang = [] }\n", "post.to", "post = { lang = [] }\n"},
		{"the last of an inline table", "post = { to = [], lang = [] }\n", "post.lang", "post = { to = [] }\n"},
		{"the only one of an inline table", "post = { to = [] }\n", "post.to", "post = {  }\n"},
		{"the last line", "tz = \"UTC\"\ndemo = true", "demo", "tz = \"UTC\"\n"},
		{"an unknown key", "tzz = 1\ntz = \"UTC\"\n", "tzz", "tz = \"UTC\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, was, err := unsetKey([]byte(tt.in), tt.key)
			if err != nil || !was {
				t.Fatalf("%v, %v", was, err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, was, err := unsetKey([]byte(commented), "log.keep"); was || err != nil {
		t.Errorf("a key that is not there: %v, %v", was, err)
	}
	if _, _, err := unsetKey([]byte("tz = "), "tz"); err == nil {
		t.Error("a broken file is changed")
	}
}

// TestSetRefusesWhatElseChanges: a value that is more than one writes no other key.
func TestSetRefusesWhatElseChanges(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"[]\nserver = \"none\"", "[]\n[post]", "["} {
		if got, err := setKey([]byte(commented), "post.to", value); err == nil {
			t.Errorf("%q became\n%s", value, got)
		}
	}
}

// FuzzSetKey changes any file: only the key is another one afterwards, and unset takes it back.
func FuzzSetKey(f *testing.F) {
	for _, seed := range []string{commented, everyKey, "", "post.to = []", "post = {to = []}", "\"tz\"=''\r\n", "[post.x]\n", "[[post]]\n", "a.b.c = 1\n[a.d]\n"} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(1))
	}
	keys := []string{"tz", "post.to", "log.keep"}
	f.Fuzz(func(t *testing.T, text []byte, n uint8) {
		key := keys[int(n)%len(keys)]
		before := valuesOf(text)
		next, err := setKey(text, key, `"v"`)
		if err != nil {
			return
		}
		after := valuesOf(next)
		if after[key] != "v" {
			t.Fatalf("%s is %v in %q", key, after[key], next)
		}
		bare, was, err := unsetKey(next, key)
		if err != nil || !was {
			t.Fatalf("unset: %v, %v in %q", was, err, next)
		}
		delete(before, key)
		if left := valuesOf(bare); !reflect.DeepEqual(left, before) {
			t.Fatalf("%v is left of %v", left, before)
		}
	})
}

func TestTomlOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, typed, want string }{
		{"post.to", "a,b", `["a", "b"]`},
		{"post.to", " a , ", `["a"]`},
		{"post.to", "", `[]`},
		{"post.to", `["a","b,c"]`, `["a", "b,c"]`},
		{"post.to", "['a'] # c", `["a"]`},
		{"delivery.waits", "5s,2m", `["5s", "2m"]`},
		{"tz", "Europe/Berlin", `"Europe/Berlin"`},
		{"tz", `"Europe/Berlin"`, `"Europe/Berlin"`},
		{"vault", `C:\a "b"`, `"C:\\a \"b\""`},
		{"vault", "a\nb\x01", `"a\nb\u0001"`},
		{"demo", "true", "true"},
		{"log.keep", "3", "3"},
		{"log.size", "4096", "4096"},
		{"log.size", "10MB", `"10MB"`},
		{"delivery.grace", "0", `"0"`},
	}
	for _, tt := range tests {
		key, _ := configKeyOf(tt.key)
		got, err := key.tomlOf(tt.typed)
		if err != nil || got != tt.want {
			t.Errorf("%s of %q is %s, %v; want %s", tt.key, tt.typed, got, err, tt.want)
			continue
		}
		if _, err := tomlValue([]byte(got)); err != nil {
			t.Errorf("%s is no TOML: %v", got, err)
		}
	}
	for _, tt := range [][2]string{{"demo", "yes"}, {"log.keep", "many"}, {"post.to", "[1]"}, {"post.to", "[\"a\"]\ntz = 1"}} {
		key, _ := configKeyOf(tt[0])
		if got, err := key.tomlOf(tt[1]); err == nil {
			t.Errorf("%s takes %q as %s", tt[0], tt[1], got)
		}
	}
}

// TestConfigSetAtOnce: of what processes write at once nothing is lost.
func TestConfigSetAtOnce(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	keys := []string{"delivery.lease", "delivery.catch_up_after", "delivery.catch_up_every", "delivery.probe_every", "delivery.publish_timeout"}
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() {
			for n := range 3 {
				u.must(t, 0, "", "config", "set", key, fmt.Sprintf("%ds", 20+10*i+n))
			}
		})
	}
	wg.Wait()
	for i, key := range keys {
		if got, want := u.must(t, 0, "", "config", "get", key).out, fmt.Sprintf("%ds\n", 22+10*i); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(u.dir, "hayon", ".config*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	b, err := os.ReadFile(filepath.Join(u.dir, "hayon", "config.toml"))
	if err != nil || strings.Count(string(b), "\n") != len(keys)+1 {
		t.Errorf("the file is %q, %v", b, err)
	}
}

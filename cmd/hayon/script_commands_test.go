package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what the scripts know beside the commands of testscript:
//
//	exitcode N PROGRAM ARG…   run it; it must end with exactly this code
//	plain                     ids, times and paths of the last output become fixed words, for cmp
//	json PATH WANT            a value of the JSON in the last stdout, as targets.0.url; a fragment of
//	                          JSON, or text; PATH~ takes WANT as a regular expression
//	jsonerr PATH WANT         the same of stderr
//	save NAME                 the last stdout, trimmed, into a variable
//	savejson NAME PATH        a value of the JSON in the last stdout into a variable
//	lines N                   the last stdout has so many lines
//	remember FILE…            note the content of files and whole folders, without daemon.log …
//	unchanged                 … which has not changed
//	png FILE WIDTH HEIGHT     make a picture
//	repeat FILE N TEXT        make a file of N times the text
//	modes DIR                 folders below have mode 0700, files 0600
//	widest N                  no line of stdout is wider than so many cells
//	until-late ID             wait until a post is late beyond the time that counts as on time
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exitcode": cmdExitCode,
		"plain":    cmdPlain,
		"json":     func(ts *testscript.TestScript, neg bool, args []string) { cmdJSON(ts, neg, "stdout", args) },
		"jsonerr":  func(ts *testscript.TestScript, neg bool, args []string) { cmdJSON(ts, neg, "stderr", args) },
		"save": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, args, 1, "NAME")
			ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
		},
		"savejson": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, args, 2, "NAME PATH")
			ts.Setenv(args[0], asText(lookup(ts, ts.ReadFile("stdout"), args[1])))
		},
		"lines":     cmdLines,
		"remember":  cmdRemember,
		"unchanged": cmdUnchanged,
		"png":       cmdPNG,
		"repeat": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, args, 3, "FILE N TEXT")
			n, err := strconv.Atoi(args[1])
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat(args[2], n)), 0o600))
		},
		"modes":      cmdModes,
		"widest":     cmdWidest,
		"until-late": cmdUntilLate,
	}
}

func need(ts *testscript.TestScript, args []string, n int, usage string) {
	if len(args) != n {
		ts.Fatalf("usage: %s", usage)
	}
}

func cmdExitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// plainRules make the words that differ from run to run the same.
func plainRules(work string) []struct {
	re   *regexp.Regexp
	with string
} {
	rule := func(re, with string) struct {
		re   *regexp.Regexp
		with string
	} {
		return struct {
			re   *regexp.Regexp
			with string
		}{regexp.MustCompile(re), with}
	}
	return []struct {
		re   *regexp.Regexp
		with string
	}{
		rule(regexp.QuoteMeta(work), "WORK"),
		rule(`\b([pta]_)[0-9a-z]{20}\b`, "${1}ID"),
		rule(`\bp_[0-9a-z]{4,12}\b`, "p_SHORT"),
		rule(`/[0-9a-z]{20}-\d\b`, "/REMOTE"),
		rule(`\b\d{4}-\d\d-\d\d-([a-z-]+)-[0-9a-z]{4}\.`, "DATE-$1-XXXX."),
		rule(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`, "TIME"),
		rule(`\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ [A-Z][a-z]{2} \d{4} \d\d:\d\d(:\d\d)?`, "DAY"),
		rule(`"digest":"[0-9a-f]{64}"`, `"digest":"DIGEST"`),
		rule(`\(in [0-9a-z ]+\)`, "(in A WHILE)"),
	}
}

func plain(ts *testscript.TestScript, s string) string {
	for _, r := range plainRules(ts.Getenv("WORK")) {
		s = r.re.ReplaceAllString(s, r.with)
	}
	return s
}

func cmdPlain(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 0, "plain")
	out, errOut := plain(ts, ts.ReadFile("stdout")), plain(ts, ts.ReadFile("stderr"))
	_, _ = ts.Stdout().Write([]byte(out))
	_, _ = ts.Stderr().Write([]byte(errOut))
}

func cmdJSON(ts *testscript.TestScript, neg bool, stream string, args []string) {
	need(ts, args, 2, "PATH WANT")
	path, pattern := strings.CutSuffix(args[0], "~")
	got := asText(lookup(ts, ts.ReadFile(stream), path))
	same := got == args[1] || got == reencoded(args[1])
	if pattern {
		same = regexp.MustCompile(args[1]).MatchString(got)
	}
	if same == neg {
		ts.Fatalf("%s is %s, want %s", path, got, args[1])
	}
}

// reencoded is a JSON text with its members in the order that asText gives them.
func reencoded(s string) string {
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return s
	}
	return asText(v)
}

// absent is what a path leads to that leads nowhere.
type absent struct{}

// lookup follows a path of names and list items into a JSON text.
func lookup(ts *testscript.TestScript, text, path string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		ts.Fatalf("no JSON: %v: %q", err, text)
	}
	if d.More() {
		ts.Fatalf("there is more than one JSON value")
	}
	if path == "." {
		return v
	}
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = at[step]; !ok {
				return absent{}
			}
		case []any:
			v = item(at, step)
		default:
			return absent{}
		}
	}
	return v
}

// item is one of a list: by its number, or the first with a member, as account=demo; len counts.
func item(list []any, step string) any {
	if step == "len" {
		return json.Number(strconv.Itoa(len(list)))
	}
	if name, want, ok := strings.Cut(step, "="); ok {
		for _, v := range list {
			if m, ok := v.(map[string]any); ok && asText(m[name]) == want {
				return m
			}
		}
		return absent{}
	}
	if n, err := strconv.Atoi(step); err == nil && n < len(list) {
		return list[n]
	}
	return absent{}
}

func asText(v any) string {
	switch v := v.(type) {
	case absent:
		return "absent"
	case string:
		return v
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return err.Error()
		}
		return strings.TrimSpace(b.String())
	}
}

func cmdLines(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 1, "N")
	if got := strings.Count(ts.ReadFile("stdout"), "\n"); strconv.Itoa(got) != args[0] {
		ts.Fatalf("stdout has %d lines, want %s", got, args[0])
	}
}

type rememberedKey struct{}

func cmdRemember(ts *testscript.TestScript, _ bool, args []string) {
	seen := make(map[string]string)
	for _, root := range args {
		checksums(ts, root, seen)
	}
	remembered(ts)[ts.Name()] = snapshot{args, seen}
}

func cmdUnchanged(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 0, "unchanged")
	before, ok := remembered(ts)[ts.Name()]
	if !ok {
		ts.Fatalf("nothing is remembered")
	}
	now := make(map[string]string)
	for _, root := range before.roots {
		checksums(ts, root, now)
	}
	for path, sum := range now {
		if before.sums[path] != sum {
			ts.Fatalf("%s has changed", path)
		}
		delete(before.sums, path)
	}
	for path := range before.sums {
		ts.Fatalf("%s is gone", path)
	}
	before.sums = now
	remembered(ts)[ts.Name()] = before
}

type snapshot struct {
	roots []string
	sums  map[string]string
}

func remembered(ts *testscript.TestScript) map[string]snapshot {
	m, ok := ts.Value(rememberedKey{}).(map[string]snapshot)
	if !ok {
		ts.Fatalf("the script was not set up")
	}
	return m
}

func checksums(ts *testscript.TestScript, root string, into map[string]string) {
	err := filepath.WalkDir(ts.MkAbs(root), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() || d.Name() == "daemon.log" { // which tells of every question
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		into[path] = hex.EncodeToString(sum[:])
		return nil
	})
	ts.Check(err)
}

func cmdPNG(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 3, "FILE WIDTH HEIGHT")
	w, err := strconv.Atoi(args[1])
	ts.Check(err)
	h, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), picture(w, h), 0o600))
}

// picture is a PNG with some content.
func picture(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

func cmdModes(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 1, "DIR")
	n := 0
	err := filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		n++
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			return fmt.Errorf("%s has mode %o, want %o", path, got, want)
		}
		return nil
	})
	ts.Check(err)
	if n < 2 {
		ts.Fatalf("there is nothing in %s", args[0])
	}
}

func cmdWidest(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 1, "N")
	most, err := strconv.Atoi(args[0])
	ts.Check(err)
	for line := range strings.SplitSeq(ts.ReadFile("stdout"), "\n") {
		if n := cells(line); n > most {
			ts.Fatalf("%d cells, more than %d: %q", n, most, line)
		}
	}
}

// cmdUntilLate waits until nobody takes the post for on time any more.
func cmdUntilLate(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, args, 1, "ID")
	ts.Check(ts.Exec("hayon", "show", args[0], "--json=at"))
	at, err := time.Parse(time.RFC3339, asText(lookup(ts, ts.ReadFile("stdout"), "at")))
	ts.Check(err)
	if !poll(func() bool { return time.Since(at) > 11*time.Second }, nil) {
		ts.Fatalf("the post is not late before %s", at.Add(11*time.Second))
	}
}

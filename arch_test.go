package hayon_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/hayon/hayon"

// archRule says what the non-test code of a folder may import beside the
// standard library. The first rule whose folder matches holds.
type archRule struct {
	folder  string   // path.Match pattern; "" is the root package
	own     []string // patterns of this module's folders
	foreign []string // prefixes of third-party import paths
}

const anything = "*any*"

// archRules is the import table. A new top-level folder needs a decision
// record in docs/adr and a row here.
var archRules = []archRule{
	{folder: ""},

	{folder: "cmd/hayon", own: []string{anything}, foreign: []string{anything}},
	{folder: "bench", own: []string{anything}, foreign: []string{anything}},
	{folder: "bench/*", own: []string{anything}, foreign: []string{anything}},

	{folder: "tui", own: []string{"", "tui/*"}, foreign: []string{"charm.land/"}},
	{folder: "tui/ui", own: []string{""}, foreign: []string{"charm.land/", "github.com/clipperhouse/"}},
	{folder: "tui/tuitest", own: []string{""}, foreign: []string{"charm.land/"}},
	{folder: "tui/*", own: []string{"", "when", "text", "query", "tui/ui"}, foreign: []string{"charm.land/"}},

	{folder: "server", own: []string{"", "server/api"}, foreign: []string{"golang.org/x/sys"}},
	{folder: "server/api", own: []string{""}},
	{folder: "server/metrics", own: []string{""}},
	{folder: "server/mcp", own: []string{""}, foreign: []string{"github.com/modelcontextprotocol/go-sdk"}},
	{folder: "client", own: []string{"", "server/api"}},

	{folder: "scheduler", own: []string{"", "when", "text", "media"}},
	{folder: "worker", own: []string{"", "text", "media"}},
	{folder: "events", own: []string{""}},
	{folder: "events/hook", own: []string{"", "events"}, foreign: []string{"golang.org/x/sys"}},
	{folder: "events/notify", own: []string{"", "events"}, foreign: []string{"github.com/godbus/dbus"}},

	{folder: "providers", own: []string{"", "providers/*"}},
	{folder: "providers/oauth", own: []string{""}},
	{folder: "providers/plugin", own: []string{""}},
	{folder: "providers/internal/*", own: []string{""}, foreign: []string{"golang.org/x/sys"}},
	{folder: "providers/providertest", own: []string{"", "text"}, foreign: []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal"}},
	{folder: "providers/bluesky", own: provider, foreign: []string{"github.com/bluesky-social/indigo", "github.com/ipfs/go-cid", "github.com/multiformats/go-multihash"}},
	{folder: "providers/bluesky/blueskytest"},
	{folder: "providers/mastodon/mastodontest", foreign: []string{"github.com/getkin/kin-openapi", "github.com/clipperhouse/uax29"}},
	{folder: "providers/mastodon", own: provider, foreign: []string{"github.com/mattn/go-mastodon"}},
	{folder: "providers/site", own: provider, foreign: []string{"github.com/goccy/go-yaml"}},
	{folder: "providers/*", own: provider},

	{folder: "store", own: []string{"", "store/*"}},
	{folder: "store/storetest", own: []string{""}, foreign: []string{"github.com/google/go-cmp"}},
	{folder: "store/bolt", own: []string{""}, foreign: []string{"go.etcd.io/bbolt", "golang.org/x/sys"}},
	{folder: "store/*", own: []string{""}},

	{folder: "queue", own: []string{"", "queue/*"}},
	{folder: "queue/queuetest", own: []string{""}, foreign: []string{"github.com/google/go-cmp"}},
	{folder: "queue/rabbitmq", own: []string{""}, foreign: []string{"github.com/rabbitmq/amqp091-go"}},
	{folder: "queue/*", own: []string{""}},

	{folder: "vault", own: []string{"", "vault/*"}},
	{folder: "vault/vaulttest", own: []string{""}, foreign: []string{"github.com/google/go-cmp"}},
	{folder: "vault/file", own: []string{"", "vault/*"}, foreign: []string{"filippo.io/age", "filippo.io/hpke", "golang.org/x/crypto", "golang.org/x/sys"}},
	{folder: "vault/keyring", own: []string{""}, foreign: []string{"github.com/zalando/go-keyring", "github.com/godbus/dbus", "github.com/danieljoos/wincred", "golang.org/x/sys"}},
	{folder: "vault/key", own: []string{""}, foreign: []string{"filippo.io/age"}},
	{folder: "vault/command", own: []string{"", "vault/key"}, foreign: []string{"golang.org/x/sys"}},
	{folder: "vault/passphrase", own: []string{""}, foreign: []string{"filippo.io/age"}},
	{folder: "vault/*", own: []string{""}},

	{folder: "cards", own: []string{"", "text"}},

	{folder: "media", foreign: []string{"golang.org/x/image"}},
	{folder: "text", foreign: []string{"github.com/clipperhouse/uax29", "golang.org/x/text/unicode/norm"}},
	{folder: "when"},
	{folder: "postfile", own: []string{"", "text"}, foreign: []string{"github.com/goccy/go-yaml"}},
	{folder: "query", own: []string{"", "when"}},
	{folder: "ics"},

	{folder: "hayontest", own: []string{""}, foreign: []string{"github.com/google/go-cmp"}},
	{folder: "hayontest/servers"},
	{folder: "hayontest/servers/run", own: []string{"hayontest/servers"}},
	{folder: "hayontest/mutants"},
}

var provider = []string{"", "text", "media", "providers/oauth", "providers/internal/*"}

// topFolders have no Go code of the product, or have rows above.
var topFolders = []string{
	"bench", "cards", "client", "cmd", "docs", "events", "hayontest", "ics", "media", "postfile", "providers", "query", "queue",
	"scheduler", "server", "store", "text", "tools", "tui", "vault", "when", "worker",
	"testdata",    // of this package's tests
	"bin", "dist", // made by the Makefile, not in the repository
}

// machinePath matches absolute paths that exist on one machine only. It is put
// together from pieces so that it does not match itself.
var machinePath = regexp.MustCompile(`(?m)(^|[^\w./-])(/ro` + `ot/|/wo` + `rk/(main|shared)|/Us` + `ers/\w|C:\\Us` + `ers\\\w)`)

func TestArchitecture(t *testing.T) {
	t.Parallel()
	for _, v := range checkArchitecture(os.DirFS(".")) {
		t.Error(v)
	}
}

// TestArchitectureCheckFinds proves that each rule can fail.
func TestArchitectureCheckFinds(t *testing.T) {
	t.Parallel()
	const doc = "// Package x is documented.\npackage x\n"
	tests := []struct {
		name  string
		files map[string]string
		want  []string // one for each violation, in order
	}{
		{"nothing in a sound tree", map[string]string{
			"doc.go": doc, "store/bolt/doc.go": doc,
			"store/bolt/bolt.go": "package x\nimport (\n\"os\"\n\"" + module + "\"\n\"go.etcd.io/bbolt\"\n)\n",
		}, nil},
		{"a third-party import in the root", map[string]string{
			"doc.go": doc, "a.go": "package x\nimport \"go.etcd.io/bbolt\"\n",
		}, []string{"a.go:2: the root package may not import go.etcd.io/bbolt"}},
		{"an import of a sibling", map[string]string{
			"text/doc.go": doc, "text/a.go": "package x\nimport \"" + module + "/media\"\n",
		}, []string{"text/a.go:2: text may not import " + module + "/media"}},
		{"a driver in the wrong folder", map[string]string{
			"queue/local/doc.go": doc, "queue/local/a.go": "package x\nimport \"go.etcd.io/bbolt\"\n",
		}, []string{"queue/local/a.go:2: queue/local may not import go.etcd.io/bbolt"}},
		{"a stand-in of the tests in the program", map[string]string{
			"cmd/hayon/doc.go": doc, "cmd/hayon/a.go": "package x\nimport \"" + module + "/providers/mastodon/mastodontest\"\n",
		}, []string{"cmd/hayon/a.go:2: cmd/hayon may not import " + module + "/providers/mastodon/mastodontest"}},
		{"another module whose path begins like an allowed one", map[string]string{
			"store/bolt/doc.go": doc, "store/bolt/a.go": "package x\nimport \"go.etcd.io/bboltish\"\n",
		}, []string{"store/bolt/a.go:2: store/bolt may not import go.etcd.io/bboltish"}},
		{"an unknown folder", map[string]string{
			"text/deep/doc.go": doc,
		}, []string{"text/deep: no rule for this folder in arch_test.go"}},
		{"an unknown top-level folder", map[string]string{
			"utils/readme.md": "",
		}, []string{"utils: a new top-level folder needs a decision record in docs/adr and a place in arch_test.go"}},
		{"a folder without doc.go", map[string]string{
			"when/when.go": doc,
		}, []string{"when: no doc.go with a package comment"}},
		{"a doc.go without a comment", map[string]string{
			"when/doc.go": "package x\n",
		}, []string{"when: no doc.go with a package comment"}},
		{"an init", map[string]string{
			"when/doc.go": doc, "when/a.go": "package x\nfunc init() {}\n",
		}, []string{"when/a.go:2: func init: make things where they are used"}},
		{"a method named init is fine", map[string]string{
			"when/doc.go": doc, "when/a.go": "package x\ntype t int\nfunc (t) init() {}\n",
		}, nil},
		{"test code imports what it likes", map[string]string{
			"when/doc.go": doc, "when/a_test.go": "package x_test\nimport \"" + module + "/store\"\n",
		}, nil},
		{"a path of one machine", map[string]string{
			"docs/guide.md": "one\nsee /ro" + "ot/notes\n",
		}, []string{"docs/guide.md:2: a path that exists on one machine only"}},
		{"code that does not parse", map[string]string{
			"when/doc.go": doc, "when/a.go": "pakage x\n",
		}, []string{"when/a.go:1:1: expected 'package', found pakage"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{}
			for name, content := range tt.files {
				fsys[name] = &fstest.MapFile{Data: []byte(content)}
			}
			if got := checkArchitecture(fsys); !slices.Equal(got, tt.want) {
				t.Errorf("violations:\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// checkArchitecture returns a sentence for everything in the tree that breaks a
// rule, sorted by place.
func checkArchitecture(fsys fs.FS) []string {
	var found []string
	documented := map[string]bool{} // folders with product code → has a package comment in doc.go
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipFolder(name) {
				return fs.SkipDir
			}
			if name != "." && !strings.Contains(name, "/") && !strings.HasPrefix(name, ".") && !slices.Contains(topFolders, name) {
				found = append(found, name+": a new top-level folder needs a decision record in docs/adr and a place in arch_test.go")
				return fs.SkipDir
			}
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		found = append(found, checkPaths(name, src)...)
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		folder := path.Dir(name)
		if folder == "." {
			folder = ""
		}
		documented[folder] = documented[folder] || false
		violations, comment := checkFile(folder, name, src)
		found = append(found, violations...)
		if path.Base(name) == "doc.go" && comment {
			documented[folder] = true
		}
		return nil
	})
	if err != nil {
		found = append(found, err.Error())
	}
	for folder, ok := range documented {
		if !ok {
			found = append(found, folderName(folder)+": no doc.go with a package comment")
		}
		if ruleFor(folder) == nil {
			found = append(found, folder+": no rule for this folder in arch_test.go")
		}
	}
	slices.Sort(found)
	return found
}

// skipFolder names what is not the product's source.
func skipFolder(name string) bool {
	switch name {
	case ".", ".ci", ".github":
		return false
	case "bin", "dist", "tools":
		return true
	}
	base := path.Base(name)
	return strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules"
}

func checkFile(folder, name string, src []byte) (violations []string, comment bool) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), " (and ")
		return []string{first}, false
	}
	place := func(p token.Pos) string { return fmt.Sprintf("%s:%d", name, fset.Position(p).Line) }
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			violations = append(violations, place(spec.Pos())+": "+err.Error())
			continue
		}
		if rule := ruleFor(folder); rule != nil && (!rule.allows(imported) || folder == "cmd/hayon" && testSupport(imported)) {
			violations = append(violations, fmt.Sprintf("%s: %s may not import %s", place(spec.Pos()), folderName(folder), imported))
		}
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			violations = append(violations, place(fn.Pos())+": func init: make things where they are used")
		}
	}
	return violations, f.Doc != nil && strings.TrimSpace(f.Doc.Text()) != ""
}

func checkPaths(name string, src []byte) []string {
	if !machinePath.Match(src) {
		return nil
	}
	var found []string
	for i, line := range strings.Split(string(src), "\n") {
		if machinePath.MatchString(line) {
			found = append(found, fmt.Sprintf("%s:%d: a path that exists on one machine only", name, i+1))
		}
	}
	return found
}

func ruleFor(folder string) *archRule {
	for i := range archRules {
		if ok, err := path.Match(archRules[i].folder, folder); err == nil && ok {
			return &archRules[i]
		}
	}
	return nil
}

func (r *archRule) allows(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return imported != "C" // the standard library, without cgo
	}
	if imported == module || strings.HasPrefix(imported, module+"/") {
		folder := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
		return slices.ContainsFunc(r.own, func(pattern string) bool {
			ok, err := path.Match(pattern, folder)
			return pattern == anything || err == nil && ok
		})
	}
	return slices.ContainsFunc(r.foreign, func(prefix string) bool {
		prefix = strings.TrimSuffix(prefix, "/")
		return prefix == anything || imported == prefix || strings.HasPrefix(imported, prefix+"/")
	})
}

// testSupport tells whether a folder of this module is there for tests alone, which the program never holds.
func testSupport(imported string) bool {
	rest, own := strings.CutPrefix(imported, module+"/")
	return own && slices.ContainsFunc(strings.Split(rest, "/"), func(name string) bool { return strings.HasSuffix(name, "test") })
}

func folderName(folder string) string {
	if folder == "" {
		return "the root package"
	}
	return folder
}

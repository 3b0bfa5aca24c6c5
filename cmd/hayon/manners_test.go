package main

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// everyCommand is each command of the tree with the words that name it, hidden ones left out.
func everyCommand(t *testing.T, visit func(path string, cmd *cobra.Command)) {
	t.Helper()
	a := newApp(&streams{out: io.Discard, err: io.Discard}, env("HAYON_DEMO=1"))
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			if c.Hidden || c.Name() == "help" {
				continue
			}
			visit(strings.TrimPrefix(c.CommandPath(), "hayon "), c)
			walk(c)
		}
	}
	walk(a.rootCommand())
}

// reads are the commands that change nothing, or whose very purpose is to run; all others take --dry-run.
var reads = []string{
	"preview", "check", "calendar", "list", "show", "open", "wait", "log", "doctor", "version", "commands", "completion",
	"account list", "account show", "account test", "account refresh", "group list", "people list", "platform list", "platform show",
	"template list", "template show", "template render", "hook list", "hook test", "webhook list", "webhook test",
	"broker status", "broker topology check", "broker dead list", "broker dead show", "broker parked list", "broker parked show",
	"daemon run", "daemon start", "daemon stop", "daemon restart", "daemon pause", "daemon resume", "daemon status", "daemon logs",
	"config get", "config list", "config edit", "config path", "config validate", "config schema", "profile list",
	"db backup", "db check", "db compact",
}

// Every command that writes shows on --dry-run what it would do.
func TestWritingCommandsHaveDryRun(t *testing.T) {
	t.Parallel()
	everyCommand(t, func(path string, cmd *cobra.Command) {
		if cmd.HasAvailableSubCommands() || !cmd.Runnable() || strings.HasPrefix(path, "completion ") {
			return
		}
		f := cmd.Flags().Lookup("dry-run")
		switch isRead := slices.Contains(reads, path); {
		case f == nil && !isRead:
			t.Errorf("hayon %s has no --dry-run", path)
		case f != nil && f.Shorthand != "n":
			t.Errorf("hayon %s: --dry-run is -%s, want -n", path, f.Shorthand)
		}
	})
}

// No secret is ever the value of a flag: those are seen by ps and kept by shells.
func TestNoFlagTakesASecret(t *testing.T) {
	t.Parallel()
	everyCommand(t, func(path string, cmd *cobra.Command) {
		for _, name := range []string{"password", "token", "secret", "passphrase", "api-key", "code"} {
			if f := cmd.Flags().Lookup(name); f != nil {
				t.Errorf("hayon %s --%s takes a secret as its value", path, f.Name)
			}
		}
	})
}

// dryRuns are command lines that would change something; ID stands for a post, OUT for one that is out.
var dryRuns = [][]string{
	{"post", "another", "--to", "mastodon,site", "-m", "a.png", "--alt", "x", "--at", "tomorrow 9am"},
	{"post", "now", "--to", "mastodon", "--undo", "10s"},
	{"post", "see https://example.org/x\n---\nand more", "--to", "mastodon", "--thread", "auto", "--number", "{i}/{n}", "--card", "https://example.org/y"},
	{"post", "an answer", "--to", "mastodon", "--reply-to", "OUT", "--quote", "OUT", "--replies", "nobody", "--title", "x", "--tag", "y"},
	{"post", "a question", "--to", "mastodon", "--continue", "--poll-option", "a", "--poll-option", "b"},
	{"repost", "OUT"},
	{"cancel", "ID"},
	{"edit", "ID", "--text", "x", "-m", "a.png", "--at", "tomorrow 9am", "--add-to", "site", "--label", "y"},
	{"edit", "OUT", "--remote", "--text", "x"},
	{"copy", "OUT", "--in", "1h"},
	{"undo"},
	{"publish", "ID"},
	{"retry", "ID"},
	{"delete", "OUT", "--remote"},
	{"login", "mastodon", "--host", "HOST", "--alias", "new"},
	{"logout", "mastodon"},
	{"account", "add", "demo", "--alias", "new"},
	{"account", "remove", "--all"},
	{"account", "rename", "mastodon", "other"},
	{"account", "default", "mastodon"},
	{"account", "set", "mastodon", "--grace", "5m"},
	{"group", "create", "all-of-them", "mastodon", "site"},
	{"group", "add", "launch", "site"},
	{"group", "remove", "launch", "mastodon"},
	{"group", "delete", "launch"},
	{"people", "add", "grace", "bluesky=grace.example"},
	{"people", "add", "ada", "bluesky="},
	{"people", "remove", "ada"},
	{"template", "create", "news", "--text", "{{what}} is new"},
	{"template", "create", "release", "--text", "{{what}} is new", "--replace"},
	{"template", "delete", "release"},
	{"webhook", "add", "https://example.org/x"},
	{"broker", "dead", "replay", "last"},
	{"broker", "dead", "replay", "--all"},
	{"broker", "dead", "discard", "last", "--reason", "x"},
	{"config", "set", "tz", "Europe/Berlin"},
	{"config", "unset", "tz"},
	{"profile", "create", "new"},
	{"profile", "use", "default"},
	{"db", "prune"},
	{"tick"},
	{"daemon", "uninstall"},
}

// A dry run asks nobody over the network and changes no byte.
func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		s := mastodontest.New(t, mastodontest.Config{})
		token := s.Token(s.AddUser("alice"), "profile", "read:statuses", "write:statuses", "write:media")
		u := newUser(t, mode, passphrase, "HAYON_VAULT=passphrase")
		u.must(t, 0, token, "login", "mastodon", "--host", s.URL, "--token-file", "-")
		u.must(t, 0, "", "group", "create", "launch", "mastodon")
		u.must(t, 0, "", "people", "add", "ada", "bluesky=ada.example.org")
		u.must(t, 0, "", "template", "create", "release", "--text", "{{version}} is out")
		u.write(t, "a.png", picture(8, 6))
		out := strings.TrimSpace(u.must(t, 0, "", "post", "out", "--to", "mastodon", "-q").out)
		u.must(t, 0, "", "login", "demo", "--set", "fault=rejected:1")
		u.must(t, 7, "", "post", "refused", "--to", "demo")
		id := strings.TrimSpace(u.must(t, 0, "", "post", "for later", "--to", "mastodon,site", "--in", "2h", "-q").out)
		asked, before := len(s.Requests()), treeOf(t, u)
		for _, line := range dryRuns {
			args := slices.Clone(line)
			for i := range args {
				switch args[i] {
				case "ID":
					args[i] = id
				case "OUT":
					args[i] = out
				case "HOST":
					args[i] = s.URL
				}
			}
			o := u.run(t, "", append(args, "--dry-run")...)
			if o.exit != 0 && o.exit != 10 { // 10: there is nothing to do, which is said
				t.Errorf("hayon %s --dry-run: exit code %d", strings.Join(line, " "), o.exit)
			}
			if n := len(s.Requests()); n != asked {
				t.Errorf("hayon %s --dry-run asked the platform %d times", strings.Join(line, " "), n-asked)
				asked = n
			}
			for path, content := range treeOf(t, u) {
				if before[path] != content {
					t.Errorf("hayon %s --dry-run changed %s", strings.Join(line, " "), path)
				}
			}
		}
	})
}

// treeOf is the content of all files of a user that hold something of them. What a running daemon keeps
// for itself is left out, and the order in which the database writes its two heads.
func treeOf(t *testing.T, u *user) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(u.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, ".log") || strings.Contains(path, "lock") || strings.HasSuffix(path, ".db") {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"list --all", "account list", "group list", "people list", "template list", "log"} {
		args := append(strings.Fields(list), "--json")
		o := u.run(t, "", args...)
		out["hayon "+strings.Join(args, " ")] = o.out
	}
	return out
}

// Nobody is called on by commands that need no platform.
func TestNoTelemetry(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer proxy.Close()
	// Whatever goes out goes by the proxy; what does not is refused at once.
	u := newUser(t, "file", "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "https_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	for _, args := range [][]string{
		{"version"},
		{"--version"},
		{"--help"},
		{"help", "post"},
		{"list"},
		{"post", "x", "--to", "site"},
		{"tick"},
		{"doctor", "--offline"},
		{"platform", "list"},
		{"platform", "show", "mastodon"},
		{"config", "list"},
		{"profile", "list"},
		{"commands"},
		{"db", "check"},
	} {
		u.must(t, 0, "", args...)
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("commands that need no platform went out %d times", n)
	}
	if runtime.GOOS == "linux" {
		traced(t, u, "version")
		traced(t, u, "list")
		traced(t, u, "--help")
	}
}

// Everything lies where such things belong, and nothing in the home folder itself.
func TestNothingInHome(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	u := newUser(t, "file", "HOME="+home, "USERPROFILE="+home, "HAYON_HOME=", "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_STATE_HOME=", "XDG_CACHE_HOME=",
		"HAYON_VAULT_PASSPHRASE=x", "AppData="+filepath.Join(home, "AppData"), "LocalAppData="+filepath.Join(home, "AppData"))
	u.must(t, 0, "", "post", "x", "--to", "site")
	u.must(t, 0, "", "login", "demo")
	u.must(t, 0, "", "config", "set", "tz", "UTC")
	u.must(t, 0, "", "profile", "create", "work")
	u.must(t, 0, "", "list")
	entries, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{".config", ".local", "Library", "AppData"}, e.Name()) {
			t.Errorf("there is %s in the home folder", e.Name())
		}
	}
	if len(entries) == 0 {
		t.Error("nothing was written at all")
	}
}

// hostile are environments that no program likes.
func hostile(t *testing.T) map[string][]string {
	t.Helper()
	readOnly := t.TempDir()
	if err := os.Chmod(readOnly, 0o500); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	bare := []string{"HOME=", "USERPROFILE=", "HAYON_HOME=", "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_RUNTIME_DIR=", "AppData=", "LocalAppData="}
	return map[string][]string{
		"no home":          bare,
		"read-only home":   {"HAYON_HOME=" + readOnly},
		"a file as home":   {"HAYON_HOME=" + file},
		"a missing home":   {"HAYON_HOME=" + filepath.Join(file, "below")},
		"a dumb terminal":  {"TERM=dumb", "LANG=C", "LC_ALL=C", "COLUMNS=20"},
		"one column":       {"COLUMNS=1", "ACCESSIBLE=1"},
		"nonsense":         {"COLUMNS=banana", "TZ=Nowhere/City", "HAYON_TIMEOUT=soon", "HAYON_VAULT=what", "HAYON_CONFIG=/no/such/file"},
		"no place for tmp": {"TMPDIR=/no/such/folder", "XDG_RUNTIME_DIR="},
	}
}

// TestHostileEnvironment runs every command where nothing is as it should be: errors, and no panics.
func TestHostileEnvironment(t *testing.T) {
	t.Parallel()
	var lines [][]string
	everyCommand(t, func(path string, cmd *cobra.Command) {
		words := strings.Fields(path)
		if cmd.HasAvailableSubCommands() || words[0] == "daemon" { // daemons would run on
			return
		}
		lines = append(lines, words, append(slices.Clone(words), "x"), append(slices.Clone(words), "--help"))
	})
	lines = append(lines, []string{"post", "x", "--to", "site"}, []string{"login", "demo"}, []string{"daemon", "status"}, []string{"daemon", "install", "--print"}, nil)
	for name, vars := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, "file", append([]string{"CI=true"}, vars...)...)
			for _, args := range lines {
				if len(args) > 1 && args[0] == "wait" { // it waits
					args = append(slices.Clone(args), "--for", "1ms")
				}
				o := u.run(t, "", args...)
				if strings.Contains(o.err, "panic") || o.exit == 1 {
					t.Errorf("hayon %s: exit code %d:\n%s", strings.Join(args, " "), o.exit, o.err)
				}
				if slices.Contains(args, "--help") && (o.exit != 0 || o.err != "") {
					t.Errorf("hayon %s: exit code %d:\n%s", strings.Join(args, " "), o.exit, o.err)
				}
			}
		})
	}
}

// TestNeverPrompts: where CI says so nobody is asked, whatever is missing, and the flag is named.
func TestNeverPrompts(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file", "CI=true", passphrase, "HAYON_VAULT=passphrase")
	id := strings.TrimSpace(u.must(t, 0, "", "post", "x", "--to", "site", "-q").out)
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"delete", id}, "--yes"},
		{[]string{"logout", "site"}, "--yes"},
		{[]string{"account", "remove", "--all"}, "--yes"},
		{[]string{"db", "prune"}, "--yes"},
		{[]string{"broker", "dead", "discard", "last"}, "--reason"},
		{[]string{"login", "bluesky"}, "--handle"},
		{[]string{"login", "bluesky", "--handle", "alice.test"}, "--password-stdin"},
		{[]string{"login", "mastodon"}, "--host"},
		{[]string{"login", "mastodon", "--host", "social.example.org"}, "--token-file"},
		{[]string{"post", "-e", "--to", "site"}, "-f"},
		{[]string{"post", "no account"}, "--to"},
	} {
		for _, extra := range []string{"", "--no-input"} {
			args := tt.args
			if extra != "" {
				args = append(slices.Clone(args), extra)
			}
			o := u.must(t, 2, "", args...)
			o.wantError(t, tt.says)
		}
	}
}

// TestControlCharactersShowAsBlanks: a text that was piped with colours does not colour the terminal,
// or do worse to it.
func TestControlCharactersShowAsBlanks(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	coloured := "\x1b[31mred\x1b[0m\a"
	u.must(t, 0, coloured, "post", "-", "--to", "site", "--draft")
	for _, args := range [][]string{
		{"post", "-", "--to", "site", "--dry-run"}, {"show", "last"}, {"list"}, {"list", "-o", "csv"}, {"delete", "last", "--dry-run"},
	} {
		o := u.must(t, 0, coloured, args...)
		if strings.ContainsAny(o.out+o.err, "\x1b\a") || !strings.Contains(o.out+o.err, "red") && args[0] != "delete" {
			t.Errorf("%v printed %q and %q", args, o.out, o.err)
		}
	}
}

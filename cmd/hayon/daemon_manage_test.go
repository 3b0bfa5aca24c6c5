package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestSeekTail: the last lines are found, also over the blocks in which the file is read, and without
// a final newline.
func TestSeekTail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(strings.Repeat("x", 999)+"\n", 200)
	for _, tt := range []struct {
		name, content string
		lines         int
		want          string
	}{
		{"empty", "", 3, ""},
		{"none", "a\nb\n", 0, ""},
		{"fewer than asked for", "a\nb\n", 5, "a\nb\n"},
		{"last", "a\nb\nc\n", 1, "c\n"},
		{"two", "a\nb\nc\n", 2, "b\nc\n"},
		{"no newline at the end", "a\nb\nc", 2, "b\nc"},
		{"empty lines count", "a\n\n\n", 2, "\n\n"},
		{"over blocks", long, 150, long[50*1000:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if err := seekTail(f, tt.lines); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(f)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %d bytes, want %d (%v)", len(got), len(tt.want), err)
			}
		})
	}
}

// oddSpec has everything in it that needs quoting somewhere.
func oddSpec() serviceSpec {
	return serviceSpec{
		Profile: "work", Program: `/opt/my $tools/ha"yon`, Args: []string{"--profile", "work", "--config", `/c/50%/a\b <&>.toml`, "daemon", "run"},
	}
}

// TestLaunchdAgent: the file is XML that holds the very words.
func TestLaunchdAgent(t *testing.T) {
	t.Parallel()
	s := oddSpec()
	s.Env = []string{`HAYON_HOME=/h & <co>`}
	b, err := launchd{name: "hayon-work", home: "/h", log: "/h/daemon.log"}.file(s)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if err == io.EOF { //nolint:errorlint // the decoder answers it bare
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		if text, ok := token.(xml.CharData); ok && len(bytes.TrimSpace(text)) > 0 {
			got = append(got, string(text))
		}
	}
	for _, want := range append(append([]string{s.Program}, s.Args...), "--detached", "/h & <co>", "org.hayon-work.daemon") {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	s.EnvFile = "/e"
	if _, err := (launchd{}).file(s); err == nil {
		t.Error("a file of variables, which launchd cannot read, was taken")
	}
}

// TestWindowsTask: the file is XML whose command line has the words, those with spaces in quotes.
func TestWindowsTask(t *testing.T) {
	t.Parallel()
	s := oddSpec()
	b, err := taskScheduler{name: "hayon"}.file(s)
	if err != nil {
		t.Fatal(err)
	}
	var task struct {
		Actions struct {
			Exec struct{ Command, Arguments string }
		}
		Settings struct {
			ExecutionTimeLimit string
		}
	}
	if err := xml.Unmarshal(b, &task); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	if task.Actions.Exec.Command != s.Program {
		t.Errorf("command %q", task.Actions.Exec.Command)
	}
	if want := `--profile work --config "/c/50%/a\b <&>.toml" daemon run --detached`; task.Actions.Exec.Arguments != want {
		t.Errorf("arguments %q, want %q", task.Actions.Exec.Arguments, want)
	}
	if task.Settings.ExecutionTimeLimit != "PT0S" {
		t.Errorf("the task ends after %q", task.Settings.ExecutionTimeLimit)
	}
}

// TestUnattendedEnv: the daemon gets what a service manager gives and what the file says, and nothing
// of this shell.
func TestUnattendedEnv(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("# comment\nHAYON_VAULT_PASSPHRASE=\"a=b c\"\n\nOTHER=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := map[string]string{"HOME": "/h", "HAYON_VAULT_PASSPHRASE": "of the shell", "DBUS_SESSION_BUS_ADDRESS": "unix:x", "SECRET": "1"}
	getenv := func(name string) (string, bool) {
		v, ok := shell[name]
		return v, ok
	}
	got, err := unattendedEnv(getenv, serviceSpec{Env: []string{"HAYON_HOME=/x"}, EnvFile: file})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{"DBUS_SESSION_BUS_ADDRESS=unix:x", "HAYON_HOME=/x", "HAYON_VAULT_PASSPHRASE=a=b c", "HOME=/h", "OTHER=1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got, err = unattendedEnv(getenv, serviceSpec{User: "ana"})
	if err != nil || !slices.Equal(got, []string{"HOME=/h"}) {
		t.Errorf("a service of the machine gets %q (%v)", got, err)
	}
}

// TestDaemonStartStop: the background daemon of a person.
func TestDaemonStartStop(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	t.Cleanup(func() { u.stopDaemon(t) })
	u.must(t, 5, "", "daemon", "logs").wantError(t, "hayon daemon start")
	if o := u.must(t, 11, "", "daemon", "status"); !strings.Contains(o.out, "Nobody sends posts") {
		t.Errorf("status without a daemon: %q", o.out)
	}
	if o := u.must(t, 0, "", "daemon", "start"); !strings.Contains(o.err, "The daemon runs (process ") {
		t.Errorf("start says %q", o.err)
	}
	if o := u.must(t, 0, "", "daemon", "start"); !strings.Contains(o.err, "runs already") {
		t.Errorf("a second start says %q", o.err)
	}
	before := u.daemonPID(t)
	u.must(t, 0, "", "daemon", "restart")
	if after := u.daemonPID(t); after == before {
		t.Errorf("after the restart it is still process %d", after)
	}
	if o := u.must(t, 0, "", "daemon", "logs", "-n", "1000"); strings.Count(o.out, "the daemon runs") != 2 {
		t.Errorf("the log tells of other than two starts:\n%s", o.out)
	}
	if o := u.must(t, 0, "", "post", "hello", "--to", "site"); strings.Contains(o.err, "No daemon") {
		t.Errorf("post says %q", o.err)
	}
	u.must(t, 0, "", "daemon", "stop")
	u.must(t, 11, "", "daemon", "stop").wantError(t, "nothing to stop")
}

// TestDaemonStartsAtOnce: of several that are started in the same moment one runs, the others say so, and
// all that was logged is there.
func TestDaemonStartsAtOnce(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	t.Cleanup(func() { u.stopDaemon(t) })
	var starts sync.WaitGroup
	for range 4 {
		starts.Go(func() {
			if o := u.run(t, "", "daemon", "start"); o.exit != 0 || !strings.Contains(o.err, "The daemon runs") {
				t.Errorf("a start ends with %d and says %q", o.exit, o.err)
			}
		})
	}
	starts.Wait()
	o := u.must(t, 0, "", "daemon", "logs")
	for line := range strings.Lines(o.out) {
		if !strings.HasPrefix(line, "time=") || strings.Contains(line, "\x00") {
			t.Errorf("a line of the log is torn: %q", line)
		}
	}
	if !strings.Contains(o.out, fmt.Sprintf("pid=%d", u.daemonPID(t))) {
		t.Errorf("the one that runs is not in the log:\n%s", o.out)
	}
}

// TestCheckBesideDaemon: a daemon that has its passphrase from this terminal does not hide that one
// without it could not run.
func TestCheckBesideDaemon(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=", "HAYON_VAULT=passphrase", "HAYON_VAULT_PASSPHRASE=correct horse")
	t.Cleanup(func() { u.stopDaemon(t) })
	u.must(t, 0, "", "post", "hello", "--to", "site")
	u.must(t, 0, "", "webhook", "add", "http://127.0.0.1:9/hayon") // its secret is the vault's first
	u.must(t, 0, "", "daemon", "start")
	u.must(t, 0, "", "daemon", "run", "--check")
	right := u.env
	for _, passphrase := range []string{"wrong", ""} {
		u.env = append(slices.Clone(right), "HAYON_VAULT_PASSPHRASE="+passphrase)
		u.must(t, 13, "", "daemon", "run", "--check").wantError(t, "HAYON_VAULT_PASSPHRASE")
	}
	u.env = right
}

// TestInstallFails: where the system's service manager is not there, the daemon that ran goes on running.
func TestInstallFails(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("its service manager is not found by PATH alone")
	}
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=", "PATH="+t.TempDir())
	t.Cleanup(func() { u.stopDaemon(t) })
	u.must(t, 13, "", "daemon", "install").wantError(t, "hayon daemon start")
	u.must(t, 11, "", "daemon", "status") // it was not there before
	u.must(t, 0, "", "daemon", "start")
	u.must(t, 13, "", "daemon", "install").wantError(t, "hayon daemon start")
	u.must(t, 0, "", "daemon", "status")
}

// TestInstallForTheMachine: the service belongs to somebody, also where the environment does not say who
// asks for it.
func TestInstallForTheMachine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the unit is one of systemd")
	}
	u := newUser(t, "file")
	o := u.must(t, 0, "", "daemon", "install", "--system", "--print")
	if want := "\nUser=" + currentUser() + "\n"; currentUser() == "" || !strings.Contains(o.out, want) {
		t.Errorf("no line %q in\n%s", want, o.out)
	}
	u.env = append(u.env, "SUDO_USER=ana")
	if o := u.must(t, 0, "", "daemon", "install", "--system", "--print"); !strings.Contains(o.out, "\nUser=ana\n") {
		t.Errorf("under sudo it does not belong to who asked for it:\n%s", o.out)
	}
}

// TestDaemonDoesNotStart: what the daemon said before it ended is the error.
func TestDaemonDoesNotStart(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	if err := writeFile(filepath.Join(u.dir, "hayon", "data", "default", "hayon.db"), strings.Repeat("no database ", 2000)); err != nil {
		t.Fatal(err)
	}
	o := u.run(t, "", "daemon", "start")
	if o.exit != 13 {
		t.Errorf("exit code %d, want 13", o.exit)
	}
	o.wantError(t, "the daemon did not start", "hayon.db")
}

// TestDaemonPause: while it is paused nothing goes out, by whatever way; then it does.
func TestDaemonPause(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	t.Cleanup(func() { u.stopDaemon(t) })
	u.must(t, 0, "", "daemon", "pause", "--reason", "there is news")
	u.must(t, 0, "", "post", "held", "--to", "site", "--no-wait")
	u.must(t, 0, "", "tick")
	u.must(t, 0, "", "daemon", "start")
	if o := u.must(t, 0, "", "daemon", "status"); !strings.Contains(o.out, "publishing is paused") || !strings.Contains(o.out, "there is news") {
		t.Errorf("status says %q", o.out)
	}
	if o := u.must(t, 0, "", "list", "--json=state"); !strings.Contains(o.out, `"publishing"`) {
		t.Errorf("while paused: %s", o.out)
	}
	u.must(t, 0, "", "daemon", "resume")
	u.must(t, 0, "", "wait", "last", "--for", "20s")
}

func (u *user) daemonPID(t *testing.T) int {
	t.Helper()
	o := u.must(t, 0, "", "daemon", "status", "--json=owner")
	_, pid, _ := strings.Cut(o.out, `"pid":`)
	digits, _, _ := strings.Cut(pid, ",")
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatalf("no process in %q", o.out)
	}
	return n
}

// stopDaemon ends what daemon start has left.
func (u *user) stopDaemon(t *testing.T) {
	t.Helper()
	cmd := u.commandAfter("daemon", "stop")
	_ = cmd.Run() // there may be none
}

// commandAfter is hayon with arguments, also when the test has ended.
func (u *user) commandAfter(args ...string) *exec.Cmd {
	cmd := exec.Command("hayon", args...)
	cmd.Dir, cmd.Env = u.dir, u.env
	return cmd
}

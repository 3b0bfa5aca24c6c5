package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hayon/hayon/server/api"
)

// user is somebody on a fresh machine who runs hayon.
type user struct {
	dir string
	env []string
}

// newUser is a user whose commands open the database, or with socket reach a daemon that is stopped
// with the test.
func newUser(t *testing.T, mode string, env ...string) *user {
	t.Helper()
	u := &user{dir: t.TempDir()}
	vars, err := freshEnv(u.dir, t.Cleanup)
	if err != nil {
		t.Fatal(err)
	}
	u.env = append(append(vars, "PATH="+os.Getenv("PATH"), "TMPDIR="+u.dir), env...)
	if mode == "socket" {
		stop, err := startDaemon(u.dir, u.env)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stop(t) })
		u.env = append(u.env, "HAYON_SERVER=unix")
		return u
	}
	u.env = append(u.env, "HAYON_SERVER=none")
	return u
}

// write makes a file in the user's folder.
func (u *user) write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(u.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantNoSecret fails where a secret stands in clear in a file of the user.
func wantNoSecret(t *testing.T, u *user, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(u.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s holds the secret in clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("the user has no files")
	}
}

// outcome is how a program ended and what it said.
type outcome struct {
	exit     int
	out, err string
}

// command is hayon with arguments, not started.
func (u *user) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "hayon", args...)
	cmd.Dir, cmd.Env = u.dir, u.env
	return cmd
}

// run runs hayon to its end.
func (u *user) run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	cmd := u.command(t, args...)
	return finish(t, cmd, stdin)
}

func finish(t *testing.T, cmd *exec.Cmd, stdin string) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errOut
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	o := outcome{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
	t.Logf("$ %s\n%s%s[%d]", strings.Join(cmd.Args, " "), o.out, o.err, o.exit)
	if strings.Contains(o.err, "goroutine ") {
		t.Fatal("hayon crashed")
	}
	return o
}

// must runs hayon and fails the test unless it ends with this code.
func (u *user) must(t *testing.T, exit int, stdin string, args ...string) outcome {
	t.Helper()
	o := u.run(t, stdin, args...)
	if o.exit != exit {
		t.Fatalf("hayon %s: exit code %d, want %d", strings.Join(args, " "), o.exit, exit)
	}
	return o
}

// post is the one post that stdout holds as JSON.
func (o outcome) post(t *testing.T) api.Post {
	t.Helper()
	var p api.Post
	d := json.NewDecoder(strings.NewReader(o.out))
	if err := d.Decode(&p); err != nil || d.More() {
		t.Fatalf("stdout is not one JSON object: %v", err)
	}
	return p
}

// wantError fails unless stdout is empty and stderr holds the words and a hint.
func (o outcome) wantError(t *testing.T, words ...string) {
	t.Helper()
	if o.out != "" {
		t.Errorf("stdout is not empty: %q", o.out)
	}
	for _, w := range append(words, "→ ") {
		if !strings.Contains(o.err, w) {
			t.Errorf("stderr does not say %q: %q", w, o.err)
		}
	}
}

// writeFile makes a file and the folders above it.
func writeFile(path, body string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(body), 0o600)
}

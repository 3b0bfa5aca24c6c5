//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// database is where the user's posts are.
func (u *user) database() string { return filepath.Join(u.dir, "hayon", "data", "default", "hayon.db") }

// texts are those of all posts that the user has.
func (u *user) texts(t *testing.T) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(u.must(t, 0, "", "list", "--all").out) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		out = append(out, fields[len(fields)-1])
	}
	return out
}

// TestHeld: another program has the database.
func TestHeld(t *testing.T) { //nolint:tparallel // the group waits for its parallel parts
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "before", "--to", "site", "--draft")
	holder := exec.CommandContext(t.Context(), "hold-file", u.database())
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the holder said %q: %v", line, err)
	}
	pid := strconv.Itoa(holder.Process.Pid)
	t.Run("while", func(t *testing.T) {
		for _, args := range [][]string{{"list"}, {"post", "x", "--to", "site"}, {"tick"}} {
			t.Run(args[0], func(t *testing.T) {
				t.Parallel()
				u.must(t, 10, "", args...).wantError(t, pid)
			})
		}
		t.Run("json", func(t *testing.T) {
			t.Parallel()
			o := u.must(t, 10, "", "list", "--json")
			if !strings.HasPrefix(o.err, `{"error":{"code":"conflict"`) || !strings.Contains(o.err, pid) {
				t.Errorf("stderr is %q", o.err)
			}
		})
	})
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Wait(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"before"}, u.texts(t)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestDamaged: the database is no database any more.
func TestDamaged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(whole []byte) []byte
	}{
		{"garbage", func([]byte) []byte { return []byte(strings.Repeat("garbage ", 8192)) }},
		{"cut off", func(b []byte) []byte { return b[:5000] }},
		{"no longer whole", func(b []byte) []byte {
			for i := range b[:8192] {
				b[i] ^= 0x5a
			}
			return b
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, "file")
			u.must(t, 0, "", "post", "before", "--to", "site", "--draft")
			whole, err := os.ReadFile(u.database())
			if err != nil {
				t.Fatal(err)
			}
			damaged := tt.damage(append([]byte(nil), whole...))
			if err := os.WriteFile(u.database(), damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			u.must(t, 13, "", "list").wantError(t, u.database())
			u.must(t, 13, "", "post", "x", "--to", "site").wantError(t, u.database())
			u.must(t, 13, "", "daemon", "run")
			after, err := os.ReadFile(u.database())
			if err != nil {
				t.Fatal(err)
			}
			if string(after) != string(damaged) {
				t.Error("the damaged file was written to: nobody can save it any more")
			}
			if err := os.WriteFile(u.database(), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"before"}, u.texts(t)); diff != "" {
				t.Errorf("posts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDiskFull: no file may become longer than the database is, and half of that, and so on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "before", "--to", "site")
	u.write(t, "big.png", picture(400, 400))
	info, err := os.Stat(u.database())
	if err != nil {
		t.Fatal(err)
	}
	limited := func(limit int64, args ...string) outcome {
		cmd := u.command(t)
		path, err := exec.LookPath("with-file-limit")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Args = path, append([]string{"with-file-limit", fmt.Sprint(limit), "hayon"}, args...)
		return finish(t, cmd, "")
	}
	want := []string{"before"}
	for _, limit := range []int64{info.Size(), info.Size() / 2, 4096, 100} {
		for n := range 3 {
			text := fmt.Sprintf("full %d %d %s", limit, n, strings.Repeat("x", 20_000))
			o := limited(limit, "post", text, "--to", "site", "--draft")
			switch o.exit {
			case 0: // there was room
				want = append(want, text)
			case 13:
				o.wantError(t, "space")
			default:
				t.Fatalf("exit code %d, want 13", o.exit)
			}
		}
		o := limited(limit, "post", "with a picture", "--to", "site", "--draft", "-m", "big.png")
		if o.exit == 0 {
			want = append(want, "with a picture")
		} else if o.exit != 13 {
			t.Fatalf("exit code %d, want 13", o.exit)
		}
	}
	if len(want) > 6 {
		t.Fatalf("the disk was not full: %d posts", len(want))
	}
	u.must(t, 0, "", "post", "after", "--to", "site")
	want = append(want, "after")
	got := u.texts(t)
	for i, j := 0, len(got)-1; i < j; i, j = i+1, j-1 {
		got[i], got[j] = got[j], got[i]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestReadOnlyFolder: nothing can be written where everything would be.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	// A file in the place of the folder refuses the administrator too.
	u.write(t, "hayon", []byte("no folder"))
	u.must(t, 13, "", "post", "x", "--to", "site").wantError(t, "hayon")
	u.must(t, 13, "", "list").wantError(t, "hayon")
	if os.Getuid() == 0 {
		return // whom no mode stops
	}
	v := newUser(t, "file")
	v.must(t, 0, "", "post", "before", "--to", "site", "--draft")
	if err := os.Chmod(v.database(), 0o400); err != nil {
		t.Fatal(err)
	}
	v.must(t, 13, "", "post", "x", "--to", "site", "--draft").wantError(t, v.database())
}

// TestWrongPassphrase: the vault does not open, and stays as it is.
func TestWrongPassphrase(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file", passphrase)
	right := u.env
	u.env = append(right[:len(right):len(right)], "HAYON_VAULT=passphrase")
	u.must(t, 0, "", "webhook", "add", "https://example.org/hook") // its secret makes the vault
	login := []string{"login", "bluesky", "--host", nobodyListens(t), "--handle", "a.test", "--password-stdin"}
	u.env = append(right[:len(right):len(right)], "HAYON_VAULT_PASSPHRASE=wrong")
	u.must(t, 13, "pass", login...).wantError(t, "passphrase")
	u.env = append(right[:len(right):len(right)], "HAYON_VAULT_PASSPHRASE=")
	u.must(t, 13, "pass", login...).wantError(t, "HAYON_VAULT_PASSPHRASE")
	u.env = right
	u.must(t, 8, "pass", login...).wantError(t, "cannot reach")
	u.must(t, 10, "pass", append(login, "--vault", "keyring")...).wantError(t, "passphrase")
	u.must(t, 2, "pass", append(login, "--vault", "nonsense")...).wantError(t, "nonsense")
	// What needs no secret works all the same.
	u.env = append(right[:len(right):len(right)], "HAYON_VAULT_PASSPHRASE=wrong")
	u.must(t, 0, "", "post", "hello", "--to", "site")
}

// TestClosedOutput: a reader that has gone is no bug.
func TestClosedOutput(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	for n := range 5 {
		u.must(t, 0, "", "post", strconv.Itoa(n)+strings.Repeat("x", 20_000), "--to", "site", "--draft")
	}
	cmd := u.command(t, "list", "--json", "--all")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || said.Len() > 0 {
		t.Errorf("it ends with %v, stderr is %q", err, said.String())
	}
}

//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
	"github.com/hayon/hayon/vault/keyring"
)

// keyringEntries prints how many entries of hayon the keyring of the session has.
func keyringEntries() {
	bus, err := dbus.SessionBus()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var open, locked []dbus.ObjectPath
	service := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	err = service.Call("org.freedesktop.Secret.Service.SearchItems", 0, map[string]string{"service": keyring.Service}).Store(&open, &locked)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(len(open) + len(locked)) //nolint:forbidigo // the test reads it
}

// inSession runs a line of the shell in a session with a keyring of its own that is open.
func (u *user) inSession(t *testing.T, line string) outcome {
	t.Helper()
	session := servers.Program(t, "dbus-run-session")
	servers.Program(t, "gnome-keyring-daemon")
	run := filepath.Join(u.dir, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	prepare := "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
	cmd := exec.CommandContext(t.Context(), session, "--", "sh", "-e", "-c", prepare+line)
	cmd.Dir, cmd.Env = u.dir, append(u.env, "XDG_RUNTIME_DIR="+run)
	return finish(t, cmd, "")
}

// TestKeyringIsLeftClean signs in by the keyring of a system without a desktop, publishes with it, and
// removes everything.
func TestKeyringIsLeftClean(t *testing.T) {
	t.Parallel()
	s := mastodontest.New(t, mastodontest.Config{})
	alice := s.AddUser("alice")
	u := newUser(t, "file", "DBUS_SESSION_BUS_ADDRESS=")
	u.write(t, "token", []byte(s.Token(alice, "profile", "read:statuses", "write:statuses", "write:media")))
	o := u.inSession(t, `hayon login mastodon --host `+s.URL+` --token-file token
keyring-entries
hayon post "by the keyring" --to mastodon -q
hayon account remove --all --yes
keyring-entries
hayon daemon uninstall`)
	lines := strings.Fields(o.out)
	if o.exit != 0 || len(lines) != 4 || lines[1] != "1" || lines[3] != "0" {
		t.Errorf("exit code %d; printed %q: want the account, 1 entry, a post, 0 entries", o.exit, lines)
	}
	if n := len(s.Public(alice)); n != 1 {
		t.Errorf("%d statuses are public, want 1", n)
	}
	for _, name := range []string{"vault.json", "secrets.age"} {
		if _, err := os.Stat(filepath.Join(u.dir, "hayon", "data", "default", name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}

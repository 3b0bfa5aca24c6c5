//go:build linux

package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/hayontest/servers"
)

// TestSystemdUnit: systemd accepts what install prints, whatever the paths are.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	analyze := servers.Program(t, "systemd-analyze")
	u := newUser(t, "file")
	envFile := u.write(t, "50% of $HOME.env", []byte("HAYON_VAULT_PASSPHRASE=x\n"))
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"user", nil},
		{"profile", []string{"-p", "work"}},
		{"file of variables", []string{"--env-file", envFile}},
		{"system", []string{"--system"}},
		{"odd configuration", []string{"--config", u.write(t, `a "b" 5% $x.toml`, nil)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := u.must(t, 0, "", append([]string{"daemon", "install", "--print"}, tt.args...)...)
			unit := filepath.Join(t.TempDir(), "hayon.service")
			if err := os.WriteFile(unit, []byte(o.out), 0o600); err != nil {
				t.Fatal(err)
			}
			scope := "--user"
			if tt.name == "system" {
				scope = "--system"
			}
			cmd := exec.CommandContext(t.Context(), analyze, "verify", scope, unit)
			cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
			if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "hayon.service:") {
				t.Errorf("%v: %s\n%s", err, out, o.out)
			}
		})
	}
	u.must(t, 2, "", "daemon", "install", "--print", "--user", "--system")
	open := u.write(t, "open.env", nil)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	u.must(t, 13, "", "daemon", "install", "--env-file", open).wantError(t, "can be read by others", "chmod 600")
}

// TestSdNotify: systemd hears that the daemon is ready, how it stands and that it stops, and its
// watchdog is fed.
func TestSdNotify(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	address := &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"}
	conn, err := net.ListenUnixgram("unixgram", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	u.env = append(u.env, "HAYON_SERVER=", "NOTIFY_SOCKET="+address.Name, "WATCHDOG_USEC=300000")
	daemon := u.background(t, "daemon", "run")
	said := notifications(t, conn)
	want := func(words string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for {
			select {
			case s := <-said:
				if strings.Contains(s, words) {
					return
				}
			case <-ctx.Done():
				t.Fatalf("systemd was not told %q", words)
			}
		}
	}
	want("READY=1")
	want("WATCHDOG=1\nSTATUS=Posts go out")
	want("WATCHDOG=1")
	if err := daemon.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	want("STOPPING=1")
}

// notifications are the messages that come in, until the connection is closed.
func notifications(t *testing.T, conn *net.UnixConn) <-chan string {
	t.Helper()
	said := make(chan string)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			select {
			case said <- string(buf[:n]):
			case <-t.Context().Done():
				return
			}
		}
	}()
	return said
}

// systemctlScript stands for systemd's program: it notes how it is called, and starts what a unit says.
const systemctlScript = `#!/bin/sh
echo "$@" >> "$SYSTEMCTL_LOG"
case "$*" in
*--user\ enable\ --now*|*--user\ start*)
	unit="$XDG_CONFIG_HOME/systemd/user/hayon.service"
	set -a
	f=$(sed -n 's/^EnvironmentFile=//p' "$unit"); [ -z "$f" ] || . "$f"
	set +a
	setsid sh -c "$(sed -n 's/^ExecStart=//p' "$unit")" >/dev/null 2>&1 </dev/null & ;;
*--user\ disable\ --now*)
	kill $(cat "$XDG_CONFIG_HOME/pid") 2>/dev/null ;;
esac
exit 0
`

// TestDaemonInstall: install tries the credentials with nobody there, writes the unit and starts it;
// uninstall takes all of it back.
func TestDaemonInstall(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	bin := filepath.Join(u.dir, "bin")
	log := filepath.Join(u.dir, "systemctl.log")
	if err := writeFile(filepath.Join(bin, "systemctl"), systemctlScript); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(bin, "systemctl"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(u.dir, "xdg", "config")
	u.env = append(u.env, "HAYON_SERVER=", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "SYSTEMCTL_LOG="+log)
	t.Cleanup(func() { u.stopDaemon(t) })

	sealed := append(append([]string{}, u.env...), "HAYON_VAULT_PASSPHRASE=correct horse")
	plain := u.env
	u.env = sealed
	u.must(t, 0, "", "login", "demo", "--alias", "a")
	u.env = plain
	unit := filepath.Join(config, "systemd", "user", "hayon.service")
	u.must(t, 0, "", "daemon", "install", "--dry-run")
	if _, err := os.Stat(unit); err == nil {
		t.Fatal("a dry run has written the unit")
	}
	o := u.must(t, 0, "", "daemon", "install")
	if !strings.Contains(o.err, "Installed "+unit) || !strings.Contains(o.err, "The daemon runs (process ") {
		t.Errorf("install says %q", o.err)
	}
	u.must(t, 0, "", "daemon", "stop")
	u.must(t, 0, "", "daemon", "start") // by systemd
	u.must(t, 0, "", "daemon", "stop")
	u.must(t, 0, "", "daemon", "uninstall")
	if _, err := os.Stat(unit); err == nil {
		t.Error("uninstall has left the unit")
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	want := "--user daemon-reload\n--user enable --now hayon.service\n--user start hayon.service\n--user disable --now hayon.service\n"
	if string(b) != want {
		t.Errorf("systemctl was called\n%swant\n%s", b, want)
	}
}

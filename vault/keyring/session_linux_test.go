package keyring_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/file"
	"github.com/hayon/hayon/vault/keyring"
	"github.com/hayon/hayon/vault/vaulttest"
)

// insideEnv tells the test binary that it runs in a session of its own, and which case to run there.
const insideEnv = "HAYON_KEYRING_TEST_INSIDE"

// vaultEnv is the folder of a vault that outlives a session.
const vaultEnv = "HAYON_KEYRING_TEST_VAULT"

const install = "apt-get install -y --no-install-recommends gnome-keyring dbus"

// needSecretService skips where gnome-keyring is missing; CI installs it, and fails where it cannot.
func needSecretService(t *testing.T) {
	t.Helper()
	missing := func() bool {
		_, daemon := exec.LookPath("gnome-keyring-daemon")
		_, session := exec.LookPath("dbus-run-session")
		return daemon != nil || session != nil
	}
	if !missing() {
		return
	}
	if os.Getenv("CI") != "true" {
		t.Skip("there is no Secret Service to test with: " + install)
	}
	command := install
	if os.Geteuid() != 0 {
		command = "sudo -n " + install
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	words := strings.Fields(command)
	out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if err != nil || missing() {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// home is a home folder for sessions. The keyring's daemon ends a moment after its bus and may still
// write, so that the folder is removed as far as it goes.
func home(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hayon-keyring") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, name := range []string{"data", "run", "vault"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inside runs TestInside with that case: after the shell command prepare in a session bus of its own,
// or with no bus where prepare is "".
func inside(t *testing.T, home, name, prepare string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := []string{exe, "-test.run=^TestInside$", "-test.v"}
	if prepare != "" {
		args = append([]string{"dbus-run-session", "--", "sh", "-c", prepare + `; exec "$0" "$@"`}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = home
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, "data"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"), vaultEnv + "=" + filepath.Join(home, "vault"), insideEnv + "=" + name,
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInside") {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// How a session starts its keyring.
const (
	unlocked = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null`
	wrong    = `printf other | gnome-keyring-daemon --unlock --components=secrets >/dev/null`
	locked   = `gnome-keyring-daemon --start --components=secrets >/dev/null`
)

func TestSecretService(t *testing.T) {
	t.Parallel()
	needSecretService(t)
	t.Run("suite", func(t *testing.T) {
		t.Parallel()
		inside(t, home(t), "suite", unlocked)
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		inside(t, home(t), "unusable", locked)
	})
	t.Run("over sessions", func(t *testing.T) {
		t.Parallel()
		dir := home(t)
		inside(t, dir, "write", unlocked)
		inside(t, dir, "read", unlocked)
		inside(t, dir, "locked", locked)
		inside(t, dir, "locked", wrong)
		inside(t, dir, "no bus", "")
		inside(t, dir, "destroy", unlocked)
	})
}

func TestNoSessionBus(t *testing.T) {
	t.Parallel()
	inside(t, home(t), "no bus at all", "")
}

// TestInside is what the other tests run in a session of its own; by itself it has nothing to do.
func TestInside(t *testing.T) {
	cases := map[string]func(t *testing.T){
		"suite": func(t *testing.T) {
			t.Helper()
			vaulttest.Test(t, vaulttest.Harness{
				Features: vaulttest.Features{Durable: true, Sealed: true},
				Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault {
					t.Helper()
					return system(t, dir, log)
				},
			})
		},
		"unusable": func(t *testing.T) {
			t.Helper()
			wantUnusable(t, system(t, t.TempDir(), nil).Prepare(t.Context()), "unusable", "--vault passphrase")
		},
		"write": func(t *testing.T) {
			t.Helper()
			err := system(t, os.Getenv(vaultEnv), nil).Update(t.Context(), "a", func(hayon.Secret) (hayon.Secret, error) {
				return hayon.NewSecret([]byte("one")), nil
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		},
		"read": func(t *testing.T) {
			t.Helper()
			got, err := system(t, os.Getenv(vaultEnv), nil).Get(t.Context(), "a")
			if err != nil || string(got.Reveal()) != "one" {
				t.Errorf("Get: got %q, %v, want one", got.Reveal(), err)
			}
		},
		"locked": func(t *testing.T) {
			t.Helper()
			_, err := system(t, os.Getenv(vaultEnv), nil).Get(t.Context(), "a")
			wantUnusable(t, err, "unusable", "unlock the keyring")
		},
		"no bus": func(t *testing.T) {
			t.Helper()
			_, err := system(t, os.Getenv(vaultEnv), nil).Get(t.Context(), "a")
			wantUnusable(t, err, "no_session", "desktop session")
		},
		"no bus at all": func(t *testing.T) {
			t.Helper()
			start := time.Now()
			wantUnusable(t, system(t, t.TempDir(), nil).Prepare(t.Context()), "no_session", "--vault passphrase")
			if took := time.Since(start); took > limit/2 {
				t.Errorf("the error came after %s, want it at once", took)
			}
		},
		"destroy": func(t *testing.T) {
			t.Helper()
			dir := os.Getenv(vaultEnv)
			h, err := file.ReadHeader(dir)
			if err != nil || h == nil {
				t.Fatalf("ReadHeader: %v, %v", h, err)
			}
			if err := system(t, dir, nil).Destroy(t.Context()); err != nil {
				t.Errorf("Destroy: %v", err)
			}
			if _, err := keyring.New(keyring.Config{Timeout: limit}).Open(t.Context(), h.ID, nil); err == nil || !strings.Contains(err.Error(), "has no entry") {
				t.Errorf("Open after Destroy: got %v, want no entry", err)
			}
		},
	}
	if name := os.Getenv(insideEnv); name != "" {
		cases[name](t)
	}
}

// limit of the keyring's calls in these tests.
const limit = 20 * time.Second

func system(t *testing.T, dir string, log *slog.Logger) *file.Vault {
	t.Helper()
	v, err := file.New(file.Config{
		Dir: dir, Default: "keyring", Logger: log,
		Openers: map[string]file.Opener{"keyring": keyring.New(keyring.Config{Timeout: limit})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantUnusable(t *testing.T, err error, detail, hint string) {
	t.Helper()
	e := hayon.AsError(err)
	if e == nil || e.Code != hayon.CodeLocal || e.Details["keyring"] != detail || !strings.Contains(e.Hint, hint) {
		t.Errorf("got %#v, want a local error (%s) with %q in its hint", e, detail, hint)
	}
}

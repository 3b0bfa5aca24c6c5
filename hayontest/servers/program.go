package servers

import (
	"context"
	"errors"
	"os/exec"
	"testing"
)

// Program is the path of a program that is no server, one of those that
// [InstallPrograms] brings. Where it cannot be
// had the test is skipped, and fails with CI=true.
func Program(t testing.TB, name string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if err := needPackage(t.Context(), name, programs[name]); errors.Is(err, ErrUnavailable) && !inCI() {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// programs are what [Program] is asked for, with their Debian packages.
var programs = map[string]string{
	"systemd-analyze": "systemd", "dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring", "ffmpeg": "ffmpeg",
}

// InstallPrograms gets the programs that tests use beside the servers.
func InstallPrograms(ctx context.Context) error {
	for name, debian := range programs {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if err := needPackage(ctx, name, debian); err != nil {
			return err
		}
	}
	return nil
}

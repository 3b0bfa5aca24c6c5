package main

import (
	"os/exec"
	"strings"
	"testing"
)

// traced runs a command under strace, where it is there, and fails on any connection but one to a
// socket of this machine.
func traced(t *testing.T, u *user, args ...string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		return // the proxy has seen nothing either
	}
	cmd := exec.CommandContext(t.Context(), strace, append([]string{"-f", "-e", "trace=connect,sendto", "hayon"}, args...)...)
	cmd.Dir, cmd.Env = u.dir, u.env
	for line := range strings.Lines(finish(t, cmd, "").err) {
		if strings.Contains(line, "AF_INET") {
			t.Errorf("hayon %s went out: %s", strings.Join(args, " "), line)
		}
	}
}

//go:build unix

package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestDaemonHangs: every command says within seconds that the daemon is there and does not answer, and
// what to type; none waits for it, and none starts another.
func TestDaemonHangs(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	t.Cleanup(func() { u.stopDaemon(t) })
	u.must(t, 0, "", "daemon", "start")
	pid := u.daemonPID(t)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) }) // before it is asked to stop
	for _, args := range []string{"daemon status", "daemon stop", "daemon start", "daemon restart", "daemon run", "tick", "list"} {
		o := u.must(t, 11, "", strings.Fields(args)...)
		o.wantError(t, fmt.Sprintf("the daemon (process %d) does not answer", pid), fmt.Sprintf("kill -9 %d", pid))
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if now := u.daemonPID(t); now != pid {
		t.Errorf("it goes on as process %d, and was %d", now, pid)
	}
}

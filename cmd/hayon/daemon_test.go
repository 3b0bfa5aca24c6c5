package main

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// background runs hayon until the test ends.
func (u *user) background(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := u.command(t, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return cmd
}

// TestDaemonFoundByItself: without --server a command talks to the daemon that runs, and opens the
// database where none does or the last one was killed.
func TestDaemonFoundByItself(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	later := func(nobody bool) {
		t.Helper()
		o := u.must(t, 0, "", "post", "later", "--to", "site", "--in", "1h")
		if got := strings.Contains(o.err, "No daemon is running"); got != nobody {
			t.Errorf("it says %q", o.err)
		}
	}
	later(true)
	daemon := u.background(t, "daemon", "run")
	answers := func() bool { return u.run(t, "", "daemon", "status").exit == 0 }
	if !poll(answers, nil) {
		t.Fatal("the daemon does not answer")
	}
	later(false)
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait() // killed
	later(true)
	if o := u.must(t, 11, "", "daemon", "status"); !strings.Contains(o.out, "hayon daemon start") {
		t.Errorf("status says %q", o.out)
	}
	second := u.background(t, "daemon", "run")
	if !poll(answers, nil) {
		t.Fatal("the daemon does not start after one that was killed")
	}
	later(false)
	if got := u.must(t, 0, "", "list", "--count").out; got != "4\n" {
		t.Errorf("there are %q posts, want 4", got)
	}
	if err := second.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); second.ProcessState.ExitCode() != 130 {
		t.Errorf("Ctrl-C ends the daemon with %v, want 130", err)
	}
}

// TestDaemonTakesOver: what a killed command was sending goes out by the daemon, once.
func TestDaemonTakesOver(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	u.must(t, 0, "", "login", "demo", "--set", "latency=2s")
	post := u.background(t, "post", "interrupted", "--to", "demo")
	publishing := func() bool {
		return strings.Contains(u.run(t, "", "list", "--json=targets.state").out, `"publishing"`)
	}
	if !poll(publishing, nil) {
		t.Fatal("it is not being sent")
	}
	if err := post.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = post.Wait() // killed
	u.background(t, "daemon", "run")
	p := u.must(t, 0, "", "wait", "last", "--for", "20s", "--json").post(t)
	if p.State != hayon.PostPublished {
		t.Errorf("the post is %s", p.State)
	}
	public, err := os.ReadFile(u.dir + "/hayon/data/default/demo/demo.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(public), "\n"); n != 1 {
		t.Errorf("the post is out %d times, want 1", n)
	}
}

// TestTerminated: SIGTERM lets a command finish what it sends, and 143 tells.
func TestTerminated(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo", "--set", "latency=1s")
	cmd := u.background(t, "post", "slow", "--to", "demo")
	publishing := func() bool {
		return strings.Contains(u.run(t, "", "list", "--json=targets.state").out, `"publishing"`)
	}
	if !poll(publishing, nil) {
		t.Fatal("it is not being sent")
	}
	if err := terminate(cmd.Process); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitTerminated {
		t.Errorf("it ended with %v, want %d", err, exitTerminated)
	}
	u.run(t, "", "tick")
	if p := u.must(t, 0, "", "show", "last", "--json").post(t); p.State != hayon.PostPublished {
		t.Errorf("the post is %s", p.State)
	}
}

// TestSilentServer: a server that takes connections and never answers holds nobody longer than
// --timeout.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	u := newUser(t, "file", passphrase)
	began := time.Now()
	o := u.must(t, 8, "password", "login", "bluesky", "--host", "http://"+silent.Addr().String(), "--handle", "a.test",
		"--password-stdin", "--vault", "passphrase", "--timeout", "1s")
	o.wantError(t, "--timeout 1s")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

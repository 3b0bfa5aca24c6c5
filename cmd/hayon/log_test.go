//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// follower is a command that goes on until it is told to stop.
type follower struct {
	cmd *exec.Cmd
	out io.Closer
	err bytes.Buffer

	mu    sync.Mutex // guards lines
	lines []string
	ended chan error
}

// follow starts hayon log --follow and reads what it prints.
func (u *user) follow(t *testing.T, args ...string) *follower {
	t.Helper()
	return u.goOn(t, append([]string{"log", "--follow"}, args...)...)
}

// goOn starts a command and reads what it prints.
func (u *user) goOn(t *testing.T, args ...string) *follower {
	t.Helper()
	f := &follower{cmd: u.command(t, args...), ended: make(chan error, 1)}
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	f.out, f.cmd.Stderr = out, &f.err
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			f.mu.Lock()
			f.lines = append(f.lines, s.Text())
			f.mu.Unlock()
		}
		f.ended <- f.cmd.Wait()
	}()
	t.Cleanup(func() { _ = f.cmd.Process.Kill() })
	return f
}

// saw waits until a line holds the words.
func (f *follower) saw(t *testing.T, words string) {
	t.Helper()
	if !poll(func() bool { return strings.Contains(strings.Join(f.all(), "\n"), words) }, nil) {
		t.Fatalf("it did not say %q: %q %s", words, f.all(), f.err.String())
	}
}

func (f *follower) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.lines...)
}

// end waits for the end and answers the exit code.
func (f *follower) end(t *testing.T) int {
	t.Helper()
	select {
	case <-f.ended:
	case <-time.After(30 * time.Second):
		t.Fatal("it did not end")
	}
	return f.cmd.ProcessState.ExitCode()
}

// TestLogFollow: events come as they happen, and Ctrl-C ends it quietly.
func TestLogFollow(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, mode)
			u.must(t, 0, "", "post", "before", "--to", "site", "--draft")
			f := u.follow(t)
			f.saw(t, "created")
			id := strings.TrimSpace(u.must(t, 0, "", "post", "meanwhile", "--to", "site", "-q").out)
			f.saw(t, id+"\tsite\tpublished\tfile://")
			if err := f.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if code := f.end(t); code != 130 || f.err.Len() > 0 {
				t.Errorf("exit code %d, want 130; stderr is %q", code, f.err.String())
			}
		})
	}
}

// TestLogFollowsThroughDaemons: a daemon starts, is stopped, starts again and is killed meanwhile; each
// event comes once and in order.
func TestLogFollowsThroughDaemons(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	f := u.follow(t, "--json", "--kind", "all", "--since", "1d")
	n := 0
	post := func() {
		t.Helper()
		n++
		id := strings.TrimSpace(u.must(t, 0, "", "post", strings.Repeat("x", n), "--to", "site", "-q").out)
		f.saw(t, `"post":"`+id+`"`)
	}
	answers := func() bool { return u.run(t, "", "list", "--server", "unix", "--count").exit == 0 }
	post()
	for range 2 {
		daemon := u.background(t, "daemon", "run")
		if !poll(answers, nil) {
			t.Fatal("the daemon does not answer")
		}
		post()
		u.must(t, 0, "", "daemon", "stop")
		_ = daemon.Wait() // it was asked to end
		post()
	}
	daemon := u.background(t, "daemon", "run")
	if !poll(answers, nil) {
		t.Fatal("the daemon does not answer")
	}
	post()
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait() // killed
	post()
	all := strings.Split(strings.TrimSpace(u.must(t, 0, "", "log", "--json", "--kind", "all", "--since", "1d").out), "\n")
	if !poll(func() bool { return len(f.all()) >= len(all) }, nil) {
		t.Error("events are missing")
	}
	if err := f.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := f.end(t); code != 143 {
		t.Errorf("exit code %d, want 143", code)
	}
	if diff := cmp.Diff(seqs(t, all), seqs(t, f.all())); diff != "" {
		t.Errorf("sequence numbers (-want +got):\n%s\nstderr: %s", diff, f.err.String())
	}
}

// seqs are the sequence numbers of events.
func seqs(t *testing.T, lines []string) []uint64 {
	t.Helper()
	var out []uint64
	for _, line := range lines {
		var e hayon.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, e.Seq)
	}
	return out
}

// TestLogFollowClosedOutput: who reads no more ends it, without a word.
func TestLogFollowClosedOutput(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	f := u.follow(t, "-n", "0")
	if err := f.out.Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 100 { // the first may be in time
		u.must(t, 0, "", "post", strings.Repeat("x", n+1), "--to", "site", "--draft", "-q")
		select {
		case <-f.ended:
			if f.err.Len() > 0 {
				t.Errorf("stderr is %q", f.err.String())
			}
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Error("it did not end")
}

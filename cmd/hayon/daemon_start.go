package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// daemonStart starts a daemon in the background and waits until it answers.
func (a *app) daemonStart(ctx context.Context) error {
	b, err := a.dial(ctx)
	if errors.Is(err, errHangs) {
		return err
	}
	if err == nil {
		st, err := b.Status(a.actor(ctx))
		if err != nil {
			return err
		}
		a.say("The daemon runs already (process %d)", st.Owner.PID)
		return nil
	}
	m, err := a.serviceManager(false)
	if err != nil {
		return err
	}
	if m.installed() {
		if err := m.start(ctx); err != nil {
			return err
		}
		return a.awaitDaemon(ctx, nil)
	}
	child, err := a.spawnDaemon()
	if err != nil {
		return err
	}
	return a.awaitDaemon(ctx, child)
}

// daemonRestart stops the daemon where one runs, and starts it.
func (a *app) daemonRestart(ctx context.Context) error {
	if _, err := a.dial(ctx); err == nil {
		if err := a.daemonStop(ctx); err != nil {
			return err
		}
	}
	return a.daemonStart(ctx)
}

// child is a daemon that this process has started.
type child struct {
	cmd    *exec.Cmd
	stderr string // the file of what it says before it has a log
	ended  chan error
}

// spawnDaemon starts hayon daemon run, apart from this terminal.
func (a *app) spawnDaemon() (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "the program does not know its own path: %w", err).WithHint("run it: hayon daemon run")
	}
	if err := os.MkdirAll(a.paths.data, 0o700); err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "the folder %s cannot be made: %w", a.paths.data, err)
	}
	c := &child{stderr: a.paths.log() + ".start", ended: make(chan error, 1)}
	out, err := os.OpenFile(c.stderr, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s cannot be written: %w", c.stderr, err)
	}
	defer func() { _ = out.Close() }()                                  // the child has it
	c.cmd = exec.Command(self, append(a.daemonArgs(), "--detached")...) //nolint:noctx,gosec // it is to outlive this process, which is the same program
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = a.paths.data, out, out
	detach(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "the daemon cannot be started: %w", err).WithHint("run it: hayon daemon run")
	}
	go func() { c.ended <- c.cmd.Wait() }() // it ends with this process at the latest
	return c, nil
}

// daemonArgs is the command line of a daemon of this profile.
func (a *app) daemonArgs() []string {
	args := []string{"--profile", a.flags.profile}
	if a.flags.config != "" {
		args = append(args, "--config", wholePath(a.flags.config))
	}
	return append(args, "daemon", "run")
}

// awaitDaemon waits until the daemon answers. Where it is a child that has ended, its last words are
// the error.
func (a *app) awaitDaemon(ctx context.Context, c *child) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	var ended chan error
	if c != nil {
		ended = c.ended
	}
	ask := time.NewTicker(askEvery)
	defer ask.Stop()
	for {
		select {
		case <-ask.C:
			st, err := a.daemonThere(ctx)
			if err != nil || c != nil && st.Owner.PID != c.cmd.Process.Pid { // not yet, or the child will find out
				continue
			}
			a.say("The daemon runs (process %d). Its log: hayon daemon logs", st.Owner.PID)
			return nil
		case err := <-ended:
			if st, err := a.daemonThere(ctx); err == nil { // another one was quicker
				a.say("The daemon runs already (process %d)", st.Owner.PID)
				return nil
			}
			return startFailed(c, err)
		case <-ctx.Done():
			if err := context.Cause(ctx); !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
			return hayon.Errorf(hayon.CodeUnreachable, "the daemon was started and does not answer after %s", startWait).
				WithHint("see what it says: hayon daemon logs")
		}
	}
}

// daemonThere is the status of the daemon; an error where none answers.
func (a *app) daemonThere(ctx context.Context) (*hayon.Status, error) {
	b, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	return b.Status(a.actor(ctx))
}

// startFailed tells the last words of a child that has ended.
func startFailed(c *child, cause error) error {
	b, _ := os.ReadFile(c.stderr) // without it there is less to tell
	said := strings.TrimSpace(string(b))
	code := hayon.CodeLocal
	for _, known := range hayon.Codes() {
		if known.Exit() == c.cmd.ProcessState.ExitCode() && known != hayon.CodeForbidden && known != hayon.CodeRateLimited {
			code = known
		}
	}
	lines := strings.Split(said, "\n")
	message := strings.TrimPrefix(lines[0], "hayon: ")
	e := hayon.Errorf(code, "the daemon did not start: %s", message).WithCause(cause)
	for _, l := range lines[1:] {
		if hint, ok := strings.CutPrefix(strings.TrimSpace(l), "→ "); ok {
			return e.WithHint(hint)
		}
	}
	return e.WithHint("see more: hayon daemon run")
}

// daemonStop asks the daemon to end and waits until its process has.
func (a *app) daemonStop(ctx context.Context) error {
	b, err := a.dial(ctx)
	if e, ok := errors.AsType[*hayon.Error](err); ok && e.Code == hayon.CodeUnreachable && !errors.Is(err, errHangs) {
		return e.WithHint("there is nothing to stop")
	}
	if err != nil {
		return err
	}
	st, err := b.Status(a.actor(ctx))
	if err != nil {
		return err
	}
	if err := b.remote.StopDaemon(a.actor(ctx)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stopWait)
	defer cancel()
	poll := time.NewTicker(askEvery)
	defer poll.Stop()
	for alive(st.Owner) {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return hayon.Errorf(hayon.CodeTimeout, "the daemon (process %d) is still finishing what it sends", st.Owner.PID).
				WithHint("wait for it, or end it: it is safe to kill")
		}
	}
	a.say("The daemon has stopped")
	return nil
}

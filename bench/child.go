package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
)

const (
	// readyWait bounds the wait for a daemon that does not come up.
	readyWait = 10 * time.Second
	// readyPoll is how often it is asked, and so how exact the time until it is ready.
	readyPoll = 500 * time.Microsecond
	// stopWait is how long a daemon may take to end by itself before it is killed.
	stopWait = 10 * time.Second
)

// home is a HAYON_HOME of its own: the folder, and the environment for programs that use it.
type home struct {
	dir string
	env []string
}

// home makes the names for a fresh one; programs make the folders.
func (b *bench) home(name string) home {
	dir := filepath.Join(b.dir, name)
	return home{dir: dir, env: []string{
		"HAYON_HOME=" + dir, "HOME=" + dir, "XDG_RUNTIME_DIR=" + b.dir, "HAYON_DEMO=1", "TZ=UTC",
		"HAYON_VAULT=passphrase", "HAYON_VAULT_PASSPHRASE=bench", // there may be no keyring
		"PATH=" + os.Getenv("PATH"),
	}}
}

func (h home) data() string     { return filepath.Join(h.dir, "data", "default") }
func (h home) database() string { return filepath.Join(h.data(), "hayon.db") }
func (h home) socket() string   { return filepath.Join(h.data(), "hayon.sock") }
func (h home) demo() string     { return filepath.Join(h.data(), "demo") }

// run runs a program to its end and answers how long that took, and what it wrote on stderr.
func (h home) run(ctx context.Context, argv ...string) (time.Duration, string, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // programs that this run has built
	cmd.Env, cmd.Stderr = h.env, &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return took, "", fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, stderr.Bytes())
	}
	return took, stderr.String(), nil
}

// daemon is a running "hayon daemon run".
type daemon struct {
	*client.Client
	cmd   *exec.Cmd
	ready time.Duration // from the start of the process to its first answer
	log   string
	ended chan struct{} // closed after err is set
	err   error
}

// startDaemon starts the daemon and waits until it answers. The caller must stop it.
func (b *bench) startDaemon(ctx context.Context, h home) (*daemon, error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	d := &daemon{log: filepath.Join(h.dir, "daemon.log"), ended: make(chan struct{})}
	out, err := os.Create(d.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the child has its own
	if d.Client, err = client.New(client.Config{Socket: h.socket()}); err != nil {
		return nil, err
	}
	d.cmd = exec.CommandContext(ctx, b.hayon, "daemon", "run") //nolint:gosec // the binary that this run has built
	d.cmd.Env, d.cmd.Stderr = h.env, out
	start := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.ended)
	}()
	limit := time.NewTimer(readyWait)
	defer limit.Stop()
	poll := time.NewTicker(readyPoll)
	defer poll.Stop()
	for {
		if _, err := os.Stat(h.socket()); err == nil && d.Ping(ctx) == nil {
			d.ready = time.Since(start)
			return d, nil
		}
		select {
		case <-poll.C:
		case <-d.ended:
			return nil, fmt.Errorf("the daemon ended (%w): %s", d.err, d.tail())
		case <-limit.C:
			d.stop()
			return nil, fmt.Errorf("the daemon did not answer within %s: %s", readyWait, d.tail())
		case <-ctx.Done():
			d.stop()
			return nil, ctx.Err()
		}
	}
}

// stop ends the daemon, by force when it does not by itself.
func (d *daemon) stop() {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		_ = d.cmd.Process.Kill()
	}
	limit := time.NewTimer(stopWait)
	defer limit.Stop()
	select {
	case <-d.ended:
	case <-limit.C:
		_ = d.cmd.Process.Kill()
		<-d.ended
	}
}

// tail is the end of the daemon's log, for errors.
func (d *daemon) tail() string {
	b, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-1000):])
}

// actor is the context in which services are called: the local user.
func actor(ctx context.Context) context.Context {
	return hayon.WithActor(ctx, hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI, RequestID: "bench"})
}

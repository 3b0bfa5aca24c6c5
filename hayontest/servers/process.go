package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const (
	readyTimeout = 2 * time.Minute       // from the start to the first healthy answer
	stopTimeout  = 10 * time.Second      // from SIGTERM to SIGKILL
	pollInterval = 50 * time.Millisecond // between two looks at a server or a lock
	logTail      = 4096                  // bytes of a server's log in an error
)

// process is a server that this program started and owns.
//
// One goroutine, locked to its thread, starts the child and waits for it: on
// Linux the kernel kills the child when that thread ends, so the thread must
// live as long. The child also reads a pipe whose other end is here and ends
// when it is closed, which covers the systems without such a signal.
type process struct {
	proc  *os.Process
	stdin io.Closer
	done  chan struct{} // closed when the child was waited for
	err   error         // how it ended; read after done
	log   string
}

// startProcess runs cmd with its output appended to the file log.
func startProcess(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		_ = out.Close()
		return nil, err
	}
	isolate(cmd)
	p := &process{stdin: stdin, done: make(chan struct{}), log: log}
	started := make(chan error)
	go func() {
		defer close(p.done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = out.Close() // the child has its own
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	p.proc = cmd.Process
	return p, nil
}

// stop ends the child and returns when it is gone: by SIGTERM, after
// [stopTimeout] by SIGKILL. A child that is gone already is no error.
func (p *process) stop() { p.stopWithin(stopTimeout) }

func (p *process) stopWithin(timeout time.Duration) {
	_ = terminate(p.proc)
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
		p.kill()
	}
	_ = p.stdin.Close()
}

// kill ends the child by SIGKILL and returns when it is gone.
func (p *process) kill() {
	_ = p.proc.Kill()
	<-p.done
	_ = p.stdin.Close()
}

// cut ends a child of [tethered] by SIGKILL and returns when the program itself
// is gone, which [process.kill] leaves to its tether.
func (p *process) cut() {
	_ = p.stdin.Close()
	limit := time.NewTimer(stopTimeout)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
		p.kill()
	}
}

// ended tells whether the child is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// waitReady polls url until it answers 200. It gives up when the child ends,
// when ctx does, and after [readyTimeout].
func (p *process) waitReady(ctx context.Context, url string) error {
	return p.waitUntil(ctx, "an answer at "+url, func(ctx context.Context) bool { return healthy(ctx, url) })
}

// waitUntil polls until ok, and gives up as [process.waitReady] does.
func (p *process) waitUntil(ctx context.Context, what string, ok func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if ok(ctx) {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("server ended before %s: %w; its log ends with:\n%s", what, errors.Join(errEnded, p.err), tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("not yet %s: %w; its log ends with:\n%s", what, ctx.Err(), tail(p.log))
		case <-tick.C:
		}
	}
}

var errEnded = errors.New("process ended")

func healthy(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := httpClient().Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusOK
}

// httpClient returns a client of its own, so that a restarted server never
// meets a connection to its predecessor.
func httpClient() *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true},
	}
}

// tail returns the last lines of a log file, or why there are none.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if len(b) > logTail {
		b = b[len(b)-logTail:]
	}
	return strings.TrimSpace(string(b))
}

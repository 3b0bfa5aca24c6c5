package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
)

// socketPath is short enough for every system, which t.TempDir with a long test name is not.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "d", "s")
}

// serve runs a server on ln until the test ends, or stop is called, which answers Serve's error.
func serve(t *testing.T, svc hayon.Service, cfg server.Config, ln net.Listener) (stop func() error) {
	t.Helper()
	s, err := server.New(svc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, ln) }()
	var once error
	done := false
	stop = func() error {
		if !done {
			done = true
			cancel()
			once = <-ended
		}
		return once
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return stop
}

func unixClient(t *testing.T, path string) *http.Client {
	t.Helper()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func get(t *testing.T, c *http.Client, path string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://hayon"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func listen(t *testing.T, path string) net.Listener {
	t.Helper()
	ln, err := server.ListenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

func TestSocketPeerIsTheLocalUser(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	var actor hayon.Actor
	svc := &stub{status: func(ctx context.Context) (*hayon.Status, error) {
		actor, _ = hayon.ActorFrom(ctx)
		return &hayon.Status{}, nil
	}}
	serve(t, svc, server.Config{}, listen(t, path))
	if status, body, err := get(t, unixClient(t, path), "/api/v2/status"); err != nil || status != 200 {
		t.Fatalf("status: %d %s %v", status, body, err)
	}
	if actor.User != hayon.LocalUser().ID || actor.Source != hayon.SourceAPI || actor.RequestID == "" {
		t.Errorf("actor = %+v, want the local user over the API with a request id", actor)
	}
}

func TestSocketOfAnotherUserIsClosed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the system does not tell who the peer is")
	}
	path := socketPath(t)
	ln, err := server.ListenUnixAs(path, os.Getuid()+1)
	if err != nil {
		t.Fatal(err)
	}
	svc := &stub{status: func(context.Context) (*hayon.Status, error) {
		t.Error("the service was asked for a stranger")
		return &hayon.Status{}, nil
	}}
	serve(t, svc, server.Config{}, ln)
	if status, body, err := get(t, unixClient(t, path), "/api/v2/status"); err == nil {
		t.Errorf("a stranger was answered: %d %s", status, body)
	}
}

func TestSocketIsPrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no modes there")
	}
	path := socketPath(t)
	ln := listen(t, path)
	for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", file, got, want)
		}
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the closed socket is still there: %v", err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	old := listen(t, path)
	// A process that was killed leaves its socket behind.
	old.(interface{ SetUnlinkOnClose(bool) }).SetUnlinkOnClose(false)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("the stale socket is not there: %v", err)
	}
	serve(t, &stub{}, server.Config{}, listen(t, path))
	if status, _, err := get(t, unixClient(t, path), "/healthz"); err != nil || status != 200 {
		t.Errorf("healthz: %d, %v", status, err)
	}
}

func TestLiveSocketIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	serve(t, &stub{}, server.Config{}, listen(t, path))
	if _, err := server.ListenUnix(path); hayon.CodeOf(err) != hayon.CodeConflict {
		t.Errorf("a second listener: %v, want conflict", err)
	}
	if status, _, err := get(t, unixClient(t, path), "/healthz"); err != nil || status != 200 {
		t.Errorf("the first one was disturbed: %d, %v", status, err)
	}
}

func TestOtherFileIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.ListenUnix(path); hayon.CodeOf(err) != hayon.CodeConflict {
		t.Errorf("listen on a file: %v, want conflict", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
		t.Errorf("the file is now %q, %v", b, err)
	}
}

func TestLongSocketPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(filepath.Dir(socketPath(t)))
	at := filepath.Join(dir, strings.Repeat("s", server.MaxSocketPath()-len(dir)-1))
	if ln, err := server.ListenUnix(at); err != nil {
		t.Errorf("a path of %d bytes: %v", len(at), err)
	} else {
		_ = ln.Close()
	}
	_, err := server.ListenUnix(at + "s")
	if !errors.Is(err, server.ErrSocketPath) || hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("a path of %d bytes: %v, want ErrSocketPath", len(at)+1, err)
	}
}

func TestServeEndsGracefully(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	polling, working, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	svc := &stub{
		findEvents: func(ctx context.Context, _ hayon.EventFilter) ([]hayon.Event, error) {
			close(polling)
			<-ctx.Done()
			return nil, ctx.Err()
		},
		status: func(ctx context.Context) (*hayon.Status, error) {
			close(working)
			<-release
			return &hayon.Status{Version: "done"}, ctx.Err()
		},
	}
	stop := serve(t, svc, server.Config{Grace: 20 * time.Second}, listen(t, path))
	type answer struct {
		status int
		body   string
		err    error
	}
	ask := func(target string) chan answer {
		out := make(chan answer, 1)
		go func() {
			status, body, err := get(t, unixClient(t, path), target)
			out <- answer{status, body, err}
		}()
		return out
	}
	events, work := ask("/api/v2/events?wait=30s"), ask("/api/v2/status")
	<-polling
	<-working
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	// Who waits for events is answered at once, while the other request still runs.
	if a := <-events; a.err != nil || a.status != 200 || strings.TrimSpace(a.body) != "[]" {
		t.Errorf("events at the end: %+v, want an empty list", a)
	}
	close(release)
	if a := <-work; a.err != nil || a.status != 200 || !strings.Contains(a.body, "done") {
		t.Errorf("the running request: %+v, want its answer", a)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, _, err := get(t, unixClient(t, path), "/healthz"); err == nil {
		t.Error("the server still answers")
	}
}

func TestServeCutsOffAfterTheGrace(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	working, cut := make(chan struct{}), make(chan struct{})
	svc := &stub{status: func(ctx context.Context) (*hayon.Status, error) {
		close(working)
		<-ctx.Done()
		close(cut)
		return nil, ctx.Err()
	}}
	stop := serve(t, svc, server.Config{Grace: 10 * time.Millisecond}, listen(t, path))
	answered := make(chan error, 1)
	go func() {
		_, _, err := get(t, unixClient(t, path), "/api/v2/status")
		answered <- err
	}()
	<-working
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	<-cut
	if err := <-answered; err == nil {
		t.Error("a request that was cut off was answered")
	}
}

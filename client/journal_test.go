package client_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/server"
)

// journal is a service with events alone, kept in memory.
type journal struct {
	hayon.Service // nil: what the tests do not call

	mu     sync.Mutex // guards what is below
	events []hayon.Event
	more   chan struct{} // closed at the next event
}

func newJournal(n int) *journal {
	j := &journal{more: make(chan struct{})}
	j.add(n, hayon.EventState)
	return j
}

// add appends n events of a kind.
func (j *journal) add(n int, kind hayon.EventKind) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for range n {
		j.events = append(j.events, hayon.Event{Seq: uint64(len(j.events) + 1), At: time.Unix(0, 0).UTC(), Kind: kind, Reason: "r\ne"})
	}
	close(j.more)
	j.more = make(chan struct{})
}

func (j *journal) FindEvents(ctx context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	end := time.NewTimer(f.Wait)
	defer end.Stop()
	for {
		j.mu.Lock()
		more := j.more
		from := min(f.After, uint64(len(j.events)))
		to := min(from+uint64(f.Limit), uint64(len(j.events)))
		page := append([]hayon.Event(nil), j.events[from:to]...)
		j.mu.Unlock()
		if len(page) > 0 {
			return page, nil
		}
		select {
		case <-more:
		case <-end.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pipes is a listener of connections that have no buffers, and live in the time of a bubble. It can
// be opened again after it was closed, as a socket can.
type pipes struct {
	mu    sync.Mutex // guards ended
	ended chan struct{}
	conns chan net.Conn
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn)} }

func (p *pipes) open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = make(chan struct{})
}

// state is closed while nobody listens.
func (p *pipes) state() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.state():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
	default:
		close(p.ended)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.state():
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// client is a client of what listens on p.
func (p *pipes) client(t *testing.T) *client.Client {
	t.Helper()
	return newClient(t, client.Config{BaseURL: "http://pipe", Transport: &http.Transport{DialContext: p.dial, DisableKeepAlives: true}})
}

// serve serves svc on p until stop is called, which returns when the server has ended.
func (p *pipes) serve(t *testing.T, svc hayon.Service, cfg server.Config) (stop func()) {
	t.Helper()
	p.open()
	return start(t, svc, p, cfg)
}

// start serves svc on ln for the local user until stop is called, which returns when it has ended.
func start(t *testing.T, svc hayon.Service, ln net.Listener, cfg server.Config) (stop func()) {
	t.Helper()
	cfg.Actor = func(*http.Request) (hayon.Actor, error) { return hayon.Actor{User: hayon.LocalUser().ID}, nil }
	srv, err := server.New(svc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, ln) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

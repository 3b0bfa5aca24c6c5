package cards_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
)

// good is the address of good.example in the tests' world.
const good = "93.184.216.34"

// world is a network in memory: names, and handlers by the host that a request names. Whatever address is
// connected to, the handlers answer: which ones are is what the tests look at.
type world struct {
	names    map[string][][]netip.Addr // the answers of a name, one after the other, the last one for ever
	handlers map[string]http.HandlerFunc
	conns    chan net.Conn
	closed   chan struct{}
	log      bytes.Buffer // of the reader, which writes by one goroutine in these tests

	mu     sync.Mutex // guards what follows
	asked  []string   // addresses that were connected to
	looked []string   // names that were looked up
}

func newWorld(t *testing.T, handlers map[string]http.HandlerFunc) *world {
	t.Helper()
	w := &world{
		names:    map[string][][]netip.Addr{},
		handlers: handlers, conns: make(chan net.Conn), closed: make(chan struct{}),
	}
	w.name("good.example", good)
	server := &http.Server{Handler: w}
	done := make(chan error, 1)
	go func() { done <- server.Serve(w) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return w
}

// name adds an answer to a name.
func (w *world) name(host string, addresses ...string) {
	var answer []netip.Addr
	for _, a := range addresses {
		answer = append(answer, netip.MustParseAddr(a))
	}
	w.names[host] = append(w.names[host], answer)
}

func (w *world) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	h := w.handlers[req.Host]
	if h == nil {
		http.NotFound(out, req)
		return
	}
	h(out, req)
}

func (w *world) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *world) Close() error {
	close(w.closed)
	return nil
}

func (w *world) Addr() net.Addr { return &net.TCPAddr{} }

// reader is a reader in this world.
func (w *world) reader(cfg cards.Config) *cards.Reader {
	cfg.Lookup = w.lookup
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	r := cards.New(cfg)
	cards.SetConnect(r, w.connect)
	return r
}

func (w *world) lookup(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked = append(w.looked, host)
	answers := w.names[strings.TrimSuffix(strings.ToLower(host), ".")]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		w.names[host] = answers[1:]
	}
	return answers[0], nil
}

func (w *world) connect(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	w.asked = append(w.asked, to.String())
	w.mu.Unlock()
	near, far := net.Pipe()
	select {
	case w.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// connected are the addresses that were connected to.
func (w *world) connected() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// page answers with HTML.
func page(html string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(html))
	}
}

// redirect answers with a status and a place to go.
func redirect(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// wantCode fails the test unless err is one of ours with this code. It is that error.
func wantCode(t *testing.T, err error, code hayon.Code) *hayon.Error {
	t.Helper()
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("got %v (%s), want %s", err, hayon.CodeOf(err), code)
	}
	return e
}

// read is a page that must be there.
func read(t *testing.T, r *cards.Reader, url string) *hayon.Page {
	t.Helper()
	p, err := r.ReadPage(t.Context(), url)
	if err != nil {
		t.Fatalf("ReadPage(%s): %v (%v)", url, err, errors.Unwrap(err))
	}
	return p
}

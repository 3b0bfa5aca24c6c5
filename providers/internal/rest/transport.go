package rest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// staleAfter is how long an idle connection is trusted. Servers close theirs after 5 to 90 s, and
// a network address translation may forget them without telling either side.
const staleAfter = 20 * time.Second

type (
	deadlineKey struct{}
	exchangeKey struct{}
)

// WithDeadline answers a context whose requests do not leave once the clock on the wall shows t or
// later. The zero time sets no deadline. It does not end a request that has left.
func WithDeadline(ctx context.Context, t time.Time) context.Context {
	// Round strips the monotonic reading, which stands still while the machine is suspended.
	return context.WithValue(ctx, deadlineKey{}, t.Round(0))
}

func deadlineOf(ctx context.Context) time.Time {
	t, _ := ctx.Value(deadlineKey{}).(time.Time)
	return t
}

func passed(deadline, now time.Time) bool {
	return !deadline.IsZero() && !now.Round(0).Before(deadline)
}

// exchange is what is known of one request, redirects and the transport's own second tries included.
type exchange struct {
	// own: the transport is ours, so that a connection which never came means that nothing left.
	own  atomic.Bool
	sent atomic.Bool
	// connected: there was a connection, its TLS included. noTLS: a handshake did not succeed.
	connected, noTLS atomic.Bool
	// late: the deadline stopped the request, wherever that was noticed.
	late atomic.Bool
	// asked is the URL of the last request.
	asked atomic.Pointer[url.URL]
}

// transport checks the deadline early, and arms the connection that a request gets.
type transport struct {
	base http.RoundTripper
	own  bool
	now  func() time.Time
}

// RoundTrip sends req, unless its deadline has passed.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	state, _ := ctx.Value(exchangeKey{}).(*exchange)
	if state == nil {
		state = &exchange{}
	}
	state.own.Store(t.own)
	state.asked.Store(req.URL)
	deadline := deadlineOf(ctx)
	if passed(deadline, t.now()) {
		state.late.Store(true)
		return nil, ErrDeadline
	}
	if !t.own {
		// Nothing tells what another transport writes.
		state.sent.Store(true)
		return t.base.RoundTrip(req)
	}
	trace := &httptrace.ClientTrace{
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) { state.noTLS.Store(err != nil) },
		GotConn: func(info httptrace.GotConnInfo) {
			state.connected.Store(true)
			gate := gateOf(info.Conn)
			if gate == nil {
				state.sent.Store(true)
				return
			}
			gate.arm(state, deadline, info.Reused)
		},
	}
	return t.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
}

// CloseIdleConnections lets http.Client reach the connections below.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func newTransport(now func() time.Time) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &gatedConn{Conn: conn, now: now, used: now().Round(0)}, nil
		},
		Protocols:             protocols,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost:   2,
		IdleConnTimeout:       staleAfter,
	}
}

// gateOf finds our connection below TLS.
func gateOf(conn net.Conn) *gatedConn {
	for conn != nil {
		if g, ok := conn.(*gatedConn); ok {
			return g
		}
		u, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		conn = u.NetConn()
	}
	return nil
}

// gatedConn looks at the clock before the first byte of each request.
type gatedConn struct {
	net.Conn
	now func() time.Time

	// mu guards what follows.
	mu       sync.Mutex
	state    *exchange // the request whose first byte has not left; nil when it has
	deadline time.Time
	reused   bool
	used     time.Time // when bytes last went either way, on the wall
}

func (c *gatedConn) arm(state *exchange, deadline time.Time, reused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.deadline, c.reused = state, deadline, reused
}

func (c *gatedConn) Write(b []byte) (int, error) {
	state, err := c.check()
	if err != nil {
		return 0, err
	}
	// Said before it is true: the answer may be here before Write returns.
	first := state != nil && state.sent.CompareAndSwap(false, true)
	n, err := c.Conn.Write(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = c.now().Round(0)
	switch {
	case n > 0 && c.state == state:
		c.state = nil
	case n == 0 && err != nil && first:
		state.sent.Store(false)
	}
	return n, err
}

// check refuses a first byte that comes too late, or on a connection that nobody trusts any more.
// In the second case net/http takes another connection by itself, because nothing was written.
func (c *gatedConn) check() (*exchange, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == nil {
		return nil, nil //nolint:nilnil // no request waits for its first byte
	}
	now := c.now().Round(0)
	if passed(c.deadline, now) {
		c.state.late.Store(true)
		return nil, ErrDeadline
	}
	if c.reused && now.Sub(c.used) > staleAfter {
		return nil, errStale
	}
	return c.state, nil
}

func (c *gatedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.mu.Lock()
		c.used = c.now().Round(0)
		c.mu.Unlock()
	}
	return n, err
}

package client

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// Config tunes a [Client]. Exactly one of Socket and BaseURL is required.
type Config struct {
	// Socket is the path of a daemon's unix socket.
	Socket string
	// FindSocket is asked before each connection where the socket is now, since a daemon that was
	// restarted may have another one; "" or nil: at Socket.
	FindSocket func() string
	// BaseURL is the address of a server, such as https://hayon.example.org, without a path.
	BaseURL string
	// Version is that of the calling program, compared with the server's.
	Version string
	// OnVersion is called once, at the first answer of a server that has another version. It must
	// not call the client.
	OnVersion func(server string)
	// Logger takes what happens on the wire, without bodies; nil: nobody listens.
	Logger *slog.Logger
	// Timeout bounds a call that only the service works on; 0: 30 s. Calls that ask a platform,
	// carry a file or look through a queue have [SlowTimeout]. The caller's context may end earlier.
	Timeout time.Duration
	// Transport replaces the way to BaseURL, in tests and for TLS settings; nil: a plain one.
	Transport http.RoundTripper
}

// SlowTimeout bounds sign-ins, verifications, uploads, and what looks through a queue.
const SlowTimeout = 5 * time.Minute

const (
	defaultTimeout = 30 * time.Second
	dialTimeout    = 5 * time.Second
	idleTimeout    = 30 * time.Second
	// pollMargin is how much longer than its wait a question for events may take.
	pollMargin = 10 * time.Second
)

// Client is the services over HTTP. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base string // scheme and host
	log  *slog.Logger
	http *http.Client

	mu      sync.Mutex // guards what is below
	version string
	told    bool
}

var _ hayon.Service = (*Client)(nil)

// New makes a client. It asks nobody: a server that is not there is met by the first call.
func New(cfg Config) (*Client, error) {
	if (cfg.Socket == "") == (cfg.BaseURL == "") {
		return nil, hayon.Errorf(hayon.CodeUsage, "a client needs a socket or a URL, and not both").
			WithHint("give --server unix, or --server URL")
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{cfg: cfg, log: cfg.Logger, base: "http://hayon"}
	if cfg.BaseURL != "" {
		base, err := parseBase(cfg.BaseURL)
		if err != nil {
			return nil, err
		}
		c.base = base
	}
	transport := cfg.Transport
	if transport == nil {
		transport = newTransport(cfg.Socket, cfg.FindSocket)
	}
	c.http = &http.Client{
		Transport: transport,
		// A redirect of an API call is a wrong address; following it could carry a secret elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func parseBase(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", hayon.Errorf(hayon.CodeUsage, "%q is no address of a server", s).
			WithHint("give one such as https://hayon.example.org").WithCause(err)
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", hayon.Errorf(hayon.CodeUsage, "the address of the server has more than scheme, host and port").
			WithHint("give " + u.Scheme + "://" + u.Host)
	}
	return u.Scheme + "://" + u.Host, nil
}

func newTransport(socket string, find func() string) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout:     idleTimeout,
		MaxIdleConnsPerHost: 4,
	}
	if socket != "" {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			path := socket
			if find != nil {
				path = cmp.Or(find(), socket)
			}
			if err := checkOwner(path); err != nil {
				return nil, err
			}
			return dialer.DialContext(ctx, "unix", path)
		}
	}
	return t
}

// Close drops idle connections. Calls after it open new ones.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// ServerVersion is the version that the last answer told; "" before the first one.
func (c *Client) ServerVersion() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// Ping asks whether the server answers, and learns its version.
func (c *Client) Ping(ctx context.Context) error {
	var h api.Health
	return c.call(ctx, request{op: api.OpHealth}, &h)
}

// StopDaemon asks the daemon to finish what it is sending and to end. It returns before the daemon
// has.
func (c *Client) StopDaemon(ctx context.Context) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	return c.call(ctx, request{op: api.OpStopDaemon}, nil)
}

// noteVersion keeps what the answer says of the server and tells of a difference once.
func (c *Client) noteVersion(h http.Header) {
	v := h.Get(api.HeaderVersion)
	if v == "" {
		return
	}
	c.mu.Lock()
	c.version = v
	tell := !c.told && c.cfg.OnVersion != nil && c.cfg.Version != "" && v != c.cfg.Version
	c.told = c.told || tell
	c.mu.Unlock()
	if tell {
		c.cfg.OnVersion(v)
	}
}

// where names the server in messages.
func (c *Client) where() string {
	if c.cfg.Socket != "" {
		return c.cfg.Socket
	}
	return c.base
}

// private reports whether nobody on the way can read what is sent.
func (c *Client) private() bool {
	return c.cfg.Socket != "" || strings.HasPrefix(c.base, "https://")
}

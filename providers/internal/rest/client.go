package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	defaultTimeout = 30 * time.Second
	defaultMaxBody = 4 << 20
	maxRedirects   = 5
)

// Config is what a [Client] may be told. The zero value works.
type Config struct {
	// Base carries the requests; nil is a transport of our own, which knows what was written. With
	// another one Error.Sent is true unless the error says that nothing was connected.
	Base http.RoundTripper
	// Timeout bounds one exchange, the reading of the body included; zero is 30 s.
	Timeout time.Duration
	// MaxBody bounds an answer's body in bytes; zero is 4 MiB.
	MaxBody int64
	// UserAgent is set where a request has none.
	UserAgent string
	// Logger gets one debug line an exchange; nil logs nothing.
	Logger *slog.Logger
	// Now is the clock on the wall; nil is time.Now.
	Now func() time.Time
}

// Client asks servers. It is safe for concurrent use.
type Client struct {
	http    *http.Client
	timeout time.Duration
	maxBody int64
	agent   string
	log     *slog.Logger
	now     func() time.Time
}

// NewClient makes a client.
func NewClient(cfg Config) *Client {
	c := &Client{
		timeout: cfg.Timeout, maxBody: cfg.MaxBody, agent: cfg.UserAgent, log: cfg.Logger, now: cfg.Now,
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.maxBody <= 0 {
		c.maxBody = defaultMaxBody
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	base, own := cfg.Base, false
	if base == nil {
		base, own = newTransport(c.now), true
	}
	c.http = &http.Client{
		Transport:     &transport{base: base, own: own, now: c.now},
		CheckRedirect: checkRedirect,
	}
	return c
}

// checkRedirect follows where only reading is repeated, and never to a connection without TLS. What proves
// who asks stays with the host that was asked: net/http would take it to other ports and to names below.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case first.Method != http.MethodGet && first.Method != http.MethodHead,
		len(via) > maxRedirects,
		first.URL.Scheme == "https" && req.URL.Scheme != "https":
		return http.ErrUseLastResponse
	}
	if req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host {
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
	}
	return nil
}

// Response is an answer, read whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// URL is what answered: that of the request, or where redirects led to.
	URL *url.URL
}

// JSON decodes the body into v.
func (r *Response) JSON(v any) error { return json.Unmarshal(r.Body, v) }

// Do sends req once and reads the answer, whatever its status. The error is an [Error].
//
// A deadline of the request's context that was set by [WithDeadline] is checked on the wall clock
// just before the first byte leaves. Redirects are followed for GET and HEAD alone.
func (c *Client) Do(req *http.Request) (*Response, error) {
	start := c.now()
	state := &exchange{}
	ctx, cancel := context.WithTimeout(context.WithValue(req.Context(), exchangeKey{}, state), c.timeout)
	defer cancel()

	req = req.Clone(ctx)
	if req.Header.Get("User-Agent") == "" && c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	resp, err := c.roundTrip(req)
	took := c.now().Sub(start)
	if err != nil {
		c.http.CloseIdleConnections()
		e := newError(req, state, err)
		c.log.DebugContext(ctx, "http request failed", "method", req.Method, "url", safeURL(req.URL),
			"kind", string(e.Kind), "sent", e.Sent, "duration", took, "err", e.Err)
		return nil, e
	}
	resp.URL = state.asked.Load()
	c.log.DebugContext(ctx, "http request", "method", req.Method, "url", safeURL(req.URL),
		"status", resp.Status, "bytes", len(resp.Body), "duration", took)
	return resp, nil
}

func (c *Client) roundTrip(req *http.Request) (*Response, error) {
	resp, err := c.http.Do(req) //nolint:gosec // which hosts may be asked is the caller's decision
	if err != nil {
		// The outer error repeats the whole URL, with whatever stands in its query.
		if u, ok := errors.AsType[*url.Error](err); ok {
			return nil, u.Err
		}
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBody+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > c.maxBody {
		return nil, errTooLarge
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// safeURL is u as a log may show it: no user, and of the query only the names.
func safeURL(u *url.URL) string {
	s := u.Scheme + "://" + u.Host + u.EscapedPath()
	if q := u.Query(); len(q) > 0 {
		names := make([]string, 0, len(q))
		for name := range q {
			names = append(names, url.QueryEscape(name))
		}
		slices.Sort(names)
		s += "?" + strings.Join(names, "&")
	}
	return s
}

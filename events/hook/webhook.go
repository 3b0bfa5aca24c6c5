package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

const (
	// callTimeout bounds one request, from the name of the host to the end of the answer.
	callTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer before the connection is closed, in bytes.
	maxAnswer = 64 << 10
)

// Client calls webhooks. It is safe for concurrent use, and one does for all of them.
type Client struct {
	agent string
	http  *http.Client
}

// NewClient makes a client that calls itself hayon/version. transport is for tests; nil: one that checks
// certificates and uses the proxy of the environment.
func NewClient(version string, transport http.RoundTripper) *Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: callTimeout / 2}).DialContext,
			TLSHandshakeTimeout: callTimeout / 2,
			ForceAttemptHTTP2:   true,
			MaxIdleConns:        8,
			MaxIdleConnsPerHost: 2,
			IdleConnTimeout:     30 * time.Second,
		}
	}
	return &Client{agent: "hayon/" + version, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Webhook is a webhook as a sink.
type Webhook struct {
	client *Client
	hook   hayon.Webhook
	secret func(context.Context) (hayon.Secret, error)
}

var (
	_ events.Sink    = (*Webhook)(nil)
	_ events.Limited = (*Webhook)(nil)
	_ events.Owned   = (*Webhook)(nil)
)

// Sink is the webhook as a sink. secret is asked before each delivery, and not earlier.
func (c *Client) Sink(w *hayon.Webhook, secret func(context.Context) (hayon.Secret, error)) *Webhook {
	return &Webhook{client: c, hook: *w, secret: secret}
}

// Name is the name of its cursor.
func (w *Webhook) Name() string { return w.hook.CursorName() }

// Kinds are the events that it gets.
func (w *Webhook) Kinds() []hayon.EventKind { return w.hook.Kinds }

// Owner is whose events it gets.
func (w *Webhook) Owner() hayon.UserID { return w.hook.Owner }

// Policy leaves time for the vault beside the call.
func (w *Webhook) Policy() events.Policy { return events.Policy{Timeout: 2 * callTimeout} }

// Deliver calls the webhook once.
func (w *Webhook) Deliver(ctx context.Context, n events.Notice) error {
	secret, err := w.secret(ctx)
	if err != nil {
		return err
	}
	id := w.hook.ID.String() + "_" + strconv.FormatUint(n.Event.Seq, 10)
	return w.client.call(ctx, w.hook.URL, secret, id, n)
}

// Ring calls a webhook once with an example of an event of e's kind, marked as a test, and answers what
// went wrong, or nil.
func (c *Client) Ring(ctx context.Context, w *hayon.Webhook, secret hayon.Secret, e hayon.Event) error {
	n := events.Example(e.Kind, e.At)
	if e.Reason != "" {
		n.Event.Reason = e.Reason
	}
	id := w.ID.String() + "_test_" + strconv.FormatInt(time.Now().UnixMilli(), 10)
	return c.call(ctx, w.URL, secret, id, n)
}

// call sends a notice and reads what the answer means.
func (c *Client) call(ctx context.Context, address string, secret hayon.Secret, id string, n events.Notice) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := c.request(limited, address, secret, id, n)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unreached(ctx, req.URL.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // so that the connection can be used again
	return verdict(req.URL.Host, resp)
}

func (c *Client) request(ctx context.Context, address string, secret hayon.Secret, id string, n events.Notice) (*http.Request, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return nil, events.Drop(hayon.Errorf(hayon.CodeInternal, "encode event %d: %w", n.Event.Seq, err))
	}
	now := time.Now()
	signature, err := Sign(secret, id, now, body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil || req.URL.Host == "" || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, events.Drop(hayon.Errorf(hayon.CodeInvalid, "the address of the webhook is no http or https URL").
			WithHint("remove the webhook and add it again"))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", unix(now))
	req.Header.Set("webhook-signature", signature)
	return req, nil
}

var errNoHost = errors.New("no such host")

// unreached is the failure of a call without an answer. The address may hold a secret in its path, so
// that only the host is named.
func unreached(ctx context.Context, host string, err error) error {
	var timeout net.Error
	if ctx.Err() == nil && errors.As(err, &timeout) && timeout.Timeout() {
		return hayon.Errorf(hayon.CodeUnavailable, "the webhook at %s did not answer within %s", host, callTimeout)
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	if se, ok := errors.AsType[*os.SyscallError](err); ok { // which call of the system failed says nothing to a person
		err = se.Err
	}
	if de, ok := errors.AsType[*net.DNSError](err); ok && de.IsNotFound {
		err = errNoHost
	}
	return hayon.Errorf(hayon.CodeUnavailable, "the webhook at %s cannot be called: %w", host, err)
}

// verdict is what the status of an answer means.
func verdict(host string, resp *http.Response) error {
	code := resp.StatusCode
	said := strconv.Itoa(code) + " " + http.StatusText(code)
	switch {
	case code >= 200 && code <= 299:
		return nil
	case code == http.StatusGone:
		return events.Gone(hayon.Errorf(hayon.CodeRejected, "the webhook at %s wants no more events (%s)", host, said).
			WithHint("add it again where that is wrong"))
	case code >= 300 && code <= 399:
		return hayon.Errorf(hayon.CodeUnavailable, "the webhook at %s has moved (%s), and redirects are not followed", host, said).
			WithHint("add a webhook for the new address and remove this one")
	}
	err := hayon.Errorf(hayon.CodeUnavailable, "the webhook at %s answered %s", host, said)
	if code == http.StatusTooManyRequests {
		err.Code = hayon.CodeRateLimited
	}
	err.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	return err
}

// retryAfter reads the header, in seconds or a date; 0 where it says nothing.
func retryAfter(value string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}

package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// maxAnswer bounds an answer, in bytes. 100,000 posts have some 60 MB.
const maxAnswer = 512 << 20

// request is one call.
type request struct {
	op      api.Op
	id      string // for a path with {id}
	query   url.Values
	body    []byte    // JSON, may be sent again
	stream  io.Reader // in the place of body, sent once
	header  http.Header
	timeout time.Duration // 0: Config.Timeout
	again   bool          // may be sent again, whatever its route says
	repeats *int          // counts how often it was sent again; nil: nobody asks
}

// call sends r and decodes the answer into out, where that is not nil. Where the answer was lost it
// sends a repeatable request again, once.
func (c *Client) call(ctx context.Context, r request, out any) error {
	route := api.RouteOf(r.op)
	body, err := c.send(ctx, route, r)
	lost, isLost := errors.AsType[*lostError](err)
	if isLost && lost.sent && (route.Repeatable || r.again) && r.stream == nil && ctx.Err() == nil {
		c.log.DebugContext(ctx, "answer lost, asking again", slog.String("path", route.Path), slog.Any("err", lost.err))
		c.http.CloseIdleConnections()
		if r.repeats != nil {
			*r.repeats++
		}
		body, err = c.send(ctx, route, r)
		if again, ok := errors.AsType[*lostError](err); ok {
			again.sent = true // the first one may have been
		}
	}
	if lost, ok := errors.AsType[*lostError](err); ok {
		c.http.CloseIdleConnections()
		return c.explain(ctx, route, lost)
	}
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return c.notUnderstood(err)
	}
	return nil
}

func (c *Client) notUnderstood(err error) *hayon.Error {
	return hayon.Errorf(hayon.CodeConflict, "the answer of %s is not understood", c.where()).
		WithHint("is it the same version? compare: hayon version, hayon daemon status").WithCause(err)
}

// send sends r once and answers the body; an answer that is an error becomes one. Where no
// whole answer came the error is a [*lostError].
func (c *Client) send(ctx context.Context, route api.Route, r request) (body []byte, err error) {
	timeout := r.timeout
	if timeout == 0 {
		timeout = c.cfg.Timeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := c.newRequest(limited, route, r)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &lostError{err: err, sent: !notSent(err)}
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, &lostError{err: err, sent: true}
	}
	c.log.DebugContext(ctx, "answer", slog.String("method", route.Method), slog.String("path", route.Path), slog.Int("status", resp.StatusCode),
		slog.String("request_id", resp.Header.Get(api.HeaderRequestID)), slog.Duration("took", time.Since(start)))
	c.noteVersion(resp.Header)
	if len(body) > maxAnswer {
		return nil, hayon.Errorf(hayon.CodeInvalid, "the answer has more than %d MiB", maxAnswer>>20).WithHint("ask for less with --limit")
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, c.refusal(resp, body)
	}
	return body, nil
}

// refusal is the error that an answer stands for. A route, parameter or member that a server of
// another version does not have is a mismatch of versions and no mistake of the user.
func (c *Client) refusal(resp *http.Response, body []byte) *hayon.Error {
	e := api.DecodeError(resp.StatusCode, resp.Header, body)
	theirs := resp.Header.Get(api.HeaderVersion)
	missing := resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed || e.Details[api.DetailUnknown] != nil
	if !missing || e.Code != hayon.CodeUsage || theirs == c.cfg.Version {
		return e
	}
	if theirs == "" {
		theirs = "of an unknown version"
	}
	who, hint := "the server at "+c.where(), "update the server, or use its version of hayon"
	if c.cfg.Socket != "" {
		who, hint = "the daemon", "restart it: hayon daemon restart"
	}
	return hayon.Errorf(hayon.CodeConflict, "%s runs hayon %s, which cannot do this; here is hayon %s", who, theirs, c.cfg.Version).
		WithHint(hint).WithCause(&mismatchError{e})
}

// mismatchError is what a server of another version did not know.
type mismatchError struct{ err *hayon.Error }

func (e *mismatchError) Error() string { return e.err.Error() }
func (e *mismatchError) Unwrap() error { return e.err }

func (c *Client) newRequest(ctx context.Context, route api.Route, r request) (*http.Request, error) {
	target := c.base + route.URLPath(r.id)
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var body io.Reader
	kind := "application/json"
	switch {
	case r.stream != nil:
		// The wrapper keeps the transport from closing a reader that is the caller's.
		body, kind = struct{ io.Reader }{r.stream}, "application/octet-stream"
	case r.body != nil:
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, route.Method, target, body)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "make a request for %s: %w", route.Path, err)
	}
	req.Header.Set("Accept", "application/json")
	maps.Copy(req.Header, r.header)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", userAgent(c.cfg.Version))
	if api.PlainHeader(c.cfg.Version) {
		req.Header.Set(api.HeaderVersion, c.cfg.Version)
	}
	if a, err := hayon.ActorFrom(ctx); err == nil {
		if api.PlainHeader(string(a.Source)) {
			req.Header.Set(api.HeaderSource, string(a.Source))
		}
		if api.PlainHeader(a.RequestID) {
			req.Header.Set(api.HeaderRequestID, a.RequestID)
		}
	}
	return req, nil
}

func userAgent(version string) string {
	if version == "" {
		return "hayon"
	}
	return "hayon/" + version
}

// lostError says that no whole answer came. sent tells whether the request may have arrived.
type lostError struct {
	err  error
	sent bool
}

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// notSent reports whether a request surely did not leave: there was no connection.
func notSent(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, ours := errors.AsType[*hayon.Error](err) // from the dialer, before a connection
	return ours
}

// explain makes of a lost answer what the user should know.
func (c *Client) explain(ctx context.Context, route api.Route, lost *lostError) error {
	if e, ok := errors.AsType[*hayon.Error](lost.err); ok && !lost.sent {
		return e
	}
	if ctx.Err() != nil || errors.Is(lost.err, context.DeadlineExceeded) {
		e := hayon.Errorf(hayon.CodeTimeout, "%s did not answer in time", c.where()).
			WithHint("is it busy? look with: hayon daemon status").WithCause(lost.err)
		if lost.sent && route.Method != http.MethodGet {
			e.Message += "; it may still do what it was asked"
		}
		return e
	}
	if timeout, ok := errors.AsType[net.Error](lost.err); ok && timeout.Timeout() && !lost.sent {
		return c.unreachable(lost)
	}
	if notSent(lost.err) {
		return c.unreachable(lost)
	}
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](lost.err); ok {
		return hayon.Errorf(hayon.CodeUnreachable, "the certificate of %s is not trusted: %w", c.where(), cert.Err).
			WithHint("check the address, or add its authority to the system's certificates")
	}
	hint := "look what is there with: hayon list, then repeat"
	if route.Op == api.OpUndoPost {
		hint = "it may be taken back already; see what would be next with: hayon undo --dry-run"
	}
	return hayon.Errorf(hayon.CodeUnavailable, "%s broke off before it had answered", c.where()).
		WithHint(hint).WithCause(lost.err)
}

// unreachable is the error for a server that nobody is behind.
func (c *Client) unreachable(lost *lostError) error {
	e := hayon.Errorf(hayon.CodeUnreachable, "no server answers at %s", c.where()).
		WithHint("check the address and the network").WithCause(lost.err)
	if c.cfg.Socket != "" {
		e.Message = "no daemon answers at " + c.where()
		e.Hint = "start it: hayon daemon start"
	}
	if errors.Is(lost.err, fs.ErrPermission) {
		e.Message += ": permission denied"
		e.Hint = "run hayon as the user who runs the daemon"
	}
	if lost.sent {
		e.Message += " any more; it may have done what it was asked"
	}
	return e
}

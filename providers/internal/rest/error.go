package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// ErrDeadline is the cause of an [Error] of [KindDeadline]: the request did not leave, because its
// wall-clock deadline had passed.
var ErrDeadline = errors.New("the time for this request was over before it could leave")

var (
	errTooLarge = errors.New("the answer is larger than any that makes sense")
	errStale    = errors.New("the connection was idle for too long")
)

// Kind says why there is no answer.
type Kind string

// The kinds.
const (
	KindDeadline  Kind = "deadline"  // held back, see ErrDeadline
	KindDNS       Kind = "dns"       // the host's name leads nowhere
	KindConnect   Kind = "connect"   // refused, unreachable, or no connection in time
	KindTLS       Kind = "tls"       // the server's certificate or handshake
	KindTimeout   Kind = "timeout"   // no answer in time
	KindCut       Kind = "cut"       // the connection ended before the answer was complete
	KindTooLarge  Kind = "too_large" // more than Config.MaxBody
	KindCancelled Kind = "cancelled" // the caller's context ended
	KindOther     Kind = "other"
)

// Error is a request without a usable answer.
type Error struct {
	Method string
	// Host is the host that was asked, with its port where one was given.
	Host string
	Kind Kind
	// Sent is false only where no byte of the request can have left: nothing was applied.
	Sent bool
	// Err is the cause. It holds host names and addresses, but no URL and no header.
	Err error
}

// Error names the host and the reason in words.
func (e *Error) Error() string { return e.Host + ": " + e.Reason() }

// Reason is why there is no answer, in a few words for people, without the host.
func (e *Error) Reason() string {
	switch e.Kind {
	case KindDeadline:
		return ErrDeadline.Error()
	case KindDNS:
		return "no such host"
	case KindConnect:
		switch {
		case errors.Is(e.Err, syscall.ECONNREFUSED):
			return "connection refused"
		case isTimeout(e.Err):
			return "no connection in time"
		}
		return "no connection"
	case KindTLS:
		return "no secure connection (TLS)"
	case KindTimeout:
		return "no answer in time"
	case KindCut:
		return "the connection was cut"
	case KindTooLarge:
		return errTooLarge.Error()
	case KindCancelled:
		return "cancelled"
	case KindOther:
	}
	return fmt.Sprint(e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Unconnected reports whether no connection to the host came about (name, connect, TLS), so that
// every other request to it would meet the same. Nothing was sent then.
func (e *Error) Unconnected() bool {
	return !e.Sent && (e.Kind == KindDNS || e.Kind == KindConnect || e.Kind == KindTLS)
}

func newError(req *http.Request, state *exchange, err error) *Error {
	e := &Error{Method: req.Method, Host: req.URL.Host, Err: err, Sent: state.sent.Load(), Kind: kindOf(req.Context(), err)}
	if state.late.Load() && !e.Sent {
		e.Kind, e.Err = KindDeadline, ErrDeadline
	}
	if !state.own.Load() && neverConnected(e.Kind) {
		e.Sent = false
	}
	if e.Kind == KindTimeout && !e.Sent {
		e.Kind = KindConnect
	}
	if state.own.Load() && !state.connected.Load() && (e.Kind == KindCut || e.Kind == KindOther) {
		e.Kind = KindConnect // such as a proxy that refuses to lead there
		if state.noTLS.Load() {
			e.Kind = KindTLS
		}
	}
	return e
}

func neverConnected(k Kind) bool {
	return k == KindDeadline || k == KindDNS || k == KindConnect || k == KindTLS
}

func kindOf(ctx context.Context, err error) Kind {
	switch {
	case errors.Is(err, ErrDeadline):
		return KindDeadline
	case errors.Is(err, errTooLarge):
		return KindTooLarge
	case errors.Is(err, errStale):
		return KindConnect
	case errors.Is(ctx.Err(), context.Canceled):
		return KindCancelled
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return KindDNS
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return KindConnect
	}
	if isTLS(err) {
		return KindTLS
	}
	switch {
	case isTimeout(err):
		return KindTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed),
		strings.Contains(err.Error(), "server closed idle connection"):
		return KindCut
	}
	return KindOther
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

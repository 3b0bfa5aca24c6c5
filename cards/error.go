package cards

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/hayon/hayon"
)

// refused is the error for a status that is none of success.
func refused(resp *http.Response) *hayon.Error {
	code := hayon.CodeInvalid
	if s := resp.StatusCode; s >= 500 || s == http.StatusTooManyRequests || s == http.StatusRequestTimeout {
		code = hayon.CodeUnavailable
	}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	return hayon.Errorf(code, "%s gives no page: %s", shown(resp.Request.URL.Hostname()), status)
}

// explain is why nothing could be read from u, as the caller sees it.
func explain(u *url.URL, err error) error {
	if known, ok := errors.AsType[*hayon.Error](err); ok {
		return known
	}
	host := shown(u.Hostname())
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return hayon.Errorf(hayon.CodeUnavailable, "reading the page at %s was cancelled", host).WithCause(err)
	case isTimeout(err):
		return hayon.Errorf(hayon.CodeUnavailable, "%s did not give its page in time", host).WithCause(err)
	case errors.As(err, &dns), errors.Is(err, errNoAddress):
		return hayon.Errorf(hayon.CodeUnavailable, "the address of %s cannot be found", host).WithCause(err)
	case errors.As(err, &cert):
		return hayon.Errorf(hayon.CodeUnavailable, "the certificate of %s is not valid", host).WithCause(err)
	}
	return hayon.Errorf(hayon.CodeUnavailable, "the page at %s cannot be read: the connection failed", host).WithCause(err)
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout()
}

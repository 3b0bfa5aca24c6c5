package cards

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"testing"

	"github.com/hayon/hayon"
)

// SetConnect puts another network below the reader: connect gets every address that it is about to connect
// to, after the check.
func SetConnect(r *Reader, connect func(context.Context, netip.AddrPort) (net.Conn, error)) {
	r.connect = connect
}

// SetRoots has the reader trust these certificates alone.
func SetRoots(r *Reader, roots *x509.CertPool) {
	r.transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// Connect is the connection that the reader makes by itself.
func Connect(ctx context.Context, r *Reader, to netip.AddrPort) (net.Conn, error) {
	return r.connect(ctx, to)
}

// Public and Private tell of an address from where it can be reached.
func Public(a netip.Addr) bool  { return reachOf(a) == public }
func Private(a netip.Addr) bool { return reachOf(a) == private }

// Literal is a host as an address.
func Literal(host string) (addr netip.Addr, isName bool) { return literal(host) }

// Parse is what a page says, with the address of its picture, "" for none.
func Parse(tb testing.TB, body []byte, charset, at string) (hayon.Page, string) {
	tb.Helper()
	u, err := url.Parse(at)
	if err != nil {
		tb.Fatal(err)
	}
	f := parse(body, charset, u)
	if f.picture == nil {
		return f.page, ""
	}
	return f.page, f.picture.String()
}

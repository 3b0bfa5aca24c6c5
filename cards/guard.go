package cards

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// maxAddress is how long an address may be, in bytes.
const maxAddress = 8 << 10

// guard decides which addresses may be asked.
type guard struct {
	private bool // those of private networks too
}

// parse reads an address that a person, a page or a redirect gave.
func (g guard) parse(address string) (*url.URL, error) {
	if len(address) > maxAddress {
		return nil, hayon.Errorf(hayon.CodeInvalid, "the address of the page has more than %d bytes", maxAddress)
	}
	// Readers of addresses disagree on these, and so on which host is meant.
	if plain(address) != address || strings.ContainsAny(address, ` \`) {
		return nil, notAnAddress("it holds a blank, a backslash or an invisible character")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, notAnAddress("it cannot be read") // the cause would repeat the address
	}
	return u, g.parsed(u)
}

// parsed is nil for an address whose parts may be asked.
func (g guard) parsed(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return notAnAddress("it does not begin with http:// or https://")
	}
	if u.Opaque != "" || u.Hostname() == "" {
		return notAnAddress("it names no host")
	}
	if u.User != nil {
		return notAnAddress("it holds a user name")
	}
	return g.port(u)
}

func notAnAddress(why string) *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "this is no address of a web page: %s", why).
		WithHint("give an address such as https://example.org/article")
}

// port refuses what no web page is at, so that no other service is spoken to.
func (g guard) port(u *url.URL) error {
	if u.Port() == "" {
		return nil
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 {
		return notAnAddress("its port is not between 1 and 65535")
	}
	if g.private || n == 80 || n == 443 || n == 8080 || n == 8443 {
		return nil
	}
	return hayon.Errorf(hayon.CodeForbidden, "port %d of %s is none of 80, 443, 8080 and 8443: no page is read there", n, shown(u.Hostname())).
		WithHint(hintPrivate)
}

const hintPrivate = "allowed for development by cards.allow_private in the configuration"

// address refuses an address by where it can be reached from. host is what the address was found as.
func (g guard) address(host string, a netip.Addr) error {
	return g.reach(host, " ("+a.String()+")", reachOf(a))
}

func (g guard) reach(host, detail string, r reach) error {
	if host = shown(host); detail == " ("+host+")" {
		detail = ""
	}
	if r == never {
		return hayon.Errorf(hayon.CodeForbidden, "%s%s is no address of the public web: no page is read there", host, detail)
	}
	if r == private && !g.private {
		return hayon.Errorf(hayon.CodeForbidden, "%s%s lies in a private network: no page is read there", host, detail).WithHint(hintPrivate)
	}
	return nil
}

// shown is a host as messages name it.
func shown(host string) string { return text.Clip(plain(host), 100) }

// connect makes a connection. The address is looked at once more by the socket itself, so that nobody who
// calls this can reach what is refused.
func (g guard) connect(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return g.address(at.Addr().String(), at.Addr())
	}}
	return dialer.DialContext(ctx, "tcp", to.String())
}

// dial connects to a host of an address, whose name the transport made ASCII.
func (r *Reader) dial(ctx context.Context, _, hostport string) (net.Conn, error) {
	host, service, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, err
	}
	found, err := r.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	return r.first(ctx, found, uint16(port))
}

// addresses are those of a host, all of which may be asked.
func (r *Reader) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	found, isName := literal(host)
	if !isName {
		if !found.IsValid() {
			return nil, notAnAddress("its host ends in a number and is no address")
		}
		return []netip.Addr{found}, r.guard.address(host, found)
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil, notAnAddress("its host is no name") // or the transport had made it ASCII
	}
	if err := r.guard.reach(host, "", reachOfName(host)); err != nil {
		return nil, err
	}
	all, err := r.cfg.Lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if err := r.guard.address(host, a); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// maxTries is how many addresses of a name are tried.
const maxTries = 4

// first is a connection to the first address that answers. Each but the last gets a share of the time, at
// most 3 s, so that a network without one of the two kinds of address does not use it up.
func (r *Reader) first(ctx context.Context, all []netip.Addr, port uint16) (net.Conn, error) {
	all = all[:min(len(all), maxTries)]
	var failed []error
	for i, a := range all {
		one, cancel := ctx, context.CancelFunc(func() {})
		if i < len(all)-1 {
			one, cancel = context.WithTimeout(ctx, min(3*time.Second, r.cfg.Timeout/maxTries))
		}
		conn, err := r.connect(one, netip.AddrPortFrom(a.Unmap(), port))
		cancel()
		if err == nil {
			return conn, nil
		}
		failed = append(failed, err)
	}
	if len(failed) == 0 {
		return nil, errNoAddress
	}
	return nil, errors.Join(failed...)
}

var errNoAddress = errors.New("the name has no address")

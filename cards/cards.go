package cards

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/hayon/hayon"
)

// Config is what a reader may do. The zero value works.
type Config struct {
	// AllowPrivate lets addresses of private networks and of this machine through, on any port, for
	// development. Link-local, metadata, multicast and reserved addresses stay refused.
	AllowPrivate bool
	// Timeout bounds a whole read with its redirects and its picture; 10 s where it is not positive.
	Timeout time.Duration
	// MaxPage is how many bytes of a page are read, decompressed; 1 MiB where it is not positive. A page
	// may be longer: what counts stands at its start.
	MaxPage int64
	// MaxImage is how many bytes a picture may have; 10 MiB where it is not positive. A larger one is left
	// out.
	MaxImage int64
	// MaxRedirects is how many redirects are followed, of the page and of its picture each; 5 where it is
	// zero, none where it is negative.
	MaxRedirects int
	// UserAgent is how the reader calls itself; "hayon" where it is empty.
	UserAgent string
	// Lookup finds the addresses of a name; nil asks as the operating system does. A name of which any
	// address is refused is refused.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Logger gets one line at debug level for each picture that could not be had; nil logs nothing.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.MaxPage <= 0 {
		c.MaxPage = 1 << 20
	}
	if c.MaxImage <= 0 {
		c.MaxImage = 10 << 20
	}
	if c.MaxRedirects == 0 {
		c.MaxRedirects = 5
	}
	if c.UserAgent == "" {
		c.UserAgent = "hayon"
	}
	if c.Lookup == nil {
		c.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Reader reads pages. It is safe for concurrent use.
type Reader struct {
	cfg       Config
	guard     guard
	connect   func(context.Context, netip.AddrPort) (net.Conn, error)
	transport *http.Transport
}

var _ hayon.PageReader = (*Reader)(nil)

// New makes a reader. It connects to nothing yet.
func New(cfg Config) *Reader {
	cfg = cfg.withDefaults()
	r := &Reader{cfg: cfg, guard: guard{private: cfg.AllowPrivate}}
	r.connect = r.guard.connect
	r.transport = &http.Transport{
		DialContext: r.dial,
		// Nothing is shared between two requests, so each connection was looked at for its own.
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 256 << 10,
	}
	return r
}

// ReadPage reads the page at an http or https address and then its picture.
//
// What is no page has no description: a picture is a page with itself as the picture, any other file
// is a page of which only the title is known, its name. The title is never empty: a page that
// gives none is called by its host. Texts have at most 300 (titles, names of sites) and 1,000
// (descriptions) grapheme clusters.
//
// The error is forbidden for an address that may not be asked; invalid for what is no http or
// https address, for an answer that says that there is no page (most of 4xx) and for too many
// redirects; unavailable for names that are not found, connections that fail, 408, 429, 5xx and
// for what takes too long.
func (r *Reader) ReadPage(ctx context.Context, address string) (*hayon.Page, error) {
	u, err := r.guard.parse(address)
	if err != nil {
		return nil, err
	}
	inside, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer r.transport.CloseIdleConnections() // ends connections in the making that nobody waits for any more
	defer cancel()
	found, err := r.readPage(inside, u)
	if hayon.CodeOf(err) == hayon.CodeUnavailable && inside.Err() != nil {
		err = explain(u, inside.Err()) // a connection that is ended by that says so in words of its own
	}
	if err != nil {
		return nil, err
	}
	if found.picture != nil {
		found.page.Image = r.readImage(inside, found.picture)
	}
	if err := ctx.Err(); err != nil {
		return nil, explain(u, err)
	}
	if found.page.Image == nil {
		found.page.ImageAlt = ""
	}
	found.page.URL = address
	return &found.page, nil
}

// finding is a page with the address of the picture that is still to be read; nil for none.
type finding struct {
	page    hayon.Page
	picture *url.URL
}

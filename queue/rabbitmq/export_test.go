package rabbitmq

import (
	"context"
	"net"
	"time"

	"github.com/hayon/hayon"
)

// OpenStandIn is [Open] with another type of exchange in the place of x-delayed-message, for what a
// server without the plugin cannot show.
func OpenStandIn(ctx context.Context, cfg Config, kind string) (hayon.Broker, error) {
	b, err := open(ctx, cfg, kind)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Knows asks a server whether it has a type of exchanges.
func Knows(ctx context.Context, url, kind string) (bool, error) {
	_, at, err := Config{URL: url}.complete()
	if err != nil {
		return false, err
	}
	return at.knows(ctx, "test", kind)
}

// The parsers, and how long to wait.
var (
	ParseMismatch = func(text string) (object, name, argument, have, want string, ok bool) {
		m, ok := parseMismatch(text)
		return m.object, m.name, m.argument, m.have, m.want, ok
	}
	Address = func(raw string) (string, error) {
		at, err := parseURL(raw)
		return at.String(), err
	}
	Credentials = func(raw string) (user, password string) {
		at, _ := parseURL(raw)
		return at.user, string(at.password.Reveal())
	}
	Vhost = func(raw string) string {
		at, _ := parseURL(raw)
		return at.vhost
	}
	Wait = wait
)

// Retries is how channels are spaced.
type Retries = retries

// Next is how long to wait.
func (r *retries) Next() time.Duration { return r.next() }

// WriteTimeout bounds a write.
const WriteTimeout = writeTimeout

// NewWire is a connection whose reads and writes end, and a change of how long nothing may come.
func NewWire(conn net.Conn, idle time.Duration) (net.Conn, func(time.Duration)) {
	w := newWire(conn, idle)
	return w, w.setIdle
}

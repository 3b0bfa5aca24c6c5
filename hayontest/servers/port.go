package servers

import (
	"context"
	"net"
)

// freePort returns a loopback TCP port that nothing listens on at the moment.
// Another process may take it before the caller does: start again with a new
// one then.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

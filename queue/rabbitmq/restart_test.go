package rabbitmq_test

import (
	"testing"

	"github.com/hayon/hayon/hayontest/servers"
)

// TestServerGoesUnderLoad: whatever was confirmed is delivered, and nothing that was held removes another
// message when it is settled after the server came back.
func TestServerGoesUnderLoad(t *testing.T) { //nolint:tparallel // one after the other on one server
	t.Parallel()
	server := servers.NewRabbitMQ(t)
	for _, tt := range []struct {
		name string
		end  func(testing.TB)
	}{
		{"SIGTERM", server.Stop},
		{"SIGKILL", server.Kill},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := open(t, config(t, server.VHost(t)))
			declare(t, b)
			l := startLoad(t, b)
			for range 2 {
				confirmedMore(t, b, 500)
				tt.end(t)
				server.Start(t)
				state(t, b, "connected", connected)
			}
			confirmedMore(t, b, 500)
			l.finish(t)
			if n := b.State().Reconnects; n < 2 {
				t.Errorf("reconnects: got %d, want at least 2", n)
			}
		})
	}
}

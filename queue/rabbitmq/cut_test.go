package rabbitmq_test

import (
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestCutInTheMiddleOfConfirms: confirmations that did not come are unknown, and everything goes on by
// itself once the network is better.
func TestCutInTheMiddleOfConfirms(t *testing.T) {
	t.Parallel()
	server, toxi := servers.RabbitMQ(t), servers.Toxiproxy(t)
	for _, tt := range []struct {
		name  string
		toxic servers.Toxic
	}{
		{"answers end after some bytes", servers.Toxic{Type: "limit_data", Attributes: map[string]int{"bytes": 3000}}},
		{"requests end after some bytes", servers.Toxic{Type: "limit_data", Upstream: true, Attributes: map[string]int{"bytes": 20_000}}},
		{"answers are held and then cut", servers.Toxic{Type: "timeout", Attributes: map[string]int{"timeout": 300}}},
		{"requests are held and then cut", servers.Toxic{Type: "timeout", Upstream: true, Attributes: map[string]int{"timeout": 300}}},
		{"reset", servers.Toxic{Type: "reset_peer", Attributes: map[string]int{"timeout": 50}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := server.VHost(t)
			proxy := toxi.NewProxy(t, url)
			b := open(t, config(t, proxy.Through(t, url)))
			declare(t, b)
			l := startLoad(t, b)
			confirmedMore(t, b, 200)
			const tries = 5 // a cut may come where nothing is on its way
			for range tries {
				lost := b.State().Reconnects
				proxy.Spoil(t, tt.toxic)
				state(t, b, "a lost connection", func(s hayon.BrokerState) bool { return !s.Connected })
				proxy.Heal(t)
				s := state(t, b, "connected again", func(s hayon.BrokerState) bool { return s.Connected && s.Reconnects > lost })
				if s.Error != "" {
					t.Errorf("error of a connection that is there: %s", s.Error)
				}
				confirmedMore(t, b, 200)
				if b.State().Unknown > 0 {
					break
				}
			}
			l.finish(t)
			if b.State().Unknown == 0 {
				t.Error("no confirmation was lost: the cut did not come in the middle of them")
			}
		})
	}
}

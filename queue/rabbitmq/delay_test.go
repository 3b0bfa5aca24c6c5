package rabbitmq_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// TestWithoutThePlugin: a RabbitMQ that does not have it gets the rest of the topology, on a connection
// that lives on, and no exchange in its place.
func TestWithoutThePlugin(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	for _, mode := range []hayon.DelayMode{hayon.DelayAuto, hayon.DelayStore} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			url := server.VHost(t)
			cfg := config(t, url)
			cfg.Delay = mode
			b := open(t, cfg)
			if err := b.Declare(t.Context(), hayon.NewTopology([]string{"demo"})); err != nil {
				t.Fatalf("Declare: %v", err)
			}
			if s := b.State(); s.Delayed || s.Delay != mode || !s.Connected || s.Reconnects != 0 {
				t.Errorf("state: %+v", s)
			}
			if got := len(server.Exchanges(t, url)); got != 3 {
				t.Errorf("exchanges: got %d, want 3", got)
			}
			if got := len(server.Queues(t, url)); got != 5 {
				t.Errorf("queues: got %d, want 5", got)
			}
		})
	}
}

// TestStandInForThePlugin runs what happens with the plugin on another type of exchange, since no RabbitMQ
// here has it.
func TestStandInForThePlugin(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	for _, tt := range []struct {
		mode    hayon.DelayMode
		delayed bool
	}{{hayon.DelayAuto, true}, {hayon.DelayPlugin, true}, {hayon.DelayStore, false}} {
		t.Run(string(tt.mode), func(t *testing.T) {
			t.Parallel()
			url := server.VHost(t)
			proxy := servers.Toxiproxy(t).NewProxy(t, url)
			cfg := config(t, proxy.Through(t, url))
			cfg.Delay = tt.mode
			b, err := rabbitmq.OpenStandIn(t.Context(), cfg, hayon.ExchangeTopic)
			if err != nil {
				t.Fatalf("Open: %v", err)
			}
			t.Cleanup(func() { _ = b.Close() })
			if err := b.Declare(t.Context(), hayon.NewTopology([]string{"demo"})); err != nil {
				t.Fatalf("Declare: %v", err)
			}
			if s := b.State(); s.Delayed != tt.delayed {
				t.Errorf("state: %+v, want delayed %t", s, tt.delayed)
			}
			m := message("late")
			m.Exchange, m.RoutingKey, m.Optional = hayon.PostDelayedExchange, hayon.PostCreateKey+"demo", true
			m.Headers = map[string]any{hayon.HeaderDelay: 1000}
			err = send(t, b, m)
			if !tt.delayed {
				wantCode(t, err, hayon.CodeNotFound)
				return
			}
			if err != nil {
				t.Fatalf("publish: %v", err)
			}
			d := receive(t, consume(t, b, hayon.SocialPostsQueue, 1))
			if d.Message().Headers[hayon.HeaderDelay] != int64(1000) {
				t.Errorf("headers: %v", d.Message().Headers)
			}
			proxy.Down(t)
			state(t, b, "disconnected", func(s hayon.BrokerState) bool { return !s.Connected })
			proxy.Heal(t)
			if s := state(t, b, "connected", connected); !s.Delayed {
				t.Errorf("state after a reconnect: %+v", s)
			}
		})
	}
}

// TestAnotherExchangeInThePlaceOfTheDelayedOne is an error of the configuration.
func TestAnotherExchangeInThePlaceOfTheDelayedOne(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	if err := dial(t, url).ExchangeDeclare(hayon.PostDelayedExchange, "fanout", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	b, err := rabbitmq.OpenStandIn(t.Context(), config(t, url), hayon.ExchangeTopic)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = b.Close() })
	err = b.Declare(t.Context(), hayon.NewTopology(nil))
	wantCode(t, err, hayon.CodeConflict)
	for _, w := range []string{hayon.PostDelayedExchange, "type=fanout", "topic"} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v does not name %q", err, w)
		}
	}
}

// TestProbe: the question whether the server has a type is answered and makes nothing, for a user without
// the right to make something, too.
func TestProbe(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	user := server.AddUser(t, "asks_"+url[strings.LastIndex(url, "/")+1:], "hunter2", url, "", "", "")
	for _, u := range []string{url, user} {
		for kind, want := range map[string]bool{"fanout": true, "headers": true, hayon.ExchangeDelayed: false, "x-nobody-knows": false} {
			if got, err := rabbitmq.Knows(t.Context(), u, kind); err != nil || got != want {
				t.Errorf("type %s: got %t, %v, want %t", kind, got, err, want)
			}
		}
	}
	if n := len(server.Exchanges(t, url)); n != 0 {
		t.Errorf("the probe has made %d exchanges", n)
	}
}

package rabbitmq_test

import (
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

func TestStateTells(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	cfg := config(t, url)
	cfg.Prefix = "pre."
	b := open(t, cfg)
	declare(t, b)
	put(t, b, "a", "b")
	m := message("lost")
	m.RoutingKey = "nobody"
	wantCode(t, send(t, b, m), hayon.CodeNotFound)
	ch := consume(t, b, work, 2)
	first, second := receive(t, ch), receive(t, ch)
	if err := first.Ack(); err != nil {
		t.Fatal(err)
	}
	if err := second.Nack(true); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, ch).Ack(); err != nil {
		t.Fatal(err)
	}
	got := b.State()
	if got.Kind != hayon.BrokerRabbitMQ || !got.Connected || got.Prefix != "pre." || got.Server == "" || got.Since.IsZero() || got.Delay != hayon.DelayAuto {
		t.Errorf("state: got %+v", got)
	}
	if got.Published != 3 || got.Confirmed != 2 || got.Returned != 1 || got.Unconfirmed != 0 ||
		got.Delivered != 3 || got.Redelivered != 1 || got.Acked != 2 || got.Nacked != 1 || got.Stale != 0 {
		t.Errorf("counters: got %+v", got)
	}
}

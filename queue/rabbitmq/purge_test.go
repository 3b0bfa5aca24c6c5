package rabbitmq_test

import (
	"fmt"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestPurgeOfEveryQueue: what was not received is gone, what was received can be settled, and everything
// goes on.
func TestPurgeOfEveryQueue(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	b := open(t, config(t, url))
	declare(t, b)
	for i := range 50 {
		put(t, b, fmt.Sprint(i))
	}
	ch := consume(t, b, work, 5)
	held := receive(t, ch)
	for _, q := range server.Queues(t, url) {
		server.PurgeQueue(t, url, q.Name)
	}
	if err := held.Ack(); err != nil {
		t.Errorf("Ack: %v", err)
	}
	for range 4 { // they were under way to the consumer
		if err := receive(t, ch).Ack(); err != nil {
			t.Errorf("Ack: %v", err)
		}
	}
	put(t, b, "after")
	d := receive(t, ch)
	if d.Message().ID != "after" {
		t.Errorf("delivered: got %q, want after", d.Message().ID)
	}
	if err := d.Ack(); err != nil {
		t.Errorf("Ack: %v", err)
	}
}

// TestPoisonMessage: one that is given back again and again ends in the dead letters, where its history
// tells why, under the names without prefix.
func TestPoisonMessage(t *testing.T) {
	t.Parallel()
	cfg := config(t, servers.RabbitMQ(t).VHost(t))
	cfg.Prefix = "pre."
	b := open(t, cfg)
	top := topology()
	const limit = 3
	top.Queues[0].Arguments[hayon.ArgDeliveryLimit] = limit
	if err := b.Declare(t.Context(), top); err != nil {
		t.Fatal(err)
	}
	put(t, b, "poison")
	ch := consume(t, b, work, 1)
	for i := range limit + 1 {
		d := receive(t, ch)
		if d.Redelivered() != (i > 0) {
			t.Errorf("delivery %d: redelivered is %t", i, d.Redelivered())
		}
		if err := d.Nack(true); err != nil {
			t.Fatal(err)
		}
	}
	d := receive(t, consume(t, b, dead, 1))
	deaths := d.Message().Deaths()
	if len(deaths) != 1 || deaths[0].Queue != work || deaths[0].Exchange != topic || deaths[0].Reason != "delivery_limit" ||
		deaths[0].Count != 1 || len(deaths[0].Keys) != 1 || deaths[0].Keys[0] != "work.a" || deaths[0].At.IsZero() {
		t.Errorf("deaths: %+v", deaths)
	}
	if m := d.Message(); m.Exchange != topic || m.RoutingKey != "dead" {
		t.Errorf("message: %+v", m)
	}
}

package rabbitmq_test

import (
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestQueueDeletedUnderAConsumer: it is declared again with its bindings, and the consumer goes on.
func TestQueueDeletedUnderAConsumer(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	b := open(t, config(t, url))
	declare(t, b)
	ch := consume(t, b, work, 2)
	for i := range 3 { // after the first one it waits before it tries
		put(t, b, "held", "waiting")
		held := receive(t, ch)
		server.DeleteQueue(t, url, work)
		eventually(t, func() string {
			if d, err := b.Depth(t.Context(), work); err != nil || d.Consumers != 1 {
				return "the queue has not come back with its consumer"
			}
			return ""
		})
		if err := held.Ack(); err != nil { // the queue that it came from is gone
			t.Errorf("Ack: %v", err)
		}
		put(t, b, "after")
		// What was taken from the old queue may come first.
		for {
			d := receive(t, ch)
			if err := d.Ack(); err != nil {
				t.Errorf("round %d: Ack: %v", i, err)
			}
			if d.Message().ID == "after" {
				break
			}
		}
	}
	if s := b.State(); s.Reconnects != 0 || s.Error != "" {
		t.Errorf("state: got %+v, want the same connection and no error", s)
	}
}

// TestExchangeDeletedUnderAPublisher: the message that finds it out is not_found, and the next ones go
// through.
func TestExchangeDeletedUnderAPublisher(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	b := open(t, config(t, url))
	declare(t, b)
	put(t, b, "before")
	admin := dial(t, url)
	if err := admin.ExchangeDelete(topic, false, false); err != nil {
		t.Fatal(err)
	}
	wantCode(t, send(t, b, message("lost")), hayon.CodeNotFound)
	put(t, b, "after")
	if s := b.State(); s.Reconnects != 0 || s.Returned != 1 || s.Confirmed != 2 {
		t.Errorf("state: got %+v", s)
	}
}

// TestConsumerWithoutAQueue: State says why nothing is consumed, and it begins once the queue is there.
func TestConsumerWithoutAQueue(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	b := open(t, config(t, url))
	declare(t, b)
	admin := dial(t, url)
	if _, err := admin.QueueDeclare("other", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	ch := consume(t, b, "other", 1)
	if _, err := admin.QueueDelete("other", false, false, false); err != nil {
		t.Fatal(err)
	}
	state(t, b, "an error", func(s hayon.BrokerState) bool { return s.Connected && s.Error != "" })
	if _, err := admin.QueueDeclare("other", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	state(t, b, "no error", func(s hayon.BrokerState) bool { return s.Error == "" })
	m := message("direct")
	m.Exchange, m.RoutingKey = "", "other"
	if err := send(t, b, m); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, ch).Ack(); err != nil {
		t.Error(err)
	}
}

package rabbitmq_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestSilentServer: a connection over which nothing comes any more is replaced, though nobody closed it.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	proxy := servers.Toxiproxy(t).NewProxy(t, url)
	b := open(t, config(t, proxy.Through(t, url)+"?heartbeat=1"))
	declare(t, b)
	ch := consume(t, b, work, 1)
	put(t, b, "held")
	held := receive(t, ch)
	proxy.Spoil(t, servers.Toxic{Type: "timeout", Attributes: map[string]int{"timeout": 0}})
	c, err := b.Publish(t.Context(), message("lost"))
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	s := state(t, b, "disconnected", func(s hayon.BrokerState) bool { return !s.Connected })
	if s.Error == "" || s.Hint == "" {
		t.Errorf("state: %+v", s)
	}
	wantCode(t, c.Wait(t.Context()), hayon.CodeUnavailable)
	proxy.Heal(t)
	state(t, b, "connected", connected)
	if err := held.Ack(); err != nil {
		t.Errorf("Ack: %v", err)
	}
	if s := b.State(); s.Stale != 1 || s.Acked != 0 {
		t.Errorf("counters: %+v", s)
	}
	// What was held comes again, and what nobody knew of may or may not.
	for {
		d := receive(t, ch)
		if err := d.Ack(); err != nil {
			t.Error(err)
		}
		if d.Message().ID == "held" {
			if !d.Redelivered() {
				t.Error("the second delivery does not say so")
			}
			return
		}
	}
}

// TestServerThatReadsNothing: a publisher is freed, by its context while others publish and by the end
// of the connection otherwise, though the server's side still sends.
func TestServerThatReadsNothing(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	proxy := servers.Toxiproxy(t).NewProxy(t, url)
	b := open(t, config(t, proxy.Through(t, url)+"?heartbeat=60"))
	declare(t, b)
	proxy.Spoil(t, servers.Toxic{Type: "bandwidth", Upstream: true, Attributes: map[string]int{"rate": 0}})
	var flights []hayon.Confirmation
	full := make(chan struct{})
	body := make([]byte, 1024)
	go func() {
		defer close(full)
		for n := 0; ; n++ {
			m := message(strconv.Itoa(n))
			m.Body = body
			c, err := b.Publish(context.WithoutCancel(t.Context()), m)
			if err != nil {
				wantCode(t, err, hayon.CodeUnavailable)
				return
			}
			flights = append(flights, c)
		}
	}()
	select {
	case <-full:
	case <-time.After(patience):
		t.Fatal("Publish never came back")
	}
	state(t, b, "disconnected", func(s hayon.BrokerState) bool { return !s.Connected })
	for _, c := range flights {
		wantCode(t, c.Wait(t.Context()), hayon.CodeUnavailable)
	}
	t.Logf("%d messages fitted", len(flights))
	proxy.Heal(t)
	state(t, b, "connected", connected)
	put(t, b, "again")
}

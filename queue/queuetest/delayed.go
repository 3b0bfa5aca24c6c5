package queuetest

import (
	"math"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func delayedCases() []testCase {
	needs := []Feature{FeatureDelayed}
	return []testCase{
		{name: "not before its time", needs: needs, run: delayedTime},
		{name: "order", needs: needs, run: delayedOrder},
		{name: "at once", needs: needs, run: delayedAtOnce},
		{name: "by its type", needs: needs, run: delayedType},
		{name: "unroutable", needs: needs, run: delayedUnroutable},
	}
}

// delaying declares a delayed exchange that routes the key "in" to the fixture's queue.
func (f *fixture) delaying(t *testing.T, kind string) string {
	t.Helper()
	name := f.topic + "_" + kind + "_late"
	f.declare(t, hayon.Topology{
		Exchanges: []hayon.Exchange{{Name: name, Kind: hayon.ExchangeDelayed, Arguments: map[string]any{hayon.ArgDelayedType: kind}}},
		Bindings:  []hayon.Binding{{Exchange: name, Key: "in", Queue: f.queue}},
	})
	return name
}

// delayed is a message that comes later. It is optional, as all that goes to a delayed exchange.
func (f *fixture) delayed(exchange, body string, delay any) hayon.Message {
	m := f.message(body)
	m.Exchange, m.Optional, m.Headers = exchange, true, map[string]any{hayon.HeaderDelay: delay}
	return m
}

func delayedTime(t *testing.T, f *fixture) {
	const delay = 2 * brief
	late := f.delaying(t, hayon.ExchangeTopic)
	ch := f.consume(t, f.queue, 1)
	start := time.Now()
	f.take(t, f.delayed(late, "later", delay.Milliseconds()))
	f.depth(t, f.queue, 0, 0)
	d := receiveBody(t, ch, "later")
	notBefore(t, start, delay)
	if got := d.Message(); got.Exchange != late || got.RoutingKey != "in" || got.ID != "id-later" {
		t.Errorf("message: got %+v", got)
	}
	ack(t, d)
}

func delayedOrder(t *testing.T, f *fixture) {
	late := f.delaying(t, hayon.ExchangeTopic)
	start := time.Now()
	f.take(t, f.delayed(late, "second", int64(400)), f.delayed(late, "first", int64(200)), f.delayed(late, "now", int64(0)))
	ch := f.consume(t, f.queue, 3)
	ack(t, receiveBody(t, ch, "now"))
	ack(t, receiveBody(t, ch, "first"))
	notBefore(t, start, 200*time.Millisecond)
	ack(t, receiveBody(t, ch, "second"))
	notBefore(t, start, 400*time.Millisecond)
}

// delayedAtOnce: also what is longer than the plugin can wait, which is why Hayon never hands it over.
func delayedAtOnce(t *testing.T, f *fixture) {
	late := f.delaying(t, hayon.ExchangeTopic)
	ch := f.consume(t, f.queue, 1)
	for _, delay := range []any{int64(0), 0, int64(-5000), int64(math.MaxUint32 + 1), nil} {
		m := f.delayed(late, "now", delay)
		if delay == nil {
			m.Headers = nil
		}
		f.take(t, m)
		ack(t, receiveBody(t, ch, "now"))
	}
}

func delayedType(t *testing.T, f *fixture) {
	topic, direct := f.delaying(t, hayon.ExchangeTopic), f.delaying(t, hayon.ExchangeDirect)
	f.declare(t, hayon.Topology{Bindings: []hayon.Binding{
		{Exchange: topic, Key: "a.*", Queue: f.queue}, {Exchange: direct, Key: "a.*", Queue: f.queue},
	}})
	for i, delay := range []int64{0, 50} {
		for _, late := range []string{topic, direct} {
			m := f.delayed(late, late, delay)
			m.RoutingKey = "a.b"
			f.take(t, m)
		}
		f.depth(t, f.queue, i+1, 0)
	}
	ch := f.consume(t, f.queue, 4)
	ack(t, receiveBody(t, ch, topic))
	ack(t, receiveBody(t, ch, topic))
	none(t, ch)
}

// delayedUnroutable: nobody learns of it, and the exchange goes on.
func delayedUnroutable(t *testing.T, f *fixture) {
	late := f.delaying(t, hayon.ExchangeTopic)
	m := f.delayed(late, "lost", int64(50))
	m.RoutingKey = "nobody.listens"
	f.take(t, m, f.delayed(late, "taken", int64(100)))
	ack(t, receiveBody(t, f.consume(t, f.queue, 1), "taken"))
}

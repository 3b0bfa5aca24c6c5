package queuetest

import (
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func featureCases() []testCase {
	return []testCase{
		{name: "max length refuses", needs: FeatureMaxLength, run: featureMaxLength},
		{name: "dead letter", needs: FeatureDeadLetter, run: featureDeadLetter},
		{name: "ttl", needs: FeatureTTL, run: featureTTL},
		{name: "delayed", needs: FeatureDelayed, run: featureDelayed},
	}
}

// featureMaxLength: a full queue refuses sooner or later (a server may let a few in flight pass),
// keeps exactly what it confirmed, and takes messages again when it has room.
func featureMaxLength(t *testing.T, f *fixture) {
	const limit, most = 5, 100
	name := f.queue + "_bounded"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{"x-max-length": limit, "x-overflow": "reject-publish"})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "bounded", Queue: name}},
	})
	m := f.message("x")
	m.RoutingKey = "bounded"
	taken := 0
	for ; taken < most; taken++ {
		if err := f.send(t, m); err != nil {
			wantCode(t, err, hayon.CodeUnavailable)
			break
		}
	}
	if taken < limit || taken == most {
		t.Fatalf("taken: got %d messages at a limit of %d", taken, limit)
	}
	f.depth(t, name, taken, 0)
	ch := f.consume(t, name, most)
	for range taken {
		ack(t, receive(t, ch))
	}
	if err := f.send(t, m); err != nil {
		t.Errorf("publish after there was room: %v", err)
	}
}

func featureDeadLetter(t *testing.T, f *fixture) {
	name, dead := f.queue+"_work", f.queue+"_dead"
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{
			{Name: name, Arguments: quorum(map[string]any{"x-dead-letter-exchange": f.direct, "x-dead-letter-routing-key": hayon.DeadKey})},
			{Name: dead, Arguments: quorum(nil)},
		},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "work", Queue: name}, {Exchange: f.direct, Key: hayon.DeadKey, Queue: dead}},
	})
	m := f.message("bad")
	m.RoutingKey = "work"
	if err := f.send(t, m); err != nil {
		t.Fatalf("publish: %v", err)
	}
	nack(t, receiveBody(t, f.consume(t, name, 1), "bad"), false)
	ack(t, receiveBody(t, f.consume(t, dead, 1), "bad"))
	f.depth(t, name, 0, 0)
}

func featureTTL(t *testing.T, f *fixture) {
	const ttl = 200 * time.Millisecond
	name := f.queue + "_short"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{"x-message-ttl": int(ttl.Milliseconds())})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "short", Queue: name}},
	})
	m := f.message("fleeting")
	m.RoutingKey = "short"
	if err := f.send(t, m); err != nil {
		t.Fatalf("publish: %v", err)
	}
	f.depth(t, name, 0, 0)
	none(t, f.consume(t, name, 1))
}

func featureDelayed(t *testing.T, f *fixture) {
	const delay = 400 * time.Millisecond
	late := f.topic + "_late"
	f.declare(t, hayon.Topology{
		Exchanges: []hayon.Exchange{{Name: late, Kind: hayon.ExchangeDelayed, Arguments: map[string]any{"x-delayed-type": hayon.ExchangeTopic}}},
		Bindings:  []hayon.Binding{{Exchange: late, Key: "in", Queue: f.queue}},
	})
	ch := f.consume(t, f.queue, 1)
	m := f.message("later")
	m.Exchange, m.Headers = late, map[string]any{"x-delay": delay.Milliseconds()}
	start := time.Now()
	// A delayed message may be reported as unroutable although it will arrive.
	if err := f.send(t, m); err != nil {
		wantCode(t, err, hayon.CodeNotFound)
	}
	ack(t, receiveBody(t, ch, "later"))
	if got := time.Since(start); got < delay {
		t.Errorf("delivered after %v, want not before %v", got, delay)
	}
}

func restartKeepsMessages(t *testing.T, f *fixture, h Harness) {
	t.Helper()
	f.put(t, "held", "waiting")
	held := receiveBody(t, f.consume(t, f.queue, 1), "held")
	next := h.Restart(t, f.Broker)
	t.Cleanup(func() {
		if err := next.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if err := held.Ack(); err != nil { // on a session that is gone it does nothing
		t.Errorf("Ack after the restart: %v", err)
	}
	again := &fixture{Broker: next, topic: f.topic, direct: f.direct, queue: f.queue}
	again.declare(t, again.topology())
	ch := again.consume(t, f.queue, 2)
	d := receiveBody(t, ch, "held")
	if !d.Redelivered() {
		t.Error("the message that was held does not say that it is redelivered")
	}
	ack(t, d)
	ack(t, receiveBody(t, ch, "waiting"))
}

package queuetest

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func deadLetterCases() []testCase {
	dead := []Feature{FeatureDeadLetter}
	limit := []Feature{FeatureDeliveryLimit, FeatureDeadLetter}
	return []testCase{
		{name: "rejected", needs: dead, run: deadRejected},
		{name: "own key", needs: dead, run: deadOwnKey},
		{name: "expiration of a rejected one", needs: dead, run: deadExpirationRemoved},
		{name: "counted", needs: dead, run: deadCounted},
		{name: "newest first", needs: dead, run: deadNewestFirst},
		{name: "circle", needs: []Feature{FeatureTTL, FeatureDeadLetter}, run: deadCircle},
		{name: "nowhere", needs: dead, run: deadNowhere},
		{name: "delivery limit", needs: limit, run: deadLimit},
		{name: "delivery limit nowhere", needs: []Feature{FeatureDeliveryLimit}, run: deadLimitNowhere},
	}
}

// The reasons in the header x-death.
const (
	rejected = "rejected"
	expired  = "expired"
	limited  = "delivery_limit"
)

// graveyard is a queue that takes the key "work", and one that takes its dead letters.
type graveyard struct{ work, dead string }

// graveyard declares both. The dead letters go through the direct exchange, with the key "dead" or
// "work".
func (f *fixture) graveyard(t *testing.T, args map[string]any) graveyard {
	t.Helper()
	g := graveyard{work: f.queue + "_work", dead: f.queue + "_dead"}
	args = quorum(args)
	args[hayon.ArgDeadLetterExchange] = f.direct
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{{Name: g.work, Arguments: args}, {Name: g.dead, Arguments: quorum(nil)}},
		Bindings: []hayon.Binding{
			{Exchange: f.topic, Key: "work", Queue: g.work},
			{Exchange: f.direct, Key: hayon.DeadKey, Queue: g.dead},
			{Exchange: f.direct, Key: "work", Queue: g.dead},
		},
	})
	return g
}

// wantDeaths compares the history of a message, newest first, but for the times.
func wantDeaths(t *testing.T, m hayon.Message, want ...hayon.Death) {
	t.Helper()
	got := m.Deaths()
	for i := range got {
		if age := time.Since(got[i].At); age < -time.Hour || age > time.Hour {
			t.Errorf("death %d: at %v, want about now", i, got[i].At)
		}
		got[i].At = time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deaths (-want +got):\n%s", diff)
	}
	first := want[len(want)-1]
	for header, value := range map[string]string{
		"x-first-death-queue": first.Queue, "x-first-death-reason": first.Reason, "x-first-death-exchange": first.Exchange,
	} {
		if m.Headers[header] != value {
			t.Errorf("header %s: got %v, want %s", header, m.Headers[header], value)
		}
	}
}

// wantSame fails unless a dead letter is the message that it was, under another route.
func wantSame(t *testing.T, got, want hayon.Message, exchange, key string) {
	t.Helper()
	if got.Exchange != exchange || got.RoutingKey != key {
		t.Errorf("route: got %s with key %s, want %s with key %s", got.Exchange, got.RoutingKey, exchange, key)
	}
	if got.Digest() != want.Digest() {
		t.Errorf("the dead letter is another message: got %+v, want %+v", got, want)
	}
	if got.Expiration != 0 {
		t.Errorf("expiration: got %v, want none", got.Expiration)
	}
	for k, v := range want.Headers {
		if !cmp.Equal(got.Headers[k], v) {
			t.Errorf("header %s: got %v, want %v", k, got.Headers[k], v)
		}
	}
}

func deadRejected(t *testing.T, f *fixture) {
	g := f.graveyard(t, map[string]any{hayon.ArgDeadLetterRoutingKey: hayon.DeadKey})
	m := f.to("work", "bad")
	m.Headers = map[string]any{hayon.HeaderAttempt: int64(3)}
	f.take(t, m, f.to("work", "good"))
	ch := f.consume(t, g.work, 1)
	nack(t, receiveBody(t, ch, "bad"), false)
	d := receiveBody(t, f.consume(t, g.dead, 2), "bad")
	wantSame(t, d.Message(), m, f.direct, hayon.DeadKey)
	wantDeaths(t, d.Message(), hayon.Death{Queue: g.work, Reason: rejected, Exchange: f.topic, Keys: []string{"work"}, Count: 1})
	if d.Redelivered() {
		t.Error("the first delivery of the dead letter says that it is redelivered")
	}
	ack(t, d)
	ack(t, receiveBody(t, ch, "good"))
	f.depth(t, g.work, 0, 0)
	f.depth(t, g.dead, 0, 0)
}

func deadOwnKey(t *testing.T, f *fixture) {
	g := f.graveyard(t, nil)
	m := f.to("work", "bad")
	f.take(t, m)
	nack(t, receiveBody(t, f.consume(t, g.work, 1), "bad"), false)
	d := receiveBody(t, f.consume(t, g.dead, 1), "bad")
	wantSame(t, d.Message(), m, f.direct, "work")
	ack(t, d)
}

// deadExpirationRemoved: a dead letter does not expire once more where it is kept.
func deadExpirationRemoved(t *testing.T, f *fixture) {
	g := f.graveyard(t, nil)
	m := f.to("work", "bad")
	m.Expiration = time.Hour
	f.take(t, m)
	d := receiveBody(t, f.consume(t, g.work, 1), "bad")
	if got := d.Message().Expiration; got != time.Hour {
		t.Errorf("expiration of the delivery: got %v, want 1h", got)
	}
	nack(t, d, false)
	d = receiveBody(t, f.consume(t, g.dead, 1), "bad")
	wantSame(t, d.Message(), m, f.direct, "work")
	ack(t, d)
}

// deadCounted: what comes back to its queue by rejections counts them in one entry.
func deadCounted(t *testing.T, f *fixture) {
	name := f.queue + "_again"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{hayon.ArgDeadLetterExchange: f.topic})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "again", Queue: name}},
	})
	f.take(t, f.to("again", "m"))
	ch := f.consume(t, name, 1)
	nack(t, receiveBody(t, ch, "m"), false)
	for n := int64(1); n <= 3; n++ {
		d := receiveBody(t, ch, "m")
		wantDeaths(t, d.Message(), hayon.Death{Queue: name, Reason: rejected, Exchange: f.topic, Keys: []string{"again"}, Count: n})
		nack(t, d, false)
	}
}

func deadNewestFirst(t *testing.T, f *fixture) {
	first := f.graveyard(t, map[string]any{hayon.ArgDeadLetterRoutingKey: "second"})
	second := f.queue + "_second"
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{{Name: second, Arguments: quorum(map[string]any{
			hayon.ArgDeadLetterExchange: f.direct, hayon.ArgDeadLetterRoutingKey: hayon.DeadKey,
		})}},
		Bindings: []hayon.Binding{{Exchange: f.direct, Key: "second", Queue: second}},
	})
	f.take(t, f.to("work", "m"))
	nack(t, receiveBody(t, f.consume(t, first.work, 1), "m"), false)
	nack(t, receiveBody(t, f.consume(t, second, 1), "m"), false)
	wantDeaths(t, receiveBody(t, f.consume(t, first.dead, 1), "m").Message(),
		hayon.Death{Queue: second, Reason: rejected, Exchange: f.direct, Keys: []string{"second"}, Count: 1},
		hayon.Death{Queue: first.work, Reason: rejected, Exchange: f.topic, Keys: []string{"work"}, Count: 1},
	)
}

// deadCircle: what expires into its own queue is dropped, unless it was rejected on the way.
func deadCircle(t *testing.T, f *fixture) {
	const ttl = 150 * time.Millisecond
	a, b := f.queue+"_a", f.queue+"_b"
	args := func(key string, more map[string]any) map[string]any {
		out := quorum(map[string]any{hayon.ArgDeadLetterExchange: f.direct, hayon.ArgDeadLetterRoutingKey: key})
		maps.Copy(out, more)
		return out
	}
	short := map[string]any{hayon.ArgMessageTTL: int(ttl.Milliseconds())}
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{{Name: a, Arguments: args("b", short)}, {Name: b, Arguments: args("a", nil)}},
		Bindings: []hayon.Binding{
			{Exchange: f.topic, Key: "circle", Queue: a},
			{Exchange: f.direct, Key: "a", Queue: a},
			{Exchange: f.direct, Key: "b", Queue: b},
		},
	})
	own := f.queue + "_own"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: own, Arguments: args("own", short)}},
		Bindings: []hayon.Binding{{Exchange: f.direct, Key: "own", Queue: own}, {Exchange: f.topic, Key: "own", Queue: own}},
	})
	f.take(t, f.to("own", "dropped"), f.to("circle", "goes round"))
	ch := f.consume(t, b, 1)
	for n := int64(1); n <= 2; n++ {
		d := receiveBody(t, ch, "goes round")
		if got := d.Message().Deaths()[0]; got.Queue != a || got.Reason != expired || got.Count != n {
			t.Errorf("round %d: the newest death is %+v", n, got)
		}
		nack(t, d, false) // rejected, so it goes round
	}
	f.depth(t, own, 0, 0)
	none(t, f.consume(t, own, 1))
}

// deadNowhere: without an exchange, with one that does not exist, and with a key that nobody takes.
func deadNowhere(t *testing.T, f *fixture) {
	for name, args := range map[string]map[string]any{
		f.queue + "_1": nil,
		f.queue + "_2": {hayon.ArgDeadLetterExchange: f.direct + "_unknown"},
		f.queue + "_3": {hayon.ArgDeadLetterExchange: f.direct, hayon.ArgDeadLetterRoutingKey: "nobody.listens"},
	} {
		f.declare(t, hayon.Topology{
			Queues:   []hayon.Queue{{Name: name, Arguments: quorum(args)}},
			Bindings: []hayon.Binding{{Exchange: f.topic, Key: name, Queue: name}},
		})
		f.take(t, f.to(name, "bad"), f.to(name, "good"))
		ch := f.consume(t, name, 1)
		nack(t, receiveBody(t, ch, "bad"), false)
		ack(t, receiveBody(t, ch, "good"))
		f.depth(t, name, 0, 0)
	}
}

// poison gives a message back until it is gone for good: limit+1 deliveries.
func (f *fixture) poison(t *testing.T, ch <-chan hayon.Delivery, body string, limit int64) {
	t.Helper()
	for n := range limit + 1 {
		d := receiveBody(t, ch, body)
		if d.Redelivered() != (n > 0) {
			t.Errorf("delivery %d: redelivered is %t", n, d.Redelivered())
		}
		// Of the first delivery a server says 0 or nothing.
		if got, _ := d.Message().Headers[hayon.HeaderDeliveryCount].(int64); got != n {
			t.Errorf("delivery %d: header %s is %v", n, hayon.HeaderDeliveryCount, d.Message().Headers[hayon.HeaderDeliveryCount])
		}
		nack(t, d, true)
	}
	none(t, ch)
}

func deadLimit(t *testing.T, f *fixture) {
	g := f.graveyard(t, map[string]any{hayon.ArgDeliveryLimit: 3, hayon.ArgDeadLetterRoutingKey: hayon.DeadKey})
	m := f.to("work", "poison")
	f.take(t, m)
	ch := f.consume(t, g.work, 1)
	f.poison(t, ch, "poison", 3)
	d := receiveBody(t, f.consume(t, g.dead, 1), "poison")
	wantSame(t, d.Message(), m, f.direct, hayon.DeadKey)
	wantDeaths(t, d.Message(), hayon.Death{Queue: g.work, Reason: limited, Exchange: f.topic, Keys: []string{"work"}, Count: 1})
	if n, _ := d.Message().Headers[hayon.HeaderDeliveryCount].(int64); n != 0 || d.Redelivered() {
		t.Errorf("the dead letter has been delivered %d times, redelivered is %t", n, d.Redelivered())
	}
	ack(t, d)
	f.depth(t, g.work, 0, 0)
}

func deadLimitNowhere(t *testing.T, f *fixture) {
	name := f.queue + "_limited"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{hayon.ArgDeliveryLimit: 1})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "limited", Queue: name}},
	})
	f.take(t, f.to("limited", "poison"))
	ch := f.consume(t, name, 1)
	f.poison(t, ch, "poison", 1)
	f.depth(t, name, 0, 0)
	f.take(t, f.to("limited", "next"))
	ack(t, receiveBody(t, ch, "next"))
}

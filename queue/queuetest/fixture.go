package queuetest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// patience bounds every wait for something that must happen. It is long, because nobody waits for
// it unless a case fails.
const patience = 20 * time.Second

// quiet is how long a case looks for something that must not happen.
const quiet = 50 * time.Millisecond

// early is how much sooner than it should something may come: servers count in whole milliseconds.
const early = 10 * time.Millisecond

// fixture is a broker with a topology of its own: a topic exchange, a direct one, and one queue
// that both route the key "in" to. What is given back returns to the head of the queue.
type fixture struct {
	hayon.Broker
	harness              Harness
	topic, direct, queue string
}

func newFixture(tb testing.TB, h Harness) *fixture {
	tb.Helper()
	f := &fixture{Broker: open(tb, h), harness: h}
	base := "hayontest_" + hayon.NewPostID(time.Now()).Digits()
	f.topic, f.direct, f.queue = base+"_topic", base+"_direct", base+"_queue"
	f.declare(tb, f.topology())
	return f
}

func open(tb testing.TB, h Harness) hayon.Broker {
	tb.Helper()
	b := h.Open(tb)
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return b
}

// topology is the fixture's own, as a new value.
func (f *fixture) topology() hayon.Topology {
	return hayon.Topology{
		Exchanges: []hayon.Exchange{
			{Name: f.topic, Kind: hayon.ExchangeTopic},
			{Name: f.direct, Kind: hayon.ExchangeDirect},
		},
		Queues: []hayon.Queue{{Name: f.queue, Arguments: quorum(map[string]any{hayon.ArgDeliveryLimit: 1000})}},
		Bindings: []hayon.Binding{
			{Exchange: f.topic, Key: "in", Queue: f.queue},
			{Exchange: f.direct, Key: "in", Queue: f.queue},
		},
	}
}

// quorum is args with the type of queue that Hayon uses.
func quorum(args map[string]any) map[string]any {
	out := map[string]any{hayon.ArgQueueType: "quorum"}
	maps.Copy(out, args)
	return out
}

func (f *fixture) declare(tb testing.TB, t hayon.Topology) {
	tb.Helper()
	if err := f.Declare(tb.Context(), t); err != nil {
		tb.Fatalf("Declare: %v", err)
	}
}

// message is one for the fixture's queue.
func (f *fixture) message(body string) hayon.Message {
	return hayon.Message{Exchange: f.topic, RoutingKey: "in", ID: "id-" + body, Type: "hint", At: time.Now().UTC().Truncate(time.Second), Body: []byte(body)}
}

// to is a message of the fixture's topic exchange with another routing key.
func (f *fixture) to(key, body string) hayon.Message {
	m := f.message(body)
	m.RoutingKey = key
	return m
}

// send publishes m and answers what Publish or the confirmation said.
func (f *fixture) send(tb testing.TB, m hayon.Message) error {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	c, err := f.Publish(ctx, m)
	if err != nil {
		return err
	}
	return c.Wait(ctx)
}

// put publishes bodies in order and fails unless all are taken.
func (f *fixture) put(tb testing.TB, bodies ...string) {
	tb.Helper()
	for _, body := range bodies {
		f.take(tb, f.message(body))
	}
}

// take publishes messages in order and fails unless all are taken.
func (f *fixture) take(tb testing.TB, messages ...hayon.Message) {
	tb.Helper()
	for _, m := range messages {
		if err := f.send(tb, m); err != nil {
			tb.Fatalf("publish %q: %v", m.Body, err)
		}
	}
}

// consume starts a consumer that ends with the test.
func (f *fixture) consume(tb testing.TB, queue string, prefetch int) <-chan hayon.Delivery {
	tb.Helper()
	ch, _ := f.consumeUntil(tb, queue, prefetch)
	return ch
}

// consumeUntil starts a consumer and answers how to end it.
func (f *fixture) consumeUntil(tb testing.TB, queue string, prefetch int) (<-chan hayon.Delivery, context.CancelFunc) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	tb.Cleanup(cancel)
	ch, err := f.Consume(ctx, queue, prefetch)
	if err != nil {
		tb.Fatalf("Consume(%q, %d): %v", queue, prefetch, err)
	}
	return ch, cancel
}

// receive waits for one delivery.
func receive(tb testing.TB, ch <-chan hayon.Delivery) hayon.Delivery {
	tb.Helper()
	select {
	case d, ok := <-ch:
		if !ok {
			tb.Fatal("the consumer has ended, want a delivery")
		}
		return d
	case <-time.After(patience):
		tb.Fatal("no delivery came")
	}
	return nil
}

// receiveBody waits for one delivery with this body.
func receiveBody(tb testing.TB, ch <-chan hayon.Delivery, want string) hayon.Delivery {
	tb.Helper()
	d := receive(tb, ch)
	if got := string(d.Message().Body); got != want {
		tb.Fatalf("delivered: got %q, want %q", got, want)
	}
	return d
}

// none fails when a delivery comes within a short time. It is only a chance to see what is wrong:
// a broker that is right never fails it.
func none(tb testing.TB, ch <-chan hayon.Delivery) {
	tb.Helper()
	noneFor(tb, ch, quiet)
}

func noneFor(tb testing.TB, ch <-chan hayon.Delivery, d time.Duration) {
	tb.Helper()
	select {
	case d, ok := <-ch:
		if ok {
			tb.Fatalf("delivered %q, want nothing", d.Message().Body)
		}
		tb.Fatal("the consumer has ended, want it to go on without a delivery")
	case <-time.After(d):
	}
}

// ended waits until a consumer's channel is closed and answers what it still delivered.
func ended(tb testing.TB, ch <-chan hayon.Delivery) []hayon.Delivery {
	tb.Helper()
	var out []hayon.Delivery
	timeout := time.After(patience)
	for {
		select {
		case d, ok := <-ch:
			if !ok {
				return out
			}
			out = append(out, d)
		case <-timeout:
			tb.Fatal("the consumer's channel was not closed")
		}
	}
}

func ack(tb testing.TB, d hayon.Delivery) {
	tb.Helper()
	if err := d.Ack(); err != nil {
		tb.Fatalf("Ack %q: %v", d.Message().Body, err)
	}
}

func nack(tb testing.TB, d hayon.Delivery, requeue bool) {
	tb.Helper()
	if err := d.Nack(requeue); err != nil {
		tb.Fatalf("Nack(%t) %q: %v", requeue, d.Message().Body, err)
	}
}

// depth waits until a queue has this depth; a server may count with a delay.
func (f *fixture) depth(tb testing.TB, queue string, ready, unacked int) {
	tb.Helper()
	f.poll(tb, func() string {
		d, err := f.Depth(tb.Context(), queue)
		if err != nil {
			tb.Fatalf("Depth(%q): %v", queue, err)
		}
		if d.Ready == ready && d.Unacked == unacked {
			return ""
		}
		return fmt.Sprintf("depth: got %d ready and %d unacknowledged, want %d and %d", d.Ready, d.Unacked, ready, unacked)
	})
}

// poll waits until wrong answers nothing, and fails with what it answers last.
func (f *fixture) poll(tb testing.TB, wrong func() string) {
	tb.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		w := wrong()
		if w == "" {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatal(w)
		}
	}
}

// wantCode fails unless err has the code.
func wantCode(tb testing.TB, err error, want hayon.Code) {
	tb.Helper()
	if got := hayon.CodeOf(err); got != want {
		tb.Errorf("error: got %q (%v), want %q", got, err, want)
	}
}

// bodies are n different bodies.
func bodies(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

// peak remembers the highest value of a counter.
type peak struct{ now, max atomic.Int64 }

func (p *peak) up() {
	n := p.now.Add(1)
	for old := p.max.Load(); n > old && !p.max.CompareAndSwap(old, n); old = p.max.Load() {
	}
}

func (p *peak) down() { p.now.Add(-1) }

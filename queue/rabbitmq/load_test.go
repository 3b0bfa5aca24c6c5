package rabbitmq_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// load is a publisher with a window of confirmations and some consumers, and what each of them saw.
type load struct {
	broker       hayon.Broker
	stop         chan struct{}
	endConsumers context.CancelFunc

	publisher, consumers sync.WaitGroup

	mu sync.Mutex
	// what became of each message, by its id; guarded by mu
	confirmed, unknown map[string]bool
	delivered          map[string]int
}

const (
	window        = 100
	loadConsumers = 4
)

// startLoad publishes and consumes until [load.finish]. Meanwhile the caller does something bad.
func startLoad(t *testing.T, b hayon.Broker) *load {
	t.Helper()
	l := &load{broker: b, confirmed: map[string]bool{}, unknown: map[string]bool{}, delivered: map[string]int{}}
	ctx, cancel := context.WithCancel(t.Context())
	l.endConsumers = cancel
	t.Cleanup(cancel)
	for range loadConsumers {
		ch, err := b.Consume(ctx, work, 10)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		l.consumers.Go(func() { l.consume(t, ch) })
	}
	l.stop = make(chan struct{})
	l.publisher.Go(func() { l.publish(t) })
	return l
}

// finish ends the load and fails unless everything that was confirmed was delivered, the counters of the
// broker agree with what was seen, and the queue is empty.
func (l *load) finish(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.publisher.Wait()
	eventually(t, l.missing)
	l.endConsumers()
	l.consumers.Wait()
	l.check(t)
}

func (l *load) publish(t *testing.T) {
	t.Helper()
	type flight struct {
		id string
		hayon.Confirmation
	}
	var flights []flight
	land := func(n int) {
		for _, f := range flights[:n] {
			err := f.Wait(t.Context())
			l.mu.Lock()
			switch {
			case err == nil:
				l.confirmed[f.id] = true
			case hayon.CodeOf(err) == hayon.CodeUnavailable:
				l.unknown[f.id] = true
			default:
				t.Errorf("message %s: %v", f.id, err)
			}
			l.mu.Unlock()
		}
		flights = flights[n:]
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; {
		select {
		case <-l.stop:
			land(len(flights))
			return
		default:
		}
		id := strconv.Itoa(n)
		c, err := l.broker.Publish(t.Context(), message(id))
		if err != nil {
			if hayon.CodeOf(err) != hayon.CodeUnavailable {
				t.Errorf("Publish: %v", err)
			}
			land(len(flights))
			<-tick.C
			continue
		}
		n++
		if flights = append(flights, flight{id, c}); len(flights) == window {
			land(window / 2)
		}
	}
}

// consume keeps a message while it takes the next one, so that some are held whenever the server goes.
func (l *load) consume(t *testing.T, ch <-chan hayon.Delivery) {
	t.Helper()
	var kept hayon.Delivery
	settle := func(d hayon.Delivery) {
		if d == nil {
			return
		}
		if err := d.Ack(); err != nil {
			t.Errorf("Ack: %v", err)
		}
	}
	for d := range ch {
		m := d.Message()
		if string(m.Body) != m.ID || m.RoutingKey != "work.a" {
			t.Errorf("delivered %+v", m)
		}
		l.mu.Lock()
		l.delivered[m.ID]++
		l.mu.Unlock()
		settle(kept)
		kept = d
	}
	settle(kept)
}

// missing says how many messages were confirmed and not delivered yet, "" for none.
func (l *load) missing() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for id := range l.confirmed {
		if l.delivered[id] == 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d confirmed messages were not delivered, such as %s; state %+v", len(ids), len(l.confirmed), ids[0], l.broker.State())
}

func (l *load) check(t *testing.T) {
	t.Helper()
	eventually(t, func() string {
		d, err := l.broker.Depth(t.Context(), work)
		if err != nil || d.Ready != 0 || d.Unacked != 0 {
			return fmt.Sprintf("depth at the end: got %+v, %v, want nothing", d, err)
		}
		return ""
	})
	s := l.broker.State()
	if s.Published != s.Confirmed+s.Returned+s.Refused+s.Unknown || s.Unconfirmed != 0 {
		t.Errorf("the counters do not add up: %+v", s)
	}
	if int(s.Confirmed) != len(l.confirmed) || int(s.Unknown+s.Refused) != len(l.unknown) {
		t.Errorf("counters: got %d confirmed, %d unknown or refused, want %d, %d", s.Confirmed, s.Unknown+s.Refused, len(l.confirmed), len(l.unknown))
	}
	if s.Delivered != s.Acked+s.Nacked+s.Stale {
		t.Errorf("of %d deliveries %d were acked, %d nacked, %d stale", s.Delivered, s.Acked, s.Nacked, s.Stale)
	}
	for id, n := range l.delivered {
		if !l.confirmed[id] && !l.unknown[id] {
			t.Errorf("message %s was delivered %d times and never published", id, n)
		}
	}
	t.Logf("%d confirmed, %d unknown, %d delivered, %d redelivered, %d stale, %d reconnects", len(l.confirmed), len(l.unknown), s.Delivered, s.Redelivered, s.Stale, s.Reconnects)
}

// confirmedMore waits until n more messages were confirmed.
func confirmedMore(tb testing.TB, b hayon.Broker, n uint64) {
	tb.Helper()
	start := b.State().Confirmed
	state(tb, b, fmt.Sprintf("%d more confirmed than %d", n, start), func(s hayon.BrokerState) bool { return s.Confirmed >= start+n })
}

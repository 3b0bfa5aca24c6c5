package local_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

// TestDeathIsTold compares the whole header with what RabbitMQ 3.10 sends for the same.
func TestDeathIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{}, graves(nil))
		defer closed(t, b)
		m := expiring("m", 1500*time.Millisecond)
		m.Headers = map[string]any{"x-word": "w"}
		publish(t, b, m)
		later(1500 * time.Millisecond)
		ch, err := b.Consume(t.Context(), "dead", 1)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		got := (<-ch).Message()
		want := map[string]any{
			"x-word": "w",
			"x-death": []any{map[string]any{
				"count": int64(1), "exchange": "x", "original-expiration": "1500", "queue": "a", "reason": "expired",
				"routing-keys": []any{"a"}, "time": time.Now().UTC().Truncate(time.Second),
			}},
			"x-first-death-exchange": "x", "x-first-death-queue": "a", "x-first-death-reason": "expired",
		}
		if diff := cmp.Diff(want, got.Headers); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
		if got.Exchange != "x" || got.RoutingKey != "dead" || got.Expiration != 0 || got.ID != "m" {
			t.Errorf("message: got %+v", got)
		}
	})
}

// TestForeignDeaths: who publishes may have put anything into the headers of the broker.
func TestForeignDeaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		death any
		want  int // entries
		count int64
	}{
		{"text", "dead", 1, 1},
		{"no table", []any{"dead", nil, 5}, 4, 1},
		{"empty table", []any{map[string]any{}}, 2, 1},
		{"the same without a count", []any{map[string]any{"queue": "a", "reason": "rejected"}}, 1, 1},
		{"the same, not the newest", []any{"x", map[string]any{"queue": "a", "reason": "rejected", "count": int64(6)}}, 2, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := declared(t, local.Config{}, graves(nil))
			t.Cleanup(func() { closed(t, b) })
			m := expiring("m", 0)
			m.Headers = map[string]any{hayon.HeaderDeath: tt.death}
			publish(t, b, m)
			ch, err := b.Consume(t.Context(), "a", 1)
			if err != nil {
				t.Fatalf("Consume: %v", err)
			}
			if err := (<-ch).Nack(false); err != nil {
				t.Fatalf("Nack: %v", err)
			}
			dead, err := b.Consume(t.Context(), "dead", 1)
			if err != nil {
				t.Fatalf("Consume: %v", err)
			}
			got := (<-dead).Message()
			list, _ := got.Headers[hayon.HeaderDeath].([]any)
			if len(list) != tt.want || got.Deaths()[0].Queue != "a" || got.Deaths()[0].Count != tt.count {
				t.Errorf("deaths: got %v, want %d entries, of which the first counts %d", list, tt.want, tt.count)
			}
		})
	}
}

// TestDeathsAreNotShared: what one queue adds to the history of a message is not seen in another.
func TestDeathsAreNotShared(t *testing.T) {
	t.Parallel()
	top := topology(map[string]any{hayon.ArgDeadLetterExchange: "x", hayon.ArgDeadLetterRoutingKey: "all"})
	b := declared(t, local.Config{}, top)
	t.Cleanup(func() { closed(t, b) })
	publish(t, b, expiring("m", 0))
	ch, err := b.Consume(t.Context(), "a", 1)
	if err != nil {
		t.Fatalf("Consume: %v", err)
	}
	for range 3 { // each goes to a and to b
		if err := (<-ch).Nack(false); err != nil {
			t.Fatalf("Nack: %v", err)
		}
	}
	want := int64(0)
	err = b.Browse(t.Context(), "b", 0, func(m hayon.Message) (bool, error) {
		want++
		if got := m.Deaths()[0].Count; got != want {
			t.Errorf("copy %d: got a count of %d", want, got)
		}
		return true, nil
	})
	if err != nil || want != 3 {
		t.Errorf("Browse showed %d messages, %v, want 3", want, err)
	}
}

// TestFullQueueTakesTheDead: a bound holds off who publishes; what dies is not lost over it until
// the memory that the broker may take is full.
func TestFullQueueTakesTheDead(t *testing.T) {
	t.Parallel()
	top := graves(nil)
	top.Queues[2].Arguments = map[string]any{hayon.ArgMaxLength: 1, hayon.ArgOverflow: "reject-publish"}
	b := declared(t, local.Config{MaxLength: 3}, top)
	t.Cleanup(func() { closed(t, b) })
	ch, err := b.Consume(t.Context(), "a", 1)
	if err != nil {
		t.Fatalf("Consume: %v", err)
	}
	for i := range 5 {
		publish(t, b, expiring(strconv.Itoa(i), 0))
		if err := (<-ch).Nack(false); err != nil {
			t.Fatalf("Nack: %v", err)
		}
	}
	wantSeen(t, b, "dead", "0", "1", "2")
	if err := send(t, b, "dead"); hayon.CodeOf(err) != hayon.CodeUnavailable {
		t.Errorf("publish to the full queue: got %v, want unavailable", err)
	}
}

// TestDeadWhenTheCallReturns: whoever settles a message finds its dead letter.
func TestDeadWhenTheCallReturns(t *testing.T) {
	t.Parallel()
	b := declared(t, local.Config{}, graves(map[string]any{hayon.ArgDeliveryLimit: 0}))
	t.Cleanup(func() { closed(t, b) })
	publish(t, b, expiring("rejected", 0))
	publish(t, b, expiring("given back", 0))
	publish(t, b, expiring("browsed", 0))
	ch, err := b.Consume(t.Context(), "a", 2)
	if err != nil {
		t.Fatalf("Consume: %v", err)
	}
	first, second := <-ch, <-ch
	wantSeen(t, b, "a", "browsed")
	wantSeen(t, b, "dead", "browsed")
	if err := first.Nack(false); err != nil {
		t.Fatalf("Nack: %v", err)
	}
	wantSeen(t, b, "dead", "browsed", "rejected")
	if err := second.Nack(true); err != nil {
		t.Fatalf("Nack: %v", err)
	}
	wantSeen(t, b, "dead", "browsed", "rejected", "given back")
}

// TestDeadIntoADelayedExchange: dead letters go the way that their exchange has for all.
func TestDeadIntoADelayedExchange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		top := late(hayon.ExchangeTopic)
		top.Queues[0].Arguments = map[string]any{hayon.ArgDeadLetterExchange: "late", hayon.ArgDeadLetterRoutingKey: "b"}
		top.Bindings = append(top.Bindings, hayon.Binding{Exchange: "late", Key: "#", Queue: "b"})
		b := declared(t, local.Config{Delayed: true}, top)
		defer closed(t, b)
		m := expiring("m", 100*time.Millisecond)
		m.Headers = map[string]any{hayon.HeaderDelay: 1000}
		publish(t, b, m)
		later(100 * time.Millisecond)
		wantDepth(t, b, "a", 0, 0)
		later(time.Second - time.Nanosecond)
		wantDepth(t, b, "b", 0, 0)
		later(time.Nanosecond)
		wantSeen(t, b, "b", "m")
	})
}

// TestNothingIsLostOnTheWay: consumers that take, give back and reject at random, queues in which
// everything may expire, and somebody who looks all the time: each message is acknowledged or dead once.
func TestNothingIsLostOnTheWay(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const n = 3000
	b := declared(t, local.Config{}, graves(map[string]any{hayon.ArgDeliveryLimit: 3, hayon.ArgMessageTTL: 20}))
	t.Cleanup(func() { closed(t, b) })
	var acked atomic.Int64
	var wg sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		ch, err := b.Consume(t.Context(), "a", 1+3*i)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Go(func() {
			for {
				select {
				case d := <-ch:
					var err error
					switch r.IntN(3) {
					case 0:
						err = d.Ack()
						acked.Add(1)
					case 1:
						err = d.Nack(true)
					default:
						err = d.Nack(false)
					}
					if err != nil {
						t.Errorf("settle: %v", err)
					}
				case <-done:
					return
				}
			}
		})
	}
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if err := b.Browse(t.Context(), "a", 3, func(hayon.Message) (bool, error) { return false, nil }); err != nil {
					t.Errorf("Browse: %v", err)
					return
				}
			}
		}
	})
	for i := range n {
		publish(t, b, expiring(strconv.Itoa(i), 0))
	}
	settled := func() error {
		a, err := b.Depth(t.Context(), "a")
		if err != nil {
			return err
		}
		dead, err := b.Depth(t.Context(), "dead")
		if err != nil {
			return err
		}
		if got := int(acked.Load()) + dead.Ready; a.Ready+a.Unacked != 0 || got != n {
			return fmt.Errorf("acknowledged or dead: got %d, want %d; the queue has %+v", got, n, a)
		}
		return nil
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-tick.C {
		if err = settled(); err == nil {
			break
		}
	}
	close(done)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	dead := map[string]int{}
	for _, id := range seen(t, b, "dead") {
		dead[id]++
	}
	for id, times := range dead {
		if times != 1 {
			t.Errorf("message %s is dead %d times", id, times)
		}
	}
	s := b.State()
	if s.Published != n || s.Confirmed != n || s.Acked != uint64(acked.Load()) || s.Delivered != s.Acked+s.Nacked {
		t.Errorf("counters: got %+v", s)
	}
}

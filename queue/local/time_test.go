package local_test

import (
	"maps"
	"math"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

// graves is a topology whose queue a buries in the queue dead.
func graves(argsOfA map[string]any) hayon.Topology {
	args := map[string]any{hayon.ArgDeadLetterExchange: "x", hayon.ArgDeadLetterRoutingKey: "dead"}
	maps.Copy(args, argsOfA)
	top := topology(args)
	top.Queues = append(top.Queues, hayon.Queue{Name: "dead"})
	top.Bindings = append(top.Bindings, hayon.Binding{Exchange: "x", Key: "dead", Queue: "dead"})
	return top
}

func declared(t *testing.T, c local.Config, top hayon.Topology) *local.Broker {
	t.Helper()
	b := open(t, c)
	if err := b.Declare(t.Context(), top); err != nil {
		t.Fatalf("Declare: %v", err)
	}
	return b
}

// closed closes a broker; in a bubble that must happen before its end.
func closed(t *testing.T, b *local.Broker) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func publish(t *testing.T, b *local.Broker, m hayon.Message) {
	t.Helper()
	c, err := b.Publish(t.Context(), m)
	if err == nil {
		err = c.Wait(t.Context())
	}
	if err != nil {
		t.Fatalf("publish %q: %v", m.ID, err)
	}
}

func expiring(id string, after time.Duration) hayon.Message {
	return hayon.Message{Exchange: "x", RoutingKey: "a", ID: id, Expiration: after}
}

// seen are the ids that wait in a queue.
func seen(t *testing.T, b *local.Broker, queue string) []string {
	t.Helper()
	var ids []string
	err := b.Browse(t.Context(), queue, 0, func(m hayon.Message) (bool, error) {
		ids = append(ids, m.ID)
		return false, nil
	})
	if err != nil {
		t.Fatalf("Browse: %v", err)
	}
	return ids
}

func wantSeen(t *testing.T, b *local.Broker, queue string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, seen(t, b, queue)); diff != "" {
		t.Errorf("queue %s after %v (-want +got):\n%s", queue, time.Since(b.State().Since), diff)
	}
}

// later lets time go by, and everything that is due then happen.
func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// TestExpiresOnTime: to the millisecond, with nobody who asks.
func TestExpiresOnTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		queue any // x-message-ttl
		after time.Duration
		want  time.Duration
	}{
		{"by the queue", 200, 0, 200 * time.Millisecond},
		{"by the message", nil, 300 * time.Millisecond, 300 * time.Millisecond},
		{"by the queue, which is shorter", int64(200), 300 * time.Millisecond, 200 * time.Millisecond},
		{"by the message, which is shorter", 200, 100 * time.Millisecond, 100 * time.Millisecond},
		{"after no time", 0, 0, time.Millisecond},
		{"after less than a millisecond", nil, time.Microsecond, time.Millisecond},
		{"in whole milliseconds", nil, 1999 * time.Microsecond, time.Millisecond},
		{"after the longest time of a message", nil, local.MaxExpiration, local.MaxExpiration},
		{"after the longest time of a queue", int64(315_360_000_000), 0, 10 * 365 * 24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				args := map[string]any{}
				if tt.queue != nil {
					args[hayon.ArgMessageTTL] = tt.queue
				}
				b := declared(t, local.Config{}, graves(args))
				defer closed(t, b)
				publish(t, b, expiring("m", tt.after))
				later(tt.want - time.Nanosecond)
				wantDepth(t, b, "a", 1, 0)
				later(time.Nanosecond)
				wantDepth(t, b, "a", 0, 0)
				wantDepth(t, b, "dead", 1, 0)
			})
		})
	}
}

// TestOnlyTheHeadExpires follows a queue in which every kind of message waits for every other.
func TestOnlyTheHeadExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{}, graves(nil))
		defer closed(t, b)
		publish(t, b, expiring("30s", 30*time.Second))
		publish(t, b, expiring("10s", 10*time.Second))
		publish(t, b, expiring("60s", time.Minute))
		publish(t, b, expiring("never", 0))
		publish(t, b, expiring("20s", 20*time.Second))
		later(25 * time.Second)
		wantDepth(t, b, "a", 5, 0)
		later(5 * time.Second)
		wantSeen(t, b, "dead", "30s", "10s")
		later(time.Hour)
		wantSeen(t, b, "dead", "30s", "10s", "60s")
		wantDepth(t, b, "a", 2, 0)
		err := b.Browse(t.Context(), "a", 1, func(hayon.Message) (bool, error) { return true, nil })
		if err != nil {
			t.Fatalf("Browse: %v", err)
		}
		wantDepth(t, b, "a", 0, 0)
		wantSeen(t, b, "dead", "30s", "10s", "60s", "20s")
	})
}

// TestShorterGivenBack: what is given back may expire before the one that the queue waited for.
func TestShorterGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{}, graves(nil))
		defer closed(t, b)
		publish(t, b, expiring("short", time.Minute))
		ch, err := b.Consume(t.Context(), "a", 1)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		d := <-ch
		publish(t, b, expiring("long", time.Hour))
		later(30 * time.Second)
		blocker, err := b.Consume(t.Context(), "a", 1) // takes "long"
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		if got := (<-blocker).Message().ID; got != "long" {
			t.Fatalf("delivered %q, want long", got)
		}
		publish(t, b, expiring("longer", 2*time.Hour))
		if err := d.Nack(true); err != nil {
			t.Fatalf("Nack: %v", err)
		}
		if got := (<-ch).Message().ID; got != "short" {
			t.Fatalf("delivered %q, want short", got)
		}
	})
}

// TestCloseStopsTheClock: with messages that expire, that are delayed, that nobody has received, and with
// alarms that ring at the very moment. That nothing runs afterwards is what the bubble proves.
func TestCloseStopsTheClock(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{0, time.Second, 2 * time.Second} {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				top := graves(nil)
				top.Exchanges = append(top.Exchanges, hayon.Exchange{
					Name: "late", Kind: hayon.ExchangeDelayed, Arguments: map[string]any{hayon.ArgDelayedType: hayon.ExchangeTopic},
				})
				brokers := make([]*local.Broker, 50)
				for i := range brokers {
					b := declared(t, local.Config{Delayed: true}, top)
					publish(t, b, expiring("unreceived", 0))
					if _, err := b.Consume(t.Context(), "a", 1); err != nil {
						t.Fatalf("Consume: %v", err)
					}
					publish(t, b, expiring("m", time.Second))
					publish(t, b, delayed("late", 1000))
					publish(t, b, expiring("later", time.Hour))
					publish(t, b, delayed("later", 1_000_000))
					brokers[i] = b
				}
				<-time.After(wait) // at 1 s the alarms ring while Close runs
				start := time.Now()
				for _, b := range brokers {
					closed(t, b)
				}
				if got := time.Since(start); got != 0 {
					t.Errorf("Close waited %v for what was to come", got)
				}
			})
		})
	}
}

// late is a topology with a delayed exchange.
func late(kind string) hayon.Topology {
	top := topology(nil)
	top.Exchanges = append(top.Exchanges, hayon.Exchange{
		Name: "late", Kind: hayon.ExchangeDelayed, Arguments: map[string]any{hayon.ArgDelayedType: kind},
	})
	top.Bindings = append(top.Bindings, hayon.Binding{Exchange: "late", Key: "a", Queue: "a"})
	return top
}

func delayed(id string, ms any) hayon.Message {
	return hayon.Message{Exchange: "late", RoutingKey: "a", ID: id, Headers: map[string]any{hayon.HeaderDelay: ms}}
}

func TestDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{Delayed: true}, late(hayon.ExchangeDirect))
		defer closed(t, b)
		for i, ms := range []any{300, int64(100), int32(200), 100, 100, int64(math.MaxUint32)} {
			publish(t, b, delayed(strconv.Itoa(i), ms))
		}
		wantDepth(t, b, "a", 0, 0)
		later(100*time.Millisecond - time.Nanosecond)
		wantSeen(t, b, "a")
		later(time.Nanosecond)
		wantSeen(t, b, "a", "1", "3", "4") // those of one instant as they were published
		later(100 * time.Millisecond)
		wantSeen(t, b, "a", "1", "3", "4", "2")
		later(time.Hour)
		wantSeen(t, b, "a", "1", "3", "4", "2", "0")
		later(math.MaxUint32 * time.Millisecond)
		wantSeen(t, b, "a", "1", "3", "4", "2", "0", "5")
		for _, ms := range []any{0, -1, int64(math.MinInt64), int64(math.MaxUint32) + 1, "100", 1.5, nil} {
			publish(t, b, delayed("now", ms))
		}
		if got := seen(t, b, "a"); len(got) != 13 {
			t.Errorf("ready: got %d messages, want 13: %v", len(got), got)
		}
	})
}

// TestDelayedTellsThatItWas: the header comes with its sign turned, as from the plugin.
func TestDelayedTellsThatItWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{Delayed: true}, late(hayon.ExchangeDirect))
		defer closed(t, b)
		m := delayed("m", 100)
		publish(t, b, m)
		ch, err := b.Consume(t.Context(), "a", 1)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		if got := (<-ch).Message().Headers[hayon.HeaderDelay]; got != int64(-100) {
			t.Errorf("header: got %v, want -100", got)
		}
		if m.Headers[hayon.HeaderDelay] != 100 {
			t.Error("the message of who published it was changed")
		}
	})
}

func TestDelayedIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{Delayed: true, MaxLength: 2}, late(hayon.ExchangeDirect))
		defer closed(t, b)
		publish(t, b, delayed("0", 100))
		publish(t, b, delayed("1", 100))
		c, err := b.Publish(t.Context(), delayed("2", 100))
		if err != nil {
			t.Fatalf("Publish: %v", err)
		}
		if err := c.Wait(t.Context()); hayon.CodeOf(err) != hayon.CodeUnavailable {
			t.Errorf("a third one: got %v, want unavailable", err)
		}
		later(time.Second)
		publish(t, b, delayed("3", 100))
		publish(t, b, delayed("4", 100))
		later(time.Second) // the queue is full: both are gone
		wantSeen(t, b, "a", "0", "1")
		if s := b.State(); s.Published != 5 || s.Confirmed != 4 || s.Refused != 1 {
			t.Errorf("counters: got %+v", s)
		}
	})
}

// TestExpiresInMasses: a hundred thousand at once, over two queues, without recursion.
func TestExpiresInMasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 100_000
		args := func(key string) map[string]any {
			return map[string]any{hayon.ArgMessageTTL: 1000, hayon.ArgDeadLetterExchange: "x", hayon.ArgDeadLetterRoutingKey: key}
		}
		top := topology(args("b"))
		top.Queues[1].Arguments = args("dead")
		top.Queues = append(top.Queues, hayon.Queue{Name: "dead"})
		top.Bindings = append(top.Bindings, hayon.Binding{Exchange: "x", Key: "dead", Queue: "dead"})
		b := declared(t, local.Config{}, top)
		defer closed(t, b)
		for range n {
			publish(t, b, expiring("m", 0))
		}
		later(time.Second)
		wantDepth(t, b, "a", 0, 0)
		wantDepth(t, b, "b", n, 0)
		later(time.Second)
		wantDepth(t, b, "b", 0, 0)
		wantDepth(t, b, "dead", n, 0)
	})
}

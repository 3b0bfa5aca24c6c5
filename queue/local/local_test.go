package local_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
	"github.com/hayon/hayon/queue/queuetest"
)

func harness() queuetest.Harness {
	return queuetest.Harness{
		Open: func(tb testing.TB) hayon.Broker { tb.Helper(); return open(tb, local.Config{Delayed: true}) },
		Features: slices.DeleteFunc(queuetest.Features(), func(f queuetest.Feature) bool {
			return f == queuetest.FeatureDurable
		}),
	}
}

func open(tb testing.TB, c local.Config) *local.Broker {
	tb.Helper()
	b, err := local.New(c)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return b
}

func TestBroker(t *testing.T) {
	t.Parallel()
	queuetest.Test(t, harness())
}

func BenchmarkBroker(b *testing.B) { queuetest.Benchmark(b, harness()) }

func TestNewRefusesNegativeLength(t *testing.T) {
	t.Parallel()
	if b, err := local.New(local.Config{MaxLength: -1}); b != nil || hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("got %v, %v, want invalid", b, err)
	}
}

// topology is one exchange that routes the keys a and b to the queues a and b, and both to all.
func topology(argsOfA map[string]any) hayon.Topology {
	return hayon.Topology{
		Exchanges: []hayon.Exchange{{Name: "x", Kind: hayon.ExchangeDirect}},
		Queues:    []hayon.Queue{{Name: "a", Arguments: argsOfA}, {Name: "b"}},
		Bindings: []hayon.Binding{
			{Exchange: "x", Key: "a", Queue: "a"},
			{Exchange: "x", Key: "b", Queue: "b"},
			{Exchange: "x", Key: "all", Queue: "a"},
			{Exchange: "x", Key: "all", Queue: "b"},
		},
	}
}

func send(t *testing.T, b *local.Broker, key string) error {
	t.Helper()
	c, err := b.Publish(t.Context(), hayon.Message{Exchange: "x", RoutingKey: key, ID: key, Body: []byte(key)})
	if err != nil {
		return err
	}
	return c.Wait(t.Context())
}

func wantDepth(t *testing.T, b *local.Broker, queue string, ready, unacked int) {
	t.Helper()
	d, err := b.Depth(t.Context(), queue)
	if err != nil || d.Ready != ready || d.Unacked != unacked {
		t.Errorf("depth of %s: got %+v, %v, want %d, %d", queue, d, err, ready, unacked)
	}
}

func TestLengthIsBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cfg  int
		args map[string]any
		want int
	}{
		{"by the configuration", 3, nil, 3},
		{"by the argument", 10, map[string]any{"x-max-length": 2, "x-overflow": "reject-publish"}, 2},
		{"by the smaller", 3, map[string]any{"x-max-length": int64(100_000), "x-overflow": "reject-publish"}, 3},
		{"to nothing", 3, map[string]any{"x-max-length": 0, "x-overflow": "reject-publish"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, local.Config{MaxLength: tt.cfg})
			t.Cleanup(func() { _ = b.Close() })
			if err := b.Declare(t.Context(), topology(tt.args)); err != nil {
				t.Fatalf("Declare: %v", err)
			}
			for i := range tt.want {
				if err := send(t, b, "a"); err != nil {
					t.Fatalf("publish %d: %v", i, err)
				}
			}
			if err := send(t, b, "a"); hayon.CodeOf(err) != hayon.CodeUnavailable {
				t.Errorf("publish to a full queue: got %v, want unavailable", err)
			}
			// One full queue is enough to refuse, and then no other queue has the message.
			if err := send(t, b, "all"); hayon.CodeOf(err) != hayon.CodeUnavailable {
				t.Errorf("publish to a full queue and another: got %v, want unavailable", err)
			}
			wantDepth(t, b, "a", tt.want, 0)
			wantDepth(t, b, "b", 0, 0)
		})
	}
}

func TestDeclareIsAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		bad  func(*hayon.Topology)
		want hayon.Code
	}{
		{"binding to an unknown queue", func(top *hayon.Topology) { top.Bindings[3].Queue = "nobody" }, hayon.CodeNotFound},
		{"binding to an unknown exchange", func(top *hayon.Topology) { top.Bindings[3].Exchange = "nobody" }, hayon.CodeNotFound},
		{"length that is none", func(top *hayon.Topology) { top.Queues[1].Arguments = map[string]any{"x-max-length": "5"} }, hayon.CodeInvalid},
		{"length below zero", func(top *hayon.Topology) { top.Queues[1].Arguments = map[string]any{"x-max-length": -5} }, hayon.CodeInvalid},
		{"queue in two forms", func(top *hayon.Topology) {
			top.Queues[1] = hayon.Queue{Name: "a", Arguments: map[string]any{"x-max-length": 5}}
		}, hayon.CodeConflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, local.Config{})
			t.Cleanup(func() { _ = b.Close() })
			top := topology(nil)
			tt.bad(&top)
			if err := b.Declare(t.Context(), top); hayon.CodeOf(err) != tt.want {
				t.Fatalf("Declare: got %v, want %s", err, tt.want)
			}
			if _, err := b.Depth(t.Context(), "a"); hayon.CodeOf(err) != hayon.CodeNotFound {
				t.Errorf("queue a after the error: got %v, want not_found", err)
			}
		})
	}
}

func TestConflictTellsTheDifference(t *testing.T) {
	t.Parallel()
	b := open(t, local.Config{})
	t.Cleanup(func() { _ = b.Close() })
	if err := b.Declare(t.Context(), topology(map[string]any{"x-delivery-limit": 20})); err != nil {
		t.Fatalf("Declare: %v", err)
	}
	for _, tt := range []struct {
		name string
		args map[string]any
		want string // "" for no conflict
	}{
		{"same", map[string]any{"x-delivery-limit": 20}, ""},
		{"same in another type", map[string]any{"x-delivery-limit": int64(20)}, ""},
		{"other value", map[string]any{"x-delivery-limit": 5}, "x-delivery-limit=20, not 5"},
		{"missing", nil, "x-delivery-limit=20, not none"},
		{"more", map[string]any{"x-delivery-limit": 20, "x-message-ttl": 1}, "x-message-ttl=none, not 1"},
		{"text for a number", map[string]any{"x-delivery-limit": "20"}, `x-delivery-limit=20, not "20"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := b.Declare(t.Context(), topology(tt.args))
			if tt.want == "" {
				if err != nil {
					t.Errorf("Declare: %v", err)
				}
				return
			}
			if hayon.CodeOf(err) != hayon.CodeConflict || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a conflict with %s", err, tt.want)
			}
		})
	}
}

func TestGivenBackKeepsOrder(t *testing.T) {
	t.Parallel()
	b := open(t, local.Config{})
	t.Cleanup(func() { _ = b.Close() })
	if err := b.Declare(t.Context(), topology(nil)); err != nil {
		t.Fatalf("Declare: %v", err)
	}
	var want []string
	for i := range 4 {
		id := strconv.Itoa(i)
		want = append(want, id)
		if _, err := b.Publish(t.Context(), hayon.Message{Exchange: "x", RoutingKey: "a", ID: id}); err != nil {
			t.Fatalf("publish: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ch, err := b.Consume(ctx, "a", 3)
	if err != nil {
		t.Fatalf("Consume: %v", err)
	}
	held := []hayon.Delivery{<-ch, <-ch, <-ch}
	cancel()
	<-ch // closed: nothing is delivered any more
	for _, i := range []int{1, 2, 0} {
		if err := held[i].Nack(true); err != nil {
			t.Fatalf("Nack: %v", err)
		}
	}
	ch, err = b.Consume(t.Context(), "a", 4)
	if err != nil {
		t.Fatalf("Consume: %v", err)
	}
	var got []string
	for range want {
		got = append(got, (<-ch).Message().ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// TestNothingRunsAfterClose proves by the bubble that no goroutine is left: synctest.Test fails
// when one is.
func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, local.Config{})
		if err := b.Declare(t.Context(), topology(nil)); err != nil {
			t.Fatalf("Declare: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stopped, err := b.Consume(ctx, "a", 1)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		going, err := b.Consume(t.Context(), "a", 1)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		cancel() // its end runs while the broker closes
		if err := b.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		for name, ch := range map[string]<-chan hayon.Delivery{"stopped": stopped, "going on": going} {
			select {
			case _, ok := <-ch:
				if ok {
					t.Errorf("consumer %s got a message", name)
				}
			default:
				t.Errorf("consumer %s is open after Close", name)
			}
		}
	})
}

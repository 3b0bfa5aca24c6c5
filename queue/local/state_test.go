package local_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

// TestDeliveredIsWhatWasReceived: what lies in the channel of a consumer is not counted, also not once
// its end has taken it back.
func TestDeliveredIsWhatWasReceived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{}, topology(nil))
		defer closed(t, b)
		for _, id := range []string{"0", "1", "2", "3"} {
			publish(t, b, expiring(id, 0))
		}
		seen(t, b, "a") // all have been given back once
		publish(t, b, expiring("4", 0))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ch, err := b.Consume(ctx, "a", 3)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		want := func(delivered, redelivered, acked uint64) {
			t.Helper()
			if s := b.State(); s.Delivered != delivered || s.Redelivered != redelivered || s.Acked != acked {
				t.Errorf("counters: got %+v, want %d, %d, %d", s, delivered, redelivered, acked)
			}
		}
		want(0, 0, 0)
		var held []hayon.Delivery
		for i := range uint64(2) {
			held = append(held, <-ch)
			want(i+1, i+1, 0)
		}
		for i, d := range held {
			if err := d.Ack(); err != nil {
				t.Fatalf("Ack: %v", err)
			}
			want(2, 2, uint64(i)+1)
		}
		<-ch
		<-ch
		want(4, 4, 2) // the fifth, which is new, lies in the channel
		cancel()
		synctest.Wait()
		want(4, 4, 2)
		wantDepth(t, b, "a", 1, 2)
		next, err := b.Consume(t.Context(), "a", 1)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		if (<-next).Redelivered() {
			t.Error("a message that nobody had received says that it is redelivered")
		}
		want(5, 4, 2)
	})
}

func TestStateOfDelay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cfg  local.Config
		want hayon.BrokerState
	}{
		{local.Config{}, hayon.BrokerState{Delay: hayon.DelayStore}},
		{local.Config{Delayed: true}, hayon.BrokerState{Delay: hayon.DelayPlugin, Delayed: true}},
	} {
		b := open(t, tt.cfg)
		t.Cleanup(func() { closed(t, b) })
		if s := b.State(); s.Delayed {
			t.Errorf("before it is declared: got %+v", s)
		}
		if err := b.Declare(t.Context(), hayon.NewTopology([]string{"demo"})); err != nil {
			t.Fatalf("Declare: %v", err)
		}
		if s := b.State(); s.Kind != hayon.BrokerLocal || s.Delay != tt.want.Delay || s.Delayed != tt.want.Delayed {
			t.Errorf("state: got %+v, want %+v", s, tt.want)
		}
	}
}

package queuetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/hayon/hayon"
)

func concurrentCases() []testCase {
	return []testCase{
		{name: "nothing lost", run: concurrentCounts},
		{name: "never more than prefetch", run: concurrentPrefetch},
		{name: "consumers come and go", run: concurrentChurn},
	}
}

// total is how many messages the concurrent cases send.
const total = 2000

// publishAll sends total different bodies from several goroutines and waits for the confirmations.
func publishAll(t *testing.T, f *fixture, wg *sync.WaitGroup) {
	t.Helper()
	const publishers = 4
	for p := range publishers {
		wg.Go(func() {
			for i := p; i < total; i += publishers {
				c, err := f.Publish(t.Context(), f.message(fmt.Sprintf("m%d", i)))
				if err == nil {
					err = c.Wait(t.Context())
				}
				if err != nil {
					t.Errorf("publish %d: %v", i, err)
					return
				}
			}
		})
	}
}

// tally counts deliveries and says when every body has been acknowledged.
type tally struct {
	mu   sync.Mutex
	seen map[string]int // guarded by mu
	done context.CancelFunc
}

func (c *tally) add(body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[body]++
	if len(c.seen) == total {
		c.done()
	}
}

// check fails unless each body was acknowledged exactly once.
func (c *tally) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.seen) != total {
		t.Errorf("acknowledged: got %d different messages, want %d", len(c.seen), total)
	}
	for body, n := range c.seen {
		if n != 1 {
			t.Errorf("message %q was acknowledged %d times", body, n)
		}
	}
}

func concurrentCounts(t *testing.T, f *fixture) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	count := &tally{seen: map[string]int{}, done: cancel}
	var wg sync.WaitGroup
	for _, prefetch := range []int{1, 2, 7, 50} {
		ch, err := f.Consume(ctx, f.queue, prefetch)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		wg.Go(func() {
			for d := range ch {
				body := string(d.Message().Body)
				if !d.Redelivered() && len(body)%2 == 0 { // every other length is given back once
					if err := d.Nack(true); err != nil {
						t.Errorf("Nack: %v", err)
					}
					continue
				}
				if err := d.Ack(); err != nil {
					t.Errorf("Ack: %v", err)
				}
				count.add(body)
			}
		})
	}
	publishAll(t, f, &wg)
	wg.Wait()
	count.check(t)
	f.depth(t, f.queue, 0, 0)
}

func concurrentPrefetch(t *testing.T, f *fixture) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	count := &tally{seen: map[string]int{}, done: cancel}
	var wg sync.WaitGroup
	for _, prefetch := range []int{1, 1, 5} {
		held := &peak{}
		ch, err := f.Consume(ctx, f.queue, prefetch)
		if err != nil {
			t.Fatalf("Consume: %v", err)
		}
		settle := make(chan hayon.Delivery, total)
		wg.Go(func() {
			defer close(settle)
			for d := range ch {
				held.up()
				settle <- d
			}
			if got := held.max.Load(); got > int64(prefetch) {
				t.Errorf("held %d messages at prefetch %d", got, prefetch)
			}
		})
		wg.Go(func() {
			for d := range settle {
				held.down() // before the broker knows, so that the count is never too high
				if err := d.Ack(); err != nil {
					t.Errorf("Ack: %v", err)
				}
				count.add(string(d.Message().Body))
			}
		})
	}
	publishAll(t, f, &wg)
	wg.Wait()
	count.check(t)
}

// concurrentChurn ends consumers in the middle of work; what they leave must reach the others.
func concurrentChurn(t *testing.T, f *fixture) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	count := &tally{seen: map[string]int{}, done: cancel}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := shortLife(ctx, f, count); err != nil && ctx.Err() == nil {
					t.Errorf("consumer: %v", err)
					return
				}
			}
		})
	}
	publishAll(t, f, &wg)
	wg.Wait()
	count.check(t)
	f.depth(t, f.queue, 0, 0)
}

// shortLife is a consumer that ends after 20 messages, with others still in its channel.
func shortLife(ctx context.Context, f *fixture, count *tally) error {
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	ch, err := f.Consume(own, f.queue, 10)
	if err != nil {
		return err
	}
	n := 0
	for d := range ch {
		if err := d.Ack(); err != nil {
			return err
		}
		count.add(string(d.Message().Body))
		if n++; n == 20 {
			cancel()
		}
	}
	return nil
}

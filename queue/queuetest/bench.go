package queuetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// Benchmark measures publishing with 100 confirmations in flight, and consuming at prefetch 1 and
// 50; one operation is one message.
func Benchmark(b *testing.B, h Harness) {
	b.Run("publish/window=100", func(b *testing.B) { benchmarkPublish(b, newFixture(b, h)) })
	for _, prefetch := range []int{1, 50} {
		b.Run(fmt.Sprintf("consume/prefetch=%d", prefetch), func(b *testing.B) {
			benchmarkConsume(b, newFixture(b, h), prefetch)
		})
	}
}

// refill is about how many messages are in the queue at most while measuring.
const refill = 10_000

// benchmarkPublish measures with a consumer that empties the queue. Where that one falls behind, the
// clock stands until it has caught up, so that the queue never is full.
func benchmarkPublish(b *testing.B, f *fixture) {
	b.ReportAllocs()
	const window = 100
	m := f.message("0123456789")
	flight := make([]hayon.Confirmation, 0, window)
	ch := f.consume(b, f.queue, 1000)
	var acked atomic.Int64
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for d := range ch {
			if err := d.Ack(); err != nil {
				b.Errorf("Ack: %v", err)
			}
			acked.Add(1)
		}
	}()
	var sent int64
	for b.Loop() {
		c, err := f.Publish(b.Context(), m)
		if err != nil {
			b.Fatal(err)
		}
		sent++
		if flight = append(flight, c); len(flight) == window {
			settleFlight(b, flight)
			flight = flight[:0]
			if sent-acked.Load() > refill {
				b.StopTimer()
				catchUp(b, &acked, sent)
				b.StartTimer()
			}
		}
	}
	settleFlight(b, flight)
	b.StopTimer()
	if err := f.Close(); err != nil {
		b.Error(err)
	}
	<-drained
}

// catchUp waits until everything that was sent has been acknowledged.
func catchUp(b *testing.B, acked *atomic.Int64, sent int64) {
	b.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); acked.Load() < sent; {
		if time.Now().After(deadline) {
			b.Fatalf("acknowledged: got %d of %d messages", acked.Load(), sent)
		}
		<-tick.C
	}
}

func settleFlight(b *testing.B, flight []hayon.Confirmation) {
	b.Helper()
	for _, c := range flight {
		if err := c.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkConsume(b *testing.B, f *fixture, prefetch int) {
	b.ReportAllocs()
	ch := f.consume(b, f.queue, prefetch)
	left := 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			fill(b, f)
			left = refill
			b.StartTimer()
		}
		left--
		if err := receive(b, ch).Ack(); err != nil {
			b.Fatal(err)
		}
	}
}

func fill(b *testing.B, f *fixture) {
	b.Helper()
	m := f.message("0123456789")
	flight := make([]hayon.Confirmation, 0, 100)
	for range refill {
		c, err := f.Publish(b.Context(), m)
		if err != nil {
			b.Fatal(err)
		}
		if flight = append(flight, c); len(flight) == cap(flight) {
			settleFlight(b, flight)
			flight = flight[:0]
		}
	}
}

package queuetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/hayon/hayon"
)

func consumeCases() []testCase {
	return []testCase{
		{name: "order", run: consumeOrder},
		{name: "before and after publishing", run: consumeBefore},
		{name: "unknown queue", run: consumeUnknown},
		{name: "prefetch out of range", run: consumeBadPrefetch},
		{name: "prefetch 1 two consumers", run: consumePrefetch1},
		{name: "prefetch 3", run: consumePrefetch3},
		{name: "turns", run: consumeTurns},
		{name: "end gives back", run: consumeEndGivesBack},
		{name: "end leaves held", run: consumeEndLeavesHeld},
		{name: "end hands on", run: consumeEndHandsOn},
		{name: "depth", run: consumeDepth},
		{name: "count", run: consumeCount},
	}
}

func consumeOrder(t *testing.T, f *fixture) {
	all := bodies(200)
	f.put(t, all...)
	ch := f.consume(t, f.queue, 7)
	for _, body := range all {
		ack(t, receiveBody(t, ch, body))
	}
	f.depth(t, f.queue, 0, 0)
}

func consumeBefore(t *testing.T, f *fixture) {
	f.put(t, "early")
	ch := f.consume(t, f.queue, 1)
	ack(t, receiveBody(t, ch, "early"))
	f.put(t, "late")
	ack(t, receiveBody(t, ch, "late"))
}

func consumeUnknown(t *testing.T, f *fixture) {
	_, err := f.Consume(t.Context(), f.queue+"_unknown", 1)
	wantCode(t, err, hayon.CodeNotFound)
	_, err = f.Depth(t.Context(), f.queue+"_unknown")
	wantCode(t, err, hayon.CodeNotFound)
	f.put(t, "the rest works")
}

func consumeBadPrefetch(t *testing.T, f *fixture) {
	for _, n := range []int{-1, 0, 65_536} {
		_, err := f.Consume(t.Context(), f.queue, n)
		wantCode(t, err, hayon.CodeInvalid)
	}
}

func consumePrefetch1(t *testing.T, f *fixture) {
	f.put(t, bodies(6)...)
	a, b := f.consume(t, f.queue, 1), f.consume(t, f.queue, 1)
	da, db := receive(t, a), receive(t, b)
	f.depth(t, f.queue, 4, 2)
	none(t, a)
	none(t, b)
	ack(t, da)
	da = receive(t, a) // only the one that acknowledged may have the next
	none(t, b)
	none(t, a)
	f.depth(t, f.queue, 3, 2)
	nack(t, db, false)
	db = receive(t, b)
	none(t, a)
	ack(t, da)
	ack(t, db)
	ack(t, receive(t, a))
	ack(t, receive(t, b))
	f.depth(t, f.queue, 0, 0)
}

func consumePrefetch3(t *testing.T, f *fixture) {
	f.put(t, bodies(10)...)
	ch := f.consume(t, f.queue, 3)
	held := []hayon.Delivery{receiveBody(t, ch, "0"), receiveBody(t, ch, "1"), receiveBody(t, ch, "2")}
	none(t, ch)
	f.depth(t, f.queue, 7, 3)
	ack(t, held[1]) // in any order
	receiveBody(t, ch, "3")
	none(t, ch)
	f.depth(t, f.queue, 6, 3)
}

// consumeTurns: of two idle consumers none gets everything.
func consumeTurns(t *testing.T, f *fixture) {
	const n = 40
	a, b := f.consume(t, f.queue, 1), f.consume(t, f.queue, 1)
	got := map[string]int{}
	for _, body := range bodies(n) {
		f.put(t, body)
		select {
		case d := <-a:
			got["a"]++
			ack(t, d)
		case d := <-b:
			got["b"]++
			ack(t, d)
		case <-t.Context().Done():
			t.Fatal("the test ended")
		}
	}
	if got["a"] < n/4 || got["b"] < n/4 || got["a"]+got["b"] != n {
		t.Errorf("turns: got %v of %d, want at least a quarter each", got, n)
	}
}

// consumeEndGivesBack: what was sent to a consumer and never received is delivered to the next, in
// order.
func consumeEndGivesBack(t *testing.T, f *fixture) {
	f.put(t, bodies(5)...)
	ch, cancel := f.consumeUntil(t, f.queue, 3)
	ack(t, receiveBody(t, ch, "0"))
	f.depth(t, f.queue, 1, 3)
	cancel()
	f.depth(t, f.queue, 4, 0)
	if late := ended(t, ch); len(late) != 0 {
		t.Errorf("the ended consumer still delivered %d messages that went back", len(late))
	}
	next := f.consume(t, f.queue, 10)
	for _, body := range []string{"1", "2", "3", "4"} {
		ack(t, receiveBody(t, next, body))
	}
	f.depth(t, f.queue, 0, 0)
}

// consumeEndLeavesHeld: what was received may still be settled after the end.
func consumeEndLeavesHeld(t *testing.T, f *fixture) {
	f.put(t, "acked", "given back")
	ch, cancel := f.consumeUntil(t, f.queue, 2)
	first, second := receiveBody(t, ch, "acked"), receiveBody(t, ch, "given back")
	cancel()
	if late := ended(t, ch); len(late) != 0 {
		t.Fatalf("delivered %d more, want none", len(late))
	}
	f.depth(t, f.queue, 0, 2)
	ack(t, first)
	nack(t, second, true)
	d := receiveBody(t, f.consume(t, f.queue, 1), "given back")
	if !d.Redelivered() {
		t.Error("the second delivery does not say that it is redelivered")
	}
	ack(t, d)
	f.depth(t, f.queue, 0, 0)
}

// consumeEndHandsOn: a consumer that waits gets what an ended one leaves.
func consumeEndHandsOn(t *testing.T, f *fixture) {
	first, cancel := f.consumeUntil(t, f.queue, 2)
	f.put(t, "0", "1")
	f.depth(t, f.queue, 0, 2)
	second := f.consume(t, f.queue, 2)
	none(t, second)
	cancel()
	ack(t, receiveBody(t, second, "0"))
	ack(t, receiveBody(t, second, "1"))
	if late := ended(t, first); len(late) != 0 {
		t.Errorf("the ended consumer still delivered %d messages", len(late))
	}

	over, cancel := context.WithCancel(t.Context())
	cancel()
	ch, err := f.Consume(over, f.queue, 1)
	if err == nil {
		ended(t, ch)
	} else {
		wantCode(t, err, hayon.CodeUnavailable)
	}
}

func consumeDepth(t *testing.T, f *fixture) {
	f.depth(t, f.queue, 0, 0)
	f.put(t, bodies(4)...)
	f.depth(t, f.queue, 4, 0)
	ch := f.consume(t, f.queue, 1)
	d := receive(t, ch)
	f.depth(t, f.queue, 3, 1)
	ack(t, d)
	f.depth(t, f.queue, 2, 1)
}

func consumeCount(t *testing.T, f *fixture) {
	want := func(n int) {
		t.Helper()
		f.poll(t, func() string {
			d, err := f.Depth(t.Context(), f.queue)
			if err != nil {
				t.Fatalf("Depth: %v", err)
			}
			if d.Consumers == n {
				return ""
			}
			return fmt.Sprintf("consumers: got %d, want %d", d.Consumers, n)
		})
	}
	want(0)
	f.consume(t, f.queue, 1)
	_, cancel := f.consumeUntil(t, f.queue, 1)
	want(2)
	cancel()
	want(1)
}

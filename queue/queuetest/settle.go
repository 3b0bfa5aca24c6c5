package queuetest

import (
	"testing"

	"github.com/hayon/hayon"
)

func settleCases() []testCase {
	return []testCase{
		{name: "requeue to the head", run: settleRequeue},
		{name: "requeue several", run: settleRequeueSeveral},
		{name: "drop", run: settleDrop},
		{name: "twice", run: settleTwice},
		{name: "redelivered many times", run: settleMany},
	}
}

func settleRequeue(t *testing.T, f *fixture) {
	f.put(t, "0", "1", "2")
	ch := f.consume(t, f.queue, 1)
	d := receiveBody(t, ch, "0")
	nack(t, d, true)
	if d.Redelivered() {
		t.Error("giving back changed the delivery that was given back")
	}
	d = receiveBody(t, ch, "0")
	if !d.Redelivered() {
		t.Error("the second delivery does not say that it is redelivered")
	}
	ack(t, d)
	d = receiveBody(t, ch, "1")
	if d.Redelivered() {
		t.Error("another message's first delivery says that it is redelivered")
	}
}

// settleRequeueSeveral: nothing that was given back is lost or comes after what was never delivered.
func settleRequeueSeveral(t *testing.T, f *fixture) {
	f.put(t, bodies(5)...)
	ch, cancel := f.consumeUntil(t, f.queue, 3)
	held := []hayon.Delivery{receiveBody(t, ch, "0"), receiveBody(t, ch, "1"), receiveBody(t, ch, "2")}
	cancel()
	ended(t, ch)
	for _, i := range []int{1, 0, 2} {
		nack(t, held[i], true)
	}
	f.depth(t, f.queue, 5, 0) // a server takes its time; a consumer that waits would get the others first
	ch = f.consume(t, f.queue, 5)
	back := map[string]bool{}
	for range 3 {
		d := receive(t, ch)
		back[string(d.Message().Body)] = true
		if !d.Redelivered() {
			t.Errorf("message %q does not say that it is redelivered", d.Message().Body)
		}
	}
	if len(back) != 3 || !back["0"] || !back["1"] || !back["2"] {
		t.Errorf("redelivered: got %v, want 0, 1 and 2", back)
	}
	receiveBody(t, ch, "3")
	receiveBody(t, ch, "4")
}

func settleDrop(t *testing.T, f *fixture) {
	f.put(t, "bad", "good")
	ch := f.consume(t, f.queue, 1)
	nack(t, receiveBody(t, ch, "bad"), false)
	ack(t, receiveBody(t, ch, "good"))
	f.depth(t, f.queue, 0, 0)
}

// settleTwice: a second word on a delivery is refused and touches no other message.
func settleTwice(t *testing.T, f *fixture) {
	f.put(t, bodies(4)...)
	ch := f.consume(t, f.queue, 2)
	first, second := receiveBody(t, ch, "0"), receiveBody(t, ch, "1")
	ack(t, first)
	wantCode(t, first.Ack(), hayon.CodeConflict)
	wantCode(t, first.Nack(true), hayon.CodeConflict)
	third := receiveBody(t, ch, "2")
	none(t, ch) // no credit was won
	f.depth(t, f.queue, 1, 2)
	nack(t, second, true)
	wantCode(t, second.Nack(false), hayon.CodeConflict)
	wantCode(t, second.Ack(), hayon.CodeConflict)
	ack(t, receiveBody(t, ch, "1"))
	ack(t, third)
	ack(t, receiveBody(t, ch, "3"))
	f.depth(t, f.queue, 0, 0)
}

// settleMany stays below every delivery limit.
func settleMany(t *testing.T, f *fixture) {
	f.put(t, "again")
	ch := f.consume(t, f.queue, 1)
	for i := range 10 {
		d := receiveBody(t, ch, "again")
		if d.Redelivered() != (i > 0) {
			t.Errorf("delivery %d: redelivered is %t", i, d.Redelivered())
		}
		nack(t, d, true)
	}
	ack(t, receiveBody(t, ch, "again"))
}

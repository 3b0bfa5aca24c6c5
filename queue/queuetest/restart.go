package queuetest

import "testing"

// restartKeepsMessages: the consumer ends before the restart, for it would go on after it by itself.
func restartKeepsMessages(t *testing.T, f *fixture, h Harness) {
	t.Helper()
	f.put(t, "held", "waiting")
	ch, cancel := f.consumeUntil(t, f.queue, 1)
	held := receiveBody(t, ch, "held")
	cancel()
	ended(t, ch)
	next := h.Restart(t, f.Broker)
	t.Cleanup(func() {
		if err := next.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if err := held.Ack(); err != nil { // on a session that is gone it does nothing
		t.Errorf("Ack after the restart: %v", err)
	}
	again := &fixture{Broker: next, harness: h, topic: f.topic, direct: f.direct, queue: f.queue}
	again.declare(t, again.topology())
	again.depth(t, f.queue, 2, 0)
	ch = again.consume(t, f.queue, 2)
	d := receiveBody(t, ch, "held")
	if !d.Redelivered() {
		t.Error("the message that was held does not say that it is redelivered")
	}
	ack(t, d)
	ack(t, receiveBody(t, ch, "waiting"))
	again.depth(t, f.queue, 0, 0)
}

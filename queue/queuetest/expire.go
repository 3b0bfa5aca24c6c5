package queuetest

import (
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func expireCases() []testCase {
	message := []Feature{FeatureExpiration, FeatureDeadLetter}
	return []testCase{
		{name: "queue", needs: []Feature{FeatureTTL}, run: expireQueue},
		{name: "queue to dead letters", needs: []Feature{FeatureTTL, FeatureDeadLetter}, run: expireQueueDead},
		{name: "message", needs: []Feature{FeatureExpiration}, run: expireMessage},
		{name: "message to dead letters", needs: message, run: expireMessageDead},
		{name: "the smaller counts", needs: []Feature{FeatureTTL, FeatureExpiration, FeatureDeadLetter}, run: expireSmaller},
		{name: "order", needs: message, run: expireOrder},
		{name: "behind one that stays", needs: message, run: expireBehind},
		{name: "while held", needs: message, run: expireHeld},
	}
}

// brief is a time to live that a case waits for.
const brief = 200 * time.Millisecond

func milliseconds(d time.Duration) int { return int(d.Milliseconds()) }

// notBefore fails where less than d has gone by since start.
func notBefore(t *testing.T, start time.Time, d time.Duration) {
	t.Helper()
	if got := time.Since(start); got < d-early {
		t.Errorf("it came after %v, want not before %v", got, d)
	}
}

// expiring is a message for the key "work".
func (f *fixture) expiring(body string, after time.Duration) hayon.Message {
	m := f.to("work", body)
	m.Expiration = after
	return m
}

func expireQueue(t *testing.T, f *fixture) {
	name := f.queue + "_short"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{hayon.ArgMessageTTL: milliseconds(brief)})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "short", Queue: name}},
	})
	f.take(t, f.to("short", "fleeting"), f.to("short", "fleeting too"))
	f.depth(t, name, 0, 0)
	ch := f.consume(t, name, 1)
	none(t, ch)
	f.take(t, f.to("short", "caught"))
	ack(t, receiveBody(t, ch, "caught"))
}

func expireQueueDead(t *testing.T, f *fixture) {
	g := f.graveyard(t, map[string]any{hayon.ArgMessageTTL: milliseconds(brief)})
	m := f.to("work", "fleeting")
	start := time.Now()
	f.take(t, m)
	d := receiveBody(t, f.consume(t, g.dead, 1), "fleeting")
	notBefore(t, start, brief)
	wantSame(t, d.Message(), m, f.direct, "work")
	wantDeaths(t, d.Message(), hayon.Death{Queue: g.work, Reason: expired, Exchange: f.topic, Keys: []string{"work"}, Count: 1})
	ack(t, d)
}

func expireMessage(t *testing.T, f *fixture) {
	m := f.message("fleeting")
	m.Expiration = brief
	f.take(t, m, f.message("stays"))
	f.depth(t, f.queue, 1, 0)
	ack(t, receiveBody(t, f.consume(t, f.queue, 1), "stays"))
}

func expireMessageDead(t *testing.T, f *fixture) {
	g := f.graveyard(t, nil)
	m := f.expiring("fleeting", brief)
	start := time.Now()
	f.take(t, m)
	d := receiveBody(t, f.consume(t, g.dead, 1), "fleeting")
	notBefore(t, start, brief)
	wantSame(t, d.Message(), m, f.direct, "work")
	wantDeaths(t, d.Message(), hayon.Death{Queue: g.work, Reason: expired, Exchange: f.topic, Keys: []string{"work"}, Count: 1})
	list, _ := d.Message().Headers[hayon.HeaderDeath].([]any)
	if entry, ok := list[0].(map[string]any); !ok || entry["original-expiration"] != "200" {
		t.Errorf("death: got %v, want the original expiration 200", list[0])
	}
	ack(t, d)
}

// expireSmaller: of the times of queue and message the smaller one counts.
func expireSmaller(t *testing.T, f *fixture) {
	g := f.graveyard(t, map[string]any{hayon.ArgMessageTTL: milliseconds(brief)})
	long := f.queue + "_long"
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{{Name: long, Arguments: quorum(map[string]any{
			hayon.ArgMessageTTL: milliseconds(time.Hour), hayon.ArgDeadLetterExchange: f.direct, hayon.ArgDeadLetterRoutingKey: hayon.DeadKey,
		})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "long", Queue: long}},
	})
	ch := f.consume(t, g.dead, 1)
	start := time.Now()
	f.take(t, f.expiring("by the queue", time.Hour))
	ack(t, receiveBody(t, ch, "by the queue"))
	notBefore(t, start, brief)

	m := f.to("long", "by the message")
	m.Expiration = brief
	start = time.Now()
	f.take(t, m)
	ack(t, receiveBody(t, ch, "by the message"))
	notBefore(t, start, brief)
}

// expireOrder: a message waits behind one that expires later.
func expireOrder(t *testing.T, f *fixture) {
	const slow = 2 * brief
	g := f.graveyard(t, nil)
	start := time.Now()
	f.take(t, f.expiring("slow", slow), f.expiring("fast", brief/2))
	ch := f.consume(t, g.dead, 1)
	ack(t, receiveBody(t, ch, "slow"))
	notBefore(t, start, slow)
	ack(t, receiveBody(t, ch, "fast"))
}

// expireBehind: once the head is gone, what has expired behind it is not delivered.
func expireBehind(t *testing.T, f *fixture) {
	g := f.graveyard(t, nil)
	f.take(t, f.to("work", "stays"), f.expiring("fleeting", brief/2))
	dead := f.consume(t, g.dead, 1)
	noneFor(t, dead, brief)
	f.depth(t, g.work, 2, 0)
	ch := f.consume(t, g.work, 1)
	ack(t, receiveBody(t, ch, "stays"))
	ack(t, receiveBody(t, dead, "fleeting"))
	none(t, ch)
}

// expireHeld: who has received a message in time may take as long as he likes; given back, it expires.
func expireHeld(t *testing.T, f *fixture) {
	g := f.graveyard(t, nil)
	ch, dead := f.consume(t, g.work, 2), f.consume(t, g.dead, 1)
	f.take(t, f.expiring("done", time.Second), f.expiring("given back", time.Second))
	done, back := receiveBody(t, ch, "done"), receiveBody(t, ch, "given back")
	noneFor(t, dead, time.Second+early)
	ack(t, done)
	nack(t, back, true)
	d := receiveBody(t, dead, "given back")
	wantDeaths(t, d.Message(), hayon.Death{Queue: g.work, Reason: expired, Exchange: f.topic, Keys: []string{"work"}, Count: 1})
	ack(t, d)
	none(t, ch)
}

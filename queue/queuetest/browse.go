package queuetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func browseCases() []testCase {
	return []testCase{
		{name: "order", run: browseOrder},
		{name: "properties", run: browseProperties},
		{name: "removes some", run: browseRemoves},
		{name: "error ends", run: browseError},
		{name: "limit", run: browseLimit},
		{name: "nothing", run: browseNothing},
		{name: "not what is held", run: browseHeld},
		{name: "publishes meanwhile", run: browsePublishes},
		{name: "consumer goes on", run: browseConsumer},
		{name: "delivery limit", needs: []Feature{FeatureDeliveryLimit, FeatureDeadLetter}, run: browseDeliveryLimit},
	}
}

// browse looks at a queue, removes the bodies named, and answers the bodies seen.
func (f *fixture) browse(t *testing.T, queue string, limit int, remove ...string) []string {
	t.Helper()
	var seen []string
	err := f.Browse(t.Context(), queue, limit, func(m hayon.Message) (bool, error) {
		seen = append(seen, string(m.Body))
		return slices.Contains(remove, string(m.Body)), nil
	})
	if err != nil {
		t.Fatalf("Browse: %v", err)
	}
	return seen
}

func wantBodies(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// rest consumes n messages of the fixture's queue and answers their bodies, those that were delivered
// before with a mark.
func (f *fixture) rest(t *testing.T, n int) []string {
	t.Helper()
	ch := f.consume(t, f.queue, n+1)
	var got []string
	for range n {
		d := receive(t, ch)
		body := string(d.Message().Body)
		if d.Redelivered() {
			body += " again"
		}
		got = append(got, body)
		ack(t, d)
	}
	none(t, ch)
	return got
}

func browseOrder(t *testing.T, f *fixture) {
	all := bodies(5)
	f.put(t, all...)
	for range 2 {
		wantBodies(t, "seen", f.browse(t, f.queue, 0), all...)
		f.depth(t, f.queue, 5, 0)
	}
	ch := f.consume(t, f.queue, 5)
	for _, body := range all {
		d := receiveBody(t, ch, body)
		if got := d.Message().Headers[hayon.HeaderDeliveryCount]; got != int64(2) || !d.Redelivered() {
			t.Errorf("message %s: given back %v times, redelivered is %t; want 2, true", body, got, d.Redelivered())
		}
	}
}

func browseProperties(t *testing.T, f *fixture) {
	m := f.message("m")
	m.Headers = map[string]any{hayon.HeaderAttempt: int64(2)}
	f.take(t, m)
	err := f.Browse(t.Context(), f.queue, 0, func(got hayon.Message) (bool, error) {
		delete(got.Headers, hayon.HeaderDeliveryCount) // 0 or nothing
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
		got.Body[0] = 'X'
		return false, nil
	})
	if err != nil {
		t.Fatalf("Browse: %v", err)
	}
	receiveBody(t, f.consume(t, f.queue, 1), "m")
}

func browseRemoves(t *testing.T, f *fixture) {
	f.put(t, bodies(6)...)
	wantBodies(t, "seen", f.browse(t, f.queue, 0, "0", "3", "4"), bodies(6)...)
	f.depth(t, f.queue, 3, 0)
	wantBodies(t, "rest", f.rest(t, 3), "1 again", "2 again", "5 again")
}

func browseError(t *testing.T, f *fixture) {
	f.put(t, bodies(5)...)
	enough := errors.New("enough")
	var seen []string
	err := f.Browse(t.Context(), f.queue, 0, func(m hayon.Message) (bool, error) {
		seen = append(seen, string(m.Body))
		switch string(m.Body) {
		case "0":
			return true, nil
		case "2":
			return true, enough // not removed: nothing was decided
		}
		return false, nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("Browse: got %v, want the error of look", err)
	}
	wantBodies(t, "seen", seen, "0", "1", "2")
	wantBodies(t, "rest", f.rest(t, 4), "1 again", "2 again", "3", "4")

	over, cancel := context.WithCancel(t.Context())
	cancel()
	err = f.Browse(over, f.queue, 0, func(hayon.Message) (bool, error) { return true, nil })
	wantCode(t, err, hayon.CodeUnavailable)
}

func browseLimit(t *testing.T, f *fixture) {
	f.put(t, bodies(5)...)
	wantBodies(t, "seen", f.browse(t, f.queue, 2), "0", "1")
	wantBodies(t, "seen", f.browse(t, f.queue, 3, "1"), "0", "1", "2")
	wantBodies(t, "seen", f.browse(t, f.queue, 100), "0", "2", "3", "4")
	f.depth(t, f.queue, 4, 0)
	wantBodies(t, "rest", f.rest(t, 4), "0 again", "2 again", "3 again", "4 again")
}

func browseNothing(t *testing.T, f *fixture) {
	wantBodies(t, "seen", f.browse(t, f.queue, 0))
	look := func(hayon.Message) (bool, error) { t.Error("look was called"); return false, nil }
	wantCode(t, f.Browse(t.Context(), f.queue+"_unknown", 0, look), hayon.CodeNotFound)
	f.put(t, "the rest works")
}

func browseHeld(t *testing.T, f *fixture) {
	f.put(t, bodies(3)...)
	ch, cancel := f.consumeUntil(t, f.queue, 1)
	held := receiveBody(t, ch, "0")
	cancel()
	ended(t, ch)
	wantBodies(t, "seen", f.browse(t, f.queue, 0, "1"), "1", "2")
	ack(t, held)
	wantBodies(t, "rest", f.rest(t, 1), "2 again")
}

// browsePublishes: what look does with the broker has its effect, and what it publishes into other
// queues is there.
func browsePublishes(t *testing.T, f *fixture) {
	other := f.queue + "_other"
	f.declare(t, hayon.Topology{
		Queues:   []hayon.Queue{{Name: other, Arguments: quorum(nil)}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "other", Queue: other}},
	})
	f.put(t, "0", "1")
	err := f.Browse(t.Context(), f.queue, 0, func(m hayon.Message) (bool, error) {
		return true, f.send(t, f.to("other", string(m.Body)+" replayed"))
	})
	if err != nil {
		t.Fatalf("Browse: %v", err)
	}
	ch := f.consume(t, other, 2)
	ack(t, receiveBody(t, ch, "0 replayed"))
	ack(t, receiveBody(t, ch, "1 replayed"))
	f.depth(t, f.queue, 0, 0)
}

// browseConsumer: one that waits gets what was looked at and kept.
func browseConsumer(t *testing.T, f *fixture) {
	f.put(t, bodies(3)...)
	var ch <-chan hayon.Delivery
	err := f.Browse(t.Context(), f.queue, 1, func(hayon.Message) (bool, error) {
		ch = f.consume(t, f.queue, 10)
		return false, nil
	})
	if err != nil {
		t.Fatalf("Browse: %v", err)
	}
	got := map[string]bool{}
	for range 3 {
		d := receive(t, ch)
		got[string(d.Message().Body)] = true
		ack(t, d)
	}
	if len(got) != 3 {
		t.Errorf("delivered: got %v, want 0, 1 and 2", got)
	}
	f.depth(t, f.queue, 0, 0)
}

// browseDeliveryLimit: looking counts as a delivery, and the last one that is allowed is the last look.
func browseDeliveryLimit(t *testing.T, f *fixture) {
	g := f.graveyard(t, map[string]any{hayon.ArgDeliveryLimit: 1})
	f.take(t, f.to("work", "looked at"))
	for n := range 2 {
		wantBodies(t, strings.Repeat("again ", n)+"seen", f.browse(t, g.work, 0), "looked at")
	}
	d := receiveBody(t, f.consume(t, g.dead, 1), "looked at")
	wantDeaths(t, d.Message(), hayon.Death{Queue: g.work, Reason: limited, Exchange: f.topic, Keys: []string{"work"}, Count: 1})
	ack(t, d)
	f.depth(t, g.work, 0, 0)
}

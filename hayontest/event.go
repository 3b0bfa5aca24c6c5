package hayontest

import (
	"context"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

var eventCases = []testCase{
	{"events in order", eventsInOrder},
	{"wait for an event", waitForEvent},
	{"wait in vain", waitInVain},
	{"wait that is given up", waitGivenUp},
}

func eventsInOrder(t *testing.T, f Fixture) {
	ctx := as(t, f.Actor)
	first := create(t, f, later("one"))
	second := create(t, f, later("two"))
	if _, err := f.Service.CancelPost(ctx, first.ID, hayon.PostChangeRequest{Reason: "typo"}); err != nil {
		t.Fatal(err)
	}
	events, err := f.Service.FindEvents(ctx, hayon.EventFilter{})
	if err != nil || len(events) < 3 {
		t.Fatalf("%d events (%v), want at least 3", len(events), err)
	}
	for i := 1; i < len(events); i++ {
		if events[i].Seq <= events[i-1].Seq {
			t.Errorf("event %d has seq %d after %d", i, events[i].Seq, events[i-1].Seq)
		}
	}
	if e := events[0]; e.Kind != hayon.EventCreated || e.Post != first.ID || e.At.IsZero() {
		t.Errorf("first event = %+v, want the creation of %s", e, first.ID)
	}
	end := events[len(events)-1]
	if end.Kind != hayon.EventState || end.To != hayon.StateCancelled || end.Post != first.ID || end.Reason != "typo" {
		t.Errorf("last event = %+v, want the cancel with its reason", end)
	}
	if seq, err := f.Service.LastSeq(ctx); err != nil || seq != end.Seq {
		t.Errorf("LastSeq = %d, %v; want %d", seq, err, end.Seq)
	}
	// Who knows the last one that it saw misses none.
	var resumed int
	for after := uint64(0); ; resumed++ {
		page, err := f.Service.FindEvents(ctx, hayon.EventFilter{After: after, Limit: 1})
		if err != nil || len(page) > 1 {
			t.Fatalf("%d events after %d (%v), want at most 1", len(page), after, err)
		}
		if len(page) == 0 {
			break
		}
		after = page[0].Seq
	}
	if resumed != len(events) {
		t.Errorf("%d events one by one, %d at once", resumed, len(events))
	}
	ofSecond, err := f.Service.FindEvents(ctx, hayon.EventFilter{Post: second.ID})
	if err != nil || len(ofSecond) == 0 {
		t.Errorf("no events of one post (%v)", err)
	}
	for _, e := range ofSecond {
		if e.Post != second.ID {
			t.Errorf("event %+v is not of %s", e, second.ID)
		}
	}
}

func waitForEvent(t *testing.T, f Fixture) {
	ctx := as(t, f.Actor)
	type answer struct {
		events []hayon.Event
		err    error
	}
	got := make(chan answer, 1)
	go func() {
		events, err := f.Service.FindEvents(ctx, hayon.EventFilter{Wait: 20 * time.Second})
		got <- answer{events, err}
	}()
	start := time.Now()
	p := create(t, f, later("news"))
	a := <-got
	if a.err != nil || len(a.events) == 0 || a.events[0].Post != p.ID {
		t.Errorf("waiting answered %+v, %v; want the creation of %s", a.events, a.err, p.ID)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the news took %v", took)
	}
}

func waitInVain(t *testing.T, f Fixture) {
	const wait = 50 * time.Millisecond
	start := time.Now()
	events, err := f.Service.FindEvents(as(t, f.Actor), hayon.EventFilter{Wait: wait})
	if err != nil || len(events) > 0 || time.Since(start) < wait {
		t.Errorf("%d events, %v after %v; want none after %v", len(events), err, time.Since(start), wait)
	}
}

func waitGivenUp(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(as(t, f.Actor))
	cancel()
	start := time.Now()
	if events, err := f.Service.FindEvents(ctx, hayon.EventFilter{Wait: 20 * time.Second}); err == nil {
		t.Errorf("a wait that was given up answered %v", events)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("giving up took %v", took)
	}
}

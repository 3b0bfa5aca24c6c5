package hayontest

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

func eventCases() []testCase {
	return []testCase{
		{"events in order", eventsInOrder},
		{"wait for an event", waitForEvent},
		{"wait in vain", waitInVain},
		{"wait that is given up", waitGivenUp},
	}
}

func eventsInOrder(w *world) {
	ctx := w.ctx()
	first := w.create(later("one"))
	second := w.create(later("two"))
	if _, err := w.Service.CancelPost(ctx, first.ID, hayon.PostChangeRequest{Reason: "typo"}); err != nil {
		w.Fatal(err)
	}
	events, err := w.Service.FindEvents(ctx, hayon.EventFilter{})
	if err != nil || len(events) < 3 {
		w.Fatalf("%d events (%v), want at least 3", len(events), err)
	}
	for i := 1; i < len(events); i++ {
		if events[i].Seq <= events[i-1].Seq {
			w.Errorf("event %d has seq %d after %d", i, events[i].Seq, events[i-1].Seq)
		}
	}
	if e := events[0]; e.Kind != hayon.EventCreated || e.Post != first.ID || e.At.IsZero() {
		w.Errorf("first event = %+v, want the creation of %s", e, first.ID)
	}
	end := events[len(events)-1]
	if end.Kind != hayon.EventState || end.To != hayon.StateCancelled || end.Post != first.ID || end.Reason != "typo" {
		w.Errorf("last event = %+v, want the cancel with its reason", end)
	}
	if seq, err := w.Service.LastSeq(ctx); err != nil || seq != end.Seq {
		w.Errorf("LastSeq = %d, %v; want %d", seq, err, end.Seq)
	}
	// Who knows the last one that it saw misses none.
	var resumed int
	for after := uint64(0); ; resumed++ {
		page, err := w.Service.FindEvents(ctx, hayon.EventFilter{After: after, Limit: 1})
		if err != nil || len(page) > 1 {
			w.Fatalf("%d events after %d (%v), want at most 1", len(page), after, err)
		}
		if len(page) == 0 {
			break
		}
		after = page[0].Seq
	}
	if resumed != len(events) {
		w.Errorf("%d events one by one, %d at once", resumed, len(events))
	}
	ofSecond, err := w.Service.FindEvents(ctx, hayon.EventFilter{Post: second.ID})
	if err != nil || len(ofSecond) == 0 {
		w.Errorf("no events of one post (%v)", err)
	}
	for _, e := range ofSecond {
		if e.Post != second.ID {
			w.Errorf("event %+v is not of %s", e, second.ID)
		}
	}
}

func waitForEvent(w *world) {
	ctx := w.ctx()
	type answer struct {
		events []hayon.Event
		err    error
	}
	got := make(chan answer, 1)
	go func() {
		events, err := w.Service.FindEvents(ctx, hayon.EventFilter{Wait: 20 * time.Second})
		got <- answer{events, err}
	}()
	start := time.Now()
	p := w.create(later("news"))
	a := <-got
	if a.err != nil || len(a.events) == 0 || a.events[0].Post != p.ID {
		w.Errorf("waiting answered %+v, %v; want the creation of %s", a.events, a.err, p.ID)
	}
	if took := time.Since(start); took > 10*time.Second {
		w.Errorf("the news took %v", took)
	}
}

func waitInVain(w *world) {
	const wait = 50 * time.Millisecond
	start := time.Now()
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Wait: wait})
	if err != nil || len(events) > 0 || time.Since(start) < wait {
		w.Errorf("%d events, %v after %v; want none after %v", len(events), err, time.Since(start), wait)
	}
}

func waitGivenUp(w *world) {
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	start := time.Now()
	if events, err := w.Service.FindEvents(ctx, hayon.EventFilter{Wait: 20 * time.Second}); err == nil {
		w.Errorf("a wait that was given up answered %v", events)
	}
	if took := time.Since(start); took > 10*time.Second {
		w.Errorf("giving up took %v", took)
	}
}

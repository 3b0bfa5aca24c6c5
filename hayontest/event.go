package hayontest

import (
	"context"
	"strconv"
	"time"

	"github.com/hayon/hayon"
)

func eventCases() []testCase {
	return []testCase{
		{"events in order", eventsInOrder},
		{"wait for an event", waitForEvent},
		{"wait in vain", waitInVain},
		{"wait that is given up", waitGivenUp},
		{"events of some kinds", eventKinds},
		{"wait for an event of a kind", waitForKind},
		{"live events", liveEvents},
		{"live events that nobody reads on", liveEventsLeft},
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
	end, last := events[len(events)-1], events[len(events)-2]
	if last.Kind != hayon.EventState || last.To != hayon.StateCancelled || last.Post != first.ID || last.Reason != "typo" {
		w.Errorf("last event but one = %+v, want the cancel of the target with its reason", last)
	}
	if end.Kind != hayon.EventRevised || end.Change != hayon.ChangeCancelled || end.Post != first.ID || end.Reason != "typo" {
		w.Errorf("last event = %+v, want the cancel of the post with its reason", end)
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

// A page of events that are left out is not the end.
func eventKinds(w *world) {
	var want []hayon.PostID
	for i := range 4 {
		p := w.create(later("post " + strconv.Itoa(i)))
		if i%2 == 1 {
			want = append(want, p.ID)
			w.move(p.ID, hayon.StateFailed)
		}
	}
	f := hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventFailed, hayon.EventMissed}, Limit: 1}
	for _, id := range want {
		events, err := w.Service.FindEvents(w.ctx(), f)
		if err != nil || len(events) != 1 || events[0].Kind != hayon.EventFailed || events[0].Post != id {
			w.Fatalf("after %d: %+v, %v; want that %s failed", f.After, events, err, id)
		}
		f.After = events[0].Seq
	}
	if events, err := w.Service.FindEvents(w.ctx(), f); err != nil || len(events) > 0 {
		w.Errorf("after the last one: %+v, %v; want none", events, err)
	}
	_, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Kinds: []hayon.EventKind{"post.liked"}})
	w.refused("an unknown kind", err, hayon.CodeUsage)
	for e, err := range w.Service.Events(w.ctx(), hayon.EventFilter{Kinds: []hayon.EventKind{"post.liked"}}) {
		if w.refused("live events of an unknown kind", err, hayon.CodeUsage); e.Seq != 0 {
			w.Errorf("got %+v with the error", e)
		}
		break
	}
}

func waitForKind(w *world) {
	type answer struct {
		events []hayon.Event
		err    error
	}
	p := w.create(later("to fail"))
	got := make(chan answer, 1)
	ctx := w.ctx()
	go func() {
		events, err := w.Service.FindEvents(ctx, hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventFailed}, Wait: 20 * time.Second})
		got <- answer{events, err}
	}()
	w.create(later("of another kind"))
	w.move(p.ID, hayon.StateFailed)
	if a := <-got; a.err != nil || len(a.events) != 1 || a.events[0].Post != p.ID || a.events[0].Kind != hayon.EventFailed {
		w.Errorf("waiting answered %+v, %v; want that %s failed", a.events, a.err, p.ID)
	}
}

// Live events begin with what is in the journal and go on with what happens, each once and in order,
// until their context ends.
func liveEvents(w *world) {
	ctx, cancel := context.WithCancel(w.ctx())
	defer cancel()
	first := w.create(later("before"))
	const more = 5
	var posts []hayon.PostID
	var last uint64
	for e, err := range w.Service.Events(ctx, hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventCreated}}) {
		if err != nil {
			w.Fatalf("after %d events: %v", len(posts), err)
		}
		if e.Seq <= last || e.Kind != hayon.EventCreated {
			w.Errorf("event %+v after %d", e, last)
		}
		last = e.Seq
		posts = append(posts, e.Post)
		if len(posts) > more {
			cancel() // no error, and nothing more
			continue
		}
		w.create(later("while somebody looks " + strconv.Itoa(len(posts))))
	}
	if len(posts) != more+1 || posts[0] != first.ID {
		w.Errorf("%d events, the first of %v; want %d, the first of %s", len(posts), posts, more+1, first.ID)
	}
}

// Who stops reading leaves nothing behind, and who comes back with the last number misses nothing.
func liveEventsLeft(w *world) {
	var all []uint64
	for i := range 3 {
		w.create(later("post " + strconv.Itoa(i)))
	}
	known, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{})
	if err != nil || len(known) < 3 {
		w.Fatalf("%d events (%v)", len(known), err)
	}
	for after := uint64(0); len(all) < len(known); {
		for e, err := range w.Service.Events(w.ctx(), hayon.EventFilter{After: after}) {
			if err != nil {
				w.Fatal(err)
			}
			after = e.Seq
			all = append(all, e.Seq)
			break
		}
	}
	for i, e := range known {
		if all[i] != e.Seq {
			w.Errorf("event %d has the number %d, want %d", i, all[i], e.Seq)
		}
	}
}

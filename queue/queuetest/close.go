package queuetest

import (
	"testing"

	"github.com/hayon/hayon"
)

func closeCases() []testCase {
	return []testCase{
		{name: "ends consumers", run: closeEndsConsumers},
		{name: "refuses calls", run: closeRefuses},
	}
}

func closeEndsConsumers(t *testing.T, f *fixture) {
	f.put(t, bodies(5)...)
	busy, idle := f.consume(t, f.queue, 1), f.consume(t, f.queue, 2)
	held := receive(t, busy)
	if err := f.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	ended(t, busy)
	ended(t, idle)
	// The session is gone: settling, once or twice, does nothing and is no error.
	for range 2 {
		if err := held.Ack(); err != nil {
			t.Errorf("Ack after Close: %v", err)
		}
		if err := held.Nack(true); err != nil {
			t.Errorf("Nack after Close: %v", err)
		}
	}
	if err := f.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func closeRefuses(t *testing.T, f *fixture) {
	if err := f.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	wantCode(t, f.send(t, f.message("late")), hayon.CodeUnavailable)
	wantCode(t, f.Declare(t.Context(), f.topology()), hayon.CodeUnavailable)
	_, err := f.Consume(t.Context(), f.queue, 1)
	wantCode(t, err, hayon.CodeUnavailable)
	_, err = f.Depth(t.Context(), f.queue)
	wantCode(t, err, hayon.CodeUnavailable)
	err = f.Browse(t.Context(), f.queue, 0, func(hayon.Message) (bool, error) { return true, nil })
	wantCode(t, err, hayon.CodeUnavailable)
}

package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDuel(t *testing.T) {
	t.Parallel()
	var turns []string
	var n float64
	runs := func(name string, factor float64) contestant {
		return contestant{name: name, run: func(context.Context) (pace, error) {
			turns = append(turns, name)
			n++
			return pace{rate: factor * n, took: []time.Duration{time.Duration(n) * time.Millisecond}}, nil
		}}
	}
	broken := contestant{name: "peer", peer: true, run: func(context.Context) (pace, error) {
		turns = append(turns, "peer")
		return pace{}, errors.New("not installed")
	}}
	d, err := (&bench{}).duel(t.Context(), 2, runs("a", 1), broken, runs("b", 10))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "peer", "b", "b", "a", "a", "b"}, turns); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
	if d.failed["peer"] == nil || d.paces["peer"] != nil {
		t.Errorf("the peer failed with %v and has %v", d.failed["peer"], d.paces["peer"])
	}
	if diff := cmp.Diff([]float64{4, 5}, d.each("a", pace.perSecond)); diff != "" { // the first turn does not count
		t.Errorf("rates (-want +got):\n%s", diff)
	}
	if got := d.share("b", "a", pace.perSecond); got != 30.0/4 { // of 30/4 and 60/5
		t.Errorf("share = %v, want the lower of both medians", got)
	}
	if got := d.late("b", 0.5); got != 3 {
		t.Errorf("late = %v, want 3 ms", got)
	}
}

func TestDuelEndsWithOurs(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	_, err := (&bench{}).duel(t.Context(), 2, contestant{name: "ours", run: func(context.Context) (pace, error) { return pace{}, wrong }})
	if !errors.Is(err, wrong) {
		t.Errorf("duel = %v, want the error", err)
	}
}

func TestMiddle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 3, 2, 1}, 2}} {
		if got := middle(tt.of); got != tt.want {
			t.Errorf("middle(%v) = %v, want %v", tt.of, got, tt.want)
		}
	}
}

// TestFlight counts what is on its way at once, and that each is waited for once.
func TestFlight(t *testing.T) {
	t.Parallel()
	for _, window := range []int{1, 3, 100} {
		var sent, waited []int
		most := 0
		p, err := flight(t.Context(), window, 5*time.Millisecond, func(context.Context) (func(context.Context) error, error) {
			n := len(sent)
			sent = append(sent, n)
			most = max(most, len(sent)-len(waited))
			return func(context.Context) error {
				waited = append(waited, n)
				return nil
			}, nil
		})
		if err != nil || p.rate <= 0 {
			t.Fatalf("flight = %v, %v", p, err)
		}
		if !slices.Equal(sent, waited) {
			t.Errorf("window %d: %d sent, %d waited for, or in another order", window, len(sent), len(waited))
		}
		if most > window || len(sent) > window && most < window {
			t.Errorf("%d on their way at once, want %d", most, window)
		}
	}
}

func TestDrainAndAlone(t *testing.T) {
	t.Parallel()
	queue := make(chan int, 10)
	var acked []int
	ack := func(n int) error { acked = append(acked, n); return nil }
	for i := range 3 {
		queue <- i
	}
	if p, err := drain(t.Context(), 3, queue, ack); err != nil || p.rate <= 0 {
		t.Errorf("drain = %v, %v", p, err)
	}
	n := 3
	publish := func(context.Context) (func(context.Context) error, error) {
		queue <- n
		n++
		return func(context.Context) error { return nil }, nil
	}
	if p, err := alone(t.Context(), 2, publish, queue, ack); err != nil || len(p.took) != 2 {
		t.Errorf("alone = %v, %v", p, err)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4}, acked); diff != "" {
		t.Errorf("acknowledged (-want +got):\n%s", diff)
	}
	close(queue)
	if _, err := drain(t.Context(), 1, queue, ack); err == nil {
		t.Error("drain of a consumer that has ended = nil")
	}
}

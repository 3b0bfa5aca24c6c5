package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/memory"
)

// silent is a store that tells nobody of its commits, as one is that several processes write to.
type silent struct{ hayon.Store }

// A reader sees what another process wrote within half a second, and leaves nothing behind: the bubble
// would not end.
func TestEventsWithoutATell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		s := ringing(t, d, silent{d.db}, memory.New(nil), nil)
		ctx, cancel := context.WithCancel(d.ctx)
		defer cancel()
		seen := make(chan time.Time, 1)
		ended := make(chan error, 1)
		go func() {
			for e, err := range s.Events(ctx, hayon.EventFilter{}) {
				if err != nil {
					ended <- err
					return
				}
				if e.Kind == hayon.EventCreated {
					seen <- time.Now()
				}
			}
			ended <- nil
		}()
		pass(time.Minute)
		start := time.Now()
		d.post("news", 0)
		if took := (<-seen).Sub(start); took > 500*time.Millisecond {
			t.Errorf("the news took %s", took)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the end of its context is no error: %v", err)
		}
	})
}

// A slow reader misses nothing, and whoever writes does not wait for it.
func TestSlowReaderMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		const posts = 600 // more than one batch
		ctx, cancel := context.WithCancel(d.ctx)
		defer cancel()
		got := make(chan []hayon.PostID, 1)
		go func() {
			var seen []hayon.PostID
			for e, err := range d.scheduler.Events(ctx, hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventCreated}}) {
				if err != nil {
					t.Error(err)
					break
				}
				if seen = append(seen, e.Post); len(seen) == posts {
					break
				}
				pass(time.Second)
			}
			got <- seen
		}()
		start := time.Now()
		want := make([]hayon.PostID, posts)
		for i := range posts {
			want[i] = d.post(fmt.Sprint(i), time.Hour).ID
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("the posts waited %s for a reader", took)
		}
		seen := <-got
		for i := range want {
			if i >= len(seen) || seen[i] != want[i] {
				t.Fatalf("%d events, and number %d is not the one of %s", len(seen), i, want[i])
			}
		}
	})
}

// failing is a store that cannot be read.
type failing struct{ hayon.Store }

var errHeld = errors.New("held")

func (failing) View(context.Context, func(context.Context, hayon.Tx) error) error { return errHeld }

func TestEventsEndWithTheError(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	s := ringing(t, d, failing{d.db}, memory.New(nil), nil)
	n := 0
	for e, err := range s.Events(d.ctx, hayon.EventFilter{}) {
		if n++; !errors.Is(err, errHeld) || e.Seq != 0 {
			t.Errorf("got %+v, %v; want the store's error", e, err)
		}
	}
	if n != 1 {
		t.Errorf("%d answers, want the error once", n)
	}
}

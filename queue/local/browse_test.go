package local_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

// TestBrowsePanics: whatever look does, the messages are there afterwards.
func TestBrowsePanics(t *testing.T) {
	t.Parallel()
	b := declared(t, local.Config{}, topology(nil))
	t.Cleanup(func() { closed(t, b) })
	publish(t, b, expiring("0", 0))
	publish(t, b, expiring("1", 0))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of look was swallowed")
			}
		}()
		_ = b.Browse(t.Context(), "a", 0, func(m hayon.Message) (bool, error) {
			if m.ID == "1" {
				panic("look")
			}
			return true, nil
		})
	}()
	wantSeen(t, b, "a", "1")
	wantDepth(t, b, "a", 1, 0)
}

// TestBrowseShowsWhatWaited: what look publishes into the same queue is not shown, so that it ends.
func TestBrowseShowsWhatWaited(t *testing.T) {
	t.Parallel()
	b := declared(t, local.Config{}, topology(nil))
	t.Cleanup(func() { closed(t, b) })
	publish(t, b, expiring("old", 0))
	n := 0
	err := b.Browse(t.Context(), "a", 0, func(hayon.Message) (bool, error) {
		n++
		publish(t, b, expiring("new", 0))
		wantDepth(t, b, "a", n, 1)
		return false, nil
	})
	if err != nil || n != 1 {
		t.Errorf("Browse showed %d messages, %v, want 1", n, err)
	}
	wantSeen(t, b, "a", "old", "new")
}

func TestBrowseWhileClosing(t *testing.T) {
	t.Parallel()
	b := declared(t, local.Config{}, topology(nil))
	publish(t, b, expiring("0", 0))
	publish(t, b, expiring("1", 0))
	err := b.Browse(t.Context(), "a", 0, func(hayon.Message) (bool, error) {
		closed(t, b)
		return false, nil
	})
	if hayon.CodeOf(err) != hayon.CodeUnavailable {
		t.Errorf("Browse: got %v, want unavailable", err)
	}
}

// TestBrowsedExpires: a message that is being looked at expires when it is given back.
func TestBrowsedExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{}, graves(nil))
		defer closed(t, b)
		publish(t, b, expiring("0", time.Minute))
		publish(t, b, expiring("1", time.Minute))
		n := 0
		err := b.Browse(t.Context(), "a", 0, func(hayon.Message) (bool, error) {
			n++
			<-time.After(time.Minute)
			return false, nil
		})
		if err != nil || n != 1 {
			t.Errorf("Browse showed %d messages, %v, want 1", n, err)
		}
		wantSeen(t, b, "dead", "1", "0")
	})
}

// TestBrowseShowsNothingExpired: what has expired behind the head is the head once that is taken.
func TestBrowseShowsNothingExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := declared(t, local.Config{}, graves(nil))
		defer closed(t, b)
		publish(t, b, expiring("stays", 0))
		publish(t, b, expiring("fleeting", time.Minute))
		later(time.Hour)
		wantDepth(t, b, "a", 2, 0)
		wantSeen(t, b, "a", "stays")
		wantSeen(t, b, "dead", "fleeting")
	})
}

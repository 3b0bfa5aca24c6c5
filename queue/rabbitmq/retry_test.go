package rabbitmq_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon/queue/rabbitmq"
)

func TestWait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		since       time.Duration
		least, most time.Duration
	}{
		{0, 500 * time.Millisecond, 3 * time.Second},
		{10*time.Minute - 1, 500 * time.Millisecond, 3 * time.Second},
		{10 * time.Minute, 500 * time.Millisecond, 30 * time.Second},
		{24 * time.Hour, 500 * time.Millisecond, 30 * time.Second},
	} {
		if got := rabbitmq.Wait(tt.since, 0); got != tt.least {
			t.Errorf("after %v at least: got %v, want %v", tt.since, got, tt.least)
		}
		if got := rabbitmq.Wait(tt.since, 1); got != tt.most {
			t.Errorf("after %v at most: got %v, want %v", tt.since, got, tt.most)
		}
	}
}

// TestRetries: the first try is at once, then the waits grow up to a bound, and begin again after peace.
func TestRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r rabbitmq.Retries
		for range 2 {
			if got := r.Next(); got != 0 {
				t.Errorf("the first wait: got %v, want none", got)
			}
			most := 50 * time.Millisecond
			for i := range 20 {
				got := r.Next()
				if got < most/2 || got > most {
					t.Errorf("wait %d: got %v, want %v to %v", i, got, most/2, most)
				}
				most = min(2*most, 3*time.Second)
			}
			timer := time.NewTimer(31 * time.Second)
			<-timer.C
		}
	})
}

package filelock

import (
	"context"
	"fmt"
	"os"
	"time"
)

// The waits between two tries. The lock is held for some milliseconds as a rule.
const (
	firstWait = time.Millisecond
	maxWait   = 16 * time.Millisecond
)

// Acquire waits until no other open file holds the lock, and takes it. It ends early, without
// the lock, with the error of ctx or of the system. Closing f frees the lock.
func Acquire(ctx context.Context, f *os.File) error {
	wait := firstWait
	for {
		ok, err := try(f)
		if err != nil {
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		if ok {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("lock %s: %w", f.Name(), context.Cause(ctx))
		case <-timer.C:
		}
		wait = min(2*wait, maxWait)
	}
}

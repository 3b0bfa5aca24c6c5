package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/hayon/hayon/media"
)

// TestBudgetWaits holds the budget by a writer that does not take its file, and sees who waits, who may
// give up, and that nobody overtakes a large one.
func TestBudgetWaits(t *testing.T) {
	t.Parallel()
	large, small := photoFile(t, 400, 300, 90), photoFile(t, 40, 30, 90)
	synctest.Test(t, func(t *testing.T) {
		f := media.NewFitter(media.Config{FFmpeg: "none", Budget: 600_000})
		hold, done := make(chan struct{}), make(chan string, 3)
		start := func(ctx context.Context, name string, file []byte, dst io.Writer) {
			go func() {
				_, err := f.Fit(ctx, bytes.NewReader(file), dst, media.Spec{MaxSide: 30, MaxBytes: 50_000})
				if err != nil {
					name += ": " + err.Error()
				}
				done <- name
			}()
			synctest.Wait()
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		start(t.Context(), "first", large, writerFunc(func(b []byte) (int, error) { <-hold; return len(b), nil }))
		start(ctx, "second", large, io.Discard)
		start(t.Context(), "third", small, io.Discard)
		if len(done) > 0 {
			t.Fatalf("%s did not wait", <-done)
		}
		cancel(errors.New("given up"))
		if got := <-done; got != "second: given up" {
			t.Errorf("done: %s, want the second given up", got)
		}
		synctest.Wait()
		if got := <-done; got != "third" { // it has room beside the first
			t.Errorf("done: %s, want the third", got)
		}
		close(hold)
		if got := <-done; got != "first" {
			t.Errorf("done: %s, want the first", got)
		}
	})
}

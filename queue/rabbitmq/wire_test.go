package rabbitmq_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon/queue/rabbitmq"
)

// TestWireReads: a read ends when nothing has come for a time, which can change while it waits.
func TestWireReads(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after []time.Duration // changes, a second apart
		want  time.Duration
	}{
		{"as at the start", nil, 5 * time.Second},
		{"longer", []time.Duration{20 * time.Second}, 21 * time.Second},
		{"shorter", []time.Duration{2 * time.Second}, 3 * time.Second},
		{"for ever, and then not", []time.Duration{0, 10 * time.Second}, 12 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				defer func() { _ = far.Close() }()
				w, setIdle := rabbitmq.NewWire(near, 5*time.Second)
				defer func() { _ = w.Close() }()
				start := time.Now()
				go func() {
					for _, idle := range tt.after {
						timer := time.NewTimer(time.Second)
						<-timer.C
						setIdle(idle)
					}
				}()
				// What the library sets has no effect.
				if err := errors.Join(w.SetDeadline(start), w.SetReadDeadline(start), w.SetWriteDeadline(start)); err != nil {
					t.Fatal(err)
				}
				_, err := w.Read(make([]byte, 1))
				if got := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || got != tt.want {
					t.Errorf("read: ended after %v by %v, want after %v", got, err, tt.want)
				}
			})
		})
	}
}

// TestWireWrites: a write that nobody takes ends.
func TestWireWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer func() { _ = far.Close() }()
		w, _ := rabbitmq.NewWire(near, 0)
		defer func() { _ = w.Close() }()
		start := time.Now()
		_, err := w.Write([]byte("x"))
		if got := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || got != rabbitmq.WriteTimeout {
			t.Errorf("write: ended after %v by %v, want after %v", got, err, rabbitmq.WriteTimeout)
		}
	})
}

package scheduler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// crowded is a broker that confirms no message for a while, and delivers none.
type crowded struct {
	hayon.Broker
	until time.Time
}

type refused struct{}

func (refused) Wait(context.Context) error {
	return hayon.Errorf(hayon.CodeUnavailable, "the queue is full")
}

func (c crowded) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	if time.Now().Before(c.until) {
		return refused{}, nil
	}
	return c.Broker.Publish(ctx, m)
}

// A hint stays in the outbox until the broker has confirmed it, and follows as soon as it does.
func TestOutboxKeepsWhatIsNotConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const away = 8 * time.Second // before the sweeper would send another
		d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return crowded{b, time.Now().Add(away)} })
		stop := d.run()
		defer stop()
		d.post("hello", 0)
		waiting := func() (n int) {
			t.Helper()
			err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
				n, err = tx.CountOutbox(ctx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		pass(away - time.Second)
		if n := waiting(); n != 1 {
			t.Errorf("%d hints in the outbox, want the one that nobody took", n)
		}
		d.wantPublic()
		pass(3 * time.Second)
		synctest.Wait()
		if n := waiting(); n != 0 {
			t.Errorf("%d hints in the outbox, want none", n)
		}
		d.wantPublic("hello")
	})
}

package scheduler_test

import (
	"context"
	"fmt"
	"strings"
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
		pass(away - time.Second)
		if n := d.waiting(); n != 1 {
			t.Errorf("%d hints in the outbox, want the one that nobody took", n)
		}
		d.wantPublic()
		pass(3 * time.Second)
		synctest.Wait()
		if n := d.waiting(); n != 0 {
			t.Errorf("%d hints in the outbox, want none", n)
		}
		d.wantPublic("hello")
	})
}

// word is a confirmation that the test gives.
type word struct{ given chan error }

func (w word) Wait(ctx context.Context) error {
	select {
	case err := <-w.given:
		return err
	case <-ctx.Done():
		return hayon.Errorf(hayon.CodeUnavailable, "nobody knows")
	}
}

// At most a hundred hints are unconfirmed, published in the order of the outbox. Each word of the broker
// on the oldest lets the next one go, and only what it has taken leaves the outbox.
func TestRelayWindowSlides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rows, window = 350, 100
		b, with := newBent(setup{}, 0)
		words := make(chan word, rows)
		b.bend(func(hayon.Message) (hayon.Confirmation, error) {
			w := word{make(chan error, 1)}
			words <- w
			return w, nil
		}, nil)
		d := newDaemonWith(t, with)
		fillOutbox(t, d.db, rows)
		var want []hayon.TargetID
		err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			found, err := tx.FindOutbox(ctx, 0, 0)
			for _, row := range found {
				want = append(want, row.Hint.Target)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := d.run()
		defer stop()
		for acked := range rows {
			synctest.Wait()
			if got, want := len(b.sent(hayon.PostExchange)), min(acked+window, rows); got != want {
				t.Fatalf("%d published after %d confirmations, want %d", got, acked, want)
			}
			(<-words).given <- nil
		}
		pass(time.Second)
		for i, m := range b.sent(hayon.PostExchange) {
			if hint, err := hayon.ParseHint(m.Body); err != nil || hint.Target != want[i] {
				t.Fatalf("message %d is for %s (%v), want %s", i, hint.Target, err, want[i])
			}
		}
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// Of a window of which the oldest has no word yet nothing leaves the outbox, whatever the others have;
// once its time is over all of it is published again.
func TestRelayKeepsWhatIsUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		first := true
		b.bend(func(hayon.Message) (hayon.Confirmation, error) {
			if first {
				first = false
				return mute{}, nil
			}
			return answered{}, nil
		}, nil)
		d := newDaemonWith(t, with)
		fillOutbox(t, d.db, 3)
		stop := d.run()
		defer stop()
		pass(29 * time.Second)
		if n := d.waiting(); n != 3 {
			t.Errorf("%d rows in the outbox, want all three", n)
		}
		pass(3 * time.Second)
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows in the outbox, want none", n)
		}
		if got := len(b.sent(hayon.PostExchange)); got != 4 {
			t.Errorf("%d published, want the three, and the first once more", got)
		}
	})
}

// A broker that has taken a hint and does not say so gets it again. It goes out once.
func TestHintThatIsTakenWithoutAWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		d := newDaemonWith(t, with)
		until := time.Now().Add(time.Minute)
		b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
			if time.Now().After(until) {
				return nil, nil //nolint:nilnil // as usual
			}
			if _, err := b.Broker.Publish(context.Background(), m); err != nil {
				return nil, err
			}
			return mute{}, nil
		}, nil)
		stop := d.run()
		defer stop()
		d.post("hello", 0)
		pass(3 * time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if n := len(b.sent(hayon.PostExchange)); n < 2 {
			t.Errorf("published %d times; the test is of no use", n)
		}
	})
}

// While the broker is away, or takes nothing because of an alarm, posts are accepted and nobody asks it.
// Within a second of its return the first is out, and all follow in their order, each once.
func TestBrokerAwayForMinutes(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]func(*hayon.BrokerState){
		"no connection": func(st *hayon.BrokerState) { st.Connected, st.Error = false, "connection refused" },
		"an alarm":      func(st *hayon.BrokerState) { st.BlockedSince, st.BlockedReason = time.Now(), "low on memory" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, with := newBent(setup{}, 0)
				d := newDaemonWith(t, with)
				stop := d.run()
				defer stop()
				d.post("before", 0)
				d.post("due meanwhile", 90*time.Second)
				pass(time.Minute)
				synctest.Wait()
				d.wantPublic("before")
				asked := len(b.sent(hayon.PostExchange))
				b.bend(func(hayon.Message) (hayon.Confirmation, error) { return nil, errAway() }, state)
				want := []string{"before"}
				for i := range 5 {
					text := fmt.Sprint("post ", i)
					want = append(want, text)
					d.post(text, 0)
					pass(time.Second)
				}
				want = append(want, "due meanwhile")
				pass(2 * time.Minute)
				synctest.Wait()
				d.wantPublic("before")
				if got := len(b.sent(hayon.PostExchange)); got != asked {
					t.Errorf("asked %d times for nothing", got-asked)
				}
				if st, err := d.scheduler.Status(d.ctx); err != nil || st.Broker == nil || st.Outbox == 0 {
					t.Errorf("status: %+v, %v", st, err)
				}
				b.bend(nil, nil)
				pass(time.Second)
				synctest.Wait()
				if len(d.platform.Public()) < 2 {
					t.Error("nothing is out a second after the broker is back")
				}
				pass(10 * time.Second)
				synctest.Wait()
				d.wantPublic(want...)
			})
		})
	}
}

// What no queue takes is a letter, with the same message in the dead letters. The target goes out all the
// same, and the letter is there once.
func TestUnroutableHintIsALetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		d := newDaemonWith(t, outlive(with))
		stop := d.run()
		pass(20 * time.Second)
		left := 1
		b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
			if m.Exchange != hayon.PostExchange || left == 0 {
				return nil, nil //nolint:nilnil // as usual
			}
			left--
			return unroutable(), nil
		}, nil)
		post := d.post("hello", 0)
		pass(2 * time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		list := d.letters(hayon.LetterFilter{Kind: hayon.LetterDead})
		if len(list) != 1 {
			t.Fatalf("%d letters, want one", len(list))
		}
		l := list[0]
		if l.Cause != hayon.CauseUnroutable || l.Target != post.Targets[0].ID || l.State != hayon.StatePublished ||
			l.Message.Exchange != hayon.PostExchange || l.Message.RoutingKey != "post.create.platform" || l.Reason == "" {
			t.Errorf("letter: %+v, message %+v", l, l.Message)
		}
		found := d.lie(hayon.DeadLettersQueue)
		if len(found) != 1 || found[0].Digest() != l.Message.Digest || found[0].Headers[hayon.HeaderCause] != string(hayon.CauseUnroutable) {
			t.Fatalf("dead letters: %+v", found)
		}
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if _, err := d.scheduler.DiscardLetter(d.ctx, l.Ref(), hayon.LetterRequest{Reason: "it went out"}); err != nil {
			t.Fatal(err)
		}
		stop = d.restart(2, stop)
		defer func() { stop() }()
		pass(5 * time.Minute)
		d.wantLie(hayon.DeadLettersQueue, 0)
		if list := d.letters(hayon.LetterFilter{}); len(list) != 0 {
			t.Errorf("%d letters came back", len(list))
		}
	})
}

// Where not even the record has a queue, that is told and nothing goes round in circles.
func TestUnroutableRecordEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		var log logged
		with.logger = log.logger()
		d := newDaemonWith(t, with)
		b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
			if m.Exchange == hayon.DLXExchange || m.Headers[hayon.HeaderAttempt] == 1 {
				return unroutable(), nil
			}
			return nil, nil //nolint:nilnil // as usual
		}, nil)
		stop := d.run()
		defer stop()
		d.post("hello", 0)
		pass(5 * time.Second)
		synctest.Wait()
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if got := len(b.sent(hayon.DLXExchange)); got != 1 {
			t.Errorf("the record was sent %d times, want once", got)
		}
		if list := d.letters(hayon.LetterFilter{}); len(list) != 1 || list[0].Cause != hayon.CauseUnroutable {
			t.Errorf("letters: %+v", list)
		}
		if n := strings.Count(log.String(), "a record has no queue"); n != 1 {
			t.Errorf("told %d times of the record:\n%s", n, log.String())
		}
	})
}

// A full queue of records stops no hint. It is told in the status until it takes one again.
func TestFullDeadLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 2
		_, with := newBent(setup{}, most)
		d := newDaemonWith(t, with)
		texts := []string{"no 0", "no 1", "no 2", "no 3", "no 4"}
		d.platform.OnPublish = refuse(hayon.CodeRejected, append(texts, "no more")...)
		stop := d.run()
		defer stop()
		status := func() *hayon.BrokerStatus {
			t.Helper()
			st, err := d.scheduler.BrokerStatus(d.ctx)
			if err != nil {
				t.Fatal(err)
			}
			return st
		}
		var posts []*hayon.Post
		for _, text := range texts {
			posts = append(posts, d.post(text, 0))
			pass(10 * time.Millisecond)
		}
		d.post("goes out", 0)
		pass(3 * time.Second)
		synctest.Wait()
		d.wantPublic("goes out")
		d.wantLie(hayon.DeadLettersQueue, most)
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if st := status(); st.Dead.Open != len(texts) || !st.Dead.Full || st.Parked.Full {
			t.Errorf("dead %+v, parked %+v; want all, and a full queue", st.Dead, st.Parked)
		}
		if list := d.letters(hayon.LetterFilter{Kind: hayon.LetterDead}); len(list) != len(texts) {
			t.Errorf("%d letters, want %d", len(list), len(texts))
		}
		for _, p := range posts {
			if _, err := d.scheduler.DiscardLetter(d.ctx, p.Targets[0].ID.String(), hayon.LetterRequest{Reason: "read"}); err != nil {
				t.Fatal(err)
			}
		}
		pass(time.Minute)
		d.wantLie(hayon.DeadLettersQueue, 0)
		d.post("no more", 0)
		pass(time.Minute)
		d.wantLie(hayon.DeadLettersQueue, 1)
		if st := status(); st.Dead.Open != 1 || st.Dead.Full {
			t.Errorf("dead %+v, want one in a queue with room", st.Dead)
		}
	})
}

// A retry comes back by the retry queue, at its time, also where every other hint for it is lost.
func TestRetryTravelsThroughTheRetryQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		d := newDaemonWith(t, with)
		b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
			if m.Exchange == hayon.PostExchange && m.Headers[hayon.HeaderAttempt] != 1 {
				return answered{}, nil // and lost
			}
			return nil, nil //nolint:nilnil // as usual
		}, nil)
		var calls []time.Time
		d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls = append(calls, time.Now()); len(calls) < 3 {
				return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "platform: down")}
			}
			return hayon.Result{}
		}
		stop := d.run()
		defer stop()
		d.post("hello", 0)
		pass(4 * time.Second)
		d.wantLie(hayon.RetryQueue, 1)
		pass(time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		for i, want := range []time.Duration{5 * time.Second, 30 * time.Second} {
			if got := calls[i+1].Sub(calls[i]); got < want || got > want+100*time.Millisecond {
				t.Errorf("wait %d: %s, want %s", i, got, want)
			}
		}
	})
}

// A hint for a retry that would wait for too long, because the clock was set back since it was written,
// is left to the sweeper: it would hold up those behind it in the retry queue.
func TestRetryThatWaitsForAnotherClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		d := newDaemonWith(t, with)
		d.platform.OnPublish = refuse(hayon.CodeUnavailable, "again")
		d.post("again", 0)
		if _, err := d.worker.DeliverDue(d.ctx, 1); err != nil {
			t.Fatal(err)
		}
		d.clock.jump(-time.Hour)
		d.platform.OnPublish = nil
		stop := d.run()
		defer stop()
		pass(time.Minute)
		synctest.Wait()
		if got := b.sent(hayon.DLXExchange); len(got) != 0 {
			t.Errorf("published to the retry queue: %+v", got)
		}
		if n := d.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		d.wantPublic("again")
	})
}

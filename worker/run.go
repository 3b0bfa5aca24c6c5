package worker

import (
	"context"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Run consumes hints until ctx ends. Then it takes no more, gives running attempts Config.Drain to
// finish, releases what has not been sent, and returns when all have rested. It does so, too, where the
// broker refuses a consumer, and answers why.
func (w *Worker) Run(ctx context.Context, broker hayon.Broker) error {
	var consumers sync.WaitGroup
	defer consumers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range w.cfg.Concurrency {
		deliveries, err := broker.Consume(ctx, hayon.SocialPostsQueue, 1)
		if err != nil && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		consumers.Go(func() { w.consume(ctx, deliveries) })
	}
	<-ctx.Done()
	return nil
}

// consume handles deliveries. What comes when ctx has ended is given back once the consumer has, because
// until then it would come again at once, until the delivery limit of its queue.
func (w *Worker) consume(ctx context.Context, deliveries <-chan hayon.Delivery) {
	var late []hayon.Delivery
	for d := range deliveries {
		if ctx.Err() != nil {
			late = append(late, d)
			continue
		}
		w.handle(ctx, d)
	}
	for _, d := range late {
		w.settled(d.Nack(true))
	}
}

// handle does what a hint asks for, if there is still something to do, and settles the delivery.
func (w *Worker) handle(ctx context.Context, d hayon.Delivery) {
	hint, err := hayon.ParseHint(d.Message().Body)
	if err != nil {
		w.putAside(ctx, d, err)
		return
	}
	targets, err := w.follow(ctx, hint)
	if err != nil {
		w.log.Warn("a hint could not be followed; the sweeper sends another", "target_id", hint.Target.String(), "err", err)
	}
	for _, t := range targets {
		w.work(ctx, t)
	}
	w.settled(d.Ack())
}

// follow claims what a hint leads to. A hint that is stale, as most repeated ones are, or early costs
// one look and no commit: who waits for its time is hinted at again.
func (w *Worker) follow(ctx context.Context, hint hayon.Hint) ([]*hayon.Target, error) {
	var stale bool
	var arrive step
	err := w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, hint.Target)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			stale = true
			return nil
		}
		if err != nil {
			return err
		}
		stale, arrive = t.Generation != hint.Generation || t.State.Terminal(), nil
		if t.State == hayon.StateScheduled {
			stale = stale || t.Due.After(wallNow())
			arrive = w.arrival(t.Account)
		}
		return nil
	})
	if err != nil || stale {
		return nil, err
	}
	return w.claimAfter(ctx, arrive, hayon.ClaimRequest{
		Targets: []hayon.TargetRef{{Target: hint.Target, Generation: hint.Generation}}, InOrder: true,
	})
}

// arriveBatch bounds how many targets one hint queues.
const arriveBatch = 100

// arrival queues what is due of an account, as [hayon.ClaimTx.EnqueueDue] does for all: a hint that
// was handed to the broker ahead of time may be faster than the scheduler. All of it, because the target
// of the hint must not overtake an earlier one. What is too late is left to the scheduler.
func (w *Worker) arrival(account hayon.AccountID) step {
	return func(ctx context.Context, tx hayon.Tx, now time.Time) error {
		due, err := tx.FindTargets(ctx, hayon.TargetFilter{
			States: []hayon.State{hayon.StateScheduled}, Account: account, WakeBefore: now, Limit: arriveBatch,
		})
		if err != nil {
			return err
		}
		for _, t := range due {
			if w.tooLate(t, now) {
				continue
			}
			row := w.journal(t, hayon.RowState, now)
			row.From, row.To, row.Attempt, row.Part = t.State, hayon.StateQueued, 0, 0
			t.Enter(hayon.StateQueued, now)
			if err := tx.UpdateTarget(ctx, t); err != nil {
				return err
			}
			if err := tx.AppendJournal(ctx, row); err != nil {
				return err
			}
		}
		return nil
	}
}

// putAside files the letter of a message that cannot be read, and then lets the broker dead-letter it.
// While the store cannot be written the message is held for the time of a lease and then given back,
// because a broker counts how often that is done.
func (w *Worker) putAside(ctx context.Context, d hayon.Delivery, why error) {
	m := d.Message()
	log := w.log.With("exchange", m.Exchange, "routing_key", m.RoutingKey, "message_id", m.ID)
	end := time.Now().Add(w.cfg.Lease)
	for wait := errorPause; ; wait = min(2*wait, longestPause) {
		err := w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			now := wallNow()
			_, err := hayon.FileLetter(ctx, tx, hayon.NewLetter(m, hayon.HintCause(why), why.Error(), now), now)
			return err
		})
		if err == nil {
			log.Error("a message was put aside", "err", why)
			w.settled(d.Nack(false))
			return
		}
		if ctx.Err() != nil || time.Now().Add(wait).After(end) {
			log.Warn("a message that cannot be read was given back: its letter could not be filed", "err", err)
			w.settled(d.Nack(true))
			return
		}
		pause(ctx, wait)
	}
}

func (w *Worker) settled(err error) {
	if err != nil {
		w.log.Warn("a message could not be settled; it comes again", "err", err)
	}
}

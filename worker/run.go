package worker

import (
	"context"
	"sync"

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
		if err != nil {
			return err
		}
		consumers.Go(func() {
			for d := range deliveries {
				w.handle(ctx, d)
			}
		})
	}
	<-ctx.Done()
	return nil
}

// handle does what a hint asks for, if there is still something to do, and settles the delivery.
func (w *Worker) handle(ctx context.Context, d hayon.Delivery) {
	if ctx.Err() != nil {
		w.settled(d.Nack(true))
		return
	}
	m := d.Message()
	hint, err := hayon.ParseHint(m.Body)
	if err != nil {
		w.log.Error("a message was dropped: it is no hint", "exchange", m.Exchange, "routing_key", m.RoutingKey, "err", err)
		w.settled(d.Nack(false))
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

// follow claims what a hint leads to. A hint that is stale, as most repeated ones are, costs one look
// and no commit.
func (w *Worker) follow(ctx context.Context, hint hayon.Hint) ([]*hayon.Target, error) {
	var stale bool
	err := w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, hint.Target)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			stale = true
			return nil
		}
		stale = err == nil && (t.Generation != hint.Generation || t.State.Terminal())
		return err
	})
	if err != nil || stale {
		return nil, err
	}
	return w.claim(ctx, hayon.ClaimRequest{
		Targets: []hayon.TargetRef{{Target: hint.Target, Generation: hint.Generation}}, InOrder: true,
	})
}

func (w *Worker) settled(err error) {
	if err != nil {
		w.log.Warn("a message could not be settled; it comes again", "err", err)
	}
}

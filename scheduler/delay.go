package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// handEvery is how often what is due soon is handed to the delay plugin at most.
	handEvery = 15 * time.Second
	// handSoonest is how far away the due time is at least of what is handed over: what is nearer is
	// queued as fast.
	handSoonest = 5 * time.Second
	// handMost bounds how many targets are handed over at a time, and so what is remembered of them.
	handMost = 5000
)

// handover gives hints to the delay plugin ahead of their time, where the broker has it. It is an
// addition: what the plugin loses, or delivers too late, is queued and hinted at by the due loop, and
// what it delivers too early or twice has no effect.
type handover struct {
	s      *Scheduler
	broker hayon.Broker
	// given is what was handed over and is not due yet.
	given map[hayon.TargetID]given
}

// given is a target as it was handed over: one that was changed since is handed over again.
type given struct {
	generation int
	due        time.Time
}

// runHandover scans again and again while the broker has the plugin.
func (s *Scheduler) runHandover(ctx context.Context, broker hayon.Broker) error {
	h := &handover{s: s, broker: broker, given: make(map[hayon.TargetID]given)}
	mono, trouble := s.guard.clock.Mono, s.trouble()
	for ctx.Err() == nil {
		if may, calm := s.guard.mayHint(); !may {
			sleep(ctx, handEvery, calm)
			continue
		}
		start := mono()
		var err error
		if h.may() {
			err = h.scan(ctx)
		}
		if told, n := trouble.note(ctx, err); told {
			s.log.Warn("hints could not be handed over ahead of time; they are sent at their time", "err", err, "times", n)
		}
		sleep(ctx, max(handEvery, restShare*(mono()-start)), nil)
	}
	return nil
}

// may reports whether hints may be handed over now.
func (h *handover) may() bool {
	if !h.broker.State().Delayed || takes(h.broker) != nil {
		return false
	}
	may, _ := h.s.guard.mayHint()
	return may
}

// scan hands over what is due within the horizon and was not handed over yet. A delay beyond it is never
// given to the plugin, which would deliver one of more than 49 days at once.
func (h *handover) scan(ctx context.Context) error {
	now := h.s.now()
	h.forget(now)
	var soon []*hayon.Target
	err := h.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		soon = nil
		if p, err := paused(ctx, tx, now); err != nil || p != nil {
			return err
		}
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{
			States: []hayon.State{hayon.StateScheduled}, WakeBefore: now.Add(hayon.DelayHorizon), Limit: handMost,
		})
		for _, t := range found {
			if g, ok := h.given[t.ID]; !ok || g.generation != t.Generation || !g.due.Equal(t.Due) {
				soon = append(soon, t)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for len(soon) > 0 {
		n := min(len(soon), relayWindow)
		if !h.may() { // the clock may have been set meanwhile
			return nil
		}
		if err := h.hand(ctx, soon[:n]); err != nil {
			return err
		}
		soon = soon[n:]
	}
	return nil
}

// hand gives one window of hints to the plugin and remembers those that it has confirmed.
func (h *handover) hand(ctx context.Context, soon []*hayon.Target) error {
	now := h.s.now()
	var targets []*hayon.Target
	var messages []hayon.Message
	for _, t := range soon {
		if left := t.Due.Sub(now); left > handSoonest && left <= hayon.DelayHorizon {
			targets, messages = append(targets, t), append(messages, hayon.DelayedMessage(t, now))
		}
	}
	answered, err := publishAll(ctx, h.broker, messages)
	for i, why := range answered {
		if why == nil {
			h.given[targets[i].ID] = given{generation: targets[i].Generation, due: targets[i].Due}
		} else if err == nil {
			err = why
		}
	}
	return err
}

// forget drops what is past.
func (h *handover) forget(now time.Time) {
	for id, g := range h.given {
		if !g.due.After(now) {
			delete(h.given, id)
		}
	}
}

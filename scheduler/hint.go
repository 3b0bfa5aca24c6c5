package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

const (
	// sweepEvery is how often the sweeper looks at least.
	sweepEvery = 5 * time.Second
	// sweepAfter is how long a due target may stay unclaimed before it gets another hint.
	sweepAfter = 10 * time.Second
	// hintBackoff bounds the distance between two hints for the same target.
	hintBackoff = time.Minute
	// sweepBatch bounds how many targets of a state one look hints at.
	sweepBatch = 5000
	// sweepRest is how long the sweeper rests between two rounds, so that many commits are looked at
	// together, and lookRest between two looks.
	sweepRest = 50 * time.Millisecond
	lookRest  = 250 * time.Millisecond
	// restShare is how many times as long as a look took the sweeper rests after it.
	restShare = 20
	// laneWait is how long a target whose upload the platform processes holds its lane; see
	// [hayon.Target.HoldsLane].
	laneWait = 150 * time.Second
)

// hinted is what the sweeper remembers of a target that it hinted at: when, for which end of a wait,
// and how long it leaves it alone.
type hinted struct {
	at   time.Duration // by the monotonic clock
	wake time.Time
	wait time.Duration
}

// sweeper hints at what nobody claimed, at once when a wait ends, and less and less often after that.
type sweeper struct {
	s      *Scheduler
	broker hayon.Broker
	start  time.Duration // by the monotonic clock
	sent   map[hayon.TargetID]hinted
	// looked is when the last look was, by the wall, and next when another one is due besides those
	// that the store tells of; zero: none. rest is when the next one may be, by the monotonic clock.
	looked, next time.Time
	rest         time.Duration
	// mended is how often the clocks had been shaken when waits were last looked through.
	mended int
}

// runSweeper looks every five seconds, at the end of every wait, and whenever the clocks were shaken.
func (s *Scheduler) runSweeper(ctx context.Context, broker hayon.Broker) error {
	mono := s.guard.clock.Mono
	w := &sweeper{s: s, broker: broker, start: mono(), sent: make(map[hayon.TargetID]hinted), mended: -1}
	looks, tidies := s.trouble(), s.trouble()
	swept, lateAt, seen := mono()-sweepEvery, time.Duration(0), -1
	for ctx.Err() == nil {
		changed := s.changed()
		shakes, shaken := s.guard.shook()
		if may, calm := s.guard.mayHint(); !may {
			sleep(ctx, relayIdle, calm)
			continue
		}
		now := s.now()
		due := w.due(ctx)
		if full := mono()-swept >= sweepEvery || shakes != seen; full || !due.IsZero() && !due.After(now) && mono() >= w.rest {
			if full {
				swept, seen = mono(), shakes
				err := errors.Join(s.tidy(ctx, &lateAt), w.mend(ctx, shakes))
				if told, n := tidies.note(ctx, err); told {
					s.log.Warn("the sweeper could not tidy up; it tries again", "err", err, "times", n)
				}
			}
			err := w.look(ctx)
			if told, n := looks.note(ctx, err); told {
				s.log.Warn("the sweeper could not look; it tries again", "err", err, "times", n)
			}
			due = w.due(ctx)
		}
		rest(ctx, w.wait(due, swept+sweepEvery), changed, shaken)
		sleep(ctx, sweepRest, nil)
	}
	return nil
}

// mend looks through waits at the start, and each time the clocks were shaken. What was hinted at by
// the clock of before does not count any more: the same wake may come again.
func (w *sweeper) mend(ctx context.Context, shakes int) error {
	if w.mended == shakes {
		return nil
	}
	clear(w.sent)
	err := w.s.mendWaits(ctx)
	if err == nil {
		w.mended = shakes
	}
	return err
}

// wait is how long nothing is to be done: until due, by the wall, or until the next sweep.
func (w *sweeper) wait(due time.Time, sweep time.Duration) time.Duration {
	mono := w.s.guard.clock.Mono()
	d := sweep - mono
	if !due.IsZero() {
		d = min(d, max(due.Sub(w.s.now()), w.rest-mono))
	}
	return d
}

// tidy ends leases of the dead and marks what is late. A look for what is late may read much: it rests
// in proportion.
func (s *Scheduler) tidy(ctx context.Context, lateAt *time.Duration) error {
	if err := s.Recover(ctx); err != nil {
		return err
	}
	start := s.guard.clock.Mono()
	if start < *lateAt {
		return nil
	}
	_, err := s.sweepLate(ctx)
	end := s.guard.clock.Mono()
	*lateAt = end + restShare*(end-start)
	return err
}

// due is when the next look is due: at the first end of a wait since the last one, or when somebody is
// to be hinted at again. Zero: nobody knows; what cannot be read now is told of by the look itself.
func (w *sweeper) due(ctx context.Context) time.Time {
	after := w.looked
	if now := w.s.now(); after.After(now) { // the clock was set back
		after = now
	}
	next := w.next
	err := w.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		next = w.next
		for _, state := range []hayon.State{hayon.StateQueued, hayon.StateRetryWait, hayon.StateUncertain} {
			t, err := tx.NextWake(ctx, state, after)
			if err != nil {
				return err
			}
			next = earlier(next, t)
		}
		return nil
	})
	if err != nil {
		return time.Time{}
	}
	return next
}

// earlier is the earlier of two instants of which the zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// candidate is a target that somebody should look at from an instant on.
type candidate struct {
	t    *hayon.Target
	wake time.Time
	// told: the outbox has, or had, a hint for this wake.
	told bool
}

// look publishes a hint for each target whose wait is over and that nobody claimed. While the queue
// itself has work left, that explains why a target waits whose hint the outbox had, and only the
// others get one: no message of the backlog is theirs.
func (w *sweeper) look(ctx context.Context) error {
	mono := w.s.guard.clock.Mono
	start, now := mono(), w.s.now()
	defer func() { w.rest = mono() + max(lookRest, restShare*(mono()-start)) }()
	if takes(w.broker) != nil { // the relay tells of it; nothing was looked at
		return nil
	}
	var found []candidate
	err := w.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		found, err = candidates(ctx, tx, now)
		return err
	})
	if err != nil {
		return err
	}
	w.forget(found)
	depth, err := depthOf(ctx, w.broker, hayon.SocialPostsQueue)
	if err != nil {
		return err
	}
	w.next = time.Time{}
	var hints []candidate
	for _, c := range found {
		at := w.hintAt(c, now, start)
		switch {
		case at.After(now):
			w.next = earlier(w.next, at)
		case depth.Ready == 0 || !c.told:
			hints = append(hints, c)
		}
	}
	w.looked = now
	return w.publish(ctx, hints, now)
}

// forget drops what is remembered of targets that are not waited for any more.
func (w *sweeper) forget(found []candidate) {
	seen := make(map[hayon.TargetID]bool, len(found))
	for _, c := range found {
		seen[c.t.ID] = true
	}
	for id := range w.sent {
		if !seen[id] {
			delete(w.sent, id)
		}
	}
}

// hintAt is when a candidate is to get its next hint. One that has a hint on its way from the outbox
// is given time, but not by a process that has just started: what a broker in memory had is gone.
func (w *sweeper) hintAt(c candidate, now time.Time, mono time.Duration) time.Time {
	last, again := w.sent[c.t.ID]
	switch {
	case again && last.wake.Equal(c.wake):
		return now.Add(last.at + last.wait - mono)
	case c.told && mono-w.start > sweepAfter:
		entered := c.t.StateSince
		switch {
		case entered.Before(c.wake): // the clock was set back since, and its hint came to nothing
			return c.wake
		case entered.After(now): // set back, and due all the same
			entered = c.wake
		}
		return entered.Add(sweepAfter)
	}
	return c.wake
}

// publish hands the hints over with confirms in flight, and notes those that were answered. One that no
// queue takes stops no other.
func (w *sweeper) publish(ctx context.Context, hints []candidate, now time.Time) error {
	var unroutable error
	for len(hints) > 0 {
		n := min(len(hints), relayWindow)
		messages := make([]hayon.Message, n)
		for i, c := range hints[:n] {
			messages[i] = hayon.HintMessage(hayon.HintFor(c.t, now), now)
		}
		answered, err := publishAll(ctx, w.broker, messages)
		for i, why := range answered {
			if why == nil || hayon.CodeOf(why) == hayon.CodeNotFound {
				w.note(hints[i], now)
				if unroutable == nil {
					unroutable = why
				}
			}
		}
		if err != nil {
			return err
		}
		hints = hints[n:]
	}
	return unroutable
}

// publishAll publishes messages, at most a window of them, and answers the broker's word on those that
// were handed over, in their order. The error is the first that is neither an ack nor the want of a queue.
func publishAll(ctx context.Context, broker hayon.Broker, messages []hayon.Message) (answered []error, failed error) {
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	var confirms []hayon.Confirmation
	for _, m := range messages {
		confirm, err := broker.Publish(ctx, m)
		if err != nil {
			failed = err
			break
		}
		confirms = append(confirms, confirm)
	}
	for _, confirm := range confirms {
		err := confirm.Wait(ctx)
		if failed == nil && err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
			failed = err
		}
		answered = append(answered, err)
	}
	return answered, failed
}

// depthWait bounds the question to a broker for the depth of a queue.
const depthWait = 2 * time.Second

func depthOf(ctx context.Context, broker hayon.Broker, queue string) (hayon.QueueDepth, error) {
	ctx, cancel := context.WithTimeout(ctx, depthWait)
	defer cancel()
	return broker.Depth(ctx, queue)
}

// note remembers a hint, and when the next one for the same wake follows.
func (w *sweeper) note(c candidate, now time.Time) {
	wait := sweepAfter
	if last, again := w.sent[c.t.ID]; again && last.wake.Equal(c.wake) {
		wait = min(2*last.wait, hintBackoff)
	}
	w.sent[c.t.ID] = hinted{at: w.s.guard.clock.Mono(), wake: c.wake, wait: wait}
	w.next = earlier(w.next, now.Add(wait))
}

// candidates answers what has to be looked at: whatever of retries, orphans and look-ups has come
// back, and of every account the queued target whose turn it is.
func candidates(ctx context.Context, tx hayon.Tx, now time.Time) ([]candidate, error) {
	gates := &gates{tx: tx, now: now, known: make(map[hayon.AccountID]gate)}
	found, err := back(ctx, tx, gates, now)
	if err != nil {
		return nil, err
	}
	waits, err := tx.NextWake(ctx, hayon.StateQueued, time.Time{})
	if err != nil || waits.IsZero() {
		return found, err
	}
	busy, err := busyAccounts(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		g, err := gates.of(ctx, a)
		if err != nil {
			return nil, err
		}
		if g.shut || busy[a.ID] { // whoever opens it, or ends its work, hints at what is next
			continue
		}
		turn, err := nextTurn(ctx, tx, a.ID, now)
		if err != nil {
			return nil, err
		}
		for _, c := range turn {
			found = append(found, g.hold(c))
		}
	}
	return found, nil
}

// back answers the targets that somebody began and that wait no longer.
func back(ctx context.Context, tx hayon.Tx, gates *gates, now time.Time) ([]candidate, error) {
	var found []candidate
	for _, state := range returning() {
		targets, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{state}, WakeBefore: now, Limit: sweepBatch})
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			g, err := gates.named(ctx, t.Account)
			if err != nil {
				return nil, err
			}
			if !g.shut {
				found = append(found, g.hold(candidate{t: t, wake: t.Wake()}))
			}
		}
	}
	return found, nil
}

// busyAccounts are those for which a worker is at work now.
func busyAccounts(ctx context.Context, tx hayon.Tx, now time.Time) (map[hayon.AccountID]bool, error) {
	running, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{hayon.StatePublishing}, Limit: sweepBatch})
	if err != nil {
		return nil, err
	}
	busy := make(map[hayon.AccountID]bool, len(running))
	for _, t := range running {
		if t.Wake().After(now) {
			busy[t.Account] = true
		}
	}
	return busy, nil
}

// nextTurn is whose turn it is among the queued targets of an account: the one that is due first,
// even while it must wait. Only while the platform processes its upload another one may go before it,
// once it has held the lane for long enough.
func nextTurn(ctx context.Context, tx hayon.Tx, account hayon.AccountID, now time.Time) ([]candidate, error) {
	first, err := tx.NextInLane(ctx, account, never())
	if err != nil || first == nil {
		return nil, err
	}
	wake := first.Wake()
	turn := []candidate{{t: first, wake: wake, told: wake.Equal(first.Due)}}
	if first.WaitingSince.IsZero() || !wake.After(now) {
		return turn, nil
	}
	second, err := tx.NextInLane(ctx, account, now)
	if err != nil || second == nil {
		return turn, err
	}
	free := first.WaitingSince.Add(laneWait)
	c := candidate{t: second, wake: second.Wake()}
	if free.After(c.wake) {
		c.wake = free
	}
	return append(turn, c), nil
}

// gate says whether anything of an account may go out.
type gate struct {
	// shut: not before somebody signs in.
	shut bool
	// until is the end of what holds it back; zero: nothing does.
	until time.Time
}

// hold makes the candidate wait for the gate.
func (g gate) hold(c candidate) candidate {
	if g.until.After(c.wake) {
		c.wake, c.told = g.until, false
	}
	return c
}

// gates finds and remembers the gates of accounts, for one look.
type gates struct {
	tx    hayon.Tx
	now   time.Time
	known map[hayon.AccountID]gate
}

func (gs *gates) named(ctx context.Context, id hayon.AccountID) (gate, error) {
	if g, ok := gs.known[id]; ok {
		return g, nil
	}
	a, err := gs.tx.FindAccountByID(ctx, id)
	if hayon.CodeOf(err) == hayon.CodeNotFound { // whoever claims the target finds out and ends it
		return gate{}, nil
	}
	if err != nil {
		return gate{}, err
	}
	return gs.of(ctx, a)
}

func (gs *gates) of(ctx context.Context, a *hayon.Account) (gate, error) {
	if g, ok := gs.known[a.ID]; ok {
		return g, nil
	}
	g := gate{shut: a.Status != hayon.AccountConnected}
	for _, key := range a.PaceKeys() {
		p, err := gs.tx.FindPace(ctx, key)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			continue
		}
		if err != nil {
			return gate{}, err
		}
		if p.NotBefore.After(g.until) {
			g.until = p.NotBefore
		}
	}
	gs.known[a.ID] = g
	return g, nil
}

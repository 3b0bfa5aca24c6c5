package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

const (
	// collectEvery is how often the store and the queues are compared by their counts.
	collectEvery = 5 * time.Second
	// collectPatience is how many looks a difference that changes all the time is waited for.
	collectPatience = 6
	// collectMostRest bounds the rest after passes that went wrong again and again.
	collectMostRest = 5 * time.Minute
	// clearAfter is how long after the end of a letter its message is looked for that was not found: it
	// may be on its way to the queue.
	clearAfter = time.Minute
	// fileBatch is how many letters one transaction files or clears.
	fileBatch = 200
)

// collector keeps what the store knows and what is in the dead letters and the parking lot agreed. It
// files messages that the store does not know, and takes off the queues what is dealt with: records of
// targets that went on, and messages whose letters have ended.
//
// To look at a message is to take it and give it back, which a broker counts and may bound. So it
// compares counts, and looks only where these tell of a difference, at most for one part in
// [restShare] of the time.
type collector struct {
	s      *Scheduler
	broker hayon.Broker
	start  time.Duration // by the monotonic clock
	// rest is when the next pass may be, by the monotonic clock, and failed how many went wrong.
	rest   time.Duration
	failed int
	// known: a pass has gone through, and left surplus.
	known bool
	// surplus is how many messages each queue had more than the store tells of, last is that of the last
	// look, and looks how many of them there were since it began to differ.
	surplus, last surplus
	looks         int
	// seen are the letters that had ended and were looked for, and not found.
	seen map[hayon.LetterID]bool
}

// surplus is how many messages the dead letters and the parking lot have more than the store tells of.
type surplus struct{ dead, parked int }

// runCollector looks again and again. What the broker or the store has against it is told of and ends
// nothing.
func (s *Scheduler) runCollector(ctx context.Context, broker hayon.Broker) error {
	c := &collector{s: s, broker: broker, start: s.guard.clock.Mono(), seen: make(map[hayon.LetterID]bool)}
	trouble := s.trouble()
	for ctx.Err() == nil {
		sleep(ctx, collectEvery, nil)
		if ctx.Err() != nil || !broker.State().Connected {
			continue
		}
		err := c.look(ctx)
		if told, n := trouble.note(ctx, err); told {
			s.log.Warn("the dead letters and the parking lot could not be compared with the database; it is tried again", "err", err, "times", n)
		}
	}
	return nil
}

// facts are what the store knows.
type facts struct {
	failed, parked, open int
	ended                []*hayon.Letter
}

func (c *collector) facts(ctx context.Context) (facts, error) {
	var f facts
	err := c.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if f.failed, err = tx.CountTargets(ctx, hayon.StateFailed, time.Time{}); err != nil {
			return err
		}
		if f.parked, err = tx.CountTargets(ctx, hayon.StateParked, time.Time{}); err != nil {
			return err
		}
		if f.open, _, err = tx.CountLetters(ctx); err != nil {
			return err
		}
		f.ended, err = tx.FindEndedLetters(ctx, 0)
		return err
	})
	return f, err
}

// look compares the counts, and goes through the queues where they tell of something to do.
func (c *collector) look(ctx context.Context) error {
	f, err := c.facts(ctx)
	if err != nil {
		return err
	}
	dead, err := depthOf(ctx, c.broker, hayon.DeadLettersQueue)
	if err != nil {
		return err
	}
	parked, err := depthOf(ctx, c.broker, hayon.ParkingLotQueue)
	if err != nil {
		return err
	}
	now := surplus{dead: dead.Ready - f.failed - f.open, parked: parked.Ready - f.parked}
	if !c.differs(f, now, dead.Ready+parked.Ready) || c.s.guard.clock.Mono() < c.rest {
		return nil
	}
	return c.timed(ctx, f)
}

// differs reports whether there is something to do: a letter that has ended is still to be cleared, or
// the queues have more or less than is explained. A difference counts once two looks agree on it: a
// record is written a moment before it is in its queue.
func (c *collector) differs(f facts, now surplus, messages int) bool {
	for _, l := range f.ended {
		if !c.seen[l.ID] || c.mayClear(l) {
			return true
		}
	}
	if !c.known && messages == 0 {
		c.known, c.surplus = true, now
	}
	if c.known && now == c.surplus {
		c.looks = 0
		return false
	}
	c.looks++
	stable := c.looks > 1 && now == c.last
	c.last = now
	return !c.known || stable || c.looks >= collectPatience
}

// mayClear reports whether the message of a letter that has ended cannot be on its way any more: a
// minute after the end, through which this process was there and had the broker.
func (c *collector) mayClear(l *hayon.Letter) bool {
	now := c.s.now()
	return c.s.guard.clock.Mono()-c.start >= clearAfter && now.Sub(l.Ended.At) >= clearAfter &&
		now.Sub(c.broker.State().Since) >= clearAfter
}

// timed is a pass, with the rest that follows it.
func (c *collector) timed(ctx context.Context, f facts) error {
	mono := c.s.guard.clock.Mono
	start := mono()
	c.looks = 0
	err := c.pass(ctx, f)
	rest := restShare * (mono() - start)
	if err != nil {
		c.known = false
		rest = max(rest, min(collectEvery<<min(c.failed, 10), collectMostRest))
		c.failed++
	} else {
		c.failed = 0
	}
	c.rest = mono() + rest
	return err
}

// pass goes through both queues, and then clears the letters that had ended before it.
func (c *collector) pass(ctx context.Context, f facts) error {
	p := &pass{s: c.s, found: make(map[hayon.LetterID]bool)}
	dead, err := p.browse(ctx, c.broker, hayon.DeadLettersQueue)
	if err != nil {
		return err
	}
	parked, err := p.browse(ctx, c.broker, hayon.ParkingLotQueue)
	if err != nil {
		return err
	}
	c.known = true
	c.surplus = surplus{dead: dead - f.failed - f.open - p.filed, parked: parked - f.parked}
	var clear []*hayon.Letter
	seen := make(map[hayon.LetterID]bool)
	for _, l := range f.ended {
		if p.found[l.ID] || c.mayClear(l) {
			clear = append(clear, l)
		} else {
			seen[l.ID] = true
		}
	}
	c.seen = seen
	return c.clear(ctx, clear)
}

// clear notes that the messages of letters are off the queues, unless they were opened again since.
func (c *collector) clear(ctx context.Context, letters []*hayon.Letter) error {
	for len(letters) > 0 {
		n := min(len(letters), fileBatch)
		err := c.s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			for _, ended := range letters[:n] {
				l, err := tx.FindLetterByID(ctx, ended.ID)
				if hayon.CodeOf(err) == hayon.CodeNotFound {
					continue
				}
				if err != nil {
					return err
				}
				if l.Ended == nil || !l.Ended.At.Equal(ended.Ended.At) {
					continue
				}
				l.Cleared = true
				if err := tx.PutLetter(ctx, l); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		letters = letters[n:]
	}
	return nil
}

// pass is one way through the queues.
type pass struct {
	s *Scheduler
	// kept counts the messages of the queue that stay, file are those that have no open letter, and
	// filed how many of them have one now.
	kept  int
	file  []*hayon.Letter
	filed int
	// found are the letters that had ended and whose message was taken off.
	found map[hayon.LetterID]bool
}

// browse goes through one queue and answers how many messages stay in it.
func (p *pass) browse(ctx context.Context, broker hayon.Broker, queue string) (kept int, err error) {
	p.kept = 0
	removed := 0
	err = broker.Browse(ctx, queue, 0, func(m hayon.Message) (bool, error) {
		remove, err := p.look(ctx, m)
		if err == nil && len(p.file) >= fileBatch {
			err = p.fileAll(ctx)
		}
		switch {
		case err != nil:
		case remove:
			removed++
		default:
			p.kept++
		}
		return remove, err
	})
	err = errors.Join(err, p.fileAll(ctx))
	if removed > 0 {
		p.s.log.Info("what was dealt with was taken off a queue", "queue", queue, "messages", removed)
	}
	return p.kept, err
}

// look says whether a message is dealt with, and notes it where the store has no open letter of it.
func (p *pass) look(ctx context.Context, m hayon.Message) (remove bool, err error) {
	hint, unreadable := hayon.ParseHint(m.Body)
	var unknown bool
	err = p.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		remove, unknown = false, false
		if unreadable == nil && isRecord(m) {
			var err error
			remove, err = isStale(ctx, tx, hint)
			return err
		}
		l, err := tx.FindLetterByDigest(ctx, m.Digest())
		switch {
		case err == nil && l.Ended == nil:
		case err == nil && !l.Cleared:
			remove = true
			p.found[l.ID] = true
		case err == nil || hayon.CodeOf(err) == hayon.CodeNotFound:
			unknown = true
		default:
			return err
		}
		return nil
	})
	if err == nil && unknown {
		cause, reason := causeOf(m, unreadable)
		p.file = append(p.file, hayon.NewLetter(m, cause, reason, p.s.now()))
	}
	return remove, err
}

// isRecord reports whether a message records what became of a target.
func isRecord(m hayon.Message) bool {
	cause, _ := m.Headers[hayon.HeaderCause].(string)
	return cause == string(hayon.CauseFailed) || cause == string(hayon.CauseRetries)
}

// isStale reports whether a record is of a target that went on since.
func isStale(ctx context.Context, tx hayon.Tx, hint hayon.Hint) (bool, error) {
	t, err := tx.FindTargetByID(ctx, hint.Target)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return t.Generation != hint.Generation || t.State != hayon.StateFailed && t.State != hayon.StateParked, nil
}

// causeOf is why a message that the store does not know was put aside, with a sentence; unreadable is why
// it is no hint, nil where it is one.
func causeOf(m hayon.Message, unreadable error) (hayon.LetterCause, string) {
	if cause, _ := m.Headers[hayon.HeaderCause].(string); cause == string(hayon.CauseUnroutable) {
		reason, _ := m.Headers[hayon.HeaderReason].(string)
		return hayon.CauseUnroutable, orSaid(reason, "no queue takes its routing key")
	}
	deaths := m.Deaths()
	switch {
	case len(deaths) > 0 && deaths[0].Reason == "delivery_limit":
		return hayon.CauseDeliveryLimit, "it was given back to queue " + deaths[0].Queue + " more often than that allows"
	case unreadable != nil:
		return hayon.HintCause(unreadable), unreadable.Error()
	case len(deaths) > 0:
		return hayon.CauseOther, "queue " + deaths[0].Queue + " put it aside: " + deaths[0].Reason
	}
	return hayon.CauseOther, "somebody put it there"
}

// fileAll files what was noted.
func (p *pass) fileAll(ctx context.Context) error {
	if len(p.file) == 0 {
		return nil
	}
	filed := 0
	err := p.s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		filed = 0
		for _, l := range p.file {
			now := p.s.now()
			ok, err := hayon.FileLetter(ctx, tx, l, now)
			if err != nil {
				return err
			}
			if ok {
				filed++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.filed += filed
	p.file = nil
	return nil
}

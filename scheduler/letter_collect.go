package scheduler

import (
	"context"
	"errors"
	"sync"
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
	// fileBatch is how many letters one transaction files or clears, and checkBatch how many targets one
	// reads to compare records with them.
	fileBatch  = 200
	checkBatch = 1000
)

// collector keeps what the store knows and what is in the dead letters and the parking lot agreed. It
// files messages that the store does not know, and takes off the queues what is dealt with: records of
// targets that went on, and messages whose letters have ended.
//
// To look at a message is to take it and give it back, which a broker counts and may bound. So it
// remembers what lies there, and looks only where that has become wrong, at most for one part in
// [restShare] of the time.
type collector struct {
	s      *Scheduler
	broker hayon.Broker
	start  time.Duration // by the monotonic clock
	// rest is when the next pass may be, by the monotonic clock, and failed how many went wrong.
	rest   time.Duration
	failed int

	// known: what follows is known, since a pass went through or there was nothing.
	known bool
	// lies is how many messages lie in each queue, and open how many letters were open when that was
	// counted: a message that is filed since lies there too.
	lies lying
	open int
	// records are those that lie there, and checked is the last journal row with which that was compared.
	records []record
	checked uint64
	// check is when they may be compared again, by the monotonic clock.
	check time.Duration
	// last is what lay there at the last look, and looks how many there were since it began to differ.
	last  lying
	looks int
	// seen are the letters that had ended and were looked for, and not found.
	seen map[hayon.LetterID]bool
}

// lying is how many messages lie in the dead letters and in the parking lot.
type lying struct{ dead, parked int }

// record is a message that tells of a target which has failed or is parked.
type record struct {
	target     hayon.TargetID
	generation int
	parked     bool
}

// recorded are the records that the relay has put into their queues since the collector looked.
type recorded struct {
	mu   sync.Mutex // guards list
	list []record
}

func (r *recorded) add(x record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, x)
}

func (r *recorded) take() []record {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.list
	r.list = nil
	return out
}

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
	open  int
	seq   uint64
	ended []*hayon.Letter
}

func (c *collector) facts(ctx context.Context) (facts, error) {
	var f facts
	err := c.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if f.open, _, err = tx.CountLetters(ctx); err != nil {
			return err
		}
		if f.seq, err = tx.LastJournalSeq(ctx); err != nil {
			return err
		}
		f.ended, err = tx.FindEndedLetters(ctx, 0)
		return err
	})
	return f, err
}

// look compares what is remembered with the store and with the depths of the queues, and goes through
// these where that tells of something to do.
func (c *collector) look(ctx context.Context) error {
	c.shelve()
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
	mono := c.s.guard.clock.Mono
	now := lying{dead: dead.Ready, parked: parked.Ready}
	todo := c.differs(f, now)
	if start := mono(); !todo && c.checked != f.seq && start >= c.check {
		if todo, err = c.isStale(ctx); err != nil {
			return err
		}
		if !todo {
			c.checked = f.seq
		}
		c.check = mono() + restShare*(mono()-start)
	}
	if !todo || mono() < c.rest {
		return nil
	}
	return c.timed(ctx, f)
}

// shelve counts what the relay has put into the queues.
func (c *collector) shelve() {
	for _, r := range c.s.recorded.take() {
		c.records = append(c.records, r)
		if r.parked {
			c.lies.parked++
		} else {
			c.lies.dead++
		}
	}
}

// differs reports whether a letter that has ended is still to be cleared, or more lies in the queues than
// is known. That counts once two looks agree on it: a letter is filed, and a record confirmed, at another
// moment than its message is in its queue. Less is no reason to look, and is what is known after a while:
// a broker that drops what was looked at too often would lose ever more of it.
func (c *collector) differs(f facts, now lying) bool {
	for _, l := range f.ended {
		if !c.seen[l.ID] || c.mayClear(l) {
			return true
		}
	}
	if !c.known && now == (lying{}) {
		c.known, c.lies, c.open, c.records = true, now, f.open, nil
	}
	want := c.lies
	want.dead += f.open - c.open
	if c.known && now == want {
		c.looks = 0
		return false
	}
	c.looks++
	stable := c.looks > 1 && now == c.last
	c.last = now
	if more := now.dead > want.dead || now.parked > want.parked; more || !c.known {
		return !c.known || stable || c.looks >= collectPatience
	}
	if stable && c.looks >= collectPatience {
		c.lies, c.open, c.looks = now, f.open, 0
	}
	return false
}

// isStale reports whether a record lies there whose target went on since. It reads the targets of all of
// them, some in each transaction.
func (c *collector) isStale(ctx context.Context) (bool, error) {
	for rest := c.records; len(rest) > 0; {
		n := min(len(rest), checkBatch)
		stale := false
		err := c.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
			stale = false
			for _, r := range rest[:n] {
				gone, err := wentOn(ctx, tx, r.target, r.generation)
				if err != nil || gone {
					stale = gone
					return err
				}
			}
			return nil
		})
		if err != nil || stale {
			return stale, err
		}
		rest = rest[n:]
	}
	return false, nil
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
	c.s.recorded.take() // they lie there and are counted now
	dead, err := p.browse(ctx, c.broker, hayon.DeadLettersQueue)
	if err != nil {
		return err
	}
	parked, err := p.browse(ctx, c.broker, hayon.ParkingLotQueue)
	if err != nil {
		return err
	}
	c.known = true
	c.lies, c.open = lying{dead: dead, parked: parked}, f.open+p.filed
	c.records, c.checked = p.records, f.seq
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
	// kept counts the messages of the queue that stay, and records are those of them that record
	// something, of both queues.
	kept    int
	records []record
	// file are the letters of those that have no open one, and filed how many of them have one now.
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
		remove, err := p.look(ctx, m, queue)
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
func (p *pass) look(ctx context.Context, m hayon.Message, queue string) (remove bool, err error) {
	hint, unreadable := hayon.ParseHint(m.Body)
	records := unreadable == nil && isRecord(m)
	var unknown bool
	err = p.s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		remove, unknown = false, false
		if records {
			var err error
			remove, err = wentOn(ctx, tx, hint.Target, hint.Generation)
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
	if err == nil && records && !remove {
		p.records = append(p.records, record{hint.Target, hint.Generation, queue == hayon.ParkingLotQueue})
	}
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

// wentOn reports whether a target that had failed or was parked in a generation is not any more.
func wentOn(ctx context.Context, tx hayon.Tx, id hayon.TargetID, generation int) (bool, error) {
	t, err := tx.FindTargetByID(ctx, id)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return t.Generation != generation || t.State != hayon.StateFailed && t.State != hayon.StateParked, nil
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

package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// choresEvery is how often the house is looked at, and how soon what did not work is tried again.
	choresEvery = time.Minute
	// pruneEvery is how often old idempotency keys, digests and paces are forgotten.
	pruneEvery = time.Hour
	// paceLife is how long a pace that is over is kept: it tells why a target was late.
	paceLife = time.Hour
	// zonesEvery is how often the rules of time zones are compared.
	zonesEvery = 24 * time.Hour
	// expiryEvery is how often credentials are asked for their end.
	expiryEvery = time.Hour
)

// chore is what is to be done once in a while.
type chore struct {
	every time.Duration
	done  time.Time // by the clock on the wall: the night of a suspended machine counts
	do    func(context.Context) error
}

// runChores does what has time. Nothing waits for it but, at the start, what is due: checked is closed
// once the zones have been compared, whatever came of it.
func (s *Scheduler) runChores(ctx context.Context, checked chan<- struct{}) error {
	chores := []*chore{
		{every: zonesEvery, do: s.checkZones},
		{every: pruneEvery, do: s.prune},
		{every: pruneEvery, do: s.pruneLetters},
		{every: expiryEvery, do: s.warnExpiring},
	}
	trouble := s.trouble()
	for ctx.Err() == nil {
		_, shaken := s.guard.shook()
		if now, may := s.guard.observe(); may { // a clock that is not trusted has nothing to forget
			for _, c := range chores {
				err := c.run(ctx, now)
				if told, n := trouble.note(ctx, err); told {
					s.log.Warn("a chore could not be done; it is tried again", "err", err, "times", n)
				}
				if checked != nil {
					close(checked)
					checked = nil
				}
			}
		}
		rest(ctx, choresEvery, nil, shaken)
	}
	return nil
}

// run does the chore when its time has come, also where the clock was set back.
func (c *chore) run(ctx context.Context, now time.Time) error {
	if !c.done.IsZero() && now.Sub(c.done).Abs() < c.every {
		return nil
	}
	if err := c.do(ctx); err != nil {
		return err
	}
	c.done = now
	return nil
}

// prune forgets what guards against nothing any more.
func (s *Scheduler) prune(ctx context.Context) error {
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		_, err := tx.PruneGuards(ctx, now.Add(-keyLife), now.Add(-digestLife), now.Add(-paceLife))
		return err
	})
}

const (
	// letterLife is how long a letter is kept after it has ended.
	letterLife = 30 * 24 * time.Hour
	// tooMany is why a letter ends by itself.
	tooMany = "too many letters"
)

// pruneLetters forgets letters that ended long ago, and ends the oldest where far more are open than
// anybody looks at.
func (s *Scheduler) pruneLetters(ctx context.Context) error {
	for n := forgetBatch; n == forgetBatch; {
		err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
			n, err = tx.PruneLetters(ctx, s.now().Add(-letterLife), forgetBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.boundLetters(ctx, hayon.MaxLetters)
}

// boundLetters ends the oldest letters where more than most are open.
func (s *Scheduler) boundLetters(ctx context.Context, most int) error {
	var surplus []*hayon.Letter
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		surplus = nil
		open, _, err := tx.CountLetters(ctx)
		if err != nil || open <= most {
			return err
		}
		letters, err := tx.FindLetters(ctx, hayon.LetterFilter{})
		if err == nil && len(letters) > most {
			surplus = letters[most:]
		}
		return err
	})
	if err != nil {
		return err
	}
	for len(surplus) > 0 {
		n := min(len(surplus), forgetBatch)
		err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return s.endAll(ctx, tx, surplus[:n]) })
		if err != nil {
			return err
		}
		surplus = surplus[n:]
	}
	return nil
}

// endAll discards letters that are still open, because there are too many.
func (s *Scheduler) endAll(ctx context.Context, tx hayon.Tx, letters []*hayon.Letter) error {
	now := s.now()
	for _, open := range letters {
		l, err := tx.FindLetterByID(ctx, open.ID)
		if err != nil {
			return err
		}
		if l.Ended != nil {
			continue
		}
		l.Ended = &hayon.LetterEnd{At: now, How: hayon.LetterDiscarded, Reason: tooMany}
		if err := tx.PutLetter(ctx, l); err != nil {
			return err
		}
		if err := hayon.JournalLetter(ctx, tx, l, hayon.Actor{Source: hayon.SourceWorker}, hayon.LetterDiscarded, tooMany, now); err != nil {
			return err
		}
	}
	return nil
}

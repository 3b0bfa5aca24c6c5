package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
)

const (
	// relayWindow is how many hints are with the broker unconfirmed.
	relayWindow = 100
	// confirmWait is how long a confirmation may take; after it the row is published again.
	confirmWait = 30 * time.Second
	// relayIdle is how long the relay sleeps when nobody tells it of a commit, and relayDown how long
	// before it looks again at a broker that takes nothing.
	relayIdle = time.Second
	relayDown = 250 * time.Millisecond
	// relayRows is how many rows are read at a time.
	relayRows = 2 * relayWindow
	// relayLinger is how long a run waits for more rows, and relayRun how long it lasts at most: the next
	// one begins again with the first row that is there.
	relayLinger = 20 * time.Millisecond
	relayRun    = 5 * time.Second
	// removeLinger is how long confirmed rows are gathered for one commit, and removeMost how many.
	removeLinger = 10 * time.Millisecond
	removeMost   = 1000
	// removeWait bounds the last commit of a run whose process stops.
	removeWait = 5 * time.Second
)

// runRelay hands the outbox to the broker, in order, and deletes a row once the broker has confirmed
// it. A crash in between publishes a row twice, which is harmless. A broker that is away, or takes
// nothing because of an alarm, is not asked; soon after it is back the relay goes on.
func (s *Scheduler) runRelay(ctx context.Context, broker hayon.Broker) error {
	trouble := s.trouble()
	for ctx.Err() == nil {
		changed := s.changed()
		if may, calm := s.guard.mayHint(); !may { // a hint makes a worker publish
			sleep(ctx, relayIdle, calm)
			continue
		}
		n, err := 0, takes(broker)
		if err == nil {
			n, err = s.relay(ctx, broker)
		}
		if told, times := trouble.note(ctx, err); told {
			s.log.Warn("the outbox could not be relayed; it is tried again", "err", err, "times", times)
		}
		switch {
		case err != nil && takes(broker) != nil:
			sleep(ctx, relayDown, nil)
		case err != nil:
			sleep(ctx, troubleRest, nil) // a broker that refuses is not asked at every commit
		case n == 0:
			sleep(ctx, relayIdle, changed)
		}
	}
	return nil
}

// takes is why the broker takes no messages now; nil: it does, as far as is known.
func takes(broker hayon.Broker) error {
	st := broker.State()
	why := st.Error
	switch {
	case !st.Connected && why != "":
	case !st.Connected:
		why = "there is no connection to the broker"
	case !st.BlockedSince.IsZero():
		why = because("the broker takes no messages", st.BlockedReason)
	default:
		return nil
	}
	return hayon.Errorf(hayon.CodeUnavailable, "%s", why).WithHint(st.Hint)
}

// relay is one run over the outbox. Three goroutines share it: one reads rows and publishes them, one
// waits for the confirmations in the same order, one deletes what is done with.
type relay struct {
	s      *Scheduler
	broker hayon.Broker
	// window has an entry for each message that is not confirmed.
	window chan struct{}
	sent   chan *sent
	done   chan *sent
	// stop ends the publishing with the first error, which is its cause.
	stop context.CancelCauseFunc
	// removed counts the rows that are off the outbox.
	removed atomic.Int64
}

// sent is a row that was handed over.
type sent struct {
	row     *hayon.OutboxRow
	message hayon.Message
	confirm hayon.Confirmation
	at      time.Time
	// refusals is how many messages the broker had refused before.
	refusals uint64
	// unroutable is why no queue takes it; nil: it is done with.
	unroutable error
}

// relay runs until the outbox is empty or something fails, and answers how many rows it took off.
func (s *Scheduler) relay(ctx context.Context, broker hayon.Broker) (int, error) {
	first, err := s.outbox(ctx, 0)
	if err != nil || len(first) == 0 {
		return 0, err
	}
	publishing, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &relay{
		s: s, broker: broker, stop: stop, window: make(chan struct{}, relayWindow),
		sent: make(chan *sent, relayWindow), done: make(chan *sent, relayWindow),
	}
	var parts sync.WaitGroup
	parts.Go(func() { r.await(ctx) })
	parts.Go(func() { r.remove(ctx) })
	if err := r.publish(publishing, first); err != nil {
		stop(err)
	}
	close(r.sent)
	parts.Wait()
	if publishing.Err() != nil && ctx.Err() == nil {
		return int(r.removed.Load()), context.Cause(publishing)
	}
	return int(r.removed.Load()), nil
}

// outbox reads the next rows after one.
func (s *Scheduler) outbox(ctx context.Context, after uint64) ([]*hayon.OutboxRow, error) {
	var rows []*hayon.OutboxRow
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		rows, err = tx.FindOutbox(ctx, after, relayRows)
		return err
	})
	return rows, err
}

// publish publishes rows and those that follow, until nothing more comes.
func (r *relay) publish(ctx context.Context, rows []*hayon.OutboxRow) error {
	var after uint64
	end := r.s.guard.clock.Mono() + relayRun
	for ctx.Err() == nil && r.s.guard.clock.Mono() < end {
		changed := r.s.changed()
		if may, _ := r.s.guard.mayHint(); !may {
			return nil
		}
		if err := takes(r.broker); err != nil {
			return err
		}
		refusals := r.broker.State().Refused
		for _, row := range rows {
			if err := r.hand(ctx, row, refusals); err != nil {
				return err
			}
			after = row.Seq
		}
		var err error
		if rows, err = r.s.outbox(ctx, after); err != nil {
			return err
		}
		if len(rows) == 0 && !lingered(ctx, relayLinger, changed) {
			return nil
		}
	}
	return nil
}

// lingered waits for d, and reports whether it was woken before.
func lingered(ctx context.Context, d time.Duration, woken <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-woken:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// hand publishes one row as soon as there is a place for it in the window.
func (r *relay) hand(ctx context.Context, row *hayon.OutboxRow, refusals uint64) error {
	select {
	case r.window <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	now := r.s.now()
	m := hayon.HintMessage(row, now)
	p := &sent{row: row, message: m, at: time.Now(), refusals: refusals}
	if m.Expiration > hayon.DelayHorizon { // the clock was set back: the sweeper knows when it is due
		p.confirm = settled{}
		r.sent <- p
		return nil
	}
	var err error
	switch p.confirm, err = r.broker.Publish(ctx, m); {
	case hayon.CodeOf(err) == hayon.CodeInvalid: // no broker takes it, now or later
		p.confirm = settled{err}
	case err != nil:
		<-r.window
		return err
	}
	r.sent <- p
	return nil
}

// settled is the confirmation of what was not published.
type settled struct{ err error }

// Wait answers at once.
func (s settled) Wait(context.Context) error { return s.err }

// await takes the confirmations, in the order of the rows.
func (r *relay) await(ctx context.Context) {
	defer close(r.done)
	for p := range r.sent {
		err := p.wait(ctx)
		<-r.window
		switch {
		case err == nil:
			r.taken(p)
			r.done <- p
		case hayon.CodeOf(err) == hayon.CodeNotFound:
			r.unrouted(p, err)
		case r.droppable(p, err):
			r.done <- p
		default:
			r.stop(err)
		}
	}
}

func (p *sent) wait(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, p.at.Add(confirmWait))
	defer cancel()
	return p.confirm.Wait(ctx)
}

// taken notes that a record lies in its queue, which has room for others.
func (r *relay) taken(p *sent) {
	if p.row.Cause == "" {
		return
	}
	r.s.full.of(p.row.RoutingKey).Store(false)
	if p.row.Cause != hayon.CauseUnroutable { // what lies there of a letter follows from the letter
		hint := p.row.Hint
		r.s.recorded.add(record{hint.Target, hint.Generation, p.row.RoutingKey == hayon.ParkedKey})
	}
}

// unrouted deals with a row that no queue takes. A record of that is sent to the dead letters, unless it
// is a record itself: the store has what it tells.
func (r *relay) unrouted(p *sent, err error) {
	log := r.log(p)
	if p.row.Cause != "" {
		log.Error("a record has no queue; it was dropped", "err", err)
	} else {
		log.Error("a hint has no queue; it is a dead letter, and the sweeper sends another", "err", err)
		p.unroutable = err
	}
	r.done <- p
}

// droppable reports whether a row goes that the broker does not take. Records are for the eye, and the
// sweeper hints at retries: neither may stop the hints behind it. An answer that nobody knows, because
// the session is gone or it took too long, is no refusal.
func (r *relay) droppable(p *sent, err error) bool {
	if hayon.CodeOf(err) == hayon.CodeInvalid {
		r.log(p).Error("a hint cannot be carried by the broker; it was dropped", "err", err)
		return true
	}
	st := r.broker.State()
	known := hayon.CodeOf(err) != hayon.CodeUnavailable || st.Refused > p.refusals
	switch {
	case !known || !st.Connected:
	case p.row.Cause != "":
		if !r.s.full.of(p.row.RoutingKey).Swap(true) {
			r.log(p).Error("the broker refuses records; they are dropped until it has room, and the store has what they tell", "err", err)
		}
		return true
	case !p.row.NotBefore.IsZero():
		r.log(p).Warn("the broker refuses the hint for a retry; the sweeper sends another at its time", "err", err)
		return true
	}
	return false
}

func (r *relay) log(p *sent) *slog.Logger {
	return r.s.log.With("exchange", p.message.Exchange, "routing_key", p.message.RoutingKey, "target_id", p.row.Hint.Target.String())
}

// remove takes off the outbox what is done with, many rows in one commit.
func (r *relay) remove(ctx context.Context) {
	for more := true; more; {
		var batch []*sent
		batch, more = r.gather()
		if len(batch) == 0 {
			continue
		}
		if err := r.removeAll(ctx, batch); err != nil {
			r.stop(err) // what stays is published again
		}
	}
}

// gather waits for rows, and then a moment for more while some are with the broker. It reports whether
// more may come.
func (r *relay) gather() (batch []*sent, more bool) {
	first, ok := <-r.done
	if !ok {
		return nil, false
	}
	batch = append(batch, first)
	timer := time.NewTimer(removeLinger)
	defer timer.Stop()
	for len(batch) < removeMost {
		if len(r.window) == 0 && len(r.done) == 0 {
			break
		}
		select {
		case p, ok := <-r.done:
			if !ok {
				return batch, false
			}
			batch = append(batch, p)
		case <-timer.C:
			return batch, true
		}
	}
	return batch, true
}

// removeAll removes the plain rows by one commit, and each that is a letter now by one of its own: what
// one of them cannot be stored for stops no other.
func (r *relay) removeAll(ctx context.Context, batch []*sent) error {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), removeWait)
		defer cancel()
	}
	var seqs []uint64
	var letters []*sent
	for _, p := range batch {
		if p.unroutable != nil {
			letters = append(letters, p)
		} else {
			seqs = append(seqs, p.row.Seq)
		}
	}
	var failed error
	if len(seqs) > 0 {
		failed = r.s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteOutbox(ctx, seqs) })
		if failed == nil {
			r.removed.Add(int64(len(seqs)))
		}
	}
	for _, p := range letters {
		err := r.s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return r.file(ctx, tx, p) })
		if err == nil {
			r.removed.Add(1)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// file makes a letter of a hint that no queue takes, with the record of it, in the place of its row. The
// record is the same message, so that it is known by its digest when it is found in the dead letters.
func (r *relay) file(ctx context.Context, tx hayon.Tx, p *sent) error {
	if err := tx.DeleteOutbox(ctx, []uint64{p.row.Seq}); err != nil {
		return err
	}
	now, reason := r.s.now(), p.unroutable.Error()
	filed, err := hayon.FileLetter(ctx, tx, hayon.NewLetter(p.message, hayon.CauseUnroutable, reason, now), now)
	if err != nil || !filed {
		return err
	}
	return tx.AppendOutbox(ctx, &hayon.OutboxRow{
		At: p.row.At, Exchange: hayon.DLXExchange, RoutingKey: hayon.DeadKey, Hint: p.row.Hint,
		Cause: hayon.CauseUnroutable, Reason: reason,
	})
}

// full remembers of each queue that takes records whether it refused one.
type full struct{ dead, parked atomic.Bool }

func (f *full) of(key string) *atomic.Bool {
	if key == hayon.ParkedKey {
		return &f.parked
	}
	return &f.dead
}

package bolt

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

const (
	// maxBatch bounds how many functions share one commit, and how many wait before callers do.
	maxBatch = 256
	// maxRestarts bounds how often a batch starts again because a function failed after it had
	// written; what is left then commits one by one.
	maxRestarts = 8
)

type txFunc = func(ctx context.Context, tx hayon.Tx) error

// request is one Update on its way through the committer. The function runs in its caller's
// goroutine, so that a panic in it is the caller's: the committer only lends the transaction.
type request struct {
	turn chan *Tx      // committer to caller: run now
	ran  chan outcome  // caller to committer: the transaction is back
	gone chan struct{} // closed by a caller whose context ended before its first turn
	done chan error    // committer to caller: the answer; holds one
}

type outcome struct {
	err error
	// crashed: the function panicked or ended its goroutine; nobody waits for an answer.
	crashed bool
}

// inTx marks the context of a transaction's function, so that a transaction in a transaction is an
// error and does not wait for itself.
type inTx struct{ d *DB }

func (d *DB) enter(ctx context.Context) (context.Context, error) {
	if ctx.Value(inTx{d}) != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "a transaction was started inside a transaction")
	}
	if ctx.Err() != nil {
		return nil, ctxError(ctx)
	}
	return context.WithValue(ctx, inTx{d}, true), nil
}

// Update runs fn in a transaction that it shares with other calls that wait at the same time; see
// [hayon.Store].
func (d *DB) Update(ctx context.Context, fn func(ctx context.Context, tx hayon.Tx) error) error {
	inner, err := d.enter(ctx)
	if err != nil {
		return err
	}
	r := &request{
		turn: make(chan *Tx), ran: make(chan outcome), gone: make(chan struct{}), done: make(chan error, 1),
	}
	select {
	case <-d.closing:
		return closedError(d.path)
	default:
	}
	select {
	case d.queue <- r:
	case <-ctx.Done():
		return ctxError(ctx)
	case <-d.stopped:
		return closedError(d.path)
	}
	ended := ctx.Done()
	for {
		select {
		case tx := <-r.turn:
			ended = nil // from now on the outcome is answered
			r.run(inner, tx, fn)
		case err := <-r.done:
			return err
		case <-ended:
			close(r.gone)
			return ctxError(ctx)
		case <-d.stopped:
			select {
			case err := <-r.done:
				return err
			default:
				return closedError(d.path)
			}
		}
	}
}

func (r *request) run(ctx context.Context, tx *Tx, fn txFunc) {
	err := guardCaller(
		func() error { return fn(ctx, tx) },
		func() { r.ran <- outcome{crashed: true} },
	)
	r.ran <- outcome{err: err}
}

func (r *request) isGone() bool {
	select {
	case <-r.gone:
		return true
	default:
		return false
	}
}

// commitLoop is the one goroutine that writes. It takes what waits, and adds no delay to it.
func (d *DB) commitLoop() {
	defer close(d.stopped)
	for {
		select {
		case <-d.closing:
			return
		case first := <-d.queue:
			d.commitAll(d.collect(first))
		}
	}
}

func (d *DB) collect(first *request) []*request {
	batch := []*request{first}
	for len(batch) < maxBatch {
		select {
		case r := <-d.queue:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commitAll answers every request of a batch.
func (d *DB) commitAll(batch []*request) {
	taken := time.Now()
	allGone := func() bool {
		for _, r := range batch {
			if !r.isGone() {
				return false
			}
		}
		return true
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	h, release, err := d.acquire(context.Background(), true, allGone)
	if err != nil {
		answer(batch, err)
		return
	}
	defer release()
	b := &commitBatch{d: d, h: h, taken: taken, live: batch}
	for range maxRestarts {
		if again := b.try(); !again {
			break
		}
	}
	b.alone = append(b.alone, b.live...)
	for _, r := range b.alone {
		one := &commitBatch{d: d, h: h, taken: taken, live: []*request{r}}
		one.try() // one that fails is answered: nobody is left for another try
	}
}

func answer(requests []*request, err error) {
	for _, r := range requests {
		r.done <- err
	}
}

// commitBatch is a set of requests that are to share one commit.
type commitBatch struct {
	d     *DB
	h     *handle
	taken time.Time  // when the requests were
	live  []*request // not answered yet, in order
	alone []*request // failed beside others: each runs again in a transaction of its own
}

// try runs the live requests in one transaction and commits. It reports whether it had to roll
// back, so that the requests that are still live want another try.
func (b *commitBatch) try() (again bool) {
	if len(b.live) == 0 {
		return false
	}
	var tx *bbolt.Tx
	err := b.guard(func() (err error) {
		tx, err = b.h.db.Begin(true)
		return err
	})
	if err != nil {
		b.finish(err)
		return false
	}
	writes, changes, tell, sums := 0, 0, false, totals{}
	for i := 0; i < len(b.live); {
		r := b.live[i]
		t := &Tx{tx: tx, totals: sums}
		select {
		case <-r.gone:
			b.drop(i)
			continue
		case r.turn <- t:
		}
		out := <-r.ran
		t.tx = nil // a use after its time panics in the hands of who does it
		switch {
		case isPanic(out.err):
			b.rollback(tx)
			b.finish(out.err)
			return false
		case out.err == nil && !out.crashed:
			if t.writes > 0 {
				writes, changes = writes+t.writes, changes+1
			}
			tell = tell || t.tell
			i++
			continue
		case out.crashed:
			b.drop(i)
		case writes == 0:
			// Nobody wrote before it in this transaction: the error is its own.
			b.drop(i)
			r.done <- b.d.explainOwn(out.err)
		default:
			b.drop(i)
			b.alone = append(b.alone, r)
		}
		if t.writes > 0 {
			b.rollback(tx)
			return true
		}
	}
	if writes == 0 {
		b.rollback(tx)
		b.finish(nil)
		return false
	}
	b.commit(tx, sums, changes, tell)
	return false
}

// commit answers everybody who is still live, and then tells who wants to know.
func (b *commitBatch) commit(tx *bbolt.Tx, sums totals, changes int, tell bool) {
	err := b.guard(func() error { return b.d.finishTx(tx, sums) })
	if err == nil {
		err = b.guard(tx.Commit)
	} else {
		b.rollback(tx)
	}
	took := time.Since(b.taken)
	if err == nil && tell {
		b.d.tellChanged()
	}
	b.finish(err)
	if err == nil && b.d.cfg.OnCommit != nil {
		b.d.cfg.OnCommit(took, changes)
	}
}

// finishTx notes what the rows are now, and who wrote them.
func (d *DB) finishTx(tx *bbolt.Tx, sums totals) error {
	if _, by := storedSchema(tx); by != d.cfg.Version && d.cfg.Version != "" {
		if err := putMeta(tx, keyVersion, []byte(d.cfg.Version)); err != nil {
			return err
		}
	}
	return sums.store(tx)
}

func (b *commitBatch) drop(i int) { b.live = append(b.live[:i:i], b.live[i+1:]...) }

// finish answers everybody who is still live.
func (b *commitBatch) finish(err error) {
	answer(b.live, b.d.explain(err))
	b.live = nil
}

func (b *commitBatch) rollback(tx *bbolt.Tx) {
	if err := b.guard(tx.Rollback); err != nil {
		b.d.cfg.Logger.Error("database rollback went wrong", "path", b.d.path, "err", err)
	}
}

// guard runs a call of bbolt. After a panic in it the handle is not used again.
func (b *commitBatch) guard(fn func() error) error { return b.h.guard(fn) }

func (h *handle) guard(fn func() error) error {
	if h.broken.Load() {
		return panicDamage("an earlier transaction found it damaged")
	}
	err := guard(fn)
	if isPanic(err) {
		h.broken.Store(true)
	}
	return err
}

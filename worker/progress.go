package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

const (
	// progressEvery is the shortest time between two journal rows about one upload, and progressStep the
	// least of it that a row is worth: what is ready sooner has none, and the longest about ten.
	progressEvery = 2 * time.Second
	progressStep  = 10 // per cent
	// maxWords bounds what is taken of a provider's words, in code points.
	maxWords = 200
)

// upload is how far the uploads of a part are, as the provider tells it and as the journal knows it. It
// is safe for concurrent use.
type upload struct {
	mu          sync.Mutex // guards what follows
	what        string
	done, total int64
	// told and toldPercent are what the last row says.
	told        string
	toldPercent int64
}

// set notes how far it is.
func (u *upload) set(what string, done, total int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.what, u.done, u.total = what, done, total
}

// news is the sentence of the next row; "" where nothing is worth one.
func (u *upload) news() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	what := oneLine(u.what)
	if what == "" {
		return ""
	}
	percent := int64(-1) // nobody knows how much there is
	if u.total > 0 {
		percent = int64(100 * min(max(float64(u.done)/float64(u.total), 0), 1))
	}
	if what == u.told && percent < u.toldPercent+progressStep && percent >= u.toldPercent {
		return ""
	}
	u.told, u.toldPercent = what, percent
	if percent < 0 {
		return "uploading " + what
	}
	return fmt.Sprintf("uploading %s, %d %%", what, percent)
}

// telling lets the journal know how far the uploads of part i are, until stop, which returns when nothing
// more is written. That a row could not be written matters to nobody but those who look on.
func (a *attempt) telling(ctx context.Context, i int) (progress func(what string, done, total int64), stop func()) {
	if len(a.t.Parts[i].Media) == 0 {
		return nil, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	u := new(upload)
	var writing sync.WaitGroup
	writing.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if says := u.news(); says != "" {
				if err := a.tell(ctx, i, says); err != nil {
					a.log.Debug("how far the upload is could not be written", "err", err)
				}
			}
		}
	})
	return u.set, func() { cancel(); writing.Wait() }
}

// tell appends a row about the uploads of part i. It changes no target.
func (a *attempt) tell(ctx context.Context, i int, says string) error {
	id, fence := a.t.ID, a.t.Fence
	return a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, id)
		if err != nil {
			return err
		}
		if t.Fence != fence || t.Lease == nil {
			return errFence
		}
		row := a.w.journal(t, hayon.RowProgress, wallNow())
		row.Part, row.Reason = i, says
		return tx.AppendJournal(ctx, row)
	})
}

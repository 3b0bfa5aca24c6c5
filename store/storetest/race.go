package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
)

func raceCases() []testCase {
	return []testCase{
		{"of many claimers one gets the target", raceClaim},
		{"every target is delivered once and the journal has no gap", raceDeliver},
	}
}

func raceClaim(w *world) {
	t := w.one(w.account("demo"))
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			r := request(start, t)
			r.Owner = owner(i + 1)
			err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
				got, err := tx.ClaimTargets(ctx, r)
				if len(got) == 1 && err == nil {
					return tx.PutUser(ctx, &hayon.User{ID: hayon.UserID{10: 1, 11: byte(i)}, Name: "won"})
				}
				return err
			})
			if err != nil {
				w.Errorf("claimer %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		for i := range 16 {
			if _, err := tx.FindUserByID(ctx, hayon.UserID{10: 1, 11: byte(i)}); err == nil {
				won.Add(1)
			}
		}
		return nil
	})
	if n, got := won.Load(), w.target(t.ID); n != 1 || got.Fence != 1 {
		w.Errorf("%d claimers won and the fence is %d", n, got.Fence)
	}
}

// raceDeliver lets workers claim and publish while posts are made, others read and one enqueues.
func raceDeliver(w *world) {
	const posts, workers = 40, 4
	accounts := []hayon.AccountID{w.account("demo/a"), w.account("demo/b"), w.account("demo/c")}
	made := make([]*hayon.Post, posts)
	for i := range made {
		made[i] = w.newPost(accounts, inState(hayon.StateScheduled))
	}
	var sent sync.Map
	var published atomic.Int32
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, p := range made {
			w.try(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
		}
	})
	done := func() bool { return w.Failed() || int(published.Load()) >= posts*len(accounts) }
	wg.Go(func() {
		for !done() {
			w.try(func(ctx context.Context, tx hayon.Tx) error {
				_, err := tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: start, Limit: 7})
				return err
			})
		}
	})
	for i := range workers {
		wg.Go(func() {
			for !done() {
				w.deliver(owner(i+1), &sent, &published)
			}
		})
	}
	wg.Wait()
	journal, _ := w.rows()
	for i, r := range journal {
		if r.Seq != uint64(i+1) {
			w.Fatalf("journal row %d has the number %d", i, r.Seq)
		}
	}
}

func (w *world) try(fn func(context.Context, hayon.Tx) error) {
	if err := w.s.Update(w.Context(), fn); err != nil {
		w.Errorf("Update: %v", err)
	}
}

func (w *world) deliver(o hayon.Owner, sent *sync.Map, published *atomic.Int32) {
	var got []*hayon.Target
	w.try(func(ctx context.Context, tx hayon.Tx) (err error) {
		got, err = tx.ClaimTargets(ctx, hayon.ClaimRequest{Now: start, Owner: o, Lease: time.Hour, Limit: 2})
		return err
	})
	for _, t := range got {
		if _, twice := sent.LoadOrStore(t.ID, o); twice {
			w.Errorf("target %s was claimed twice", t.ID)
		}
		w.try(func(ctx context.Context, tx hayon.Tx) error {
			c := *t
			c.Parts = []hayon.Part{{Text: "x", Remote: hayon.Remote{ID: t.ID.String()}}}
			c.Enter(hayon.StatePublished, start)
			return tx.UpdateTarget(ctx, &c)
		})
		published.Add(1)
	}
}

package bolt_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// BenchmarkFsync is what the disk of the other figures can do.
func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for b.Loop() {
		if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGroupCommit has 64 writers, each of which appends a journal row a time.
func BenchmarkGroupCommit(b *testing.B) {
	db := opened(b, dbPath(b), bolt.Config{Hold: true})
	work := make(chan struct{})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range work {
				if err := db.Update(b.Context(), appendRow); err != nil {
					b.Errorf("Update: %v", err)
				}
			}
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

func appendRow(ctx context.Context, tx hayon.Tx) error {
	return tx.AppendJournal(ctx, &hayon.JournalRow{At: now, Kind: hayon.RowState, User: hayon.LocalUser().ID})
}

func BenchmarkUpdateAlone(b *testing.B) {
	for _, hold := range []bool{true, false} {
		b.Run(map[bool]string{true: "hold", false: "short"}[hold], func(b *testing.B) {
			db := opened(b, dbPath(b), bolt.Config{Hold: hold})
			for b.Loop() {
				mustUpdate(b, db, appendRow)
			}
		})
	}
}

// BenchmarkFindPosts reads the newest 30 of 100,000 posts, of which one in 10,000 failed.
func BenchmarkFindPosts(b *testing.B) {
	const posts, batch = 100_000, 1000
	path := dbPath(b)
	db := opened(b, path, bolt.Config{Hold: true})
	for i := 0; i < posts; i += batch {
		mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
			for j := i; j < i+batch; j++ {
				p := newPost(now.Add(time.Duration(j)*time.Millisecond), account(byte(j%50)), hayon.StateQueued)
				if err := tx.CreatePost(ctx, p); err != nil {
					return err
				}
				for _, s := range []hayon.State{hayon.StatePublishing, hayon.StateFailed} {
					if j%10_000 != 0 {
						continue
					}
					p.Targets[0].Enter(s, now)
					if err := tx.UpdateTarget(ctx, p.Targets[0]); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	mine := hayon.PostFilter{Owner: hayon.LocalUser().ID, Limit: 30}
	run := func(name string, db *bolt.DB, f hayon.PostFilter) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				err := db.View(b.Context(), func(ctx context.Context, tx hayon.Tx) error {
					_, err := tx.FindPosts(ctx, f)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("newest", db, mine)
	state := mine
	state.States = []hayon.PostState{hayon.PostFailed, hayon.PostPartial}
	run("rare state", db, state)
	acc := mine
	acc.Accounts = []hayon.AccountID{account(7)}
	run("account", db, acc)
	since := mine
	since.Since, since.Until = now.Add(50*time.Second), now.Add(51*time.Second)
	run("second", db, since)
	if err := db.Release(); err != nil {
		b.Fatal(err)
	}
	run("newest, short holding", db, mine)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if err := open(b, path, bolt.Config{}).Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkClaim claims one of 10,000 queued targets of 1,000 accounts, by name and without.
func BenchmarkClaim(b *testing.B) {
	for _, mode := range []string{"named", "in order", "any"} {
		b.Run(mode, func(b *testing.B) {
			db := opened(b, dbPath(b), bolt.Config{Hold: true})
			var targets []*hayon.Target
			mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
				for i := range 1000 {
					a := hayon.AccountID{9: 1, 10: byte(i >> 8), 11: byte(i)}
					err := tx.CreateAccount(ctx, &hayon.Account{
						ID: a, Owner: hayon.LocalUser().ID, Platform: "demo", Name: a.String() + "x", Status: hayon.AccountConnected,
					})
					if err != nil {
						return err
					}
					for range 10 {
						p := newPost(now, a, hayon.StateQueued)
						if err := tx.CreatePost(ctx, p); err != nil {
							return err
						}
						targets = append(targets, p.Targets[0])
					}
				}
				return nil
			})
			for i := 0; b.Loop(); i++ {
				r := hayon.ClaimRequest{Now: now, Owner: self(), Lease: time.Minute, Limit: 1, InOrder: mode == "in order"}
				if mode != "any" {
					r.Targets = []hayon.TargetRef{{Target: targets[i*10%len(targets)].ID}}
				}
				mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
					got, err := tx.ClaimTargets(ctx, r)
					if err != nil || len(got) != 1 {
						return err
					}
					t := got[0]
					t.Enter(hayon.StateQueued, now) // given back, so that the next claim finds as much
					return tx.UpdateTarget(ctx, t)
				})
			}
		})
	}
}

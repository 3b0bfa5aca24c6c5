package bolt_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
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
	words := mine
	words.Words = []string{"oyster"}
	run("no such word", db, words)
	words.States = state.States
	run("no such word, rare state", db, words)
	times := mine
	times.Order, times.AtSince, times.AtUntil = hayon.OrderLatest, now.Add(50*time.Second), now.Add(60*time.Second)
	run("latest of ten seconds", db, times)
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			err := db.View(b.Context(), func(ctx context.Context, tx hayon.Tx) error {
				n, err := tx.CountPosts(ctx, mine)
				if n != posts {
					b.Errorf("there are %d posts", n)
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
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

// BenchmarkClaimBehindLate claims the one target of an account that is in time, behind 20,000 that are
// too late and not yet missed.
func BenchmarkClaimBehindLate(b *testing.B) {
	db := opened(b, dbPath(b), bolt.Config{Hold: true})
	in := newPost(now, account(1), hayon.StateQueued)
	mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
		if err := putAccount(ctx, tx, 1); err != nil {
			return err
		}
		for i := range 20_000 {
			if err := tx.CreatePost(ctx, newPost(now.Add(-50*time.Hour+time.Duration(i)*time.Second), account(1), hayon.StateQueued)); err != nil {
				return err
			}
		}
		return tx.CreatePost(ctx, in)
	})
	for _, mode := range []string{"in order", "any"} {
		b.Run(mode, func(b *testing.B) {
			for b.Loop() {
				r := hayon.ClaimRequest{Now: now, Owner: self(), Lease: time.Minute, Limit: 1, InOrder: mode == "in order"}
				if mode != "any" {
					r.Targets = []hayon.TargetRef{{Target: in.Targets[0].ID}}
				}
				mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
					got, err := tx.ClaimTargets(ctx, r)
					if err != nil {
						return err
					}
					if len(got) != 1 || got[0].ID != in.Targets[0].ID {
						b.Fatalf("claimed %d targets", len(got))
					}
					got[0].Enter(hayon.StateQueued, now)
					return tx.UpdateTarget(ctx, got[0])
				})
			}
		})
	}
}

// BenchmarkCount counts 100,000 hints that wait for a broker, and as many open letters, of which it also
// reads the newest 30.
func BenchmarkCount(b *testing.B) {
	const rows, batch = 100_000, 1000
	db := opened(b, dbPath(b), bolt.Config{Hold: true})
	for i := 0; i < rows; i += batch {
		mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
			for j := i; j < i+batch; j++ {
				m := hayon.Message{ID: strconv.Itoa(j), At: now, Body: []byte("?")}
				l := hayon.NewLetter(m, hayon.CauseUndecodable, "it is no hint", now.Add(time.Duration(j)*time.Millisecond))
				if err := errors.Join(tx.AppendOutbox(ctx, &hayon.OutboxRow{At: now}), tx.PutLetter(ctx, l)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for name, read := range map[string]func(ctx context.Context, tx hayon.Tx) (int, error){
		"hints": func(ctx context.Context, tx hayon.Tx) (int, error) { return tx.CountOutbox(ctx) },
		"letters": func(ctx context.Context, tx hayon.Tx) (int, error) {
			n, _, err := tx.CountLetters(ctx)
			return n, err
		},
		"newest letters": func(ctx context.Context, tx hayon.Tx) (int, error) {
			found, err := tx.FindLetters(ctx, hayon.LetterFilter{Limit: 30})
			return len(found), err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				err := db.View(b.Context(), func(ctx context.Context, tx hayon.Tx) error {
					n, err := read(ctx, tx)
					if n != rows && n != 30 {
						b.Errorf("there are %d", n)
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// bigEnv lets BenchmarkScheduled take a million posts, too, which are minutes of writing.
const bigEnv = "HAYON_BENCH_BIG"

// BenchmarkScheduled is what a store costs that has many posts for later: queueing 500 that are due,
// creating one more, and opening the file. Each size is written once a run.
func BenchmarkScheduled(b *testing.B) {
	sizes := []int{10_000, 100_000}
	if os.Getenv(bigEnv) == "1" {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			path := dbPath(b)
			db := open(b, path, bolt.Config{Hold: true})
			schedule(b, db, n)
			b.Run("due", func(b *testing.B) { benchmarkDue(b, db) })
			b.Run("next wake", func(b *testing.B) { benchmarkNextWake(b, db) })
			b.Run("create", func(b *testing.B) { benchmarkCreate(b, db) })
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
			for _, hold := range []bool{true, false} {
				b.Run(map[bool]string{true: "open, hold", false: "open, short"}[hold], func(b *testing.B) {
					for b.Loop() {
						if err := open(b, path, bolt.Config{Hold: hold}).Close(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run("open and read", func(b *testing.B) {
				for b.Loop() {
					db := open(b, path, bolt.Config{Hold: true})
					if nextWake(b, db).IsZero() {
						b.Fatal("nothing is scheduled")
					}
					if err := db.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// schedule stores n posts for 50 accounts, a second apart from now on.
func schedule(b *testing.B, db *bolt.DB, n int) {
	b.Helper()
	const batch = 2000
	for i := 0; i < n; i += batch {
		mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
			for j := i; j < i+batch; j++ {
				p := newPost(now.Add(time.Duration(j)*time.Millisecond), account(byte(j%50)), hayon.StateScheduled)
				p.Targets[0].Due = now.Add(time.Duration(j) * time.Second)
				if err := tx.CreatePost(ctx, p); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// benchmarkDue queues the first 500 posts and, outside the time, takes them back.
func benchmarkDue(b *testing.B, db *bolt.DB) {
	b.Helper()
	const due = 500
	at := now.Add(due * time.Second)
	for b.Loop() {
		var moved []*hayon.Target
		mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) (err error) {
			moved, err = tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: at, Limit: due})
			return err
		})
		b.StopTimer()
		if len(moved) != due {
			b.Fatalf("%d targets were due, want %d", len(moved), due)
		}
		mustUpdate(b, db, func(ctx context.Context, tx hayon.Tx) error {
			for _, t := range moved {
				t.Enter(hayon.StateScheduled, now)
				if err := tx.UpdateTarget(ctx, t); err != nil {
					return err
				}
			}
			return emptyOutbox(ctx, tx)
		})
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/due, "µs/target")
}

func emptyOutbox(ctx context.Context, tx hayon.Tx) error {
	rows, err := tx.FindOutbox(ctx, 0, 0)
	seqs := make([]uint64, len(rows))
	for i, r := range rows {
		seqs[i] = r.Seq
	}
	if err != nil {
		return err
	}
	return tx.DeleteOutbox(ctx, seqs)
}

func nextWake(b *testing.B, db *bolt.DB) (at time.Time) {
	b.Helper()
	err := db.View(b.Context(), func(ctx context.Context, tx hayon.Tx) (err error) {
		at, err = tx.NextWake(ctx, hayon.StateScheduled, time.Time{})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return at
}

func benchmarkNextWake(b *testing.B, db *bolt.DB) {
	b.Helper()
	for b.Loop() {
		if nextWake(b, db).IsZero() {
			b.Fatal("nothing is scheduled")
		}
	}
}

// benchmarkCreate schedules one post a commit, far behind all others.
func benchmarkCreate(b *testing.B, db *bolt.DB) {
	b.Helper()
	for i := 0; b.Loop(); i++ {
		p := newPost(now.Add(24*time.Hour+time.Duration(i)*time.Millisecond), account(1), hayon.StateScheduled)
		p.Targets[0].Due = now.AddDate(1, 0, i%300)
		mustUpdate(b, db, create(p))
	}
}

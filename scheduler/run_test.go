package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/queue/local"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/worker"
)

// daemon is scheduler, broker and worker on one store, as the daemon runs them.
type daemon struct {
	t         *testing.T
	ctx       context.Context
	setup     setup
	db        *bolt.DB
	blobs     hayon.Blobs
	vault     hayon.Vault
	platform  *hayontest.Platform
	clock     *fakeClock
	scheduler *scheduler.Scheduler
	worker    *worker.Worker
	broker    hayon.Broker
	store     hayon.Store // as the process that runs sees it

	mu   sync.Mutex // guards dead
	dead map[int]bool
}

// setup says how a daemon differs from the plain one.
type setup struct {
	// broker and store put something between the daemon and what it stands on.
	broker func(hayon.Broker) hayon.Broker
	store  func(hayon.Store) hayon.Store
	// provider stands in the place of the platform.
	provider hayon.Provider
	loadZone func(string) (*time.Location, error)
	logger   *slog.Logger
	// noBoot: the machine has no clock that counts suspends.
	noBoot bool
	// delayed: the broker has the plugin for delayed messages.
	delayed bool
	fitter  scheduler.Fitter
	pages   hayon.PageReader
}

// newDaemon makes a daemon that does not run yet. wrap may put something between it and its broker.
func newDaemon(t *testing.T, wrap func(hayon.Broker) hayon.Broker) *daemon {
	t.Helper()
	return newDaemonWith(t, setup{broker: wrap})
}

func newDaemonWith(t *testing.T, with setup) *daemon {
	t.Helper()
	d := &daemon{t: t, setup: with, platform: &hayontest.Platform{}, dead: make(map[int]bool), vault: memory.New(nil)}
	d.ctx = hayon.WithActor(t.Context(), hayontest.Local())
	d.clock = newFakeClock()
	folder := t.TempDir()
	var err error
	if d.db, err = bolt.Open(t.Context(), filepath.Join(folder, "hayon.db"), bolt.Config{Hold: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.db.Check(context.Background()); err != nil {
			t.Errorf("the store is not consistent: %v", err)
		}
		_ = d.db.Close()
	})
	if d.blobs, err = dir.Open(filepath.Join(folder, "blobs")); err != nil {
		t.Fatal(err)
	}
	d.boot(1)
	return d
}

// boot makes the parts of a new process.
func (d *daemon) boot(pid int) {
	d.t.Helper()
	owner := hayon.Owner{Host: "test", BootID: "boot", PID: pid, Start: int64(pid)}
	provider := d.setup.provider
	if provider == nil {
		provider = d.platform
	}
	platforms := providers.Of(provider)
	d.store = d.db
	if d.setup.store != nil {
		d.store = d.setup.store(d.db)
	}
	var err error
	d.scheduler, err = scheduler.New(scheduler.Deps{
		Store: d.store, Blobs: d.blobs, Vault: d.vault, Providers: platforms, Sessions: vault.Sessions(d.vault),
		Owner: owner, Alive: d.alive, Fitter: d.setup.fitter, Pages: d.setup.pages,
	}, scheduler.Config{Clock: d.clock.Clock(!d.setup.noBoot), LoadZone: d.setup.loadZone, Logger: d.setup.logger})
	if err != nil {
		d.t.Fatal(err)
	}
	d.worker, err = worker.New(worker.Deps{
		Store: skewed{d.store, d.clock}, Blobs: d.blobs, Providers: platforms, Sessions: vault.Sessions(d.vault), Owner: owner,
	}, worker.Config{Concurrency: 4, Rand: func() float64 { return 0.5 }, MayPublish: d.scheduler.MayPublish})
	if err != nil {
		d.t.Fatal(err)
	}
	if d.broker, err = local.New(local.Config{Delayed: d.setup.delayed}); err != nil {
		d.t.Fatal(err)
	}
	if d.setup.broker != nil {
		d.broker = d.setup.broker(d.broker)
	}
	if err := d.broker.Declare(d.ctx, hayon.NewTopology([]string{"platform"})); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) alive(o hayon.Owner) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.dead[o.PID]
}

// died makes a process one that does not run any more.
func (d *daemon) died(pid int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead[pid] = true
}

// run runs the daemon until the test calls the function that it answers.
func (d *daemon) run() (stop func()) {
	ctx, cancel := context.WithCancel(d.ctx)
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := d.scheduler.Run(ctx, d.broker); err != nil && ctx.Err() == nil {
			d.t.Errorf("scheduler: %v", err)
		}
	})
	parts.Go(func() {
		if err := d.worker.Run(ctx, d.broker); err != nil && ctx.Err() == nil {
			d.t.Errorf("worker: %v", err)
		}
	})
	return func() {
		cancel()
		parts.Wait()
		_ = d.broker.Close()
	}
}

func (d *daemon) post(text string, in time.Duration) *hayon.Post {
	d.t.Helper()
	c := hayon.PostCreate{Text: text, To: []string{"platform"}}
	if in > 0 {
		c.Schedule.At = time.Now().Add(in)
	}
	post, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		d.t.Fatal(err)
	}
	return post
}

func (d *daemon) state(id hayon.PostID) hayon.State {
	d.t.Helper()
	post, err := d.scheduler.FindPostByID(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return post.Targets[0].State
}

func (d *daemon) wantPublic(want ...string) {
	d.t.Helper()
	var got []string
	for _, p := range d.platform.Public() {
		got = append(got, p.Text)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		d.t.Errorf("public: got %q, want %q", got, want)
	}
}

func TestPublishesAtTheDueTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		later := d.post("later", 2*time.Hour+3*time.Second)
		d.post("now", 0)
		due := later.Schedule.At
		pass(2 * time.Hour)
		synctest.Wait()
		d.wantPublic("now")
		pass(4 * time.Second)
		synctest.Wait()
		d.wantPublic("now", "later")
		if at := d.platform.Public()[1].At; at.Before(due) || at.Sub(due) > time.Millisecond {
			t.Errorf("published %s after its due time", at.Sub(due))
		}
	})
}

func TestDueOrderWithinAnAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		var want []string
		for i := range 20 {
			text := fmt.Sprintf("post %02d", i)
			want = append(want, text)
			d.post(text, time.Minute+time.Duration(i)*time.Millisecond)
		}
		stop := d.run()
		defer stop()
		pass(2 * time.Minute)
		synctest.Wait()
		d.wantPublic(want...)
	})
}

func TestFoundTooLateIsMissedAndRetrySendsIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		late time.Duration
		want hayon.State
	}{
		{"inside the grace window", 59 * time.Minute, hayon.StatePublished},
		{"beyond it", 61 * time.Minute, hayon.StateMissed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				post := d.post("late", time.Minute)
				pass(time.Minute + tc.late) // nobody runs
				stop := d.run()
				defer stop()
				pass(time.Minute)
				synctest.Wait()
				if got := d.state(post.ID); got != tc.want {
					t.Fatalf("state: got %s, want %s", got, tc.want)
				}
				if tc.want != hayon.StateMissed {
					return
				}
				found, err := d.scheduler.FindPostByID(d.ctx, post.ID)
				if err != nil {
					t.Fatal(err)
				}
				late := found.Targets[0]
				if !late.Asks || late.Error == nil || !strings.Contains(late.Error.Message, "nobody was there to send it") ||
					!strings.Contains(late.Error.Hint, "hayon retry "+post.ID.String()) {
					t.Errorf("asks %t, error %+v", late.Asks, late.Error)
				}
				if _, err := d.scheduler.RetryPost(d.ctx, post.ID, hayon.PostChangeRequest{}); err != nil {
					t.Fatal(err)
				}
				pass(time.Minute)
				synctest.Wait()
				d.wantPublic("late")
			})
		})
	}
}

// What was queued when the machine went down is not sent long after, without being asked.
func TestQueuedTooLongIsMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		post := d.post("queued", 0)
		pass(2 * time.Hour)
		missed, err := d.scheduler.Sweep(d.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(missed) != 1 || d.state(post.ID) != hayon.StateMissed {
			t.Errorf("missed %d targets, state %s", len(missed), d.state(post.ID))
		}
		d.wantPublic()
	})
}

// lossy is a broker that confirms every message and delivers none for a while.
type lossy struct {
	hayon.Broker
	until time.Time
}

type confirmed struct{}

func (confirmed) Wait(context.Context) error { return nil }

func (l lossy) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	if time.Now().Before(l.until) {
		return confirmed{}, nil
	}
	return l.Broker.Publish(ctx, m)
}

func TestBrokerThatLosesEverythingCostsSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lost := 20 * time.Second
		d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return lossy{b, time.Now().Add(lost)} })
		stop := d.run()
		defer stop()
		pass(time.Second)
		d.post("hello", 0)
		pass(lost + 30*time.Second)
		synctest.Wait()
		d.wantPublic("hello")
	})
}

// doubling is a broker that delivers every message three times.
type doubling struct{ hayon.Broker }

func (d doubling) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	for range 2 {
		if _, err := d.Broker.Publish(ctx, m); err != nil {
			return nil, err
		}
	}
	return d.Broker.Publish(ctx, m)
}

func TestBrokerThatRepeatsEverythingChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return doubling{b} })
		stop := d.run()
		defer stop()
		for i := range 10 {
			d.post(fmt.Sprint(i), 0)
			pass(2 * time.Millisecond) // each has a due time of its own
		}
		pass(time.Minute)
		synctest.Wait()
		d.wantPublic("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
	})
}

func TestRetryComesBackAtItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		var calls []time.Time
		d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls = append(calls, time.Now()); len(calls) < 3 {
				return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "platform: down")}
			}
			return hayon.Result{}
		}
		stop := d.run()
		defer stop()
		d.post("hello", 0)
		pass(time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		for i, want := range []time.Duration{5 * time.Second, 30 * time.Second} {
			if got := calls[i+1].Sub(calls[i]); got < want || got > want+500*time.Millisecond {
				t.Errorf("wait %d: got %s, want %s", i, got, want)
			}
		}
	})
}

// A daemon that starts after a crash takes over at once what the dead process had in its hands.
func TestTakesOverFromTheDeadAtStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		post := d.post("hello", 0)
		err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.ClaimTargets(ctx, hayon.ClaimRequest{
				Now: time.Now(), Lease: 90 * time.Second,
				Owner:   hayon.Owner{Host: "test", BootID: "boot", PID: 7, Start: 7},
				Targets: []hayon.TargetRef{{Target: post.Targets[0].ID}},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		busy, err := d.scheduler.Busy(d.ctx)
		if err != nil || !busy {
			t.Fatalf("Busy: got %t, %v, want true while the other process lives", busy, err)
		}
		d.died(7)
		stop := d.run()
		defer stop()
		pass(2 * time.Second)
		synctest.Wait()
		d.wantPublic("hello")
	})
}

// An account that was signed out and in again goes on with what waited for it.
func TestSignInWakesWhatWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		refuse := true
		d.platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			if refuse {
				return nil, hayon.Errorf(hayon.CodeUnauthenticated, "platform: token expired")
			}
			return nil, nil //nolint:nilnil // go on
		}
		stop := d.run()
		defer stop()
		failed := d.post("failed", 0)
		pass(time.Second)
		waits := d.post("waits", 0)
		pass(10 * time.Minute)
		synctest.Wait()
		if got := d.state(failed.ID); got != hayon.StateFailed {
			t.Errorf("first: got %s, want failed", got)
		}
		if got := d.state(waits.ID); got != hayon.StateQueued {
			t.Errorf("second: got %s, want queued", got)
		}
		refuse = false
		if _, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{Platform: "platform"}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		synctest.Wait()
		d.wantPublic("waits")
	})
}

func TestPruneOutboxKeepsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		waits, gone := d.post("waits", 0), d.post("gone", 0)
		if _, err := d.scheduler.CancelPost(d.ctx, gone.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := d.scheduler.PruneOutbox(d.ctx); err != nil {
			t.Fatal(err)
		}
		err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			rows, err := tx.FindOutbox(ctx, 0, 10)
			if len(rows) != 1 || rows[0].Hint.Target != waits.Targets[0].ID {
				t.Errorf("outbox: %+v", rows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// pass lets the fake time of a bubble go by.
func pass(d time.Duration) { <-time.After(d) }

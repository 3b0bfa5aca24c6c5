package events_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/store/bolt"
)

// rig is a store with the processes that deliver from it.
type rig struct {
	t    *testing.T
	db   *bolt.DB
	dead sync.Map // process id → true
	logs lockedBuffer

	mu    sync.Mutex // guards sinks and fail
	sinks []events.Sink
	fail  error // of the question which sinks there are
}

func newRig(t *testing.T, sinks ...events.Sink) *rig {
	t.Helper()
	r := &rig{t: t, sinks: sinks}
	var err error
	if r.db, err = bolt.Open(t.Context(), filepath.Join(t.TempDir(), "hayon.db"), bolt.Config{Hold: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.db.Check(context.Background()); err != nil {
			t.Errorf("the store is not consistent: %v", err)
		}
		_ = r.db.Close()
	})
	return r
}

func (r *rig) set(fail error, sinks ...events.Sink) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sinks, r.fail = sinks, fail
}

func (r *rig) ask(context.Context) ([]events.Sink, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sinks), r.fail
}

func owner(pid int) hayon.Owner { return hayon.Owner{Host: "test", BootID: "boot", PID: pid, Start: 1} }

// process makes the dispatcher of a process on the store, or on what stands before it.
func (r *rig) process(pid int, store hayon.Store) *events.Dispatcher {
	r.t.Helper()
	d, err := events.New(events.Deps{
		Store: store, Sinks: r.ask, Owner: owner(pid),
		Alive: func(o hayon.Owner) bool { _, dead := r.dead.Load(o.PID); return !dead },
	}, events.Config{
		Profile: "test", Rand: func() float64 { return 0.5 },
		Logger: slog.New(slog.NewTextHandler(&r.logs, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// run runs the dispatcher, with the sinks known, until stop.
func (r *rig) run(d *events.Dispatcher) (stop func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	synctest.Wait()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
}

// row appends a row about a target that came into a state, and answers its number.
func (r *rig) row(to hayon.State) uint64 {
	r.t.Helper()
	return r.rows(hayon.JournalRow{Kind: hayon.RowState, To: to, User: hayon.LocalUser().ID})
}

// rows appends rows in one commit and answers the number of the last.
func (r *rig) rows(rows ...hayon.JournalRow) (seq uint64) {
	r.t.Helper()
	err := r.db.Update(r.t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		for _, row := range rows {
			if row.At.IsZero() {
				row.At = time.Now().UTC()
			}
			if err := tx.AppendJournal(ctx, &row); err != nil {
				return err
			}
			seq = row.Seq
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return seq
}

// cursor is the stored cursor, nil where there is none.
func (r *rig) cursor(name string) (c *hayon.Cursor) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(ctx context.Context, tx hayon.Tx) (err error) {
		c, err = tx.FindCursor(ctx, name)
		return err
	})
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) putCursor(c *hayon.Cursor) {
	r.t.Helper()
	err := r.db.Update(r.t.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.PutCursor(ctx, c) })
	if err != nil {
		r.t.Fatal(err)
	}
}

// pass lets fake time pass, and everything that follows from it happen.
func pass(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

// sink is a sink that a test scripts.
type sink struct {
	name   string
	kinds  []hayon.EventKind
	policy events.Policy
	user   hayon.UserID

	mu sync.Mutex // guards what follows
	// on decides a delivery; nil takes it.
	on    func(ctx context.Context, n events.Notice) error
	tries []try
}

// decide has others decide from now on.
func (s *sink) decide(on func(ctx context.Context, n events.Notice) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
}

// try is a delivery with its time.
type try struct {
	id uint64
	at time.Time
	ok bool
}

var errRefused = errors.New("refused")

func (s *sink) Name() string             { return s.name }
func (s *sink) Kinds() []hayon.EventKind { return s.kinds }
func (s *sink) Policy() events.Policy    { return s.policy }
func (s *sink) Owner() hayon.UserID      { return s.user }

func (s *sink) Deliver(ctx context.Context, n events.Notice) error {
	at := time.Now()
	s.mu.Lock()
	on := s.on
	s.mu.Unlock()
	var err error
	if on != nil {
		err = on(ctx, n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries = append(s.tries, try{n.Event.Seq, at, err == nil})
	return err
}

func (s *sink) all() []try {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tries)
}

// got are the ids of what was delivered, in order.
func (s *sink) got() []uint64 {
	var ids []uint64
	for _, t := range s.all() {
		if t.ok {
			ids = append(ids, t.id)
		}
	}
	return ids
}

func (s *sink) want(t *testing.T, ids ...uint64) {
	t.Helper()
	if got := s.got(); !slices.Equal(got, ids) {
		t.Errorf("%s got %v, want %v", s.name, got, ids)
	}
}

// hang waits for the end of the delivery.
func hang(ctx context.Context, _ events.Notice) error {
	<-ctx.Done()
	return ctx.Err()
}

func refuse(context.Context, events.Notice) error { return errRefused }

// counted counts the transactions of a dispatcher, and stops like a killed process when it is told to.
type counted struct {
	*bolt.DB
	commits atomic.Int64
	views   atomic.Int64
	killed  atomic.Bool
}

var errKilled = errors.New("the process was killed")

func (c *counted) View(ctx context.Context, fn func(ctx context.Context, tx hayon.Tx) error) error {
	if c.killed.Load() {
		return errKilled
	}
	c.views.Add(1)
	return c.DB.View(ctx, fn)
}

func (c *counted) Update(ctx context.Context, fn func(ctx context.Context, tx hayon.Tx) error) error {
	if c.killed.Load() {
		return errKilled
	}
	c.commits.Add(1)
	return c.DB.Update(ctx, fn)
}

// silent is a store that tells nobody of commits.
type silent struct{ hayon.Store }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

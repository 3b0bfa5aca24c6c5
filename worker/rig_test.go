package worker_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/worker"
)

// rig is a store with one platform on which several processes, one after the other or at the same
// time, schedule and work.
type rig struct {
	t        *testing.T
	db       hayon.Store
	blobs    hayon.Blobs
	platform *hayontest.Platform
	config   worker.Config // of the processes that are started; Rand and Recover are set
	ctx      context.Context

	mu        sync.Mutex // guards what follows
	dead      map[hayon.Owner]bool
	deadSince time.Time
}

func newRig(t *testing.T, p *hayontest.Platform) *rig {
	t.Helper()
	folder := t.TempDir()
	db, err := bolt.Open(t.Context(), filepath.Join(folder, "hayon.db"), bolt.Config{Hold: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Check(context.Background()); err != nil {
			t.Errorf("the store is not consistent: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	blobs, err := dir.Open(filepath.Join(folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return &rig{
		t: t, db: db, blobs: blobs, platform: p, dead: make(map[hayon.Owner]bool),
		ctx: hayon.WithActor(t.Context(), hayontest.Local()),
	}
}

// process is one Hayon on the rig's store.
type process struct {
	*rig
	owner     hayon.Owner
	store     *mortal
	scheduler *scheduler.Scheduler
	worker    *worker.Worker
}

// start makes a process with a number of its own. claims says that it is a one-shot.
func (r *rig) start(pid int, claims bool) *process {
	r.t.Helper()
	p := &process{
		rig: r, store: &mortal{Store: r.db},
		owner: hayon.Owner{Host: "test", BootID: "boot", PID: pid, Start: int64(pid)},
	}
	v := memory.New(nil)
	platforms := providers.Of(r.platform)
	var err error
	p.scheduler, err = scheduler.New(scheduler.Deps{
		Store: p.store, Blobs: r.blobs, Vault: v, Providers: platforms, Sessions: vault.Sessions(v),
		Owner: p.owner, Alive: r.alive,
	}, scheduler.Config{ClaimOwn: claims})
	if err != nil {
		r.t.Fatal(err)
	}
	p.worker, err = worker.New(worker.Deps{
		Store: p.store, Blobs: r.blobs, Providers: platforms, Sessions: vault.Sessions(v), Owner: p.owner,
	}, r.workerConfig(p.scheduler))
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

func (r *rig) workerConfig(s *scheduler.Scheduler) worker.Config {
	cfg := r.config
	cfg.Rand, cfg.Recover = func() float64 { return 0.5 }, s.Recover
	return cfg
}

func (r *rig) alive(o hayon.Owner) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.dead[o]
}

// kill ends the process: from now on it can neither read nor write, and everybody can tell.
func (p *process) kill() {
	p.store.kill()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead[p.owner] {
		return
	}
	p.dead[p.owner], p.deadSince = true, time.Now()
}

// post stores a post to the platform.
func (p *process) post(c hayon.PostCreate) *hayon.Post {
	p.t.Helper()
	if c.To == nil {
		c.To = []string{"platform"}
	}
	post, err := p.scheduler.CreatePost(p.ctx, c)
	if err != nil {
		p.t.Fatal(err)
	}
	return post
}

// find reads a post's only target.
func (r *rig) find(id hayon.PostID) *hayon.Target {
	r.t.Helper()
	var post *hayon.Post
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		post, err = tx.FindPostByID(ctx, id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return post.Targets[0]
}

// deliver works on a post's targets for at most d.
func (p *process) deliver(post *hayon.Post, d time.Duration) error {
	ctx, cancel := context.WithTimeout(p.ctx, d)
	defer cancel()
	ids := make([]hayon.TargetID, len(post.Targets))
	for i, t := range post.Targets {
		ids[i] = t.ID
	}
	return p.worker.Deliver(ctx, ids)
}

// follow works on a post as a daemon would, whenever something is due, for at most d. Unlike deliver it
// does not look in between.
func (p *process) follow(post *hayon.Post, d time.Duration) {
	p.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		t := p.find(post.ID)
		if t.State.Terminal() || t.Held() {
			return
		}
		pass(max(time.Until(t.Wake()), time.Second/4))
		if _, err := p.worker.DeliverDue(p.ctx, 0); err != nil {
			p.t.Fatal(err)
		}
	}
	p.t.Fatalf("it does not come to rest within %s: %+v", d, p.find(post.ID))
}

// rows are the journal rows of a post, with their kinds.
func (r *rig) rows(id hayon.PostID) []*hayon.JournalRow {
	r.t.Helper()
	var rows []*hayon.JournalRow
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		rows, err = tx.FindJournal(ctx, hayon.JournalFilter{Post: id})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func kinds(rows []*hayon.JournalRow) []hayon.RowKind {
	out := make([]hayon.RowKind, len(rows))
	for i, r := range rows {
		out[i] = r.Kind
	}
	return out
}

// wantState fails unless the post's target is in a state.
func (r *rig) wantState(id hayon.PostID, want hayon.State) *hayon.Target {
	r.t.Helper()
	t := r.find(id)
	if t.State != want {
		r.t.Fatalf("state: got %s (%+v), want %s", t.State, t.Error, want)
	}
	return t
}

// wantPublic fails unless exactly these texts are public, in this order.
func (r *rig) wantPublic(want ...string) {
	r.t.Helper()
	public := r.platform.Public()
	got := make([]string, len(public))
	for i, p := range public {
		got[i] = p.Text
	}
	if len(got) != len(want) {
		r.t.Fatalf("public posts: got %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			r.t.Fatalf("public posts: got %q, want %q", got, want)
		}
	}
}

var errDead = errors.New("the process is dead")

// mortal is a store whose process can die: before a commit, or after it without an answer.
type mortal struct {
	hayon.Store
	mu sync.Mutex // guards what follows
	// left counts the updates until the death; below 0: never. lost says that the last one commits.
	limited bool
	left    int
	lost    bool
	isDead  bool
	// frozen is how long the process stands still at its death, in the place of it, and until when it
	// does.
	frozen time.Duration
	until  time.Time
}

// freeze lets the process stand still for a while: whatever it asks of its store waits.
func (m *mortal) freeze(d time.Duration) {
	m.mu.Lock()
	m.until = time.Now().Add(d)
	m.mu.Unlock()
	pass(d)
}

// freezeAt lets n more updates pass and then freezes: before the next one, or right after it.
func (m *mortal) freezeAt(n int, after bool, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limited, m.left, m.lost, m.frozen = true, n, after, d
}

// thaw waits for the end of what freeze began.
func (m *mortal) thaw() {
	m.mu.Lock()
	left := time.Until(m.until)
	m.mu.Unlock()
	if left > 0 {
		pass(left)
	}
}

func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.isDead = true
}

// dieAt lets n more updates pass and then dies: at the next one before its commit, or right after it.
func (m *mortal) dieAt(n int, lost bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limited, m.left, m.lost = true, n, lost
}

// died reports whether the death has come.
func (m *mortal) died() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.isDead
}

func (m *mortal) View(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	m.thaw()
	if m.died() {
		return errDead
	}
	return m.Store.View(ctx, fn)
}

func (m *mortal) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	m.thaw()
	m.mu.Lock()
	end := m.limited && m.left == 0
	if end {
		m.limited = false
		m.isDead = m.frozen == 0
	}
	m.left--
	dead, lost, frozen := m.isDead, m.lost, m.frozen
	m.mu.Unlock()
	switch {
	case end && frozen > 0 && lost:
		err := m.Store.Update(ctx, fn)
		m.freeze(frozen)
		return err
	case end && frozen > 0:
		m.freeze(frozen)
	case end && lost:
		return errors.Join(m.Store.Update(ctx, fn), errDead)
	case dead:
		return errDead
	}
	return m.Store.Update(ctx, fn)
}

// pass lets the fake time of a bubble go by.
func pass(d time.Duration) { <-time.After(d) }

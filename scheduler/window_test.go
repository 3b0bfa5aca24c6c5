package scheduler_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

var windowSeed = flag.Uint64("window.seed", 0, "seed of the fake-time windows; 0: a new one each time")

// windowLength is how long a window is. The machine runs on after it until everything has had its
// chance: three days may have 73 hours.
const windowLength = 72 * time.Hour

// TestWindow lives through three days of a machine that is suspended, restarted and killed, and whose
// clock is set, over the kinds of days that a calendar has.
func TestWindow(t *testing.T) {
	t.Parallel()
	windows := []struct {
		name, zone, start string // the start is a day there
		noBoot            bool
	}{
		{"summer time begins in Berlin", "Europe/Berlin", "2026-03-28", false},
		{"summer time ends in Berlin", "Europe/Berlin", "2026-10-24", true},
		{"summer time begins in New York", "America/New_York", "2027-03-13", true},
		{"summer time ends in New York", "America/New_York", "2027-11-06", false},
		{"summer time ends in Sydney", "Australia/Sydney", "2027-04-03", true},
		{"summer time begins on Lord Howe", "Australia/Lord_Howe", "2027-10-02", false},
		{"a leap day", "Asia/Kolkata", "2028-02-28", false},
		{"the end of a month and year", "Pacific/Auckland", "2026-12-30", true},
	}
	if *windowSeed == 0 { // some of them each time; a seed that is given goes through all
		rand.Shuffle(len(windows), func(i, j int) { windows[i], windows[j] = windows[j], windows[i] })
		windows = windows[:4]
	}
	if testing.Short() {
		windows = windows[:2]
	}
	for _, w := range windows {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			seed := *windowSeed
			if seed == 0 {
				seed = rand.Uint64()
			}
			t.Logf("seed %d (-window.seed)", seed)
			synctest.Test(t, func(t *testing.T) { newWindow(t, w.zone, w.start, w.noBoot, seed).live() })
		})
	}
}

// window is a machine, what is scheduled on it, and what the world saw of it.
type window struct {
	*daemon
	rand  *rand.Rand
	zone  string
	start time.Time // of the three days
	pid   int
	read  uint64 // the last row that readClaims has seen
	stop  func()
	// killed is sent to when the process ends in the middle of a call.
	killed chan struct{}
	store  *mortal
	// wrong is how far the wall is from the right time, until somebody sets it right.
	wrong time.Duration
	plans map[hayon.TargetID]*plan
	// up are the spans, by the wall, in which the machine ran with a clock that it trusts.
	up []span

	mu     sync.Mutex // guards what follows and the plans' calls
	order  map[hayon.AccountID][]*plan
	crash  crash // what the next call does to its process
	deaths map[time.Time]bool
}

// crash is when a process ends: never, just before a call, or just after it.
type crash int

const (
	survives crash = iota
	before
	after
)

// plan is a target as it was scheduled, and the calls that were made for it.
type plan struct {
	name    string
	account hayon.AccountID
	due     time.Time
	grace   time.Duration
	policy  hayon.LatePolicy
	calls   []call
	// chances is how many spans of work there had been when it was found missed, before the wall showed
	// earlier times again; 0: all.
	chances int
	// begun: somebody took it up when it was due by the right time.
	begun bool
	turn  turn
}

// call is an irreversible one: when it was, what the wall showed, and what it should have shown.
type call struct{ at, wall, right time.Time }

type span struct{ from, to time.Time }

// mortal is the store of a process that may be killed: nothing that it does after that is kept.
type mortal struct {
	hayon.Store
	dead atomic.Bool
}

var errDead = errors.New("the process was killed")

func (m *mortal) View(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.View(ctx, fn)
}

func (m *mortal) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	return m.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if m.dead.Load() {
			return errDead
		}
		return fn(ctx, tx)
	})
}

// Changed tells of commits, as the store below does.
func (m *mortal) Changed() <-chan struct{} {
	if c, ok := m.Store.(hayon.Changes); ok {
		return c.Changed()
	}
	return nil
}

func newWindow(t *testing.T, zone, start string, noBoot bool, seed uint64) *window {
	t.Helper()
	w := &window{
		rand: rand.New(rand.NewPCG(seed, 0)),
		zone: zone, killed: make(chan struct{}, 1), plans: make(map[hayon.TargetID]*plan),
		order: make(map[hayon.AccountID][]*plan), deaths: make(map[time.Time]bool),
	}
	var err error
	if w.start, err = when.Resolve(start+"T00:00:00", zone); err != nil {
		t.Fatal(err)
	}
	w.daemon = newDaemonWith(t, setup{noBoot: noBoot, store: func(s hayon.Store) hayon.Store {
		w.store = &mortal{Store: s}
		return w.store
	}})
	w.platform.OnPublish, w.platform.AfterPublish = w.leaves, w.answered
	return w
}

// live goes through the window and judges what came of it.
func (w *window) live() {
	pass(time.Until(w.start.Add(-2 * time.Hour)))
	w.schedule()
	w.run()
	end := w.start.Add(windowLength)
	for w.clock.now().Before(end) {
		w.awake(w.exponential(15 * time.Minute))
		w.event()
	}
	w.setRight()
	for range 12 {
		if w.awake(10 * time.Minute); w.settled() {
			break
		}
	}
	w.down()
	synctest.Wait()
	w.judge()
}

func (w *window) exponential(mean time.Duration) time.Duration {
	return time.Duration(w.rand.ExpFloat64() * float64(mean))
}

func (w *window) between(a, b time.Duration) time.Duration {
	return a + time.Duration(w.rand.Int64N(int64(b-a)))
}

// schedule writes the posts: many at any minute of the three days, and some at the very same.
func (w *window) schedule() {
	accounts := []string{"platform"}
	for _, alias := range []string{"a", "b", "c"} {
		if _, err := w.scheduler.CreateAccount(w.ctx, hayon.SignIn{Platform: "platform", Alias: alias}); err != nil {
			w.t.Fatal(err)
		}
		accounts = append(accounts, "platform/"+alias)
	}
	loc, err := when.LoadZone(w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	day := w.start.In(loc)
	var wall string
	for i := range 90 {
		if i%10 != 9 {
			// Any clock of three days, those that the change of the day skips or shows twice included.
			at := time.Date(day.Year(), day.Month(), day.Day()+w.rand.IntN(3), w.rand.IntN(24), w.rand.IntN(60), 0, 0, time.UTC)
			wall = at.Format(when.WallLayout)
		}
		w.plan(fmt.Sprintf("post %02d", i), wall, w.some(accounts))
	}
}

// some is one or two of the accounts.
func (w *window) some(accounts []string) []string {
	a := slices.Clone(accounts)
	w.rand.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i] })
	return a[:1+w.rand.IntN(2)]
}

func (w *window) plan(text, wall string, to []string) {
	at, err := when.Resolve(wall, w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	grace := []time.Duration{10 * time.Minute, time.Hour, 6 * time.Hour}[w.rand.IntN(3)]
	policy := hayon.LatePolicies()[w.rand.IntN(3)]
	post, err := w.scheduler.CreatePost(w.ctx, hayon.PostCreate{
		Text: text, To: to, IfLate: policy, Grace: &grace, Schedule: hayon.Schedule{At: at.UTC(), Wall: wall, Zone: w.zone},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, t := range post.Targets {
		w.plans[t.ID] = &plan{
			name: fmt.Sprintf("%s (due %s, grace %s, %s)", text, at.UTC().Format(time.DateTime), grace, policy), account: t.Account, due: at, grace: grace, policy: policy,
		}
	}
}

// leaves notes a call, or ends the process just before it.
func (w *window) leaves(_ context.Context, r hayon.PublishRequest) hayon.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.crash == before {
		w.die()
		return hayon.Result{Verdict: hayon.VerdictUnknown}
	}
	p := w.plans[r.Target.ID]
	wall := w.clock.now()
	p.calls = append(p.calls, call{time.Now(), wall, wall.Add(-w.wrong)})
	w.order[p.account] = append(w.order[p.account], p)
	return hayon.Result{}
}

// answered ends the process just after a call, before anybody has written down what came of it.
func (w *window) answered(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.crash == after {
		w.die()
	}
	return res
}

// die must be called with mu held.
func (w *window) die() {
	w.crash = survives
	w.deaths[time.Now()] = true
	w.store.dead.Store(true)
	w.killed <- struct{}{}
}

// run starts a process.
func (w *window) run() {
	if w.pid > 0 {
		w.boot(w.pid + 1)
	}
	w.pid++
	w.stop = w.daemon.run()
	w.upFrom(0)
}

// down stops the process, and waits until it has ended.
func (w *window) down() {
	w.upTo()
	w.stop()
	w.died(w.pid)
}

// awake lets the machine run. A process that is killed meanwhile is started again after a while.
func (w *window) awake(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-w.killed:
			w.down()
			pass(w.exponential(10 * time.Minute))
			w.run()
		}
	}
}

// upFrom notes that the machine runs from an instant on.
func (w *window) upFrom(in time.Duration) {
	w.up = append(w.up, span{from: w.clock.now().Add(in)})
}

func (w *window) upTo() {
	if last := &w.up[len(w.up)-1]; last.to.IsZero() {
		last.to = w.clock.now()
	}
}

// held is more than how long a clock that jumped is not trusted.
const held = 40 * time.Second

// event is something that happens to machines.
func (w *window) event() {
	switch w.rand.IntN(8) {
	case 0, 1, 2: // most of its life a laptop sleeps
		w.upTo()
		w.clock.suspend(w.between(2*time.Minute, 9*time.Hour))
		w.upFrom(held)
	case 3:
		w.down()
		pass(w.exponential(time.Hour))
		w.run()
	case 4:
		end := before + crash(w.rand.IntN(2))
		w.mu.Lock()
		w.crash = end
		w.mu.Unlock()
	case 5: // a mistake that is mended before anybody trusts it
		w.jump(w.either(65*time.Second, time.Hour), true)
		w.awake(w.between(time.Second, 25*time.Second))
		w.setRight()
	case 6: // somebody sets the clock right
		w.jump(w.either(65*time.Second, time.Hour), false)
	case 7: // or back
		w.jump(-time.Hour, w.rand.IntN(2) == 0)
		w.awake(w.exponential(15 * time.Minute))
		w.setRight()
	}
}

func (w *window) either(a, b time.Duration) time.Duration {
	if w.rand.IntN(2) == 0 {
		return a
	}
	return b
}

// jump sets the wall: to a wrong time, or to the right one.
func (w *window) jump(by time.Duration, wrong bool) {
	synctest.Wait() // what was looked at by the clock of before is stored
	w.upTo()
	w.readClaims()
	if by < 0 {
		w.noteMissed()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock.jump(by)
	if wrong {
		w.wrong += by
	}
	w.upFrom(held)
}

// noteMissed notes what is missed already.
func (w *window) noteMissed() {
	w.each(func(t *hayon.Target, p *plan) {
		if t.State == hayon.StateMissed && p.chances == 0 {
			p.chances = len(w.up)
		}
	})
}

// each goes through all targets as they are stored.
func (w *window) each(fn func(*hayon.Target, *plan)) {
	w.t.Helper()
	err := w.db.View(w.ctx, func(ctx context.Context, tx hayon.Tx) error {
		for id, p := range w.plans {
			t, err := tx.FindTargetByID(ctx, id)
			if err != nil {
				return err
			}
			fn(t, p)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// settled reports whether nothing happens any more.
func (w *window) settled() bool {
	rest := true
	w.each(func(t *hayon.Target, _ *plan) { rest = rest && t.State.Terminal() })
	return rest
}

// setRight mends a wrong clock.
func (w *window) setRight() {
	if w.wrong != 0 {
		by := w.wrong
		w.jump(-by, true)
	}
}

// judge holds everything that was scheduled against what was promised.
func (w *window) judge() {
	counts := make(map[string]int)
	w.readClaims()
	w.each(func(t *hayon.Target, p *plan) { counts[w.judgeOne(t, p)]++ })
	for _, calls := range w.order {
		w.judgeOrder(calls)
	}
	w.t.Logf("%d targets: %v; %d spans of work, %d processes", len(w.plans), counts, len(w.up), w.pid)
}

// judgeOne says what became of a target.
func (w *window) judgeOne(t *hayon.Target, p *plan) string {
	const slack = time.Second
	if !t.Due.Equal(p.due) {
		w.t.Errorf("%s: due %s", p.name, t.Due)
	}
	for _, c := range p.calls {
		// A call that a process died of is made good also when the clock has been set back since.
		if !p.begun && (c.wall.Before(p.due) || c.right.Before(p.due)) {
			w.t.Errorf("%s: published early, at %s by a wall that showed %s", p.name, c.right, c.wall)
		}
		if p.policy != hayon.LatePublish && c.wall.Sub(p.due) > p.grace+slack {
			w.t.Errorf("%s: published %s late", p.name, c.wall.Sub(p.due))
		}
	}
	if len(p.calls) > 1 {
		w.t.Errorf("%s: published %d times: %v", p.name, len(p.calls), p.calls)
	}
	switch t.State {
	case hayon.StatePublished:
		if len(p.calls) == 0 {
			w.t.Errorf("%s: published, and nobody saw it", p.name)
			return "unseen"
		}
		late := p.calls[0].wall.Sub(p.due)
		// Whoever looks up what a dead process has done may see another wall.
		if t.Late() < late-slack && !w.deaths[p.calls[0].at] {
			w.t.Errorf("%s: labelled %s late, and it was %s", p.name, t.Late(), late)
		}
		if late > slack {
			return "late"
		}
		return "on time"
	case hayon.StateMissed:
		w.judgeMissed(t, p)
		return "missed"
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait,
		hayon.StateUncertain, hayon.StateFailed, hayon.StateParked, hayon.StateCancelled:
	}
	w.t.Errorf("%s: left %s: %+v", p.name, t.State, t)
	return string(t.State)
}

func (w *window) judgeMissed(t *hayon.Target, p *plan) {
	// What a machine needs to catch up with all that it may find.
	const enough = 8 * time.Minute
	switch {
	case p.policy == hayon.LatePublish:
		w.t.Errorf("%s: missed", p.name)
	case t.Asks != (p.policy == hayon.LateAsk) || t.Error == nil:
		w.t.Errorf("%s: asks %t, error %+v", p.name, t.Asks, t.Error)
	case len(p.calls) > 0:
		w.t.Errorf("%s: missed, and published at %s", p.name, p.calls[0].right)
	case t.StateSince.Sub(p.due) <= p.grace:
		w.t.Errorf("%s: missed after %s", p.name, t.StateSince.Sub(p.due))
	}
	chances := w.up
	if p.chances > 0 {
		chances = w.up[:p.chances]
	}
	for _, up := range chances {
		from, to := later(up.from, p.due), up.to
		if end := p.due.Add(p.grace); end.Before(to) {
			to = end
		}
		if to.Sub(from) > enough {
			w.t.Errorf("%s: missed at %s (%s), though the machine ran from %s to %s", p.name, t.StateSince, t.Error.Message, up.from, up.to)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

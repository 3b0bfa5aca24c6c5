package worker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// connect signs an account in, at a host and under an application.
func (p *process) connect(alias, host, app string) *hayon.Account {
	p.t.Helper()
	a, err := p.scheduler.CreateAccount(p.ctx, hayon.SignIn{
		Platform: "platform", Alias: alias, Fields: map[string]string{"host": host, "app": app},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

// pace reads what holds a key back; the zero pace where nothing does.
func (r *rig) pace(key string) hayon.Pace {
	r.t.Helper()
	var out hayon.Pace
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		p, err := tx.FindPace(ctx, key)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			return nil
		}
		if err == nil {
			out = *p
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func unreachable() hayon.Result {
	return hayon.Result{
		Verdict: hayon.VerdictNotApplied,
		Err:     hayon.Errorf(hayon.CodeUnavailable, "platform: cannot reach one.example: connection refused").WithScope(hayon.ScopeHost),
	}
}

func limited(after time.Duration, scope hayon.Scope) hayon.Result {
	e := hayon.Errorf(hayon.CodeRateLimited, "platform: too many requests").WithScope(scope)
	e.RetryAfter = after
	return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
}

// serve runs due work every quarter of a second, as a daemon would, until stop is called.
func (p *process) serve() (stop func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = p.worker.DeliverDue(ctx, 0)
			select {
			case <-time.After(time.Second / 4):
			case <-ctx.Done():
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// Failures to connect cost no attempt. Five of a host open its breaker, for all of its accounts: one
// of them tries every 15 s, and the first that gets through lets the others go. Another host notices
// nothing.
func TestBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		r := newRig(t, platform)
		p := r.start(1, false)
		const accounts = 4
		hosts := make(map[hayon.AccountID]string)
		var names []string
		for i := range accounts {
			a := p.connect(fmt.Sprintf("a%d", i), "https://one.example", "")
			hosts[a.ID], names = a.Host, append(names, a.Name)
		}
		other := p.connect("other", "https://two.example", "")
		var mu sync.Mutex // guards tried
		var tried []time.Time
		var down atomic.Bool
		down.Store(true)
		platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if hosts[r.Target.Account] == "" {
				return hayon.Result{}
			}
			mu.Lock()
			tried = append(tried, time.Now())
			mu.Unlock()
			if down.Load() {
				return unreachable()
			}
			return hayon.Result{}
		}
		stop := p.serve()
		defer stop()
		post := p.post(hayon.PostCreate{Text: "hello", To: names})
		neighbour := p.post(hayon.PostCreate{Text: "neighbour", To: []string{other.Name}})
		pass(2 * time.Second)
		r.wantState(neighbour.ID, hayon.StatePublished)
		pass(8 * time.Minute)
		key := hayon.HostPaceKey(&hayon.Account{Host: "https://one.example"})
		pace := r.pace(key)
		if !pace.Open || !strings.Contains(pace.Reason, "one.example") || !strings.Contains(pace.Reason, "connection refused") {
			t.Fatalf("breaker: %+v", pace)
		}
		synctest.Wait()
		mu.Lock()
		calls := slices.Clone(tried)
		mu.Unlock()
		last := calls[4] // those that were under way when it opened went on
		if took := last.Sub(calls[0]); took > 30*time.Second {
			t.Errorf("it opened after %s", took)
		}
		probes := slices.DeleteFunc(slices.Clone(calls[5:]), func(at time.Time) bool { return at.Equal(last) })
		if len(probes) < 20 {
			t.Errorf("%d probes in eight minutes", len(probes))
		}
		for i, at := range probes {
			if gap := at.Sub(last); gap < 15*time.Second || gap > 17*time.Second {
				t.Errorf("probe %d: %s after the one before, want 15s", i, gap)
			}
			last = at
		}
		down.Store(false)
		pass(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if pace := r.pace(key); pace.Open || pace.Failures != 0 {
			t.Errorf("the breaker is not closed: %+v", pace)
		}
		if got := len(tried) - len(calls); got != accounts {
			t.Errorf("calls after it was back: %d, want %d", got, accounts)
		}
		for _, target := range r.targets(post.ID) {
			if target.State != hayon.StatePublished || target.Attempts != 1 {
				t.Errorf("%s: %s after %d attempts", target.Account, target.State, target.Attempts)
			}
		}
	})
}

// targets are those of a post.
func (r *rig) targets(id hayon.PostID) []*hayon.Target {
	r.t.Helper()
	var out []*hayon.Target
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		post, err := tx.FindPostByID(ctx, id)
		if err == nil {
			out = post.Targets
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Failures that are far apart, and failures after which the host answered, open nothing. Any answer
// counts, also an error.
func TestBreakerStaysClosed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer func(call int) hayon.Result
		waits  []time.Duration
	}{
		{"far apart", func(call int) hayon.Result {
			if call > 8 {
				return hayon.Result{}
			}
			return unreachable()
		}, []time.Duration{20 * time.Second}},
		{"with an answer between", func(call int) hayon.Result {
			switch {
			case call > 12:
				return hayon.Result{}
			case call%4 == 0:
				return unavailable()
			}
			return unreachable()
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				r.config.Waits = tc.waits
				calls := 0
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if r.pace("host:platform").Open {
						t.Errorf("open before call %d", calls+1)
					}
					calls++
					return tc.answer(calls)
				}
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, hayon.StatePublished)
			})
		})
	}
}

// A look that finds no connection counts too, and settles nothing.
func TestLookThatFindsNoConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		loseFirst(platform)
		looks := 0
		platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
			if looks++; looks > 3 {
				return hayon.Result{}
			}
			res := unreachable()
			res.Verdict = hayon.VerdictUnknown
			return res
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		_ = p.deliver(post, 20*time.Second)
		if pace := r.pace("host:platform"); pace.Failures != 3 || pace.Open {
			t.Errorf("breaker: %+v, want three failures", pace)
		}
		p.follow(post, time.Hour)
		r.wantState(post.ID, hayon.StatePublished)
		if pace := r.pace("host:platform"); pace.Failures != 0 {
			t.Errorf("breaker: %+v after an answer", pace)
		}
	})
}

// A rate limit holds back whom it concerns until it ends, and nobody else, and costs no attempt.
func TestRateLimitScopes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		scope hayon.Scope
		held  map[string]bool
	}{
		{"", map[string]bool{"first": true}},
		{hayon.ScopeAccount, map[string]bool{"first": true}},
		{hayon.ScopeApplication, map[string]bool{"first": true, "same-app": true}},
		{hayon.ScopeHost, map[string]bool{"first": true, "same-host": true}},
	} {
		t.Run("scope "+string(tc.scope), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				p := r.start(1, false)
				p.connect("first", "https://one.example", "app-1")
				p.connect("same-app", "https://two.example", "app-1")
				p.connect("same-host", "https://one.example", "app-2")
				p.connect("stranger", "https://three.example", "app-3")
				var calls atomic.Int64
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if calls.Add(1) == 1 {
						return limited(100*time.Second, tc.scope)
					}
					return hayon.Result{}
				}
				stop := p.serve()
				defer stop()
				began := time.Now()
				first := p.post(hayon.PostCreate{Text: "first", To: []string{"platform/first"}})
				pass(time.Second)
				if target := r.wantState(first.ID, hayon.StateRetryWait); target.Attempts != 0 {
					t.Errorf("attempts: got %d, want 0", target.Attempts)
				}
				for _, alias := range []string{"same-app", "same-host", "stranger"} {
					p.post(hayon.PostCreate{Text: alias, To: []string{"platform/" + alias}})
				}
				pass(5 * time.Minute)
				public := platform.Public()
				if len(public) != 4 {
					t.Fatalf("public: %+v", public)
				}
				for _, post := range public {
					if got := post.At.Sub(began) >= 100*time.Second; got != tc.held[post.Text] {
						t.Errorf("%s went out after %s", post.Text, post.At.Sub(began))
					}
				}
			})
		})
	}
}

// A wait that ends beyond the grace window is not waited for: the late policy decides at once, with the
// reason. What is to go out however late waits.
func TestWaitBeyondTheGraceWindow(t *testing.T) {
	t.Parallel()
	long := unavailable()
	long.Err.RetryAfter = 2 * time.Hour
	for name, tc := range map[string]struct {
		answer hayon.Result
		reason string
	}{
		"Retry-After of a rate limit":   {limited(2*time.Hour, ""), "the platform asks to wait until"},
		"Retry-After of an outage":      {long, "the platform asks to wait until"},
		"Retry-After longer than a day": {limited(72*time.Hour, ""), "the platform asks to wait until"},
	} {
		for policy, want := range map[hayon.LatePolicy]hayon.State{
			hayon.LatePublish: hayon.StatePublished, hayon.LateSkip: hayon.StateMissed, hayon.LateAsk: hayon.StateMissed,
		} {
			t.Run(name+", "+string(policy), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					platform := &hayontest.Platform{}
					calls := 0
					platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
						if calls++; calls == 1 {
							return tc.answer
						}
						return hayon.Result{}
					}
					r := newRig(t, platform)
					p := r.start(1, false)
					began := time.Now()
					post := p.post(hayon.PostCreate{Text: "hello", IfLate: policy})
					p.follow(post, 30*time.Hour)
					target := r.wantState(post.ID, want)
					if want == hayon.StatePublished {
						r.wantPublic("hello")
						want := min(tc.answer.Err.RetryAfter, 24*time.Hour)
						if got := time.Since(began); got < want || got > want+time.Minute {
							t.Errorf("it went out after %s, want %s", got, want)
						}
						return
					}
					r.wantPublic()
					if took := time.Since(began); took > time.Minute {
						t.Errorf("it was told after %s", took)
					}
					if target.Asks != (policy == hayon.LateAsk) || !strings.Contains(target.Error.Message, tc.reason) {
						t.Errorf("asks %t: %+v", target.Asks, target.Error)
					}
				})
			})
		}
	}
}

// A host that is out of reach until the end of the grace window leaves the target to its late policy,
// with no attempt counted.
func TestUnreachableBeyondTheGraceWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{OnPublish: func(context.Context, hayon.PublishRequest) hayon.Result { return unreachable() }}
		r := newRig(t, platform)
		p := r.start(1, false)
		grace := 5 * time.Minute
		post := p.post(hayon.PostCreate{Text: "hello", Grace: &grace})
		p.follow(post, time.Hour)
		target := r.wantState(post.ID, hayon.StateMissed)
		if target.Attempts != 0 || !target.Asks || !strings.Contains(target.Error.Message, "unreachable") {
			t.Errorf("attempts %d, asks %t: %+v", target.Attempts, target.Asks, target.Error)
		}
	})
}

// A call that was under way with old credentials when its user signed in again does not stop the
// account: it is tried again with the new ones.
func TestSignInDuringARefusedCall(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"prepare", "publish", "look"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassD, ReadYourWrites: true}
				r := newRig(t, platform)
				p := r.start(1, true)
				signIn := func() {
					pass(time.Second)
					if _, err := p.scheduler.CreateAccount(r.ctx, hayon.SignIn{Platform: "platform", Alias: "a"}); err != nil {
						t.Error(err)
					}
				}
				signIn()
				refused := false
				refuse := func(here string) *hayon.Error {
					if refused || here != where {
						return nil
					}
					refused = true
					signIn()
					return hayon.Errorf(hayon.CodeUnauthenticated, "platform: token revoked")
				}
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					if e := refuse("prepare"); e != nil {
						return nil, e
					}
					return nil, nil //nolint:nilnil // go on
				}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if e := refuse("publish"); e != nil {
						return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
					}
					if where == "look" && !refused {
						return unknown("reset")
					}
					return hayon.Result{}
				}
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					if e := refuse("look"); e != nil {
						return hayon.Result{Verdict: hayon.VerdictUnknown, Err: e}
					}
					return hayon.Result{}
				}
				post := p.post(hayon.PostCreate{Text: "hello", To: []string{"platform/a"}})
				if err := p.deliver(post, 10*time.Minute); err != nil {
					t.Fatalf("%v: %+v", err, r.find(post.ID))
				}
				r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic("hello")
				accounts, err := p.scheduler.FindAccounts(r.ctx, hayon.AccountFilter{Name: "platform/a"})
				if err != nil || accounts[0].Status != hayon.AccountConnected {
					t.Errorf("account: %+v, %v", accounts[0], err)
				}
			})
		})
	}
}

// A host that takes uploads is reachable, however long it processes them.
func TestUploadClosesTheBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		r := newRig(t, platform)
		down := true
		platform.OnPrepare = func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
			if down {
				return nil, unreachable().Err
			}
			return &hayon.Prepared{Data: []byte(q.Part().Text), ReadyAt: time.Now().Add(30 * time.Minute)}, nil
		}
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		_ = p.deliver(post, 2*time.Minute)
		key := hayon.HostPaceKey(&hayon.Account{Platform: "platform"})
		if pace := r.pace(key); !pace.Open {
			t.Fatalf("breaker: %+v", pace)
		}
		down = false
		_ = p.deliver(post, time.Minute)
		if pace := r.pace(key); pace.Open {
			t.Errorf("the breaker is still open: %+v", pace)
		}
	})
}

package worker_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// looks notes when a platform is asked, in whole seconds since an instant.
type looks struct {
	since  time.Time
	at     []int
	counts []int
}

func (l *looks) note(r hayon.PublishRequest) {
	if l.since.IsZero() {
		l.since = r.UnknownSince
	}
	l.at = append(l.at, int(r.Now.Sub(l.since).Seconds()))
	l.counts = append(l.counts, r.Looks)
}

// want fails unless the looks were at these seconds and each knew how many there had been before.
func (l *looks) want(t *testing.T, at ...int) {
	t.Helper()
	if diff := cmp.Diff(at, l.at); diff != "" {
		t.Errorf("seconds after the loss (-want +got):\n%s", diff)
	}
	for i, n := range l.counts {
		if n != i {
			t.Errorf("look %d was told of %d before it", i, n)
		}
	}
}

// loseFirst loses the answer to the first call.
func loseFirst(p *hayontest.Platform) {
	faults()[0].arm(p, 0)
}

// A list of recent posts is read at the settle times, and what it does not show proves something only
// at the last one, and only where the platform reads its own writes.
func TestSettleTimes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		own     []time.Duration // the platform's
		config  []time.Duration
		visible time.Duration
		reads   bool
		want    []int
		state   hayon.State
		calls   int
	}{
		{"seen at the second look", nil, nil, 20 * time.Second, false, []int{5, 30}, hayon.StatePublished, 1},
		{"never seen, and it would show late", nil, nil, time.Hour, false, []int{5, 30, 120}, hayon.StateUncertain, 1},
		{"never seen, and that proves it", nil, nil, time.Hour, true, []int{5, 30, 120}, hayon.StatePublished, 2},
		{"the platform's own times", []time.Duration{time.Second, 10 * time.Minute}, nil, time.Hour, false, []int{1, 600}, hayon.StateUncertain, 1},
		{"the configuration's times", []time.Duration{time.Minute}, []time.Duration{2 * time.Second, 7 * time.Second}, time.Hour, false, []int{2, 7}, hayon.StateUncertain, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassD, Settle: tc.own, VisibleAfter: tc.visible, ReadYourWrites: tc.reads}
				var seen looks
				calls := 0
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					calls++
					if calls == 1 && tc.reads {
						return unknown("reset before")
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					if calls == 1 {
						return unknown("reset after")
					}
					return res
				}
				platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					seen.note(r)
					return hayon.Result{}
				}
				r := newRig(t, platform)
				r.config.Settle = tc.config
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				target := r.wantState(post.ID, tc.state)
				if tc.state == hayon.StateUncertain {
					wantHeld(t, target)
				}
				seen.want(t, tc.want...)
				if calls != tc.calls {
					t.Errorf("calls: got %d, want %d", calls, tc.calls)
				}
				r.wantPublic("hello")
			})
		})
	}
}

// While nobody can tell, the classes that can be asked at any time are asked again with growing waits,
// for a day.
func TestLooksGoOnForADay(t *testing.T) {
	t.Parallel()
	for class, first := range map[hayon.Class][]int{
		hayon.ClassA: {0, 5, 15, 35, 75, 155, 315, 615, 915},
		hayon.ClassF: {5, 15, 35, 75, 155, 315, 615, 915, 1215},
	} {
		t.Run("class "+string(class), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var seen looks
				platform := &hayontest.Platform{Class: class}
				loseFirst(platform)
				platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					seen.note(r)
					return unknown("down")
				}
				r := newRig(t, platform)
				p := r.start(1, false)
				post := p.post(hayon.PostCreate{Text: "hello"})
				p.follow(post, 25*time.Hour)
				target := r.find(post.ID)
				wantHeld(t, target)
				if diff := cmp.Diff(first, seen.at[:len(first)]); diff != "" {
					t.Errorf("seconds after the loss (-want +got):\n%s", diff)
				}
				const day = 24 * 60 * 60
				if last := seen.at[len(seen.at)-1]; last < day || last > day+1 {
					t.Errorf("the last look was after %d s, want a day", last)
				}
				if !strings.Contains(target.Error.Message, "for a day") {
					t.Errorf("message: %q", target.Error.Message)
				}
				uncertain := 0
				for _, row := range r.rows(post.ID) {
					if row.To == hayon.StateUncertain {
						uncertain++
					}
				}
				if uncertain != 2 {
					t.Errorf("%d rows tell of the state, want 2: when it began, and when it was held", uncertain)
				}
			})
		})
	}
}

// The platform's word on when to ask goes before the schedule, and its word that asking is of no use
// holds at once.
func TestProviderDecidesOnLooks(t *testing.T) {
	t.Parallel()
	for class := range map[hayon.Class]bool{hayon.ClassB: true, hayon.ClassD: true} {
		t.Run("class "+string(class), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var seen looks
				platform := &hayontest.Platform{Class: class}
				platform.AfterPublish = func(_ context.Context, r hayon.PublishRequest, _ hayon.Result) hayon.Result {
					res := unknown("processing")
					res.AskAgain = time.Now().Add(77 * time.Second)
					return res
				}
				platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					seen.note(r)
					res := unknown("processing")
					res.AskAgain = r.Now.Add(10 * time.Minute)
					res.Hold = len(seen.at) == 3
					return res
				}
				r := newRig(t, platform)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				wantHeld(t, r.find(post.ID))
				seen.want(t, 77, 677, 1277)
			})
		})
	}
}

// Half of its key's life after the call, class B reads back; then what is not there is sent again only
// where that proves something.
func TestKeyThatIsOver(t *testing.T) {
	t.Parallel()
	for _, reads := range []bool{true, false} {
		for _, arrived := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassB, KeyLife: 10 * time.Minute, ReadYourWrites: reads}
				fault{before: unknown("reset before")}.arm(platform, 0)
				if arrived {
					loseFirst(platform)
				}
				began := time.Now()
				platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					if time.Since(began) < 20*time.Minute {
						return unknown("down")
					}
					return hayon.Result{}
				}
				r := newRig(t, platform)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				if !arrived && !reads {
					wantHeld(t, r.find(post.ID))
					r.wantPublic()
					return
				}
				r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic("hello")
			})
		}
	}
}

// A lost upload handle of class F is looked for in the list, and a new upload is made only when the
// list proves that nothing is out.
func TestLostHandle(t *testing.T) {
	t.Parallel()
	for _, arrived := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			platform := &hayontest.Platform{Class: hayon.ClassF, ReadYourWrites: true, VisibleAfter: 20 * time.Second}
			calls := 0
			lose := func() hayon.Result {
				platform.ForgetHandles()
				return unknown("reset")
			}
			platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
				if calls++; calls == 1 && !arrived {
					return lose()
				}
				return hayon.Result{}
			}
			platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
				if calls == 1 {
					return lose()
				}
				return res
			}
			r := newRig(t, platform)
			p := r.start(1, true)
			post := p.post(hayon.PostCreate{Text: "hello"})
			if err := p.deliver(post, time.Hour); err != nil {
				t.Fatal(err)
			}
			r.wantState(post.ID, hayon.StatePublished)
			r.wantPublic("hello")
		})
	}
}

// A look that the platform refuses for want of a sign-in stops the account and proves nothing.
func TestLookWithoutSignIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD}
		loseFirst(platform)
		refuse := true
		platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
			if refuse {
				return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUnauthenticated, "platform: token expired")}
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		_ = p.deliver(post, 20*time.Second)
		if target := r.wantState(post.ID, hayon.StateUncertain); target.Held() {
			t.Fatalf("held: %+v", target.Error)
		}
		accounts, err := p.scheduler.FindAccounts(r.ctx, hayon.AccountFilter{})
		if err != nil || accounts[0].Status != hayon.AccountNeedsReconnect {
			t.Fatalf("account: %+v, %v", accounts[0], err)
		}
		refuse = false
		if _, err := p.scheduler.CreateAccount(r.ctx, hayon.SignIn{Platform: "platform"}); err != nil {
			t.Fatal(err)
		}
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
	})
}

// What nobody knew until after the grace window, and is not out then, is not sent by surprise.
func TestAbsentAfterTheGraceWindow(t *testing.T) {
	t.Parallel()
	for policy, want := range map[hayon.LatePolicy]hayon.State{
		hayon.LatePublish: hayon.StatePublished, hayon.LateSkip: hayon.StateMissed, hayon.LateAsk: hayon.StateMissed,
	} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				calls := 0
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if calls++; calls == 1 {
						return unknown("reset before")
					}
					return hayon.Result{}
				}
				back := time.Now().Add(90 * time.Minute)
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					if time.Now().Before(back) {
						return unknown("down")
					}
					return hayon.Result{}
				}
				r := newRig(t, platform)
				p := r.start(1, false)
				post := p.post(hayon.PostCreate{Text: "hello", IfLate: policy})
				p.follow(post, 3*time.Hour)
				target := r.wantState(post.ID, want)
				if want == hayon.StatePublished {
					r.wantPublic("hello")
					return
				}
				r.wantPublic()
				if target.Asks != (policy == hayon.LateAsk) || !strings.Contains(target.Error.Message, "the platform does not have it") {
					t.Errorf("asks %t: %+v", target.Asks, target.Error)
				}
			})
		})
	}
}

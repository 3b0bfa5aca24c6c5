package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// classes are platforms that behave as each class does. The one of class D reads its own writes, the
// last one does not.
func classes() map[string]func() *hayontest.Platform {
	out := make(map[string]func() *hayontest.Platform)
	for _, c := range []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF} {
		out["class "+string(c)] = func() *hayontest.Platform {
			return &hayontest.Platform{Class: c, ReadYourWrites: true, VisibleAfter: 20 * time.Second}
		}
	}
	out["class D, late reader"] = func() *hayontest.Platform {
		return &hayontest.Platform{Class: hayon.ClassD, VisibleAfter: 20 * time.Second}
	}
	return out
}

// tells reports whether the platform lets an unknown outcome be found out; arrived says that the call
// did.
func tells(p *hayontest.Platform, arrived bool) bool {
	return p.Class != hayon.ClassE && (arrived || p.Class != hayon.ClassD || p.ReadYourWrites)
}

func unknown(why string) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "platform: %s", why)}
}

// eachClass runs fn in a bubble of its own for each kind of platform.
func eachClass(t *testing.T, fn func(r *rig)) {
	t.Helper()
	for name, platform := range classes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { fn(newRig(t, platform())) })
		})
	}
}

// fault is what goes wrong with the first call: before it is applied, or with its answer.
type fault struct {
	name          string
	before, after hayon.Result
}

func faults() []fault {
	return []fault{
		{name: "answer lost", after: unknown("the connection ended")},
		{name: "500 before", before: unknown("500")},
		{name: "500 after", after: unknown("500")},
		{name: "reset before", before: unknown("connection reset")},
		{name: "reset after", after: unknown("connection reset")},
	}
}

// arm lets the fault meet the first call for a part.
func (f fault) arm(p *hayontest.Platform, part int) {
	met := false
	p.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
		if met || r.Index != part || f.before.Verdict == "" {
			return hayon.Result{}
		}
		met = true
		return f.before
	}
	p.AfterPublish = func(_ context.Context, r hayon.PublishRequest, res hayon.Result) hayon.Result {
		if met || r.Index != part || f.after.Verdict == "" {
			return res
		}
		met = true
		return f.after
	}
}

// Whatever becomes of the first call, the post is public once where the class can tell, and else at
// most once, with its user told what to do.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			eachClass(t, func(r *rig) {
				t, platform := r.t, r.platform
				f.arm(platform, 0)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatalf("it does not come to rest: %v", err)
				}
				arrived := f.after.Verdict != ""
				if tells(platform, arrived) {
					r.wantState(post.ID, hayon.StatePublished)
					r.wantPublic("hello")
					return
				}
				wantHeld(t, r.find(post.ID))
				if arrived {
					r.wantPublic("hello")
				} else {
					r.wantPublic()
				}
			})
		})
	}
}

// wantHeld fails unless the target waits for its user, who is told the commands.
func wantHeld(t *testing.T, target *hayon.Target) {
	t.Helper()
	if !target.Held() || target.Error == nil || target.Error.Code != hayon.CodeUncertain {
		t.Fatalf("not held: %s, %s, %+v", target.State, target.NotBefore, target.Error)
	}
	id := target.Post.String()
	for _, command := range []string{"hayon resolve " + id + " --published URL", "hayon resolve " + id + " --not"} {
		if !strings.Contains(target.Error.Hint, command) {
			t.Errorf("hint: got %q, want %q in it", target.Error.Hint, command)
		}
	}
}

// What the platform says at once ends or repeats the attempt in the same way in every class.
func TestKnownOutcomes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer hayon.Result
		want   hayon.State
	}{
		{"published", hayon.Result{}, hayon.StatePublished},
		{"rejected", hayon.Result{Verdict: hayon.VerdictRejected}, hayon.StateFailed},
		{"not applied", unavailable(), hayon.StatePublished},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			eachClass(t, func(r *rig) {
				t, platform := r.t, r.platform
				calls := 0
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if calls++; calls == 1 {
						return tc.answer
					}
					return hayon.Result{}
				}
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					t.Error("the platform was asked for what it had said")
					return hayon.Result{}
				}
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, tc.want)
				if tc.want == hayon.StatePublished {
					r.wantPublic("hello")
				} else {
					r.wantPublic()
				}
			})
		})
	}
}

// The process dies around the irreversible call: before it has arrived, or before its answer is
// recorded. The next one asks, where that can tell, and never before the call cannot arrive any more.
func TestCrashAroundTheCallOfEachClass(t *testing.T) {
	t.Parallel()
	for _, arrived := range []bool{false, true} {
		t.Run(fmt.Sprintf("arrived %t", arrived), func(t *testing.T) {
			t.Parallel()
			eachClass(t, func(r *rig) {
				t, platform := r.t, r.platform
				first := r.start(1, true)
				dying := func(arrives bool) hayon.Result {
					if arrives != arrived || first.store.died() {
						return hayon.Result{}
					}
					first.kill()
					return unknown("dead")
				}
				var deadline time.Time
				platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					if deadline.IsZero() {
						deadline = r.Deadline
					}
					return dying(false)
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					if dead := dying(true); dead.Verdict != "" {
						return dead
					}
					return res
				}
				asked := false
				platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					if !first.died(r.Now) {
						return unknown("dead") // the worker's own question, at the instant of its death
					}
					if wait := r.Now.Sub(deadline); !asked && platform.Class != hayon.ClassA && (wait < 5*time.Second || wait > 6*time.Second) {
						t.Errorf("first asked %s after the deadline, want 5s", wait)
					}
					asked = true
					if left := r.Deadline.Sub(r.Now); left < 29*time.Second || left > 30*time.Second {
						t.Errorf("the look has %s left, want that of a call of its own", left)
					}
					if r.UnknownSince != deadline && platform.Class != hayon.ClassA {
						t.Errorf("unknown since %s, want the deadline %s", r.UnknownSince, deadline)
					}
					return hayon.Result{}
				}
				post := first.post(hayon.PostCreate{Text: "hello"})
				_ = first.deliver(post, time.Minute)
				r.takeOver(post)
				if !tells(platform, arrived) {
					wantHeld(t, r.find(post.ID))
				} else if target := r.wantState(post.ID, hayon.StatePublished); target.Attempts != 1 || target.Crashes != 1 {
					t.Errorf("%d attempts and %d crashes, want one of each: a crash is no attempt", target.Attempts, target.Crashes)
				}
				if arrived || tells(platform, arrived) {
					r.wantPublic("hello")
				} else {
					r.wantPublic()
				}
			})
		})
	}
}

// died reports whether the process was dead for a while at an instant.
func (p *process) died(at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead[p.owner] && at.After(p.deadSince)
}

// takeOver lets another process bring a post to rest.
func (r *rig) takeOver(post *hayon.Post) {
	r.t.Helper()
	next := r.start(2, true)
	if _, err := next.scheduler.Sweep(r.ctx); err != nil {
		r.t.Fatal(err)
	}
	if err := next.deliver(post, time.Hour); err != nil {
		r.t.Fatalf("it does not come to rest: %v", err)
	}
}

// The process dies at each of its commits, in every class.
func TestCrashAtEveryCommitOfEachClass(t *testing.T) {
	t.Parallel()
	const enough = 5 // more commits than an attempt has
	for n := range enough {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, lost answer %t", n, lost), func(t *testing.T) {
				t.Parallel()
				eachClass(t, func(r *rig) {
					t, platform := r.t, r.platform
					first := r.start(1, true)
					post := first.post(hayon.PostCreate{Text: "hello"})
					first.store.dieAt(n, lost)
					_ = first.deliver(post, 10*time.Second)
					sent := len(platform.Public()) > 0
					first.kill()
					r.takeOver(post)
					target := r.find(post.ID)
					switch {
					case target.State == hayon.StatePublished:
						r.wantPublic("hello")
					case tells(platform, sent):
						t.Errorf("state: got %s (%+v), want published", target.State, target.Error)
					default:
						wantHeld(t, target)
					}
					if len(platform.Public()) > 1 {
						r.wantPublic("hello")
					}
				})
			})
		}
	}
}

// A process stands still for longer than its lease, at each of its commits, and another one takes
// over meanwhile. The fence, the deadline and the evidence see to it that the post is public once.
func TestStallAtEveryCommit(t *testing.T) {
	t.Parallel()
	const enough = 4 // more commits than an attempt has
	for n := range enough {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %t", n, after), func(t *testing.T) {
				t.Parallel()
				eachClass(t, func(r *rig) {
					first := r.start(1, true)
					post := first.post(hayon.PostCreate{Text: "hello"})
					r.platform.OnPublish = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
						if !time.Now().Before(q.Deadline) {
							r.t.Errorf("called %s after the deadline", time.Since(q.Deadline))
						}
						return hayon.Result{}
					}
					first.store.freezeAt(n, after, 10*time.Minute)
					r.outlast(first, post)
				})
			})
		}
	}
}

// The same with a process that stands still between two commits.
func TestStallBetweenCommits(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"prepare", "before the call", "after the call", "before a look"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			eachClass(t, func(r *rig) {
				platform := r.platform
				first := r.start(1, true)
				stalled := false
				stall := func(here string) {
					if here == where && !stalled {
						stalled = true
						first.store.freeze(10 * time.Minute)
					}
				}
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					stall("prepare")
					return nil, nil //nolint:nilnil // go on
				}
				lost := where != "before a look" || platform.Class == hayon.ClassE
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					stall("before the call")
					if !lost {
						lost = true
						return unknown("reset before")
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					stall("after the call")
					return res
				}
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					stall("before a look")
					return hayon.Result{}
				}
				post := first.post(hayon.PostCreate{Text: "hello"})
				r.outlast(first, post)
			})
		})
	}
}

// outlast lets first work on a post, during which it stands still for ten minutes, and a second process
// beside it. In the end the post is public once, and known to be.
func (r *rig) outlast(first *process, post *hayon.Post) {
	r.t.Helper()
	done := make(chan error, 1)
	go func() { done <- first.deliver(post, time.Hour) }()
	pass(3 * time.Minute) // the lease is over
	r.takeOver(post)
	if err := <-done; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		r.t.Fatal(err)
	}
	r.takeOver(post) // what the first has learnt
	if r.platform.Class == hayon.ClassD && !r.platform.ReadYourWrites && len(r.platform.Public()) == 0 {
		wantHeld(r.t, r.find(post.ID))
		return
	}
	r.wantState(post.ID, hayon.StatePublished)
	r.wantPublic("hello")
}

// A machine that slept through the grace window while a post was made ready does not send it when it
// wakes up, although nobody has taken the lease: its late policy decides.
func TestSleepThroughTheGraceWindow(t *testing.T) {
	t.Parallel()
	for policy, want := range map[hayon.LatePolicy]hayon.State{
		hayon.LatePublish: hayon.StatePublished, hayon.LateSkip: hayon.StateMissed, hayon.LateAsk: hayon.StateMissed,
	} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				p := r.start(1, true)
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					p.store.freeze(3 * time.Hour)
					return nil, nil //nolint:nilnil // go on
				}
				post := p.post(hayon.PostCreate{Text: "hello", IfLate: policy})
				if err := p.deliver(post, 4*time.Hour); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, want)
				if want == hayon.StatePublished {
					r.wantPublic("hello")
				} else {
					r.wantPublic()
				}
			})
		})
	}
}

// A call that may take longer than a lease has one that outlasts it, and so has a look, which may be
// the same call once more.
func TestLeaseOutlastsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassB, PublishTimeout: 5 * time.Minute}
		loseFirst(platform)
		r := newRig(t, platform)
		checks := 0
		check := func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			checks++
			target := r.find(q.Target.Post)
			if target.Lease == nil || target.Lease.Until.Before(q.Deadline.Add(10*time.Second)) {
				t.Errorf("lease %+v for a call until %s", target.Lease, q.Deadline)
			}
			if left := q.Deadline.Sub(time.Now()); left != 5*time.Minute {
				t.Errorf("%s left for the call", left)
			}
			return hayon.Result{}
		}
		lost := platform.OnPublish
		platform.OnPublish = func(ctx context.Context, q hayon.PublishRequest) hayon.Result {
			check(ctx, q)
			return lost(ctx, q)
		}
		platform.OnReconcile = check
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("hello")
		if checks != 2 {
			t.Errorf("%d calls, want a call and a look", checks)
		}
	})
}

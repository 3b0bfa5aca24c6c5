package worker_test

import (
	"context"
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

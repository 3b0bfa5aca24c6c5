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

func unavailable() hayon.Result {
	return hayon.Result{
		Verdict: hayon.VerdictNotApplied,
		Err:     hayon.Errorf(hayon.CodeUnavailable, "platform: connection refused"),
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		target := r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
		if target.Remote().URL == "" || target.PublishedAt.IsZero() || target.Attempts != 1 || target.Lease != nil {
			t.Errorf("target: %+v", target)
		}
		want := []hayon.RowKind{hayon.RowCreated, hayon.RowClaimed, hayon.RowPrepared, hayon.RowSending, hayon.RowOutcome}
		if diff := cmp.Diff(want, kinds(r.rows(post.ID))); diff != "" {
			t.Errorf("journal (-want +got):\n%s", diff)
		}
	})
}

func TestRetryThenParked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Time
		platform := &hayontest.Platform{OnPublish: func(context.Context, hayon.PublishRequest) hayon.Result {
			calls = append(calls, time.Now())
			return unavailable()
		}}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		target := r.wantState(post.ID, hayon.StateParked)
		if len(calls) != 4 || target.Attempts != 4 {
			t.Fatalf("calls: got %d, attempts %d, want 4", len(calls), target.Attempts)
		}
		for i, want := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute} {
			// With the waits unvaried, a one-shot is late by its poll at the most.
			if got := calls[i+1].Sub(calls[i]); got < want || got > want+time.Second {
				t.Errorf("wait %d: got %s, want %s", i, got, want)
			}
		}
		if target.Error == nil || target.Error.Hint != "hayon retry "+post.ID.String() {
			t.Errorf("error: %+v", target.Error)
		}
	})
}

func TestRetryAfterWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var first, second time.Time
		platform := &hayontest.Platform{}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if first.IsZero() {
				first = time.Now()
				res := unavailable()
				res.Err.RetryAfter = 90 * time.Second
				return res
			}
			second = time.Now()
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		if got := second.Sub(first); got < 90*time.Second || got > 91*time.Second {
			t.Errorf("wait: got %s, want 90s", got)
		}
	})
}

func TestRateLimitHoldsAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limited := true
		platform := &hayontest.Platform{}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if !limited {
				return hayon.Result{}
			}
			limited = false
			err := hayon.Errorf(hayon.CodeRateLimited, "platform: too many requests")
			err.RetryAfter = 10 * time.Second
			return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: err}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		first := p.post(hayon.PostCreate{Text: "first"})
		started := time.Now()
		if err := p.deliver(first, 5*time.Second); err == nil {
			t.Fatal("the first post settled within its rate limit")
		}
		if target := r.wantState(first.ID, hayon.StateRetryWait); target.Attempts != 0 {
			t.Errorf("attempts: got %d, want 0: a rate limit costs none", target.Attempts)
		}
		second := p.post(hayon.PostCreate{Text: "second"})
		r.wantState(second.ID, hayon.StateQueued)
		if err := p.deliver(first, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := p.deliver(second, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("first", "second")
		if got := r.platform.Public()[0].At.Sub(started); got < 10*time.Second {
			t.Errorf("published %s after the limit was met, want at least 10s", got)
		}
	})
}

func TestSignInRefusedStopsAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{OnPrepare: func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			return nil, hayon.Errorf(hayon.CodeUnauthenticated, "platform: token expired").WithHint("hayon login platform")
		}}
		r := newRig(t, platform)
		p := r.start(1, true)
		first := p.post(hayon.PostCreate{Text: "first"})
		if err := p.deliver(first, time.Minute); err != nil {
			t.Fatal(err)
		}
		target := r.wantState(first.ID, hayon.StateFailed)
		if target.Error.Code != hayon.CodeUnauthenticated || target.Error.Hint != "hayon login platform" {
			t.Errorf("error: %+v", target.Error)
		}
		accounts, err := p.scheduler.FindAccounts(r.ctx, hayon.AccountFilter{})
		if err != nil || accounts[0].Status != hayon.AccountNeedsReconnect {
			t.Fatalf("account: %+v, %v", accounts[0], err)
		}
		second := p.post(hayon.PostCreate{Text: "second"})
		if err := p.deliver(second, time.Minute); err == nil {
			t.Fatal("a target of a stopped account was worked on")
		}
		r.wantState(second.ID, hayon.StateQueued)
		r.wantPublic()
	})
}

func TestVerdictsEndTargets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		code hayon.Code
		want hayon.State
	}{
		{"content refused by the platform", hayon.CodeRejected, hayon.StateFailed},
		{"content refused by our checks", hayon.CodeInvalid, hayon.StateFailed},
		{"a full disk", hayon.CodeLocal, hayon.StateFailed},
		{"a bug", hayon.CodeInternal, hayon.StateFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{OnPrepare: func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					return nil, hayon.Errorf(tc.code, "platform: no")
				}}
				r := newRig(t, platform)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				if target := r.wantState(post.ID, tc.want); target.Error.Code != tc.code {
					t.Errorf("code: got %s, want %s", target.Error.Code, tc.code)
				}
			})
		})
	}
}

// Where nobody is there to read it, what this machine cannot send waits, costs no attempt, and goes out
// when it can; beyond the grace window it is missed with the reason.
func TestLocalErrorsWaitForNobody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lasts time.Duration
		want  hayon.State
	}{
		"until the keyring is open": {10 * time.Minute, hayon.StatePublished},
		"for too long":              {2 * time.Hour, hayon.StateMissed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				asked := 0
				platform := &hayontest.Platform{OnPrepare: func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					if time.Since(begun) < tc.lasts {
						asked++
						return nil, hayon.Errorf(hayon.CodeLocal, "the keyring is locked")
					}
					return nil, nil //nolint:nilnil // go on
				}}
				r := newRig(t, platform)
				r.config.WaitLocal = true
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, 3*time.Hour); err != nil {
					t.Fatal(err)
				}
				target := r.wantState(post.ID, tc.want)
				if tc.want == hayon.StateMissed && !strings.Contains(target.Error.Message, "the keyring is locked") {
					t.Errorf("the reason is %q", target.Error.Message)
				}
				if target.Attempts > 1 || asked < 5 || asked > 80 {
					t.Errorf("%d attempts counted, asked %d times", target.Attempts, asked)
				}
			})
		})
	}
}

func TestUnknownIsLookedUp(t *testing.T) {
	t.Parallel()
	unknown := hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "platform: no answer came back")}
	for _, tc := range []struct {
		name  string
		class hayon.Class
		lost  bool // the post is public, the answer is lost
		want  hayon.State
	}{
		{"class A, public", hayon.ClassA, true, hayon.StatePublished},
		{"class A, not public", hayon.ClassA, false, hayon.StatePublished},
		{"class E, public", hayon.ClassE, true, hayon.StateUncertain},
		{"class E, not public", hayon.ClassE, false, hayon.StateUncertain},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				platform := &hayontest.Platform{Class: tc.class}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					calls++
					if calls == 1 && !tc.lost {
						return unknown
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					if calls == 1 {
						return unknown
					}
					return res
				}
				r := newRig(t, platform)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Hour); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, tc.want)
				if n := len(r.platform.Public()); n > 1 || tc.want == hayon.StatePublished && n != 1 {
					t.Errorf("public posts: got %d", n)
				}
				if tc.class == hayon.ClassE && calls != 1 {
					t.Errorf("calls: got %d, want 1: an unknown outcome is never repeated", calls)
				}
			})
		})
	}
}

// An outage that hides the outcome leaves the target uncertain, and it is looked up until the
// platform answers.
func TestUncertainIsLookedUpAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		back := time.Now().Add(20 * time.Second)
		platform := &hayontest.Platform{}
		platform.AfterPublish = func(context.Context, hayon.PublishRequest, hayon.Result) hayon.Result {
			return hayon.Result{Verdict: hayon.VerdictUnknown}
		}
		platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if time.Now().Before(back) {
				return hayon.Result{Verdict: hayon.VerdictUnknown, AskAgain: time.Now().Add(5 * time.Second)}
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		_ = p.deliver(post, 2*time.Second)
		r.wantState(post.ID, hayon.StateUncertain)
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
	})
}

// The bytes that were prepared once are sent by every later attempt, unchanged.
func TestPreparedBytesAreSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		prepares, calls := 0, 0
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			prepares++
			return &hayon.Prepared{Data: []byte{byte('a' - 1 + prepares)}}, nil
		}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls++; calls < 3 {
				return unavailable()
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("a")
		if prepares != 1 {
			t.Errorf("prepared %d times, want once", prepares)
		}
	})
}

// A platform that is still processing gives the worker free; the target comes back at its time.
func TestStepThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
			if r.Earlier == nil {
				return &hayon.Prepared{Handles: map[string]string{"job": "7"}, ReadyAt: time.Now().Add(15 * time.Second)}, nil
			}
			return &hayon.Prepared{Data: []byte("job " + r.Earlier.Handles["job"])}, nil
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		_ = p.deliver(post, time.Second)
		r.wantState(post.ID, hayon.StateQueued)
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("job 7")
		if got := time.Since(start); got < 15*time.Second || got > 17*time.Second {
			t.Errorf("published after %s, want 15s", got)
		}
		if target := r.find(post.ID); target.Attempts != 1 || target.Crashes != 0 {
			t.Errorf("attempts %d, crashes %d, want 1 and 0", target.Attempts, target.Crashes)
		}
	})
}

// When the process stops, what is being sent is finished and what is not sent is given back.
func TestDrain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		sending bool
		want    hayon.State
	}{
		{"while it prepares", false, hayon.StateQueued},
		{"while it sends", true, hayon.StatePublished},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				slow := func() { pass(3 * time.Second) }
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					if !tc.sending {
						slow()
					}
					return nil, nil //nolint:nilnil // go on
				}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					slow()
					return hayon.Result{}
				}
				r := newRig(t, platform)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if err := p.deliver(post, time.Second); err == nil {
					t.Fatal("Deliver says that all rests, and it was stopped")
				}
				target := r.wantState(post.ID, tc.want)
				if target.Lease != nil {
					t.Errorf("the lease is still there: %+v", target.Lease)
				}
			})
		})
	}
}

// Where an upload is gone, Prepare is asked again before the next attempt.
func TestPrepareAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		prepares, calls := 0, 0
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
			if prepares++; prepares == 2 && (r.Earlier == nil || string(r.Earlier.Data) != "same") {
				t.Errorf("the second Prepare got %+v of the first", r.Earlier)
			}
			return &hayon.Prepared{Data: []byte("same")}, nil
		}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls++; calls == 1 {
				res := unavailable()
				res.PrepareAgain = true
				return res
			}
			if calls == 2 {
				return unavailable()
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("same")
		if prepares != 2 || calls != 3 {
			t.Errorf("prepared %d times and called %d times, want 2 and 3", prepares, calls)
		}
	})
}

// Where the upload of a target that is parked is gone, a retry by hand asks Prepare again, at once.
func TestPrepareAgainAfterParking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		prepares, calls := 0, 0
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			prepares++
			return &hayon.Prepared{Data: []byte("same")}, nil
		}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls++; calls <= 4 {
				res := unavailable()
				res.PrepareAgain = calls == 4
				return res
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StateParked)
		again, err := p.scheduler.RetryPost(r.ctx, post.ID, hayon.PostChangeRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.deliver(again, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("same")
		if prepares != 2 || calls != 5 {
			t.Errorf("prepared %d times and called %d times, want 2 and 5", prepares, calls)
		}
	})
}

package worker_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// fiveParts is a thread that fails the test when a part is prepared without the one before it.
func fiveParts(p *process, platform *hayontest.Platform) *hayon.Post {
	platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
		if r.Index > 0 && (r.Parent.IsZero() || r.Parent != r.Target.Parts[r.Index-1].Remote || r.Root != r.Target.Parts[0].Remote) {
			p.t.Errorf("part %d: parent %+v and root %+v", r.Index, r.Parent, r.Root)
		}
		return nil, nil //nolint:nilnil // go on
	}
	return p.post(hayon.PostCreate{Text: "1", Parts: []string{"2", "3", "4", "5"}})
}

// wantParts fails unless each part is known as the post that it is.
func wantParts(t *testing.T, target *hayon.Target, public []hayontest.Public) {
	t.Helper()
	for i, p := range target.Parts {
		if p.Remote.ID != public[i].ID || p.PublishedAt.IsZero() {
			t.Errorf("part %d is %+v, want %s", i, p.Remote, public[i].ID)
		}
	}
}

// A thread that is cut after its third part goes on with the fourth, in every class, and sends no part
// twice.
func TestThreadGoesOn(t *testing.T) {
	t.Parallel()
	const third, fourth = 2, 3
	limit := hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeRateLimited, "platform: too many requests")}
	for _, f := range []fault{
		{name: "crash"},
		{name: "answer lost", after: unknown("reset after")},
		{name: "call lost", before: unknown("reset before")},
		{name: "429", before: limit},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			eachClass(t, func(r *rig) {
				t, platform := r.t, r.platform
				p := r.start(1, true)
				switch f.name {
				case "crash":
					platform.AfterPublish = func(_ context.Context, q hayon.PublishRequest, res hayon.Result) hayon.Result {
						if q.Index == third && !p.store.died() {
							p.kill()
							return unknown("dead")
						}
						return res
					}
				case "429":
					f.arm(platform, fourth)
				default:
					f.arm(platform, third)
				}
				post := fiveParts(p, platform)
				_ = p.deliver(post, 10*time.Minute)
				r.takeOver(post)
				if target := r.find(post.ID); target.Held() {
					arrived := f.name != "call lost"
					if tells(platform, arrived) {
						t.Fatalf("held: %+v", target.Error)
					}
					wantHeld(t, target)
					if target.StepPart != third {
						t.Errorf("held at part %d, want %d", target.StepPart, third)
					}
					r.answer(post, arrived)
				}
				target := r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic("1", "2", "3", "4", "5")
				if f.name != "crash" && tells(platform, true) {
					wantParts(t, target, platform.Public())
				}
			})
		})
	}
}

// answer says for the user whether the part in question is out, and lets the thread go on.
func (r *rig) answer(post *hayon.Post, out bool) {
	r.t.Helper()
	next := r.start(3, true)
	say := hayon.PostResolve{Not: !out}
	if out {
		say.Published = "https://platform.example/found"
	}
	if _, err := next.scheduler.ResolvePost(r.ctx, post.ID, say); err != nil {
		r.t.Fatal(err)
	}
	if err := next.deliver(post, time.Hour); err != nil {
		r.t.Fatal(err)
	}
}

// The journal tells of each part in order, and the attempts are those of the target.
func TestThreadJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD}
		calls := 0
		platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if calls++; calls == 2 {
				return unavailable()
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "1", Parts: []string{"2"}})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		if target := r.wantState(post.ID, hayon.StatePublished); target.Attempts != 2 {
			t.Errorf("attempts: got %d, want 2", target.Attempts)
		}
		var got []string
		for _, row := range r.rows(post.ID) {
			if row.Kind == hayon.RowSending || row.Kind == hayon.RowOutcome {
				got = append(got, fmt.Sprintf("%s part %d attempt %d", row.Kind, row.Part, row.Attempt))
			}
			if row.Kind != hayon.RowCreated && row.Platform != "platform" {
				t.Errorf("%s row of platform %q", row.Kind, row.Platform)
			}
		}
		want := []string{
			"sending part 0 attempt 1", "outcome part 0 attempt 1",
			"sending part 1 attempt 1", "outcome part 1 attempt 1",
			"sending part 1 attempt 2", "outcome part 1 attempt 2",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("journal (-want +got):\n%s", diff)
		}
	})
}

// The rest of a thread is not sent by surprise when it is known only after the grace window that a part
// is out.
func TestThreadAfterItsGraceWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		loseFirst(platform)
		back := time.Now().Add(2 * time.Hour)
		platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
			if time.Now().Before(back) {
				return unknown("down")
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, false)
		post := p.post(hayon.PostCreate{Text: "1", Parts: []string{"2"}})
		p.follow(post, 5*time.Hour)
		target := r.wantState(post.ID, hayon.StateMissed)
		r.wantPublic("1")
		if !target.Asks || target.Parts[0].Remote.IsZero() {
			t.Errorf("asks %t, first part %+v", target.Asks, target.Parts[0].Remote)
		}
	})
}

// A target that waits for its platform keeps its lane for 150 s. Then the account's next one gets its
// hint and goes out, and the platform is asked again only when it wanted.
func TestWaitingStepFreesItsLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const processing = 10 * time.Minute
		platform := &hayontest.Platform{}
		var asked []time.Duration
		began := time.Now()
		platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
			if r.Part().Text != "video" {
				return nil, nil //nolint:nilnil // go on
			}
			asked = append(asked, time.Since(began))
			if r.Earlier == nil {
				return &hayon.Prepared{Handles: map[string]string{"job": "7"}, ReadyAt: began.Add(processing)}, nil
			}
			return &hayon.Prepared{Data: []byte("video " + r.Earlier.Handles["job"])}, nil
		}
		r := newRig(t, platform)
		p := r.start(1, false)
		video := p.post(hayon.PostCreate{Text: "video"})
		pass(time.Second)
		next := p.post(hayon.PostCreate{Text: "next"})
		stop := p.serve()
		defer stop()
		pass(2 * time.Minute)
		if target := r.wantState(video.ID, hayon.StateQueued); !target.WaitingSince.Equal(began.Add(time.Second)) {
			t.Errorf("waiting since %s", target.WaitingSince)
		}
		r.wantState(next.ID, hayon.StateQueued)
		hints := len(r.hints(next))
		pass(time.Minute)
		r.wantState(next.ID, hayon.StatePublished)
		if got := len(r.hints(next)); got != hints+1 {
			t.Errorf("hints for the next one: %d more, want one", got-hints)
		}
		if at := platform.Public()[0].At.Sub(began); at < 150*time.Second || at > 153*time.Second {
			t.Errorf("the next one went out after %s", at)
		}
		pass(processing)
		target := r.wantState(video.ID, hayon.StatePublished)
		r.wantPublic("next", "video 7")
		synctest.Wait()
		if len(asked) != 2 || asked[1] < processing || asked[1] > processing+time.Second {
			t.Errorf("the platform was asked after %s", asked)
		}
		if !target.WaitingSince.IsZero() {
			t.Errorf("waiting since %s", target.WaitingSince)
		}
	})
}

// What its platform will not have ready within the grace window is left to the late policy at once.
func TestWaitingStepBeyondTheGraceWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{OnPrepare: func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			return &hayon.Prepared{ReadyAt: time.Now().Add(2 * time.Hour)}, nil
		}}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "video"})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		if target := r.wantState(post.ID, hayon.StateMissed); !target.Asks || !target.WaitingSince.IsZero() {
			t.Errorf("asks %t, waiting since %s", target.Asks, target.WaitingSince)
		}
	})
}

// Posts of an account go out in the order of their due times, whatever the first ones have to wait for.
func TestOrderAcrossRetries(t *testing.T) {
	t.Parallel()
	eachClass(t, func(r *rig) {
		platform := r.platform
		failures := map[string]int{"1": 2, "3": 1, "4": 3}
		platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			text := r.Part().Text
			if failures[text]--; failures[text] >= 0 {
				return unavailable()
			}
			return hayon.Result{}
		}
		p := r.start(1, false)
		stop := p.serve()
		defer stop()
		for i := range 5 {
			p.post(hayon.PostCreate{Text: fmt.Sprint(i + 1)})
			pass(time.Millisecond)
		}
		pass(10 * time.Minute)
		r.wantPublic("1", "2", "3", "4", "5")
	})
}

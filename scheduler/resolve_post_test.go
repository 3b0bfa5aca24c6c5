package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
)

// loseAnswers makes the platform publish and its answers be lost, for these texts.
func loseAnswers(p *hayontest.Platform, texts ...string) {
	p.Class = hayon.ClassE
	p.AfterPublish = func(_ context.Context, r hayon.PublishRequest, res hayon.Result) hayon.Result {
		for _, text := range texts {
			if r.Part().Text == text {
				return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true}
			}
		}
		return res
	}
}

// Only a person can tell what became of a post on a platform that tells nothing, and what they say is
// what happens.
func TestResolveSendsAgainOrNotAtAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		loseAnswers(d.platform, "lost", "not there")
		stop := d.run()
		defer stop()
		lost := d.post("lost", 0)
		pass(time.Second) // each has a due time of its own
		not := d.post("not there", 0)
		pass(10 * time.Minute)
		synctest.Wait()
		for _, p := range []*hayon.Post{lost, not} {
			if got := d.state(p.ID); got != hayon.StateUncertain {
				t.Fatalf("state: got %s, want uncertain", got)
			}
		}
		d.platform.AfterPublish = nil
		if _, err := d.scheduler.ResolvePost(d.ctx, lost.ID, hayon.PostResolve{Published: "https://platform.example/lost"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.scheduler.ResolvePost(d.ctx, not.ID, hayon.PostResolve{Not: true}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		synctest.Wait()
		d.wantPublic("lost", "not there", "not there")
		if a, b := d.state(lost.ID), d.state(not.ID); a != hayon.StatePublished || b != hayon.StatePublished {
			t.Errorf("states: got %s and %s, want both published", a, b)
		}
	})
}

// A thread goes on after the part that somebody found, and however late that is.
func TestResolveGoesOnWithAThread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		loseAnswers(d.platform, "two")
		stop := d.run()
		defer stop()
		post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "one", Parts: []string{"two", "three"}, To: []string{"platform"}})
		if err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Hour)
		synctest.Wait()
		d.wantPublic("one", "two")
		if _, err := d.scheduler.ResolvePost(d.ctx, post.ID, hayon.PostResolve{Published: "https://platform.example/two"}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		synctest.Wait()
		d.wantPublic("one", "two", "three")
		if got := d.state(post.ID); got != hayon.StatePublished {
			t.Errorf("state: got %s", got)
		}
	})
}

// linker is a platform that can tell what a URL stands for, and counts how often it is asked.
type linker struct {
	*hayontest.Platform
	asked  int
	answer func(url string) (hayon.Remote, error)
}

func (l *linker) RemoteOf(_ context.Context, _ hayon.Session, url string) (hayon.Remote, error) {
	l.asked++
	return l.answer(url)
}

// linked is a daemon's store served with a platform that can tell what a URL stands for.
func linked(t *testing.T, answer func(string) (hayon.Remote, error)) (*daemon, *linker) {
	t.Helper()
	d := newDaemon(t, nil)
	l := &linker{Platform: d.platform, answer: answer}
	v := memory.New(nil)
	var err error
	d.scheduler, err = scheduler.New(scheduler.Deps{
		Store: d.db, Blobs: noBlobs{t}, Vault: v, Providers: providers.Of(l), Sessions: vault.Sessions(v),
		Owner: hayon.Owner{PID: 1}, Alive: func(hayon.Owner) bool { return true },
	}, scheduler.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return d, l
}

// uncertain stores a post that is held.
func (d *daemon) uncertain(text string) *hayon.Post {
	d.t.Helper()
	p := d.post(text, 0)
	if err := hayontest.Mover(d.db)(d.ctx, p.ID, hayon.StateUncertain); err != nil {
		d.t.Fatal(err)
	}
	return p
}

func TestResolveAsksThePlatformForTheID(t *testing.T) {
	t.Parallel()
	d, l := linked(t, func(url string) (hayon.Remote, error) {
		if !strings.HasPrefix(url, "https://platform.example/") {
			return hayon.Remote{}, hayon.Errorf(hayon.CodeInvalid, "that is no post on platform")
		}
		return hayon.Remote{ID: "id-of-" + url[len(url)-1:], Digest: "d"}, nil
	})
	p := d.uncertain("lost")
	said := hayon.PostResolve{Published: "https://platform.example/1", DryRun: true}
	if _, err := d.scheduler.ResolvePost(d.ctx, p.ID, said); err != nil || l.asked != 0 {
		t.Errorf("a dry run asked the platform %d times (%v)", l.asked, err)
	}
	if _, err := d.scheduler.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Published: "https://example.org/"}); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("an address that the platform does not know: %v", err)
	}
	said.DryRun = false
	got, err := d.scheduler.ResolvePost(d.ctx, p.ID, said)
	if err != nil {
		t.Fatal(err)
	}
	want := hayon.Remote{ID: "id-of-1", URL: said.Published, Digest: "d"}
	if diff := cmp.Diff(want, got.Targets[0].Remote()); diff != "" {
		t.Errorf("remote (-want +got):\n%s", diff)
	}
	// The same post by another address is known; another post is a conflict.
	if _, err := d.scheduler.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Published: "https://platform.example/other/1"}); err != nil {
		t.Errorf("another address of the same post: %v", err)
	}
	for _, url := range []string{"https://platform.example/2", "https://example.org/"} {
		if _, err := d.scheduler.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Published: url}); hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("%s for what is out: got %v, want a conflict", url, err)
		}
	}
}

// What changes while the platform is asked is not overwritten.
func TestResolveLooksAgainAfterAsking(t *testing.T) {
	t.Parallel()
	var d *daemon
	var p *hayon.Post
	d, _ = linked(t, func(url string) (hayon.Remote, error) {
		if _, err := d.scheduler.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Not: true}); err != nil {
			t.Error(err)
		}
		return hayon.Remote{ID: "1", URL: url}, nil
	})
	p = d.uncertain("lost")
	_, err := d.scheduler.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Published: "https://platform.example/1"})
	if hayon.CodeOf(err) != hayon.CodeConflict {
		t.Errorf("got %v, want a conflict", err)
	}
	if got := d.state(p.ID); got != hayon.StateQueued {
		t.Errorf("state: got %s, want what was said first", got)
	}
}

// A worker that looks the target up loses it to the word of its user.
func TestResolveTakesATargetThatIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, r := range []hayon.PostResolve{{Not: true}, {Published: "https://platform.example/1"}} {
		d := newDaemon(t, nil)
		p := d.uncertain("lost")
		next := d.post("next", 0)
		until := time.Now().Add(time.Minute)
		var before hayon.Target
		err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			target, err := tx.FindTargetByID(ctx, p.Targets[0].ID)
			if err != nil {
				return err
			}
			target.Fence++
			target.NotBefore, target.Lease = until, &hayon.Lease{Until: until, Owner: hayon.Owner{Host: "test", PID: 2}}
			before = *target
			if err := tx.DeleteOutbox(ctx, []uint64{1, 2}); err != nil {
				return err
			}
			return tx.UpdateTarget(ctx, target)
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.scheduler.ResolvePost(d.ctx, p.ID, r)
		if err != nil {
			t.Fatal(err)
		}
		after := got.Targets[0]
		if after.Fence != before.Fence+1 || after.Generation != before.Generation+1 || after.Lease != nil || !after.NotBefore.IsZero() {
			t.Errorf("%+v: fence %d, generation %d, lease %v, not before %v; want it taken from its worker",
				r, after.Fence, after.Generation, after.Lease, after.NotBefore)
		}
		want := after.ID
		if !r.Not {
			want = next.Targets[0].ID // its lane is free
		}
		if hints := d.hints(); len(hints) != 1 || hints[0] != want {
			t.Errorf("%+v: hints at %v, want one at %s", r, hints, want)
		}
	}
}

// hints are the targets that the outbox hints at, in order.
func (d *daemon) hints() []hayon.TargetID {
	d.t.Helper()
	var out []hayon.TargetID
	err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindOutbox(ctx, 0, 100)
		for _, r := range rows {
			out = append(out, r.Hint.Target)
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// A command that delivers by itself takes what is to be sent again, and leaves no hint at it.
func TestResolveClaimsForACommand(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	v := memory.New(nil)
	self := hayon.Owner{Host: "test", PID: 3, Command: "resolve"}
	s, err := scheduler.New(scheduler.Deps{
		Store: d.db, Blobs: noBlobs{t}, Vault: v, Providers: providers.Of(d.platform), Sessions: vault.Sessions(v),
		Owner: self, Alive: func(hayon.Owner) bool { return true },
	}, scheduler.Config{ClaimOwn: true})
	if err != nil {
		t.Fatal(err)
	}
	p := d.uncertain("lost")
	if err := d.db.Update(d.ctx, clearOutbox); err != nil {
		t.Fatal(err)
	}
	got, err := s.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Not: true})
	if err != nil {
		t.Fatal(err)
	}
	if target := got.Targets[0]; target.State != hayon.StatePublishing || target.Lease == nil || target.Lease.Owner != self {
		t.Errorf("got %+v, want it claimed by the command", target)
	}
	if hints := d.hints(); len(hints) > 0 {
		t.Errorf("hints at %v, want none", hints)
	}
}

// An account that was signed out leaves posts whose targets still have a name.
func TestResolveWithoutTheAccount(t *testing.T) {
	t.Parallel()
	d, l := linked(t, func(string) (hayon.Remote, error) {
		return hayon.Remote{}, hayon.Errorf(hayon.CodeUnauthenticated, "nobody is signed in")
	})
	p := d.post("refused", 0)
	if err := hayontest.Mover(d.db)(d.ctx, p.ID, hayon.StateFailed); err != nil {
		t.Fatal(err)
	}
	if err := d.scheduler.DeleteAccount(d.ctx, p.Targets[0].Account); err != nil {
		t.Fatal(err)
	}
	said := hayon.PostResolve{Published: "https://platform.example/1", Account: "platform"}
	got, err := d.scheduler.ResolvePost(d.ctx, p.ID, said)
	if err != nil || got.State() != hayon.PostPublished || l.asked != 0 {
		t.Errorf("got %v, %v after %d questions; want it published", got, err, l.asked)
	}
}

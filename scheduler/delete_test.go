package scheduler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

var remotely = hayon.PostDelete{Remote: true}

// remoteIDs are those of the parts of a target, the last one first.
func remoteIDs(t *hayon.Target) []string {
	var out []string
	for _, p := range t.Parts {
		if !p.Remote.IsZero() {
			out = append([]string{p.Remote.ID}, out...)
		}
	}
	return out
}

// A thread is removed from its end, each part with a row of its own; where the platform refuses in
// between, the next call goes on.
func TestDeleteAThread(t *testing.T) {
	t.Parallel()
	a := newAble()
	d := newDaemonWith(t, setup{provider: a})
	p := d.published(hayon.PostCreate{Text: "one", Parts: []string{"two", "three"}, To: []string{"platform"}})
	want := remoteIDs(p.Targets[0])
	a.onDelete = func(_ context.Context, _ hayon.Session, r hayon.Remote) error {
		if r.ID == want[1] {
			return errors.New("no words for a person")
		}
		return nil
	}
	got, err := d.scheduler.DeletePost(d.ctx, p.ID, remotely)
	if err != nil || got.Removals[0].Effect != hayon.RemovalFailed || got.Removals[0].Error.Code != hayon.CodeInternal {
		t.Fatalf("%+v, %v; want the failure in the removal", got, err)
	}
	if found := d.find(p.ID); !found.DeletedAt.IsZero() || !found.Targets[0].RemovedAt.IsZero() {
		t.Error("a thread of which two parts are there counts as removed")
	}
	a.onDelete = nil
	if got, err = d.scheduler.DeletePost(d.ctx, p.ID, hayon.PostDelete{Remote: true, Reason: "enough"}); err != nil || got.Post.DeletedAt.IsZero() {
		t.Fatalf("%+v, %v; want it deleted", got, err)
	}
	if diff := cmp.Diff([]string{want[0], want[1], want[0], want[1], want[2]}, a.calls()); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	var said []string
	for _, r := range d.rows(p.ID) {
		if r.Kind == hayon.RowChanged {
			said = append(said, r.Reason)
		}
	}
	if got, want := strings.Join(said, ", "), "removed from the platform, enough, enough, enough, enough"; got != want {
		t.Errorf("the journal says %q, want %q", got, want)
	}
}

// A platform that takes nothing back, one that is not there any more, and an account that is gone.
func TestDeleteWhatNobodyCanRemove(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: unable{&hayontest.Platform{}}})
	p := d.published(hayon.PostCreate{Text: "for ever", To: []string{"platform"}})
	for range 2 {
		got, err := d.scheduler.DeletePost(d.ctx, p.ID, remotely)
		if err != nil || got.Removals[0].Effect != hayon.RemovalImpossible || !strings.Contains(got.Removals[0].Error.Hint, p.Targets[0].Remote().URL) {
			t.Fatalf("%+v, %v; want it impossible, with the address", got, err)
		}
		if !d.find(p.ID).DeletedAt.IsZero() {
			t.Error("it is deleted, and still there")
		}
	}
	d.setup.provider = &hayontest.Platform{Name: "another"}
	d.boot(2)
	got, err := d.scheduler.DeletePost(d.ctx, p.ID, remotely)
	if err != nil || got.Removals[0].Effect != hayon.RemovalImpossible {
		t.Errorf("%+v, %v; want it impossible", got, err)
	}
}

// A process that dies between the platform's answer and the commit leaves the target as it was, and
// the next call removes it once more.
func TestDeleteAfterACrash(t *testing.T) {
	t.Parallel()
	a, broken := newAble(), false
	d := newDaemonWith(t, setup{provider: a, store: func(s hayon.Store) hayon.Store { return breaking{s, &broken} }})
	d.signIn("one", "")
	d.signIn("two", "")
	p := d.published(hayon.PostCreate{Text: "hello", To: []string{"platform/one", "platform/two"}})
	first := p.Targets[0].Remote().ID
	a.onDelete = func(_ context.Context, _ hayon.Session, r hayon.Remote) error {
		broken = r.ID != first
		return nil
	}
	_, err := d.scheduler.DeletePost(d.ctx, p.ID, remotely)
	wantCode(t, err, hayon.CodeLocal)
	broken = false
	found := d.find(p.ID)
	if found.Targets[0].RemovedAt.IsZero() || !found.Targets[1].RemovedAt.IsZero() || !found.DeletedAt.IsZero() {
		t.Errorf("removed at %s and %s, deleted at %s; want the first one alone", found.Targets[0].RemovedAt, found.Targets[1].RemovedAt, found.DeletedAt)
	}
	a.onDelete = nil
	if got, err := d.scheduler.DeletePost(d.ctx, p.ID, remotely); err != nil || got.Post.DeletedAt.IsZero() {
		t.Errorf("%+v, %v; want it deleted", got, err)
	}
	second := p.Targets[1].Remote().ID
	if diff := cmp.Diff([]string{first, second, second}, a.calls()); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

// A platform that does not answer costs its time and no more, and who does not wait ends it.
func TestDeleteWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAble()
		d := newDaemonWith(t, setup{provider: a})
		p := d.published(hayon.PostCreate{Text: "hello", To: []string{"platform"}})
		a.onDelete = func(ctx context.Context, _ hayon.Session, _ hayon.Remote) error {
			<-ctx.Done()
			return ctx.Err()
		}
		begin := time.Now()
		got, err := d.scheduler.DeletePost(d.ctx, p.ID, remotely)
		if err != nil || got.Removals[0].Effect != hayon.RemovalFailed || got.Removals[0].Error.Code != hayon.CodeUnavailable {
			t.Errorf("%+v, %v; want it unavailable", got, err)
		}
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		ctx, cancel := context.WithCancel(d.ctx)
		a.onDelete = func(ctx context.Context, _ hayon.Session, _ hayon.Remote) error {
			cancel()
			return ctx.Err()
		}
		if _, err := d.scheduler.DeletePost(ctx, p.ID, remotely); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
		if !d.find(p.ID).Targets[0].RemovedAt.IsZero() {
			t.Error("what was broken off counts as removed")
		}
	})
}

// What the platform has removed is recorded, also when nobody waits for the answer any more.
func TestDeleteRecordsWhatIsGone(t *testing.T) {
	t.Parallel()
	a := newAble()
	d := newDaemonWith(t, setup{provider: a})
	p := d.published(hayon.PostCreate{Text: "hello", To: []string{"platform"}})
	ctx, cancel := context.WithCancel(d.ctx)
	a.onDelete = func(context.Context, hayon.Session, hayon.Remote) error {
		cancel()
		return nil
	}
	if _, err := d.scheduler.DeletePost(ctx, p.ID, remotely); err == nil {
		t.Error("nobody waited, and there was an answer")
	}
	if d.find(p.ID).Targets[0].RemovedAt.IsZero() {
		t.Error("what is gone is not recorded")
	}
}

// The beginning of a thread that went no further is out, and is removed; the rest never goes out.
func TestDeleteTheBeginningOfAThread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAble()
		d := newDaemonWith(t, setup{provider: a})
		a.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if r.Index == 1 {
				return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "platform: down")}
			}
			return hayon.Result{}
		}
		stop := d.run()
		defer stop()
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "one", Parts: []string{"two"}, To: []string{"platform"}})
		if err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		synctest.Wait()
		if got := d.state(p.ID); got != hayon.StateRetryWait {
			t.Fatalf("it is %s", got)
		}
		a.OnPublish = nil
		got, err := d.scheduler.DeletePost(d.ctx, p.ID, hayon.PostDelete{})
		if err != nil || got.Removals[0].Effect != hayon.RemovalKept {
			t.Fatalf("%+v, %v; want the beginning kept", got, err)
		}
		if got, err = d.scheduler.DeletePost(d.ctx, p.ID, remotely); err != nil || got.Removals[0].Effect != hayon.RemovalRemoved {
			t.Fatalf("%+v, %v; want the beginning removed", got, err)
		}
		pass(time.Hour)
		synctest.Wait()
		if public := a.Public(); len(public) != 1 || len(a.calls()) != 1 || d.state(p.ID) != hayon.StateCancelled {
			t.Errorf("public %+v, removed %q, %s; want one part that was removed", public, a.calls(), d.state(p.ID))
		}
	})
}

// What was not sent when its post was deleted never goes out, whatever hints are about.
func TestDeletedIsNeverSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return doubling{b} })
		now, soon := d.post("now", 0), d.post("soon", time.Minute)
		draft, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "draft", To: []string{"platform"}, Draft: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*hayon.Post{now, soon, draft} {
			if _, err := d.scheduler.DeletePost(d.ctx, p.ID, hayon.PostDelete{}); err != nil {
				t.Fatal(err)
			}
		}
		stop := d.run()
		defer stop()
		pass(time.Hour)
		synctest.Wait()
		d.wantPublic()
	})
}

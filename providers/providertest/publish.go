package providertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// repeats reports whether the class makes a repeat with the same bytes harmless.
func repeats(c hayon.Class) bool { return c == hayon.ClassA || c == hayon.ClassB }

func testPrepareRepeats(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("the same bytes, twice: https://example.com/a #tag")
	first := fx.prepare(t, target, 0)
	second := fx.prepare(t, target, 0)
	if diff := cmp.Diff(string(first.Data), string(second.Data)); diff != "" {
		t.Errorf("Prepare gives other bytes the second time:\n%s", diff)
	}
	if len(first.Data) == 0 {
		t.Error("Prepare gives no bytes")
	}
	fx.wantPosts(t, 0)
}

func testPublishText(t *testing.T, fx *Fixture) {
	t.Helper()
	const text = "Hello, \"world\" & <all> – 👨‍👩‍👧‍👦 日本語\n\nsecond paragraph: https://example.com/a?b=1&c=2"
	_, res := fx.publish(t, fx.Target(text), 0)
	posts := fx.wantPosts(t, 1)
	if len(posts) == 0 {
		return
	}
	if diff := cmp.Diff(Post{ID: res.Remote.ID, Text: text}, Post{ID: posts[0].ID, Text: posts[0].Text}); diff != "" {
		t.Errorf("what is public differs (-want +got):\n%s", diff)
	}
}

func testPublishTwice(t *testing.T, fx *Fixture) {
	t.Helper()
	if !repeats(fx.class()) {
		t.Skipf("class %s does not promise it", fx.class())
	}
	r, first := fx.publish(t, fx.Target("once"), 0)
	second := fx.Provider.Publish(t.Context(), fx.Session, r)
	fx.checkResult(t, "Publish", second)
	if second.Verdict != hayon.VerdictPublished {
		t.Fatalf("Publish again: verdict %q, error %v; want published", second.Verdict, second.Err)
	}
	if diff := cmp.Diff(first.Remote, second.Remote); diff != "" {
		t.Errorf("Publish again answers another post:\n%s", diff)
	}
	fx.wantPosts(t, 1)
}

func testPublishRace(t *testing.T, fx *Fixture) {
	t.Helper()
	if !repeats(fx.class()) {
		t.Skipf("class %s does not promise it", fx.class())
	}
	target := fx.Target("at the same moment")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	results := make([]hayon.Result, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = fx.Provider.Publish(t.Context(), fx.Session, r) })
	}
	wg.Wait()
	for _, res := range results {
		fx.checkResult(t, "Publish", res)
		if res.Verdict == hayon.VerdictRejected {
			t.Errorf("Publish: rejected: %v", res.Err)
		}
	}
	fx.wantPosts(t, 1)
}

func testPublishMany(t *testing.T, fx *Fixture) {
	t.Helper()
	const n = 8
	requests := make([]hayon.PublishRequest, n)
	for i := range requests {
		target := fx.Target(fmt.Sprintf("one of many: %d", i))
		requests[i] = fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	}
	results := make([]hayon.Result, n)
	var wg sync.WaitGroup
	for i, r := range requests {
		wg.Go(func() { results[i] = fx.Provider.Publish(t.Context(), fx.Session, r) })
	}
	wg.Wait()
	var want, got []string
	for _, res := range results {
		fx.checkResult(t, "Publish", res)
		if res.Verdict != hayon.VerdictPublished {
			t.Errorf("Publish: verdict %q, error %v", res.Verdict, res.Err)
		}
		want = append(want, res.Remote.ID)
	}
	for _, p := range fx.wantPosts(t, n) {
		got = append(got, p.ID)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids of what is public (-want +got):\n%s", diff)
	}
}

func testPastDeadline(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("too late")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	r.Deadline = time.Now().Add(-time.Second)
	res := fx.Provider.Publish(t.Context(), fx.Session, r)
	fx.checkResult(t, "Publish", res)
	if res.Verdict != hayon.VerdictNotApplied {
		t.Errorf("Publish after its deadline: verdict %q, want not_applied", res.Verdict)
	}
	fx.wantPosts(t, 0)
}

func testCancelled(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("cancelled")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res := fx.Provider.Publish(ctx, fx.Session, r)
	fx.checkResult(t, "Publish", res)
	if res.Verdict != hayon.VerdictNotApplied && res.Verdict != hayon.VerdictUnknown {
		t.Errorf("Publish with a cancelled context: verdict %q, want not_applied or unknown", res.Verdict)
	}
	fx.wantPosts(t, 0)
}

// reconcile asks until the answer is not "ask again", as a worker does.
func (fx *Fixture) reconcile(t testing.TB, r hayon.PublishRequest) hayon.Result {
	t.Helper()
	var res hayon.Result
	for range 20 {
		res = fx.Provider.Reconcile(t.Context(), fx.Session, r)
		fx.checkResult(t, "Reconcile", res)
		if res.Verdict != hayon.VerdictUnknown || res.AskAgain.IsZero() {
			return res
		}
		if !res.AskAgain.After(r.Now) {
			t.Fatalf("Reconcile: ask again at %v, which is not after %v", res.AskAgain, r.Now)
		}
		r.Now, r.Looks = res.AskAgain, r.Looks+1
		r.Deadline = r.Now.Add(fx.Provider.Info().Timeout(r.Part()))
	}
	t.Fatalf("Reconcile: still %q after 20 times", res.Verdict)
	return res
}

func testReconcileBefore(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("was it sent?")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	res := fx.reconcile(t, r)
	switch fx.class() {
	case hayon.ClassA, hayon.ClassC, hayon.ClassF:
		if res.Verdict != hayon.VerdictNotApplied {
			t.Errorf("Reconcile: verdict %q, want not_applied (%v)", res.Verdict, res.Err)
		}
		fx.wantPosts(t, 0)
	case hayon.ClassB:
		// The repeat with the same key may be how it finds out.
		if posts := fx.Posts(t); len(posts) > 1 || (len(posts) == 1) != (res.Verdict == hayon.VerdictPublished) {
			t.Errorf("Reconcile: verdict %q with %d public posts", res.Verdict, len(posts))
		}
	case hayon.ClassD, hayon.ClassE:
		if res.Verdict == hayon.VerdictPublished || res.Verdict == hayon.VerdictRejected {
			t.Errorf("Reconcile: verdict %q for what was never sent", res.Verdict)
		}
		fx.wantPosts(t, 0)
	}
}

func testReconcileAfter(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.publish(t, fx.Target("another post"), 0)
	r, out := fx.publish(t, fx.Target("is it out?"), 0)
	res := fx.reconcile(t, r)
	switch fx.class() {
	case hayon.ClassE:
		if res.Verdict != hayon.VerdictUnknown || !res.Hold {
			t.Errorf("Reconcile: verdict %q, held %t; want unknown and held: nobody can tell", res.Verdict, res.Hold)
		}
	case hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassF:
		if res.Verdict != hayon.VerdictPublished {
			t.Fatalf("Reconcile: verdict %q, want published (%v)", res.Verdict, res.Err)
		}
		if diff := cmp.Diff(out.Remote, res.Remote); diff != "" {
			t.Errorf("Reconcile finds another post (-published +found):\n%s", diff)
		}
	}
	fx.wantPosts(t, 2)
}

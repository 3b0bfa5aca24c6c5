package providertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func (fx *Fixture) needReposter(t *testing.T) hayon.Reposter {
	t.Helper()
	r, ok := fx.Provider.(hayon.Reposter)
	if !ok {
		t.Skip("reposts nothing")
	}
	return r
}

// repostOf is a target that reposts something.
func (fx *Fixture) repostOf(what hayon.Remote) *hayon.Target {
	target := fx.Target("")
	target.Parts[0].Langs, target.Parts[0].Repost = nil, &what
	target.Parts[0].Idem = fx.Provider.NewIdem(target, 0, target.Due)
	return target
}

// wantReposts fails unless exactly the original is out, and as many reposts of it.
func (fx *Fixture) wantReposts(t testing.TB, original hayon.Remote, n int) {
	t.Helper()
	var want, got []string
	for range n {
		want = append(want, original.ID)
	}
	for _, p := range fx.wantPosts(t, 1+n) {
		if p.Repost != "" {
			got = append(got, p.Repost)
		} else if p.ID != original.ID {
			t.Errorf("%q is out, which is not the original %q", p.ID, original.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is reposted (-want +got):\n%s", diff)
	}
}

// A repost comes out once, by whatever names the original, and goes without it.
func testRepost(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needReposter(t)
	_, original := fx.out(t, fx.Target("look at this"), 0)
	for _, what := range []hayon.Remote{{URL: original.URL}, {ID: original.ID}, original} {
		target := fx.repostOf(what)
		r, remote := fx.out(t, target, 0)
		fx.wantReposts(t, original, 1)
		if repeats(fx.class()) {
			again := fx.Provider.Publish(t.Context(), fx.Session, r)
			fx.checkResult(t, "Publish", again)
			if again.Verdict != hayon.VerdictPublished || again.Remote.ID != remote.ID {
				t.Errorf("Publish again: verdict %q of %q (%v), want published of %q", again.Verdict, again.Remote.ID, again.Err, remote.ID)
			}
			fx.wantReposts(t, original, 1)
		}
		if fx.class() != hayon.ClassE {
			found := fx.reconcile(t, r)
			if diff := cmp.Diff(remote, found.Remote); found.Verdict != hayon.VerdictPublished || diff != "" {
				t.Errorf("Reconcile: verdict %q (%v), and another one (-published +found):\n%s", found.Verdict, found.Err, diff)
			}
			fx.wantReposts(t, original, 1)
		}
		d, ok := fx.Provider.(hayon.Deleter)
		if !ok {
			return
		}
		for range 2 {
			if err := d.Delete(t.Context(), fx.Session, remote); err != nil {
				t.Errorf("Delete: %v", err)
			}
			fx.wantReposts(t, original, 0)
		}
	}
}

func testRepostPrepare(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needReposter(t)
	_, original := fx.out(t, fx.Target("look at this"), 0)
	target := fx.repostOf(hayon.Remote{URL: original.URL})
	first, second := fx.prepare(t, target, 0), fx.prepare(t, target, 0)
	if diff := cmp.Diff(string(first.Data), string(second.Data)); diff != "" {
		t.Errorf("Prepare gives other bytes the second time:\n%s", diff)
	}
	r := fx.PublishRequest(t, target, 0, first)
	if res := fx.reconcile(t, r); fx.class() == hayon.ClassA && res.Verdict != hayon.VerdictNotApplied {
		t.Errorf("Reconcile before Publish: verdict %q, want not_applied (%v)", res.Verdict, res.Err)
	}
	if fx.class() != hayon.ClassB { // where to ask may be to repeat
		fx.wantReposts(t, original, 0)
	}
}

// What can be reposted is judged by the form of its address, and what is not there is refused.
func testRepostRefused(t *testing.T, fx *Fixture) {
	t.Helper()
	rp := fx.needReposter(t)
	a := fx.Session.Account()
	_, original := fx.out(t, fx.Target("look at this"), 0)
	if !rp.Reposts(a, original.URL) {
		t.Errorf("Reposts(%q) is false, and it is a post of the platform", original.URL)
	}
	for _, url := range []string{"", "x", "https://example.org/", "https://example.org/a/b/c/d", "\x00", "file:///etc/hosts"} {
		if rp.Reposts(a, url) {
			t.Errorf("Reposts(%q) is true", url)
		}
		target := fx.repostOf(hayon.Remote{URL: url})
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		fx.wantCode(t, "Prepare to repost what is no post", err, hayon.CodeInvalid)
	}
	d, ok := fx.Provider.(hayon.Deleter)
	if !ok {
		return
	}
	if err := d.Delete(t.Context(), fx.Session, original); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	// Who does not look is told by the platform.
	target := fx.repostOf(hayon.Remote{URL: original.URL})
	p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	if err != nil {
		fx.wantCode(t, "Prepare to repost what is deleted", err, hayon.CodeInvalid)
	} else {
		res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, p))
		fx.checkResult(t, "Publish", res)
		if res.Verdict != hayon.VerdictRejected {
			t.Errorf("Publish of a repost of what is deleted: verdict %q, want rejected", res.Verdict)
		}
	}
	fx.wantPosts(t, 0)
}

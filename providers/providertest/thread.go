package providertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func testThread(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needThreads(t)
	target := fx.Target("first", "second", "third", "fourth", "fifth")
	for i := range target.Parts {
		r, res := fx.publish(t, target, i)
		target.Parts[i].Remote = res.Remote
		if fx.class() == hayon.ClassE {
			continue
		}
		again := fx.reconcile(t, r)
		if diff := cmp.Diff(res.Remote, again.Remote); diff != "" {
			t.Errorf("Reconcile of part %d: verdict %q (%v), and another post:\n%s", i, again.Verdict, again.Err, diff)
		}
	}
	fx.wantThread(t, target)
}

// A part whose answer was lost may be known by nothing but the address that a person gave.
func testThreadAfterLink(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needThreads(t)
	linker := fx.needLinker(t)
	target := fx.Target("first", "second", "third")
	for i := range target.Parts {
		_, res := fx.publish(t, target, i)
		found, err := linker.RemoteOf(t.Context(), fx.Session, res.Remote.URL)
		if err != nil {
			t.Fatalf("RemoteOf: %v", err)
		}
		target.Parts[i].Remote = found
	}
	fx.wantThread(t, target)
}

func (fx *Fixture) needThreads(t *testing.T) {
	t.Helper()
	if !fx.Provider.Info().Threads {
		t.Skip("no threads")
	}
}

// wantThread fails unless the target's parts are public, in order, and each answers the one before.
func (fx *Fixture) wantThread(t *testing.T, target *hayon.Target) {
	t.Helper()
	type link struct{ ID, Text, Parent, Root string }
	var want, got []link
	for i, p := range target.Parts {
		l := link{ID: p.Remote.ID, Text: p.Text}
		if i > 0 {
			l.Parent, l.Root = target.Parts[i-1].Remote.ID, target.Parts[0].Remote.ID
		}
		want = append(want, l)
	}
	for _, p := range fx.wantPosts(t, len(want)) {
		got = append(got, link{p.ID, p.Text, p.Parent, p.Root})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parts that are public (-want +got):\n%s", diff)
	}
}

package providertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func (fx *Fixture) needDeleter(t *testing.T) hayon.Deleter {
	t.Helper()
	d, ok := fx.Provider.(hayon.Deleter)
	if !ok {
		t.Skip("takes nothing back that is out")
	}
	return d
}

func (fx *Fixture) needEditor(t *testing.T) hayon.Editor {
	t.Helper()
	e, ok := fx.Provider.(hayon.Editor)
	if !ok {
		t.Skip("changes nothing that is out")
	}
	return e
}

// out publishes part i of the target and keeps in it where.
func (fx *Fixture) out(t testing.TB, target *hayon.Target, i int) (hayon.PublishRequest, hayon.Remote) {
	t.Helper()
	r, res := fx.publish(t, target, i)
	target.Parts[i].Remote = res.Remote
	return r, res.Remote
}

func testDelete(t *testing.T, fx *Fixture) {
	t.Helper()
	d := fx.needDeleter(t)
	gone := fx.Target("this goes")
	if _, ok := fx.info().Limit(hayon.LimitImages, hayon.UnitItems); ok {
		gone.Parts[0].Media = []hayon.Attachment{fx.Image(t, 4, 3, "a square")}
	}
	r, remote := fx.out(t, gone, 0)
	_, stays := fx.out(t, fx.Target("this stays"), 0)
	for _, which := range []string{"the first time", "again"} {
		if err := d.Delete(t.Context(), fx.Session, remote); err != nil {
			t.Errorf("Delete %s: %v", which, err)
		}
		if posts := fx.wantPosts(t, 1); len(posts) == 1 && posts[0].ID != stays.ID {
			t.Errorf("%q is out, want %q", posts[0].ID, stays.ID)
		}
	}
	if fx.class() == hayon.ClassA {
		if res := fx.reconcile(t, r); res.Verdict != hayon.VerdictNotApplied {
			t.Errorf("Reconcile of what is deleted: verdict %q, want not_applied", res.Verdict)
		}
	}
	if linker, ok := fx.Provider.(hayon.Linker); ok {
		_, err := linker.RemoteOf(t.Context(), fx.Session, remote.URL)
		fx.wantCode(t, "RemoteOf what is deleted", err, hayon.CodeInvalid)
	}
}

// The parts of a thread go from the last to the first; a part that is left is whole.
func testDeleteThread(t *testing.T, fx *Fixture) {
	t.Helper()
	d := fx.needDeleter(t)
	fx.needThreads(t)
	target := fx.Target("first", "second", "third")
	for i := range target.Parts {
		fx.out(t, target, i)
	}
	for i := len(target.Parts) - 1; i >= 0; i-- {
		if err := d.Delete(t.Context(), fx.Session, target.Parts[i].Remote); err != nil {
			t.Errorf("Delete part %d: %v", i, err)
		}
		fx.wantPosts(t, i)
	}
}

func testDeleteRefused(t *testing.T, fx *Fixture) {
	t.Helper()
	d := fx.needDeleter(t)
	_, remote := fx.out(t, fx.Target("this stays"), 0)
	if fx.SignedOut != nil {
		fx.wantCode(t, "Delete signed out", d.Delete(t.Context(), fx.SignedOut, remote), hayon.CodeUnauthenticated)
	}
	if fx.Unreachable != nil {
		fx.wantUnreachable(t, "Delete", d.Delete(t.Context(), fx.Unreachable, remote))
	}
	if posts := fx.wantPosts(t, 1); len(posts) == 1 && posts[0].ID != remote.ID {
		t.Errorf("%q is out, want %q", posts[0].ID, remote.ID)
	}
}

// edit asks for the part as it is in the target.
func (fx *Fixture) edit(t testing.TB, e hayon.Editor, s hayon.Session, target *hayon.Target, i int, earlier *hayon.Prepared) (hayon.Remote, error) {
	t.Helper()
	return e.Edit(t.Context(), s, hayon.EditRequest{Target: target, Index: i, Earlier: earlier, Now: target.Due})
}

func testEdit(t *testing.T, fx *Fixture) {
	t.Helper()
	e := fx.needEditor(t)
	fx.publish(t, fx.Target("another one"), 0)
	target := fx.Target("helo, wrold")
	alts := []string(nil)
	if _, ok := fx.info().Limit(hayon.LimitImages, hayon.UnitItems); ok {
		target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 4, 3, "a squar"), fx.Image(t, 5, 3, "the second")}
		alts = []string{"a square", "the second"}
	}
	r, remote := fx.out(t, target, 0)
	target.Parts[0].Text = "hello, \"world\" & <all>: https://example.com/ #tag"
	if len(alts) > 0 {
		target.Parts[0].Media[0].Alt = alts[0]
	}
	for _, earlier := range []*hayon.Prepared{r.Prepared, nil, nil} { // it may be repeated
		got, err := fx.edit(t, e, fx.Session, target, 0, earlier)
		if err != nil {
			t.Fatalf("Edit: %v", err)
		}
		if got.ID != remote.ID || got.URL == "" {
			t.Errorf("Edit answers %+v, want the id %q", got, remote.ID)
		}
		target.Parts[0].Remote = got
		now, _ := posted(fx.wantPosts(t, 2), remote.ID)
		want := Post{ID: remote.ID, Text: target.Parts[0].Text, Alts: alts}
		if diff := cmp.Diff(want, Post{ID: now.ID, Text: now.Text, Alts: now.Alts}); diff != "" {
			t.Errorf("after Edit (-want +got):\n%s", diff)
		}
	}
}

func testEditOptions(t *testing.T, fx *Fixture) {
	t.Helper()
	e := fx.needEditor(t)
	o, ok := fx.info().Option(hayon.OptionWarning)
	if !ok {
		t.Skip("no option that could be changed")
	}
	target := fx.Target("mind the step")
	target.Options = fx.withOption(o.Name, "steps")
	_, remote := fx.out(t, target, 0)
	for _, v := range []string{"stairs", ""} {
		target.Options = fx.withOption(o.Name, v)
		is, err := fx.edit(t, e, fx.Session, target, 0, nil)
		if err != nil {
			t.Fatalf("Edit: %v", err)
		}
		target.Parts[0].Remote = is
		got, _ := posted(fx.wantPosts(t, 1), remote.ID)
		if got.Options != nil && got.Options[o.Name] != v {
			t.Errorf("%s is %q, want %q", o.Name, got.Options[o.Name], v)
		}
	}
}

func testEditThread(t *testing.T, fx *Fixture) {
	t.Helper()
	e := fx.needEditor(t)
	fx.needThreads(t)
	target := fx.Target("first", "secnd", "third")
	for i := range target.Parts {
		fx.out(t, target, i)
	}
	target.Parts[1].Text = "second"
	if _, err := fx.edit(t, e, fx.Session, target, 1, nil); err != nil {
		t.Fatalf("Edit: %v", err)
	}
	fx.wantThread(t, target)
}

func testEditRefused(t *testing.T, fx *Fixture) {
	t.Helper()
	e := fx.needEditor(t)
	target := fx.Target("as it is")
	_, remote := fx.out(t, target, 0)
	asItIs := func(what string) {
		t.Helper()
		if got, _ := posted(fx.wantPosts(t, 1), remote.ID); got.Text != "as it is" {
			t.Errorf("%s: the post says %q", what, got.Text)
		}
	}
	for _, l := range fx.textLimits() {
		target.Parts[0].Text = filled(l.Unit, int(l.Max)) + "b"
		_, err := fx.edit(t, e, fx.Session, target, 0, nil)
		fx.wantCode(t, "Edit over the limit in "+string(l.Unit), err, hayon.CodeInvalid)
		asItIs("too long")
	}
	target.Parts[0].Text = "otherwise"
	if fx.SignedOut != nil {
		_, err := fx.edit(t, e, fx.SignedOut, target, 0, nil)
		fx.wantCode(t, "Edit signed out", err, hayon.CodeUnauthenticated)
		asItIs("signed out")
	}
	if fx.Unreachable != nil {
		_, err := fx.edit(t, e, fx.Unreachable, target, 0, nil)
		fx.wantUnreachable(t, "Edit", err)
		asItIs("unreachable")
	}
	d, ok := fx.Provider.(hayon.Deleter)
	if !ok {
		return
	}
	if err := d.Delete(t.Context(), fx.Session, remote); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	_, err := fx.edit(t, e, fx.Session, target, 0, nil)
	fx.wantCode(t, "Edit of what is deleted", err, hayon.CodeNotFound)
	fx.wantPosts(t, 0)
}

package storetest

import (
	"context"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func templateCases() []testCase {
	return []testCase{
		{"store, find, replace, delete", templateLife},
		{"each owner has templates of their own, in the order of their names", findTemplates},
		{"what is no template is refused", wrongTemplates},
	}
}

func (w *world) putTemplate(t *hayon.Template) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutTemplate(ctx, t) })
}

// wantTemplates compares an owner's templates.
func (w *world) wantTemplates(what string, owner hayon.UserID, want ...*hayon.Template) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindTemplates(ctx, owner)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%s: templates (-want +got):\n%s", what, diff)
		}
		return err
	})
}

func templateLife(w *world) {
	t := &hayon.Template{Owner: w.user, Name: "release", Text: "{{name|hayon}} {{version}}\nis out \u2728", CreatedAt: start, UpdatedAt: start}
	remove := func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteTemplate(ctx, w.user, t.Name) }
	w.wantTemplates("at first", w.user)
	w.refused(hayon.CodeNotFound, remove)
	w.putTemplate(t)
	w.wantTemplates("stored", w.user, t)
	t.Text, t.UpdatedAt = strings.Repeat("a long text ", 10_000), start.Add(1)
	w.putTemplate(t)
	w.s = w.h.Reopen(w.T, w.s)
	w.wantTemplates("replaced", w.user, t)
	w.update(remove)
	w.wantTemplates("deleted", w.user)
	w.refused(hayon.CodeNotFound, remove)
}

func findTemplates(w *world) {
	other := hayon.UserID{11: 9}
	template := func(owner hayon.UserID, name string) *hayon.Template {
		t := &hayon.Template{Owner: owner, Name: name, Text: name, CreatedAt: start, UpdatedAt: start}
		w.putTemplate(t)
		return t
	}
	b, long, a, theirs := template(w.user, "b"), template(w.user, "a-long-name"), template(w.user, "a"), template(other, "b")
	w.wantTemplates("the user's", w.user, a, long, b)
	w.wantTemplates("another's", other, theirs)
	w.wantTemplates("nobody's", hayon.UserID{11: 8})
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteTemplate(ctx, w.user, "b") })
	w.wantTemplates("another's of the same name", other, theirs)
}

func wrongTemplates(w *world) {
	for name, t := range map[string]*hayon.Template{"no owner": {Name: "x", Text: "x"}, "no name": {Owner: w.user, Text: "x"}} {
		err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.PutTemplate(ctx, t) })
		if hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: PutTemplate answers %v, want internal", name, err)
		}
	}
}

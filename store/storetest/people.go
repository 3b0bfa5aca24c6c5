package storetest

import (
	"context"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func peopleCases() []testCase {
	return []testCase{
		{"store, find, change, delete", personLife},
		{"each owner has people of their own, in the order of their names", findPeople},
		{"what is nobody is refused", wrongPeople},
	}
}

func (w *world) putPerson(p *hayon.Person) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutPerson(ctx, p) })
}

// wantPeople compares an owner's people.
func (w *world) wantPeople(what string, owner hayon.UserID, want ...*hayon.Person) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPeople(ctx, owner)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%s: people (-want +got):\n%s", what, diff)
		}
		return err
	})
}

func personLife(w *world) {
	p := &hayon.Person{
		Owner: w.user, Name: "ada", Title: "Ada Lovelace", UpdatedAt: start,
		Handles: map[string]string{"bluesky": "ada.example", "mastodon": "ada@example.social"},
	}
	remove := func(ctx context.Context, tx hayon.Tx) error { return tx.DeletePerson(ctx, w.user, "ada") }
	w.wantPeople("at first", w.user)
	w.refused(hayon.CodeNotFound, remove)
	w.putPerson(p)
	w.wantPeople("stored", w.user, p)
	p.Handles, p.Title = map[string]string{"bluesky": "ada.example"}, ""
	w.putPerson(p)
	w.s = w.h.Reopen(w.T, w.s)
	w.wantPeople("changed", w.user, p)
	w.update(remove)
	w.wantPeople("deleted", w.user)
	w.refused(hayon.CodeNotFound, remove)
}

func findPeople(w *world) {
	other := hayon.UserID{11: 9}
	person := func(owner hayon.UserID, name string) *hayon.Person {
		p := &hayon.Person{Owner: owner, Name: name, UpdatedAt: start}
		w.putPerson(p)
		return p
	}
	b, long, a, theirs := person(w.user, "b"), person(w.user, "a-long-name"), person(w.user, "a"), person(other, "b")
	w.wantPeople("the user's", w.user, a, long, b)
	w.wantPeople("another's", other, theirs)
	w.wantPeople("nobody's", hayon.UserID{11: 8})
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.DeletePerson(ctx, w.user, "b") })
	w.wantPeople("another's of the same name", other, theirs)
}

func wrongPeople(w *world) {
	for name, p := range map[string]*hayon.Person{"no owner": {Name: "x"}, "no name": {Owner: w.user}} {
		err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.PutPerson(ctx, p) })
		if hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: PutPerson answers %v, want internal", name, err)
		}
	}
}

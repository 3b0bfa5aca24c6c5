package storetest

import (
	"context"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func groupCases() []testCase {
	return []testCase{
		{"store, find, change, delete", groupLife},
		{"each owner has groups of their own, in the order of their names", findGroups},
		{"what is no group is refused", wrongGroups},
		{"members keep their order", groupOrder},
	}
}

func (w *world) newGroup(name string, accounts ...hayon.AccountID) *hayon.Group {
	return &hayon.Group{Owner: w.user, Name: name, Accounts: accounts, CreatedAt: start}
}

func (w *world) putGroup(g *hayon.Group) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutGroup(ctx, g) })
}

func (w *world) wantGroup(want *hayon.Group) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindGroup(ctx, want.Owner, want.Name)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("group (-want +got):\n%s", diff)
		}
		return err
	})
}

func groupLife(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	g := w.newGroup("launch", a)
	find := func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindGroup(ctx, w.user, g.Name)
		return err
	}
	remove := func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteGroup(ctx, w.user, g.Name) }
	w.refused(hayon.CodeNotFound, find)
	w.refused(hayon.CodeNotFound, remove)
	w.putGroup(g)
	w.wantGroup(g)
	g.Accounts = append(g.Accounts, b)
	w.putGroup(g)
	w.s = w.h.Reopen(w.T, w.s)
	w.wantGroup(g)
	g.Accounts = nil
	w.putGroup(g)
	w.wantGroup(g)
	w.update(remove)
	w.refused(hayon.CodeNotFound, find)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindAccountByID(ctx, a)
		return err
	})
}

func findGroups(w *world) {
	me, other := w.user, hayon.UserID{11: 9}
	for _, name := range []string{"b", "a-long-name", "a", "c"} {
		w.putGroup(w.newGroup(name))
	}
	w.user = other
	w.putGroup(w.newGroup("b", w.account("demo")))
	w.user = me
	for _, c := range []struct {
		owner hayon.UserID
		want  []string
	}{{me, []string{"a", "a-long-name", "b", "c"}}, {other, []string{"b"}}, {hayon.UserID{11: 8}, nil}} {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			groups, err := tx.FindGroups(ctx, c.owner)
			var got []string
			for _, g := range groups {
				got = append(got, g.Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				w.Errorf("groups of %s (-want +got):\n%s", c.owner, diff)
			}
			return err
		})
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteGroup(ctx, me, "b") })
	w.user = other
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		g, err := tx.FindGroup(ctx, other, "b")
		if err == nil && len(g.Accounts) != 1 {
			w.Errorf("another's group lost its accounts: %v", g.Accounts)
		}
		return err
	})
}

func wrongGroups(w *world) {
	a := w.account("demo")
	for name, g := range map[string]*hayon.Group{
		"no owner": {Name: "x"}, "no name": {Owner: w.user}, "an account twice": w.newGroup("x", a, a),
	} {
		err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.PutGroup(ctx, g) })
		if hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: PutGroup answers %v, want internal", name, err)
		}
	}
}

func groupOrder(w *world) {
	a, b, c := w.account("demo"), w.account("demo/b"), w.account("demo/c")
	for _, want := range [][]hayon.AccountID{{c, a, b}, {b, c, a}} {
		w.putGroup(w.newGroup("x", slices.Clone(want)...))
		w.wantGroup(w.newGroup("x", want...))
	}
}

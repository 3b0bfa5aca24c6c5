package storetest

import (
	"context"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func accountCases() []testCase {
	return []testCase{
		{"create, find, change, delete", accountLife},
		{"a name belongs to one account of an owner", accountNames},
		{"find by owner, platform and name, in order", findAccounts},
		{"media and users", mediaAndUsers},
	}
}

func (w *world) newAccount(name string) *hayon.Account {
	return &hayon.Account{
		ID: hayon.NewAccountID(start), Owner: w.user, Platform: "demo", Name: name,
		Status: hayon.AccountConnected, Settings: map[string]string{"k": "v"}, CreatedAt: start,
	}
}

func accountLife(w *world) {
	a := w.newAccount("demo")
	create := func(ctx context.Context, tx hayon.Tx) error { return tx.CreateAccount(ctx, a) }
	update := func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, a) }
	remove := func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteAccount(ctx, a.ID) }
	w.refused(hayon.CodeNotFound, update)
	w.update(create)
	w.refused(hayon.CodeConflict, create)
	t := w.one(a.ID)
	a.Handle = "@ana"
	w.update(update)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindAccountByID(ctx, a.ID)
		if diff := cmp.Diff(a, got); diff != "" {
			w.Errorf("account (-want +got):\n%s", diff)
		}
		return err
	})
	w.update(remove)
	w.refused(hayon.CodeNotFound, remove)
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindAccountByID(ctx, a.ID)
		return err
	})
	if w.target(t.ID).Account != a.ID {
		w.Error("the targets of a removed account are gone")
	}
	w.update(create)
}

func accountNames(w *world) {
	a, b := w.newAccount("demo"), w.newAccount("demo")
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreateAccount(ctx, a) })
	create := func(ctx context.Context, tx hayon.Tx) error { return tx.CreateAccount(ctx, b) }
	w.refused(hayon.CodeConflict, create)
	b.Name = "demo/b"
	w.update(create)
	b.Name = "demo"
	w.refused(hayon.CodeConflict, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, b) })
	a.Name = "demo/a"
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, a) })
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, b) })
	w.user = hayon.UserID{11: 9}
	w.account("demo") // another owner's
}

func findAccounts(w *world) {
	me := w.user
	w.account("demo/z")
	w.account("demo")
	w.user = hayon.UserID{11: 9}
	w.account("demo/m")
	for _, c := range []struct {
		name string
		f    hayon.AccountFilter
		want []string
	}{
		{"all", hayon.AccountFilter{}, []string{"demo", "demo/m", "demo/z"}},
		{"owner", hayon.AccountFilter{Owner: me}, []string{"demo", "demo/z"}},
		{"platform", hayon.AccountFilter{Owner: me, Platform: "demo"}, []string{"demo", "demo/z"}},
		{"another platform", hayon.AccountFilter{Platform: "bluesky"}, nil},
		{"name", hayon.AccountFilter{Owner: me, Name: "demo/z"}, []string{"demo/z"}},
		{"another's name", hayon.AccountFilter{Owner: me, Name: "demo/m"}, nil},
	} {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			as, err := tx.FindAccounts(ctx, c.f)
			var got []string
			for _, a := range as {
				got = append(got, a.Name)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				w.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			return err
		})
	}
}

func mediaAndUsers(w *world) {
	m := &hayon.Media{ID: hayon.NewMediaID(start), Owner: w.user, SHA256: "x", Type: "image/png", Bytes: 1, CreatedAt: start}
	create := func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, m) }
	w.update(create)
	w.refused(hayon.CodeConflict, create)
	u := hayon.LocalUser()
	u.CreatedAt = start
	for _, name := range []string{"local", "renamed"} {
		u.Name = name
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutUser(ctx, &u) })
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		gotMedia, err := tx.FindMediaByID(ctx, m.ID)
		if diff := cmp.Diff(m, gotMedia); diff != "" || err != nil {
			w.Errorf("medium, %v (-want +got):\n%s", err, diff)
		}
		gotUser, err := tx.FindUserByID(ctx, u.ID)
		if diff := cmp.Diff(&u, gotUser); diff != "" || err != nil {
			w.Errorf("user, %v (-want +got):\n%s", err, diff)
		}
		return nil
	})
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindMediaByID(ctx, hayon.NewMediaID(start))
		return err
	})
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindUserByID(ctx, hayon.NewUserID(start))
		return err
	})
}

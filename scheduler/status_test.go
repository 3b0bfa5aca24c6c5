package scheduler_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// The status names each account of which nothing goes out, with what lasts longest.
func TestStatusTellsWhatIsBlocked(t *testing.T) {
	t.Parallel()
	s, db := inProcess(t)
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	accounts := make(map[string]*hayon.Account)
	for _, alias := range []string{"free", "own", "host", "app", "refused", "over"} {
		a, err := s.CreateAccount(ctx, hayon.SignIn{Platform: "demo", Alias: alias})
		if err != nil {
			t.Fatal(err)
		}
		accounts[alias] = a
	}
	soon, late := time.Now().Add(time.Minute).UTC(), time.Now().Add(time.Hour).UTC()
	update(t, ctx, db, func(ctx context.Context, tx hayon.Tx) error {
		for alias, a := range accounts {
			a.Host = "https://" + alias + ".example"
			switch alias {
			case "app":
				a.App = "client"
			case "refused":
				a.Status, a.Reason = hayon.AccountNeedsReconnect, "token expired"
			}
			if err := tx.UpdateAccount(ctx, a); err != nil {
				return err
			}
		}
		return errors.Join(
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.PaceKey(accounts["own"].ID), NotBefore: late, Reason: "daily quota"}),
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.HostPaceKey(accounts["own"]), NotBefore: soon, Reason: "too many requests"}),
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.HostPaceKey(accounts["host"]), NotBefore: soon, Reason: "no connection", Open: true}),
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.AppPaceKey(accounts["app"]), NotBefore: soon, Reason: "quota of the application"}),
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.PaceKey(accounts["over"].ID), NotBefore: time.Now().Add(-time.Second), Reason: "over"}),
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.PaceKey(accounts["refused"].ID), NotBefore: soon, Reason: "less than the sign-in"}),
		)
	})
	want := []hayon.Blocked{
		{Account: "demo/app", Reason: "quota of the application", Until: soon},
		{Account: "demo/host", Reason: "no connection", Until: soon},
		{Account: "demo/own", Reason: "daily quota", Until: late},
		{Account: "demo/refused", Reason: "token expired", Hint: "hayon login demo --alias refused"},
	}
	st, err := s.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, st.Blocked); diff != "" {
		t.Errorf("blocked (-want +got):\n%s", diff)
	}
	for who, ctx := range map[string]context.Context{
		"another user": hayon.WithActor(t.Context(), hayontest.Stranger()), "nobody": t.Context(),
	} {
		if st, err := s.Status(ctx); err != nil || len(st.Blocked) > 0 {
			t.Errorf("%s sees %+v (%v)", who, st.Blocked, err)
		}
	}
}

func TestStatusTellsTheAgeOfTheOutbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		if st, err := d.scheduler.Status(d.ctx); err != nil || st.OutboxAge != 0 {
			t.Errorf("without hints: %+v, %v", st, err)
		}
		d.post("first", 0)
		pass(time.Minute)
		d.post("second", 0)
		pass(time.Minute)
		if st, err := d.scheduler.Status(d.ctx); err != nil || st.Outbox != 2 || st.OutboxAge != 2*time.Minute {
			t.Errorf("got %d hints, the oldest %s, %v; want 2 and 2 min", st.Outbox, st.OutboxAge, err)
		}
	})
}

// More than ten wait: the newest are named, all are counted.
func TestStatusNamesTheNewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		var newest []hayon.PostID
		for i := range 25 {
			p := d.post("post", 0)
			state := hayon.StateParked
			if i%2 == 0 {
				state = hayon.StateUncertain
			}
			if err := hayontest.Mover(d.db)(d.ctx, p.ID, state); err != nil {
				t.Fatal(err)
			}
			newest = append([]hayon.PostID{p.ID}, newest...)
			pass(time.Second)
		}
		st, err := d.scheduler.Status(d.ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []hayon.PostID
		for _, a := range st.NeedUser {
			got = append(got, a.Post)
			if a.Hint == "" {
				t.Errorf("%+v: no hint", a)
			}
		}
		if diff := cmp.Diff(newest[:10], got); diff != "" {
			t.Errorf("named (-want +got):\n%s", diff)
		}
		if st.Parked != 12 || st.Held != 13 || st.Asking != 0 {
			t.Errorf("got %d parked, %d held, %d that ask; want 12, 13, 0", st.Parked, st.Held, st.Asking)
		}
	})
}

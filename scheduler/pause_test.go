package scheduler_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// update changes targets and accounts as a worker would have.
func update(t *testing.T, ctx context.Context, store hayon.Store, fn func(ctx context.Context, tx hayon.Tx) error) {
	t.Helper()
	if err := store.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// clearOutbox takes all hints away, as the relay does.
func clearOutbox(ctx context.Context, tx hayon.Tx) error {
	rows, err := tx.FindOutbox(ctx, 0, 1000)
	if err != nil {
		return err
	}
	seqs := make([]uint64, len(rows))
	for i, r := range rows {
		seqs[i] = r.Seq
	}
	return tx.DeleteOutbox(ctx, seqs)
}

// retryIn makes a target wait for a retry that is due now, or later.
func retryIn(ctx context.Context, tx hayon.Tx, id hayon.TargetID, wait time.Duration) error {
	target, err := tx.FindTargetByID(ctx, id)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, s := range []hayon.State{hayon.StatePublishing, hayon.StateRetryWait} {
		target.Enter(s, now)
		target.NotBefore = now.Add(wait)
		if err := tx.UpdateTarget(ctx, target); err != nil {
			return err
		}
	}
	return nil
}

// A resume hints once at each account that has something due: what was begun before what waits.
func TestResumeHintsAtEveryAccount(t *testing.T) {
	t.Parallel()
	s, db := inProcess(t)
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	for _, alias := range []string{"a", "b", "c", "d"} {
		if _, err := s.CreateAccount(ctx, hayon.SignIn{Platform: "demo", Alias: alias}); err != nil {
			t.Fatal(err)
		}
	}
	post := func(text, alias string, in time.Duration) hayon.TargetID {
		t.Helper()
		c := hayon.PostCreate{Text: text, To: []string{"demo/" + alias}}
		if in > 0 {
			c.Schedule.At = time.Now().Add(in)
		}
		p, err := s.CreatePost(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		return p.Targets[0].ID
	}
	first := post("first", "a", 0)
	post("second", "a", 0)
	retried := post("retried", "b", 0)
	post("behind it", "b", 0)
	post("later", "c", time.Hour)
	waits := post("waits for its retry", "d", 0)
	if _, err := s.Pause(ctx, ""); err != nil {
		t.Fatal(err)
	}
	update(t, ctx, db, func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(retryIn(ctx, tx, retried, -time.Second), retryIn(ctx, tx, waits, time.Hour), clearOutbox(ctx, tx))
	})
	for range 2 { // the second one has nothing to do
		if _, err := s.Resume(ctx); err != nil {
			t.Fatal(err)
		}
	}
	var got []hayon.TargetID
	err := db.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindOutbox(ctx, 0, 100)
		for _, r := range rows {
			got = append(got, r.Hint.Target)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []hayon.TargetID{first, retried}
	byBytes := func(a, b hayon.TargetID) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(got, byBytes)
	slices.SortFunc(want, byBytes)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
}

// Whoever signs in again to an account that was refused goes on with a target that waits for a retry
// too, and keeps the account's defaults.
func TestSignInWakesARetry(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	p := d.post("retried", 0)
	grace := 5 * time.Minute
	account := p.Targets[0].Account
	if _, err := d.scheduler.UpdateAccount(d.ctx, account, hayon.AccountUpdate{Grace: &grace}); err != nil {
		t.Fatal(err)
	}
	update(t, d.ctx, d.db, func(ctx context.Context, tx hayon.Tx) error {
		a, err := tx.FindAccountByID(ctx, account)
		if err != nil {
			return err
		}
		a.Status = hayon.AccountNeedsReconnect
		return errors.Join(tx.UpdateAccount(ctx, a), retryIn(ctx, tx, p.Targets[0].ID, -time.Second), clearOutbox(ctx, tx))
	})
	a, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{Platform: "platform"})
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != account || a.Grace == nil || *a.Grace != grace {
		t.Errorf("signed in again as %+v, want the same account with its defaults", a)
	}
	if hints := d.hints(); len(hints) != 1 || hints[0] != p.Targets[0].ID {
		t.Errorf("hints at %v, want one at %s", hints, p.Targets[0].ID)
	}
}

// What the platform says of an account is an event where it is news.
func TestVerifyTellsWhatIsNew(t *testing.T) {
	t.Parallel()
	s, db := inProcess(t)
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	a, err := s.CreateAccount(ctx, hayon.SignIn{Platform: "demo", Alias: "a"})
	if err != nil {
		t.Fatal(err)
	}
	last, err := s.LastSeq(ctx)
	if err != nil {
		t.Fatal(err)
	}
	update(t, ctx, db, func(ctx context.Context, tx hayon.Tx) error {
		stored, err := tx.FindAccountByID(ctx, a.ID)
		if err != nil {
			return err
		}
		stored.Status = hayon.AccountNeedsReconnect
		return tx.UpdateAccount(ctx, stored)
	})
	for range 2 { // the second time it is no news
		if _, err := s.VerifyAccount(ctx, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	events, err := s.FindEvents(ctx, hayon.EventFilter{After: last})
	if err != nil || len(events) != 1 || events[0].Kind != hayon.EventAccount || events[0].Account != a.ID || events[0].Platform != "demo" {
		t.Errorf("events: %+v, %v; want one that the account works", events, err)
	}
}

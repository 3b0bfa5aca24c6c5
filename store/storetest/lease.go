package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func leaseCases() []testCase {
	return []testCase{
		{"a lease is renewed by its fence alone", renew},
		{"dead owners lose their leases at once", deadOwners},
	}
}

func renew(w *world) {
	t := w.one(w.account("demo"))
	w.claims("claim", request(start, t), t)
	until := start.Add(time.Hour)
	renew := func(id hayon.TargetID, fence int64) func(context.Context, hayon.Tx) error {
		return func(ctx context.Context, tx hayon.Tx) error { return tx.RenewLease(ctx, id, fence, until) }
	}
	w.update(renew(t.ID, 1))
	if got := w.target(t.ID).Lease; got == nil || !got.Until.Equal(until) || got.Owner != owner(1) {
		w.Errorf("lease is %+v", got)
	}
	w.claims("still leased", request(until.Add(-1), t))
	for _, fence := range []int64{0, 2} {
		w.refused(hayon.CodeConflict, renew(t.ID, fence))
	}
	w.refused(hayon.CodeNotFound, renew(hayon.NewTargetID(start), 1))
	w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, start) })
	w.refused(hayon.CodeConflict, renew(t.ID, 1))
}

func (w *world) leases() []hayon.Owner {
	w.Helper()
	var out []hayon.Owner
	w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
		out, err = tx.FindLeases(ctx)
		return err
	})
	slices.SortFunc(out, func(a, b hayon.Owner) int { return a.PID - b.PID })
	return out
}

func (w *world) expire(at time.Time, owners ...hayon.Owner) int {
	w.Helper()
	var n int
	w.update(func(ctx context.Context, tx hayon.Tx) (err error) {
		n, err = tx.ExpireLeases(ctx, owners, at)
		return err
	})
	return n
}

func deadOwners(w *world) {
	until := start.Add(lease)
	dead1 := w.one(w.account("demo/1"), leased(owner(1), until))
	dead2 := w.one(w.account("demo/2"), leased(owner(1), until))
	alive := w.one(w.account("demo/3"), leased(owner(2), until))
	if diff := cmp.Diff([]hayon.Owner{owner(1), owner(2)}, w.leases()); diff != "" {
		w.Errorf("owners (-want +got):\n%s", diff)
	}
	if n := w.expire(start, owner(1), owner(3)); n != 2 {
		w.Errorf("expired %d leases, want 2", n)
	}
	if n := w.expire(start, owner(1)); n != 0 {
		w.Errorf("expired %d leases again", n)
	}
	r := request(start)
	r.Owner = owner(2)
	got := ids(w.claim(r))
	if diff := cmp.Diff(ids([]*hayon.Target{dead1, dead2}), got, cmpopts.SortSlices(func(a, b hayon.TargetID) bool { return a.String() < b.String() })); diff != "" {
		w.Errorf("claimed (-want +got):\n%s", diff)
	}
	w.claims("alive", request(start, alive))
	if diff := cmp.Diff([]hayon.Owner{owner(2)}, w.leases()); diff != "" {
		w.Errorf("owners afterwards (-want +got):\n%s", diff)
	}
}

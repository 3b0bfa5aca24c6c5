package storetest

import (
	"context"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func claimCases() []testCase {
	return []testCase{
		{"a queued target is claimed", claimQueued},
		{"a retry is claimed at its time", claimRetry},
		{"an orphan is claimed as it was found", claimOrphan},
		{"what must not be claimed is not", claimNothing},
		{"an uncertain target is claimed to be looked up", claimUncertain},
		{"an account that is not connected is left", claimAccount},
		{"the generation must match", claimGeneration},
		{"any target, in the order of wake, up to the limit", claimAny},
		{"in order: the first of the account in the place of the named", claimInOrder},
		{"in order: a hint for what is out takes the next", claimInOrderDone},
		{"a claim needs a lease", claimNoLease},
		{"a lease is by the clock on the wall", claimWall},
	}
}

// request is a claim of named targets.
func request(at time.Time, targets ...*hayon.Target) hayon.ClaimRequest {
	r := hayon.ClaimRequest{Now: at, Owner: owner(1), Lease: lease}
	for _, t := range targets {
		r.Targets = append(r.Targets, hayon.TargetRef{Target: t.ID})
	}
	return r
}

func (w *world) claim(r hayon.ClaimRequest) []*hayon.Target {
	w.Helper()
	var out []*hayon.Target
	w.update(func(ctx context.Context, tx hayon.Tx) (err error) {
		out, err = tx.ClaimTargets(ctx, r)
		return err
	})
	return out
}

// claims checks which targets a claim takes, in order.
func (w *world) claims(name string, r hayon.ClaimRequest, want ...*hayon.Target) {
	w.Helper()
	got := w.claim(r)
	if diff := cmp.Diff(ids(want), ids(got), cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("%s: claimed (-want +got):\n%s", name, diff)
	}
}

func claimQueued(w *world) {
	t := w.one(w.account("demo"), func(t *hayon.Target) { t.NotBefore, t.Attempts = start.Add(time.Second), 2 })
	now := start.Add(time.Second)
	got := w.claim(request(now, t))
	want := *t
	want.Enter(hayon.StatePublishing, now)
	want.Step, want.Fence, want.NotBefore = hayon.StepClaimed, 1, time.Time{}
	want.Lease = &hayon.Lease{Until: now.Add(lease), Owner: owner(1)}
	if diff := cmp.Diff([]*hayon.Target{&want}, got); diff != "" {
		w.Fatalf("ClaimTargets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&want, w.target(t.ID)); diff != "" {
		w.Errorf("stored target (-want +got):\n%s", diff)
	}
	journal, _ := w.rows()
	if diff := cmp.Diff([]*hayon.JournalRow{{
		Seq: 1, At: now, Kind: hayon.RowClaimed, User: w.user, Source: hayon.SourceWorker, Post: t.Post, Target: t.ID,
		Account: t.Account, Platform: "demo", From: hayon.StateQueued, To: hayon.StatePublishing,
		Generation: 1, Attempt: 3, Fence: 1,
	}}, journal); diff != "" {
		w.Errorf("journal (-want +got):\n%s", diff)
	}
	w.claims("twice", request(now, t))
}

func claimRetry(w *world) {
	t := w.bring(w.account("demo"), hayon.StateRetryWait)
	w.change(t.ID, func(t *hayon.Target) { t.NotBefore = start.Add(5 * time.Second) })
	w.claims("early", request(start.Add(5*time.Second-1), t))
	got := w.claim(request(start.Add(5*time.Second), t))
	if len(got) != 1 || !got[0].NotBefore.IsZero() || got[0].Step != hayon.StepClaimed {
		w.Errorf("claimed %+v", got)
	}
}

func claimOrphan(w *world) {
	t := w.one(w.account("demo"), leased(owner(1), start.Add(lease)), func(t *hayon.Target) {
		t.Step, t.StepPart, t.Deadline = hayon.StepSending, 1, start.Add(time.Minute)
		t.Parts = append(t.Parts, hayon.Part{Text: "2"})
	})
	w.claims("leased", request(start.Add(lease-1), t))
	now := start.Add(lease)
	r := request(now, t)
	r.Owner = owner(2)
	got := w.claim(r)
	want := *t
	want.Crashes, want.Fence = 1, 2
	want.Lease = &hayon.Lease{Until: now.Add(lease), Owner: owner(2)}
	if diff := cmp.Diff([]*hayon.Target{&want}, got); diff != "" {
		w.Errorf("ClaimTargets (-want +got):\n%s", diff)
	}
	journal, _ := w.rows()
	if len(journal) != 1 || journal[0].Kind != hayon.RowClaimed || journal[0].Fence != 2 || journal[0].From != "" ||
		journal[0].Platform != "demo" {
		w.Errorf("journal %+v", journal)
	}
}

func claimUncertain(w *world) {
	t := w.bring(w.account("demo"), hayon.StateUncertain)
	w.claims("held for its user", request(start.Add(time.Hour), t))
	w.change(t.ID, func(t *hayon.Target) { t.NotBefore = start.Add(time.Minute) })
	w.claims("early", request(start.Add(time.Minute-1), t))
	now := start.Add(48 * time.Hour) // however late it is
	fence := w.target(t.ID).Fence
	got := w.claim(request(now, t))
	if len(got) != 1 || got[0].State != hayon.StateUncertain || got[0].Fence != fence+1 || got[0].Crashes != 0 {
		w.Fatalf("claimed %+v", got)
	}
	if end := now.Add(lease); got[0].Lease == nil || !got[0].Lease.Until.Equal(end) || !got[0].NotBefore.Equal(end) {
		w.Errorf("lease %+v, not before %s, want both to end %s", got[0].Lease, got[0].NotBefore, end)
	}
	w.claims("twice", request(now, t))
	renewed := now.Add(2 * lease)
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.RenewLease(ctx, t.ID, fence+1, renewed) })
	w.claims("renewed", request(now.Add(lease), t))
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.ExpireLeases(ctx, []hayon.Owner{owner(1)}, now.Add(time.Second))
		return err
	})
	r := request(now.Add(time.Second))
	r.Owner = owner(2)
	if got := w.claim(r); len(got) != 1 || got[0].Crashes != 1 || got[0].Lease.Owner != owner(2) {
		w.Errorf("after the death of its owner: claimed %+v", got)
	}
}

func claimNothing(w *world) {
	for _, s := range hayon.States() {
		a := w.account("demo/" + string(s))
		t := w.bring(a, s)
		switch s {
		case hayon.StateQueued, hayon.StateRetryWait:
			w.change(t.ID, func(t *hayon.Target) { t.NotBefore = start.Add(time.Hour) })
		case hayon.StatePublishing:
			w.change(t.ID, func(t *hayon.Target) { t.Lease = &hayon.Lease{Until: start.Add(time.Hour)} })
		case hayon.StateDraft, hayon.StateScheduled, hayon.StatePublished, hayon.StateUncertain, hayon.StateFailed,
			hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		}
		r := request(start, t)
		w.claims(string(s), r)
		r.InOrder = true
		w.claims(string(s)+" in order", r)
	}
	w.claims("unknown", request(start, &hayon.Target{ID: hayon.NewTargetID(start)}))
	w.claims("any", request(start))
}

func claimAccount(w *world) {
	a := w.account("demo")
	t := w.one(a)
	set := func(s hayon.AccountStatus) {
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			acc, err := tx.FindAccountByID(ctx, a)
			if err != nil {
				return err
			}
			acc.Status = s
			return tx.UpdateAccount(ctx, acc)
		})
	}
	set(hayon.AccountNeedsReconnect)
	w.claims("needs reconnect", request(start, t))
	set(hayon.AccountConnected)
	w.claims("connected", request(start, t), t)

	gone := w.account("demo/gone")
	u := w.one(gone)
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteAccount(ctx, gone) })
	w.claims("removed", request(start, u))
}

func claimGeneration(w *world) {
	t := w.one(w.account("demo"), func(t *hayon.Target) { t.Generation = 3 })
	for _, g := range []int{2, 4} {
		r := request(start, t)
		r.Targets[0].Generation = g
		w.claims("another generation", r)
		r.InOrder = true
		w.claims("another generation, in order", r)
	}
	r := request(start, t)
	r.Targets[0].Generation = 3
	w.claims("its generation", r, t)
}

func claimAny(w *world) {
	a, b, c := w.account("demo/a"), w.account("demo/b"), w.account("demo/c")
	w.one(a, dueIn(-2*grace)) // too late: it does not stand in the way
	third := w.one(a, dueIn(3*time.Second))
	first := w.one(b, leased(owner(9), start.Add(time.Second)))
	second := w.one(c, dueIn(2*time.Second))
	w.one(c, dueIn(4*time.Second)) // its lane is taken by then
	w.one(w.account("demo/d"), dueIn(time.Minute))
	r := request(start.Add(5 * time.Second))
	r.Limit = 2
	w.claims("limit", r, first, second)
	r.Limit = 0
	w.claims("rest", r, third)
	w.claims("nothing left", r)
}

func claimInOrder(w *world) {
	a := w.account("demo")
	later := w.one(a, dueIn(2*time.Second))
	first := w.one(a, dueIn(time.Second))
	w.one(a, dueIn(-2*time.Hour)) // too late: it does not stand in the way
	now := start.Add(3 * time.Second)
	r := request(now, later)
	r.InOrder = true
	w.claims("the later is named", r, first)
	w.claims("the lane is held", r)
	w.change(first.ID, func(t *hayon.Target) {
		t.Enter(hayon.StateRetryWait, now)
		t.NotBefore = now.Add(10 * time.Second)
	})
	w.claims("the first waits for a retry", r)
	r.Now = now.Add(10 * time.Second)
	w.claims("the first again", r, first)
	w.change(first.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, now) })
	w.claims("then the later", r, later)
}

func claimInOrderDone(w *world) {
	a := w.account("demo")
	first := w.one(a, dueIn(-time.Second))
	second := w.one(a)
	for _, want := range []*hayon.Target{first, second} {
		r := request(start, first) // the same hint both times
		r.InOrder = true
		w.claims("hint for the first", r, want)
		w.change(want.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, start) })
	}
}

func claimNoLease(w *world) {
	r := request(start)
	r.Lease = 0
	w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.ClaimTargets(ctx, r)
		return err
	})
}

// claimWall: what is answered has no monotonic part, which would stand still while the machine
// sleeps.
func claimWall(w *world) {
	a := w.account("demo")
	w.one(a, inState(hayon.StateScheduled), dueAt(time.Now().UTC().Round(0)))
	queued := w.enqueue(time.Now(), 0)
	r := request(time.Now(), queued...)
	claimed := w.claim(r)
	if len(queued) != 1 || len(claimed) != 1 {
		w.Fatalf("queued %d and claimed %d targets", len(queued), len(claimed))
	}
	for name, at := range map[string]time.Time{
		"queued since": queued[0].StateSince, "claimed since": claimed[0].StateSince, "leased until": claimed[0].Lease.Until,
	} {
		if at != at.Round(0).UTC() {
			w.Errorf("%s %v", name, at)
		}
	}
}

package worker

import (
	"context"
	"encoding/json"

	"github.com/hayon/hayon"
)

// evidence is what a worker that lost its fence learnt about the calls for part i, where that decides:
// that one of them published it, or what became of the last. nil: nothing. What is out stays out, also
// where its user has asked for another try since, not knowing.
func evidence(ctx context.Context, tx hayon.Tx, t *hayon.Target, i int) (*hayon.Outcome, error) {
	rows, err := tx.FindJournal(ctx, hayon.JournalFilter{Post: t.Post})
	if err != nil {
		return nil, err
	}
	var last int64 // the fence of the last call
	var about *hayon.Outcome
	for _, r := range rows {
		if r.Target != t.ID || r.Part != i {
			continue
		}
		switch r.Kind {
		case hayon.RowSending:
			last, about = r.Fence, nil
		case hayon.RowEvidence:
			out := new(hayon.Outcome)
			if err := json.Unmarshal(r.Body, out); err != nil {
				return nil, err
			}
			if out.Verdict == hayon.VerdictPublished {
				return out, nil
			}
			if r.Fence == last && r.Generation == t.Generation && out.Verdict != hayon.VerdictUnknown {
				about = out
			}
		case hayon.RowClaimed, hayon.RowPrepared, hayon.RowOutcome, hayon.RowCreated, hayon.RowState,
			hayon.RowRevised, hayon.RowChanged, hayon.RowProgress, hayon.RowService, hayon.RowAccount, hayon.RowLetter:
		}
	}
	return about, nil
}

// learnt is the evidence about part i as a result; nil where there is none.
func (a *attempt) learnt(ctx context.Context, i int) (*hayon.Result, error) {
	var out *hayon.Outcome
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		out, err = evidence(ctx, tx, a.t, i)
		return err
	})
	if err != nil || out == nil {
		return nil, err
	}
	res := &hayon.Result{Verdict: out.Verdict, Remote: out.Remote}
	if e := out.Error; e != nil {
		res.Err = &hayon.Error{Code: e.Code, Message: e.Message, Hint: e.Hint}
	}
	return res, nil
}

// late appends what a worker without its fence learnt, and has an uncertain target looked at again.
func (a *attempt) late(ctx context.Context, i int, res hayon.Result) error {
	a.log.Warn("the lease was lost; what the platform answered is kept as evidence", "verdict", res.Verdict)
	return a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := wallNow()
		row := a.w.journal(a.t, hayon.RowEvidence, now)
		row.Part = i
		row.Body = hayon.Encode(hayon.Outcome{Verdict: res.Verdict, Remote: res.Remote, Error: targetError(res.Err)})
		if err := tx.AppendJournal(ctx, row); err != nil {
			return err
		}
		t, err := tx.FindTargetByID(ctx, a.t.ID)
		if err != nil {
			return err
		}
		decides := t.Generation == a.t.Generation || res.Verdict == hayon.VerdictPublished
		if t.State != hayon.StateUncertain || !decides || t.Lease != nil && t.Lease.Until.After(now) {
			return nil // whoever looks it up at this moment reads the journal before writing
		}
		t.NotBefore = now
		if err := tx.UpdateTarget(ctx, t); err != nil {
			return err
		}
		return tx.AppendOutbox(ctx, hayon.HintFor(t, now))
	})
}

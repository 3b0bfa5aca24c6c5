package scheduler

import (
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// add gives the post a target for an account that is new to it.
func (v *revision) add(ctx context.Context, tx hayon.Tx, n *hayon.Target) error {
	if n.Error != nil {
		v.problems = append(v.problems, n.Error)
		return nil
	}
	if i := slices.IndexFunc(v.made.fresh, func(a *hayon.Account) bool { return a.ID == n.Account }); i >= 0 {
		if err := tx.CreateAccount(ctx, v.made.fresh[i]); err != nil {
			return err
		}
	}
	n.Post = v.post.ID
	if n.State == hayon.StateQueued {
		n.Due = v.now.UTC() // the time of the others has passed
	}
	if err := tx.AddTarget(ctx, n); err != nil {
		return err
	}
	v.post.Targets = append(v.post.Targets, n)
	v.fresh, v.rewritten = append(v.fresh, n), append(v.rewritten, n)
	r := targetRow(v.actor, hayon.RowState, n, v.now)
	r.To, r.Reason = n.State, v.reason
	if err := tx.AppendJournal(ctx, r); err != nil || n.State != hayon.StateQueued {
		return err
	}
	return tx.AppendOutbox(ctx, hayon.HintFor(n, v.now))
}

// leave takes back the target of an account that is not meant any more.
func (v *revision) leave(ctx context.Context, tx hayon.Tx, t *hayon.Target, a *hayon.Account) error {
	switch {
	case t.State == hayon.StateCancelled:
		return nil
	case !mayCancel(t):
		return hayon.Errorf(hayon.CodeConflict, "%s cannot leave out %s: there it is %s; %s", v.post.ID, a.Name, describe(t), nothingChanged).
			WithHint("leave it in, or delete it: hayon delete "+v.post.ID.String()+" --remote").WithDetail("state", string(t.State))
	}
	v.fresh = append(v.fresh, t)
	return cancel(ctx, tx, v.actor, t, v.reason, v.now)
}

// one brings a target to what n says, which was made of the request for the same account.
func (v *revision) one(ctx context.Context, tx hayon.Tx, t, n *hayon.Target) error {
	back := t.State == hayon.StateCancelled && !slices.Contains(v.old.To, t.Account.String())
	if v.asked.Continue && v.old.Continue { // what it goes on after was found when it was created
		n.Parts[0].ReplyTo = t.Parts[0].ReplyTo
	}
	words := !v.same && !sameTarget(t, n)
	other := words || t.Grace != n.Grace && !sameGrace(v.old, v.asked) || t.IfLate != n.IfLate && v.old.IfLate != v.asked.IfLate
	switch {
	case !other && !v.moved && !v.drafted && !back && v.old.Draft == v.asked.Draft:
		return nil
	case t.State == hayon.StateCancelled && !back:
		if v.old.Draft || allCancelled(v.post) {
			v.kept = append(v.kept, t)
		}
		return nil
	case !back && !mayRevise(t):
		v.kept = append(v.kept, t)
		return nil
	case n.Error != nil && (words || back):
		v.problems = append(v.problems, n.Error)
		return nil
	}
	if !words && !back {
		still, err := v.s.stillInvalid(ctx, tx, v.made.accounts[t.Account], t)
		switch {
		case err != nil:
			return err
		case still && v.drafted:
			v.problems = append(v.problems, t.Error)
			return nil
		case still: // another time makes nothing of it valid
			return nil
		}
	}
	v.fresh = append(v.fresh, t)
	held, err := takeBack(ctx, tx, v.actor, t, v.now)
	if err != nil {
		return err
	}
	t.Grace, t.IfLate = n.Grace, n.IfLate
	if words || back {
		v.rewrite(t, n)
	}
	if words || back || v.moved || v.drafted {
		beginAnew(t)
	}
	return v.send(ctx, tx, t, n, held)
}

func allCancelled(p *hayon.Post) bool { return p.State() == hayon.PostCancelled }

func sameGrace(a, b hayon.PostCreate) bool {
	if a.Grace == nil || b.Grace == nil {
		return a.Grace == b.Grace
	}
	return *a.Grace == *b.Grace
}

// rewrite gives a target the content of n.
func (v *revision) rewrite(t, n *hayon.Target) {
	t.Parts, t.Options, t.Notes, t.Unmade = n.Parts, n.Options, n.Notes, n.Unmade
	v.rewritten = append(v.rewritten, t)
	if p, err := v.s.deps.Providers.Find(t.Platform); err == nil {
		for i := range t.Parts {
			t.Parts[i].Idem = p.NewIdem(t, i, v.now)
		}
	}
}

// send stores a changed target in the state that it has after the revision. held: it had the lane of its
// account.
func (v *revision) send(ctx context.Context, tx hayon.Tx, t, n *hayon.Target, held bool) error {
	t.Generation++
	t.Attempts, t.Crashes = 0, 0
	to := t.State
	switch {
	case v.asked.Draft:
		to = hayon.StateDraft
	case v.moved:
		t.Due, to = v.asked.Schedule.At.UTC(), hayon.StateScheduled
	case t.State == hayon.StateCancelled, t.State == hayon.StateFailed && t.Error != nil && t.Error.Code == hayon.CodeInvalid:
		if t.State == hayon.StateCancelled || t.Due.After(v.now) {
			t.Due, to = n.Due, hayon.StateScheduled
		}
	}
	if to != t.State {
		t.Error = nil
		return bring(ctx, tx, v.actor, t, to, held, v.reason, v.now)
	}
	return stay(ctx, tx, v.actor, t, v.reason, v.now)
}

// mayRevise reports whether nothing of a target is out or may be on its way, so that all of it can be
// changed.
func mayRevise(t *hayon.Target) bool {
	switch t.State {
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait,
		hayon.StateFailed, hayon.StateParked, hayon.StateMissed:
		return t.NextPart() == 0
	case hayon.StatePublishing:
		return t.NextPart() == 0 && t.Step != hayon.StepSending
	case hayon.StatePublished, hayon.StateUncertain, hayon.StateCancelled:
	}
	return false
}

// takeBack takes a target from whoever works on it, and reports whether it had the lane of its account.
func takeBack(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, now time.Time) (held bool, err error) {
	held = t.HoldsLane(now)
	if t.State != hayon.StatePublishing {
		return held, nil
	}
	t.Fence++
	return held, move(ctx, tx, actor, t, hayon.StateQueued, "given back to be changed", now)
}

// beginAnew makes the next attempt prepare what is not out as if it were the first: what was made for the
// platform before, and what that waits for, has another content, or the time of before in it.
func beginAnew(t *hayon.Target) {
	for i := range t.Parts {
		if t.Parts[i].Remote.IsZero() {
			t.Parts[i].Prepared = 0
		}
	}
	t.Renew = false
	if t.State == hayon.StateQueued && !t.WaitingSince.IsZero() {
		t.WaitingSince, t.NotBefore = time.Time{}, time.Time{}
	}
}

// stay stores a changed target that keeps its state, with the message that its new generation needs.
func stay(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, reason string, now time.Time) error {
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	r := targetRow(actor, hayon.RowChanged, t, now)
	r.Reason = reason
	if err := tx.AppendJournal(ctx, r); err != nil {
		return err
	}
	if t.State == hayon.StateQueued {
		return tx.AppendOutbox(ctx, hayon.HintFor(t, now))
	}
	if t.State == hayon.StateFailed || t.State == hayon.StateParked {
		return tx.AppendOutbox(ctx, hayon.RecordFor(t, now))
	}
	return nil
}

// bring moves a target to a state, over others where there is no way at once. held: it had the lane of its
// account, which is told of it.
func bring(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, to hayon.State, held bool, reason string, now time.Time) error {
	if !t.State.CanBecome(to) && t.State.CanBecome(hayon.StateCancelled) {
		if err := move(ctx, tx, actor, t, hayon.StateCancelled, reason, now); err != nil {
			return err
		}
	}
	if err := move(ctx, tx, actor, t, to, reason, now); err != nil || !held {
		return err
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}

// sameTarget reports whether two targets would give their account the same.
func sameTarget(a, b *hayon.Target) bool {
	content := func(t *hayon.Target) string {
		parts := slices.Clone(t.Parts)
		for i := range parts {
			p := &parts[i]
			p.Idem, p.Prepared, p.Remote, p.PublishedAt, p.Root = "", 0, hayon.Remote{}, time.Time{}, hayon.Remote{}
			p.ReplyTo, p.Quote, p.Repost = addressOf(p.ReplyTo), addressOf(p.Quote), addressOf(p.Repost)
		}
		return string(hayon.Encode(parts)) + string(hayon.Encode(t.Options))
	}
	return content(a) == content(b)
}

// addressOf is where something is, without what was found out of it on the way.
func addressOf(r *hayon.Remote) *hayon.Remote {
	if r == nil || r.URL == "" {
		return r
	}
	return &hayon.Remote{URL: r.URL}
}

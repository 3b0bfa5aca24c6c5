package bolt

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// FindTargetByID answers a target.
func (t *Tx) FindTargetByID(_ context.Context, id hayon.TargetID) (*hayon.Target, error) {
	tg, err := find[hayon.Target](t, bucketTargets, id[:], "target")
	if err == nil && tg == nil {
		err = notFound("target", id.String())
	}
	if err == nil {
		t.last = stored(tg)
	}
	return tg, err
}

// stored is a copy of tg whose state, times, fence, lease and remote ids stay as they are whatever
// the caller does to tg. Options, media and error are shared: no index has them.
func stored(tg *hayon.Target) *hayon.Target {
	c := *tg
	c.Parts = slices.Clone(tg.Parts)
	if tg.Lease != nil {
		lease := *tg.Lease
		c.Lease = &lease
	}
	return &c
}

// target reads a target that an index named.
func (t *Tx) target(id hayon.TargetID) (*hayon.Target, error) {
	tg, err := find[hayon.Target](t, bucketTargets, id[:], "target")
	if err == nil && tg == nil {
		err = &damage{detail: "target " + id.String() + " is in an index and not there"}
	}
	return tg, err
}

// FindTargets answers targets in the order of Wake, then id.
func (t *Tx) FindTargets(_ context.Context, f hayon.TargetFilter) ([]*hayon.Target, error) {
	if f.NeedsUser {
		return t.needUser(f)
	}
	if len(f.States) == 0 {
		return nil, hayon.Errorf(hayon.CodeInternal, "targets are looked for by their states, and none was given")
	}
	keep := func(w *wakeRow) bool {
		return (f.Account.IsZero() || w.account == f.Account) && (f.WakeBefore.IsZero() || !allZero(w.wake[:]))
	}
	var rows []wakeRow
	for _, s := range slices.Compact(slices.Sorted(slices.Values(f.States))) {
		more, err := t.wakeRange(s, f.WakeAfter, f.WakeBefore, f.Limit, keep)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	slices.SortFunc(rows, func(a, b wakeRow) int { return a.compare(&b) })
	if f.Limit > 0 && len(rows) > f.Limit {
		rows = rows[:f.Limit]
	}
	out := make([]*hayon.Target, 0, len(rows))
	for _, w := range rows {
		tg, err := t.target(w.id)
		if err != nil {
			return nil, err
		}
		out = append(out, tg)
	}
	return out, nil
}

// needUser answers the targets that wait for their user, newest first.
func (t *Tx) needUser(f hayon.TargetFilter) ([]*hayon.Target, error) {
	var out []*hayon.Target
	for k, account := range t.backwards(bucketNeedsUser) {
		if f.Limit > 0 && len(out) == f.Limit {
			break
		}
		if len(k) != timeLen+idLen {
			return nil, &damage{detail: "a row of needs_user cannot be read"}
		}
		if !f.Account.IsZero() && !bytes.Equal(account, f.Account[:]) {
			continue
		}
		tg, err := t.target(idOf[hayon.TargetID](k[timeLen:]))
		if err != nil {
			return nil, err
		}
		out = append(out, tg)
	}
	return out, nil
}

// CountTargets counts keys; it reads no target.
func (t *Tx) CountTargets(_ context.Context, s hayon.State, wakeBefore time.Time) (int, error) {
	prefix := []byte{stateBytes[s]}
	start, end := prefix, next(prefix)
	if !wakeBefore.IsZero() {
		start = join(prefix, firstWake())
		end = next(join(prefix, timeKey(wakeBefore)))
	}
	n := 0
	for range t.from(bucketTargetsByWake, start, end) {
		n++
	}
	return n, nil
}

// firstWake is the smallest key of a time that is not zero.
func firstWake() []byte {
	k := make([]byte, timeLen)
	k[timeLen-1] = 1
	return k
}

// NextWake is the earliest Wake after an instant in a state.
func (t *Tx) NextWake(_ context.Context, s hayon.State, after time.Time) (time.Time, error) {
	prefix := []byte{stateBytes[s]}
	start := join(prefix, firstWake())
	if !after.IsZero() {
		start = next(join(prefix, timeKey(after)))
	}
	for k := range t.from(bucketTargetsByWake, start, next(prefix)) {
		if len(k) > 1 {
			return keyTime(k[1:]), nil
		}
	}
	return time.Time{}, nil
}

// FindTargetByRemote answers the target that owns a remote id.
func (t *Tx) FindTargetByRemote(_ context.Context, account hayon.AccountID, remoteID string) (hayon.TargetID, error) {
	id := t.get(bucketRemotes, remoteKey(account, remoteID))
	if id == nil {
		return hayon.TargetID{}, notFound("remote id", remoteID)
	}
	return idOf[hayon.TargetID](id), nil
}

// UpdateTarget replaces a target; see [hayon.TargetTx].
func (t *Tx) UpdateTarget(_ context.Context, tg *hayon.Target) error {
	old, err := t.last, error(nil)
	if old == nil || old.ID != tg.ID {
		old, err = find[hayon.Target](t, bucketTargets, tg.ID[:], "target")
	}
	switch {
	case err != nil:
		return err
	case old == nil:
		return notFound("target", tg.ID.String())
	case old.Fence > tg.Fence:
		return hayon.Errorf(hayon.CodeConflict, "target %s was claimed by another worker meanwhile (fence %d, not %d); nothing was changed", tg.ID, old.Fence, tg.Fence)
	case old.Generation > tg.Generation:
		return hayon.Errorf(hayon.CodeConflict, "target %s was changed by its user meanwhile (generation %d, not %d); nothing was changed", tg.ID, old.Generation, tg.Generation)
	case !old.State.CanBecome(tg.State):
		return hayon.Errorf(hayon.CodeInternal, "target %s cannot become %s from %s", tg.ID, tg.State, old.State)
	case old.Post != tg.Post || old.Owner != tg.Owner || old.Account != tg.Account:
		return hayon.Errorf(hayon.CodeInternal, "target %s cannot change its post, owner or account", tg.ID)
	}
	return t.replaceTarget(old, tg)
}

// replaceTarget stores tg in the place of old, and the state of the post that follows from it.
func (t *Tx) replaceTarget(old, tg *hayon.Target) error {
	targets, err := t.placedTargets(tg.Post)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(targets, func(p placed) bool { return p.id == tg.ID })
	if i < 0 {
		return &damage{detail: "target " + tg.ID.String() + " is not among those of its post"}
	}
	if err := t.putTarget(old, tg, targets[i].pos); err != nil {
		return err
	}
	if old.State == tg.State {
		return nil
	}
	deleted := t.has(bucketPostsByState, stateListKey(ownerScope(tg.Owner), postStateByte(postState(targets), true), tg.Post))
	before := postStateEntries(tg.Post, tg.Owner, deleted, targets)
	targets[i].state = tg.State
	return t.reindex(before, postStateEntries(tg.Post, tg.Owner, deleted, targets))
}

// putTarget stores the row and its index entries; old is nil for a new target.
func (t *Tx) putTarget(old, tg *hayon.Target, pos int) error {
	var before []entry
	put := t.insert
	if old != nil {
		before, put = targetEntries(old, pos), t.put
	}
	after := targetEntries(tg, pos)
	if err := t.checkRemotes(tg, after); err != nil {
		return err
	}
	t.last = nil
	b, err := encode("target", tg)
	if err != nil {
		return err
	}
	if err := put(bucketTargets, tg.ID[:], b); err != nil {
		return err
	}
	return t.reindex(before, after)
}

func (t *Tx) checkRemotes(tg *hayon.Target, es []entry) error {
	for _, e := range es {
		if !bytes.Equal(e.bucket, bucketRemotes) {
			continue
		}
		if other := t.get(bucketRemotes, e.key); other != nil && !bytes.Equal(other, tg.ID[:]) {
			return hayon.Errorf(hayon.CodeConflict, "target %s cannot have that remote id: target %s of the account has it",
				tg.ID, idOf[hayon.TargetID](other))
		}
	}
	return nil
}

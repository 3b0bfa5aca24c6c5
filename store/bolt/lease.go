package bolt

import (
	"bytes"
	"context"
	"time"

	"github.com/hayon/hayon"
)

// RenewLease prolongs a lease.
func (t *Tx) RenewLease(ctx context.Context, id hayon.TargetID, fence int64, until time.Time) error {
	old, err := t.FindTargetByID(ctx, id)
	if err != nil {
		return err
	}
	if old.Fence != fence || old.Lease == nil {
		return hayon.Errorf(hayon.CodeConflict, "the lease of target %s is lost: it is %s with fence %d, not %d", id, old.State, old.Fence, fence)
	}
	return t.leaseUntil(old, wall(until))
}

// FindLeases answers the processes that hold leases.
func (t *Tx) FindLeases(context.Context) ([]hayon.Owner, error) {
	var out []hayon.Owner
	var last []byte
	for k, v := range t.from(bucketLeases, nil, nil) {
		if len(k) < idLen || bytes.Equal(k[:len(k)-idLen], last) {
			continue
		}
		last = bytes.Clone(k[:len(k)-idLen])
		o, err := parse[hayon.Owner]("lease", v)
		if err != nil {
			return nil, err
		}
		out = append(out, *o)
	}
	return out, nil
}

// ExpireLeases ends the leases of dead processes. Those that are over already are not counted.
func (t *Tx) ExpireLeases(_ context.Context, owners []hayon.Owner, now time.Time) (int, error) {
	n := 0
	for _, o := range owners {
		var ids []hayon.TargetID
		for k := range t.under(bucketLeases, ownerKey(o)) {
			ids = append(ids, idOf[hayon.TargetID](k[max(0, len(k)-idLen):]))
		}
		for _, id := range ids {
			ended, err := t.expireLease(id, now)
			if err != nil {
				return 0, err
			}
			if ended {
				n++
			}
		}
	}
	return n, nil
}

func (t *Tx) expireLease(id hayon.TargetID, now time.Time) (bool, error) {
	old, err := t.target(id)
	if err != nil {
		return false, err
	}
	if old.Lease == nil {
		return false, &damage{detail: "target " + id.String() + " is listed with a lease and has none"}
	}
	if !old.Lease.Until.After(now) {
		return false, nil
	}
	return true, t.leaseUntil(old, wall(now))
}

// leaseUntil moves the end of a lease, and with it the time at which an uncertain target wakes.
func (t *Tx) leaseUntil(old *hayon.Target, until time.Time) error {
	tg := *old
	tg.Lease = &hayon.Lease{Until: until, Owner: old.Lease.Owner}
	if tg.State == hayon.StateUncertain {
		tg.NotBefore = until
	}
	return t.replaceTarget(old, &tg)
}

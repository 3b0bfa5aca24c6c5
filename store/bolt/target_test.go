package bolt_test

import (
	"context"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// TestUpdateTargetComparesWithTheStored changes a target in place after it was read, and behind the
// back of who read it, in one transaction.
func TestUpdateTargetComparesWithTheStored(t *testing.T) {
	t.Parallel()
	claim := func(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error {
		_, err := tx.ClaimTargets(ctx, hayon.ClaimRequest{
			Now: now, Owner: self(), Lease: time.Minute, Targets: []hayon.TargetRef{{Target: id}}, InOrder: true,
		})
		return err
	}
	tests := []struct {
		name   string
		change func(ctx context.Context, tx hayon.Tx, read *hayon.Target) error // before read is stored
		want   hayon.Code                                                       // "" for none
	}{
		{"in place", func(_ context.Context, _ hayon.Tx, read *hayon.Target) error {
			read.Lease.Owner.PID++
			read.Parts[0].Remote.ID = "another"
			return nil
		}, ""},
		{"stored with a newer fence", func(ctx context.Context, tx hayon.Tx, read *hayon.Target) error {
			newer := *read
			newer.Fence++
			return tx.UpdateTarget(ctx, &newer)
		}, hayon.CodeConflict},
		{"stored in another state", func(ctx context.Context, tx hayon.Tx, read *hayon.Target) error {
			out := *read
			out.Enter(hayon.StatePublished, now)
			return tx.UpdateTarget(ctx, &out)
		}, hayon.CodeInternal},
		{"claimed once more", func(ctx context.Context, tx hayon.Tx, read *hayon.Target) error {
			back := *read
			back.Enter(hayon.StateQueued, now)
			if err := tx.UpdateTarget(ctx, &back); err != nil {
				return err
			}
			return claim(ctx, tx, read.ID)
		}, hayon.CodeConflict},
		{"another target read since", func(ctx context.Context, tx hayon.Tx, read *hayon.Target) error {
			other := newPost(now, account(2), hayon.StateQueued)
			if err := tx.CreatePost(ctx, other); err != nil {
				return err
			}
			_, err := tx.FindTargetByID(ctx, other.Targets[0].ID)
			return err
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := opened(t, dbPath(t), bolt.Config{Hold: true})
			p := newPost(now, account(1), hayon.StateQueued)
			id := p.Targets[0].ID
			mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
				if err := putAccount(ctx, tx, 1); err != nil {
					return err
				}
				if err := tx.CreatePost(ctx, p); err != nil {
					return err
				}
				if err := claim(ctx, tx, id); err != nil {
					return err
				}
				tg, err := tx.FindTargetByID(ctx, id)
				if err != nil {
					return err
				}
				tg.Parts = []hayon.Part{{Text: "one", Remote: hayon.Remote{ID: "first"}}}
				return tx.UpdateTarget(ctx, tg)
			})
			err := db.Update(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
				read, err := tx.FindTargetByID(ctx, id)
				if err != nil {
					return err
				}
				if err := tt.change(ctx, tx, read); err != nil {
					t.Errorf("change: %v", err)
				}
				return tx.UpdateTarget(ctx, read)
			})
			if got := hayon.CodeOf(err); (err == nil) != (tt.want == "") || err != nil && got != tt.want {
				t.Errorf("UpdateTarget = %v, want code %q", err, tt.want)
			}
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

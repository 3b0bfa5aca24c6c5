package worker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// overdue stores posts for one account and lets them become late.
func overdue(p *process, n int, late time.Duration) {
	p.t.Helper()
	for i := range n {
		p.post(hayon.PostCreate{Text: fmt.Sprint(i + 1)})
		pass(time.Millisecond)
	}
	pass(late)
}

// One call catches up what an account missed, in due order and ten seconds apart.
func TestDueCatchesUp(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		every time.Duration
		late  time.Duration
		want  time.Duration // between two
	}{
		{"late", 0, 10 * time.Minute, 10 * time.Second},
		{"late, with a distance of its own", 3 * time.Second, 10 * time.Minute, 3 * time.Second},
		{"late, without a distance", -1, 10 * time.Minute, 0},
		{"not late", 0, time.Minute, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				r.config.CatchUpEvery = tc.every
				p := r.start(1, false)
				overdue(p, 4, tc.late)
				worked, err := p.worker.DeliverDue(r.ctx, 0)
				if err != nil || len(worked) != 4 {
					t.Fatalf("worked on %d, %v", len(worked), err)
				}
				r.wantPublic("1", "2", "3", "4")
				public := platform.Public()
				for i := range public[1:] {
					if gap := public[i+1].At.Sub(public[i].At); gap < tc.want || gap > tc.want+time.Second {
						t.Errorf("post %d came %s after the one before, want %s", i+2, gap, tc.want)
					}
				}
			})
		})
	}
}

// It ends at its limit, and when its context does, and waits for nothing that is further away.
func TestDueEnds(t *testing.T) {
	t.Parallel()
	t.Run("at its limit", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &hayontest.Platform{})
			p := r.start(1, false)
			overdue(p, 4, 10*time.Minute)
			if worked, err := p.worker.DeliverDue(r.ctx, 2); err != nil || len(worked) != 2 {
				t.Errorf("worked on %d, %v", len(worked), err)
			}
			r.wantPublic("1", "2")
		})
	})
	t.Run("with its context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &hayontest.Platform{})
			p := r.start(1, false)
			overdue(p, 4, 10*time.Minute)
			ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
			defer cancel()
			if worked, err := p.worker.DeliverDue(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || len(worked) != 1 {
				t.Errorf("worked on %d, %v", len(worked), err)
			}
		})
	})
	t.Run("before what is far away", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			platform := &hayontest.Platform{}
			platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result { return limited(time.Minute, "") }
			r := newRig(t, platform)
			p := r.start(1, false)
			overdue(p, 2, time.Second)
			began := time.Now()
			if worked, err := p.worker.DeliverDue(r.ctx, 0); err != nil || len(worked) != 1 {
				t.Errorf("worked on %d, %v", len(worked), err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	})
}

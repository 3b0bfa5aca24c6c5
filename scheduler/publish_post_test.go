package scheduler_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/vault/memory"
)

// What a command sends itself it claims in the transaction that makes it due.
func TestPublishClaimsForOneShots(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	v := memory.New(nil)
	owner := hayon.Owner{Host: "test", BootID: "boot", PID: 9, Start: 9}
	oneShot, err := scheduler.New(scheduler.Deps{
		Store: d.db, Blobs: d.blobs, Vault: v, Providers: providers.Of(d.platform),
		Sessions: func(*hayon.Account) hayon.Session { return nil }, Owner: owner, Alive: d.alive,
	}, scheduler.Config{ClaimOwn: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := oneShot.CreatePost(d.ctx, hayon.PostCreate{Text: "draft", To: []string{"platform"}, Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = oneShot.PublishPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
		t.Fatal(err)
	}
	if target := p.Targets[0]; target.State != hayon.StatePublishing || target.Lease == nil || target.Lease.Owner != owner {
		t.Errorf("%s with %+v, want it claimed by the command", target.State, target.Lease)
	}
}

// A post that is published long before its time, or a draft long after it was written, is not late, and
// goes out once.
func TestPublishedNowIsNotLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		draft, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "draft", To: []string{"platform"}, Draft: true})
		if err != nil {
			t.Fatal(err)
		}
		later := d.post("later", 50*time.Hour)
		stop := d.run()
		defer stop()
		pass(10 * time.Hour)
		for _, p := range []*hayon.Post{draft, later} {
			if _, err := d.scheduler.PublishPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
				t.Fatal(err)
			}
			pass(time.Second)
			synctest.Wait()
			if late := d.find(p.ID).Targets[0].Late(); late > time.Second {
				t.Errorf("%s is %s late", p.Text, late)
			}
		}
		pass(60 * time.Hour)
		synctest.Wait()
		d.wantPublic("draft", "later")
	})
}

// An account that is gone keeps the others of a draft back as little as it does elsewhere.
func TestPublishWithoutOneAccount(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	one := d.signIn("one", "")
	d.signIn("two", "")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "draft", To: []string{"platform/*"}, Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.scheduler.DeleteAccount(d.ctx, one.ID); err != nil {
		t.Fatal(err)
	}
	if p, err = d.scheduler.PublishPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, target := range p.Targets {
		want := hayon.StateQueued
		if target.Account == one.ID {
			want = hayon.StateDraft
		}
		if target.State != want {
			t.Errorf("%s is %s, want %s", target.Account, target.State, want)
		}
	}
}

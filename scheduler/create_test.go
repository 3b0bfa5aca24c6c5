package scheduler_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/vault/memory"
)

// The platform knows each part of a thread by a name of its own.
func TestPartsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "one", Parts: []string{"two", "three"}, To: []string{"platform"}})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, part := range p.Targets[0].Parts {
		if part.Idem == "" || seen[part.Idem] {
			t.Errorf("a part is named %q, of %v", part.Idem, seen)
		}
		seen[part.Idem] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d parts, want 3", len(seen))
	}
}

// What is meant by a wall clock is resolved, spelled and remembered.
func TestWallClockAlone(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	c := hayon.PostCreate{Text: "hello", To: []string{"platform"}, Schedule: hayon.Schedule{Wall: "2040-07-01T09:00:00", Zone: "europe/berlin"}}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2040, 7, 1, 7, 0, 0, 0, time.UTC)
	want := hayon.Schedule{At: at, Wall: c.Schedule.Wall, Zone: "Europe/Berlin"}
	if diff := cmp.Diff(want, p.Schedule); diff != "" || !p.Targets[0].Due.Equal(at) || p.Targets[0].State != hayon.StateScheduled {
		t.Errorf("due %s and %s, schedule (-want +got):\n%s", p.Targets[0].Due, p.Targets[0].State, diff)
	}
	err = d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		zones, err := tx.FindZones(ctx)
		if len(zones) != 1 || zones[0].Name != "Europe/Berlin" || zones[0].Digest == "" {
			t.Errorf("remembered %v, want the zone with its rules", zones)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range []hayon.Schedule{
		{Wall: "tomorrow", Zone: "Europe/Berlin"},
		{Wall: "2040-07-01T09:00:00", Zone: "Mars/Olympus"},
		{Wall: "2040-07-01T09:00:00"},
		{Zone: "Europe/Berlin", At: at},
	} {
		c.Schedule = sc
		if _, err := d.scheduler.CreatePost(d.ctx, c); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%+v: got %v, want a usage error", sc, err)
		}
	}
}

// The defaults of a service are checked where it is made.
func TestDefaultsAreChecked(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	good := scheduler.Deps{
		Store: d.db, Blobs: noBlobs{t}, Vault: memory.New(nil), Providers: providers.Of(d.platform),
		Sessions: func(*hayon.Account) hayon.Session { return nil },
		Owner:    hayon.Owner{PID: 1}, Alive: func(hayon.Owner) bool { return true },
	}
	below, none := -time.Second, time.Duration(0)
	for _, cfg := range []scheduler.Config{{Grace: &below}, {IfLate: "perhaps"}} {
		if _, err := scheduler.New(good, cfg); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%+v: got %v, want a usage error", cfg, err)
		}
	}
	s, err := scheduler.New(good, scheduler.Config{Grace: &none, IfLate: hayon.LateSkip})
	if err != nil {
		t.Fatal(err)
	}
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	p, err := s.CreatePost(ctx, hayon.PostCreate{Text: "x", To: []string{"platform"}})
	if err != nil || p.Targets[0].IfLate != hayon.LateSkip || p.Targets[0].Grace != 0 {
		t.Errorf("got %+v, %v; want the service's defaults", p, err)
	}
}

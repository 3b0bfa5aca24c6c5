package metrics_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/server/metrics"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/worker"
)

// scripted answers by the text of what is published.
func scripted(_ context.Context, r hayon.PublishRequest) hayon.Result {
	switch r.Target.Parts[r.Index].Text {
	case "lost":
		return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUnavailable, "no answer came")}
	case "bad":
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.Errorf(hayon.CodeRejected, "it is refused")}
	case "again":
		if r.Target.Attempts == 0 {
			return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "come back later")}
		}
	}
	return hayon.Result{}
}

// What the real services do is what the figures say.
func TestCountsOfTheServices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc, work, move := services(t, &hayontest.Platform{Class: hayon.ClassE, OnPublish: scripted})
		m := newMetrics(t, svc, metrics.Config{})
		ctx, cancel := context.WithCancel(hayon.WithActor(t.Context(), hayontest.Local()))
		post := func(c hayon.PostCreate) *hayon.Post {
			t.Helper()
			c.To = []string{"platform"}
			p, err := svc.CreatePost(ctx, c)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		deliver := func(text string) {
			t.Helper()
			if err := work.Deliver(ctx, []hayon.TargetID{post(hayon.PostCreate{Text: text}).Targets[0].ID}); err != nil {
				t.Fatal(err)
			}
		}
		deliver("before anybody counts")
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		synctest.Wait()
		for _, text := range []string{"one", "two", "bad", "again", "lost"} {
			deliver(text)
		}
		thread := post(hayon.PostCreate{Text: "first", Parts: []string{"second", "third"}})
		if err := work.Deliver(ctx, []hayon.TargetID{thread.Targets[0].ID}); err != nil {
			t.Fatal(err)
		}
		later := hayon.Schedule{At: time.Now().Add(time.Hour)}
		post(hayon.PostCreate{Text: "later", Schedule: later})
		for _, state := range []hayon.State{hayon.StateParked, hayon.StateMissed} {
			if err := move(ctx, post(hayon.PostCreate{Text: "to be " + string(state), Schedule: later}).ID, state); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(2 * time.Second)
		want(t, scrape(t, m), map[string]float64{
			`hayon_attempts_total{platform="platform",outcome="published"}`: 4,
			`hayon_attempts_total{platform="platform",outcome="rejected"}`:  1,
			`hayon_attempts_total{platform="platform",outcome="retry"}`:     1,
			`hayon_attempts_total{platform="platform",outcome="uncertain"}`: 1,
			`hayon_retries_total{platform="platform"}`:                      1,
			"hayon_lateness_seconds_count":                                  6,
			`hayon_targets{state="scheduled"}`:                              1,
			`hayon_targets{state="failed"}`:                                 1,
			`hayon_uncertain{waits_for="user"}`:                             1,
			`hayon_targets{state="missed"}`:                                 1,
			"hayon_parked":                                                  1,
			"hayon_up":                                                      1,
		})
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// services are those of one process that delivers what it creates.
func services(t *testing.T, p hayon.Provider) (*scheduler.Scheduler, *worker.Worker, func(context.Context, hayon.PostID, hayon.State) error) {
	t.Helper()
	folder := t.TempDir()
	owner := hayon.Owner{Host: "test", BootID: "test", PID: 1, Start: 1}
	db, err := bolt.Open(t.Context(), filepath.Join(folder, "hayon.db"), bolt.Config{Owner: owner, Hold: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	blobs, err := dir.Open(filepath.Join(folder, "media"))
	if err != nil {
		t.Fatal(err)
	}
	secrets, known := memory.New(nil), providers.Of(p)
	svc, err := scheduler.New(scheduler.Deps{
		Store: db, Blobs: blobs, Vault: secrets, Sessions: vault.Sessions(secrets), Owner: owner, Providers: known,
		Alive: func(hayon.Owner) bool { return true },
	}, scheduler.Config{ClaimOwn: true})
	if err != nil {
		t.Fatal(err)
	}
	work, err := worker.New(worker.Deps{
		Store: db, Blobs: blobs, Providers: known, Sessions: vault.Sessions(secrets), Owner: owner,
	}, worker.Config{Recover: svc.Recover, Rand: func() float64 { return 0.5 }})
	if err != nil {
		t.Fatal(err)
	}
	return svc, work, hayontest.Mover(db)
}

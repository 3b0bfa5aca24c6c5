package main

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/store"
)

// newAlone is a program without a daemon on a database of its own. What it stores is queued.
func newAlone(t *testing.T, c coreConfig, wrap func(hayon.Store) hayon.Store) (*app, *backend) {
	t.Helper()
	a := newApp(&streams{out: io.Discard, err: io.Discard}, env("HAYON_HOME="+t.TempDir(), "HAYON_SERVER=none", "CI=1"))
	if code := a.execute(t.Context(), []string{"account"}); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	c.daemon = true
	k, err := a.newCore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if wrap != nil {
		blobs, err := store.OpenBlobs(t.Context(), fileURL("dir", a.paths.blobs()))
		if err != nil {
			t.Fatal(err)
		}
		k.store = wrap(k.store)
		if err := k.build(a, c, blobs); err != nil {
			t.Fatal(err)
		}
	}
	return a, &backend{Service: k.scheduler, core: k}
}

// Nobody sends what is too late, so that waiting for it would have no end.
func TestWaitForWhatIsTooLate(t *testing.T) {
	t.Parallel()
	a, b := newAlone(t, coreConfig{grace: new(time.Nanosecond)}, nil)
	post, err := b.CreatePost(a.actor(t.Context()), hayon.PostCreate{Text: "hello", To: []string{"site"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := nobodySends(b, post); hayon.CodeOf(err) != hayon.CodeUnreachable {
		t.Errorf("got %v, want unreachable", err)
	}
}

// fullDisk is a store that takes nothing once it is full.
type fullDisk struct {
	hayon.Store
	full *bool
}

func (s fullDisk) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	if *s.full {
		return hayon.Errorf(hayon.CodeLocal, "the disk is full")
	}
	return s.Store.Update(ctx, fn)
}

// A delivery that cannot go on ends the wait with its reason.
func TestFollowTellsWhyNobodyDelivers(t *testing.T) {
	t.Parallel()
	full := new(bool)
	a, b := newAlone(t, coreConfig{}, func(s hayon.Store) hayon.Store { return fullDisk{s, full} })
	ctx, cancel := context.WithTimeout(a.actor(t.Context()), 5*time.Second)
	defer cancel()
	post, err := b.CreatePost(ctx, hayon.PostCreate{Text: "hello", To: []string{"site"}})
	if err != nil {
		t.Fatal(err)
	}
	*full = true
	if _, err := a.follow(ctx, b, post.ID, nowSettled); hayon.CodeOf(err) != hayon.CodeLocal || ctx.Err() != nil {
		t.Errorf("got %v, and the end of the wait %v, want the full disk at once", err, ctx.Err())
	}
}

// A retry whose wait has ended without an outcome is no success.
func TestRetryThatIsStillTried(t *testing.T) {
	t.Parallel()
	a, _ := newAlone(t, coreConfig{}, nil)
	for _, tt := range []struct {
		name   string
		waited bool
		want   int
	}{{"waited for", true, 12}, {"not waited for", false, 0}} {
		post := &hayon.Post{Targets: []*hayon.Target{{State: hayon.StateRetryWait, NotBefore: time.Now().Add(time.Minute)}}}
		err := a.printRetried(t.Context(), &api.Post{}, post, tt.waited)
		got := 0
		if e, ok := errors.AsType[exitError](err); ok {
			got = e.code
		}
		if got != tt.want {
			t.Errorf("%s: exit code %d (%v), want %d", tt.name, got, err, tt.want)
		}
	}
}

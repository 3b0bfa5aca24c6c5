package client_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/providers/site"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/store/backup"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
)

// platforms are the real ones and those of the suite.
type platforms struct {
	*providers.Registry
	made []hayon.Provider
}

func (p platforms) All() []hayon.Provider { return append(p.Registry.All(), p.made...) }

func (p platforms) Find(name string) (hayon.Provider, error) {
	for _, made := range p.made {
		if name == made.Info().Name {
			return made, nil
		}
	}
	return p.Registry.Find(name)
}

// local is the services in process on a new store.
func local(t *testing.T) (*scheduler.Scheduler, hayon.Store) {
	t.Helper()
	return localOn(t, func(s hayon.Store) hayon.Store { return s })
}

// localOn is local on a store that wrap makes of the real one.
func localOn(t *testing.T, wrap func(hayon.Store) hayon.Store) (*scheduler.Scheduler, hayon.Store) {
	t.Helper()
	owner := hayon.Owner{Host: "test", BootID: "test", PID: 1, Start: 1, Command: "test"}
	root := t.TempDir()
	db, err := bolt.Open(t.Context(), filepath.Join(root, "hayon.db"), bolt.Config{Owner: owner, Hold: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Check(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("the store is not consistent: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	blobs, err := dir.Open(filepath.Join(root, "media"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := memory.New(nil)
	folder := filepath.Join(root, "site")
	known := platforms{
		Registry: providers.New(providers.Config{SiteDir: folder, Demo: true, DemoDir: filepath.Join(root, "demo")}),
		made:     hayontest.Made(site.New(site.Config{Dir: folder})),
	}
	store := wrap(db)
	s, err := scheduler.New(scheduler.Deps{
		Store: store, Blobs: blobs, Vault: secrets, Sessions: vault.Sessions(secrets), Owner: owner,
		Providers: known,
		Alive:     func(hayon.Owner) bool { return true },
		Backup:    backup.Source{Store: db, Blobs: blobs, Version: "test", Dir: root}.Write,
	}, scheduler.Config{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

// remote is svc behind a server on a real unix socket. Without actor the caller is who the kernel
// says.
func remote(t *testing.T, svc hayon.Service, actor func(*http.Request) (hayon.Actor, error)) *client.Client {
	t.Helper()
	path := socketPath(t)
	ln, err := server.ListenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(svc, server.Config{Version: "test", Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return newClient(t, client.Config{Socket: path, Version: "test"})
}

// The suite of the services, through client, socket and server. It runs on the scheduler alone too.
func TestService(t *testing.T) {
	t.Parallel()
	hayontest.TestService(t, func(t *testing.T) hayontest.Fixture {
		t.Helper()
		svc, db := local(t)
		other := func(*http.Request) (hayon.Actor, error) { return hayon.Actor{User: hayontest.Stranger().User}, nil }
		return hayontest.Fixture{
			Service: remote(t, svc, nil), Actor: hayontest.Local(),
			Other: remote(t, svc, other), OtherActor: hayontest.Stranger(),
			Move: hayontest.Mover(db), Age: hayontest.Ager(db), File: hayontest.Filer(db),
		}
	})
}

// Whichever way a command takes, it shows the same post.
func TestRemoteEqualsLocal(t *testing.T) {
	t.Parallel()
	svc, db := local(t)
	far := remote(t, svc, nil)
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	if _, err := far.CreateAccount(ctx, hayon.SignIn{Platform: "demo", Alias: "a"}); err != nil {
		t.Fatal(err)
	}
	m, err := far.CreateMedia(ctx, strings.NewReader(string(hayontest.PNG(5, 5))), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC)
	planned, err := far.CreatePost(ctx, hayon.PostCreate{
		Text: "planned", To: []string{"site"}, Schedule: hayon.Schedule{At: at, Wall: "2031-01-02T09:00:00", Zone: "Europe/Berlin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := far.CancelPost(ctx, planned.ID, hayon.PostChangeRequest{Reason: "typo"}); err != nil {
		t.Fatal(err)
	}
	if _, err := far.UndoPost(ctx, hayon.PostUndo{Post: planned.ID}); err != nil {
		t.Fatal(err)
	}
	r, err := far.FindRequest(ctx, planned.ID)
	if err != nil {
		t.Fatal(err)
	}
	grace := 90 * time.Minute
	r.Create.Text, r.Create.Grace, r.Create.Texts = "revised", &grace, map[string]string{"site": "for site"}
	if _, err := far.RevisePost(ctx, planned.ID, hayon.PostRevise{Revision: r.Revision, Create: r.Create}); err != nil {
		t.Fatal(err)
	}
	if _, err := far.ReschedulePost(ctx, planned.ID, hayon.PostReschedule{By: &hayon.Shift{Days: 1, Elapsed: -time.Hour}}); err != nil {
		t.Fatal(err)
	}
	for _, state := range hayon.States() {
		if state == hayon.StateDraft {
			continue
		}
		p, err := far.CreatePost(ctx, hayon.PostCreate{
			Text: "to be " + string(state), To: []string{"site", "demo/a"}, Labels: []string{"x"}, Langs: []string{"en"},
			Media: []hayon.MediaInput{{Media: m.ID, Alt: "a square"}}, AllowDuplicate: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := hayontest.Mover(db)(ctx, p.ID, state); err != nil {
			t.Fatalf("%s: %v", state, err)
		}
	}
	show := func(svc hayon.Service) []api.Post {
		t.Helper()
		posts, err := svc.FindPosts(ctx, hayon.PostFilter{})
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := svc.FindAccounts(ctx, hayon.AccountFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return api.PostsOf(posts, api.AccountsByID(accounts))
	}
	if diff := cmp.Diff(show(svc), show(far)); diff != "" {
		t.Errorf("posts (-local +remote):\n%s", diff)
	}
	requests := func(svc hayon.Service) (out []any) {
		t.Helper()
		posts, err := svc.FindPosts(ctx, hayon.PostFilter{Order: hayon.OrderSoonest, Deleted: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range posts {
			r, err := svc.FindRequest(ctx, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			list, err := svc.FindRevisions(ctx, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r, list)
		}
		return out
	}
	if diff := cmp.Diff(requests(svc), requests(far)); diff != "" {
		t.Errorf("requests and revisions (-local +remote):\n%s", diff)
	}
	here, err := svc.FindEvents(ctx, hayon.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	there, err := far.FindEvents(ctx, hayon.EventFilter{})
	if diff := cmp.Diff(here, there); err != nil || diff != "" {
		t.Errorf("events: %v (-local +remote):\n%s", err, diff)
	}
}

package scheduler_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/providers/site"
	"github.com/hayon/hayon/scheduler"
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
func inProcess(t testing.TB) (*scheduler.Scheduler, hayon.Store) {
	t.Helper()
	return inProcessOn(t, func(s hayon.Store) hayon.Store { return s })
}

// inProcessOn is inProcess on a store that wrap makes of the real one.
func inProcessOn(t testing.TB, wrap func(hayon.Store) hayon.Store) (*scheduler.Scheduler, hayon.Store) {
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

// The suite of the services, in process. Package client runs it over a socket.
func TestService(t *testing.T) {
	t.Parallel()
	hayontest.TestService(t, func(t *testing.T) hayontest.Fixture {
		t.Helper()
		svc, db := inProcess(t)
		return hayontest.Fixture{
			Service: svc, Actor: hayontest.Local(), Other: svc, OtherActor: hayontest.Stranger(),
			Move: hayontest.Mover(db), Age: hayontest.Ager(db), File: hayontest.Filer(db),
		}
	})
}

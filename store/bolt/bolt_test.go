package bolt_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		hold bool
	}{{"short", false}, {"hold", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// Many cases share few processors here: a wait of 5 s is no failure of the store.
			cfg := bolt.Config{Owner: self(), Version: "1.0.0", Hold: c.hold, LockTimeout: time.Minute}
			storetest.Test(t, storetest.Harness{
				Features: storetest.Features{Changes: true, Maintainer: true},
				OpenCopy: func(t *testing.T, snapshot []byte) hayon.Store {
					t.Helper()
					path := filepath.Join(t.TempDir(), "copy.db")
					if err := os.WriteFile(path, snapshot, 0o600); err != nil {
						t.Fatal(err)
					}
					return open(t, path, cfg)
				},
				Open: func(t *testing.T) hayon.Store {
					t.Helper()
					return open(t, filepath.Join(t.TempDir(), "data", "hayon.db"), cfg)
				},
				Reopen: func(t *testing.T, s hayon.Store) hayon.Store {
					t.Helper()
					path := s.(*bolt.DB).Path()
					if err := s.Close(); err != nil {
						t.Fatalf("Close: %v", err)
					}
					return open(t, path, cfg)
				},
			})
		})
	}
}

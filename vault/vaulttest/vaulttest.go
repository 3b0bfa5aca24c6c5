package vaulttest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// Harness says how the suite comes by a vault.
type Harness struct {
	// Open opens the vault in dir, an empty folder at the first call of a case. It must fail the test
	// itself. The vault logs to log and to nothing else.
	Open func(t *testing.T, dir string, log *slog.Logger) hayon.Vault
	// Features is what the vault can.
	Features Features
	// Serial makes the cases run one after the other.
	Serial bool
}

// Features are what not every vault can.
type Features struct {
	// Durable: another Open on the same folder sees the same secrets and shares the locks.
	Durable bool
	// Sealed: no file of the folder shows a secret.
	Sealed bool
}

// patience bounds every wait of the suite; a vault that works needs a fraction.
const patience = 30 * time.Second

// Test runs the suite, in parallel subtests.
func Test(t *testing.T, h Harness) {
	t.Helper()
	cases := []struct {
		name    string
		run     func(t *testing.T, k *kit)
		durable bool
	}{
		{name: "get unknown", run: getUnknown},
		{name: "update creates", run: updateCreates},
		{name: "update replaces", run: updateReplaces},
		{name: "update removes", run: updateRemoves},
		{name: "update of nothing to nothing", run: updateNothing},
		{name: "update keeps the old one on error", run: updateFails},
		{name: "update refuses bad references", run: updateBadRef},
		{name: "any bytes", run: anyBytes},
		{name: "refs are sorted", run: refsSorted},
		{name: "ended context", run: endedContext},
		{name: "concurrent updates of one ref", run: concurrentOneRef},
		{name: "concurrent updates of many refs", run: concurrentManyRefs},
		{name: "lock excludes", run: lockExcludes},
		{name: "lock names are independent", run: lockNames},
		{name: "lock allows updates", run: lockAllowsUpdates},
		{name: "lock ends with its context", run: lockContext},
		{name: "lock is released on error and panic", run: lockReleased},
		{name: "reopened", run: reopened, durable: true},
		{name: "second handle sees changes", run: secondHandle, durable: true},
		{name: "second handle shares locks", run: secondHandleLocks, durable: true},
		{name: "second handle loses no update", run: secondHandleUpdates, durable: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !h.Serial {
				t.Parallel()
			}
			if c.durable && !h.Features.Durable {
				t.Skip("the vault declares that it is not durable")
			}
			k := newKit(t, h)
			c.run(t, k)
			k.check(t)
		})
	}
}

// kit is what one case works with.
type kit struct {
	h   Harness
	dir string
	log *buffer

	mu      sync.Mutex // guards what follows
	secrets [][]byte
	errs    []error
}

func newKit(t *testing.T, h Harness) *kit {
	t.Helper()
	return &kit{h: h, dir: t.TempDir(), log: &buffer{}}
}

// open opens the vault; what it answers is watched.
func (k *kit) open(t *testing.T) hayon.Vault {
	t.Helper()
	log := slog.New(slog.NewTextHandler(k.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return &watched{Vault: k.h.Open(t, k.dir, log), k: k}
}

// secret makes a secret that the case's end looks for.
func (k *kit) secret(name string) hayon.Secret {
	b := []byte("Canary-" + name + "-" + fmt.Sprintf("%x", time.Now().UnixNano()))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.secrets = append(k.secrets, b)
	return hayon.NewSecret(b)
}

func (k *kit) note(err error) error {
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.errs = append(k.errs, err)
	}
	return err
}

// check looks for the secrets where they must not be.
func (k *kit) check(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, err := range k.errs {
		k.absent(t, "an error", []byte(describe(err)))
	}
	k.absent(t, "the log", k.log.Bytes())
	if !k.h.Features.Sealed {
		return
	}
	err := filepath.WalkDir(k.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		k.absent(t, filepath.Base(path), raw)
		return err
	})
	if err != nil {
		t.Errorf("walk through the vault's folder: %v", err)
	}
}

func (k *kit) absent(t *testing.T, where string, raw []byte) {
	t.Helper()
	for _, s := range k.secrets {
		if bytes.Contains(raw, s) || bytes.Contains(raw, []byte(base64.StdEncoding.EncodeToString(s))) {
			t.Errorf("%s holds a secret:\n%s", where, raw)
		}
	}
}

// describe is all that an error can show, its causes and its JSON too.
func describe(err error) string {
	var out bytes.Buffer
	for e := err; e != nil; e = errors.Unwrap(e) {
		_, _ = fmt.Fprintf(&out, "%v\n%+v\n%#v\n", e, e, e)
		if he, ok := errors.AsType[*hayon.Error](e); ok {
			raw, _ := json.Marshal(he)
			_, _ = fmt.Fprintf(&out, "%s\n%s\n", raw, he.Hint)
		}
	}
	return out.String()
}

// watched notes the errors of a vault.
type watched struct {
	hayon.Vault
	k *kit
}

// Get notes the error of Get.
func (w *watched) Get(ctx context.Context, ref string) (hayon.Secret, error) {
	s, err := w.Vault.Get(ctx, ref)
	return s, w.k.note(err)
}

// Update notes the error of Update.
func (w *watched) Update(ctx context.Context, ref string, fn func(hayon.Secret) (hayon.Secret, error)) error {
	return w.k.note(w.Vault.Update(ctx, ref, fn))
}

// Refs notes the error of Refs.
func (w *watched) Refs(ctx context.Context) ([]string, error) {
	refs, err := w.Vault.Refs(ctx)
	return refs, w.k.note(err)
}

// Lock notes the error of Lock.
func (w *watched) Lock(ctx context.Context, name string, fn func(context.Context) error) error {
	return w.k.note(w.Vault.Lock(ctx, name, fn))
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// Bytes is a copy of what was written.
func (b *buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}

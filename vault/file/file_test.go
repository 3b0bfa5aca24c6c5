package file_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/file"
	"github.com/hayon/hayon/vault/passphrase"
	"github.com/hayon/hayon/vault/vaulttest"
)

// held is an opener that keeps identities in memory and counts how often it is asked.
type held struct {
	mu    sync.Mutex // guards what follows
	byID  map[string]hayon.Secret
	makes int
	opens int
}

func (h *held) Make(_ context.Context, id string, fresh hayon.Secret) (hayon.Secret, []byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byID == nil {
		h.byID = make(map[string]hayon.Secret)
	}
	h.makes++
	h.byID[id] = fresh
	return fresh, nil, nil
}

func (h *held) Open(_ context.Context, id string, _ []byte) (hayon.Secret, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opens++
	s, ok := h.byID[id]
	if !ok {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "no such identity")
	}
	return s, nil
}

func (h *held) Drop(_ context.Context, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.byID, id)
	return nil
}

func (h *held) asked() (makes, opens, kept int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.makes, h.opens, len(h.byID)
}

// newVault opens a vault whose openers are held, by default, and passphrase.
func newVault(t *testing.T, dir, ask string, h *held, log *slog.Logger) *file.Vault {
	t.Helper()
	v, err := file.New(file.Config{
		Dir: dir, Ask: ask, Default: "held", Logger: log,
		Openers: map[string]file.Opener{"held": h, "passphrase": passphrase.New(pass("correct horse"), 1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func pass(text string) passphrase.Ask {
	return func(context.Context, bool) (hayon.Secret, error) { return hayon.NewSecret([]byte(text)), nil }
}

func put(ctx context.Context, v hayon.Vault, ref, text string) error {
	return v.Update(ctx, ref, func(hayon.Secret) (hayon.Secret, error) { return hayon.NewSecret([]byte(text)), nil })
}

func mustPut(t *testing.T, v hayon.Vault, ref, text string) {
	t.Helper()
	if err := put(t.Context(), v, ref, text); err != nil {
		t.Fatalf("Update(%q): %v", ref, err)
	}
}

func wantText(t *testing.T, v hayon.Vault, ref, want string) {
	t.Helper()
	got, err := v.Get(t.Context(), ref)
	if err != nil || string(got.Reveal()) != want {
		t.Errorf("Get(%q): got %q, %v, want %q", ref, got.Reveal(), err, want)
	}
}

func TestVault(t *testing.T) {
	t.Parallel()
	sealed := vaulttest.Features{Durable: true, Sealed: true}
	t.Run("passphrase", func(t *testing.T) {
		t.Parallel()
		vaulttest.Test(t, vaulttest.Harness{Features: sealed, Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault {
			t.Helper()
			return newVault(t, dir, "passphrase", nil, log)
		}})
	})
	t.Run("held", func(t *testing.T) {
		t.Parallel()
		h := &held{}
		vaulttest.Test(t, vaulttest.Harness{Features: sealed, Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault {
			t.Helper()
			return newVault(t, dir, "", h, log)
		}})
	})
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		vaulttest.Test(t, vaulttest.Harness{Features: vaulttest.Features{Durable: true}, Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault {
			t.Helper()
			return newVault(t, dir, file.Plain, nil, log)
		}})
	})
}

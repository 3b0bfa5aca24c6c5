package memory_test

import (
	"log/slog"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/vault/vaulttest"
)

func TestVault(t *testing.T) {
	t.Parallel()
	vaulttest.Test(t, vaulttest.Harness{
		Open: func(*testing.T, string, *slog.Logger) hayon.Vault { return memory.New(nil) },
	})
}

func TestNewCopies(t *testing.T) {
	t.Parallel()
	given := map[string]hayon.Secret{"a": hayon.NewSecret([]byte("one")), "zero": {}}
	v := memory.New(given)
	delete(given, "a")
	got, err := v.Get(t.Context(), "a")
	if err != nil || string(got.Reveal()) != "one" {
		t.Errorf("Get: got %q, %v, want the secret that New was given", got.Reveal(), err)
	}
	if _, err := v.Get(t.Context(), "zero"); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("Get of a zero secret: got %v, want not_found", err)
	}
}

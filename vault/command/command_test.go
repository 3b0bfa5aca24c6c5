//go:build unix

package command_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/command"
	"github.com/hayon/hayon/vault/vaulttest"
)

func identity(t *testing.T) string {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func TestVault(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(identity(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	vaulttest.Test(t, vaulttest.Harness{
		Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault {
			t.Helper()
			v, err := vault.Open(t.Context(), vault.Config{Dir: dir, Opener: "command:cat '" + file + "'", Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			return v
		},
		Features: vaulttest.Features{Durable: true, Sealed: true},
	})
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	text := identity(t)
	for _, tt := range []struct {
		name, line, says string
		code             hayon.Code
	}{
		{name: "prints it", line: "printf '# note\\n%s\\n' " + text},
		{name: "prints it, and talks", line: "echo unlocking >&2; echo " + text},
		{name: "fails", line: "echo 'first'; echo 'no such entry: hayon' >&2; exit 3", code: hayon.CodeLocal, says: "no such entry: hayon (exit status 3)"},
		{name: "fails after it printed", line: "echo " + text + "; exit 1", code: hayon.CodeLocal, says: "exit status 1"},
		{name: "is missing", line: "no-such-program-of-hayon", code: hayon.CodeLocal, says: "not found"},
		{name: "prints nothing", line: "true", code: hayon.CodeLocal, says: "holds no age identity"},
		{name: "prints something else", line: "echo hunter2", code: hayon.CodeLocal, says: "holds no age identity"},
		{name: "prints without an end", line: "yes", code: hayon.CodeLocal, says: "within"},
		{name: "waits for ever", line: "sleep 1000", code: hayon.CodeLocal, says: "within"},
		{name: "reads its input", line: "cat; echo " + text},
		{name: "is no line", line: "  ", code: hayon.CodeUsage, says: "no command"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if tt.says == "within" {
				limit = 200 * time.Millisecond
			}
			got, kept, err := command.New(command.Config{Line: tt.line, Timeout: limit}).Make(t.Context(), "1", hayon.NewSecret([]byte("unused")))
			if tt.code == "" {
				if err != nil || kept != nil || string(got.Reveal()) != text {
					t.Errorf("Make: %v, kept %q", err, kept)
				}
				return
			}
			if hayon.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) || hayon.AsError(err).Hint == "" {
				t.Errorf("Make: %v (%s); want %s that says %q, with a hint", err, hayon.CodeOf(err), tt.code, tt.says)
			}
			if err != nil && (strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("the error repeats what was printed: %v", err)
			}
		})
	}
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := command.New(command.Config{Line: "sleep 1000"}).Open(ctx, "1", nil); err == nil {
		t.Error("a command ran on after its context")
	}
}

package file_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/file"
	"github.com/hayon/hayon/vault/passphrase"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestNothingIsOpenedBeforeThereIsAVault(t *testing.T) {
	t.Parallel()
	dir, h := filepath.Join(t.TempDir(), "profile"), &held{}
	v := newVault(t, dir, "", h, nil)
	if _, err := v.Get(t.Context(), "a"); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("Get: got %v, want not_found", err)
	}
	if refs, err := v.Refs(t.Context()); err != nil || len(refs) != 0 {
		t.Errorf("Refs: got %v, %v, want none", refs, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder of the vault: got %v, want it not to exist", err)
	}
	if makes, opens, _ := h.asked(); makes+opens != 0 {
		t.Errorf("the opener was asked %d times, want never", makes+opens)
	}
}

func TestOpenerIsAskedOnce(t *testing.T) {
	t.Parallel()
	dir, h := t.TempDir(), &held{}
	mustPut(t, newVault(t, dir, "", h, nil), "a", "one")
	v := newVault(t, dir, "", h, nil)
	for range 5 {
		wantText(t, v, "a", "one")
		mustPut(t, v, "b", "two")
	}
	if makes, opens, _ := h.asked(); makes != 1 || opens != 1 {
		t.Errorf("the opener was asked to make %d and to open %d times, want 1 and 1", makes, opens)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, ask string
		want      []string
	}{
		{"held", "", []string{"locks", "secrets.age", "vault.json"}},
		{"passphrase", "passphrase", []string{"identity.age", "locks", "secrets.age", "vault.json"}},
		{"plain", file.Plain, []string{"locks", "secrets.plain.json", "vault.json"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, h := t.TempDir(), &held{}
			v := newVault(t, dir, c.ask, h, nil)
			mustPut(t, v, "a", "one")
			if got := names(t, dir); !slices.Equal(got, c.want) {
				t.Errorf("files: got %v, want %v", got, c.want)
			}
			for _, name := range c.want {
				info, err := os.Stat(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if got := info.Mode().Perm(); runtime.GOOS != "windows" && got&0o077 != 0 {
					t.Errorf("%s: others have rights: %v", name, got)
				}
			}
			if err := v.Destroy(t.Context()); err != nil {
				t.Fatalf("Destroy: %v", err)
			}
			if got := names(t, dir); !slices.Equal(got, []string{"locks"}) {
				t.Errorf("files after Destroy: got %v, want the locks alone", got)
			}
			if _, _, kept := h.asked(); kept != 0 {
				t.Errorf("the opener keeps %d identities after Destroy", kept)
			}
			mustPut(t, v, "a", "two") // a new vault, in the same handle
			wantText(t, newVault(t, dir, "", h, nil), "a", "two")
		})
	}
}

func TestSealedFileIsAnAgeFile(t *testing.T) {
	t.Parallel()
	dir, h := t.TempDir(), &held{}
	mustPut(t, newVault(t, dir, "", h, nil), "a", "one")
	header, err := file.ReadHeader(dir)
	if err != nil || header.Opener != "held" || header.Version != 1 {
		t.Fatalf("ReadHeader: got %+v, %v", header, err)
	}
	identity, err := age.ParseX25519Identity(string(h.byID[header.ID].Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	if got := identity.Recipient().String(); got != header.Recipient {
		t.Errorf("recipient: got %s, want %s", header.Recipient, got)
	}
	raw, err := os.ReadFile(filepath.Join(dir, file.SealedName))
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(raw), identity)
	if err != nil {
		t.Fatalf("Decrypt: %v", err)
	}
	var got struct{ Secrets map[string][]byte }
	if err := json.NewDecoder(r).Decode(&got); err != nil || string(got.Secrets["a"]) != "one" {
		t.Errorf("contents: got %v, %v", got, err)
	}
}

func TestAnotherOpenerIsAConflict(t *testing.T) {
	t.Parallel()
	dir, h := t.TempDir(), &held{}
	mustPut(t, newVault(t, dir, "", h, nil), "a", "one")
	v := newVault(t, dir, "passphrase", h, nil)
	_, getErr := v.Get(t.Context(), "a")
	for what, err := range map[string]error{"Get": getErr, "Update": put(t.Context(), v, "a", "two"), "Prepare": v.Prepare(t.Context())} {
		if hayon.CodeOf(err) != hayon.CodeConflict || !strings.Contains(hayon.AsError(err).Hint, "move vault.json and secrets.age") {
			t.Errorf("%s: got %v, want a conflict with the way out", what, err)
		}
	}
	wantText(t, newVault(t, dir, "held", h, nil), "a", "one")
}

func TestUnknownOpener(t *testing.T) {
	t.Parallel()
	_, err := file.New(file.Config{Dir: t.TempDir(), Ask: "magic"})
	if hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("New: got %v, want a usage error", err)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	other := func(t *testing.T, name string) []byte { // the file of another vault
		t.Helper()
		dir := t.TempDir()
		mustPut(t, newVault(t, dir, "passphrase", nil, nil), "a", "other")
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	cases := []struct {
		name, file string
		change     func(t *testing.T, raw []byte) []byte // nil removes the file
		want       string                                // in the message
	}{
		{"secrets empty", "secrets.age", func(*testing.T, []byte) []byte { return []byte{} }, "secrets.age is damaged"},
		{"secrets cut", "secrets.age", func(_ *testing.T, b []byte) []byte { return b[:len(b)-1] }, "secrets.age is damaged"},
		{"secrets changed", "secrets.age", func(_ *testing.T, b []byte) []byte { b[len(b)-5] ^= 1; return b }, "secrets.age is damaged"},
		{"secrets longer", "secrets.age", func(_ *testing.T, b []byte) []byte { return append(b, 'x') }, "secrets.age is damaged"},
		{"secrets of another vault", "secrets.age", func(t *testing.T, _ []byte) []byte { t.Helper(); return other(t, "secrets.age") }, "secrets.age is damaged"},
		{"identity cut", "identity.age", func(_ *testing.T, b []byte) []byte { return b[:20] }, "identity.age in the vault is damaged"},
		{"identity missing", "identity.age", nil, "identity.age"},
		{"identity of another vault", "identity.age", func(t *testing.T, _ []byte) []byte { t.Helper(); return other(t, "identity.age") }, "not the key of the vault"},
		{"header no JSON", "vault.json", func(*testing.T, []byte) []byte { return []byte("{") }, "vault.json is damaged"},
		{"header empty", "vault.json", func(*testing.T, []byte) []byte { return []byte("{}") }, "vault.json is damaged"},
		{"header missing", "vault.json", nil, "vault.json, which says how to open it, is missing"},
		{"header of tomorrow", "vault.json", func(_ *testing.T, b []byte) []byte {
			return bytes.Replace(b, []byte(`"version": 1`), []byte(`"version": 2`), 1)
		}, "version 2"},
		{"opener of tomorrow", "vault.json", func(_ *testing.T, b []byte) []byte {
			return bytes.Replace(b, []byte("passphrase"), []byte("tpm"), 1)
		}, `"tpm"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			mustPut(t, newVault(t, dir, "passphrase", nil, nil), "a", "Canary")
			path := filepath.Join(dir, c.file)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var changed []byte
			if c.change == nil {
				err = os.Remove(path)
			} else {
				changed = c.change(t, bytes.Clone(raw))
				err = os.WriteFile(path, changed, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			v := newVault(t, dir, "", nil, nil)
			_, getErr := v.Get(t.Context(), "a")
			for what, err := range map[string]error{"Get": getErr, "Update": put(t.Context(), v, "a", "Canary 2")} {
				e := hayon.AsError(err)
				if e == nil || e.Code != hayon.CodeLocal || !strings.Contains(e.Message, c.want) || e.Hint == "" {
					t.Errorf("%s: got %#v, want a local error with %q and a hint", what, e, c.want)
				}
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, changed) {
				t.Errorf("%s was changed by an operation that failed", c.file)
			}
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			wantText(t, v, "a", "Canary")
		})
	}
}

func TestWrongPassphrase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustPut(t, newVault(t, dir, "passphrase", nil, nil), "a", "one")
	for name, ask := range map[string]passphrase.Ask{
		"check HAYON_VAULT_PASSPHRASE":    pass("wrong horse"),
		"export HAYON_VAULT_PASSPHRASE=…": nil,
	} {
		v, err := file.New(file.Config{Dir: dir, Openers: map[string]file.Opener{"passphrase": passphrase.New(ask, 1)}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Get(t.Context(), "a")
		e := hayon.AsError(err)
		if e == nil || e.Code != hayon.CodeLocal || e.Hint != name {
			t.Errorf("Get: got %#v, want a local error with the hint %q", e, name)
		}
		if err != nil && strings.Contains(err.Error(), "horse") {
			t.Errorf("the error shows the passphrase: %v", err)
		}
	}
}

func TestLooseRightsAreTightened(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists, not permission bits")
	}
	dir, log := t.TempDir(), &bytes.Buffer{}
	mustPut(t, newVault(t, dir, "passphrase", nil, nil), "a", "one")
	for _, name := range []string{"secrets.age", "identity.age"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v := newVault(t, dir, "", nil, slog.New(slog.NewTextHandler(log, nil)))
	wantText(t, v, "a", "one")
	for _, name := range []string{"secrets.age", "identity.age"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want 0600", name, info.Mode(), err)
		}
		if !strings.Contains(log.String(), name) {
			t.Errorf("the log does not name %s:\n%s", name, log)
		}
	}
}

func TestPlainIsLogged(t *testing.T) {
	t.Parallel()
	log := &bytes.Buffer{}
	v := newVault(t, t.TempDir(), file.Plain, nil, slog.New(slog.NewTextHandler(log, nil)))
	mustPut(t, v, "a", "Canary")
	wantText(t, v, "a", "Canary")
	if got := strings.Count(log.String(), "level=WARN"); got != 1 || strings.Contains(log.String(), "Canary") {
		t.Errorf("log: got %d warnings, want 1 without the secret:\n%s", got, log)
	}
}

func TestFolderThatCannotBeMade(t *testing.T) {
	t.Parallel()
	block := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(block, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	v := newVault(t, filepath.Join(block, "profile"), "", &held{}, nil)
	err := put(t.Context(), v, "a", "Canary")
	if hayon.CodeOf(err) != hayon.CodeLocal || hayon.AsError(err).Hint == "" {
		t.Errorf("Update: got %v, want a local error with a hint", err)
	}
}

// TestDiscard: a vault is taken back while it holds nothing that is needed, and only then.
func TestDiscard(t *testing.T) {
	t.Parallel()
	needed := func(ref string) bool { return ref != "app" }
	for _, ask := range []string{"", "passphrase", file.Plain} {
		t.Run("opened by "+ask, func(t *testing.T) {
			t.Parallel()
			dir, h := t.TempDir(), &held{}
			v := newVault(t, dir, ask, h, nil)
			if err := v.Discard(t.Context(), needed); err != nil {
				t.Errorf("Discard of none: %v", err)
			}
			if err := v.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			mustPut(t, v, "app", "a registration")
			mustPut(t, v, "a", "one")
			if err := v.Discard(t.Context(), needed); err != nil {
				t.Fatalf("Discard: %v", err)
			}
			wantText(t, v, "a", "one")
			mustPut(t, v, "a", "")
			if err := v.Discard(t.Context(), needed); err != nil {
				t.Fatalf("Discard: %v", err)
			}
			if got := names(t, dir); !slices.Equal(got, []string{"locks"}) {
				t.Errorf("files after Discard: got %v, want the locks alone", got)
			}
			if _, _, kept := h.asked(); kept != 0 {
				t.Errorf("the opener keeps %d identities after Discard", kept)
			}
		})
	}
}

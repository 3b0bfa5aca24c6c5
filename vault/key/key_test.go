package key_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/key"
	"github.com/hayon/hayon/vault/vaulttest"
)

func TestVault(t *testing.T) {
	t.Parallel()
	vaulttest.Test(t, vaulttest.Harness{
		Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault {
			t.Helper()
			v, err := vault.Open(t.Context(), vault.Config{Dir: dir, Opener: "key:" + filepath.Join(dir, "..", filepath.Base(dir)+".key"), Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			return v
		},
		Features: vaulttest.Features{Durable: true, Sealed: true},
	})
}

func fresh(t *testing.T) (identity hayon.Secret, text string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return hayon.NewSecret([]byte(id.String())), id.String()
}

func TestMakesTheFileOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "hayon.txt")
	o := key.New(key.Config{Path: path})
	first, text := fresh(t)
	got, kept, err := o.Make(t.Context(), "1", first)
	if err != nil || kept != nil || string(got.Reveal()) != text {
		t.Fatalf("Make: %v, kept %q", err, kept)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, mode %v; want 0600", err, info.Mode())
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := fresh(t)
	if got, _, err = o.Make(t.Context(), "2", second); err != nil || string(got.Reveal()) != text {
		t.Errorf("Make of another vault: %v; want the identity that is there", err)
	}
	if err := o.Drop(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed (%v)", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the key there is %v, %v", left, err)
	}
}

func TestWhatIsNoKey(t *testing.T) {
	t.Parallel()
	_, text := fresh(t)
	for name, content := range map[string]string{
		"empty": "", "words": "hello\n", "sealed": "age-encryption.org/v1\n-> scrypt x 15\n", "ssh": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
		"damaged": text[:len(text)-2] + "QQ\n",
	} {
		path := filepath.Join(t.TempDir(), "key.txt")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		o := key.New(key.Config{Path: path})
		_, err := o.Open(t.Context(), "1", nil)
		_, _, merr := o.Make(t.Context(), "1", hayon.NewSecret([]byte(text)))
		for _, err := range []error{err, merr} {
			if hayon.CodeOf(err) != hayon.CodeLocal || hayon.AsError(err).Hint == "" || strings.Contains(err.Error(), text[16:40]) {
				t.Errorf("%s: %v; want a local error with a hint and without the identity", name, err)
			}
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != content {
			t.Errorf("%s: the file is now %q, %v", name, now, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	o := key.New(key.Config{Path: filepath.Join(t.TempDir(), "gone")})
	if _, err := o.Open(t.Context(), "1", nil); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("a missing file: %v, want local", err)
	}
	if _, err := key.New(key.Config{}).Open(t.Context(), "1", nil); hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(hayon.AsError(err).Hint, "HAYON_VAULT_IDENTITY") {
		t.Errorf("no file at all: %v, want a hint at HAYON_VAULT_IDENTITY", err)
	}
}

// A key among comments and others is found, as age-keygen writes it.
func TestParse(t *testing.T) {
	t.Parallel()
	_, text := fresh(t)
	got, err := key.Parse(strings.NewReader("# created: 2026-11-21\n# public key: age1xyz\n\n  "+text+" \r\n"), "x")
	if err != nil || string(got.Reveal()) != text {
		t.Errorf("Parse: %v", err)
	}
}

// Who looks after the rights of the file is told when others can read it.
func TestLooseFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such rights")
	}
	_, text := fresh(t)
	path := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o := key.New(key.Config{Path: path, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if _, err := o.Open(t.Context(), "1", nil); err != nil || !strings.Contains(log.String(), "chmod 600") {
		t.Errorf("Open: %v, log %q", err, log.String())
	}
}

// The key may move: another path is taken, and a key of another vault is refused without harm.
func TestMovedKey(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), t.TempDir()
	at := func(path string, identity hayon.Secret) hayon.Vault {
		v, err := vault.Open(t.Context(), vault.Config{Dir: dir, Opener: "key:" + path, Identity: identity})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first, moved := filepath.Join(keys, "a"), filepath.Join(keys, "b")
	keep := func(hayon.Secret) (hayon.Secret, error) { return hayon.NewSecret([]byte("s3cret")), nil }
	if err := at(first, hayon.Secret{}).Update(t.Context(), "x", keep); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(first, moved); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(moved)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := key.Parse(bytes.NewReader(text), moved)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]hayon.Vault{
		"another path": at(moved, hayon.Secret{}), "a path in the environment": at(first, hayon.NewSecret([]byte(moved))), "the identity itself": at("", identity),
	} {
		if got, err := v.Get(t.Context(), "x"); err != nil || string(got.Reveal()) != "s3cret" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := at(first, hayon.Secret{}).Get(t.Context(), "x"); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("the old path: %v, want local", err)
	}
	other, _ := fresh(t)
	if _, err := at("", other).Get(t.Context(), "x"); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("the key of another vault: %v, want local", err)
	}
}

package vault_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/keyring"
)

// ring is a keyring in memory. With err it is unusable.
type ring struct {
	mu      sync.Mutex // guards what follows
	entries map[string]string
	calls   int
	err     error
}

func (r *ring) do(fn func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.err == nil {
		fn()
	}
	return r.err
}

func (r *ring) Set(service, user, secret string) error {
	return r.do(func() {
		if r.entries == nil {
			r.entries = make(map[string]string)
		}
		r.entries[service+":"+user] = secret
	})
}

func (r *ring) Get(service, user string) (text string, err error) {
	found := false
	if err := r.do(func() { text, found = r.entries[service+":"+user] }); err != nil {
		return "", err
	}
	if !found {
		return "", keyring.ErrNotFound
	}
	return text, nil
}

func (r *ring) Delete(service, user string) error {
	return r.do(func() { delete(r.entries, service+":"+user) })
}

func open(t *testing.T, c vault.Config) hayon.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return v
}

func put(t *testing.T, v hayon.Vault, text string) error {
	t.Helper()
	return v.Update(t.Context(), "bluesky/ana", func(hayon.Secret) (hayon.Secret, error) { return hayon.NewSecret([]byte(text)), nil })
}

func pass(context.Context, bool) (hayon.Secret, error) {
	return hayon.NewSecret([]byte("correct horse")), nil
}

func TestOpenTouchesNothing(t *testing.T) {
	t.Parallel()
	dir, r := filepath.Join(t.TempDir(), "profile"), &ring{}
	open(t, vault.Config{Dir: dir, Keyring: r})
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) || r.calls != 0 {
		t.Errorf("Open made the folder (%v) or called the keyring (%d times)", err, r.calls)
	}
}

func TestOpenRefusesOtherOpeners(t *testing.T) {
	t.Parallel()
	for _, opener := range []string{"passphrase:ana", "keyring:show", "commands:pass show hayon", "plaintext", "Keyring"} {
		_, err := vault.Open(t.Context(), vault.Config{Dir: t.TempDir(), Opener: opener})
		if hayon.CodeOf(err) != hayon.CodeUsage || !strings.Contains(err.Error(), "use keyring, passphrase, key:PATH, command:CMD") {
			t.Errorf("Open with %q: got %v, want a usage error", opener, err)
		}
		if strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), "show") {
			t.Errorf("Open with %q repeats the path or command: %v", opener, err)
		}
	}
}

func TestOpenRefusesACommandWithoutOne(t *testing.T) {
	t.Parallel()
	for _, opener := range []string{"command", "command:", "command:  "} {
		if _, err := vault.Open(t.Context(), vault.Config{Dir: t.TempDir(), Opener: opener}); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("Open with %q: %v, want usage", opener, err)
		}
	}
}

// What opens a vault is said without the path or the command, which may tell too much.
func TestConflictNamesKindsAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := put(t, open(t, vault.Config{Dir: dir, Opener: "key:" + filepath.Join(t.TempDir(), "ana.key")}), "one"); err != nil {
		t.Fatal(err)
	}
	for _, opener := range []string{"command:pass show ana", "keyring"} {
		_, err := open(t, vault.Config{Dir: dir, Opener: opener, Keyring: &ring{}}).Get(t.Context(), "bluesky/ana")
		if hayon.CodeOf(err) != hayon.CodeConflict || strings.Contains(err.Error(), "ana.key") || strings.Contains(err.Error(), "pass show") {
			t.Errorf("%s: %v, want a conflict of kinds", vault.Kind(opener), err)
		}
	}
}

func TestFirstUseTakesTheKeyring(t *testing.T) {
	t.Parallel()
	dir, r := t.TempDir(), &ring{}
	v := open(t, vault.Config{Dir: dir, Keyring: r, Profile: "work"})
	if err := v.(vault.Preparer).Prepare(t.Context()); err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	if len(r.entries) != 1 {
		t.Fatalf("the keyring has %d entries, want 1", len(r.entries))
	}
	for name := range r.entries {
		if !strings.HasPrefix(name, "hayon:work/") {
			t.Errorf("entry: got %q, want one of service hayon and of the profile", name)
		}
	}
	if err := put(t, v, "one"); err != nil {
		t.Fatalf("Update: %v", err)
	}
	info, err := vault.Inspect(dir)
	want := vault.Info{Exists: true, Opener: "keyring", Recipient: info.Recipient, Path: filepath.Join(dir, "secrets.age")}
	if err != nil || info != want || !strings.HasPrefix(info.Recipient, "age1") {
		t.Errorf("Inspect: got %+v, %v, want %+v", info, err, want)
	}
	got, err := open(t, vault.Config{Dir: dir, Keyring: r, Profile: "work"}).Get(t.Context(), "bluesky/ana")
	if err != nil || string(got.Reveal()) != "one" {
		t.Errorf("Get: got %q, %v, want one", got.Reveal(), err)
	}
	if err := v.(vault.Destroyer).Destroy(t.Context()); err != nil || len(r.entries) != 0 {
		t.Errorf("Destroy: %v, and the keyring has %d entries, want none", err, len(r.entries))
	}
}

func TestUnusableKeyringFallsBackToNothing(t *testing.T) {
	t.Parallel()
	dir, r := t.TempDir(), &ring{err: errors.New("locked")}
	v := open(t, vault.Config{Dir: dir, Keyring: r, Passphrase: pass})
	for what, err := range map[string]error{"Prepare": v.(vault.Preparer).Prepare(t.Context()), "Update": put(t, v, "Canary")} {
		e := hayon.AsError(err)
		if e == nil || e.Code != hayon.CodeLocal || !strings.Contains(e.Hint, "--vault passphrase") {
			t.Errorf("%s: got %#v, want a local error that offers a passphrase", what, e)
		}
	}
	if info, err := vault.Inspect(dir); err != nil || info.Exists {
		t.Errorf("Inspect: got %+v, %v, want no vault", info, err)
	}
	if _, err := v.Get(t.Context(), "bluesky/ana"); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("Get: got %v, want not_found", err)
	}
	// The way out that the hint names.
	if err := put(t, open(t, vault.Config{Dir: dir, Opener: vault.Passphrase, Passphrase: pass, Keyring: r}), "one"); err != nil {
		t.Errorf("Update with a passphrase: %v", err)
	}
}

func TestKeyringThatForgot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := put(t, open(t, vault.Config{Dir: dir, Keyring: &ring{}}), "one"); err != nil {
		t.Fatal(err)
	}
	v := open(t, vault.Config{Dir: dir, Keyring: &ring{}})
	_, err := v.Get(t.Context(), "bluesky/ana")
	if hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(err.Error(), "has no entry") {
		t.Errorf("Get: got %v, want a local error", err)
	}
	// A keyring that forgot does not keep the user from starting over.
	if err := v.(vault.Destroyer).Destroy(t.Context()); err != nil {
		t.Errorf("Destroy: %v", err)
	}
	if err := put(t, v, "two"); err != nil {
		t.Errorf("Update after Destroy: %v", err)
	}
}

func TestPassphraseIsAskedOncePerVault(t *testing.T) {
	t.Parallel()
	asked := 0
	ask := func(context.Context, bool) (hayon.Secret, error) {
		asked++
		return pass(t.Context(), false)
	}
	dir := t.TempDir()
	if err := put(t, open(t, vault.Config{Dir: dir, Opener: vault.Passphrase, Passphrase: pass}), "one"); err != nil {
		t.Fatal(err)
	}
	v := open(t, vault.Config{Dir: dir, Passphrase: ask})
	for range 3 {
		if got, err := v.Get(t.Context(), "bluesky/ana"); err != nil || string(got.Reveal()) != "one" {
			t.Errorf("Get: got %q, %v, want one", got.Reveal(), err)
		}
	}
	if asked != 1 {
		t.Errorf("the passphrase was asked for %d times, want once", asked)
	}
}

func TestPlaintextOnlyByName(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &bytes.Buffer{}
	c := vault.Config{Dir: dir, Opener: vault.InsecurePlaintext, Logger: slog.New(slog.NewTextHandler(log, nil))}
	if err := put(t, open(t, c), "one"); err != nil {
		t.Fatal(err)
	}
	info, err := vault.Inspect(dir)
	want := vault.Info{Exists: true, Opener: "insecure-plaintext", Path: filepath.Join(dir, "secrets.plain.json")}
	if err != nil || info != want {
		t.Errorf("Inspect: got %+v, %v, want %+v", info, err, want)
	}
	if !strings.Contains(log.String(), "clear text") {
		t.Errorf("the log does not warn:\n%s", log)
	}
}

// stuck is a keyring that never answers.
type stuck struct{ leave chan struct{} }

func (s stuck) Set(string, string, string) error   { <-s.leave; return nil }
func (s stuck) Get(string, string) (string, error) { <-s.leave; return "", nil }
func (s stuck) Delete(string, string) error        { <-s.leave; return nil }

func TestHangingKeyringEnds(t *testing.T) {
	t.Parallel()
	s := stuck{make(chan struct{})}
	defer close(s.leave)
	v := open(t, vault.Config{Dir: t.TempDir(), Keyring: s, KeyringTimeout: 10 * time.Millisecond})
	err := put(t, v, "one")
	if hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(err.Error(), "did not answer within 10ms") {
		t.Errorf("Update: got %v, want a local error about the time", err)
	}
}

func TestOpeners(t *testing.T) {
	t.Parallel()
	for _, opener := range vault.Openers() {
		open(t, vault.Config{Dir: t.TempDir(), Opener: opener})
	}
	if !slices.Contains(vault.Openers(), vault.Keyring) {
		t.Error("Openers lacks the keyring")
	}
}

func TestSignedOutNamesTheAccount(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"bluesky":      "sign in: hayon login bluesky",
		"bluesky/work": "sign in: hayon login bluesky --alias work",
	} {
		session := vault.Sessions(nil)(&hayon.Account{Name: name, Platform: "bluesky"})
		_, err := session.Load(t.Context())
		if e := hayon.AsError(err); e == nil || e.Code != hayon.CodeUnauthenticated || e.Hint != want {
			t.Errorf("%s: got %+v, want the hint %q", name, e, want)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/keyring"
)

// ring is a keyring in memory. While it is locked nothing can be done with it.
type ring struct {
	mu      sync.Mutex // guards what follows
	entries map[string]string
	locked  bool
}

func (r *ring) do(fn func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.locked {
		return fmt.Errorf("the collection is locked")
	}
	return fn()
}

func (r *ring) Set(service, user, secret string) error {
	return r.do(func() error {
		r.entries[service+":"+user] = secret
		return nil
	})
}

func (r *ring) Get(service, user string) (secret string, err error) {
	err = r.do(func() error {
		var ok bool
		if secret, ok = r.entries[service+":"+user]; !ok {
			return keyring.ErrNotFound
		}
		return nil
	})
	return secret, err
}

func (r *ring) Delete(service, user string) error {
	return r.do(func() error {
		if _, ok := r.entries[service+":"+user]; !ok {
			return keyring.ErrNotFound
		}
		delete(r.entries, service+":"+user)
		return nil
	})
}

// users are the entries without the ids of their vaults.
func (r *ring) users() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for name := range r.entries {
		profile, _, _ := strings.Cut(name, "/")
		out = append(out, profile)
	}
	slices.Sort(out)
	return out
}

// world is a user with the profile work, which is in use, has credentials under a keyring, a post's
// folder and a configuration of its own.
type world struct {
	app  *app
	ring *ring
	home string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{ring: &ring{entries: make(map[string]string)}, home: t.TempDir()}
	w.app = newApp(&streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, env("HAYON_HOME="+w.home, "HOME="+w.home, "XDG_CONFIG_HOME="+w.home))
	w.app.flags.profile = "work"
	var err error
	if w.app.paths, err = pathsOf(w.app.getenv, "work", ""); err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{
		"config.toml": "# mine\nprofile = \"work\"\n", "profiles/work.toml": "tz = \"UTC\"\n", "data/work/blobs/a": "blob", "data/other/b": "",
	} {
		if err := writeFile(filepath.Join(w.home, path), body); err != nil {
			t.Fatal(err)
		}
	}
	err = w.vault(t, "work").Update(t.Context(), "a", func(hayon.Secret) (hayon.Secret, error) {
		return hayon.NewSecret([]byte("session")), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// vault is the one of a profile, as a new process opens it.
func (w *world) vault(t *testing.T, profile string) hayon.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), vault.Config{Dir: w.app.paths.dataOf(profile), Profile: profile, Keyring: w.ring})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) changer(c profileChange) *changer {
	ch := w.app.newChanger(c)
	ch.ring = w.ring
	return ch
}

func (w *world) files(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(w.home, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(w.home, path)
		rel = filepath.ToSlash(rel)
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(rel, ".lock") {
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) wantRenamed(t *testing.T) {
	t.Helper()
	secret, err := w.vault(t, "office").Get(t.Context(), "a")
	if err != nil || string(secret.Reveal()) != "session" {
		t.Errorf("the credentials are %v", err)
	}
	if got := w.ring.users(); !slices.Equal(got, []string{"hayon:office"}) {
		t.Errorf("the keyring has %q", got)
	}
	want := []string{"config.toml", "data/office/blobs/a", "data/office/secrets.age", "data/office/vault.json", "data/other/b", "profiles/office.toml"}
	if got := w.files(t); !slices.Equal(got, want) {
		t.Errorf("the files are %q, want %q", got, want)
	}
	if got := configuredProfile(w.app.paths.configs); got != "office" {
		t.Errorf("%q is in use", got)
	}
}

func TestRenameProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.changer(profileChange{From: "work", To: "office", Follow: true}).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantRenamed(t)
	if got, err := os.ReadFile(filepath.Join(w.home, "config.toml")); err != nil || string(got) != "# mine\nprofile = \"office\"\n" {
		t.Errorf("the configuration is %q, %v", got, err)
	}
}

// cutOff carries out the first steps of a change and then is killed. It answers false where there are
// not so many.
func (w *world) cutOff(t *testing.T, c profileChange, steps int) bool {
	t.Helper()
	ch := w.changer(c)
	all := ch.renameSteps()
	if c.To == "" {
		all = ch.deleteSteps()
	}
	if steps > len(all) {
		return false
	}
	c.Began = steps > 0
	if err := w.app.paths.record(c); err != nil {
		t.Fatal(err)
	}
	for _, step := range all[:steps] {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// finish is what the next command does that changes profiles.
func (w *world) finish(ctx context.Context) error {
	c, err := w.app.paths.unfinished()
	if err != nil || c == nil {
		return err
	}
	if !c.Began {
		return w.app.finishChange(ctx)
	}
	return w.changer(*c).run(ctx)
}

// TestRenameCutOff: after a crash behind any step nobody can use either name, and the change is finished.
func TestRenameCutOff(t *testing.T) {
	t.Parallel()
	change := profileChange{From: "work", To: "office", Follow: true}
	for steps := 0; ; steps++ {
		w := newWorld(t)
		if !w.cutOff(t, change, steps) {
			break
		}
		for _, name := range []string{"work", "office"} {
			_, err := newPaths(w.app.getenv, name, "")
			if e := hayon.AsError(err); e == nil || e.Code != hayon.CodeConflict || !strings.Contains(e.Hint, "hayon profile rename work office") {
				t.Errorf("after %d steps %s can be used: %v", steps, name, err)
			}
		}
		if _, err := newPaths(w.app.getenv, "other", ""); err != nil {
			t.Errorf("after %d steps: %v", steps, err)
		}
		if err := w.finish(t.Context()); err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		if steps == 0 { // nothing had begun
			if err := w.changer(change).run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.wantRenamed(t)
	}
}

// TestRenameWithoutKeyring changes nothing, and the profile is as good as before.
func TestRenameWithoutKeyring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.files(t)
	w.ring.locked = true
	err := w.changer(profileChange{From: "work", To: "office", Follow: true}).run(t.Context())
	if hayon.CodeOf(err) != hayon.CodeLocal || hayon.AsError(err).Hint == "" {
		t.Errorf("got %v", err)
	}
	w.ring.locked = false
	if got := w.files(t); !slices.Equal(got, before) {
		t.Errorf("the files are %q, want %q", got, before)
	}
	if _, err := newPaths(w.app.getenv, "work", ""); err != nil {
		t.Error(err)
	}
}

func (w *world) wantDeleted(t *testing.T) {
	t.Helper()
	if got := w.files(t); !slices.Equal(got, []string{"config.toml", "data/other/b"}) {
		t.Errorf("the files are %q", got)
	}
	if _, err := os.Stat(w.app.paths.dataOf("work")); err == nil {
		t.Error("the folder is there")
	}
	if got := configuredProfile(w.app.paths.configs); got != "" {
		t.Errorf("%q is in use", got)
	}
}

// TestDeleteCutOff: after a crash behind any step the profile cannot be used, and the change is finished.
func TestDeleteCutOff(t *testing.T) {
	t.Parallel()
	change := profileChange{From: "work", Follow: true}
	for steps := 0; ; steps++ {
		w := newWorld(t)
		if !w.cutOff(t, change, steps) {
			break
		}
		if _, err := newPaths(w.app.getenv, "work", ""); hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("after %d steps: %v", steps, err)
		}
		if err := w.finish(t.Context()); err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		if steps == 0 {
			if err := w.changer(change).run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.wantDeleted(t)
		if got := w.ring.users(); len(got) > 0 {
			t.Errorf("the keyring has %q", got)
		}
	}
}

// TestDeleteWithoutKeyring: what opens the credentials cannot be removed, so nothing is, unless it may
// stay behind.
func TestDeleteWithoutKeyring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.files(t)
	w.ring.locked = true
	err := w.changer(profileChange{From: "work", Follow: true}).run(t.Context())
	if hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(hayon.AsError(err).Hint, "hayon profile delete work --force") {
		t.Errorf("got %v", err)
	}
	if got := w.files(t); !slices.Equal(got, before) {
		t.Errorf("the files are %q, want %q", got, before)
	}
	var said strings.Builder
	w.app.io.err = &said
	if err := w.changer(profileChange{From: "work", Follow: true, Force: true}).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantDeleted(t)
	if !strings.Contains(said.String(), `the entry "work/`) {
		t.Errorf("it says %q", said.String())
	}
}

// TestDeleteWithoutEntry: a keyring that has forgotten the key keeps nobody from deleting.
func TestDeleteWithoutEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clear(w.ring.entries)
	if err := w.changer(profileChange{From: "work", Follow: true}).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantDeleted(t)
}

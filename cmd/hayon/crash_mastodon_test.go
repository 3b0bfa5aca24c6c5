//go:build unix

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// instances are what a Mastodon and its relatives make of a repeated call.
var instances = map[string]mastodontest.Config{
	"honours":     {},
	"ignores":     mastodontest.GoToSocial(),
	"answers 500": {Keys: mastodontest.KeysAnswer500},
	"pins":        mastodontest.Pleroma(),
}

// mastodonHome is a profile with an account on a strict instance.
type mastodonHome struct {
	*crashHome
	srv   *mastodontest.Server
	user  *mastodontest.User
	token string
}

func newMastodonHome(t *testing.T, cfg mastodontest.Config, rng *rand.Rand) *mastodonHome {
	t.Helper()
	dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(crashConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &mastodonHome{srv: mastodontest.New(t, cfg), crashHome: &crashHome{
		bin: failpointBinary(t), dir: dir, rng: rng,
		more: []string{"HAYON_VAULT_PASSPHRASE=correct horse", "NO_PROXY=127.0.0.1"},
	}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the daemons said:\n%s", h.said.String())
		}
	})
	h.user = h.srv.AddUser("ana")
	h.token = h.srv.Token(h.user)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.bin, "login", "mastodon", "--host", h.srv.URL, "--password-stdin", "--vault", "passphrase", "--server", "none")
	cmd.Env, cmd.Stdin = h.env(), strings.NewReader(h.token)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("login: %v\n%s", err, out)
	}
	return h
}

// cut sends a post while something goes wrong, and lets everything come to rest.
func (h *mastodonHome) cut(t *testing.T, mode, failpoint string, parts int) *crashPost {
	t.Helper()
	p := h.plan("mastodon", parts)
	arm := "HAYON_FAILPOINT=" + failpoint
	kill := strings.Contains(failpoint, "kill")
	if mode == "one-shot" {
		if p.told = h.run(t, []string{arm}, p.args("--server", "none")...); kill != p.told.signaled {
			t.Errorf("post ends with %d, killed %t: %s", p.told.exit, p.told.signaled, p.told.err)
		}
		h.tickUntilSettled(t)
		return p
	}
	d := h.begin(t, arm, "daemon", "run", "-vv")
	d.awaitSocket(t)
	p.told = h.run(t, nil, p.args("--no-wait")...)
	if kill {
		if !d.awaitDeath(settleLimit) {
			t.Fatal("nobody came by the point")
		}
		d.kill()
		d = h.start(t, "")
		d.awaitSocket(t)
	}
	h.awaitSettled(t)
	d.kill()
	return p
}

// verify: each part is public once, each answers the one before, and the store says so.
func (h *mastodonHome) verify(t *testing.T, p *crashPost) {
	t.Helper()
	var texts []string
	above := ""
	for _, st := range h.srv.Public(h.user) {
		texts = append(texts, st.Text)
		if st.InReplyTo != above {
			t.Errorf("%q answers %q, want %q", st.Text, st.InReplyTo, above)
		}
		above = st.ID
	}
	if !slices.Equal(texts, p.texts) {
		t.Errorf("public: %q, want each once of %q", texts, p.texts)
	}
	r := h.run(t, nil, "list", "--all", "--json", "--server", "none")
	var posts []struct {
		State hayon.PostState `json:"state"`
	}
	if err := json.Unmarshal([]byte(r.out), &posts); err != nil || len(posts) != 1 || posts[0].State != hayon.PostPublished {
		t.Errorf("%v; the store says:\n%s%s", err, r.out, r.err)
	}
}

// verifySecret: the token is in no file, and nobody has said it.
func (h *mastodonHome) verifySecret(t *testing.T, p *crashPost) {
	t.Helper()
	if strings.Contains(h.said.String()+p.told.out+p.told.err, h.token) {
		t.Error("the token was logged")
	}
	err := fs.WalkDir(os.DirFS(h.dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(h.dir, path))
		if bytes.Contains(b, []byte(h.token)) {
			t.Errorf("the token is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestMastodonCrashMatrix kills the real program before and after POST /api/v1/statuses and around the
// question what became of it, loses answers, and breaks threads, on instances that honour the key, ignore
// it, answer a repeat by an error or keep their answers. Each part is public once.
func TestMastodonCrashMatrix(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	t.Logf("seed %d", seed)
	var cases crashCases
	lost, broken := mastodontest.LoseAnswer(), mastodontest.Garble("text/html", "<html>")
	gateway := mastodontest.Fault{Applied: true, Answer: mastodontest.RefuseHTML(504).Answer}
	for _, tt := range []struct {
		name, point string
		fault       *mastodontest.Fault
		parts       int
	}{
		{"before the call", "before:publish=kill", nil, 1},
		{"after the call", "after:publish=kill", nil, 1},
		{"after the intent", "after:sending=kill", nil, 1},
		{"before the outcome", "before:outcome=kill", nil, 1},
		{"answer lost, before the look", "before:reconcile=kill", &lost, 1},
		{"answer lost, after the look", "after:reconcile=kill", &lost, 1},
		{"answer lost", "none=none", &lost, 1},
		{"answer that nobody can read", "none=none", &broken, 1},
		{"a gateway that gave up", "none=none", &gateway, 1},
		{"in a thread, before", "before:publish=kill#2", nil, 3},
		{"in a thread, after", "after:publish=kill#2", nil, 3},
	} {
		for _, name := range slices.Sorted(maps.Keys(instances)) {
			cfg := instances[name]
			for _, mode := range []string{"daemon", "one-shot"} {
				cases.add(tt.name+"/"+name+"/"+mode, func(t *testing.T, rng *rand.Rand) {
					t.Helper()
					h := newMastodonHome(t, cfg, rng)
					if tt.fault != nil {
						h.srv.Fail(mastodontest.Publishing, *tt.fault)
					}
					p := h.cut(t, mode, tt.point, tt.parts)
					h.verify(t, p)
					h.verifySecret(t, p)
				})
			}
		}
	}
	cases.run(t, seed)
}

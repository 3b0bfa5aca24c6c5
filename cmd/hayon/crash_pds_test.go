//go:build unix

package main_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestThreadResumedOnPDS cuts a thread of five parts after the third on a real server: by SIGKILL before
// and after the fourth call, by its lost answer, and by a refusal. It goes on with the fourth part, each
// part answers the one before, and none is there twice.
func TestThreadResumedOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	bin := failpointBinary(t)
	for _, cut := range []string{"before:publish=kill#4", "after:publish=kill#4", "after:publish=lose#4", "before:publish=limit#4"} {
		t.Run(strings.NewReplacer(":", "-", "=", "-", "#", "-").Replace(cut), func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of a socket is short
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(crashConfig), 0o600); err != nil {
				t.Fatal(err)
			}
			h := &crashHome{
				bin: bin, dir: dir, class: hayon.ClassA, rng: rand.New(rand.NewPCG(seedOf(t), 0)),
				more: []string{"HAYON_VAULT_PASSPHRASE=correct horse", "NO_PROXY=localhost"},
			}
			who := pds.NewAccount(t)
			h.login(t, pds, who)

			p := h.plan("bluesky", 5)
			d := h.start(t, "HAYON_FAILPOINT="+cut)
			d.awaitSocket(t)
			p.told = h.run(t, nil, p.args("--no-wait")...)
			if strings.Contains(cut, "kill") {
				if !d.awaitDeath(settleLimit) {
					t.Fatal("nobody came by the point")
				}
				if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 3 && n != 4 {
					t.Errorf("when it was cut %d parts were out, want 3 or 4", n)
				}
				d.kill()
				d = h.start(t, "")
				d.awaitSocket(t)
			}
			h.awaitSettled(t)
			d.kill()
			verifyThread(t, pds.ListRecords(t, who.DID, "app.bsky.feed.post"), p.texts)
		})
	}
}

// login connects a Bluesky account.
func (h *crashHome) login(t *testing.T, pds *servers.PDSInstance, who servers.Account) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.bin, "login", "bluesky", "--host", pds.URL(), "--handle", who.Handle,
		"--password-stdin", "--vault", "passphrase", "--server", "none")
	cmd.Env, cmd.Stdin = h.env(), strings.NewReader(who.AppPassword)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("login: %v\n%s", err, out)
	}
}

// verifyThread: each text is there once, and answers the one before.
func verifyThread(t *testing.T, records []servers.Record, texts []string) {
	t.Helper()
	if len(records) != len(texts) {
		t.Errorf("there are %d records, want %d", len(records), len(texts))
	}
	type post struct {
		Text  string `json:"text"`
		Reply *struct {
			Root   struct{ URI, CID string } `json:"root"`
			Parent struct{ URI, CID string } `json:"parent"`
		} `json:"reply"`
	}
	byText := make(map[string]servers.Record)
	for _, r := range records {
		var p post
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatal(err)
		}
		byText[p.Text] = r
	}
	for i, text := range texts {
		r, ok := byText[text]
		if !ok {
			t.Errorf("part %d is not there", i+1)
			continue
		}
		var p post
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatal(err)
		}
		switch {
		case i == 0 && p.Reply != nil:
			t.Error("the first part is an answer")
		case i > 0 && (p.Reply == nil || p.Reply.Parent.URI != byText[texts[i-1]].URI || p.Reply.Root.URI != byText[texts[0]].URI):
			t.Errorf("part %d answers %+v, want part %d below the first", i+1, p.Reply, i)
		}
	}
}

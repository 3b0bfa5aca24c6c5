//go:build unix

package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestSplitThreadKilledAtAnyMoment splits a text of thirty paragraphs for a real server and kills whoever
// works on it at moments of chance, before it is stored, while it is sent and in between. It ends as one
// whole thread in order, of the parts that the preview shows.
func TestSplitThreadKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	seed := seedOf(t)
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 30))
	dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(crashConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &crashHome{
		bin: failpointBinary(t), dir: dir, class: hayon.ClassA, rng: rng,
		more: []string{"HAYON_VAULT_PASSPHRASE=correct horse", "NO_PROXY=localhost"},
	}
	who := pds.NewAccount(t)
	h.login(t, pds, who)

	body := paragraphs(30, rng)
	args := func(command string, more ...string) []string {
		return append([]string{command, body, "--to", "bluesky", "--thread", "auto", "--server", "none"}, more...)
	}
	texts := h.previewed(t, args("preview", "--json"))
	if len(texts) < 10 {
		t.Fatalf("%d parts", len(texts))
	}
	post := args("post", "--idempotency-key", "thirty", "--no-wait")
	for range 6 {
		h.killed(t, time.Duration(rng.Int64N(int64(250*time.Millisecond))), post...)
	}
	if r := h.run(t, nil, post...); r.exit != 0 {
		t.Fatalf("post ended with %d: %s", r.exit, r.err)
	}
	for range 8 {
		h.killed(t, time.Duration(rng.Int64N(int64(time.Second))), "tick", "--server", "none")
	}
	h.tickUntilSettled(t)
	verifyThread(t, pds.ListRecords(t, who.DID, "app.bsky.feed.post"), texts)
}

// killed runs a command and kills it after a while, unless it has ended.
func (h *crashHome) killed(t *testing.T, after time.Duration, args ...string) {
	t.Helper()
	p := h.begin(t, "", args...)
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-timer.C:
		p.kill()
	case <-p.ended:
	}
}

// previewed are the texts of the parts that a preview shows.
func (h *crashHome) previewed(t *testing.T, args []string) []string {
	t.Helper()
	var out []string
	var seen struct {
		Targets []struct {
			Parts []struct{ Text string }
		}
	}
	r := h.run(t, nil, args...)
	if err := json.Unmarshal([]byte(r.out), &seen); err != nil || r.exit != 0 || len(seen.Targets) != 1 {
		t.Fatalf("the preview ended with %d: %s%s", r.exit, r.out, r.err)
	}
	for _, p := range seen.Targets[0].Parts {
		out = append(out, p.Text)
	}
	return out
}

// paragraphs is a text of so many of them, each a few sentences.
func paragraphs(n int, rng *rand.Rand) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Paragraph %d begins here.", i+1)
		for range 1 + rng.IntN(4) {
			fmt.Fprintf(&b, " It goes on, with the number %d, and says little else.", rng.Uint32())
		}
		b.WriteString("\n\n")
	}
	return strings.TrimSpace(b.String())
}

//go:build unix

package main_test

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// TestUploadKilled kills the daemon while a picture is uploaded slowly, and while the platform processes
// it. The post comes out once; and what the journal knows of is not uploaded again.
func TestUploadKilled(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	t.Logf("seed %d", seed)
	bin := failpointBinary(t)
	var cases crashCases
	for _, c := range []struct {
		point   string
		uploads int
	}{
		{"before:progress", 1}, // in the middle of it, before the platform has all
		{"after:progress", 1},
		{"after:prepare", 2}, // the platform has all, and nobody knows
		{"before:prepared", 2},
		{"after:prepared", 1}, // it processes what is known
		{"after:prepared#2", 1},
	} {
		cases.add(strings.ReplaceAll(c.point, ":", "-"), func(t *testing.T, rng *rand.Rand) {
			t.Helper()
			h := newCrashHome(t, bin, hayon.ClassC, rng)
			arm, nth, _ := strings.Cut(c.point, "#")
			if arm += "=kill@demo/slow"; nth != "" {
				arm += "#" + nth
			}
			h.killUpload(t, arm)
			h.verify(t)
			if got := h.containers(t, "slow"); got != c.uploads {
				t.Errorf("%d containers were made, want %d", got, c.uploads)
			}
		})
	}
	cases.run(t, seed)
}

// killUpload posts a picture by a daemon that dies at a point, and lets another one go on.
func (h *crashHome) killUpload(t *testing.T, arm string) {
	t.Helper()
	if r := h.run(t, nil, "login", "demo", "--alias", "slow", "--set", "class=C,rate=130,processing=3s", "--server", "none"); r.exit != 0 {
		t.Fatalf("login ends with %d: %s", r.exit, r.err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 100, 100))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(h.dir, "a.png")
	if err := os.WriteFile(file, picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := h.plan("demo/slow", 1)
	d := h.start(t, "HAYON_FAILPOINT="+arm)
	d.awaitSocket(t)
	if p.told = h.run(t, nil, p.args("--no-wait", "-m", file, "--alt", "a square")...); p.told.exit != 0 {
		t.Fatalf("post ends with %d: %s", p.told.exit, p.told.err)
	}
	if !d.awaitDeath(20 * time.Second) {
		t.Errorf("nobody came by %s", arm)
	}
	d.kill()
	next := h.start(t, "")
	next.awaitSocket(t)
	h.awaitSettled(t)
	next.kill()
}

// containers is how many uploads the platform took from an account.
func (h *crashHome) containers(t *testing.T, alias string) int {
	t.Helper()
	state, err := os.ReadFile(filepath.Join(h.dir, "data", "default", "demo", alias+".state"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(state, []byte(`{"kind":"handle"`))
}

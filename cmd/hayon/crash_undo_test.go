//go:build unix

package main_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// TestUndoOfAKilledCancel kills whoever cancels a post, before and after the commit of that. Where the post is
// cancelled, an undo brings it back as it was: it goes out once, on time, or is missed where its time passed
// meanwhile. Where it is not, nothing has changed.
func TestUndoOfAKilledCancel(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	t.Logf("seed %d", seed)
	bin := failpointBinary(t)
	var cases crashCases
	for _, daemon := range []bool{false, true} {
		mode := "alone"
		if daemon {
			mode = "daemon"
		}
		for _, point := range []string{"before:revised", "after:revised"} {
			for _, in := range []time.Duration{time.Hour, 8 * time.Second, 700 * time.Millisecond} {
				cases.add(mode+" "+strings.ReplaceAll(point, ":", "-")+" "+in.String(), func(t *testing.T, rng *rand.Rand) {
					t.Helper()
					h := newCrashHome(t, bin, hayon.ClassA, rng)
					h.killCancel(t, daemon, point, in)
				})
			}
		}
	}
	cases.run(t, seed)
}

// shownCrash is what show tells of a post of one target.
type shownCrash struct {
	ID      string          `json:"id"`
	State   hayon.PostState `json:"state"`
	At      time.Time       `json:"at"`
	Targets []struct {
		State   hayon.State `json:"state"`
		At      time.Time   `json:"at"`
		Removed string      `json:"removed_at"`
		Late    int         `json:"late_seconds"`
		Parts   []struct {
			Text string `json:"text"`
		} `json:"parts"`
	} `json:"targets"`
}

func (h *crashHome) shown(t *testing.T, id string) shownCrash {
	t.Helper()
	r := h.run(t, nil, "show", id, "--json")
	var p shownCrash
	if err := json.Unmarshal([]byte(r.out), &p); err != nil || r.exit != 0 {
		t.Fatalf("show ends with %d: %v %s", r.exit, err, r.err)
	}
	return p
}

func (h *crashHome) killCancel(t *testing.T, daemon bool, point string, in time.Duration) {
	t.Helper()
	p := h.plan("demo/none", 1)
	due := time.Now().Add(in)
	p.told = h.run(t, nil, p.args("--at", due.Format(time.RFC3339Nano), "-q")...)
	if p.told.exit != 0 {
		t.Fatalf("post ends with %d: %s", p.told.exit, p.told.err)
	}
	id := strings.TrimSpace(p.told.out)
	before := h.shown(t, id)
	arm, env := "HAYON_FAILPOINT="+point+"=kill", []string(nil)
	var d *process
	if daemon {
		d = h.start(t, arm)
		d.awaitSocket(t)
	} else {
		env = []string{arm}
	}
	r := h.run(t, env, "cancel", id)
	if !daemon && !r.signaled {
		t.Fatalf("nobody came by %s: %d %s", point, r.exit, r.err)
	}
	if d != nil {
		if !d.awaitDeath(5*time.Second) && in == time.Hour {
			t.Errorf("the daemon lives: nobody came by %s", point)
		}
		d.kill()
	}
	after := h.shown(t, id)
	switch {
	case after.State == hayon.PostCancelled:
	case point == "after:revised" && after.State != hayon.PostPublished:
		t.Fatalf("it is %s after the commit of the cancel", after.State)
	case after.State == hayon.PostScheduled || after.State == hayon.PostPublished && in < time.Hour: // a slow machine: the daemon was faster
		h.wantOut(t, before, hayon.StateScheduled, in)
		return
	default:
		t.Fatalf("it is %s after a cancel that was killed", after.State)
	}
	if wait := time.Until(due); in < time.Second && wait > 0 { // its time passes while it is cancelled
		select {
		case <-time.After(wait + 100*time.Millisecond):
		case <-t.Context().Done():
		}
	}
	began := time.Now()
	if u := h.run(t, nil, "undo", id, "--yes"); u.exit != 0 {
		t.Fatalf("undo ends with %d: %s", u.exit, u.err)
	}
	want := hayon.StateScheduled
	if got := h.shown(t, id).Targets[0].State; began.After(due) || got == hayon.StateMissed && time.Now().After(due) {
		want = hayon.StateMissed
	}
	h.wantOut(t, before, want, in)
}

// wantOut checks that a post is what it was, waits for its time where that comes soon, and that it went out
// once, unless it was missed.
func (h *crashHome) wantOut(t *testing.T, before shownCrash, want hayon.State, in time.Duration) {
	t.Helper()
	got, was := h.shown(t, before.ID).Targets[0], before.Targets[0]
	if got.State != want && (want == hayon.StateMissed || got.State != hayon.StatePublished) || !got.At.Equal(was.At) || got.Parts[0].Text != was.Parts[0].Text {
		t.Fatalf("%s for %s, %q; want %s for %s, %q", got.State, got.At, got.Parts[0].Text, want, was.At, was.Parts[0].Text)
	}
	if in == time.Hour {
		return
	}
	d := h.start(t, "")
	d.awaitSocket(t)
	h.awaitSettled(t)
	d.kill()
	out := h.shown(t, before.ID).Targets[0]
	if want == hayon.StateMissed {
		if out.State != hayon.StateMissed {
			t.Errorf("what was missed is %s, and nobody said so", out.State)
		}
		return
	}
	if out.State != hayon.StatePublished {
		t.Errorf("it is %s, want it out", out.State)
	}
	h.verify(t)
}

//go:build unix

package main_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// crashPoints are the points at which a daemon is killed, one for each row of the table of crash points
// and for each side of each call and commit. The names are those of failpoint.go.
var crashPoints = []string{
	"before:created", "after:created", // around the transaction that accepts the post
	"before:hint", "after:hint", "before:relayed", "after:relayed", // the outbox: published, then deleted
	"delivered", "before:claimed", "after:claimed", // from the hint to the lease
	"before:prepare", "after:prepare", // what may be repeated
	"before:sending", "after:sending", // the intent
	"before:publish", "after:publish", // the irreversible call, and its answer
	"before:outcome", "after:outcome", "before:ack", // the outcome
	"before:reconcile", "after:reconcile", // the question what became of it
	"before:cursor", "after:cursor", // the notification
}

// oneShotPoints are those that a command without a daemon passes too.
var oneShotPoints = []string{
	"before:created", "after:created", "before:prepare", "after:prepare", "before:sending", "after:sending",
	"before:publish", "after:publish", "before:outcome", "after:outcome", "before:reconcile", "after:reconcile",
}

// crashFaults are what the platform does beside: nothing, or the account's every call is answered so.
var crashFaults = []string{"none", "answer-lost", "500", "slow", "reset"}

var crashClasses = []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF}

// TestCrashMatrix kills the real program with SIGKILL at every crash point, for every class of platform
// and every fault. Then: nothing that was accepted is lost, nothing is public twice, and what the
// platform did take in the end is out once.
func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	t.Logf("seed %d; again: go test -run TestCrashMatrix ./cmd/hayon -chaos.seed=%d", seed, seed)
	bin := failpointBinary(t)
	var cases crashCases
	for _, mode := range []string{"daemon", "one-shot"} {
		points := crashPoints
		if mode == "one-shot" {
			points = oneShotPoints
		}
		for _, point := range points {
			for _, class := range crashClasses {
				cases.add(mode+"/"+strings.ReplaceAll(point, ":", "-")+"/"+string(class), func(t *testing.T, rng *rand.Rand) {
					t.Helper()
					h := newCrashHome(t, bin, class, rng)
					for nth, fault := range crashFaults {
						h.crash(t, mode, point, fault, nth%2+1)
					}
					h.settle(t, mode)
					h.verify(t)
				})
			}
		}
	}
	cases.run(t, seed)
}

// crash accepts a post for the account of a fault, and kills whoever is at the point. A cursor moves
// for other reasons too: there it is the nth time.
func (h *crashHome) crash(t *testing.T, mode, point, fault string, nth int) {
	t.Helper()
	p := h.plan("demo/"+fault, 1)
	arm := point + "=kill@" + p.account
	if strings.HasSuffix(point, "cursor") {
		arm += fmt.Sprintf("#%d", nth)
	}
	reached := false
	if mode == "one-shot" {
		p.told = h.run(t, []string{"HAYON_FAILPOINT=" + arm}, p.args("--server", "none")...)
		reached = p.told.signaled
	} else {
		d := h.start(t, "HAYON_FAILPOINT="+arm)
		d.awaitSocket(t)
		p.told = h.run(t, nil, p.args("--no-wait")...)
		reached = d.awaitDeath(pointLimit(h.class, point, fault))
		d.kill()
	}
	if !reached && passes(h.class, point, fault) {
		t.Errorf("%s, class %s: nobody came by %s", p.account, h.class, point)
	}
	if p.told.exit != 0 && !p.told.signaled && mode == "one-shot" && !slices.Contains([]int{8, 9, 12}, p.told.exit) {
		t.Errorf("%s: post ends with %d: %s", p.account, p.told.exit, p.told.err)
	}
}

// passes reports whether every attempt comes by the point. The platform is asked only after a fault, and
// never where it cannot tell; how often a cursor moves is not promised.
func passes(class hayon.Class, point, fault string) bool {
	if strings.HasSuffix(point, "cursor") {
		return false
	}
	if strings.HasSuffix(point, "reconcile") {
		return fault != "none" && fault != "slow" && class != hayon.ClassE
	}
	return true
}

// pointLimit is how long a daemon may need to reach a point.
func pointLimit(class hayon.Class, point, fault string) time.Duration {
	if !passes(class, point, fault) {
		return 200 * time.Millisecond
	}
	return 10 * time.Second
}

// TestThreadResumed cuts a thread of five parts after the third, by SIGKILL on either side of the
// commits and calls of the fourth. It goes on with the fourth, in order, and nothing is there twice.
func TestThreadResumed(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	t.Logf("seed %d", seed)
	bin := failpointBinary(t)
	var cases crashCases
	for _, point := range []string{"after:prepare", "after:sending", "before:publish", "after:publish", "before:outcome", "after:outcome"} {
		for _, class := range crashClasses {
			cases.add(strings.ReplaceAll(point, ":", "-")+"/"+string(class), func(t *testing.T, rng *rand.Rand) {
				t.Helper()
				h := newCrashHome(t, bin, class, rng)
				for nth := 1; nth <= 5; nth++ {
					p := h.plan("demo/none", 5)
					d := h.start(t, fmt.Sprintf("HAYON_FAILPOINT=%s=kill#%d", point, nth))
					d.awaitSocket(t)
					p.told = h.run(t, nil, p.args("--no-wait")...)
					if !d.awaitDeath(pointLimit(class, point, "none")) {
						t.Errorf("class %s: nobody came by %s %d times", class, point, nth)
					}
					d.kill()
				}
				h.settle(t, "daemon")
				h.verify(t)
			})
		}
	}
	cases.run(t, seed)
}

// TestStaleWorker stops whoever works, with SIGSTOP, between any two steps until its lease is over and
// somebody else has done the work; then it goes on. Its fence refuses it, and the post is out at most
// once.
func TestStaleWorker(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	t.Logf("seed %d", seed)
	bin := failpointBinary(t)
	var cases crashCases
	for _, point := range []string{
		"after:created", "before:prepare", "after:prepare", "after:sending", "before:publish", "after:publish", "after:outcome",
	} {
		for _, class := range crashClasses {
			cases.add(strings.ReplaceAll(point, ":", "-")+"/"+string(class), func(t *testing.T, rng *rand.Rand) {
				t.Helper()
				h := newCrashHome(t, bin, class, rng)
				h.stale(t, point)
				h.verify(t)
			})
		}
	}
	cases.run(t, seed)
}

// stale stops a one-shot command beside which tick takes over, and a daemon that comes back to its own
// work.
func (h *crashHome) stale(t *testing.T, point string) {
	t.Helper()
	alone := h.plan("demo/none", 1)
	cmd := h.begin(t, "HAYON_FAILPOINT="+point+"=stop@"+alone.account, alone.args("--server", "none")...)
	cmd.awaitStop(t)
	h.passLease(t)
	h.tickUntilSettled(t)
	cmd.goOn(t)
	alone.told = cmd.end(t)

	own := h.plan("demo/slow", 1)
	d := h.start(t, "HAYON_FAILPOINT="+point+"=stop@"+own.account)
	d.awaitSocket(t)
	own.told = h.run(t, nil, own.args("--no-wait", "--timeout", "1s")...)
	d.awaitStop(t)
	h.passLease(t)
	d.goOn(t)
	h.awaitSettled(t)
	d.kill()
	h.settle(t, "daemon")
}

package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// Harness is what a store brings to the suite.
type Harness struct {
	// Open makes an empty store. The suite closes it.
	Open func(t *testing.T) hayon.Store
	// Reopen closes the store and opens the same data again.
	Reopen func(t *testing.T, s hayon.Store) hayon.Store
	// OpenCopy makes a store of what Snapshot wrote. The suite closes it. It is needed where Maintainer
	// is set.
	OpenCopy func(t *testing.T, snapshot []byte) hayon.Store
	// Features are the abilities that not every store has.
	Features Features
}

// Features are abilities that a store may lack.
type Features struct {
	// Changes: the store implements [hayon.Changes].
	Changes bool
	// Maintainer: the store implements [hayon.Maintainer].
	Maintainer bool
}

// Test runs the whole suite.
func Test(t *testing.T, h Harness) {
	t.Helper()
	topics := []struct {
		name  string
		cases []testCase
	}{
		{"tx", txCases()},
		{"post", postCases()},
		{"find", findCases()},
		{"change", changeCases()},
		{"deleted", deletedCases()},
		{"target", targetCases()},
		{"due", dueCases()},
		{"claim", claimCases()},
		{"lane", laneCases()},
		{"pace", paceCases()},
		{"late", lateCases()},
		{"lease", leaseCases()},
		{"journal", journalCases()},
		{"prune", pruneCases()},
		{"account", accountCases()},
		{"group", groupCases()},
		{"people", peopleCases()},
		{"template", templateCases()},
		{"fit", fitCases()},
		{"guard", guardCases()},
		{"cursor", cursorCases()},
		{"zone", zoneCases()},
		{"webhook", webhookCases()},
		{"letter", letterCases()},
		{"letter_file", fileCases()},
		{"race", raceCases()},
		{"maintain", maintainCases()},
	}
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range topic.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(newWorld(t, h))
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(w *world)
}

// start is the time at which every case begins.
var start = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

const (
	grace = time.Hour
	lease = 90 * time.Second
)

// world is a case's store with what is put into it.
type world struct {
	*testing.T
	h    Harness
	s    hayon.Store
	user hayon.UserID
	made int // posts made, a millisecond apart
}

func newWorld(t *testing.T, h Harness) *world {
	t.Helper()
	w := &world{T: t, h: h, s: h.Open(t), user: hayon.LocalUser().ID}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := w.s.Check(ctx); err != nil {
			t.Errorf("Check: %v (%v)", err, hayon.AsError(err).Details)
		}
		if err := w.s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return w
}

// update runs fn in a transaction that must succeed.
func (w *world) update(fn func(ctx context.Context, tx hayon.Tx) error) {
	w.Helper()
	if err := w.s.Update(w.Context(), fn); err != nil {
		w.Fatalf("Update: %v", err)
	}
}

func (w *world) view(fn func(ctx context.Context, tx hayon.Tx) error) {
	w.Helper()
	if err := w.s.View(w.Context(), fn); err != nil {
		w.Fatalf("View: %v", err)
	}
}

// refused runs fn in a transaction that must end with the code.
func (w *world) refused(code hayon.Code, fn func(ctx context.Context, tx hayon.Tx) error) {
	w.Helper()
	err := w.s.Update(w.Context(), fn)
	if got := hayon.CodeOf(err); got != code {
		w.Errorf("Update answers %q (%v), want %q", got, err, code)
	}
}

// account makes a connected account.
func (w *world) account(name string) hayon.AccountID {
	w.Helper()
	return w.accountAt(name, "", "")
}

// accountAt makes a connected account of a host and an application.
func (w *world) accountAt(name, host, app string) hayon.AccountID {
	w.Helper()
	a := &hayon.Account{
		ID: hayon.NewAccountID(start), Owner: w.user, Platform: "demo", Name: name, Host: host, App: app,
		Status: hayon.AccountConnected, CreatedAt: start,
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreateAccount(ctx, a) })
	return a.ID
}

// setTarget changes a target before it is stored.
type setTarget func(*hayon.Target)

func inState(s hayon.State) setTarget { return func(t *hayon.Target) { t.State = s } }

func dueAt(at time.Time) setTarget { return func(t *hayon.Target) { t.Due = at } }

// dueIn is relative to start.
func dueIn(d time.Duration) setTarget { return dueAt(start.Add(d)) }

// leased makes the target one that o works on until an instant.
func leased(o hayon.Owner, until time.Time) setTarget {
	return func(t *hayon.Target) {
		t.State, t.Step, t.Fence = hayon.StatePublishing, hayon.StepClaimed, 1
		t.Lease = &hayon.Lease{Until: until, Owner: o}
	}
}

func owner(pid int) hayon.Owner {
	return hayon.Owner{Host: "host", BootID: "boot", PID: pid, Start: int64(pid), Command: "daemon"}
}

// newPost makes a post with a target for each account, not stored.
func (w *world) newPost(accounts []hayon.AccountID, set ...setTarget) *hayon.Post {
	w.made++
	at := start.Add(-time.Hour).Add(time.Duration(w.made) * time.Millisecond)
	p := &hayon.Post{
		ID: hayon.NewPostID(at), Owner: w.user, Source: hayon.SourceCLI, Text: fmt.Sprintf("post %d", w.made),
		CreatedAt: at, UpdatedAt: at,
	}
	for _, a := range accounts {
		t := &hayon.Target{
			ID: hayon.NewTargetID(at), Post: p.ID, Owner: p.Owner, Account: a, Platform: "demo", CreatedAt: at,
			State: hayon.StateQueued, StateSince: at, Generation: 1, Due: start,
			Grace: grace, IfLate: hayon.LateAsk, Parts: []hayon.Part{{Text: p.Text}},
		}
		for _, s := range set {
			s(t)
		}
		p.Targets = append(p.Targets, t)
	}
	return p
}

// post stores a post with a target for each account.
func (w *world) post(accounts []hayon.AccountID, set ...setTarget) *hayon.Post {
	w.Helper()
	p := w.newPost(accounts, set...)
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
	return p
}

// one stores a post with one target and answers that.
func (w *world) one(account hayon.AccountID, set ...setTarget) *hayon.Target {
	w.Helper()
	return w.post([]hayon.AccountID{account}, set...).Targets[0]
}

// target reads a target as it is stored.
func (w *world) target(id hayon.TargetID) *hayon.Target {
	w.Helper()
	var out *hayon.Target
	w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
		out, err = tx.FindTargetByID(ctx, id)
		return err
	})
	return out
}

// change stores a target after set.
func (w *world) change(id hayon.TargetID, set func(*hayon.Target)) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, id)
		if err != nil {
			return err
		}
		set(t)
		return tx.UpdateTarget(ctx, t)
	})
}

// paths lead from a new target to every state, the first state being one of a new target.
func paths() map[hayon.State][]hayon.State {
	out := map[hayon.State][]hayon.State{}
	for _, s := range hayon.States() {
		if hayon.State("").CanBecome(s) {
			out[s] = []hayon.State{s}
		}
	}
	for grown := true; grown; {
		grown = false
		for _, from := range hayon.States() {
			for _, to := range hayon.States() {
				if out[from] != nil && out[to] == nil && from.CanBecome(to) {
					out[to] = append(append([]hayon.State{}, out[from]...), to)
					grown = true
				}
			}
		}
	}
	return out
}

// bring stores a target for the account and takes it to a state by allowed steps.
func (w *world) bring(account hayon.AccountID, s hayon.State, set ...setTarget) *hayon.Target {
	w.Helper()
	path := paths()[s]
	t := w.one(account, append([]setTarget{inState(path[0])}, set...)...)
	for _, next := range path[1:] {
		w.change(t.ID, func(t *hayon.Target) { t.Enter(next, start) })
	}
	return w.target(t.ID)
}

func ids(ts []*hayon.Target) []hayon.TargetID {
	out := make([]hayon.TargetID, len(ts))
	for i, t := range ts {
		out[i] = t.ID
	}
	return out
}

func postIDs(ps []*hayon.Post) []hayon.PostID {
	out := make([]hayon.PostID, len(ps))
	for i, p := range ps {
		out[i] = p.ID
	}
	return out
}

package storetest

import (
	"context"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func paceCases() []testCase {
	return []testCase{
		{"while everything is held back nothing is claimed or changed", paceAll},
		{"an account, its host and its application hold it back", paceKeys},
		{"the longest pace counts", paceLongest},
		{"what is held back waits for the end of the pace", pacePush},
		{"a retry that is held back tells when it follows", paceRetry},
		{"an orphan that is held back stays as it is", paceOrphan},
		{"a look-up that is held back keeps its lane", paceLookUp},
		{"what waits for its lane is not pushed back", paceLane},
		{"after the pace the account's targets go in due order", paceOrder},
		{"what was held back keeps its turn when the pace ends early", paceEarly},
		{"an open breaker lets one through at a time", breaker},
		{"one claim of many targets has one probe", breakerBatch},
		{"what cannot be claimed is no probe", breakerRefused},
		{"failures alone hold nothing back", paceFailures},
	}
}

func (w *world) pace(p *hayon.Pace) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutPace(ctx, p) })
}

// until holds a key back until an instant.
func until(key string, at time.Time) *hayon.Pace {
	return &hayon.Pace{Key: key, NotBefore: at, Reason: "why"}
}

// paceOf reads a pace, nil when there is none.
func (w *world) paceOf(key string) *hayon.Pace {
	w.Helper()
	var p *hayon.Pace
	w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
		if p, err = tx.FindPace(ctx, key); hayon.CodeOf(err) == hayon.CodeNotFound {
			return nil
		}
		return err
	})
	return p
}

// modes are the ways of asking for the same target.
func modes(at time.Time, t *hayon.Target) map[string]hayon.ClaimRequest {
	inOrder := request(at, t)
	inOrder.InOrder = true
	return map[string]hayon.ClaimRequest{"named": request(at, t), "in order": inOrder, "any": request(at)}
}

// unchanged checks that a target is stored as it was.
func (w *world) unchanged(name string, t *hayon.Target) {
	w.Helper()
	if diff := cmp.Diff(t, w.target(t.ID)); diff != "" {
		w.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func paceAll(w *world) {
	end := start.Add(time.Minute)
	targets := []*hayon.Target{
		w.one(w.account("demo/a"), dueIn(-time.Second)),
		w.bring(w.account("demo/b"), hayon.StateRetryWait),
		w.one(w.account("demo/c"), leased(owner(1), start)),
		w.bring(w.account("demo/d"), hayon.StateUncertain),
	}
	w.change(targets[3].ID, func(t *hayon.Target) { t.NotBefore = start })
	targets[3] = w.target(targets[3].ID)
	w.pace(until(hayon.PaceAll, end))
	w.pace(until(hayon.PaceKey(targets[0].Account), start.Add(30*time.Second)))
	for _, t := range targets {
		for mode, r := range modes(end.Add(-1), t) {
			w.claims(string(t.State)+" "+mode, r)
		}
		w.unchanged(string(t.State), t)
	}
	if got := w.claim(request(end)); len(got) != len(targets) {
		w.Errorf("claimed %d targets afterwards, want %d", len(got), len(targets))
	}
}

func paceKeys(w *world) {
	const host, app = "https://one.example", "app-1"
	for name, key := range map[string]func(*hayon.Account) string{
		"account": func(a *hayon.Account) string { return hayon.PaceKey(a.ID) },
		"host":    hayon.HostPaceKey, "application": hayon.AppPaceKey,
	} {
		w.user = hayon.NewUserID(start)
		held := w.one(w.accountAt("demo", host+name, app+name))
		others := []*hayon.Target{
			w.one(w.accountAt("demo/host", "https://two.example", app)),
			w.one(w.accountAt("demo/app", "https://three.example", "app-2")),
			w.one(w.accountAt("demo/none", "", "")),
		}
		end := start.Add(time.Minute)
		acc := &hayon.Account{ID: held.Account, Platform: "demo", Host: host + name, App: app + name}
		w.pace(until(key(acc), end))
		w.claims(name+": held back", request(end.Add(-1), append(others, held)...), others...)
		w.claims(name+": free", request(end, held), held)
	}
	platform := w.one(w.account("demo/platform")) // no host of its own: the platform's
	w.pace(until("host:demo", start.Add(time.Minute)))
	w.claims("platform", request(start, platform))
}

func paceLongest(w *world) {
	a := w.accountAt("demo", "https://one.example", "app")
	t := w.one(a)
	w.pace(until(hayon.PaceKey(a), start.Add(2*time.Minute)))
	w.pace(until("host:https://one.example", start.Add(3*time.Minute)))
	w.pace(until("application:demo:app", start.Add(time.Minute)))
	w.claims("held back", request(start, t))
	if got := w.target(t.ID).NotBefore; !got.Equal(start.Add(3 * time.Minute)) {
		w.Errorf("not before %s, want the end of the longest", got)
	}
}

func pacePush(w *world) {
	end := start.Add(20 * time.Minute)
	for _, mode := range []string{"named", "in order", "any"} {
		w.user = hayon.NewUserID(start)
		t := w.one(w.account("demo"), dueIn(-time.Minute))
		w.pace(until(hayon.PaceKey(t.Account), end))
		w.claims(mode, modes(start, t)[mode])
		want := *t
		want.NotBefore = end
		w.unchanged(mode+": held back", &want)
		w.claims(mode+" again", modes(end.Add(-1), t)[mode])
		w.claims(mode+" at the end", modes(end, t)[mode], t)
	}
	journal, outbox := w.rows()
	if len(journal) != 3 || len(outbox) != 0 {
		w.Errorf("%d journal rows and %d hints, want those of the claims", len(journal), len(outbox))
	}
}

func paceRetry(w *world) {
	t := w.bring(w.account("demo"), hayon.StateRetryWait)
	w.change(t.ID, func(t *hayon.Target) {
		t.NotBefore = start.Add(5 * time.Second)
		t.Error = &hayon.TargetError{Code: hayon.CodeUnavailable, Message: "no", RetryAt: t.NotBefore}
	})
	behind := w.one(t.Account, dueIn(time.Second))
	end := start.Add(10 * time.Minute)
	w.pace(until(hayon.PaceKey(t.Account), end))
	w.claims("held back", request(start.Add(5*time.Second), t))
	got := w.target(t.ID)
	if got.State != hayon.StateRetryWait || !got.NotBefore.Equal(end) || got.Error == nil || !got.Error.RetryAt.Equal(end) || !got.StateSince.Equal(start) {
		w.Errorf("held back: %+v (%+v)", got, got.Error)
	}
	// So long a wait leaves the lane to others, and then it was due first.
	w.claims("at the end", request(end), t)
	w.claims("the one behind it", request(end, behind))
}

func paceOrphan(w *world) {
	t := w.one(w.account("demo"), leased(owner(1), start))
	behind := w.one(t.Account)
	end := start.Add(time.Minute)
	w.pace(until(hayon.PaceKey(t.Account), end))
	for mode, r := range modes(end.Add(-1), t) {
		w.claims(mode, r)
		w.unchanged(mode, t)
	}
	w.claims("behind it", request(end, behind))
	w.claims("at the end", request(end, t), t)
}

func paceLookUp(w *world) {
	t := w.bring(w.account("demo"), hayon.StateUncertain)
	w.change(t.ID, func(t *hayon.Target) { t.NotBefore = start.Add(time.Second) })
	behind := w.one(t.Account)
	end := start.Add(time.Hour)
	w.pace(until(hayon.PaceKey(t.Account), end))
	w.claims("held back", request(start.Add(time.Second), t))
	want := w.target(t.ID)
	want.NotBefore = end
	w.unchanged("held back", want)
	w.pace(until(hayon.PaceKey(t.Account), start))
	w.claims("behind it", request(end.Add(-1), behind))
	if got := w.claim(request(end, t)); len(got) != 1 || got[0].State != hayon.StateUncertain {
		w.Errorf("claimed at the end %+v", got)
	}
}

func paceLane(w *world) {
	a := w.account("demo")
	w.one(a, leased(owner(1), start.Add(time.Hour)))
	t := w.one(a)
	w.pace(until(hayon.PaceKey(a), start.Add(time.Minute)))
	for mode, r := range modes(start, t) {
		w.claims(mode, r)
		w.unchanged(mode, t)
	}
}

func paceOrder(w *world) {
	for _, mode := range []string{"in order", "any"} {
		w.user = hayon.NewUserID(start)
		a := w.account("demo")
		third, first, second := w.one(a, dueIn(-time.Second)), w.one(a, dueIn(-3*time.Second)), w.one(a, dueIn(-2*time.Second))
		end := start.Add(time.Minute)
		w.pace(until(hayon.PaceKey(a), end))
		w.claims("the first is pushed back", request(start, first))
		w.claims("and the last", request(start, third))
		for _, want := range []*hayon.Target{first, second, third} {
			w.claims(mode, modes(end, third)[mode], want)
			w.change(want.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, end) })
		}
	}
}

func paceEarly(w *world) {
	for _, mode := range []string{"in order", "any"} {
		w.user = hayon.NewUserID(start)
		first := w.one(w.account("demo"), dueIn(-3*time.Second))
		key, end := hayon.PaceKey(first.Account), start.Add(time.Minute)
		w.pace(until(key, end))
		w.claims(mode+" held back", modes(start, first)[mode])
		w.pace(until(key, start)) // a breaker has closed
		later := w.one(first.Account, dueIn(-time.Second))
		w.claims(mode+" while the first still waits", modes(end.Add(-1), later)[mode])
		w.claims(mode, modes(end, later)[mode], first)
		w.change(first.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, end) })
		w.claims(mode+" the later one", modes(end, later)[mode], later)
	}
}

const probeEvery = 15 * time.Second

// probing is a claim as an open breaker meets it.
func probing(at time.Time, targets ...*hayon.Target) hayon.ClaimRequest {
	r := request(at, targets...)
	r.ProbeEvery = probeEvery
	return r
}

func openBreaker(key string, at time.Time) *hayon.Pace {
	return &hayon.Pace{Key: key, NotBefore: at, Reason: "out of reach", Failures: 5, Since: start.Add(-time.Minute), Open: true}
}

func breaker(w *world) {
	const host = "https://one.example"
	key := hayon.HostPaceKey(&hayon.Account{Host: host})
	a, b := w.one(w.accountAt("demo/a", host, "")), w.one(w.accountAt("demo/b", host, ""))
	other := w.one(w.accountAt("demo/other", "https://two.example", ""))
	open := start.Add(time.Minute)
	p := openBreaker(key, open)
	w.pace(p)
	w.claims("open", probing(open.Add(-1), a, b, other), other)
	w.claims("the probe", probing(open, a), a)
	want := *p
	want.NotBefore = open.Add(probeEvery)
	if diff := cmp.Diff(&want, w.paceOf(key)); diff != "" {
		w.Errorf("pace after the probe (-want +got):\n%s", diff)
	}
	w.claims("behind the probe", probing(open, b))
	if got := w.target(b.ID).NotBefore; !got.Equal(want.NotBefore) {
		w.Errorf("behind the probe: not before %s, want the next probe at %s", got, want.NotBefore)
	}
	w.claims("before the next probe", probing(want.NotBefore.Add(-1)))
	w.claims("the next probe", probing(want.NotBefore), b)
}

func breakerBatch(w *world) {
	const host = "https://one.example"
	key := hayon.HostPaceKey(&hayon.Account{Host: host})
	var targets []*hayon.Target
	for _, name := range []string{"demo/a", "demo/b", "demo/c"} {
		targets = append(targets, w.one(w.accountAt(name, host, "")))
	}
	w.pace(openBreaker(key, start))
	w.claims("named", probing(start, targets...), targets[0])
	next := start.Add(probeEvery)
	for _, t := range targets[1:] {
		if got := w.target(t.ID).NotBefore; !got.Equal(next) {
			w.Errorf("behind the probe: not before %s, want %s", got, next)
		}
	}
	w.claims("any", probing(next), targets[1])
	w.pace(until(key, start)) // closed
	w.claims("closed", probing(next.Add(probeEvery), targets[2]), targets[2])
}

func breakerRefused(w *world) {
	const host = "https://one.example"
	key := hayon.HostPaceKey(&hayon.Account{Host: host})
	busy, free := w.accountAt("demo/busy", host, "app"), w.accountAt("demo/free", host, "")
	w.one(busy, leased(owner(1), start.Add(time.Hour)))
	waits, paced := w.one(busy), w.one(w.accountAt("demo/paced", host, "app-2"))
	w.pace(until("application:demo:app-2", start.Add(time.Hour)))
	p := openBreaker(key, start)
	w.pace(p)
	w.claims("behind its lane, and held back otherwise", probing(start, waits, paced))
	if diff := cmp.Diff(p, w.paceOf(key)); diff != "" {
		w.Errorf("pace (-want +got):\n%s", diff)
	}
	t := w.one(free)
	w.claims("the probe", probing(start, t), t)
}

func paceFailures(w *world) {
	a := w.one(w.account("demo"))
	w.pace(&hayon.Pace{Key: "host:demo", Failures: 4, Since: start})
	w.claims("not open yet", probing(start, a), a)
	if got := w.paceOf("host:demo"); !got.NotBefore.IsZero() || got.Failures != 4 {
		w.Errorf("the claim changed the pace: %+v", got)
	}
}

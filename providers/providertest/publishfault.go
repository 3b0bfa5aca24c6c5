package providertest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/hayon/hayon"
)

// publishFault is a fault of the irreversible call and what it proves.
type publishFault struct {
	fault    Fault
	verdicts []hayon.Verdict
	codes    []hayon.Code // none: any
}

// publishFaults are all that are tried. A refusal proves that nothing is out; nothing else proves
// anything, but for a connection that ended so early that nothing left.
func publishFaults() []publishFault {
	not, no := []hayon.Verdict{hayon.VerdictNotApplied}, []hayon.Verdict{hayon.VerdictRejected}
	unknown, either := []hayon.Verdict{hayon.VerdictUnknown}, []hayon.Verdict{hayon.VerdictUnknown, hayon.VerdictNotApplied}
	on := func(k FaultKind, applied bool, verdicts []hayon.Verdict, codes ...hayon.Code) publishFault {
		return publishFault{Fault{Call: CallPublish, Kind: k, Applied: applied}, verdicts, codes}
	}
	out := []publishFault{
		on(Fault401, false, not, hayon.CodeUnauthenticated),
		on(Fault403, false, not, hayon.CodeForbidden, hayon.CodeUnauthenticated),
		on(Fault422, false, no, hayon.CodeRejected, hayon.CodeInvalid),
		on(Fault429, false, not, hayon.CodeRateLimited),
		on(FaultPage403, false, unknown),
		on(FaultCut, false, either),
		on(FaultTorn, true, unknown),
		on(FaultCut, true, unknown),
	}
	for _, k := range []FaultKind{Fault500, Fault503, FaultPage, FaultPage502, FaultSilence} {
		out = append(out, on(k, false, unknown), on(k, true, unknown))
	}
	return out
}

func testPublishFaults(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needHost(t, fx.Fault != nil)
	for _, f := range publishFaults() {
		t.Run(f.fault.String(), func(t *testing.T) { fx.publishFault(t, f) })
	}
}

func (fx *Fixture) publishFault(t *testing.T, f publishFault) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var arrived atomic.Int32
	f.fault.Arrived = func() {
		arrived.Add(1)
		if f.fault.Kind == FaultSilence { // nobody waits any longer
			cancel()
		}
	}
	target := fx.Target("a fault: " + f.fault.String())
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	s, heal := fx.fault(t, f.fault)
	before := len(fx.Posts(t))
	res := fx.Provider.Publish(ctx, s, r)
	heal()
	fx.checkResult(t, "Publish", res)
	if !slices.Contains(f.verdicts, res.Verdict) {
		t.Errorf("Publish: verdict %q (%v), want %q", res.Verdict, res.Err, f.verdicts)
	}
	if res.Err != nil && len(f.codes) > 0 {
		fx.wantCode(t, "Publish", res.Err, f.codes...)
	}
	if n := arrived.Load(); res.Verdict == hayon.VerdictUnknown && n > 1 {
		t.Errorf("Publish made the call %d times, although nobody knows what became of the first", n)
	}
	applied := 0
	if f.fault.Applied {
		applied = 1
	}
	if n := len(fx.Posts(t)) - before; n != applied {
		t.Fatalf("%d posts came out, want %d", n, applied)
	}
	fx.after(t, r, res, before, f.fault.Applied)
}

// after does what follows once the fault is over: what is unknown is looked up, and what is not out is
// sent again, so that in the end there is one post.
func (fx *Fixture) after(t *testing.T, r hayon.PublishRequest, res hayon.Result, before int, applied bool) {
	t.Helper()
	if res.Verdict == hayon.VerdictRejected {
		return
	}
	if res.Verdict == hayon.VerdictUnknown {
		if fx.class() == hayon.ClassE {
			return
		}
		res = fx.reconcile(t, r)
		if applied && res.Verdict != hayon.VerdictPublished {
			t.Fatalf("Reconcile: verdict %q (%v) of what is out, want published", res.Verdict, res.Err)
		}
	}
	switch res.Verdict {
	case hayon.VerdictNotApplied:
		res = fx.Provider.Publish(t.Context(), fx.Session, r)
		fx.checkResult(t, "Publish", res)
		if res.Verdict != hayon.VerdictPublished {
			t.Errorf("Publish once the fault is over: verdict %q (%v), want published", res.Verdict, res.Err)
		}
	case hayon.VerdictUnknown:
		if fx.class() == hayon.ClassD { // only time will tell
			return
		}
		t.Fatalf("Reconcile: verdict %q (%v)", res.Verdict, res.Err)
	case hayon.VerdictPublished, hayon.VerdictRejected:
	}
	posts := fx.Posts(t)
	if n := len(posts) - before; n != 1 {
		t.Errorf("%d posts are out in the end, want 1", n)
	}
	if _, found := posted(posts, res.Remote.ID); !found {
		t.Errorf("%q is said to be out (%q), and is not", res.Remote.ID, res.Verdict)
	}
}

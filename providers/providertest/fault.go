package providertest

import (
	"net/http"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// needHost skips where the platform has no host that could fail, and fails where the harness does
// not say how.
func (fx *Fixture) needHost(t *testing.T, given bool) {
	t.Helper()
	switch {
	case given:
	case fx.Provider.Info().NoSignIn:
		t.Skip("the harness gives no host that fails")
	default:
		t.Fatal("the harness gives no host that fails")
	}
}

func testUnreachable(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needHost(t, fx.Unreachable != nil)
	target := fx.Target("nobody hears this")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	res := fx.Provider.Publish(t.Context(), fx.Unreachable, r)
	fx.checkResult(t, "Publish", res)
	if res.Verdict != hayon.VerdictNotApplied {
		t.Errorf("Publish: verdict %q, want not_applied: nothing left", res.Verdict)
	}
	fx.wantUnreachable(t, "Publish", res.Err)
	_, err := fx.Provider.Verify(t.Context(), fx.Unreachable)
	fx.wantUnreachable(t, "Verify", err)
	if fx.class() != hayon.ClassE {
		res = fx.Provider.Reconcile(t.Context(), fx.Unreachable, r)
		fx.checkResult(t, "Reconcile", res)
		if res.Verdict != hayon.VerdictUnknown || res.Hold || res.Err == nil || res.Err.Scope != hayon.ScopeHost {
			t.Errorf("Reconcile: verdict %q, held %t, error %+v; want unknown, and the host to blame", res.Verdict, res.Hold, res.Err)
		}
	}
	fx.wantPosts(t, 0)
}

// wantUnreachable fails unless err says that no connection to the host came about.
func (fx *Fixture) wantUnreachable(t *testing.T, call string, err error) {
	t.Helper()
	fx.wantCode(t, call, err, hayon.CodeUnavailable)
	if e := hayon.AsError(err); e != nil && e.Scope != hayon.ScopeHost {
		t.Errorf("%s: the failure is of %q, want of the host", call, e.Scope)
	}
}

func testLimitedForSeconds(t *testing.T, fx *Fixture) {
	t.Helper()
	if wait := fx.limited(t, "97"); wait != 97*time.Second {
		t.Errorf("Publish: retry after %v, want 97s", wait)
	}
}

func testLimitedUntil(t *testing.T, fx *Fixture) {
	t.Helper()
	const ahead = 10 * time.Minute
	wait := fx.limited(t, time.Now().Add(ahead).UTC().Format(http.TimeFormat))
	if wait <= ahead/2 || wait > ahead {
		t.Errorf("Publish: retry after %v, want nearly %v", wait, ahead)
	}
}

// limited publishes where a rate limit is in the way, and answers how long it asks to wait.
func (fx *Fixture) limited(t *testing.T, retryAfter string) time.Duration {
	t.Helper()
	target := fx.Target("too many")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	s, _ := fx.fault(t, Fault{Call: CallPublish, Kind: Fault429, RetryAfter: retryAfter})
	res := fx.Provider.Publish(t.Context(), s, r)
	fx.checkResult(t, "Publish", res)
	if res.Verdict != hayon.VerdictNotApplied {
		t.Fatalf("Publish: verdict %q, want not_applied", res.Verdict)
	}
	fx.wantCode(t, "Publish", res.Err, hayon.CodeRateLimited)
	fx.wantPosts(t, 0)
	return res.Err.RetryAfter
}

// fault is a session with a fault, and what ends that.
func (fx *Fixture) fault(t *testing.T, f Fault) (s hayon.Session, heal func()) {
	t.Helper()
	fx.needHost(t, fx.Fault != nil)
	s, heal = fx.Fault(t, f)
	if s == nil {
		fx.needHost(t, false)
	}
	if heal == nil {
		heal = func() {}
	}
	return s, heal
}

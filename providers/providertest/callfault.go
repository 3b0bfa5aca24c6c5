package providertest

import (
	"context"
	"testing"

	"github.com/hayon/hayon"
)

// callFault is a fault of a call that may be repeated, and the codes that fit it.
type callFault struct {
	fault Fault
	codes []hayon.Code
}

// callFaults are those of a call. Where it changes something, they come with and without the change.
func callFaults(c Call) []callFault {
	on := func(k FaultKind, codes ...hayon.Code) callFault { return callFault{Fault{Call: c, Kind: k}, codes} }
	out := []callFault{
		on(Fault401, hayon.CodeUnauthenticated),
		on(Fault403, hayon.CodeForbidden, hayon.CodeUnauthenticated),
		on(Fault429, hayon.CodeRateLimited),
		on(FaultPage403, hayon.CodeUnavailable, hayon.CodeForbidden),
	}
	for _, k := range []FaultKind{Fault500, Fault503, FaultPage, FaultPage502, FaultCut, FaultTorn, FaultSilence} {
		out = append(out, on(k, hayon.CodeUnavailable))
	}
	switch c {
	case CallUpload:
		out = append(out, on(Fault422, hayon.CodeInvalid, hayon.CodeRejected))
	case CallDelete, CallEdit:
		out = append(out, on(Fault422, hayon.CodeInvalid, hayon.CodeRejected))
		for _, k := range []FaultKind{Fault500, FaultPage502, FaultCut, FaultSilence} {
			f := on(k, hayon.CodeUnavailable)
			f.fault.Applied = true
			out = append(out, f)
		}
	case CallVerify, CallPublish, CallReconcile:
	}
	return out
}

// eachFault runs a call with every fault of its kind. do answers the error of the call, then looks at
// what became of it.
func (fx *Fixture) eachFault(t *testing.T, c Call, do func(ctx context.Context, t *testing.T, s hayon.Session, f Fault) error) {
	t.Helper()
	fx.needHost(t, fx.Fault != nil)
	for _, f := range callFaults(c) {
		t.Run(f.fault.String(), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if f.fault.Kind == FaultSilence {
				f.fault.Arrived = cancel // nobody waits any longer
			}
			s, heal := fx.fault(t, f.fault)
			err := do(ctx, t, s, f.fault)
			heal()
			fx.wantCode(t, string(c), err, f.codes...)
		})
	}
}

func testVerifyFaults(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.eachFault(t, CallVerify, func(ctx context.Context, _ *testing.T, s hayon.Session, _ Fault) error {
		_, err := fx.Provider.Verify(ctx, s)
		return err
	})
}

func testUploadFaults(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	fx.eachFault(t, CallUpload, func(ctx context.Context, t *testing.T, s hayon.Session, _ Fault) error {
		t.Helper()
		target := fx.Target("with a picture")
		target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 4, 3, "a square")}
		_, err := fx.Provider.Prepare(ctx, s, fx.PrepareRequest(target, 0))
		return err
	})
	fx.wantPosts(t, 0)
}

// A look that did not come about tells nothing, whether the post is out or not.
func testReconcileFaults(t *testing.T, fx *Fixture) {
	t.Helper()
	if fx.class() == hayon.ClassE {
		t.Skip("asks nobody")
	}
	fx.needHost(t, fx.Fault != nil)
	absent := fx.Target("this never left")
	present := fx.Target("this is out")
	sent, _ := fx.out(t, present, 0)
	requests := map[string]hayon.PublishRequest{
		"absent": fx.PublishRequest(t, absent, 0, fx.prepare(t, absent, 0)), "present": sent,
	}
	for _, f := range callFaults(CallReconcile) {
		for name, r := range requests {
			t.Run(f.fault.String()+", "+name, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if f.fault.Kind == FaultSilence {
					f.fault.Arrived = cancel
				}
				s, heal := fx.fault(t, f.fault)
				res := fx.Provider.Reconcile(ctx, s, r)
				heal()
				fx.checkResult(t, "Reconcile", res)
				if res.Verdict != hayon.VerdictUnknown || res.Hold || res.Err == nil {
					t.Errorf("verdict %q, held %t, error %v; want unknown, to be asked again", res.Verdict, res.Hold, res.Err)
				}
			})
		}
	}
	fx.wantPosts(t, 1)
}

func testDeleteFaults(t *testing.T, fx *Fixture) {
	t.Helper()
	d := fx.needDeleter(t)
	fx.eachFault(t, CallDelete, func(ctx context.Context, t *testing.T, s hayon.Session, f Fault) error {
		t.Helper()
		_, remote := fx.out(t, fx.Target("this goes"), 0)
		failed := d.Delete(ctx, s, remote)
		left := 1
		if f.Applied {
			left = 0
		}
		fx.wantPosts(t, left)
		if err := d.Delete(t.Context(), fx.Session, remote); err != nil {
			t.Errorf("Delete once the fault is over: %v", err)
		}
		fx.wantPosts(t, 0)
		return failed
	})
}

func testEditFaults(t *testing.T, fx *Fixture) {
	t.Helper()
	e := fx.needEditor(t)
	fx.eachFault(t, CallEdit, func(ctx context.Context, t *testing.T, s hayon.Session, f Fault) error {
		t.Helper()
		was, is := "before "+f.String(), "after "+f.String()
		target := fx.Target(was)
		r, remote := fx.out(t, target, 0)
		target.Parts[0].Text = is
		edit := hayon.EditRequest{Target: target, Earlier: r.Prepared, Now: target.Due}
		_, failed := e.Edit(ctx, s, edit)
		want := was
		if f.Applied {
			want = is
		}
		if got, _ := posted(fx.Posts(t), remote.ID); got.Text != want {
			t.Errorf("the post says %q, want %q", got.Text, want)
		}
		if _, err := e.Edit(t.Context(), fx.Session, edit); err != nil {
			t.Errorf("Edit once the fault is over: %v", err)
		}
		if got, _ := posted(fx.Posts(t), remote.ID); got.Text != is {
			t.Errorf("in the end the post says %q, want %q", got.Text, is)
		}
		return failed
	})
}

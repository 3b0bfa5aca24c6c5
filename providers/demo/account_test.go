package demo_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

// A request whose deadline passes under way is not applied.
func TestDeadlineUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, file := newDemo(t, map[string]string{"latency": "4s"})
		r := prepared(t, fx, "x")
		r.Deadline = time.Now().Add(2 * time.Second)
		want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictNotApplied)
		wantPublic(t, file, 0)
		r.Deadline = time.Now().Add(3 * time.Second)
		want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictPublished)
		wantPublic(t, file, 1)
	})
}

// While a file is there the platform is away, for every call.
func TestDown(t *testing.T) {
	t.Parallel()
	down := filepath.Join(t.TempDir(), "down")
	fx, file := newDemo(t, map[string]string{"down": down, "host": "h1"})
	r := prepared(t, fx, "x")
	unreachable := func(call string, err error) {
		t.Helper()
		e := hayon.AsError(err)
		if e == nil || e.Code != hayon.CodeUnavailable || e.Scope != hayon.ScopeHost {
			t.Errorf("%s: %+v, want unavailable for the host", call, e)
		}
	}
	if err := os.WriteFile(down, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	res := fx.Provider.Publish(t.Context(), fx.Session, r)
	want(t, "Publish", res, hayon.VerdictNotApplied)
	unreachable("Publish", res.Err)
	res = fx.Provider.Reconcile(t.Context(), fx.Session, r)
	want(t, "Reconcile", res, hayon.VerdictUnknown)
	unreachable("Reconcile", res.Err)
	_, err := fx.Provider.Verify(t.Context(), fx.Session)
	unreachable("Verify", err)
	_, err = fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(r.Target, 0))
	unreachable("Prepare", err)
	_, err = fx.Provider.(hayon.Linker).RemoteOf(t.Context(), fx.Session, "https://demo.invalid/a/x")
	unreachable("RemoteOf", err)
	wantPublic(t, file, 0)

	if err := os.Remove(down); err != nil {
		t.Fatal(err)
	}
	want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictPublished)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		settings   map[string]string
		after      time.Duration // when the call is made
		retryAfter time.Duration // 0: no limit
		scope      hayon.Scope
	}{
		{"as it is", nil, 0, time.Second, hayon.ScopeAccount},
		{"in seconds", map[string]string{"retry-after": "90", "limit": "application"}, 0, 90 * time.Second, hayon.ScopeApplication},
		// A bubble's clock starts with the year 2000.
		{"until a time", map[string]string{"retry-after": "2000-01-01T00:10:00Z", "limit": "host"}, time.Minute, 9 * time.Minute, hayon.ScopeHost},
		{"after that time", map[string]string{"retry-after": "2000-01-01T00:10:00Z"}, 10 * time.Minute, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				settings := map[string]string{"fault": "rate-limit:1"}
				maps.Copy(settings, tt.settings)
				fx, _ := newDemo(t, settings)
				if tt.after > 0 {
					sleep(tt.after)
				}
				res := fx.Provider.Publish(t.Context(), fx.Session, prepared(t, fx, "x"))
				if tt.retryAfter == 0 {
					want(t, "Publish", res, hayon.VerdictPublished)
					return
				}
				want(t, "Publish", res, hayon.VerdictNotApplied)
				if res.Err.Code != hayon.CodeRateLimited || res.Err.RetryAfter != tt.retryAfter || res.Err.Scope != tt.scope {
					t.Errorf("got %q, %v for %q; want %v for %q", res.Err.Code, res.Err.RetryAfter, res.Err.Scope, tt.retryAfter, tt.scope)
				}
			})
		})
	}
}

func TestCredentialsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, file := newDemo(t, map[string]string{"expires": "2000-01-01T02:00:00+01:00"})
		end, err := fx.Provider.(hayon.Expirer).Expires(t.Context(), fx.Session)
		if err != nil || time.Until(end) != time.Hour {
			t.Fatalf("Expires: %v, %v; want in an hour", end, err)
		}
		r := prepared(t, fx, "x")
		sleep(time.Hour)
		r.Deadline = time.Now().Add(time.Minute)
		res := fx.Provider.Publish(t.Context(), fx.Session, r)
		want(t, "Publish", res, hayon.VerdictNotApplied)
		if res.Err.Code != hayon.CodeUnauthenticated {
			t.Errorf("code %q, want unauthenticated", res.Err.Code)
		}
		if _, err := fx.Provider.Verify(t.Context(), fx.Session); hayon.CodeOf(err) != hayon.CodeUnauthenticated {
			t.Errorf("Verify: %v, want unauthenticated", err)
		}
		wantPublic(t, file, 0)
	})
	fx, _ := newDemo(t, nil)
	if end, err := fx.Provider.(hayon.Expirer).Expires(t.Context(), fx.Session); err != nil || !end.IsZero() {
		t.Errorf("Expires without an end: %v, %v", end, err)
	}
}

func TestRemoteOf(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"A", "D"} {
		fx, _ := newDemo(t, map[string]string{"class": class})
		res := fx.Provider.Publish(t.Context(), fx.Session, prepared(t, fx, "x"))
		want(t, "Publish", res, hayon.VerdictPublished)
		linker := fx.Provider.(hayon.Linker)
		for _, url := range []string{res.Remote.URL, " " + res.Remote.URL + "/\n"} {
			got, err := linker.RemoteOf(t.Context(), fx.Session, url)
			if err != nil || got != res.Remote {
				t.Errorf("RemoteOf(%q) = %+v, %v; want %+v", url, got, err, res.Remote)
			}
		}
		for _, url := range []string{
			"", "x", "https://demo.invalid/a/", "https://demo.invalid/b/" + res.Remote.ID, "http://demo.invalid/a/" + res.Remote.ID,
			"https://demo.invalid/a/none-such", "https://demo.invalid/a/../b/x", "https://demo.invalid/a/" + res.Remote.ID + "?x",
		} {
			if _, err := linker.RemoteOf(t.Context(), fx.Session, url); hayon.CodeOf(err) != hayon.CodeInvalid {
				t.Errorf("RemoteOf(%q): %v, want invalid", url, err)
			}
		}
	}
}

// What the worker is to know of the class that reads back fits what the platform does.
func TestLastLookFindsEverything(t *testing.T) {
	t.Parallel()
	info := demo.New(demo.Config{}).Info()
	if !info.ReadYourWrites || len(info.Settle) == 0 {
		t.Fatalf("read your writes %t, looks %v", info.ReadYourWrites, info.Settle)
	}
	if last := info.Settle[len(info.Settle)-1]; last <= 5*time.Second {
		t.Errorf("the last look comes after %v, and a post may need 5s to show", last)
	}
}

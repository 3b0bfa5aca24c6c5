package hayontest_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers/providertest"
)

// publish makes the only part of a target public.
func publish(t *testing.T, p *hayontest.Platform, s hayon.Session, target *hayon.Target) hayon.Remote {
	t.Helper()
	now := time.Now()
	target.ID, target.Account = hayon.NewTargetID(now), s.Account().ID
	part := &target.Parts[0]
	part.Idem = p.NewIdem(target, 0, now)
	prepared, err := p.Prepare(t.Context(), s, hayon.PrepareRequest{Target: target, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r := hayon.PublishRequest{Target: target, Prepared: prepared, SentAt: now, Claimed: func(context.Context, string) (bool, error) { return false, nil }}
	res := p.Publish(t.Context(), s, r)
	if res.Verdict != hayon.VerdictPublished {
		t.Fatalf("Publish: %q, %v", res.Verdict, res.Err)
	}
	if p.Class != hayon.ClassE {
		if again := p.Reconcile(t.Context(), s, r); again.Verdict != hayon.VerdictPublished || again.Remote != res.Remote {
			t.Errorf("Reconcile: %q of %+v (%v), want that of %+v", again.Verdict, again.Remote, again.Err, res.Remote)
		}
	}
	part.Remote = res.Remote
	return res.Remote
}

// What is out is changed, reposted and removed in every class.
func TestPlatformChanges(t *testing.T) {
	t.Parallel()
	for _, class := range []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF} {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()
			p := &hayontest.Platform{Class: class}
			s := providertest.NewSession(&hayon.Account{ID: hayon.NewAccountID(time.Now())}, hayon.Secret{})
			other := providertest.NewSession(&hayon.Account{ID: hayon.NewAccountID(time.Now())}, hayon.Secret{})

			target := &hayon.Target{Options: map[string]string{"visibility": "unlisted", "cw": "x"}, Parts: []hayon.Part{{Text: "helo"}}}
			post := publish(t, p, s, target)
			target.Parts[0].Text, target.Options = "hello", map[string]string{"cw": "y"}
			if got, err := p.Edit(t.Context(), s, hayon.EditRequest{Target: target}); err != nil || got != post {
				t.Errorf("Edit: %+v, %v; want %+v", got, err, post)
			}
			if _, err := p.Edit(t.Context(), other, hayon.EditRequest{Target: target}); hayon.CodeOf(err) != hayon.CodeNotFound {
				t.Errorf("Edit of somebody else's post: %v", err)
			}
			if !p.Reposts(s.Account(), post.URL) || p.Reposts(s.Account(), "https://example.org/1") {
				t.Error("Reposts does not know its addresses")
			}
			shown := &hayon.Target{Parts: []hayon.Part{{Repost: &hayon.Remote{URL: post.URL}}}}
			repost := publish(t, p, other, shown)
			if _, err := p.Edit(t.Context(), other, hayon.EditRequest{Target: shown}); hayon.CodeOf(err) != hayon.CodeInvalid {
				t.Errorf("Edit of a repost: %v", err)
			}
			want := []hayontest.Public{
				{ID: post.ID, Text: "hello", Options: map[string]string{"cw": "y"}, Edits: 1}, {ID: repost.ID, Repost: post.ID},
			}
			known := cmpopts.IgnoreFields(hayontest.Public{}, "Account", "Target", "Idem", "At")
			if diff := cmp.Diff(want, p.Public(), known, cmpopts.IgnoreUnexported(hayontest.Public{})); diff != "" {
				t.Errorf("public (-want +got):\n%s", diff)
			}
			for left, r := range []struct {
				s      hayon.Session
				remote hayon.Remote
			}{{s, repost}, {other, repost}, {s, post}} {
				if err := p.Delete(t.Context(), r.s, r.remote); err != nil {
					t.Fatal(err)
				}
				if n := len(p.Public()); n != 2-left {
					t.Errorf("%d are public after removal %d, want %d", n, left, 2-left)
				}
			}
			_, err := p.Prepare(t.Context(), s, hayon.PrepareRequest{Target: shown})
			if hayon.CodeOf(err) != hayon.CodeInvalid {
				t.Errorf("Prepare to repost what is gone: %v", err)
			}
		})
	}
}

func TestPlatformHooks(t *testing.T) {
	t.Parallel()
	busy := hayon.Errorf(hayon.CodeUnavailable, "busy")
	p := &hayontest.Platform{
		OnDelete: func(context.Context, hayon.Remote) error { return busy },
		OnEdit:   func(context.Context, hayon.EditRequest) error { return busy },
	}
	s := providertest.NewSession(&hayon.Account{ID: hayon.NewAccountID(time.Now())}, hayon.Secret{})
	target := &hayon.Target{Parts: []hayon.Part{{Text: "stays"}}}
	post := publish(t, p, s, target)
	target.Parts[0].Text = "goes"
	_, err := p.Edit(t.Context(), s, hayon.EditRequest{Target: target})
	for call, err := range map[string]error{"Edit": err, "Delete": p.Delete(t.Context(), s, post)} {
		if hayon.CodeOf(err) != hayon.CodeUnavailable {
			t.Errorf("%s: %v, want what the test said", call, err)
		}
	}
	if public := p.Public(); len(public) != 1 || public[0].Text != "stays" {
		t.Errorf("public: %+v", public)
	}
}

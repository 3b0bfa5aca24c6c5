package demo_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/providertest"
)

// want fails unless the result has that verdict.
func want(t testing.TB, call string, res hayon.Result, verdict hayon.Verdict) {
	t.Helper()
	if res.Verdict != verdict {
		t.Fatalf("%s: verdict %q (%v), want %q", call, res.Verdict, res.Err, verdict)
	}
}

func wantPublic(t testing.TB, file string, n int) []demo.Post {
	t.Helper()
	posts := readFile(t, file)
	if len(posts) != n {
		t.Errorf("%d posts are public, want %d: %+v", len(posts), n, posts)
	}
	return posts
}

// later is the request as a worker makes it that long after the outcome became unknown.
func later(r hayon.PublishRequest, d time.Duration) hayon.PublishRequest {
	r.UnknownSince = r.SentAt
	r.Now = r.SentAt.Add(d)
	r.Deadline = r.Now.Add(10 * time.Second)
	return r
}

// sleep lets time pass in a bubble.
func sleep(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
}

// Class B makes one post a key while the key lives, and a second one of a repeat that comes when
// the key is forgotten. Reconcile does not fall into that trap.
func TestKeyIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, file := newDemo(t, map[string]string{"class": "B", "life": "10m"})
		r := prepared(t, fx, "x")
		for range 2 {
			want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictPublished)
		}
		sleep(11 * time.Minute)
		r.Now = time.Now()
		r.Deadline = r.Now.Add(time.Minute)
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictPublished)
		wantPublic(t, file, 1)
		fx.Provider.Publish(t.Context(), fx.Session, r)
		wantPublic(t, file, 2)
	})
}

// What a person starts again is another post for the platform.
func TestKeyIsOfTheGeneration(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, map[string]string{"class": "B"})
	r := prepared(t, fx, "x")
	want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictPublished)
	r.Target.Generation++
	want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictPublished)
	posts := wantPublic(t, file, 2)
	if posts[0].Key == posts[1].Key {
		t.Errorf("two generations have the key %s", posts[0].Key)
	}
}

// In class B the question is the call itself, but only while half of the key's life is not over:
// when the question is asked, and when it arrives.
func TestRepeatInsideHalfTheLife(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		latency string
		after   time.Duration // since the sending
		verdict hayon.Verdict
		posts   int
	}{
		{"in time", "0s", 4 * time.Minute, hayon.VerdictPublished, 1},
		{"half of the life is over", "0s", 5 * time.Minute, hayon.VerdictNotApplied, 0},
		{"it passes on the way", "2s", 5*time.Minute - time.Second, hayon.VerdictNotApplied, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fx, file := newDemo(t, map[string]string{"class": "B", "life": "10m", "latency": tt.latency})
				r := prepared(t, fx, "was it sent?")
				sleep(tt.after)
				want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, later(r, tt.after)), tt.verdict)
				wantPublic(t, file, tt.posts)
			})
		})
	}
}

// Who asked and fell asleep on the way does not ask any more: somebody else may have asked meanwhile.
func TestRepeatAfterItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, file := newDemo(t, map[string]string{"class": "B", "latency": "2s"})
		r := later(prepared(t, fx, "was it sent?"), 0)
		r.Deadline = r.Now.Add(time.Second)
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictUnknown)
		wantPublic(t, file, 0)
	})
}

// A class that reads back for lack of something better waits until a post that is out must show.
func TestReadingBackTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, file := newDemo(t, map[string]string{"class": "B", "life": "0s", "visible": "3s", "fault": "answer-lost:1"})
		r := prepared(t, fx, "x")
		want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictUnknown)
		settle := fx.Provider.Info().Settle
		at := r.SentAt
		for _, d := range settle[:1] {
			sleep(r.SentAt.Add(d).Sub(at))
			at = r.SentAt.Add(d)
			res := fx.Provider.Reconcile(t.Context(), fx.Session, later(r, d))
			want(t, "Reconcile", res, hayon.VerdictUnknown)
			if wait := res.AskAgain.Sub(r.SentAt); wait != settle[1] {
				t.Errorf("is to be asked again after %v, want %v", wait, settle[1])
			}
		}
		sleep(settle[1] - settle[0])
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, later(r, settle[1])), hayon.VerdictPublished)
		wantPublic(t, file, 1)

		never := prepared(t, fx, "never sent")
		last := settle[len(settle)-1]
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, later(never, last-1)), hayon.VerdictUnknown)
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, later(never, last)), hayon.VerdictNotApplied)
	})
}

// A container of class C is published once, and not before it is ready.
func TestContainer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, file := newDemo(t, map[string]string{"class": "C", "processing": "2s"})
		target := fx.Target("with a picture")
		r := fx.PrepareRequest(target, 0)
		first, err := fx.Provider.Prepare(t.Context(), fx.Session, r)
		if err != nil {
			t.Fatal(err)
		}
		if wait := time.Until(first.ReadyAt); wait != time.Second || first.Waits != "processing what was uploaded, 0 %" {
			t.Errorf("asked again in %v, and it says %q; want 1s, and how far it is", wait, first.Waits)
		}
		early := fx.PublishRequest(t, target, 0, first)
		want(t, "Publish too early", fx.Provider.Publish(t.Context(), fx.Session, early), hayon.VerdictNotApplied)
		want(t, "Reconcile too early", fx.Provider.Reconcile(t.Context(), fx.Session, early), hayon.VerdictNotApplied)

		sleep(time.Second)
		r.Earlier = first
		again, err := fx.Provider.Prepare(t.Context(), fx.Session, r)
		if err != nil || time.Until(again.ReadyAt) != time.Second || again.Waits != "processing what was uploaded, 50 %" {
			t.Errorf("asked in the middle: %+v, %v; want to be asked in 1s again, at 50 %%", again, err)
		}
		sleep(time.Second)
		r.Earlier = again
		ready, err := fx.Provider.Prepare(t.Context(), fx.Session, r)
		if err != nil || !ready.ReadyAt.IsZero() || ready.Waits != "" {
			t.Fatalf("asked when it is ready: %+v, %v", ready, err)
		}
		if diff := cmp.Diff(first.Handles, ready.Handles); diff != "" {
			t.Errorf("the container changed:\n%s", diff)
		}
		pub := fx.PublishRequest(t, target, 0, ready)
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, pub), hayon.VerdictNotApplied)
		for range 2 {
			want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, pub), hayon.VerdictPublished)
			want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, pub), hayon.VerdictPublished)
		}
		wantPublic(t, file, 1)
	})
}

// What was uploaded and is gone, by a fault or by its age, is uploaded again, with the same bytes.
func TestHandleIsGone(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"C", "F"} {
		for _, how := range []string{"fault", "age"} {
			t.Run(class+" by "+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					fx, file := newDemo(t, map[string]string{"class": class})
					target := fx.Target("once")
					r := fx.PrepareRequest(target, 0)
					first, err := fx.Provider.Prepare(t.Context(), fx.Session, r)
					if err != nil {
						t.Fatal(err)
					}
					pub := fx.PublishRequest(t, target, 0, first)
					var res hayon.Result
					if how == "fault" {
						fx.Session.Account().Settings["fault"] = "expired:1"
						res = fx.Provider.Publish(t.Context(), fx.Session, pub)
						delete(fx.Session.Account().Settings, "fault")
					} else {
						sleep(time.Until(first.Expires))
						pub.Deadline = time.Now().Add(time.Minute)
						res = fx.Provider.Publish(t.Context(), fx.Session, pub)
					}
					want(t, "Publish", res, hayon.VerdictNotApplied)
					if !res.PrepareAgain {
						t.Error("Publish does not ask for another Prepare")
					}
					res = fx.Provider.Reconcile(t.Context(), fx.Session, later(pub, time.Minute))
					want(t, "Reconcile", res, hayon.VerdictNotApplied)
					if !res.PrepareAgain {
						t.Error("Reconcile does not ask for another Prepare")
					}
					r.Earlier = first
					second, err := fx.Provider.Prepare(t.Context(), fx.Session, r)
					if err != nil {
						t.Fatal(err)
					}
					if cmp.Equal(first.Handles, second.Handles) || string(first.Data) != string(second.Data) {
						t.Errorf("handles %v and then %v, bytes %s and then %s", first.Handles, second.Handles, first.Data, second.Data)
					}
					want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, second)), hayon.VerdictPublished)
					wantPublic(t, file, 1)
				})
			})
		}
	}
}

// An upload that nobody knows any more says nothing: it is looked for in the list.
func TestUploadIsForgotten(t *testing.T) {
	t.Parallel()
	seen := make(map[int]int)
	for seed := range 40 { // both sides of a coin, but for one run in 10^12
		fx, file := newDemo(t, map[string]string{"class": "F", "fault": "handle-lost:1", "seed": fmt.Sprint(seed)})
		r := prepared(t, fx, "x")
		want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictUnknown)
		n := len(readFile(t, file))
		seen[n]++
		soon := fx.Provider.Reconcile(t.Context(), fx.Session, later(r, 0))
		after := fx.Provider.Reconcile(t.Context(), fx.Session, later(r, time.Minute))
		if n == 1 {
			want(t, "Reconcile of what is out", soon, hayon.VerdictPublished)
			continue
		}
		want(t, "Reconcile at once", soon, hayon.VerdictUnknown)
		want(t, "Reconcile at last", after, hayon.VerdictNotApplied)
		if !after.PrepareAgain {
			t.Error("Reconcile does not ask for another upload")
		}
	}
	if len(seen) != 2 {
		t.Errorf("left so many posts: %v; want none and one", seen)
	}
}

// Class D takes every call for a new post.
func TestEveryCallIsAPost(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"D", "E"} {
		fx, file := newDemo(t, map[string]string{"class": class})
		r := prepared(t, fx, "x")
		for n := 1; n <= 3; n++ {
			want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, r), hayon.VerdictPublished)
			wantPublic(t, file, n)
		}
	}
}

func TestReadBack(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, settings map[string]string) (*providertest.Fixture, hayon.PublishRequest, string) {
		t.Helper()
		settings["class"] = "D"
		fx, file := newDemo(t, settings)
		return fx, prepared(t, fx, "the same"), file
	}
	publish := func(t *testing.T, fx *providertest.Fixture, r hayon.PublishRequest) string {
		t.Helper()
		res := fx.Provider.Publish(t.Context(), fx.Session, r)
		want(t, "Publish", res, hayon.VerdictPublished)
		return res.Remote.ID
	}
	t.Run("one", func(t *testing.T) {
		t.Parallel()
		fx, r, _ := open(t, map[string]string{})
		publish(t, fx, prepared(t, fx, "another"))
		id := publish(t, fx, r)
		res := fx.Provider.Reconcile(t.Context(), fx.Session, r)
		want(t, "Reconcile", res, hayon.VerdictPublished)
		if res.Remote.ID != id {
			t.Errorf("found %s, want %s", res.Remote.ID, id)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		fx, r, _ := open(t, map[string]string{})
		publish(t, fx, prepared(t, fx, "another"))
		res := fx.Provider.Reconcile(t.Context(), fx.Session, r)
		want(t, "Reconcile", res, hayon.VerdictNotApplied)
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		fx, r, _ := open(t, map[string]string{})
		publish(t, fx, r)
		publish(t, fx, r)
		res := fx.Provider.Reconcile(t.Context(), fx.Session, r)
		want(t, "Reconcile", res, hayon.VerdictUnknown)
		if !res.Hold {
			t.Error("is to be asked again, which will never tell")
		}
	})
	t.Run("one is of another target", func(t *testing.T) {
		t.Parallel()
		fx, r, _ := open(t, map[string]string{})
		other, mine := publish(t, fx, prepared(t, fx, "the same")), publish(t, fx, r)
		r.Claimed = func(_ context.Context, id string) (bool, error) { return id == other, nil }
		res := fx.Provider.Reconcile(t.Context(), fx.Session, r)
		want(t, "Reconcile", res, hayon.VerdictPublished)
		if res.Remote.ID != mine {
			t.Errorf("found %s, want %s", res.Remote.ID, mine)
		}
		r.Claimed = func(context.Context, string) (bool, error) { return true, nil }
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictNotApplied)
		r.Claimed = func(context.Context, string) (bool, error) {
			return false, hayon.Errorf(hayon.CodeLocal, "the store is gone")
		}
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictUnknown)
	})
	t.Run("with another number of pictures", func(t *testing.T) {
		t.Parallel()
		fx, r, _ := open(t, map[string]string{})
		target := fx.Target("the same")
		target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, "a square")}
		p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		if err != nil {
			t.Fatal(err)
		}
		publish(t, fx, fx.PublishRequest(t, target, 0, p))
		want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictNotApplied)
	})
	t.Run("of before", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			fx, r, _ := open(t, map[string]string{})
			publish(t, fx, r)
			sleep(time.Hour)
			r.SentAt, r.Now = time.Now(), time.Now()
			want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictNotApplied)
		})
	})
	t.Run("not visible yet", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			fx, r, file := open(t, map[string]string{"visible": "1s"})
			publish(t, fx, r)
			sleep(time.Second - 1)
			want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictNotApplied)
			sleep(1)
			want(t, "Reconcile", fx.Provider.Reconcile(t.Context(), fx.Session, r), hayon.VerdictPublished)
			wantPublic(t, file, 1)
		})
	})
}

// Nobody can be asked in class E.
func TestNobodyTells(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, map[string]string{"class": "E", "fault": "answer-lost:1"})
	r := prepared(t, fx, "x")
	for call, res := range map[string]hayon.Result{
		"Publish":   fx.Provider.Publish(t.Context(), fx.Session, r),
		"Reconcile": fx.Provider.Reconcile(t.Context(), fx.Session, r),
	} {
		want(t, call, res, hayon.VerdictUnknown)
		if !res.Hold || res.Err.Hint == "" {
			t.Errorf("%s: hold %t, hint %q; want that a person looks", call, res.Hold, res.Err.Hint)
		}
	}
	wantPublic(t, file, 1)
}

// A part is taken once the part before it is public.
func TestPartNeedsItsParent(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, map[string]string{"class": "D"})
	target := fx.Target("one", "two", "three")
	at := func(i int) hayon.PublishRequest {
		p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, i))
		if err != nil {
			t.Fatal(err)
		}
		return fx.PublishRequest(t, target, i, p)
	}
	want(t, "Publish without the first", fx.Provider.Publish(t.Context(), fx.Session, at(1)), hayon.VerdictRejected)
	target.Parts[0].Remote = hayon.Remote{ID: "none-such"}
	want(t, "Publish with another first", fx.Provider.Publish(t.Context(), fx.Session, at(1)), hayon.VerdictRejected)
	wantPublic(t, file, 0)
	for i := range target.Parts {
		res := fx.Provider.Publish(t.Context(), fx.Session, at(i))
		want(t, "Publish", res, hayon.VerdictPublished)
		target.Parts[i].Remote = res.Remote
	}
	posts := wantPublic(t, file, 3)
	for i, p := range posts[1:] {
		if p.Parent != posts[i].ID || p.Root != posts[0].ID {
			t.Errorf("part %d answers %q of %q, want %q of %q", i+1, p.Parent, p.Root, posts[i].ID, posts[0].ID)
		}
	}
}

// The platform notices, over processes too, when the bytes of a part change.
func TestBytesThatChange(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, map[string]string{"class": "E"})
	r := prepared(t, fx, "x")
	other := r
	other.Prepared = &hayon.Prepared{Data: append([]byte(" "), r.Prepared.Data...)}
	violations := func() int {
		t.Helper()
		got, err := demo.ReadViolations(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range got {
			if v.Target != r.Target.ID || v.First == v.Later || v.First == "" || v.Later == "" || v.At.IsZero() {
				t.Errorf("violation %+v", v)
			}
		}
		return len(got)
	}
	fx.Provider.Publish(t.Context(), fx.Session, r)
	fx.Provider.Publish(t.Context(), fx.Session, r)
	if n := violations(); n != 0 {
		t.Errorf("%d violations by the same bytes", n)
	}
	demo.New(demo.Config{Dir: filepath.Dir(file)}).Publish(t.Context(), fx.Session, other)
	if n := violations(); n != 1 {
		t.Errorf("%d violations, want 1", n)
	}
	other.Target.Generation++
	fx.Provider.Publish(t.Context(), fx.Session, other)
	if n := violations(); n != 1 {
		t.Errorf("%d violations after a change by the user, want 1 as before", n)
	}
}

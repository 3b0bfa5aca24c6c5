package scheduler_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// Each account reposts its own copy; another one of the same server the first there by its id, and one
// elsewhere by its address alone.
func TestRepostWhichCopy(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.reposts = func(_ *hayon.Account, url string) bool { return strings.HasPrefix(url, "https://example.org/") }
	d := newDaemonWith(t, setup{provider: a})
	const here, there = "https://here.example", "https://there.example"
	d.signIn("one", here)
	d.signIn("two", there)
	d.signIn("neighbour", here)
	d.signIn("stranger", "https://else.example")
	p := d.published(hayon.PostCreate{Text: "look", To: []string{"platform/one", "platform/two"}})
	one, two := p.Targets[0].Remote(), p.Targets[1].Remote()
	reposted := func(to ...string) []hayon.Remote {
		t.Helper()
		r, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: p.ID.String(), To: to, DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if r.Repost == "" {
			t.Error("the post does not tell what it reposts")
		}
		var out []hayon.Remote
		for _, target := range r.Targets {
			out = append(out, *target.Parts[0].Repost)
		}
		return out
	}
	if diff := cmp.Diff([]hayon.Remote{one, two}, reposted()); diff != "" {
		t.Errorf("by those who published it (-want +got):\n%s", diff)
	}
	want := []hayon.Remote{one, {URL: one.URL}, two}
	if diff := cmp.Diff(want, reposted("platform/neighbour", "platform/stranger", "platform/two")); diff != "" {
		t.Errorf("by others (-want +got):\n%s", diff)
	}
	// What was removed is no copy any more.
	if _, err := d.scheduler.DeletePost(d.ctx, p.ID, hayon.PostDelete{}); err != nil {
		t.Fatal(err)
	}
	_, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: p.ID.String()})
	wantCode(t, err, hayon.CodeConflict)
}

// Without a name the default accounts repost of the platforms that take the address.
func TestRepostByTheDefaultAccount(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.reposts = func(acc *hayon.Account, url string) bool { return strings.HasPrefix(url, acc.Host) }
	d := newDaemonWith(t, setup{provider: a})
	first := d.signIn("first", "https://here.example")
	d.signIn("second", "https://there.example")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: "https://here.example/@ada/1"})
	if err != nil || len(p.Targets) != 1 || p.Targets[0].Account != first.ID {
		t.Fatalf("%+v, %v; want the default account alone", p, err)
	}
	_, err = d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: "https://there.example/@ada/1"})
	wantCode(t, err, hayon.CodeUsage)
	if _, err = d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: "https://there.example/@ada/1", To: []string{"platform/second"}}); err != nil {
		t.Error(err)
	}
}

// A repost is sent like every post, at its time.
func TestRepostIsSentAtItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAble()
		a.reposts = func(*hayon.Account, string) bool { return true }
		d := newDaemonWith(t, setup{provider: a})
		stop := d.run()
		defer stop()
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
			Repost: "https://here.example/@ada/1", To: []string{"platform"}, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)},
		})
		if err != nil {
			t.Fatal(err)
		}
		pass(59 * time.Minute)
		synctest.Wait()
		if n := len(a.Public()); n != 0 {
			t.Errorf("%d are out before the time", n)
		}
		pass(2 * time.Minute)
		synctest.Wait()
		if n := len(a.Public()); n != 1 || d.state(p.ID) != hayon.StatePublished {
			t.Errorf("%d are out, %s", n, d.state(p.ID))
		}
	})
}

func TestRepostWhereNobodyCan(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: unable{&hayontest.Platform{}}})
	p := d.published(hayon.PostCreate{Text: "look", To: []string{"platform"}})
	_, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: p.ID.String()})
	wantCode(t, err, hayon.CodeUsage)
	_, err = d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Repost: p.ID.String(), To: []string{"platform"}})
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "Platform cannot repost") {
		t.Errorf("got %q", e.Message)
	}
}

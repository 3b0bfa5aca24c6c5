package scheduler_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

var lastMomentSeed = flag.Uint64("lastmoment.seed", 0, "seed of the moments of edits; 0: a new one each time")

// An edit goes out where it was committed before the sending began, also a millisecond before the due time
// and while a worker prepares the old text. Later it is refused, the old text goes out, and its user is told
// so. Never does a third text go out, or both.
func TestEditAtTheLastMoment(t *testing.T) {
	t.Parallel()
	const bubbles, each = 4, 250
	seed := *lastMomentSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-lastmoment.seed)", seed)
	for bubble := range bubbles {
		t.Run(fmt.Sprint(bubble), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { editAtTheLastMoment(t, rand.New(rand.NewPCG(seed, uint64(bubble))), each) })
		})
	}
}

func editAtTheLastMoment(t *testing.T, random *rand.Rand, times int) {
	t.Helper()
	const takes = 10 * time.Millisecond
	d := newDaemon(t, nil)
	d.platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
		pass(takes)
		return nil, nil //nolint:nilnil // it goes on as usual
	}
	d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
		pass(takes)
		return hayon.Result{}
	}
	stop := d.run()
	defer stop()
	edited, refused := 0, 0
	for i := range times {
		before, after := fmt.Sprintf("old %d", i), fmt.Sprintf("new %d", i)
		p := d.post(before, time.Second)
		offset := -time.Millisecond
		if i%3 != 0 {
			offset = time.Duration(random.Int64N(int64(3*takes))) - takes/2
		}
		pass(time.Until(p.Targets[0].Due.Add(offset)))
		request, err := d.scheduler.FindRequest(d.ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		request.Create.Text = after
		_, err = d.scheduler.RevisePost(d.ctx, p.ID, hayon.PostRevise{Revision: request.Revision, Create: request.Create})
		want := after
		switch e := hayon.AsError(err); {
		case err == nil:
			edited++
		case offset < 0:
			t.Fatalf("post %d, %s before its time: %v", i, -offset, err)
		case e.Code != hayon.CodeConflict || !strings.Contains(e.Message, "publish") && !strings.Contains(e.Message, "being sent"):
			t.Fatalf("post %d, %s after its time: %v, want a conflict that names the state", i, offset, err)
		default:
			refused++
			want = before
		}
		pass(5 * time.Second)
		synctest.Wait()
		if got := publicTexts(d, p.Targets[0].ID); len(got) != 1 || got[0] != want {
			t.Fatalf("post %d, edited %s after its time (%v): public is %q, want %q", i, offset, err, got, want)
		}
	}
	if edited < times/3 || refused == 0 {
		t.Errorf("%d edits went out and %d were refused: the moments were badly chosen", edited, refused)
	}
	t.Logf("%d edits went out, %d were refused", edited, refused)
}

// publicTexts are the texts that a target has made public.
func publicTexts(d *daemon, id hayon.TargetID) []string {
	var out []string
	for _, p := range d.platform.Public() {
		if p.Target == id {
			out = append(out, p.Text)
		}
	}
	return out
}

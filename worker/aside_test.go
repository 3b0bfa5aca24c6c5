package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// letters are the open letters of messages.
func (r *rig) letters() []*hayon.Letter {
	r.t.Helper()
	var out []*hayon.Letter
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		out, err = tx.FindLetters(ctx, hayon.LetterFilter{})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// What cannot be read is a letter in the store before the broker may dead-letter it.
func TestUnreadableMessageIsFiled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		f, stop := p.consume()
		defer stop()
		target := hayon.NewTargetID(time.Now())
		for _, tc := range []struct {
			name, body string
			cause      hayon.LetterCause
		}{
			{"no JSON", "look at this", hayon.CauseUndecodable},
			{"no hint", `{"v":1}`, hayon.CauseUndecodable},
			{"later version", `{"v":2,"target":"` + target.String() + `"}`, hayon.CauseVersion},
		} {
			before := len(r.letters())
			f.deliver([]byte(tc.body))
			f.deliver([]byte(tc.body)) // the same message again
			if took := f.took(); !same(took, "away", "away") {
				t.Errorf("%s: settled %v, want it dead-lettered", tc.name, took)
			}
			found := r.letters()
			if len(found) != before+1 {
				t.Fatalf("%s: %d letters more, want one", tc.name, len(found)-before)
			}
			l := found[0]
			if l.Cause != tc.cause || l.Kind != hayon.LetterDead || l.Reason == "" || string(l.Message.Body) != tc.body ||
				l.Message.RoutingKey != "post.create.platform" {
				t.Errorf("%s: %+v, message %+v", tc.name, l, l.Message)
			}
			pass(time.Second) // the next one has a timestamp of its own
		}
	})
}

// While the store cannot be written, nothing that cannot be read is dead-lettered, and it is given back
// too rarely to be over the delivery limit.
func TestUnreadableMessageWaitsForTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const down = 10 * time.Minute
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		back := time.Now().Add(down)
		p.store.Store = refusing{p.store.Store, func() error {
			if time.Now().Before(back) {
				return hayon.Errorf(hayon.CodeLocal, "the disk is full")
			}
			return nil
		}}
		f, stop := p.consume()
		given := 0
		for len(r.letters()) == 0 {
			f.deliver([]byte("look"))
			for {
				took := f.took()
				if len(took) == 0 {
					pass(time.Second)
					continue
				}
				if took[0] == "back" {
					given++
				} else if len(r.letters()) != 1 {
					t.Fatalf("%s, without a letter", took[0])
				}
				break
			}
		}
		if late := time.Since(back); late > 10*time.Second {
			t.Errorf("filed %s after the store was back", late)
		}
		if given < 2 || given > 10 {
			t.Errorf("given back %d times in %s", given, down)
		}
		stop()
	})
}

// A process that stops gives back at once what it could not file.
func TestUnreadableMessageAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		p.store.Store = refusing{p.store.Store, func() error { return hayon.Errorf(hayon.CodeLocal, "the disk is full") }}
		f, stop := p.consume()
		f.deliver([]byte("look"))
		stopped := time.Now()
		stop()
		if took := f.took(); !same(took, "back") || time.Since(stopped) > time.Second {
			t.Errorf("settled %v, %s after the end; want it given back at once", took, time.Since(stopped))
		}
	})
}

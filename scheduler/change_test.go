package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// revise gives a post another text, of whatever revision it is.
func (d *daemon) revise(id hayon.PostID, change func(*hayon.PostCreate)) {
	d.t.Helper()
	r, err := d.scheduler.FindRequest(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	change(&r.Create)
	if _, err := d.scheduler.RevisePost(d.ctx, id, hayon.PostRevise{Create: r.Create}); err != nil {
		d.t.Fatal(err)
	}
}

func reworded(text string) func(*hayon.PostCreate) {
	return func(c *hayon.PostCreate) { c.Text = text }
}

func (d *daemon) undo() {
	d.t.Helper()
	if _, err := d.scheduler.UndoPost(d.ctx, hayon.PostUndo{}); err != nil {
		d.t.Fatal(err)
	}
}

// outbox is what waits for the broker.
func (d *daemon) outbox() (rows []*hayon.OutboxRow) {
	d.t.Helper()
	err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
		rows, err = tx.FindOutbox(ctx, 0, 1000)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

// What another worker had in its hands and is taken back to go out later gives the lane of its account free
// at once: the next target is told of it.
func TestTakenBackForLaterFreesTheLane(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(d *daemon, id hayon.PostID) error{
		"another time": func(d *daemon, id hayon.PostID) error {
			_, err := d.scheduler.ReschedulePost(d.ctx, id, hayon.PostReschedule{Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)}})
			return err
		},
		"a draft": func(d *daemon, id hayon.PostID) error {
			d.revise(id, func(c *hayon.PostCreate) { c.Draft, c.Schedule = true, hayon.Schedule{} })
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				d.platform.OnPrepare = func(ctx context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
					if r.Part().Text == "slow" {
						<-time.After(time.Minute)
					}
					return nil, nil
				}
				stop := d.run()
				defer stop()
				pass(20 * time.Second)
				slow := d.post("slow", 0)
				pass(time.Second)
				d.post("next", 0)
				pass(time.Second)
				if got := d.state(slow.ID); got != hayon.StatePublishing {
					t.Fatalf("state: got %s, want publishing", got)
				}
				if err := leave(d, slow.ID); err != nil {
					t.Fatal(err)
				}
				pass(100 * time.Millisecond)
				synctest.Wait()
				d.wantPublic("next")
			})
		})
	}
}

// What the platform processes of a text that was changed is not waited for, and goes out nowhere; the same
// where the change is taken back, and where the post gets another time.
func TestChangeOfWhatThePlatformProcesses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(d *daemon, id hayon.PostID)
		want   string
		in     time.Duration
	}{
		"edit": {func(d *daemon, id hayon.PostID) { d.revise(id, reworded("new")) }, "new", time.Second},
		"undo": {func(d *daemon, id hayon.PostID) {
			d.revise(id, func(c *hayon.PostCreate) { c.IfLate = hayon.LatePublish })
			d.undo()
		}, "old", time.Second},
		"another time": {func(d *daemon, id hayon.PostID) {
			r := hayon.PostReschedule{Schedule: hayon.Schedule{At: time.Now().Add(24 * time.Hour)}}
			if _, err := d.scheduler.ReschedulePost(d.ctx, id, r); err != nil {
				d.t.Error(err)
			}
		}, "old", 24*time.Hour + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemonWith(t, setup{})
				d.platform.Class = hayon.ClassC
				asked := 0
				d.platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
					if asked++; asked == 1 {
						return &hayon.Prepared{Data: []byte("stale"), ReadyAt: time.Now().Add(20 * time.Minute)}, nil
					}
					if r.Earlier != nil {
						d.t.Errorf("what was prepared before is handed on: %s", r.Earlier.Data)
					}
					return nil, nil
				}
				stop := d.run()
				defer stop()
				p := d.post("old", 0)
				pass(5 * time.Minute)
				if was := d.find(p.ID).Targets[0]; was.State != hayon.StateQueued || was.WaitingSince.IsZero() {
					t.Fatalf("%s, waiting since %s; want it to wait for its platform", was.State, was.WaitingSince)
				}
				tc.change(d, p.ID)
				pass(tc.in)
				synctest.Wait()
				d.wantPublic(tc.want)
			})
		})
	}
}

// Who looks into the parking lot finds what is parked there also after its text was changed.
func TestEditOfWhatIsParkedIsRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		p := d.post("parked", 0)
		if err := hayontest.Mover(d.db)(d.ctx, p.ID, hayon.StateParked); err != nil {
			t.Fatal(err)
		}
		wants := func(what string) {
			t.Helper()
			rows := d.outbox()
			target := d.find(p.ID).Targets[0]
			last := rows[len(rows)-1]
			if target.State != hayon.StateParked || last.RoutingKey != hayon.ParkedKey || last.Hint.Generation != target.Generation {
				t.Errorf("%s: %s in generation %d, and the last message is %+v; want a record of it", what, target.State, target.Generation, last)
			}
		}
		d.revise(p.ID, reworded("still parked"))
		wants("edit")
		d.undo()
		wants("undo")
	})
}

// A post that goes out nowhere any more with a text is no reason to keep that text back.
func TestRepeatOfATextThatWasChanged(t *testing.T) {
	t.Parallel()
	d := strictly(t)
	at := hayon.Schedule{At: time.Now().Add(time.Hour)}
	first, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "one", To: []string{"platform"}, Schedule: at})
	if err != nil {
		t.Fatal(err)
	}
	d.revise(first.ID, reworded("two"))
	again := hayon.PostCreate{Text: "two", To: []string{"platform"}, Schedule: at}
	_, err = d.scheduler.CreatePost(d.ctx, again)
	wantCode(t, err, hayon.CodeConflict)
	d.undo() // it says one again
	if _, err := d.scheduler.CreatePost(d.ctx, again); err != nil {
		t.Errorf("nobody gets %q, and yet: %v", again.Text, err)
	}
	again.Text = "one"
	_, err = d.scheduler.CreatePost(d.ctx, again)
	wantCode(t, err, hayon.CodeConflict)
}

// A post that was cancelled when the rules of its zone changed comes back for its wall clock.
func TestUndoAfterTheRulesOfAZoneChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, atlas := newZoneDaemon(t, setup{})
		p := d.postWall("summer", "2026-07-01T09:00:00", "Europe/Berlin", july(7))
		if _, err := d.scheduler.CancelPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		atlas.set("Europe/Berlin", alwaysWhite)
		d.sweep()
		d.undo()
		d.sweep()
		d.wantDue(p.ID, july(8), 3)
	})
}

// What was changed where it is out stays changed when something else is taken back.
func TestUndoKeepsAnEditOfWhatIsOut(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: newAble()})
	for _, alias := range []string{"a", "b"} {
		if _, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{Platform: "platform", Alias: alias}); err != nil {
			t.Fatal(err)
		}
	}
	p := d.published(hayon.PostCreate{Text: "helo", To: []string{"platform/a"}})
	d.revise(p.ID, func(c *hayon.PostCreate) { c.To = append(c.To, "platform/b") })
	if _, err := d.scheduler.ReschedulePost(d.ctx, p.ID, hayon.PostReschedule{Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.scheduler.EditPost(d.ctx, p.ID, says("hello")); err != nil {
		t.Fatal(err)
	}
	// It is the last change now, and cannot be taken back: nothing before it is either.
	_, err := d.scheduler.UndoPost(d.ctx, hayon.PostUndo{})
	if hayon.CodeOf(err) != hayon.CodeConflict || !strings.Contains(err.Error(), "platform/a it is published") {
		t.Errorf("undo: %v, want a conflict that names what is out", err)
	}
	if got := d.find(p.ID); got.Text != "hello" || got.Request.Text != "hello" {
		t.Errorf("it says %q, and was made of %q", got.Text, got.Request.Text)
	}
}

// A time that has just passed means now, also for who wants nothing late.
func TestATimeThatHasJustPassed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		pass(time.Minute)
		grace := time.Duration(0)
		passed := func() hayon.Schedule { return hayon.Schedule{At: time.Now().Add(-25 * time.Second)} }
		c := hayon.PostCreate{Text: "created", To: []string{"platform"}, Grace: &grace, Schedule: passed()}
		if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		c.Text, c.Schedule = "moved", hayon.Schedule{At: time.Now().Add(time.Hour)}
		p, err := d.scheduler.CreatePost(d.ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.scheduler.ReschedulePost(d.ctx, p.ID, hayon.PostReschedule{Schedule: passed()}); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		synctest.Wait()
		d.wantPublic("created", "moved")
	})
}

// A thread of which the first part is out goes on after that part, also when it was cancelled in between.
func TestUndoOfACancelledThread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		d.refuse(hayon.Result{Verdict: hayon.VerdictRejected})
		stop := d.run()
		defer stop()
		p := d.thread(hayon.LateAsk)
		before := d.find(p.ID).Targets[0].Parts[0]
		if _, err := d.scheduler.CancelPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		d.undo()
		if after := d.find(p.ID).Targets[0].Parts[0]; after.Prepared != before.Prepared || after.Remote != before.Remote {
			t.Errorf("the part that is out: %+v, want %+v", after, before)
		}
		d.platform.OnPublish = nil
		if _, err := d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		synctest.Wait()
		d.wantPublic("one", "two", "three")
	})
}

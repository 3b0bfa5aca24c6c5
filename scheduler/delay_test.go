package scheduler_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// What is due within ten minutes is handed to the plugin once, with the rest of its time. What is further
// away is not, however far; and what is due at once neither.
func TestHandover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{delayed: true}, 0)
		d := newDaemonWith(t, with)
		far := d.post("in 60 days", 60*24*time.Hour)
		for _, in := range []time.Duration{4 * time.Second, time.Minute, 10 * time.Minute, 25 * time.Minute} {
			d.post(in.String(), in)
		}
		stop := d.run()
		defer stop()
		pass(time.Second)
		given := b.sent(hayon.PostDelayedExchange)
		if len(given) != 2 {
			t.Fatalf("handed over %d, want those due in one and in ten minutes", len(given))
		}
		for i, want := range []time.Duration{time.Minute, 10 * time.Minute} {
			m := given[i]
			if got := m.Headers[hayon.HeaderDelay]; got != want.Milliseconds() || !m.Optional || m.RoutingKey != "post.create.platform" {
				t.Errorf("%d: a delay of %v ms, %+v; want %s", i, got, m, want)
			}
		}
		pass(25 * time.Minute)
		if given = b.sent(hayon.PostDelayedExchange); len(given) != 3 {
			t.Errorf("handed over %d, want the one that came near, once", len(given))
		}
		d.clock.suspend(59*24*time.Hour + 22*time.Hour)
		pass(time.Hour)
		if given = b.sent(hayon.PostDelayedExchange); len(given) != 3 {
			t.Errorf("handed over %d; what is due in an hour is not to be", len(given))
		}
		for _, m := range given {
			if ms, _ := m.Headers[hayon.HeaderDelay].(int64); ms <= 5000 || ms > hayon.DelayHorizon.Milliseconds() {
				t.Errorf("a delay of %d ms", ms)
			}
		}
		pass(time.Hour)
		synctest.Wait()
		if given = b.sent(hayon.PostDelayedExchange); len(given) != 4 {
			t.Errorf("handed over %d, want the last one too", len(given))
		}
		d.wantPublic("4s", "1m0s", "10m0s", "25m0s", "in 60 days")
		public := d.platform.Public()
		at := public[len(public)-1].At.Add(d.clock.ahead())
		if late := at.Sub(far.Schedule.At); late < 0 || late > 100*time.Millisecond {
			t.Errorf("out %s after its time", late)
		}
	})
}

// Whatever the plugin does with what it was given, everything is out at its time, each once and in order.
func TestPluginIsAnAddition(t *testing.T) {
	t.Parallel()
	type deliver func(b *bent, m hayon.Message, in time.Duration)
	later := func(b *bent, m hayon.Message, in time.Duration) {
		m.Exchange = hayon.PostExchange
		time.AfterFunc(in, func() { _, _ = b.Broker.Publish(context.Background(), m) })
	}
	for name, plugin := range map[string]deliver{
		"loses everything": func(*bent, hayon.Message, time.Duration) {},
		"early":            func(b *bent, m hayon.Message, in time.Duration) { later(b, m, in/2) },
		"at once":          func(b *bent, m hayon.Message, _ time.Duration) { later(b, m, 0) },
		"late":             func(b *bent, m hayon.Message, in time.Duration) { later(b, m, in+40*time.Second) },
		"twice": func(b *bent, m hayon.Message, in time.Duration) {
			later(b, m, in)
			later(b, m, in)
		},
		"out of order": func(b *bent, m hayon.Message, in time.Duration) { later(b, m, 10*time.Minute-in) },
		"from an older version": func(b *bent, m hayon.Message, in time.Duration) {
			m.Body = []byte(`{"v":0,"task":"publish"}`)
			later(b, m, in)
		},
		"from another generation": func(b *bent, m hayon.Message, in time.Duration) {
			hint, _ := hayon.ParseHint(m.Body)
			hint.Generation--
			m.Body = hayon.Encode(hint)
			later(b, m, in)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, with := newBent(setup{delayed: true}, 0)
				d := newDaemonWith(t, with)
				b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
					if m.Exchange != hayon.PostDelayedExchange {
						return nil, nil //nolint:nilnil // as usual
					}
					ms, _ := m.Headers[hayon.HeaderDelay].(int64)
					plugin(b, m, time.Duration(ms)*time.Millisecond)
					return answered{}, nil
				}, nil)
				stop := d.run()
				defer stop()
				var want []string
				due := make(map[string]time.Time)
				for i := range 9 {
					text := fmt.Sprint("post ", i)
					p := d.post(text, time.Minute+time.Duration(i)*time.Minute)
					want, due[text] = append(want, text), p.Schedule.At
				}
				pass(12 * time.Minute)
				synctest.Wait()
				d.wantPublic(want...)
				for _, p := range d.platform.Public() {
					if late := p.At.Sub(due[p.Text]); late < 0 || late > 100*time.Millisecond {
						t.Errorf("%s: %s after its time", p.Text, late)
					}
				}
				if len(b.sent(hayon.PostDelayedExchange)) == 0 {
					t.Error("nothing was handed over; the test is of no use")
				}
			})
		})
	}
}

// Hints that the plugin delivers are enough: where all others are lost, what was handed over goes out at
// its time.
func TestHintsOfThePluginAreFollowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{delayed: true}, 0)
		d := newDaemonWith(t, with)
		b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
			if m.Exchange == hayon.PostExchange {
				return answered{}, nil // and lost
			}
			return nil, nil //nolint:nilnil // as usual
		}, nil)
		stop := d.run()
		defer stop()
		post := d.post("hello", 2*time.Minute)
		pass(2*time.Minute + time.Second)
		synctest.Wait()
		d.wantPublic("hello")
		if late := d.platform.Public()[0].At.Sub(post.Schedule.At); late < 0 || late > 10*time.Millisecond {
			t.Errorf("out %s after its time", late)
		}
	})
}

// What was changed is handed over again, and the hint from before has no effect; what was cancelled has
// none at all.
func TestHandoverOfWhatIsChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{delayed: true}, 0)
		d := newDaemonWith(t, with)
		stop := d.run()
		defer stop()
		moved, gone := d.post("moved", 2*time.Minute), d.post("gone", 3*time.Minute)
		pass(20 * time.Second)
		due := moved.Schedule.At.Add(5 * time.Minute)
		err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			target, err := tx.FindTargetByID(ctx, moved.Targets[0].ID)
			if err != nil {
				return err
			}
			target.Generation++
			target.Due = due
			return tx.UpdateTarget(ctx, target)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.scheduler.CancelPost(d.ctx, gone.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		synctest.Wait()
		d.wantPublic("moved")
		if late := d.platform.Public()[0].At.Sub(due); late < 0 || late > 100*time.Millisecond {
			t.Errorf("out %s after its time", late)
		}
		if got := len(b.sent(hayon.PostDelayedExchange)); got != 3 {
			t.Errorf("handed over %d times, want both, and the one that was moved again", got)
		}
	})
}

// While publishing is paused, the clock is not trusted, or the broker is away or without the plugin,
// nothing is handed over.
func TestNoHandover(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		plugin bool
		do     func(*daemon, *bent)
	}{
		"paused": {true, func(d *daemon, _ *bent) {
			if _, err := d.scheduler.Pause(d.ctx, "holidays"); err != nil {
				d.t.Fatal(err)
			}
		}},
		"away": {true, func(_ *daemon, b *bent) {
			b.bend(nil, func(st *hayon.BrokerState) { st.Connected = false })
		}},
		"an alarm": {true, func(_ *daemon, b *bent) {
			b.bend(nil, func(st *hayon.BrokerState) { st.BlockedSince = time.Now() })
		}},
		"the plugin is not to be used": {true, func(_ *daemon, b *bent) {
			b.bend(nil, func(st *hayon.BrokerState) { st.Delayed = false })
		}},
		"no plugin": {false, func(*daemon, *bent) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, with := newBent(setup{delayed: tc.plugin}, 0)
				d := newDaemonWith(t, with)
				tc.do(d, b)
				d.post("hello", 5*time.Minute)
				stop := d.run()
				defer stop()
				pass(time.Minute)
				if got := b.sent(hayon.PostDelayedExchange); len(got) != 0 {
					t.Errorf("handed over %+v", got)
				}
			})
		})
	}
	t.Run("a clock that jumped", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b, with := newBent(setup{delayed: true}, 0)
			d := newDaemonWith(t, with)
			stop := d.run()
			defer stop()
			pass(time.Second)
			d.post("hello", time.Hour)
			d.clock.jump(55 * time.Minute)
			pass(29 * time.Second)
			if got := b.sent(hayon.PostDelayedExchange); len(got) != 0 {
				t.Errorf("handed over %+v by a clock that is not trusted", got)
			}
			d.clock.jump(-55 * time.Minute)
			pass(time.Minute)
			if got := b.sent(hayon.PostDelayedExchange); len(got) != 0 {
				t.Errorf("handed over %+v, an hour ahead", got)
			}
		})
	})
}

// A broker that loses whatever it is to keep for a while, retries and what is delayed, makes nothing late.
func TestBrokerThatKeepsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{delayed: true}, 0)
		d := newDaemonWith(t, with)
		b.bend(func(m hayon.Message) (hayon.Confirmation, error) {
			if m.Exchange != hayon.PostExchange {
				return answered{}, nil // and lost
			}
			return nil, nil //nolint:nilnil // as usual
		}, nil)
		var calls []time.Time
		d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls = append(calls, time.Now()); len(calls) < 3 {
				return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "platform: down")}
			}
			return hayon.Result{}
		}
		stop := d.run()
		defer stop()
		post := d.post("hello", 2*time.Minute)
		pass(5 * time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		at := post.Schedule.At
		for i, want := range []time.Duration{0, 5 * time.Second, 30 * time.Second} {
			at = at.Add(want)
			if late := calls[i].Sub(at); late < 0 || late > time.Second {
				t.Errorf("attempt %d: %s after its time", i+1, late)
			}
			at = calls[i]
		}
	})
}

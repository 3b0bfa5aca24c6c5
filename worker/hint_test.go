package worker_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/queue/local"
)

// feed is a broker whose deliveries a test makes by hand.
type feed struct {
	hayon.Broker
	deliveries chan hayon.Delivery

	mu      sync.Mutex // guards settled
	settled []string   // how each delivery was, in order
}

func (f *feed) Consume(ctx context.Context, _ string, _ int) (<-chan hayon.Delivery, error) {
	out := make(chan hayon.Delivery)
	go func() {
		defer close(out)
		for {
			select {
			case d := <-f.deliveries:
				out <- d
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

type fed struct {
	feed    *feed
	message hayon.Message
}

func (d *fed) Message() hayon.Message { return d.message }
func (d *fed) Redelivered() bool      { return false }
func (d *fed) Ack() error             { return d.settle("ack") }

func (d *fed) Nack(requeue bool) error {
	if requeue {
		return d.settle("back")
	}
	return d.settle("away")
}

func (d *fed) settle(how string) error {
	d.feed.mu.Lock()
	defer d.feed.mu.Unlock()
	d.feed.settled = append(d.feed.settled, how)
	return nil
}

// deliver hands over a message with this body, and waits until its consumer rests.
func (f *feed) deliver(body []byte) {
	f.deliveries <- &fed{f, hayon.Message{
		Exchange: hayon.PostExchange, RoutingKey: "post.create.platform", ID: "by-hand", At: time.Now(), Body: body,
	}}
	synctest.Wait()
}

func (f *feed) hint(t *hayon.Target) { f.deliver(hayon.Encode(hayon.HintFor(t, time.Now()).Hint)) }

// took answers how what was delivered since the last call was settled.
func (f *feed) took() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.settled
	f.settled = nil
	return out
}

// consume runs the worker of a process on deliveries that the test makes.
func (p *process) consume() (f *feed, stop func()) {
	p.t.Helper()
	f = &feed{deliveries: make(chan hayon.Delivery)}
	ctx, cancel := context.WithCancel(p.ctx)
	done := make(chan error, 1)
	go func() { done <- p.worker.Run(ctx, f) }()
	return f, func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("Run: %v", err)
		}
	}
}

// at stores a post for an instant.
func (p *process) at(text string, at time.Time) *hayon.Post {
	p.t.Helper()
	return p.post(hayon.PostCreate{Text: text, Schedule: hayon.Schedule{At: at}})
}

func same(got []string, want ...string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

// A broker that keeps hints until their time may deliver them early, late, twice, of an older
// generation, or after all is over. Only one that is due and of now has an effect, and that once.
func TestHintOfWhatIsScheduled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		f, stop := p.consume()
		defer stop()
		due := time.Now().Add(time.Minute)
		post := p.at("hello", due)
		old := *r.find(post.ID)
		old.Generation--
		pass(time.Minute - time.Nanosecond)
		f.hint(r.find(post.ID))
		r.wantState(post.ID, hayon.StateScheduled)
		if rows := r.rows(post.ID); len(rows) != 1 {
			t.Errorf("an early hint left %v", kinds(rows))
		}
		pass(time.Nanosecond)
		f.hint(&old)
		r.wantState(post.ID, hayon.StateScheduled)
		f.hint(r.find(post.ID))
		target := r.wantState(post.ID, hayon.StatePublished)
		if at := r.platform.Public()[0].At; at.Before(due) {
			t.Errorf("published %s before it was due", due.Sub(at))
		}
		queued := r.rows(post.ID)[1]
		if queued.From != hayon.StateScheduled || queued.To != hayon.StateQueued || queued.Generation != target.Generation ||
			queued.Source != hayon.SourceWorker || queued.Attempt != 0 || queued.Reason != "" {
			t.Errorf("journal: %+v", queued)
		}
		for range 100 {
			f.hint(target)
			f.hint(&old)
		}
		r.wantPublic("hello")
		for i, how := range f.took() {
			if how != "ack" {
				t.Errorf("delivery %d: %s, want ack", i, how)
			}
		}
	})
}

// A hint that overtakes those of earlier targets of its account makes none of them go out later.
func TestHintOfWhatIsScheduledKeepsDueOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		f, stop := p.consume()
		defer stop()
		due := time.Now().Add(time.Minute)
		var posts []*hayon.Post
		for i, text := range []string{"one", "two", "three"} {
			posts = append(posts, p.at(text, due.Add(time.Duration(i)*time.Millisecond)))
		}
		pass(time.Minute + 2*time.Millisecond)
		for _, i := range []int{2, 1, 0} {
			f.hint(r.find(posts[i].ID))
		}
		if _, err := p.worker.DeliverDue(r.ctx, 0); err != nil { // what the outbox has a hint for
			t.Fatal(err)
		}
		r.wantPublic("one", "two", "three")
	})
}

// What is too late, and everything while the clock is not trusted, is left to the scheduler.
func TestHintOfWhatIsScheduledIsLeft(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		late    time.Duration
		trusted bool
	}{
		{"after its grace window", time.Hour + time.Second, true},
		{"by a clock that is not trusted", 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, &hayontest.Platform{})
				r.config.MayPublish = func() bool { return tc.trusted }
				p := r.start(1, false)
				f, stop := p.consume()
				defer stop()
				post := p.at("hello", time.Now().Add(time.Minute))
				pass(time.Minute + tc.late)
				f.hint(r.find(post.ID))
				r.wantState(post.ID, hayon.StateScheduled)
				r.wantPublic()
				if took := f.took(); !same(took, "ack") {
					t.Errorf("settled: %v", took)
				}
			})
		})
	}
}

// outbox is what the outbox holds for a target beside its first hint.
func (r *rig) outbox(id hayon.TargetID) []*hayon.OutboxRow {
	r.t.Helper()
	var out []*hayon.OutboxRow
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		out = nil
		rows, err := tx.FindOutbox(ctx, 0, 0)
		for _, row := range rows {
			if row.Hint.Target == id && (row.Exchange != hayon.PostExchange || row.Cause != "") {
				out = append(out, row)
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Where a wait for a retry begins, its hint is in the outbox by the same commit, for the retry queue; a
// wait of more than ten minutes is kept by the store alone.
func TestRetryLeavesAHintForItsTime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		err   *hayon.Error
		wait  time.Duration
		hints int
	}{
		{"short", hayon.Errorf(hayon.CodeUnavailable, "not now"), 5 * time.Second, 1},
		{"ten minutes", rateLimit(10 * time.Minute), 10 * time.Minute, 1},
		{"longer", rateLimit(10*time.Minute + time.Second), 10*time.Minute + time.Second, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: tc.err}
				}
				r := newRig(t, platform)
				p := r.start(1, false)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if _, err := p.worker.DeliverDue(r.ctx, 1); err != nil {
					t.Fatal(err)
				}
				target := r.wantState(post.ID, hayon.StateRetryWait)
				rows := r.outbox(target.ID)
				if len(rows) != tc.hints {
					t.Fatalf("%d hints for the end of the wait, want %d", len(rows), tc.hints)
				}
				if tc.hints == 0 {
					return
				}
				m := hayon.HintMessage(rows[0], time.Now())
				if m.Exchange != hayon.DLXExchange || m.RoutingKey != "post.create.platform" || m.Expiration != tc.wait ||
					rows[0].Hint.Generation != target.Generation || rows[0].Hint.Attempt != target.Attempts+1 {
					t.Errorf("hint: %+v", m)
				}
			})
		})
	}
}

func rateLimit(d time.Duration) *hayon.Error {
	e := hayon.Errorf(hayon.CodeRateLimited, "too many")
	e.RetryAfter = d
	return e
}

// What failed or was parked, for whatever reason, leaves exactly one record of it, by the same commit.
func TestEndLeavesARecord(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		err   *hayon.Error
		crash bool // its worker dies again and again
		state hayon.State
		key   string
		cause hayon.LetterCause
	}{
		{"refused", hayon.Errorf(hayon.CodeRejected, "no such words here"), false, hayon.StateFailed, hayon.DeadKey, hayon.CauseFailed},
		{"sign-in", hayon.Errorf(hayon.CodeUnauthenticated, "expired"), false, hayon.StateFailed, hayon.DeadKey, hayon.CauseFailed},
		{"retries", hayon.Errorf(hayon.CodeUnavailable, "not now"), false, hayon.StateParked, hayon.ParkedKey, hayon.CauseRetries},
		{"crashes", nil, true, hayon.StateParked, hayon.ParkedKey, hayon.CauseRetries},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				pid := 1
				p := r.start(pid, false)
				if tc.err != nil {
					platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
						return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: tc.err}
					}
				}
				if tc.crash {
					platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
						p.kill()
						return nil, nil //nolint:nilnil // go on
					}
				}
				post := p.post(hayon.PostCreate{Text: "hello"})
				for range 60 {
					if r.find(post.ID).State.Terminal() {
						break
					}
					_, _ = p.worker.DeliverDue(r.ctx, 1)
					pass(time.Minute)
					if p.store.died() {
						pid++
						p = r.start(pid, false)
						if err := p.scheduler.Recover(r.ctx); err != nil {
							t.Fatal(err)
						}
					}
				}
				target := r.wantState(post.ID, tc.state)
				var records []*hayon.OutboxRow
				for _, row := range r.outbox(target.ID) {
					if row.Cause != "" {
						records = append(records, row)
					}
				}
				if len(records) != 1 {
					t.Fatalf("%d records, want one", len(records))
				}
				rec := records[0]
				if rec.Exchange != hayon.DLXExchange || rec.RoutingKey != tc.key || rec.Cause != tc.cause ||
					rec.Reason != target.Error.Message || rec.Hint.Generation != target.Generation {
					t.Errorf("record: %+v", rec)
				}
			})
		})
	}
}

// slow is a broker whose consumers end a second after their contexts do, and get a message then, again as
// often as they give it back.
type slow struct {
	hayon.Broker
	given chan bool // one entry each time; false: after the end of the consumer
}

func (b *slow) Consume(ctx context.Context, _ string, _ int) (<-chan hayon.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the time for it was over")
	}
	out := make(chan hayon.Delivery)
	f := &feed{deliveries: make(chan hayon.Delivery)}
	go func() {
		<-ctx.Done()
		end := time.Now().Add(time.Second)
		for time.Now().Before(end) {
			out <- &fed{f, hayon.Message{Body: []byte("look")}}
			for len(f.took()) == 0 && time.Now().Before(end) {
				pass(time.Millisecond)
			}
			b.given <- true
		}
		close(out)
		pass(time.Second)
		for range f.took() {
			b.given <- false
		}
		close(b.given)
	}()
	return out, nil
}

// A process that stops gives back once what it did not begin: until its consumer has ended the message
// would come again, until it is over the delivery limit.
func TestStopGivesBackOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		r.config.Concurrency = 1
		p := r.start(1, false)
		broker := &slow{given: make(chan bool, 5000)}
		ctx, cancel := context.WithCancel(r.ctx)
		done := make(chan error, 1)
		go func() { done <- p.worker.Run(ctx, broker) }()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		var got []bool
		for ended := range broker.given {
			got = append(got, ended)
		}
		if len(got) != 2 || !got[0] || got[1] {
			t.Errorf("delivered and given back: %d times; want one delivery, given back after the consumer had ended", len(got))
		}
	})
}

// A process that is stopped before it has begun has not failed; one that is refused a consumer has.
func TestRunTellsWhyItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		ctx, cancel := context.WithCancel(r.ctx)
		cancel()
		if err := p.worker.Run(ctx, &slow{}); err != nil {
			t.Errorf("stopped: %v", err)
		}
		broker, err := local.New(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = broker.Close() }()
		if err := p.worker.Run(r.ctx, broker); hayon.CodeOf(err) != hayon.CodeNotFound {
			t.Errorf("without a queue: %v, want not_found", err)
		}
	})
}

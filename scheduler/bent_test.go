package scheduler_test

import (
	"context"
	"slices"
	"sync"

	"github.com/hayon/hayon"
)

// bent is a broker in whose way a test puts something.
type bent struct {
	hayon.Broker

	mu sync.Mutex // guards what follows
	// onPublish answers in the place of the broker, unless both of its answers are nil.
	onPublish func(m hayon.Message) (hayon.Confirmation, error)
	// state changes what the broker tells of itself.
	state func(*hayon.BrokerState)
	// most is how many messages the dead letters and the parking lot take; 0: as many as usual.
	most int
	// published has every message that the broker was given, and browsed counts the looks into a queue.
	published []hayon.Message
	browsed   int
}

func (b *bent) Declare(ctx context.Context, t hayon.Topology) error {
	for _, q := range t.Queues {
		if _, bounded := q.Arguments[hayon.ArgMaxLength]; bounded && b.most > 0 {
			q.Arguments[hayon.ArgMaxLength] = b.most
		}
	}
	return b.Broker.Declare(ctx, t)
}

func (b *bent) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	b.mu.Lock()
	b.published = append(b.published, m)
	on := b.onPublish
	b.mu.Unlock()
	if on != nil {
		if c, err := on(m); c != nil || err != nil {
			return c, err
		}
	}
	return b.Broker.Publish(ctx, m)
}

func (b *bent) State() hayon.BrokerState {
	st := b.Broker.State()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != nil {
		b.state(&st)
	}
	return st
}

func (b *bent) Depth(ctx context.Context, queue string) (hayon.QueueDepth, error) {
	if !b.State().Connected {
		return hayon.QueueDepth{}, errAway()
	}
	return b.Broker.Depth(ctx, queue)
}

func (b *bent) Browse(ctx context.Context, queue string, limit int, look func(hayon.Message) (bool, error)) error {
	if !b.State().Connected {
		return errAway()
	}
	b.mu.Lock()
	b.browsed++
	b.mu.Unlock()
	return b.Broker.Browse(ctx, queue, limit, look)
}

func (b *bent) bend(onPublish func(m hayon.Message) (hayon.Confirmation, error), state func(*hayon.BrokerState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onPublish, b.state = onPublish, state
}

// sent are the messages that were published to an exchange.
func (b *bent) sent(exchange string) []hayon.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []hayon.Message
	for _, m := range b.published {
		if m.Exchange == exchange {
			out = append(out, m)
		}
	}
	return out
}

func (b *bent) looks() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.browsed
}

func errAway() error {
	return hayon.Errorf(hayon.CodeUnavailable, "there is no connection to the broker")
}

// answered is a confirmation that is known.
type answered struct{ err error }

func (a answered) Wait(context.Context) error { return a.err }

// mute is a confirmation that never comes.
type mute struct{}

func (mute) Wait(ctx context.Context) error {
	<-ctx.Done()
	return hayon.Errorf(hayon.CodeUnavailable, "nobody knows whether the broker has it")
}

func unroutable() hayon.Confirmation {
	return answered{hayon.Errorf(hayon.CodeNotFound, "no queue is bound to the exchange with that key")}
}

// newBent is a daemon whose broker can be bent.
func newBent(d setup, most int) (*bent, setup) {
	b := &bent{most: most}
	d.broker = func(inner hayon.Broker) hayon.Broker {
		b.Broker = inner
		return b
	}
	return b, d
}

// lasting is a broker that outlives the processes that use it, as a server does.
type lasting struct{ hayon.Broker }

func (lasting) Close() error { return nil }

// outlive makes the broker of the first process that of all others.
func outlive(d setup) setup {
	var first hayon.Broker
	bend := d.broker
	d.broker = func(inner hayon.Broker) hayon.Broker {
		if first == nil {
			first = inner
		} else {
			_ = inner.Close()
		}
		if bend == nil {
			return lasting{first}
		}
		return bend(lasting{first})
	}
	return d
}

// restart ends the process and starts the next one.
func (d *daemon) restart(pid int, stop func()) func() {
	d.t.Helper()
	stop()
	d.died(pid - 1)
	d.boot(pid)
	return d.run()
}

// letters are the letters that the actor sees.
func (d *daemon) letters(f hayon.LetterFilter) []*hayon.Letter {
	d.t.Helper()
	list, err := d.scheduler.FindLetters(d.ctx, f)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// lie are the messages that lie in a queue.
func (d *daemon) lie(queue string) []hayon.Message {
	d.t.Helper()
	var out []hayon.Message
	inner := d.broker
	if b, ok := inner.(*bent); ok {
		inner = b.Broker
	}
	err := inner.Browse(d.ctx, queue, 0, func(m hayon.Message) (bool, error) {
		out = append(out, m)
		return false, nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *daemon) wantLie(queue string, want int) {
	d.t.Helper()
	if got := d.lie(queue); len(got) != want {
		d.t.Errorf("%d messages lie in %s, want %d", len(got), queue, want)
	}
}

// waiting is how many rows are in the outbox.
func (d *daemon) waiting() (n int) {
	d.t.Helper()
	err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
		n, err = tx.CountOutbox(ctx)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// refuse makes the platform refuse these texts, for good or until a retry.
func refuse(code hayon.Code, texts ...string) func(context.Context, hayon.PublishRequest) hayon.Result {
	verdict := hayon.VerdictNotApplied
	if code == hayon.CodeRejected {
		verdict = hayon.VerdictRejected
	}
	return func(_ context.Context, r hayon.PublishRequest) hayon.Result {
		if slices.Contains(texts, r.Target.Parts[0].Text) {
			return hayon.Result{Verdict: verdict, Err: hayon.Errorf(code, "platform: not this")}
		}
		return hayon.Result{}
	}
}

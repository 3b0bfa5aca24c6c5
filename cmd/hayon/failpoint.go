//go:build failpoint && unix

// A build with the tag failpoint kills or stops itself at a named point, so that tests can look at
// what every crash leaves behind. No release is built with it.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/mastodon"
)

// failpoint is what HAYON_FAILPOINT says: POINT=ACTION[@ACCOUNT][#N], for one account alone and at the
// N-th time that the point is passed. It acts once. The points are
//
//	before:ROW, after:ROW    around the commit of a transaction that appends a journal row of that kind,
//	                         or that claims, relays (deletes outbox rows) or moves a cursor
//	before:CALL, after:CALL  around prepare, publish and reconcile of the demo platform, Bluesky and Mastodon
//	before:hint, after:hint  around the publishing of a hint
//	delivered, before:ack    when a consumer gets a hint, and when it has dealt with it
//
// and the actions kill (SIGKILL), stop (SIGSTOP) and, around publish, lose (the answer is lost, after it)
// and limit (the platform refuses the call for a moment, before it).
type failpoint struct {
	point, action, account string
	nth                    int64
	passed                 atomic.Int64
}

var armed = parseFailpoint(os.Getenv("HAYON_FAILPOINT"))

func parseFailpoint(s string) *failpoint {
	point, action, ok := strings.Cut(s, "=")
	if !ok {
		return nil
	}
	f := &failpoint{point: point, nth: 1}
	action, nth, ok := strings.Cut(action, "#")
	if n, err := strconv.ParseInt(nth, 10, 64); ok && err == nil {
		f.nth = n
	}
	f.action, f.account, _ = strings.Cut(action, "@")
	return f
}

// at acts where the point is the armed one, and reports whether the caller has to. account is "" where it
// concerns no account.
func (f *failpoint) at(point, account string) bool {
	if f == nil || f.point != point || f.account != "" && account != "" && f.account != account || f.passed.Add(1) != f.nth {
		return false
	}
	_, _ = fmt.Fprintln(os.Stderr, "failpoint", point, account)
	if f.action == "lose" || f.action == "limit" {
		return true
	}
	signal := syscall.SIGKILL
	if f.action == "stop" {
		signal = syscall.SIGSTOP
	}
	_ = syscall.Kill(os.Getpid(), signal)
	if signal == syscall.SIGKILL {
		select {}
	}
	<-time.After(100 * time.Millisecond) // another thread may have got the signal: here it is stopped
	return false
}

// failStore keeps the abilities of the store below it.
type failStore struct {
	hayon.Store
	holder
	hayon.Changes
}

func failingStore(s hayon.Store) hayon.Store {
	h, ok := s.(holder)
	c, watched := s.(hayon.Changes)
	if armed == nil || !ok || !watched {
		return s
	}
	return failStore{s, h, c}
}

func (s failStore) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	var rows []note
	err := s.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		f := &failTx{Tx: tx}
		err := fn(ctx, f)
		if rows = f.rows; err == nil {
			fire("before:", rows)
		}
		return err
	})
	if err == nil {
		fire("after:", rows)
	}
	return err
}

// note is what a transaction did, for whom.
type note struct{ what, account string }

func fire(when string, rows []note) {
	for _, r := range rows {
		armed.at(when+r.what, r.account)
	}
}

type failTx struct {
	hayon.Tx
	rows []note
}

func (t *failTx) note(ctx context.Context, what string, id hayon.AccountID) {
	n := note{what: what}
	if !id.IsZero() {
		if a, err := t.FindAccountByID(ctx, id); err == nil {
			n.account = a.Name
		}
	}
	t.rows = append(t.rows, n)
}

func (t *failTx) AppendJournal(ctx context.Context, r *hayon.JournalRow) error {
	err := t.Tx.AppendJournal(ctx, r)
	if err == nil {
		t.note(ctx, string(r.Kind), r.Account)
	}
	return err
}

func (t *failTx) ClaimTargets(ctx context.Context, r hayon.ClaimRequest) ([]*hayon.Target, error) {
	targets, err := t.Tx.ClaimTargets(ctx, r)
	for _, tg := range targets {
		t.note(ctx, string(hayon.RowClaimed), tg.Account)
	}
	return targets, err
}

func (t *failTx) EnqueueDue(ctx context.Context, r hayon.EnqueueRequest) ([]*hayon.Target, error) {
	targets, err := t.Tx.EnqueueDue(ctx, r)
	for _, tg := range targets {
		t.note(ctx, "due", tg.Account)
	}
	return targets, err
}

func (t *failTx) DeleteOutbox(ctx context.Context, seqs []uint64) error {
	t.note(ctx, "relayed", hayon.AccountID{})
	return t.Tx.DeleteOutbox(ctx, seqs)
}

func (t *failTx) PutCursor(ctx context.Context, c *hayon.Cursor) error {
	t.note(ctx, "cursor", hayon.AccountID{})
	return t.Tx.PutCursor(ctx, c)
}

type failBroker struct{ hayon.Broker }

func failingBroker(b hayon.Broker) hayon.Broker {
	if armed == nil {
		return b
	}
	return failBroker{b}
}

func (b failBroker) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	armed.at("before:hint", "")
	c, err := b.Broker.Publish(ctx, m)
	armed.at("after:hint", "")
	return c, err
}

func (b failBroker) Consume(ctx context.Context, queue string, prefetch int) (<-chan hayon.Delivery, error) {
	in, err := b.Broker.Consume(ctx, queue, prefetch)
	if err != nil {
		return nil, err
	}
	out := make(chan hayon.Delivery)
	go func() {
		defer close(out)
		for d := range in {
			armed.at("delivered", "")
			out <- failDelivery{d}
		}
	}()
	return out, nil
}

type failDelivery struct{ hayon.Delivery }

func (d failDelivery) Ack() error {
	armed.at("before:ack", "")
	return d.Delivery.Ack()
}

type failRegistry struct{ platformRegistry }

func failingProviders(p platformRegistry) platformRegistry {
	if armed == nil {
		return p
	}
	return failRegistry{p}
}

func (r failRegistry) Find(platform string) (hayon.Provider, error) {
	p, err := r.platformRegistry.Find(platform)
	switch p := p.(type) { // each keeps all abilities of its platform
	case *demo.Provider:
		return failDemo{p}, err
	case *bluesky.Provider:
		return failBluesky{p}, err
	case *mastodon.Provider:
		return failMastodon{p}, err
	}
	return p, err
}

type failDemo struct{ *demo.Provider }

func (p failDemo) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	return failPrepare(ctx, p.Provider, s, r)
}

func (p failDemo) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	return failPublish(ctx, p.Provider, s, r)
}

func (p failDemo) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	return failReconcile(ctx, p.Provider, s, r)
}

type failBluesky struct{ *bluesky.Provider }

func (p failBluesky) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	return failPrepare(ctx, p.Provider, s, r)
}

func (p failBluesky) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	return failPublish(ctx, p.Provider, s, r)
}

func (p failBluesky) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	return failReconcile(ctx, p.Provider, s, r)
}

type failMastodon struct{ *mastodon.Provider }

func (p failMastodon) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	return failPrepare(ctx, p.Provider, s, r)
}

func (p failMastodon) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	return failPublish(ctx, p.Provider, s, r)
}

func (p failMastodon) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	return failReconcile(ctx, p.Provider, s, r)
}

func failPrepare(ctx context.Context, p hayon.Provider, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	armed.at("before:prepare", s.Account().Name)
	out, err := p.Prepare(ctx, s, r)
	armed.at("after:prepare", s.Account().Name)
	return out, err
}

func failPublish(ctx context.Context, p hayon.Provider, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	if armed.at("before:publish", s.Account().Name) {
		e := hayon.Errorf(hayon.CodeRateLimited, "too many requests")
		e.RetryAfter = time.Second
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
	}
	out := p.Publish(ctx, s, r)
	if armed.at("after:publish", s.Account().Name) {
		return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "the answer was lost")}
	}
	return out
}

func failReconcile(ctx context.Context, p hayon.Provider, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	armed.at("before:reconcile", s.Account().Name)
	out := p.Reconcile(ctx, s, r)
	armed.at("after:reconcile", s.Account().Name)
	return out
}

package rabbitmq

import (
	"context"
	"errors"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// publisher has an outlet open as long as its session lives.
type publisher struct {
	session *session

	// mu guards everything below.
	mu      sync.Mutex
	outlet  *outlet // nil while another one is being opened
	changed chan struct{}
}

func newPublisher(s *session) *publisher {
	return &publisher{session: s, changed: make(chan struct{})}
}

// open opens the first outlet and keeps one open from then on.
func (p *publisher) open(ctx context.Context) error {
	o, err := asked(ctx, p.session, p.session.newOutlet, nil)
	if err != nil {
		if _, ok := errors.AsType[*hayon.Error](err); !ok {
			err = p.session.over(err)
		}
		return err
	}
	p.set(o)
	p.session.work.start(func() { p.keep(context.WithoutCancel(ctx), o) })
	p.session.work.start(func() { p.session.rebind(context.WithoutCancel(ctx)) })
	return nil
}

func (p *publisher) set(o *outlet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.outlet = o
	close(p.changed)
	p.changed = make(chan struct{})
}

// keep replaces each outlet that ends.
func (p *publisher) keep(ctx context.Context, o *outlet) {
	var tries retries
	for {
		why := o.listen()
		p.set(nil)
		o.finish(why)
		if why != nil && why.Code == amqp.NotFound {
			p.session.repair(ctx, why)
		}
		if o = p.reopen(&tries); o == nil {
			return
		}
		p.set(o)
	}
}

// reopen opens an outlet; nil when the session ends.
func (p *publisher) reopen(tries *retries) *outlet {
	for p.session.pause(tries.next()) {
		if o, err := p.session.newOutlet(); err == nil {
			return o
		}
	}
	return nil
}

// reopening bounds how long a publish waits for a channel that is being opened.
const reopening = 2 * time.Second

// current answers the outlet, and waits a moment for one that is being opened.
func (p *publisher) current(ctx context.Context) (*outlet, error) {
	var timeout <-chan time.Time
	for {
		p.mu.Lock()
		o, changed := p.outlet, p.changed
		p.mu.Unlock()
		if o != nil {
			return o, nil
		}
		if timeout == nil {
			timer := time.NewTimer(reopening)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-changed:
		case <-p.session.done:
			return nil, p.session.over(nil)
		case <-ctx.Done():
			return nil, hayon.Errorf(hayon.CodeUnavailable, "the message was not sent: the time for it was over").WithCause(ctx.Err())
		case <-timeout:
			return nil, hayon.Errorf(hayon.CodeUnavailable, "the broker at %s opens no channel for messages now", p.session.broker.at)
		}
	}
}

// Publish hands m over, or answers unavailable at once while there is no connection or the server takes
// no messages. It may wait for others that publish, until ctx ends, and [writeTimeout] for a server that
// reads nothing. A body over [MaxBodyBytes], and what AMQP cannot carry, is invalid. What the server
// says comes by the confirmation: an unknown exchange, too, is not_found there. That one ends the
// channel, so others that are under way at the same time may be unknown.
func (b *Broker) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	m.Exchange = b.name(m.Exchange)
	p, err := publishing(m)
	if err != nil {
		return nil, err
	}
	c := &confirmation{id: m.ID, exchange: m.Exchange, key: m.RoutingKey, done: make(chan struct{})}
	for {
		s, err := b.connected(ctx)
		if err != nil {
			return nil, err
		}
		if err := b.blocked(); err != nil {
			return nil, err
		}
		o, err := s.publisher.current(ctx)
		if err != nil {
			return nil, err
		}
		err = o.send(ctx, c, p, !m.Optional)
		switch {
		case err == nil:
			return c, nil
		case !errors.Is(err, errOutletOver):
			return nil, err
		case s.ended():
			return nil, s.over(nil)
		}
		// The channel ended between; the next one is opened already.
	}
}

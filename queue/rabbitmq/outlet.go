package rabbitmq

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// maxUnconfirmed bounds the messages whose confirmation has not come. It is far above any window of who
// publishes.
const maxUnconfirmed = 65_536

// outlet is one channel in confirm mode. The server numbers what is published on a channel, and
// confirms by that number.
type outlet struct {
	session *session
	ch      *amqp.Channel
	// turn is held by who publishes, so that the order of the numbers is that of the messages. The
	// library is never called with mu held: its reader calls us with its own locks held.
	turn chan struct{}

	returns  <-chan amqp.Return
	confirms <-chan amqp.Confirmation
	closes   <-chan *amqp.Error

	// mu guards everything below.
	mu sync.Mutex
	// pending are the messages without an answer, by number; first is the number of the first.
	pending []*confirmation
	first   uint64
	over    bool
}

// newOutlet opens a channel.
func (s *session) newOutlet() (*outlet, error) {
	ch, err := s.publish.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	return &outlet{
		session: s, ch: ch, turn: make(chan struct{}, 1), first: 1,
		// Unbuffered: the library hands over the return of a message, and then its confirmation, so who
		// takes the confirmation has seen the return.
		returns:  ch.NotifyReturn(make(chan amqp.Return)),
		confirms: ch.NotifyPublish(make(chan amqp.Confirmation)),
		closes:   ch.NotifyClose(make(chan *amqp.Error, 1)),
	}, nil
}

// errOutletOver: the channel has ended, and nothing went out.
var errOutletOver = errors.New("the channel for publishing has ended")

// send publishes p and registers c for its answer. With errOutletOver nothing was sent.
func (o *outlet) send(ctx context.Context, c *confirmation, p amqp.Publishing, mandatory bool) error {
	select {
	case o.turn <- struct{}{}:
	case <-o.session.done:
		return errOutletOver
	case <-ctx.Done():
		return hayon.Errorf(hayon.CodeUnavailable, "message %q was not sent: the time for it was over", c.id).WithCause(ctx.Err())
	}
	defer func() { <-o.turn }()
	number := o.ch.GetNextPublishSeqNo()
	if err := o.register(c); err != nil {
		return err
	}
	// A return repeats what was published and not its number.
	p.CorrelationId = strconv.FormatUint(number, 10)
	// After an error nobody knows how much of it went out. The channel has ended, or it does now, since the
	// numbers would not be right any more; then listen ends too and settles c.
	if err := o.ch.PublishWithContext(context.WithoutCancel(ctx), c.exchange, c.key, mandatory, false, p); err != nil && !o.ch.IsClosed() {
		o.session.fail(o.session.over(err))
	}
	return nil
}

// register adds the next message to those without an answer.
func (o *outlet) register(c *confirmation) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return errOutletOver
	}
	if len(o.pending) >= maxUnconfirmed {
		return hayon.Errorf(hayon.CodeUnavailable, "message %q was not sent: %d messages wait for their confirmation", c.id, len(o.pending))
	}
	o.pending = append(o.pending, c)
	o.session.broker.counters.change(func(n *hayon.BrokerState) { n.Published++; n.Unconfirmed++ })
	return nil
}

// listen takes the server's answers until the channel ends, and answers why it did. It never waits for
// anything else, since the library reads nothing meanwhile and gives up on an answer after five seconds.
func (o *outlet) listen() *amqp.Error {
	returns, confirms := o.returns, o.confirms
	for confirms != nil {
		select {
		case r, ok := <-returns:
			if !ok {
				returns = nil
				continue
			}
			o.markReturned(r)
		case c, ok := <-confirms:
			if !ok {
				confirms = nil
				continue
			}
			o.take(c)
		}
	}
	return <-o.closes
}

// markReturned remembers that a message came back.
func (o *outlet) markReturned(r amqp.Return) {
	number, err := strconv.ParseUint(r.CorrelationId, 10, 64)
	if err != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := number - o.first; number >= o.first && i < uint64(len(o.pending)) {
		o.pending[i].returned = true
	}
}

// take settles the message of a confirmation. The library puts them in order.
func (o *outlet) take(c amqp.Confirmation) {
	o.mu.Lock()
	var settled []*confirmation
	for len(o.pending) > 0 && o.first < c.DeliveryTag { // a number that the library did not hand over
		settled = append(settled, o.shift())
	}
	var this *confirmation
	if len(o.pending) > 0 && o.first == c.DeliveryTag {
		this = o.shift()
	}
	o.mu.Unlock()
	for _, lost := range settled {
		o.session.broker.lose(lost)
	}
	if this != nil {
		o.session.broker.answer(this, c.Ack)
	}
}

// shift takes the first message without an answer. The caller holds mu.
func (o *outlet) shift() *confirmation {
	c := o.pending[0]
	o.pending[0] = nil
	o.pending = o.pending[1:]
	o.first++
	return c
}

// finish settles what has no answer. A channel that ended because of one message tells which exchange
// it was for; the server handles messages in their order, so it is the first one for that exchange.
func (o *outlet) finish(e *amqp.Error) {
	o.mu.Lock()
	o.over = true
	rest := o.pending
	o.pending = nil
	o.mu.Unlock()
	blamed := false
	for _, c := range rest {
		if v, err := o.blame(c, e); !blamed && err != nil {
			blamed = true
			o.session.broker.settle(c, v, err)
			continue
		}
		o.session.broker.lose(c)
	}
}

// blame is the verdict on c where a channel ended because of it, else nil.
func (o *outlet) blame(c *confirmation, e *amqp.Error) (verdict, error) {
	if e == nil || !e.Server || !strings.Contains(e.Reason, "exchange '"+c.exchange+"'") {
		return nil, nil
	}
	switch e.Code {
	case amqp.NotFound:
		return returned, hayon.Errorf(hayon.CodeNotFound, "message %q was not taken: the broker has no exchange %q", c.id, c.exchange).
			WithHint("hayon broker topology declare")
	case amqp.AccessRefused:
		o.session.broker.stick(c.exchange, hayon.Errorf(hayon.CodeForbidden, "the user of the broker may not write to exchange %q", c.exchange).WithHint(hintRights))
		return refused, hayon.Errorf(hayon.CodeForbidden, "message %q was not taken: the user of the broker may not write to exchange %q", c.id, c.exchange).
			WithHint(hintRights)
	}
	return nil, nil
}

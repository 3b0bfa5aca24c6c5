package rabbitmq

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// control is the channel for questions: declaring and counting. A question that the server refuses
// closes its channel, and the next one opens another.
type control struct {
	session *session
	// turn is held by who asks, for answers carry no name: two questions at once would get each other's.
	turn chan struct{}
	ch   *amqp.Channel // guarded by turn
}

func newControl(s *session) *control { return &control{session: s, turn: make(chan struct{}, 1)} }

// question asks the server something on the control channel.
func question[T any](ctx context.Context, c *control, ask func(*amqp.Channel) (T, error)) (T, error) {
	var none T
	select {
	case c.turn <- struct{}{}:
	case <-c.session.done:
		return none, c.session.over(nil)
	case <-ctx.Done():
		return none, hayon.Errorf(hayon.CodeUnavailable, "the broker was not asked: the time for it was over").WithCause(ctx.Err())
	}
	return asked(ctx, c.session, func() (T, error) {
		defer func() { <-c.turn }()
		if c.ch == nil || c.ch.IsClosed() {
			ch, err := c.session.consume.Channel()
			if err != nil {
				return none, err
			}
			c.ch = ch
		}
		return ask(c.ch)
	}, nil)
}

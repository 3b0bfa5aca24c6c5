package rabbitmq

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// probeName is a name that nobody may declare: RabbitMQ keeps everything that begins with amq. for itself.
// It looks at the type of an exchange before it looks at the name, so a declaration tells whether it has
// the type and makes nothing.
const probeName = "amq.hayon.probe"

// knows asks whether the server has a type of exchanges. A server that does not ends the connection that
// asked, so that one is thrown away. A passive declaration would not do: it ignores the type.
func (at endpoint) knows(ctx context.Context, name, kind string) (bool, error) {
	l, err := at.dial(ctx, name+" probe")
	if err != nil {
		return false, err
	}
	defer l.end(closeTimeout)
	stop := context.AfterFunc(ctx, func() { _ = l.wire.Close() })
	defer stop()
	ch, err := l.Channel()
	if err == nil {
		err = ch.ExchangeDeclare(probeName, kind, true, false, false, false, amqp.Table{hayon.ArgDelayedType: hayon.ExchangeTopic})
	}
	if err == nil {
		return true, ch.ExchangeDelete(probeName, true, false) // no RabbitMQ comes here
	}
	e, ok := serverError(err)
	switch {
	case ok && e.Code == amqp.CommandInvalid:
		return false, nil
	case ok && (e.Code == amqp.AccessRefused || e.Code == amqp.PreconditionFailed):
		return true, nil
	}
	return false, at.unreachable(err)
}

package rabbitmq

import (
	"context"
	"errors"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// errNoKind: the server does not have the type of an exchange.
var errNoKind = errors.New("the broker does not have this type of exchange")

// probe declares an exchange whose type the server may not have, on a connection of its own: a server
// without the type ends the whole connection. A passive declaration would not do, as it ignores the type.
// The error is [errNoKind] or the library's.
func (s *session) probe(ctx context.Context, e hayon.Exchange) error {
	l, err := s.broker.at.dial(ctx, s.broker.cfg.Name+" probe")
	if err != nil {
		return err
	}
	defer l.end(closeTimeout)
	_, err = asked(ctx, s, func() (struct{}, error) {
		ch, err := l.Channel()
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, declareExchange(ch, e)
	}, nil)
	if e, ok := serverError(err); ok && e.Code == amqp.CommandInvalid {
		return errNoKind
	}
	return err
}

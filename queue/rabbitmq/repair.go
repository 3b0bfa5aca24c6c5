package rabbitmq

import (
	"context"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// repair declares again what was declared, after somebody has deleted some of it. With why, only if that
// names an exchange of ours.
func (s *session) repair(ctx context.Context, why *amqp.Error) {
	b := s.broker
	b.mu.Lock()
	t := b.topology
	b.mu.Unlock()
	if why != nil && !names(why.Reason, t) {
		return
	}
	select {
	case s.repairing <- struct{}{}:
		defer func() { <-s.repairing }()
	case <-s.done:
		return
	case <-ctx.Done():
		return
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := s.declare(ctx, t); err != nil && !s.ended() && ctx.Err() == nil {
		b.log.Error("the topology could not be declared again", "err", hayon.AsError(err).Message)
	}
}

// names reports whether an answer of the server names an exchange of t.
func names(reason string, t hayon.Topology) bool {
	for _, e := range t.Exchanges {
		if strings.Contains(reason, "exchange '"+e.Name+"'") {
			return true
		}
	}
	return false
}

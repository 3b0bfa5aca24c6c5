package rabbitmq

import (
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// blocking is the alarm of the server, which stops publishing.
type blocking struct {
	since  time.Time // zero: there is none
	reason string
	past   time.Duration // of alarms that are over
}

func (a *blocking) set(now time.Time, reason string) {
	if a.since.IsZero() {
		a.since = now
	}
	a.reason = reason
}

func (a *blocking) clear(now time.Time) {
	if a.since.IsZero() {
		return
	}
	a.past += now.Sub(a.since)
	a.since, a.reason = time.Time{}, ""
}

func (a *blocking) total(now time.Time) time.Duration {
	if a.since.IsZero() {
		return a.past
	}
	return a.past + now.Sub(a.since)
}

// alarm takes the server's word that it takes no messages now, or takes them again.
func (b *Broker) alarm(s *session, e amqp.Blocking) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != s {
		return
	}
	if e.Active {
		b.blocking.set(time.Now(), e.Reason)
		b.log.Warn("the broker takes no messages", "reason", e.Reason)
		return
	}
	b.blocking.clear(time.Now())
	b.log.Info("the broker takes messages again")
}

// blocked says why the server takes no messages, if it does not.
func (b *Broker) blocked() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blocking.since.IsZero() {
		return nil
	}
	return hayon.Errorf(hayon.CodeUnavailable, "the broker at %s takes no messages: %s", b.at, b.blocking.reason).
		WithHint("give RabbitMQ memory or disk space; what waits goes out by itself")
}

// State tells how the broker is.
func (b *Broker) State() hayon.BrokerState {
	out := b.counters.state()
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	out.Kind = hayon.BrokerRabbitMQ
	out.Address, out.Server, out.Prefix = b.at.String(), b.server, b.cfg.Prefix
	out.Connected, out.Since = b.session != nil, b.since.UTC()
	out.Reconnects = max(0, b.sessions-1)
	out.Delay, out.Delayed = b.cfg.Delay, b.delayed
	out.BlockedReason, out.BlockedFor = b.blocking.reason, b.blocking.total(now)
	if !b.blocking.since.IsZero() {
		out.BlockedSince = b.blocking.since.UTC()
	}
	problem := b.problem
	if b.session != nil {
		problem = b.starving()
		if x := b.stuck.Load(); problem == nil && x != nil {
			problem = x.problem
		}
	}
	if problem != nil {
		out.Error, out.Hint = problem.Message, problem.Hint
	}
	return out
}

// starving is why a consumer gets nothing, if one does not. The caller holds mu.
func (b *Broker) starving() *hayon.Error {
	for c := range b.consumers {
		if c.problem != nil {
			return c.problem
		}
	}
	return nil
}

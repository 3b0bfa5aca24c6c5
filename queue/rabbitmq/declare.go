package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// Declare makes what is missing of t on the server. Without a connection it answers nil and t is
// declared with the next one; it is declared again with each one after that. What is there in another
// form is a conflict, what the user of the broker may not make is forbidden, an exchange of a type that
// the server does not know is invalid unless it is optional, and a binding of something that is not there
// is not_found. What was declared before the error stays.
func (b *Broker) Declare(ctx context.Context, t hayon.Topology) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	t = t.WithPrefix(b.cfg.Prefix)
	if err := checkTopology(t); err != nil {
		return err
	}
	s, err := b.remember(t)
	if s == nil || err != nil {
		return err
	}
	if err := s.declare(ctx, t); err != nil && (!transient(err) || !s.ended()) {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topology = merge(b.topology, t)
	b.edition++
	return nil
}

// remember keeps t for the next session where there is none now, and otherwise answers the one there is.
func (b *Broker) remember(t hayon.Topology) (*session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != nil {
		return b.session, nil
	}
	if err := contradiction(b.topology, t); err != nil {
		return nil, err
	}
	b.topology = merge(b.topology, t)
	b.edition++
	return nil, nil //nolint:nilnil // no session is no error
}

// declare declares t.
func (s *session) declare(ctx context.Context, t hayon.Topology) error {
	for _, e := range t.Exchanges {
		if err := s.declareExchange(ctx, e); err != nil {
			return err
		}
	}
	for _, q := range t.Queues {
		if err := s.declareQueue(ctx, q); err != nil {
			return err
		}
	}
	for _, bd := range t.Bindings {
		if err := s.bind(ctx, bd); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) declareExchange(ctx context.Context, e hayon.Exchange) error {
	b := s.broker
	delayed := e.Kind == hayon.ExchangeDelayed
	if delayed {
		e.Kind = b.delayedKind
	}
	wanted := !delayed || !e.Optional || b.cfg.Delay != hayon.DelayStore
	if wanted {
		known, err := s.knows(ctx, e.Kind)
		switch {
		case err != nil:
			return err
		case !known && delayed && b.cfg.Delay == hayon.DelayPlugin:
			return b.noPlugin()
		case !known && !e.Optional:
			return hayon.Errorf(hayon.CodeInvalid, "exchange %q has the type %q, which the broker at %s does not know", e.Name, e.Kind, b.at)
		}
		wanted = known
	}
	if wanted {
		err := s.tell(ctx, func(ch *amqp.Channel) error { return declareExchange(ch, e) })
		if err != nil {
			err = s.declared(ctx, "exchange", e.Name, err, func(ch *amqp.Channel) error {
				return ch.ExchangeDeclarePassive(e.Name, e.Kind, true, false, false, false, nil)
			})
		}
		if err != nil && (hayon.CodeOf(err) != hayon.CodeForbidden || !e.Optional || delayed && b.cfg.Delay == hayon.DelayPlugin) {
			return err
		}
		wanted = err == nil
	}
	s.leave(e.Name, !wanted)
	if delayed && e.Optional {
		b.setDelayed(wanted)
	}
	return nil
}

// knows reports whether the server has a type of exchanges. It is asked once a session.
func (s *session) knows(ctx context.Context, kind string) (bool, error) {
	if slices.Contains(commonKinds, kind) {
		return true, nil
	}
	s.mu.Lock()
	known, asked := s.kinds[kind]
	s.mu.Unlock()
	if asked {
		return known, nil
	}
	known, err := s.broker.at.knows(ctx, s.broker.cfg.Name, kind)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds[kind] = known
	return known, nil
}

func (b *Broker) noPlugin() error {
	return hayon.Errorf(hayon.CodeInvalid, "the broker at %s does not have the plugin for delays", b.at).
		WithHint("rabbitmq-plugins enable rabbitmq_delayed_message_exchange, or hayon config set broker.delay auto")
}

func declareExchange(ch *amqp.Channel, e hayon.Exchange) error {
	args, err := table(e.Arguments)
	if err != nil {
		return err
	}
	return ch.ExchangeDeclare(e.Name, e.Kind, true, false, false, false, args)
}

func declareQueue(ch *amqp.Channel, q hayon.Queue) error {
	args, err := table(q.Arguments)
	if err != nil {
		return err
	}
	_, err = ch.QueueDeclare(q.Name, true, false, false, false, args)
	return err
}

func (s *session) declareQueue(ctx context.Context, q hayon.Queue) error {
	err := s.tell(ctx, func(ch *amqp.Channel) error { return declareQueue(ch, q) })
	if err == nil {
		return nil
	}
	return s.declared(ctx, "queue", q.Name, err, func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclarePassive(q.Name, true, false, false, false, nil)
		return err
	})
}

func (s *session) bind(ctx context.Context, bd hayon.Binding) error {
	if s.left(bd.Exchange) {
		return nil
	}
	err := s.tell(ctx, func(ch *amqp.Channel) error { return ch.QueueBind(bd.Queue, bd.Key, bd.Exchange, false, nil) })
	if err == nil {
		return nil
	}
	e, ok := serverError(err)
	switch {
	case ok && e.Code == amqp.NotFound:
		return hayon.Errorf(hayon.CodeNotFound, "queue %q cannot be bound to exchange %q: the broker does not have both", bd.Queue, bd.Exchange)
	case ok && e.Code == amqp.PreconditionFailed:
		return hayon.Errorf(hayon.CodeInvalid, "queue %q cannot be bound to exchange %q: %s", bd.Queue, bd.Exchange, reason(e)).WithCause(err)
	case ok && e.Code == amqp.AccessRefused:
		// Who may not bind may not look either: the protocol shows no bindings.
		s.broker.log.Info("a binding was not declared for lack of rights; it is taken to be there",
			"exchange", bd.Exchange, "routing_key", bd.Key, "queue", bd.Queue)
		return nil
	}
	return s.failed(fmt.Sprintf("the binding of queue %q to exchange %q", bd.Queue, bd.Exchange), err)
}

// declared says why an object was not declared. Who may not declare may look whether it is there, which
// is enough; in which form then nobody knows.
func (s *session) declared(ctx context.Context, object, name string, err error, look func(*amqp.Channel) error) error {
	e, ok := serverError(err)
	if !ok {
		return s.failed(object+" "+name, err)
	}
	switch e.Code {
	case amqp.PreconditionFailed:
		if m, ok := parseMismatch(e.Reason); ok {
			return conflict(m)
		}
		return hayon.Errorf(hayon.CodeInvalid, "%s %q cannot be declared: %s", object, name, reason(e)).WithCause(err)
	case amqp.AccessRefused:
		if err := s.tell(ctx, look); err == nil {
			s.broker.log.Info("an object was not declared for lack of rights, and is there", "object", object, "name", name)
			return nil
		}
		return hayon.Errorf(hayon.CodeForbidden, "%s %q is not there, and the user of the broker may not make it", object, name).
			WithHint("let an administrator of the broker run: hayon broker topology declare").WithCause(err)
	}
	return s.failed(object+" "+name, err)
}

// tell asks the server for something that has no answer but yes.
func (s *session) tell(ctx context.Context, ask func(*amqp.Channel) error) error {
	_, err := question(ctx, s.control, func(ch *amqp.Channel) (struct{}, error) { return struct{}{}, ask(ch) })
	return err
}

// failed is the answer where neither we nor the object are to blame.
func (s *session) failed(what string, err error) error {
	if _, ok := errors.AsType[*hayon.Error](err); ok {
		return err
	}
	if e, ok := serverError(err); ok && !s.ended() {
		return hayon.Errorf(hayon.CodeUnavailable, "%s was not declared: %s", what, reason(e)).WithCause(err)
	}
	return s.over(err)
}

// serverError is the server's word in err, if it is one.
func serverError(err error) (*amqp.Error, bool) {
	e, ok := errors.AsType[*amqp.Error](err)
	return e, ok && e.Server
}

// leave remembers whether an exchange is left out.
func (s *session) leave(name string, out bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.absent[name] = out
}

func (s *session) left(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.absent[name]
}

func (b *Broker) setDelayed(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.delayed = on
}

// conflictHint is for who finds an object in another form.
const conflictHint = "choose other names by hayon config set broker.prefix PREFIX, or delete it on the broker: no post is lost by that"

// conflict says how an object differs.
func conflict(m mismatch) *hayon.Error {
	return hayon.Errorf(hayon.CodeConflict, "%s %q is there already with %s=%s, not %s; nothing was changed", m.object, m.name, m.argument, m.have, m.want).
		WithHint(conflictHint).
		WithDetail("object", m.object).WithDetail("name", m.name).WithDetail("argument", m.argument).
		WithDetail("have", m.have).WithDetail("want", m.want)
}

// shown is an argument as text.
func shown(args map[string]any, key string) string {
	v, ok := args[key]
	if !ok {
		return "none"
	}
	return fmt.Sprint(v)
}

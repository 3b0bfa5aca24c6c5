package rabbitmq

import (
	"context"
	"fmt"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// Check compares a topology with what is on the server and changes nothing. Each object has a finding, in
// the order of the topology. The protocol shows no bindings: they are unknown, unless cfg.Management tells
// who does. The error is as that of [Open], and a server that cannot be reached is one too.
//
// An object that is deleted by somebody else at the same moment may be made anew.
func Check(ctx context.Context, cfg Config, t hayon.Topology) ([]hayon.Finding, error) {
	cfg, at, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	t = t.WithPrefix(cfg.Prefix)
	if err := checkTopology(t); err != nil {
		return nil, err
	}
	l, err := at.dial(ctx, cfg.Name+" check")
	if err != nil {
		return nil, err
	}
	defer l.end(closeTimeout)
	// The library knows no context.
	stop := context.AfterFunc(ctx, func() { _ = l.wire.Close() })
	defer stop()
	c := checker{cfg: cfg, at: at, link: l, kinds: make(map[string]bool), absent: make(map[string]bool)}
	var out []hayon.Finding
	for _, e := range t.Exchanges {
		f, err := c.exchange(ctx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	for _, q := range t.Queues {
		f, err := c.queue(q)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return append(out, c.bindings(ctx, t.Bindings)...), nil
}

// checker asks about one object after the other.
type checker struct {
	cfg  Config
	at   endpoint
	link *link
	ch   *amqp.Channel // nil after a question that closed it
	// kinds are the types of exchanges that were asked for, absent the exchanges that are left out.
	kinds, absent map[string]bool
}

// ask asks on a channel that is open.
func (c *checker) ask(question func(*amqp.Channel) error) error {
	if c.ch == nil || c.ch.IsClosed() {
		ch, err := c.link.Channel()
		if err != nil {
			return err
		}
		c.ch = ch
	}
	return question(c.ch)
}

func (c *checker) exchange(ctx context.Context, e hayon.Exchange) (hayon.Finding, error) {
	f := hayon.Finding{Object: "exchange", Name: e.Name}
	if e.Kind == hayon.ExchangeDelayed && e.Optional && c.cfg.Delay == hayon.DelayStore {
		c.absent[e.Name] = true
		f.State, f.Detail = hayon.FindingAbsent, "broker.delay is store: it is not used"
		return f, nil
	}
	known, err := c.knows(ctx, e.Kind)
	if err != nil {
		return f, err
	}
	err = c.ask(func(ch *amqp.Channel) error {
		return ch.ExchangeDeclarePassive(e.Name, e.Kind, true, false, false, false, nil)
	})
	there := err == nil
	switch {
	case there && !known:
		f.State, f.Argument, f.Want = hayon.FindingDiffers, "type", e.Kind
		f.Detail, f.Hint = "it has another type: the broker does not know this one", conflictHint
		return f, nil
	case there:
		return c.form(f, func(ch *amqp.Channel) error { return declareExchange(ch, e) })
	}
	f, err = c.look(f, err)
	if err == nil && f.State == hayon.FindingMissing && !known {
		f.Detail, f.Hint = fmt.Sprintf("the broker does not know the type %s", e.Kind), ""
		if e.Optional {
			c.absent[e.Name] = true
			f.State = hayon.FindingAbsent
		}
	}
	return f, err
}

func (c *checker) queue(q hayon.Queue) (hayon.Finding, error) {
	f := hayon.Finding{Object: "queue", Name: q.Name}
	err := c.ask(func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclarePassive(q.Name, true, false, false, false, nil)
		return err
	})
	if err != nil {
		return c.look(f, err)
	}
	return c.form(f, func(ch *amqp.Channel) error { return declareQueue(ch, q) })
}

func (c *checker) knows(ctx context.Context, kind string) (bool, error) {
	if slices.Contains(commonKinds, kind) {
		return true, nil
	}
	if known, asked := c.kinds[kind]; asked {
		return known, nil
	}
	known, err := c.at.knows(ctx, c.cfg.Name, kind)
	c.kinds[kind] = known
	return known, err
}

// look is the finding where an object could not be looked at.
func (c *checker) look(f hayon.Finding, err error) (hayon.Finding, error) {
	e, ok := serverError(err)
	if !ok {
		return f, c.at.unreachable(err)
	}
	switch e.Code {
	case amqp.NotFound:
		f.State, f.Hint = hayon.FindingMissing, "hayon broker topology declare"
	case amqp.AccessRefused:
		f.State, f.Detail, f.Hint = hayon.FindingForbidden, "the user of the broker may not look at it", hintRights
	default:
		f.State, f.Detail = hayon.FindingUnknown, reason(e)
	}
	return f, nil
}

// form compares the form of an object that is there, by declaring it: that makes nothing.
func (c *checker) form(f hayon.Finding, declare func(*amqp.Channel) error) (hayon.Finding, error) {
	err := c.ask(declare)
	if err == nil {
		f.State = hayon.FindingOK
		return f, nil
	}
	e, ok := serverError(err)
	if !ok {
		return f, c.at.unreachable(err)
	}
	if m, ok := parseMismatch(e.Reason); ok {
		f.State, f.Argument, f.Have, f.Want, f.Hint = hayon.FindingDiffers, m.argument, m.have, m.want, conflictHint
		return f, nil
	}
	if e.Code == amqp.AccessRefused {
		f.State, f.Detail = hayon.FindingForbidden, "it is there, and the user of the broker may not see in which form"
		f.Hint = "check it as a user who may configure it"
		return f, nil
	}
	f.State, f.Detail = hayon.FindingUnknown, reason(e)
	return f, nil
}

// bindings are the findings for bindings.
func (c *checker) bindings(ctx context.Context, all []hayon.Binding) []hayon.Finding {
	have, err := c.cfg.listBindings(ctx, c.at)
	var out []hayon.Finding
	for _, b := range all {
		f := hayon.Finding{Object: "binding", Name: b.Exchange + " -> " + b.Queue + " (" + b.Key + ")"}
		switch {
		case c.absent[b.Exchange]:
			f.State, f.Detail = hayon.FindingAbsent, "its exchange is not there"
		case err != nil:
			f.State, f.Detail, f.Hint = hayon.FindingUnknown, hayon.AsError(err).Message, hayon.AsError(err).Hint
		case slices.Contains(have, b):
			f.State = hayon.FindingOK
		default:
			f.State, f.Hint = hayon.FindingMissing, "hayon broker topology declare"
		}
		out = append(out, f)
	}
	return out
}

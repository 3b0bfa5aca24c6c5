package local

import (
	"context"
	"maps"
	"slices"

	"github.com/hayon/hayon"
)

// exchange routes messages to queues.
type exchange struct {
	kind     string
	args     map[string]any
	topic    bool // binding keys are patterns
	bindings []binding
	delays   *delays // nil where messages are routed at once
}

// Declare makes what is missing of t, all of it or, with an error, nothing. A binding that names an
// unknown exchange or queue is not_found. A kind of exchange that is not known and not optional, an
// argument that is not known, and a value that an argument cannot have are invalid.
func (b *Broker) Declare(ctx context.Context, t hayon.Topology) error {
	b.mu.Lock()
	defer b.unlock()
	if err := b.usable(ctx); err != nil {
		return err
	}
	d := declaration{broker: b, exchanges: make(map[string]*exchange), queues: make(map[string]*queue), skipped: make(map[string]bool)}
	for _, e := range t.Exchanges {
		if err := d.exchange(e); err != nil {
			return err
		}
	}
	for _, q := range t.Queues {
		if err := d.queue(q); err != nil {
			return err
		}
	}
	for _, bd := range t.Bindings {
		if err := d.binding(bd); err != nil {
			return err
		}
	}
	d.commit()
	return nil
}

// declaration collects what a topology adds to a broker, so that an error leaves nothing behind.
type declaration struct {
	broker    *Broker
	exchanges map[string]*exchange
	queues    map[string]*queue
	bindings  []hayon.Binding
	// skipped are the optional exchanges of an unknown kind.
	skipped map[string]bool
}

func (d *declaration) exchange(e hayon.Exchange) error {
	known := e.Kind == hayon.ExchangeTopic || e.Kind == hayon.ExchangeDirect || e.Kind == hayon.ExchangeDelayed && d.broker.delayed
	if !known {
		if e.Optional {
			d.skipped[e.Name] = true
			return nil
		}
		return hayon.Errorf(hayon.CodeInvalid, "exchange %q has the type %q, which the local broker does not know", e.Name, e.Kind)
	}
	if old, ok := d.findExchange(e.Name); ok {
		if old.kind != e.Kind {
			return conflict("exchange", e.Name, "type", old.kind, e.Kind)
		}
		return sameArguments("exchange", e.Name, old.args, e.Arguments)
	}
	x, err := d.broker.newExchange(e)
	if err != nil {
		return err
	}
	d.exchanges[e.Name] = x
	return nil
}

// newExchange makes an exchange of a kind that is known.
func (b *Broker) newExchange(e hayon.Exchange) (*exchange, error) {
	x := &exchange{kind: e.Kind, args: maps.Clone(e.Arguments), topic: e.Kind == hayon.ExchangeTopic}
	for _, name := range slices.Sorted(maps.Keys(e.Arguments)) {
		if name != hayon.ArgDelayedType || e.Kind != hayon.ExchangeDelayed {
			return nil, hayon.Errorf(hayon.CodeInvalid, "exchange %q has the argument %s, which the local broker does not know", e.Name, name)
		}
	}
	if e.Kind != hayon.ExchangeDelayed {
		return x, nil
	}
	switch v := e.Arguments[hayon.ArgDelayedType]; v {
	case hayon.ExchangeTopic, hayon.ExchangeDirect:
		x.topic = v == hayon.ExchangeTopic
	default:
		return nil, hayon.Errorf(hayon.CodeInvalid, "exchange %q has %s=%#v; it is %s or %s",
			e.Name, hayon.ArgDelayedType, v, hayon.ExchangeTopic, hayon.ExchangeDirect)
	}
	x.delays = newDelays(b, x)
	return x, nil
}

func (d *declaration) queue(q hayon.Queue) error {
	if old, ok := d.findQueue(q.Name); ok {
		return sameArguments("queue", q.Name, old.args, q.Arguments)
	}
	s, err := d.broker.settings(q)
	if err != nil {
		return err
	}
	d.queues[q.Name] = newQueue(d.broker, q.Name, maps.Clone(q.Arguments), s)
	return nil
}

func (d *declaration) binding(bd hayon.Binding) error {
	if d.skipped[bd.Exchange] {
		return nil
	}
	if _, ok := d.findExchange(bd.Exchange); !ok {
		return hayon.Errorf(hayon.CodeNotFound, "queue %q cannot be bound: the broker has no exchange %q", bd.Queue, bd.Exchange)
	}
	if _, ok := d.findQueue(bd.Queue); !ok {
		return hayon.Errorf(hayon.CodeNotFound, "exchange %q cannot be bound: the broker has no queue %q", bd.Exchange, bd.Queue)
	}
	d.bindings = append(d.bindings, bd)
	return nil
}

func (d *declaration) findExchange(name string) (*exchange, bool) {
	if e, ok := d.exchanges[name]; ok {
		return e, true
	}
	e, ok := d.broker.exchanges[name]
	return e, ok
}

func (d *declaration) findQueue(name string) (*queue, bool) {
	if q, ok := d.queues[name]; ok {
		return q, true
	}
	q, ok := d.broker.queues[name]
	return q, ok
}

func (d *declaration) commit() {
	b := d.broker
	maps.Copy(b.exchanges, d.exchanges)
	maps.Copy(b.queues, d.queues)
	for _, bd := range d.bindings {
		e, q := b.exchanges[bd.Exchange], b.queues[bd.Queue]
		if !slices.ContainsFunc(e.bindings, func(old binding) bool { return old.key == bd.Key && old.queue == q }) {
			e.bindings = append(e.bindings, newBinding(bd.Key, q))
		}
	}
}

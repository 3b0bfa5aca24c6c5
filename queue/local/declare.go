package local

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hayon/hayon"
)

// Arguments of queues that have an effect here.
const argMaxLength = "x-max-length"

// exchange routes messages to queues.
type exchange struct {
	kind     string
	args     map[string]any
	bindings []binding
}

// Declare makes what is missing of t, all of it or, with an error, nothing. A binding that names an
// unknown exchange or queue is not_found, a kind of exchange that is not known and not optional is
// invalid.
func (b *Broker) Declare(ctx context.Context, t hayon.Topology) error {
	b.mu.Lock()
	defer b.mu.Unlock()
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
	if e.Kind != hayon.ExchangeTopic && e.Kind != hayon.ExchangeDirect {
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
	d.exchanges[e.Name] = &exchange{kind: e.Kind, args: maps.Clone(e.Arguments)}
	return nil
}

func (d *declaration) queue(q hayon.Queue) error {
	if old, ok := d.findQueue(q.Name); ok {
		return sameArguments("queue", q.Name, old.args, q.Arguments)
	}
	limit := d.broker.maxLength
	if v, ok := q.Arguments[argMaxLength]; ok {
		n, isInt := integer(v)
		if !isInt || n < 0 {
			return hayon.Errorf(hayon.CodeInvalid, "queue %q has %s=%v, which is no length", q.Name, argMaxLength, v)
		}
		limit = int(min(n, int64(limit)))
	}
	d.queues[q.Name] = &queue{args: maps.Clone(q.Arguments), limit: limit}
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

// sameArguments compares by name, in the order of names, so that the same difference is always told
// first. Integers of different Go types are equal when their values are.
func sameArguments(object, name string, have, want map[string]any) error {
	names := slices.Collect(maps.Keys(have))
	for k := range want {
		if _, ok := have[k]; !ok {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for _, k := range names {
		h, w := shown(have, k), shown(want, k)
		if h != w {
			return conflict(object, name, k, h, w)
		}
	}
	return nil
}

// shown is an argument as text, so that 5 and int64(5) are the same and 5 and "5" are not.
func shown(args map[string]any, key string) string {
	v, ok := args[key]
	if !ok {
		return "none"
	}
	if n, ok := integer(v); ok {
		return fmt.Sprintf("%d", n)
	}
	return fmt.Sprintf("%#v", v)
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int8:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	default:
		return 0, false
	}
}

func conflict(object, name, argument, have, want string) error {
	return hayon.Errorf(hayon.CodeConflict, "%s %q is there already with %s=%s, not %s; nothing was changed", object, name, argument, have, want).
		WithHint("hayon broker topology check").
		WithDetail("object", object).WithDetail("name", name).WithDetail("argument", argument).
		WithDetail("have", have).WithDetail("want", want)
}

package rabbitmq

import (
	"maps"
	"slices"

	"github.com/hayon/hayon"
)

// The types of exchanges that every RabbitMQ has. Declaring another type ends the whole connection where
// the server does not know it.
var commonKinds = []string{hayon.ExchangeTopic, hayon.ExchangeDirect, "fanout", "headers"}

// checkTopology refuses what AMQP cannot carry.
func checkTopology(t hayon.Topology) error {
	long := func(name string) error {
		if len(name) > maxShortString {
			return hayon.Errorf(hayon.CodeInvalid, "%.40q… has %d bytes; a name or key on the broker may have %d", name, len(name), maxShortString)
		}
		return nil
	}
	arguments := func(object, name string, args map[string]any) error {
		if _, err := table(args); err != nil {
			return hayon.Errorf(hayon.CodeInvalid, "%s %q cannot be declared: its argument %w", object, name, err)
		}
		return long(name)
	}
	for _, e := range t.Exchanges {
		if err := arguments("exchange", e.Name, e.Arguments); err != nil {
			return err
		}
		if err := long(e.Kind); err != nil {
			return err
		}
	}
	for _, q := range t.Queues {
		if err := arguments("queue", q.Name, q.Arguments); err != nil {
			return err
		}
	}
	for _, b := range t.Bindings {
		for _, s := range []string{b.Exchange, b.Queue, b.Key} {
			if err := long(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// merge is old with what t has more; where both have an object, that of t counts. It shares nothing with
// t that its owner may change.
func merge(old, t hayon.Topology) hayon.Topology {
	t = t.WithPrefix("") // a copy
	out := hayon.Topology{
		Exchanges: slices.Clone(old.Exchanges), Queues: slices.Clone(old.Queues), Bindings: slices.Clone(old.Bindings),
	}
	for _, e := range t.Exchanges {
		out.Exchanges = slices.DeleteFunc(out.Exchanges, func(o hayon.Exchange) bool { return o.Name == e.Name })
		out.Exchanges = append(out.Exchanges, e)
	}
	for _, q := range t.Queues {
		out.Queues = slices.DeleteFunc(out.Queues, func(o hayon.Queue) bool { return o.Name == q.Name })
		out.Queues = append(out.Queues, q)
	}
	for _, b := range t.Bindings {
		if !slices.Contains(out.Bindings, b) {
			out.Bindings = append(out.Bindings, b)
		}
	}
	return out
}

// contradiction says where t has another form of what old has; nil where they agree.
func contradiction(old, t hayon.Topology) error {
	for _, e := range t.Exchanges {
		for _, o := range old.Exchanges {
			if o.Name != e.Name {
				continue
			}
			if o.Kind != e.Kind {
				return conflict(mismatch{object: "exchange", name: e.Name, argument: "type", have: o.Kind, want: e.Kind})
			}
			if err := differing("exchange", e.Name, o.Arguments, e.Arguments); err != nil {
				return err
			}
		}
	}
	for _, q := range t.Queues {
		for _, o := range old.Queues {
			if o.Name == q.Name {
				if err := differing("queue", q.Name, o.Arguments, q.Arguments); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// differing compares arguments in the order of their names.
func differing(object, name string, have, want map[string]any) error {
	keys := slices.Collect(maps.Keys(have))
	for k := range want {
		if _, ok := have[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if h, w := shown(have, k), shown(want, k); h != w {
			return conflict(mismatch{object: object, name: name, argument: k, have: h, want: w})
		}
	}
	return nil
}

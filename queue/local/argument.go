package local

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// maxTTL is the longest x-message-ttl, the one of RabbitMQ.
const maxTTL = 10 * 365 * 24 * time.Hour

// settings are the arguments of a queue, read.
type settings struct {
	// limit is how many messages are ready at most.
	limit int
	// ttl is how long a message may wait; 0: for ever.
	ttl time.Duration
	// returns is how often a message may be given back, where bounded.
	returns int64
	bounded bool
	// buries: dead letters go to exchange. They are routed by key where the queue rekeys, else by the key
	// that they had.
	buries, rekeys bool
	exchange, key  string
}

// settings reads the arguments of a queue.
func (b *Broker) settings(queue hayon.Queue) (settings, error) {
	s := settings{limit: b.maxLength}
	for _, name := range slices.Sorted(maps.Keys(queue.Arguments)) {
		v := queue.Arguments[name]
		known, ok := s.read(name, v)
		if !known {
			return s, hayon.Errorf(hayon.CodeInvalid, "queue %q has the argument %s, which the local broker does not know", queue.Name, name)
		}
		if !ok {
			return s, hayon.Errorf(hayon.CodeInvalid, "queue %q has %s=%#v, which is no value for it", queue.Name, name, v)
		}
	}
	if s.rekeys && !s.buries {
		return s, hayon.Errorf(hayon.CodeInvalid, "queue %q has %s without %s", queue.Name, hayon.ArgDeadLetterRoutingKey, hayon.ArgDeadLetterExchange)
	}
	_, length := queue.Arguments[hayon.ArgMaxLength]
	if _, refuses := queue.Arguments[hayon.ArgOverflow]; length && !refuses {
		return s, hayon.Errorf(hayon.CodeInvalid, "queue %q has %s without %s=%s: the local broker drops nothing to make room",
			queue.Name, hayon.ArgMaxLength, hayon.ArgOverflow, overflowReject)
	}
	return s, nil
}

// The values of arguments.
const (
	typeQuorum     = "quorum"
	overflowReject = "reject-publish"
	atMostOnce     = "at-most-once"
	atLeastOnce    = "at-least-once"
)

// read takes one argument, and reports whether it is known and whether that is a value for it.
func (s *settings) read(name string, v any) (known, ok bool) {
	n, isInt := integer(v)
	natural := isInt && n >= 0
	switch name {
	case hayon.ArgQueueType:
		ok = v == typeQuorum
	case hayon.ArgOverflow:
		ok = v == overflowReject
	case hayon.ArgDeadLetterStrategy:
		ok = v == atMostOnce || v == atLeastOnce
	case hayon.ArgDeadLetterExchange:
		s.exchange, ok = v.(string)
		s.buries = true
	case hayon.ArgDeadLetterRoutingKey:
		s.key, ok = v.(string)
		s.rekeys = true
	case hayon.ArgDeliveryLimit:
		s.returns, s.bounded, ok = n, true, natural
	case hayon.ArgMaxLength:
		s.limit, ok = int(min(n, int64(s.limit))), natural
	case hayon.ArgMessageTTL:
		// A time of 0 leaves a moment in which somebody who waits gets the message.
		s.ttl, ok = time.Duration(max(n, 1))*time.Millisecond, natural && n <= maxTTL.Milliseconds()
	default:
		return false, false
	}
	return true, ok
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

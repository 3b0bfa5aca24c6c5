package rabbitmq

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// MaxBodyBytes is the most that the body of a message may have.
const MaxBodyBytes = 1024

// maxExpiration is the longest expiration that RabbitMQ takes: 2^32-1 ms.
const maxExpiration = math.MaxUint32 * time.Millisecond

// publishing is m as it goes out. What AMQP cannot carry is invalid: the library would end the
// connection over it.
func publishing(m hayon.Message) (amqp.Publishing, error) {
	if len(m.Body) > MaxBodyBytes {
		return amqp.Publishing{}, hayon.Errorf(hayon.CodeInvalid, "message %q has a body of %d bytes; a broker carries at most %d", m.ID, len(m.Body), MaxBodyBytes)
	}
	if m.Expiration < 0 || m.Expiration > maxExpiration {
		return amqp.Publishing{}, hayon.Errorf(hayon.CodeInvalid, "message %q expires after %v; it is at most %v", m.ID, m.Expiration, maxExpiration)
	}
	for _, s := range []string{m.Exchange, m.RoutingKey, m.ID, m.Type} {
		if len(s) > maxShortString {
			return amqp.Publishing{}, hayon.Errorf(hayon.CodeInvalid, "message %.40q has a name or key of %d bytes; it may have %d", m.ID, len(s), maxShortString)
		}
	}
	headers, err := table(m.Headers)
	if err != nil {
		return amqp.Publishing{}, hayon.Errorf(hayon.CodeInvalid, "message %q cannot be sent: its header %w", m.ID, err)
	}
	p := amqp.Publishing{
		Headers: headers, DeliveryMode: amqp.Persistent, MessageId: m.ID, Type: m.Type, Timestamp: m.At, Body: m.Body,
	}
	if m.Expiration > 0 {
		p.Expiration = strconv.FormatInt(m.Expiration.Milliseconds(), 10)
	}
	return p, nil
}

// message is a message as it came, under the names of the topology.
func (b *Broker) message(d *amqp.Delivery) hayon.Message {
	m := hayon.Message{
		Exchange: b.bare(d.Exchange), RoutingKey: d.RoutingKey, ID: d.MessageId, Type: d.Type, Body: d.Body,
		Headers: fields(d.Headers),
	}
	if !d.Timestamp.IsZero() {
		m.At = d.Timestamp.UTC()
	}
	if ms, err := strconv.ParseUint(d.Expiration, 10, 32); err == nil {
		m.Expiration = time.Duration(ms) * time.Millisecond
	}
	b.bareDeaths(m.Headers)
	return m
}

// bare is a name on the server without our prefix.
func (b *Broker) bare(name string) string { return strings.TrimPrefix(name, b.cfg.Prefix) }

// bareDeaths takes the prefix off the names in the broker's own history of a message.
func (b *Broker) bareDeaths(headers map[string]any) {
	if b.cfg.Prefix == "" {
		return
	}
	list, _ := headers[hayon.HeaderDeath].([]any)
	for _, v := range list {
		entry, _ := v.(map[string]any)
		b.bareFields(entry, "queue", "exchange")
	}
	b.bareFields(headers, "x-first-death-queue", "x-first-death-exchange", "x-last-death-queue", "x-last-death-exchange")
}

func (b *Broker) bareFields(m map[string]any, keys ...string) {
	for _, k := range keys {
		if name, ok := m[k].(string); ok {
			m[k] = b.bare(name)
		}
	}
}

// table is a map as the library writes it: nested ones are tables too, and an int, which the library
// would cut to 32 bits, is an int64. The error begins with the name of the field.
func table(m map[string]any) (amqp.Table, error) {
	if len(m) == 0 {
		return nil, nil //nolint:nilnil // no table is what an empty one is
	}
	t := make(amqp.Table, len(m))
	for k, v := range m {
		if len(k) > maxShortString {
			return nil, fmt.Errorf("%.40q… has a name of %d bytes; it may have %d", k, len(k), maxShortString)
		}
		f, err := field(v)
		if err != nil {
			return nil, fmt.Errorf("%q %w", k, err)
		}
		t[k] = f
	}
	return t, nil
}

func field(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int8, int16, int32, int64, uint8, float32, float64, string, time.Time:
		return v, nil
	case []byte:
		return v, nil
	case int:
		return int64(v), nil
	case uint16:
		return int64(v), nil
	case uint32:
		return int64(v), nil
	case uint:
		return unsigned(uint64(v))
	case uint64:
		return unsigned(v)
	case map[string]any:
		return table(v)
	case amqp.Table:
		return table(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			f, err := field(v[i])
			if err != nil {
				return nil, err
			}
			out[i] = f
		}
		return out, nil
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out, nil
	}
	return nil, fmt.Errorf("has the type %T, which AMQP does not know", v)
}

func unsigned(v uint64) (any, error) {
	if v > math.MaxInt64 {
		return nil, fmt.Errorf("is %d, which is more than a signed number of 64 bits", v)
	}
	return int64(v), nil
}

// fields is a table as callers know it: plain maps, and one type of integer.
func fields(t amqp.Table) map[string]any {
	if t == nil {
		return nil
	}
	m := make(map[string]any, len(t))
	for k, v := range t {
		m[k] = plain(v)
	}
	return m
}

func plain(v any) any {
	switch v := v.(type) {
	case amqp.Table:
		return fields(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case time.Time:
		return v.UTC()
	}
	return v
}

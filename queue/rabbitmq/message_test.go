package rabbitmq_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestHeaders: nested ones come as they went, and every integer as an int64.
func TestHeaders(t *testing.T) {
	t.Parallel()
	b := open(t, config(t, servers.RabbitMQ(t).VHost(t)))
	declare(t, b)
	at := time.Date(2026, 11, 20, 17, 4, 5, 0, time.UTC)
	m := message("headers")
	m.Headers = map[string]any{
		"int": math.MaxInt, "int8": int8(-8), "int16": int16(-16), "int32": int32(-32), "int64": int64(math.MinInt64),
		"uint8": uint8(8), "uint16": uint16(16), "uint32": uint32(math.MaxUint32), "uint": uint(1), "uint64": uint64(math.MaxInt64),
		"bool": true, "nil": nil, "string": "ä", "bytes": []byte{0, 1}, "float": 1.5, "time": at,
		"list": []any{"a", 1, map[string]any{"k": []any{uint8(2)}}}, "strings": []string{"x", "y"},
		"table": map[string]any{"n": 5, "inner": map[string]any{"deep": false}},
	}
	if err := send(t, b, m); err != nil {
		t.Fatalf("publish: %v", err)
	}
	got := receive(t, consume(t, b, work, 1)).Message().Headers
	want := map[string]any{
		"int": int64(math.MaxInt), "int8": int64(-8), "int16": int64(-16), "int32": int64(-32), "int64": int64(math.MinInt64),
		"uint8": int64(8), "uint16": int64(16), "uint32": int64(math.MaxUint32), "uint": int64(1), "uint64": int64(math.MaxInt64),
		"bool": true, "nil": nil, "string": "ä", "bytes": []byte{0, 1}, "float": 1.5, "time": at,
		"list": []any{"a", int64(1), map[string]any{"k": []any{int64(2)}}}, "strings": []any{"x", "y"},
		"table": map[string]any{"n": int64(5), "inner": map[string]any{"deep": false}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// TestMessagesThatAMQPCannotCarry are refused before they end the connection.
func TestMessagesThatAMQPCannotCarry(t *testing.T) {
	t.Parallel()
	b := open(t, config(t, servers.RabbitMQ(t).VHost(t)))
	declare(t, b)
	long := strings.Repeat("x", 256)
	for name, change := range map[string]func(*hayon.Message){
		"routing key":      func(m *hayon.Message) { m.RoutingKey = long },
		"exchange":         func(m *hayon.Message) { m.Exchange = long },
		"id":               func(m *hayon.Message) { m.ID = long },
		"type":             func(m *hayon.Message) { m.Type = long },
		"name of a header": func(m *hayon.Message) { m.Headers = map[string]any{long: 1} },
		"type of a header": func(m *hayon.Message) { m.Headers = map[string]any{"k": struct{}{}} },
		"nested type":      func(m *hayon.Message) { m.Headers = map[string]any{"k": []any{map[string]any{"n": make(chan int)}}} },
		"big number":       func(m *hayon.Message) { m.Headers = map[string]any{"k": uint64(math.MaxUint64)} },
		"body":             func(m *hayon.Message) { m.Body = make([]byte, 1025) },
		"expiration":       func(m *hayon.Message) { m.Expiration = 50 * 24 * time.Hour },
		"past expiration":  func(m *hayon.Message) { m.Expiration = -1 },
	} {
		m := message("m")
		change(&m)
		if _, err := b.Publish(t.Context(), m); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	for name, change := range map[string]func(*hayon.Topology){
		"name of an exchange": func(t *hayon.Topology) { t.Exchanges[0].Name = long },
		"type of an exchange": func(t *hayon.Topology) { t.Exchanges[0].Kind = long },
		"name of a queue":     func(t *hayon.Topology) { t.Queues[0].Name = long },
		"argument":            func(t *hayon.Topology) { t.Queues[0].Arguments["k"] = struct{}{} },
		"key of a binding":    func(t *hayon.Topology) { t.Bindings[0].Key = long },
	} {
		top := topology()
		change(&top)
		if err := b.Declare(t.Context(), top); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	put(t, b, "fine")
	if s := b.State(); s.Reconnects != 0 || s.Published != 1 {
		t.Errorf("state: %+v", s)
	}
}

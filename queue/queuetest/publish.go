package queuetest

import (
	"maps"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func publishCases() []testCase {
	return []testCase{
		{name: "properties", run: publishProperties},
		{name: "header types", run: publishHeaders},
		{name: "copies", run: publishCopies},
		{name: "unroutable", run: publishUnroutable},
		{name: "optional", run: publishOptional},
		{name: "unknown exchange", run: publishUnknownExchange},
		{name: "window", run: publishWindow},
		{name: "duplicates", run: publishDuplicates},
		{name: "body too long", run: publishTooLong},
		{name: "expiration out of range", run: publishBadExpiration},
	}
}

func publishProperties(t *testing.T, f *fixture) {
	want := hayon.Message{
		Exchange: f.topic, RoutingKey: "in", ID: "t_01:3:1", Type: "hint",
		At:      time.Date(2026, 11, 20, 17, 4, 5, 0, time.UTC),
		Headers: map[string]any{"x-hayon-attempt": int64(1), "x-word": "w"},
		Body:    []byte(`{"v":1}`), Expiration: time.Hour + time.Millisecond,
	}
	if err := f.send(t, want); err != nil {
		t.Fatalf("publish: %v", err)
	}
	d := receive(t, f.consume(t, f.queue, 1))
	got := d.Message()
	if !got.At.Equal(want.At) {
		t.Errorf("timestamp: got %v, want %v", got.At, want.At)
	}
	if d.Redelivered() {
		t.Error("the first delivery says that it is redelivered")
	}
	for k, v := range want.Headers { // a server may add headers of its own
		if !reflect.DeepEqual(got.Headers[k], v) {
			t.Errorf("header %s: got %#v, want %#v", k, got.Headers[k], v)
		}
	}
	got.At, got.Headers = want.At, want.Headers
	if !reflect.DeepEqual(got, want) {
		t.Errorf("message: got %+v, want %+v", got, want)
	}
}

// publishHeaders: an int comes as what AMQP has for it.
func publishHeaders(t *testing.T, f *fixture) {
	m := f.message("m")
	m.Headers = map[string]any{
		"x-text": "w", "x-empty": "", "x-large": int64(1) << 40, "x-negative": int64(-7), "x-int": 7, "x-flag": true, "x-off": false,
		"x-list":  []any{"a", int64(2), false, map[string]any{"k": "v", "n": 3}, []any{"deep"}},
		"x-table": map[string]any{"n": int64(-1), "t": map[string]any{"deep": []any{int64(9)}}},
	}
	want := maps.Clone(m.Headers)
	want["x-int"] = int64(7)
	want["x-list"] = []any{"a", int64(2), false, map[string]any{"k": "v", "n": int64(3)}, []any{"deep"}}
	f.take(t, m)
	got := receive(t, f.consume(t, f.queue, 1)).Message().Headers
	maps.DeleteFunc(got, func(k string, _ any) bool { _, ours := want[k]; return !ours }) // a server adds its own
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func publishCopies(t *testing.T, f *fixture) {
	inner := map[string]any{"k": "mine"}
	m := f.message("mine")
	m.Headers = map[string]any{"k": "mine", "list": []any{inner}}
	f.take(t, m)
	spoil := func(m hayon.Message) {
		m.Body[0], m.Headers["k"] = 'X', "changed"
		list, _ := m.Headers["list"].([]any)
		if entry, ok := list[0].(map[string]any); ok {
			entry["k"] = "changed"
		}
	}
	spoil(m)
	ch := f.consume(t, f.queue, 1)
	d := receiveBody(t, ch, "mine")
	spoil(d.Message())
	nack(t, d, true)
	d = receiveBody(t, ch, "mine")
	want := map[string]any{"k": "mine", "list": []any{map[string]any{"k": "mine"}}}
	got := d.Message().Headers
	delete(got, hayon.HeaderDeliveryCount)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func publishUnroutable(t *testing.T, f *fixture) {
	for _, exchange := range []string{f.topic, f.direct} {
		m := f.message("lost")
		m.Exchange, m.RoutingKey = exchange, "nobody.listens"
		wantCode(t, f.send(t, m), hayon.CodeNotFound)
	}
	f.put(t, "next") // the broker goes on
	f.depth(t, f.queue, 1, 0)
}

// publishOptional: what nobody takes is no error, and what somebody takes says nothing of it.
func publishOptional(t *testing.T, f *fixture) {
	for _, exchange := range []string{f.topic, f.direct} {
		m := f.to("nobody.listens", "lost")
		m.Exchange, m.Optional = exchange, true
		f.take(t, m)
	}
	m := f.message("taken")
	m.Optional = true
	f.take(t, m)
	d := receiveBody(t, f.consume(t, f.queue, 1), "taken")
	if d.Message().Optional {
		t.Error("the delivery says that it is optional")
	}
}

func publishUnknownExchange(t *testing.T, f *fixture) {
	m := f.message("lost")
	m.Exchange = f.topic + "_unknown"
	wantCode(t, f.send(t, m), hayon.CodeNotFound)
	f.put(t, "next")
}

// publishWindow has many confirmations open at once, some of them bad ones, and each must get its
// own word.
func publishWindow(t *testing.T, f *fixture) {
	const window = 100
	confirmations := make([]hayon.Confirmation, window)
	for i, body := range bodies(window) {
		m := f.message(body)
		if i%7 == 3 {
			m.RoutingKey = "nobody.listens"
		}
		c, err := f.Publish(t.Context(), m)
		if err != nil {
			t.Fatalf("publish %d: %v", i, err)
		}
		confirmations[i] = c
	}
	taken := 0
	for i, c := range confirmations {
		err := c.Wait(t.Context())
		if i%7 == 3 {
			wantCode(t, err, hayon.CodeNotFound)
			continue
		}
		taken++
		if err != nil {
			t.Errorf("confirmation %d: %v", i, err)
		}
		if err := c.Wait(t.Context()); err != nil {
			t.Errorf("confirmation %d, asked again: %v", i, err)
		}
	}
	f.depth(t, f.queue, taken, 0)
}

// publishDuplicates: a broker does not look at ids.
func publishDuplicates(t *testing.T, f *fixture) {
	const n = 100
	for range n {
		f.put(t, "same")
	}
	ch := f.consume(t, f.queue, 10)
	for range n {
		ack(t, receiveBody(t, ch, "same"))
	}
	f.depth(t, f.queue, 0, 0)
}

func publishTooLong(t *testing.T, f *fixture) {
	m := f.message("x")
	m.Body = []byte(strings.Repeat("x", 1025))
	wantCode(t, f.send(t, m), hayon.CodeInvalid)
	m.Body = m.Body[:1023]
	f.take(t, m)
	receiveBody(t, f.consume(t, f.queue, 1), string(m.Body))
}

func publishBadExpiration(t *testing.T, f *fixture) {
	const most = math.MaxUint32 * time.Millisecond
	for _, d := range []time.Duration{-1, -time.Hour, most + time.Millisecond, math.MaxInt64} {
		m := f.message("x")
		m.Expiration = d
		wantCode(t, f.send(t, m), hayon.CodeInvalid)
	}
	m := f.message("x")
	m.Expiration = most
	f.take(t, m)
	f.depth(t, f.queue, 1, 0)
}

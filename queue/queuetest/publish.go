package queuetest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func publishCases() []testCase {
	return []testCase{
		{name: "properties", run: publishProperties},
		{name: "copies", run: publishCopies},
		{name: "unroutable", run: publishUnroutable},
		{name: "unknown exchange", run: publishUnknownExchange},
		{name: "window", run: publishWindow},
		{name: "duplicates", run: publishDuplicates},
		{name: "body too long", run: publishTooLong},
	}
}

func publishProperties(t *testing.T, f *fixture) {
	want := hayon.Message{
		Exchange: f.topic, RoutingKey: "in", ID: "t_01:3:1", Type: "hint",
		At:      time.Date(2026, 11, 20, 17, 4, 5, 0, time.UTC),
		Headers: map[string]any{"x-hayon-attempt": int64(1), "x-word": "w"},
		Body:    []byte(`{"v":1}`),
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

func publishCopies(t *testing.T, f *fixture) {
	m := f.message("mine")
	m.Headers = map[string]any{"k": "mine"}
	if err := f.send(t, m); err != nil {
		t.Fatalf("publish: %v", err)
	}
	m.Body[0], m.Headers["k"] = 'X', "changed"
	ch := f.consume(t, f.queue, 1)
	d := receiveBody(t, ch, "mine")
	d.Message().Body[0] = 'Y'
	d.Message().Headers["k"] = "changed"
	nack(t, d, true)
	d = receiveBody(t, ch, "mine")
	if got := d.Message().Headers["k"]; got != "mine" {
		t.Errorf("header: got %v, want mine", got)
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
	wantCode(t, f.send(t, f.message(strings.Repeat("x", 1025))), hayon.CodeInvalid)
	f.put(t, strings.Repeat("x", 1023))
}

package rabbitmq_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestAlarmDuringABurst: while the server takes no messages, Publish answers at once and says why;
// afterwards everything goes on by itself, also what was under way.
func TestAlarmDuringABurst(t *testing.T) {
	t.Parallel()
	server := servers.NewRabbitMQ(t)
	for _, tt := range []struct {
		name, reason string
		alarm        func(testing.TB, bool)
	}{
		{"memory", "memory", server.MemoryAlarm},
		{"disk", "disk", server.DiskAlarm},
	} {
		t.Run(tt.name, func(t *testing.T) { //nolint:paralleltest // one server
			b := open(t, config(t, server.VHost(t)))
			declare(t, b)
			l := startLoad(t, b)
			confirmedMore(t, b, 500)
			tt.alarm(t, true)
			s := state(t, b, "blocked", func(s hayon.BrokerState) bool { return !s.BlockedSince.IsZero() })
			if !s.Connected || !strings.Contains(s.BlockedReason, tt.reason) {
				t.Errorf("state: got %+v, want connected and blocked for lack of %s", s, tt.reason)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := b.Publish(ctx, message("late"))
			wantCode(t, err, hayon.CodeUnavailable)
			if err != nil && !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("error %q does not say why", err)
			}
			if _, err := b.Depth(ctx, work); err != nil { // only publishing is blocked
				t.Errorf("Depth: %v", err)
			}
			if ctx.Err() != nil {
				t.Error("the broker did not answer")
			}
			tt.alarm(t, false)
			s = state(t, b, "not blocked", func(s hayon.BrokerState) bool { return s.BlockedSince.IsZero() })
			if s.BlockedFor <= 0 || s.BlockedFor > time.Hour || s.BlockedReason != "" || s.Reconnects != 0 {
				t.Errorf("state after the alarm: %+v", s)
			}
			confirmedMore(t, b, 500)
			l.finish(t)
		})
	}
}

// TestOpenDuringAnAlarm: the server tells nothing until the first message.
func TestOpenDuringAnAlarm(t *testing.T) {
	t.Parallel()
	server := servers.NewRabbitMQ(t)
	url := server.VHost(t)
	server.MemoryAlarm(t, true)
	b := open(t, config(t, url))
	declare(t, b)
	c, err := b.Publish(t.Context(), message("first"))
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	state(t, b, "blocked", func(s hayon.BrokerState) bool { return !s.BlockedSince.IsZero() })
	over, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, c.Wait(over), hayon.CodeUnavailable) // nobody knows
	server.MemoryAlarm(t, false)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Wait(ctx); err != nil { // it was in the queue
		t.Errorf("Wait after the alarm: %v", err)
	}
	d := receive(t, consume(t, b, work, 1))
	if d.Message().ID != "first" {
		t.Errorf("delivered: got %q, want first", d.Message().ID)
	}
}

// TestCloseDuringAnAlarm: the server reads nothing, so it does not answer that the connection ends.
func TestCloseDuringAnAlarm(t *testing.T) {
	t.Parallel()
	server := servers.NewRabbitMQ(t)
	b := open(t, config(t, server.VHost(t)))
	declare(t, b)
	server.MemoryAlarm(t, true)
	c, err := b.Publish(t.Context(), message("first"))
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	state(t, b, "blocked", func(s hayon.BrokerState) bool { return !s.BlockedSince.IsZero() })
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wantCode(t, c.Wait(t.Context()), hayon.CodeUnavailable)
}

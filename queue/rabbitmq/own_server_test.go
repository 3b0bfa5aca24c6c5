package rabbitmq_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// TestServerOfItsOwn has one, because its alarms and settings are for all who use it.
func TestServerOfItsOwn(t *testing.T) { //nolint:tparallel // one after the other on one server
	t.Parallel()
	server := servers.NewRabbitMQ(t)
	t.Run("memory during a burst", func(t *testing.T) {
		alarmDuringABurst(t, server.VHost(t), "memory", server.MemoryAlarm)
	})
	t.Run("disk during a burst", func(t *testing.T) {
		alarmDuringABurst(t, server.VHost(t), "disk", server.DiskAlarm)
	})
	t.Run("before the first message", func(t *testing.T) {
		alarmBeforeTheFirst(t, server.VHost(t), server.MemoryAlarm)
	})
	t.Run("at the end", func(t *testing.T) {
		alarmAtTheEnd(t, server.VHost(t), server.MemoryAlarm)
	})
	t.Run("plugin enabled meanwhile", func(t *testing.T) {
		pluginEnabledMeanwhile(t, server)
	})
	t.Run("acknowledgement too late", func(t *testing.T) {
		server.Ctl(t, "eval", "application:set_env(rabbit, consumer_timeout, 500), application:set_env(rabbit, channel_tick_interval, 500).")
		acknowledgementTooLate(t, server.VHost(t))
	})
}

// alarmDuringABurst: while the server takes no messages, Publish answers at once and says why; afterwards
// everything goes on by itself, also what was under way.
func alarmDuringABurst(t *testing.T, url, reason string, alarm func(testing.TB, bool)) {
	t.Helper()
	b := open(t, config(t, url))
	declare(t, b)
	l := startLoad(t, b)
	confirmedMore(t, b, 500)
	alarm(t, true)
	s := state(t, b, "blocked", blocked)
	if !s.Connected || !strings.Contains(s.BlockedReason, reason) {
		t.Errorf("state: got %+v, want connected and blocked for lack of %s", s, reason)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := b.Publish(ctx, message("late"))
	wantCode(t, err, hayon.CodeUnavailable)
	if err != nil && !strings.Contains(err.Error(), reason) {
		t.Errorf("error %q does not say why", err)
	}
	if _, err := b.Depth(ctx, work); err != nil { // only publishing is blocked
		t.Errorf("Depth: %v", err)
	}
	if ctx.Err() != nil {
		t.Error("the broker did not answer")
	}
	alarm(t, false)
	s = state(t, b, "not blocked", func(s hayon.BrokerState) bool { return !blocked(s) })
	if s.BlockedFor <= 0 || s.BlockedFor > time.Hour || s.BlockedReason != "" || s.Reconnects != 0 {
		t.Errorf("state after the alarm: %+v", s)
	}
	confirmedMore(t, b, 500)
	l.finish(t)
	if n := b.State().Unknown; n != 0 {
		t.Errorf("%d messages are unknown, though the connection lived", n)
	}
}

func blocked(s hayon.BrokerState) bool { return !s.BlockedSince.IsZero() }

// alarmBeforeTheFirst: the server tells nothing until the first message, and has it nevertheless.
func alarmBeforeTheFirst(t *testing.T, url string, alarm func(testing.TB, bool)) {
	t.Helper()
	alarm(t, true)
	b := open(t, config(t, url))
	declare(t, b)
	c, err := b.Publish(t.Context(), message("first"))
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	state(t, b, "blocked", blocked)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, c.Wait(over), hayon.CodeUnavailable) // nobody knows
	alarm(t, false)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Wait(ctx); err != nil { // it was under way
		t.Errorf("Wait after the alarm: %v", err)
	}
	d := receive(t, consume(t, b, work, 1))
	if d.Message().ID != "first" {
		t.Errorf("delivered: got %q, want first", d.Message().ID)
	}
}

// alarmAtTheEnd: the server reads nothing, so it does not answer that the connection ends.
func alarmAtTheEnd(t *testing.T, url string, alarm func(testing.TB, bool)) {
	t.Helper()
	b := open(t, config(t, url))
	declare(t, b)
	alarm(t, true)
	defer alarm(t, false)
	c, err := b.Publish(t.Context(), message("first"))
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	state(t, b, "blocked", blocked)
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wantCode(t, c.Wait(t.Context()), hayon.CodeUnavailable)
}

// acknowledgementTooLate: the server ends the channel of a consumer that holds a message for too long, and
// gives the message to the next one. The consumer gets a channel again, over the same connection.
func acknowledgementTooLate(t *testing.T, url string) {
	t.Helper()
	b := open(t, config(t, url))
	declare(t, b)
	put(t, b, "held")
	ch := consume(t, b, work, 1)
	held := receive(t, ch)
	again := receive(t, ch)
	if again.Message().ID != "held" || !again.Redelivered() {
		t.Errorf("delivered: got %+v, want the same message again", again.Message())
	}
	if err := held.Ack(); err != nil {
		t.Errorf("Ack that is too late: %v", err)
	}
	if err := again.Ack(); err != nil {
		t.Errorf("Ack: %v", err)
	}
	if s := b.State(); s.Stale == 0 || s.Reconnects != 0 || !s.Connected {
		t.Errorf("state: got %+v, want a stale settlement on the same connection", s)
	}
}

// pluginEnabledMeanwhile: the plugin is asked for with each connection. Another plugin stands in for it,
// with a type of exchanges of its own.
func pluginEnabledMeanwhile(t *testing.T, server *servers.RabbitMQInstance) {
	t.Helper()
	const kind = "x-consistent-hash"
	url := server.VHost(t)
	b, err := rabbitmq.OpenStandIn(t.Context(), config(t, url), kind)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = b.Close() })
	top := topology()
	top.Exchanges = append(top.Exchanges, hayon.Exchange{Name: hayon.PostDelayedExchange, Kind: hayon.ExchangeDelayed, Optional: true})
	if err := b.Declare(t.Context(), top); err != nil {
		t.Fatalf("Declare: %v", err)
	}
	if s := b.State(); s.Delayed {
		t.Errorf("state without the plugin: %+v", s)
	}
	cfg := config(t, url)
	cfg.Delay = hayon.DelayPlugin
	if _, err := rabbitmq.OpenStandIn(t.Context(), cfg, kind); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("Open without the plugin that it needs: got %v, want invalid", err)
	}

	enablePlugin(t, server, "rabbitmq_consistent_hash_exchange")
	server.CloseConnections(t, url)
	state(t, b, "delayed", func(s hayon.BrokerState) bool { return s.Connected && s.Delayed && s.Reconnects == 1 })
	with, err := rabbitmq.OpenStandIn(t.Context(), cfg, kind)
	if err != nil {
		t.Fatalf("Open with the plugin that it needs: %v", err)
	}
	t.Cleanup(func() { _ = with.Close() })
	for _, x := range server.Exchanges(t, url) {
		if x.Name == hayon.PostDelayedExchange && x.Type == kind {
			return
		}
	}
	t.Errorf("the exchange of the plugin is not there: %+v", server.Exchanges(t, url))
}

package local_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

// TestUnknownArguments: what has no effect here is refused, where RabbitMQ would take it.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args map[string]any
		want string // in the message
	}{
		{"unknown", map[string]any{"x-nobody-knows": 1}, "x-nobody-knows"},
		{"of RabbitMQ", map[string]any{"x-expires": 1000}, "x-expires"},
		{"another type of queue", map[string]any{hayon.ArgQueueType: "classic"}, "classic"},
		{"length that drops", map[string]any{hayon.ArgMaxLength: 5}, "reject-publish"},
		{"overflow that drops", map[string]any{hayon.ArgMaxLength: 5, hayon.ArgOverflow: "drop-head"}, "drop-head"},
		{"delivery limit below zero", map[string]any{hayon.ArgDeliveryLimit: -1}, "x-delivery-limit=-1"},
		{"delivery limit that is text", map[string]any{hayon.ArgDeliveryLimit: "5"}, `"5"`},
		{"time that is too long", map[string]any{hayon.ArgMessageTTL: int64(315_360_000_001)}, "x-message-ttl"},
		{"time that is no whole number", map[string]any{hayon.ArgMessageTTL: 1.5}, "x-message-ttl"},
		{"key that is no text", map[string]any{hayon.ArgDeadLetterExchange: "x", hayon.ArgDeadLetterRoutingKey: 5}, "x-dead-letter-routing-key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, local.Config{})
			t.Cleanup(func() { closed(t, b) })
			err := b.Declare(t.Context(), topology(tt.args))
			if hayon.CodeOf(err) != hayon.CodeInvalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Declare: got %v, want invalid because of %s", err, tt.want)
			}
		})
	}
}

func TestExchangeArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		e    hayon.Exchange
		want hayon.Code
	}{
		{"alternate", hayon.Exchange{Kind: hayon.ExchangeTopic, Arguments: map[string]any{"alternate-exchange": "x"}}, hayon.CodeInvalid},
		{"delayed of no type", hayon.Exchange{Kind: hayon.ExchangeDelayed}, hayon.CodeInvalid},
		{"delayed of an unknown type", hayon.Exchange{Kind: hayon.ExchangeDelayed, Arguments: map[string]any{hayon.ArgDelayedType: "odd"}}, hayon.CodeInvalid},
		{"delayed with more", hayon.Exchange{Kind: hayon.ExchangeDelayed, Arguments: map[string]any{hayon.ArgDelayedType: "topic", "x-more": 1}}, hayon.CodeInvalid},
		{"type of one that is not delayed", hayon.Exchange{Kind: hayon.ExchangeTopic, Arguments: map[string]any{hayon.ArgDelayedType: "topic"}}, hayon.CodeInvalid},
		{"delayed", hayon.Exchange{Kind: hayon.ExchangeDelayed, Arguments: map[string]any{hayon.ArgDelayedType: "direct"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, local.Config{Delayed: true})
			t.Cleanup(func() { closed(t, b) })
			tt.e.Name = "e"
			if err := b.Declare(t.Context(), hayon.Topology{Exchanges: []hayon.Exchange{tt.e}}); hayon.CodeOf(err) != tt.want {
				t.Errorf("Declare: got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestDelayedIsOff: without the setting it is as on a server without the plugin.
func TestDelayedIsOff(t *testing.T) {
	t.Parallel()
	b := open(t, local.Config{})
	t.Cleanup(func() { closed(t, b) })
	if err := b.Declare(t.Context(), late(hayon.ExchangeTopic)); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("Declare: got %v, want invalid", err)
	}
	if err := b.Declare(t.Context(), hayon.NewTopology(nil)); err != nil {
		t.Errorf("Declare: %v", err)
	}
	c, err := b.Publish(t.Context(), hayon.Message{Exchange: hayon.PostDelayedExchange, RoutingKey: "post.create.demo", Optional: true})
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	if err := c.Wait(t.Context()); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("publish to the delayed exchange: got %v, want not_found", err)
	}
}

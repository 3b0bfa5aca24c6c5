package queuetest

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

func declareCases() []testCase {
	return []testCase{
		{name: "again", run: declareAgain},
		{name: "adds", run: declareAdds},
		{name: "whole topology", run: declareWhole},
		{name: "another argument", run: declareOtherArgument},
		{name: "another kind", run: declareOtherKind},
		{name: "optional unknown kind", run: declareOptional},
		{name: "required unknown kind", run: declareUnknownKind},
	}
}

func declareAgain(t *testing.T, f *fixture) {
	f.put(t, "kept")
	f.declare(t, f.topology())
	f.depth(t, f.queue, 1, 0)
	d := receiveBody(t, f.consume(t, f.queue, 2), "kept")
	ack(t, d)
	f.put(t, "once")
	f.depth(t, f.queue, 0, 1) // a second binding of the same key would not make two of it
}

func declareAdds(t *testing.T, f *fixture) {
	more := hayon.Topology{
		Queues:   []hayon.Queue{{Name: f.queue + "2", Arguments: quorum(nil)}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "in", Queue: f.queue + "2"}},
	}
	f.declare(t, more) // binds to an exchange that an earlier declaration made
	f.put(t, "both")
	receiveBody(t, f.consume(t, f.queue, 1), "both")
	receiveBody(t, f.consume(t, f.queue+"2", 1), "both")
}

// declareWhole declares Hayon's own topology under names of the case.
func declareWhole(t *testing.T, f *fixture) {
	top := hayon.NewTopology([]string{"demo", "site"})
	prefix := f.queue + "_"
	for i := range top.Exchanges {
		top.Exchanges[i].Name = prefix + top.Exchanges[i].Name
	}
	for i := range top.Queues {
		q := &top.Queues[i]
		q.Name = prefix + q.Name
		if dlx, ok := q.Arguments["x-dead-letter-exchange"].(string); ok {
			q.Arguments["x-dead-letter-exchange"] = prefix + dlx
		}
	}
	for i := range top.Bindings {
		top.Bindings[i].Exchange = prefix + top.Bindings[i].Exchange
		top.Bindings[i].Queue = prefix + top.Bindings[i].Queue
	}
	f.declare(t, top)
	f.declare(t, top)
	for _, hop := range []struct{ exchange, key, queue string }{
		{hayon.PostExchange, hayon.PostCreateKey + "demo", hayon.SocialPostsQueue},
		{hayon.AnalyticsExchange, "analytics.fetch.demo", hayon.AnalyticsFetchQueue},
		{hayon.DLXExchange, hayon.PostCreateKey + "site", hayon.RetryQueue},
		{hayon.DLXExchange, hayon.DeadKey, hayon.DeadLettersQueue},
		{hayon.DLXExchange, hayon.ParkedKey, hayon.ParkingLotQueue},
	} {
		m := f.message(hop.key)
		m.Exchange, m.RoutingKey = prefix+hop.exchange, hop.key
		if err := f.send(t, m); err != nil {
			t.Errorf("publish %s to %s: %v", hop.key, hop.exchange, err)
			continue
		}
		f.depth(t, prefix+hop.queue, 1, 0)
	}
}

func declareOtherArgument(t *testing.T, f *fixture) {
	name := f.queue + "_bounded"
	make1 := func(n int) hayon.Topology {
		return hayon.Topology{Queues: []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{"x-max-length": n, "x-overflow": "reject-publish"})}}}
	}
	f.declare(t, make1(41))
	err := f.Declare(t.Context(), make1(97))
	wantNamed(t, err, name, "x-max-length", "41", "97")
	f.declare(t, make1(41)) // the old form is still there
	if _, err := f.Depth(t.Context(), name); err != nil {
		t.Errorf("Depth after the conflict: %v", err)
	}
}

func declareOtherKind(t *testing.T, f *fixture) {
	other := f.topology()
	other.Exchanges[0].Kind = hayon.ExchangeDirect
	wantNamed(t, f.Declare(t.Context(), other), f.topic, "type", hayon.ExchangeTopic, hayon.ExchangeDirect)
	f.put(t, "still there")
}

// wantNamed fails unless err is a conflict whose message holds all the words.
func wantNamed(t *testing.T, err error, words ...string) {
	t.Helper()
	wantCode(t, err, hayon.CodeConflict)
	for _, w := range words {
		if err != nil && !strings.Contains(err.Error(), w) {
			t.Errorf("message %q does not name %q", err, w)
		}
	}
}

func unknownKind(f *fixture, optional bool) hayon.Topology {
	return hayon.Topology{
		Exchanges: []hayon.Exchange{{Name: f.topic + "_odd", Kind: "x-nobody-knows", Optional: optional}},
		Bindings:  []hayon.Binding{{Exchange: f.topic + "_odd", Key: "in", Queue: f.queue}},
	}
}

func declareOptional(t *testing.T, f *fixture) {
	f.declare(t, unknownKind(f, true))
	m := f.message("nowhere")
	m.Exchange = f.topic + "_odd"
	wantCode(t, f.send(t, m), hayon.CodeNotFound)
	f.put(t, "the rest works")
}

func declareUnknownKind(t *testing.T, f *fixture) {
	wantCode(t, f.Declare(t.Context(), unknownKind(f, false)), hayon.CodeInvalid)
	f.put(t, "the rest works")
}

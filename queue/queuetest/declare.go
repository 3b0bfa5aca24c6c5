package queuetest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

func declareCases() []testCase {
	return []testCase{
		{name: "again", run: declareAgain},
		{name: "adds", run: declareAdds},
		{name: "another argument", run: declareOtherArgument},
		{name: "another kind", run: declareOtherKind},
		{name: "optional unknown kind", run: declareOptional},
		{name: "required unknown kind", run: declareUnknownKind},
		{name: "impossible arguments", run: declareImpossible},
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

// declareImpossible: what RabbitMQ takes and ignores, an unknown argument above all, is not asked for.
func declareImpossible(t *testing.T, f *fixture) {
	for i, args := range []map[string]any{
		{hayon.ArgQueueType: "odd"},
		{hayon.ArgMessageTTL: -1},
		{hayon.ArgMessageTTL: "200"},
		{hayon.ArgMaxLength: -1, hayon.ArgOverflow: "reject-publish"},
		{hayon.ArgOverflow: "odd"},
		{hayon.ArgDeadLetterExchange: 5},
		{hayon.ArgDeadLetterRoutingKey: hayon.DeadKey}, // to no exchange
		{hayon.ArgDeadLetterExchange: f.direct, hayon.ArgDeadLetterStrategy: "odd"},
		{"x-max-priority": 5}, // not on a quorum queue
	} {
		name := f.queue + "_" + strconv.Itoa(i)
		err := f.Declare(t.Context(), hayon.Topology{Queues: []hayon.Queue{{Name: name, Arguments: quorum(args)}}})
		if hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("arguments %v: got %v, want invalid", args, err)
		}
		_, err = f.Depth(t.Context(), name)
		wantCode(t, err, hayon.CodeNotFound)
	}
	f.put(t, "the rest works")
}

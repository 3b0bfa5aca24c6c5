package queuetest

import (
	"testing"

	"github.com/hayon/hayon"
)

func lengthCases() []testCase {
	return []testCase{{name: "refuses", needs: []Feature{FeatureMaxLength}, run: lengthRefuses}}
}

// bounded declares a queue of at most limit messages that takes the key "bounded".
func (f *fixture) bounded(t *testing.T, limit int) string {
	t.Helper()
	name := f.queue + "_bounded"
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{{Name: name, Arguments: quorum(map[string]any{
			hayon.ArgMaxLength: limit, hayon.ArgOverflow: "reject-publish",
		})}},
		Bindings: []hayon.Binding{{Exchange: f.topic, Key: "bounded", Queue: name}},
	})
	return name
}

// lengthRefuses: a full queue refuses sooner or later (a server may let a few in flight pass),
// keeps exactly what it confirmed, and takes messages again when it has room.
func lengthRefuses(t *testing.T, f *fixture) {
	const limit, most = 5, 100
	name := f.bounded(t, limit)
	m := f.to("bounded", "x")
	taken := 0
	for ; taken < most; taken++ {
		if err := f.send(t, m); err != nil {
			wantCode(t, err, hayon.CodeUnavailable)
			break
		}
	}
	if taken < limit || taken == most {
		t.Fatalf("taken: got %d messages at a limit of %d", taken, limit)
	}
	f.depth(t, name, taken, 0)
	ch := f.consume(t, name, most)
	for range taken {
		ack(t, receive(t, ch))
	}
	f.poll(t, func() string { // a server may notice late that there is room
		if err := f.send(t, m); err != nil {
			return "publish after there was room: " + err.Error()
		}
		return ""
	})
}

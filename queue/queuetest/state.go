package queuetest

import (
	"fmt"
	"testing"

	"github.com/hayon/hayon"
)

func stateCases() []testCase {
	return []testCase{
		{name: "open and closed", run: stateConnected},
		{name: "publishing", run: statePublish},
		{name: "refused", needs: []Feature{FeatureMaxLength}, run: stateRefused},
		{name: "delivering", run: stateDeliver},
		{name: "stale", run: stateStale},
	}
}

// counts waits until the counters of the state are those of want, of which all else is ignored. A server
// may confirm a moment before it is counted.
func (f *fixture) counts(t *testing.T, want hayon.BrokerState) {
	t.Helper()
	f.poll(t, func() string {
		s := f.State()
		if s.Published != s.Confirmed+s.Returned+s.Refused+s.Unknown+uint64(s.Unconfirmed) {
			return fmt.Sprintf("published is not the sum of its outcomes: %+v", s)
		}
		got := hayon.BrokerState{
			Published: s.Published, Confirmed: s.Confirmed, Returned: s.Returned, Refused: s.Refused, Unknown: s.Unknown,
			Unconfirmed: s.Unconfirmed, Delivered: s.Delivered, Redelivered: s.Redelivered, Acked: s.Acked, Nacked: s.Nacked, Stale: s.Stale,
		}
		if got == want {
			return ""
		}
		return fmt.Sprintf("counters: got %+v, want %+v", got, want)
	})
}

func stateConnected(t *testing.T, f *fixture) {
	s := f.State()
	if s.Kind == "" || !s.Connected || s.Since.IsZero() || s.Error != "" || s.Reconnects != 0 || !s.BlockedSince.IsZero() {
		t.Errorf("state: got %+v", s)
	}
	if s.Prefix != f.harness.Prefix {
		t.Errorf("prefix: got %q, want %q", s.Prefix, f.harness.Prefix)
	}
	f.counts(t, hayon.BrokerState{})
	if err := f.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if s := f.State(); s.Connected || s.Since.IsZero() {
		t.Errorf("state after Close: got %+v", s)
	}
}

func statePublish(t *testing.T, f *fixture) {
	f.put(t, bodies(5)...)
	optional := f.to("nobody.listens", "optional")
	optional.Optional = true
	f.take(t, optional)
	for range 2 {
		wantCode(t, f.send(t, f.to("nobody.listens", "lost")), hayon.CodeNotFound)
	}
	tooLong := f.message("x")
	tooLong.Body = make([]byte, 1025)
	wantCode(t, f.send(t, tooLong), hayon.CodeInvalid) // was never handed over
	f.counts(t, hayon.BrokerState{Published: 8, Confirmed: 6, Returned: 2})
}

func stateRefused(t *testing.T, f *fixture) {
	const most = 100
	f.bounded(t, 5)
	want := hayon.BrokerState{}
	for range most {
		want.Published++
		if f.send(t, f.to("bounded", "x")) != nil {
			want.Refused++
			break
		}
		want.Confirmed++
	}
	if want.Refused != 1 {
		t.Fatalf("%d messages were taken at a limit of 5", most)
	}
	f.counts(t, want)
}

func stateDeliver(t *testing.T, f *fixture) {
	f.put(t, bodies(4)...)
	ch := f.consume(t, f.queue, 10)
	nack(t, receiveBody(t, ch, "0"), true)
	for range 2 {
		ack(t, receive(t, ch))
	}
	nack(t, receive(t, ch), false)
	d := receiveBody(t, ch, "0")
	f.counts(t, hayon.BrokerState{Published: 4, Confirmed: 4, Delivered: 5, Redelivered: 1, Acked: 2, Nacked: 2})
	ack(t, d)
	wantCode(t, d.Ack(), hayon.CodeConflict) // has no effect
	f.counts(t, hayon.BrokerState{Published: 4, Confirmed: 4, Delivered: 5, Redelivered: 1, Acked: 3, Nacked: 2})
}

// stateStale: what is settled too late is counted apart.
func stateStale(t *testing.T, f *fixture) {
	f.put(t, "0", "1", "2")
	ch := f.consume(t, f.queue, 3)
	ack(t, receiveBody(t, ch, "0"))
	late := []hayon.Delivery{receiveBody(t, ch, "1"), receiveBody(t, ch, "2")}
	if err := f.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	ack(t, late[0])
	nack(t, late[1], true)
	f.counts(t, hayon.BrokerState{Published: 3, Confirmed: 3, Delivered: 3, Acked: 1, Stale: 2})
}

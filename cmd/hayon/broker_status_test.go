package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// noonOf is an instant for golden files.
var noonOf = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// rabbit is the status of a broker that works.
func rabbit() *hayon.BrokerStatus {
	queues := []hayon.QueueStatus{
		{Name: hayon.SocialPostsQueue, QueueDepth: hayon.QueueDepth{Ready: 12, Unacked: 3, Consumers: 3}},
		{Name: hayon.AnalyticsFetchQueue},
		{Name: hayon.RetryQueue, QueueDepth: hayon.QueueDepth{Ready: 1}},
		{Name: hayon.DeadLettersQueue, Max: hayon.MaxLetters},
		{Name: hayon.ParkingLotQueue, Max: hayon.MaxLetters},
	}
	return &hayon.BrokerStatus{
		Broker: &hayon.BrokerState{
			Kind: hayon.BrokerRabbitMQ, Address: "amqp://127.0.0.1:5672/hayon", Server: "RabbitMQ 3.10.8", Prefix: "staging.",
			Connected: true, Since: noonOf, Reconnects: 1, Delay: hayon.DelayAuto, BlockedFor: 12 * time.Second,
			Unconfirmed: 2, Published: 120, Confirmed: 117, Returned: 1, Delivered: 118, Redelivered: 2, Acked: 115,
		},
		Queues: queues, Outbox: 2, OutboxAge: 1500 * time.Millisecond,
	}
}

func TestBrokerOutlook(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change  func(*hayon.BrokerStatus)
		stopped bool
		want    string
		todo    string
		colour  string
	}{
		"works":     {want: "Messages flow.", colour: colourGood},
		"no daemon": {stopped: true, change: func(s *hayon.BrokerStatus) { s.Broker, s.Queues = nil, nil }, want: "Messages do not flow: no daemon runs. This is what the database knows.", todo: "hayon daemon start", colour: colourWarn},
		"no broker": {change: func(s *hayon.BrokerStatus) { s.Broker = nil }, want: "Messages do not flow: there is no broker where the posts are.", colour: colourWarn},
		"gone": {
			change: func(s *hayon.BrokerStatus) {
				s.Broker.Connected, s.Broker.Error, s.Broker.Hint = false, "connection refused.", "start RabbitMQ"
			},
			want: "The broker is out of reach since Fri 20 Nov 2026 12:00 UTC: connection refused.", todo: "start RabbitMQ|posts are accepted", colour: colourBad,
		},
		"never there": {
			change: func(s *hayon.BrokerStatus) { s.Broker.Connected, s.Broker.Since = false, time.Time{} },
			want:   "The broker is out of reach: there was no connection yet.", todo: "posts are accepted", colour: colourBad,
		},
		"alarm": {
			change: func(s *hayon.BrokerStatus) { s.Broker.BlockedSince, s.Broker.BlockedReason = noonOf, "low on memory" },
			want:   "The broker takes no messages since Fri 20 Nov 2026 12:00 UTC: low on memory.", todo: "memory or disk space|posts are accepted", colour: colourBad,
		},
		"nothing is consumed": {
			change: func(s *hayon.BrokerStatus) { s.Broker.Error, s.Broker.Hint = "no permission to read", "grant it" },
			want:   "Messages do not flow: no permission to read.", todo: "grant it|posts are accepted", colour: colourBad,
		},
		"a queue is gone": {
			change: func(s *hayon.BrokerStatus) { s.Queues[1].Error = "there is no such queue" },
			want:   "Messages flow, and the broker does not tell of hayon_analytics_fetch: there is no such queue.", todo: "hayon broker topology check", colour: colourWarn,
		},
		"dead letters are full": {change: func(s *hayon.BrokerStatus) { s.Dead.Full = true }, want: "Messages flow, and the dead letters are full: new ones are kept by the database alone.", colour: colourWarn},
		"parking lot is full":   {change: func(s *hayon.BrokerStatus) { s.Parked.Full = true }, want: "Messages flow, and the parking lot is full: what is new is kept by the database alone.", colour: colourWarn},
		"slow":                  {change: func(s *hayon.BrokerStatus) { s.OutboxAge = 90 * time.Second }, want: "Messages flow slowly: 2 wait in the outbox, the oldest for 1 m 30 s.", colour: colourWarn},
		"one is slow":           {change: func(s *hayon.BrokerStatus) { s.Outbox, s.OutboxAge = 1, time.Minute }, want: "Messages flow slowly: 1 waits in the outbox, the oldest for 1 m.", colour: colourWarn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := rabbit()
			if tt.change != nil {
				tt.change(st)
			}
			sentence, todo, colour := brokerOutlook(st, !tt.stopped, time.UTC)
			if sentence != tt.want || colour != tt.colour {
				t.Errorf("got %q in %q, want %q in %q", sentence, colour, tt.want, tt.colour)
			}
			said := strings.Join(todo, "|")
			for w := range strings.SplitSeq(tt.todo, "|") {
				if !strings.Contains(said, w) || tt.todo == "" && said != "" {
					t.Errorf("what to do is %q, want %q", said, tt.todo)
				}
			}
		})
	}
}

// TestGoldenBrokerStatus: a broker that works, one that is out of reach with letters, and the one in the daemon.
func TestGoldenBrokerStatus(t *testing.T) {
	t.Parallel()
	gone := rabbit()
	gone.Broker.Connected, gone.Broker.Error, gone.Broker.Hint = false, "dial tcp 127.0.0.1:5672: connect: connection refused", "start RabbitMQ, or see whether the address is right: hayon config get broker.url"
	gone.Queues = nil
	gone.Dead, gone.Parked = hayon.LetterStatus{Open: 1, Oldest: noonOf}, hayon.LetterStatus{Open: 3, Oldest: noonOf.Add(-time.Hour), Full: true}
	inside := &hayon.BrokerStatus{
		Broker: &hayon.BrokerState{Kind: hayon.BrokerLocal, Connected: true, Published: 7, Confirmed: 7, Delivered: 7, Acked: 7},
		Queues: rabbit().Queues, Parked: hayon.LetterStatus{Open: 1, Oldest: noonOf},
	}
	for name, st := range map[string]*hayon.BrokerStatus{"works": rabbit(), "gone": gone, "local": inside} {
		for _, w := range ways {
			if w.output == "" && !w.json {
				wantGolden(t, "broker-status-"+name+"-"+w.name, shownIn(t, w, func(a *app) error { return a.printBrokerStatus(st, true) }))
			}
		}
	}
}

// TestBrokerStatusFields: each name that --json takes is one that there may be.
func TestBrokerStatusFields(t *testing.T) {
	t.Parallel()
	st := rabbit()
	b := st.Broker
	b.Error, b.Hint, b.BlockedSince, b.BlockedReason, b.Delayed = "e", "h", noonOf, "r", true
	st.Queues[0].Error, st.Queues[0].Max = "e", 1
	st.Dead = hayon.LetterStatus{Open: 1, Oldest: noonOf, Full: true}
	st.Parked = st.Dead
	wantFields(t, brokerStatusView{true, st}, brokerStatusFields())
}

// wantFields fails where a name selects nothing of a view that has everything, and where a member has no
// name.
func wantFields(t *testing.T, view any, fields []string) {
	t.Helper()
	for _, f := range fields {
		var out bytes.Buffer
		a := newApp(&streams{out: &out, err: &bytes.Buffer{}}, env())
		a.flags.json.on, a.flags.json.fields = true, []string{f}
		if err := a.printJSON(view, fields); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(out.String()); got == "{}" || got == "[]" || strings.HasSuffix(got, ":{}}") || strings.Contains(got, "[{}") {
			t.Errorf("--json=%s answers %s", f, got)
		}
	}
	all, err := encodeJSON(view)
	if err != nil {
		t.Fatal(err)
	}
	some, err := selectFields(all, fields, fields)
	if err != nil || !bytes.Equal(all, some) {
		t.Errorf("all fields select %s, %v, want %s", some, err, all)
	}
}

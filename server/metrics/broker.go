package metrics

import (
	"time"

	"github.com/hayon/hayon"
)

// writeBroker adds how the broker and the connection to it are. It comes with the status of the
// service, which asks no broker, so that one that does not answer is seen as well.
func writeBroker(p *page, b *hayon.BrokerState) {
	p.family("hayon_broker_info", gauge, "Always 1; the labels say which broker is used, and who keeps a message until its target is due: store or plugin.")
	p.sample("hayon_broker_info", 1, "kind", b.Kind, "server", b.Server, "prefix", b.Prefix, "delay", string(keeper(b)))
	p.single("hayon_broker_connected", gauge, "Whether there is a connection to the broker.", truth(b.Connected))
	p.single("hayon_broker_reconnects_total", counter, "Connections to the broker after the first one.", float64(b.Reconnects))
	p.single("hayon_broker_blocked", gauge, "Whether the broker takes no messages because of an alarm.", truth(!b.BlockedSince.IsZero()))
	p.single("hayon_broker_blocked_seconds_total", counter, "How long the broker took no messages because of an alarm.", b.BlockedFor.Seconds())
	p.single("hayon_broker_confirms_outstanding", gauge, "Messages whose confirmation has not come yet.", float64(b.Unconfirmed))
	results(p, "hayon_broker_published_total", "Messages that were published, by the broker's word on them; unknown: the connection ended before it.",
		result{"confirmed", b.Confirmed}, result{"returned", b.Returned}, result{"refused", b.Refused}, result{"unknown", b.Unknown})
	p.single("hayon_broker_deliveries_total", counter, "Deliveries that consumers received.", float64(b.Delivered))
	p.single("hayon_broker_redeliveries_total", counter, "Deliveries that were not the first of their message.", float64(b.Redelivered))
	results(p, "hayon_broker_acks_total", "Deliveries by how they were settled; stale: on a session that was gone.",
		result{"acked", b.Acked}, result{"nacked", b.Nacked}, result{"stale", b.Stale})
}

// keeper is who keeps a message until its target is due, whatever was asked for.
func keeper(b *hayon.BrokerState) hayon.DelayMode {
	if b.Delayed {
		return hayon.DelayPlugin
	}
	return hayon.DelayStore
}

type result struct {
	name string
	n    uint64
}

func results(p *page, name, help string, list ...result) {
	p.family(name, counter, help)
	for _, r := range list {
		p.sample(name, float64(r.n), "result", r.name)
	}
}

// writeQueues adds what is in the queues, without those of which the broker does not tell.
func writeQueues(p *page, queues []hayon.QueueStatus) {
	for _, f := range []struct {
		name, help string
		of         func(hayon.QueueDepth) int
	}{
		{"hayon_broker_queue_ready", "Messages that wait in a queue of the broker.", func(d hayon.QueueDepth) int { return d.Ready }},
		{"hayon_broker_queue_unacked", "Messages of a queue that are delivered and not settled.", func(d hayon.QueueDepth) int { return d.Unacked }},
		{"hayon_broker_queue_consumers", "Consumers of a queue.", func(d hayon.QueueDepth) int { return d.Consumers }},
	} {
		p.family(f.name, gauge, f.help)
		for _, q := range queues {
			if q.Error == "" {
				p.sample(f.name, float64(f.of(q.QueueDepth)), "queue", q.Name)
			}
		}
	}
}

// writeLetters adds what waits for a person.
func writeLetters(p *page, st *hayon.BrokerStatus, now time.Time) {
	age := func(l hayon.LetterStatus) float64 {
		if l.Oldest.IsZero() {
			return 0
		}
		return max(now.Sub(l.Oldest), 0).Seconds()
	}
	for _, f := range []struct {
		name, help string
		of         func(hayon.LetterStatus) float64
	}{
		{"hayon_letters_open", "Dead letters and parked targets that nobody has dealt with.", func(l hayon.LetterStatus) float64 { return float64(l.Open) }},
		{"hayon_letters_oldest_seconds", "How long the oldest of them waits; 0 where there is none.", age},
		{"hayon_letters_full", "Whether their queue refuses records, since it holds all that it may.", func(l hayon.LetterStatus) float64 { return truth(l.Full) }},
	} {
		p.family(f.name, gauge, f.help)
		p.sample(f.name, f.of(st.Dead), "kind", string(hayon.LetterDead))
		p.sample(f.name, f.of(st.Parked), "kind", string(hayon.LetterParked))
	}
}

package hayon

import (
	"maps"
	"slices"
	"time"
)

// DelayMode says who keeps a hint until its target is due.
type DelayMode string

// The modes.
const (
	// DelayAuto is DelayPlugin where the broker has the plugin, else DelayStore. The default.
	DelayAuto DelayMode = "auto"
	// DelayStore: hints are published at the due time.
	DelayStore DelayMode = "store"
	// DelayPlugin: what is due within [DelayHorizon] is handed to [PostDelayedExchange] ahead of time.
	// A broker without the plugin is refused.
	DelayPlugin DelayMode = "plugin"
)

// DelayModes are all modes.
func DelayModes() []DelayMode { return []DelayMode{DelayAuto, DelayStore, DelayPlugin} }

// Valid reports whether m is one of [DelayModes].
func (m DelayMode) Valid() bool { return slices.Contains(DelayModes(), m) }

// DelayHorizon is how far ahead of its due time a hint is handed to the plugin at most. It also bounds
// the waits that go through the retry queue. The plugin delivers a delay of more than 2^32-1 ms at once.
const DelayHorizon = 10 * time.Minute

// The kinds of brokers.
const (
	BrokerLocal    = "local"
	BrokerRabbitMQ = "rabbitmq"
)

// BrokerState is how a broker and the connection to it are. Counters are of this process, since it has
// opened the broker.
type BrokerState struct {
	Kind string `json:"kind"`
	// Address is where it is, without credentials; "" for a broker in this process.
	Address string `json:"address,omitempty"`
	// Server is what it says that it is, as "RabbitMQ 3.10.8".
	Server string `json:"server,omitempty"`
	Prefix string `json:"prefix,omitempty"`

	Connected bool `json:"connected"`
	// Since is when the connection was made or lost.
	Since time.Time `json:"since,omitzero"`
	// Reconnects counts the connections after the first one.
	Reconnects int `json:"reconnects"`
	// Error is why there is no connection, or why nothing is published or consumed over it, and Hint what
	// to do.
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`

	// BlockedSince is set while the broker takes no messages because of an alarm, BlockedReason is its
	// word for it, and BlockedFor how long it did so altogether.
	BlockedSince  time.Time     `json:"blocked_since,omitzero"`
	BlockedReason string        `json:"blocked_reason,omitempty"`
	BlockedFor    time.Duration `json:"blocked_for,omitempty"`

	Delay DelayMode `json:"delay,omitempty"`
	// Delayed: [PostDelayedExchange] is there and is used.
	Delayed bool `json:"delayed,omitempty"`

	// Unconfirmed are the messages whose confirmation has not come yet.
	Unconfirmed int `json:"unconfirmed"`
	// Published counts the messages handed over, each of which is Confirmed, Returned (no queue takes
	// it), Refused, or Unknown because the connection ended first, as long as it is not Unconfirmed.
	Published uint64 `json:"published"`
	Confirmed uint64 `json:"confirmed"`
	Returned  uint64 `json:"returned"`
	Refused   uint64 `json:"refused"`
	Unknown   uint64 `json:"unknown"`
	// Delivered counts the deliveries that consumers received, Redelivered those of them that were not
	// the first of their message. Acked and Nacked count how they were settled; what was settled on a
	// session that was gone is Stale.
	Delivered   uint64 `json:"delivered"`
	Redelivered uint64 `json:"redelivered"`
	Acked       uint64 `json:"acked"`
	Nacked      uint64 `json:"nacked"`
	Stale       uint64 `json:"stale"`
}

// QueueDepth is how much is in a queue.
type QueueDepth struct {
	Ready int `json:"ready"`
	// Unacked are the messages delivered and not settled; of a broker that does not tell, those that
	// this process holds.
	Unacked   int `json:"unacked"`
	Consumers int `json:"consumers"`
}

// WithPrefix is t with a prefix before the name of every exchange and queue, also where an argument
// names one. It shares nothing with t.
func (t Topology) WithPrefix(prefix string) Topology {
	var out Topology
	for _, e := range t.Exchanges {
		e.Name, e.Arguments = prefix+e.Name, maps.Clone(e.Arguments)
		out.Exchanges = append(out.Exchanges, e)
	}
	for _, q := range t.Queues {
		q.Name, q.Arguments = prefix+q.Name, maps.Clone(q.Arguments)
		if dlx, ok := q.Arguments[ArgDeadLetterExchange].(string); ok && dlx != "" {
			q.Arguments[ArgDeadLetterExchange] = prefix + dlx
		}
		out.Queues = append(out.Queues, q)
	}
	for _, b := range t.Bindings {
		out.Bindings = append(out.Bindings, Binding{prefix + b.Exchange, b.Key, prefix + b.Queue})
	}
	return out
}

// Death says where a message was dead-lettered, and how often for the same reason.
type Death struct {
	Queue    string    `json:"queue"`
	Reason   string    `json:"reason"` // expired, rejected, maxlen or delivery_limit
	Exchange string    `json:"exchange,omitempty"`
	Keys     []string  `json:"keys,omitempty"`
	Count    int64     `json:"count"`
	At       time.Time `json:"at,omitzero"`
}

// Deaths reads the header x-death, newest first; entries that are none are left out.
func (m Message) Deaths() []Death {
	list, _ := m.Headers[HeaderDeath].([]any)
	var out []Death
	for _, v := range list {
		entry, ok := v.(map[string]any)
		if !ok {
			continue
		}
		d := Death{}
		d.Queue, _ = entry["queue"].(string)
		d.Reason, _ = entry["reason"].(string)
		d.Exchange, _ = entry["exchange"].(string)
		d.Count, _ = entry["count"].(int64)
		if at, ok := entry["time"].(time.Time); ok {
			d.At = writable(at)
		}
		keys, _ := entry["routing-keys"].([]any)
		for _, k := range keys {
			if s, ok := k.(string); ok {
				d.Keys = append(d.Keys, s)
			}
		}
		out = append(out, d)
	}
	return out
}

// writable is t in UTC; zero where the year has more than four digits, which no text of JSON can hold.
// It is what becomes of milliseconds that somebody has put in the place of seconds.
func writable(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// Finding is how one object of a topology is on a broker.
type Finding struct {
	// Object is exchange, queue or binding, and Name what it is called on the broker; a binding is
	// called "EXCHANGE -> QUEUE (KEY)".
	Object string       `json:"object"`
	Name   string       `json:"name"`
	State  FindingState `json:"state"`
	// Argument is what differs, Have its value on the broker and Want the one of the topology.
	Argument string `json:"argument,omitempty"`
	Have     string `json:"have,omitempty"`
	Want     string `json:"want,omitempty"`
	// Detail says why where State does not, and Hint what to do.
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// FindingState says how an object is.
type FindingState string

// The states of objects.
const (
	FindingOK      FindingState = "ok"
	FindingMissing FindingState = "missing"
	// FindingDiffers: it is there in another form.
	FindingDiffers FindingState = "differs"
	// FindingForbidden: the user of the broker may not look.
	FindingForbidden FindingState = "forbidden"
	// FindingUnknown: the broker does not tell.
	FindingUnknown FindingState = "unknown"
	// FindingAbsent: it is optional and not there, because the broker does not have its kind.
	FindingAbsent FindingState = "absent"
)

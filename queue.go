package hayon

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// The names of exchanges and queues. A broker may put a prefix before them.
const (
	PostExchange        = "post_exchange"
	PostDelayedExchange = "post_delayed_exchange"
	DLXExchange         = "dlx_exchange"
	AnalyticsExchange   = "analytics_exchange"

	SocialPostsQueue    = "hayon_social_posts"
	AnalyticsFetchQueue = "hayon_analytics_fetch"
	RetryQueue          = "hayon_retry_queue"
	DeadLettersQueue    = "hayon_dead_letters"
	ParkingLotQueue     = "hayon_parking_lot"
)

// Routing keys.
const (
	// PostCreateKey and the platform's name make the routing key of a hint.
	PostCreateKey = "post.create."
	// DeadKey routes to the dead letters, ParkedKey to the parking lot.
	DeadKey   = "dead"
	ParkedKey = "parked"
)

// The kinds of exchanges.
const (
	ExchangeTopic   = "topic"
	ExchangeDirect  = "direct"
	ExchangeDelayed = "x-delayed-message"
)

// Topology is what a broker must have, as data.
type Topology struct {
	Exchanges []Exchange
	Queues    []Queue
	Bindings  []Binding
}

// Exchange is a durable exchange.
type Exchange struct {
	Name, Kind string
	Arguments  map[string]any
	// Optional: only where the broker knows the kind.
	Optional bool
}

// Queue is a durable quorum queue.
type Queue struct {
	Name      string
	Arguments map[string]any
}

// Binding routes from an exchange to a queue.
type Binding struct {
	Exchange, Key, Queue string
}

// NewTopology is the topology for these platforms. The retry queue has one binding a platform, so
// that the routing key survives the way back.
func NewTopology(platforms []string) Topology {
	dead := func(limit int) map[string]any {
		return map[string]any{
			"x-queue-type":              "quorum",
			"x-dead-letter-exchange":    DLXExchange,
			"x-dead-letter-routing-key": DeadKey,
			"x-delivery-limit":          limit,
		}
	}
	bounded := func() map[string]any {
		return map[string]any{"x-queue-type": "quorum", "x-max-length": 100_000, "x-overflow": "reject-publish"}
	}
	t := Topology{
		Exchanges: []Exchange{
			{Name: PostExchange, Kind: ExchangeTopic},
			{Name: PostDelayedExchange, Kind: ExchangeDelayed, Arguments: map[string]any{"x-delayed-type": ExchangeTopic}, Optional: true},
			{Name: DLXExchange, Kind: ExchangeDirect},
			{Name: AnalyticsExchange, Kind: ExchangeTopic},
		},
		Queues: []Queue{
			{Name: SocialPostsQueue, Arguments: dead(20)},
			{Name: AnalyticsFetchQueue, Arguments: dead(5)},
			{Name: RetryQueue, Arguments: map[string]any{
				"x-queue-type": "quorum", "x-dead-letter-exchange": PostExchange,
				"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
			}},
			{Name: DeadLettersQueue, Arguments: bounded()},
			{Name: ParkingLotQueue, Arguments: bounded()},
		},
		Bindings: []Binding{
			{PostExchange, PostCreateKey + "*", SocialPostsQueue},
			{PostDelayedExchange, PostCreateKey + "*", SocialPostsQueue},
			{AnalyticsExchange, "analytics.fetch.*", AnalyticsFetchQueue},
			{DLXExchange, DeadKey, DeadLettersQueue},
			{DLXExchange, ParkedKey, ParkingLotQueue},
		},
	}
	for _, p := range platforms {
		t.Bindings = append(t.Bindings, Binding{DLXExchange, PostCreateKey + p, RetryQueue})
	}
	return t
}

// Broker carries hints. Losing every message costs seconds and never a post; a message may arrive
// twice. All methods are safe for concurrent use.
type Broker interface {
	// Declare makes what is missing of t; what is there already in the same form stays. Another form
	// is a conflict that names the object, the argument and both values. Nothing is ever deleted.
	Declare(ctx context.Context, t Topology) error
	// Publish hands a message over and answers at once; the confirmation comes later.
	Publish(ctx context.Context, m Message) (Confirmation, error)
	// Consume starts a consumer that has at most prefetch messages unacknowledged. It ends when ctx
	// does: messages that it holds unacknowledged may still be settled, those not received yet go
	// back to the queue. An unknown queue is not_found.
	Consume(ctx context.Context, queue string, prefetch int) (<-chan Delivery, error)
	// Depth is how many messages of a queue wait and how many are unacknowledged.
	Depth(ctx context.Context, queue string) (ready, unacked int, err error)
	// Close ends all consumers. Unacknowledged messages go back to their queues.
	Close() error
}

// Message is a publishing. It is persistent and mandatory.
type Message struct {
	Exchange   string
	RoutingKey string
	ID         string // message_id
	Type       string
	At         time.Time // timestamp
	Headers    map[string]any
	Body       []byte // less than 1 KB
}

// Confirmation is the broker's word on one message.
type Confirmation interface {
	// Wait returns nil when the broker has taken the message, not_found when no queue takes its
	// routing key, unavailable when the broker refused it or nobody knows. The end of ctx is also
	// "nobody knows".
	Wait(ctx context.Context) error
}

// Delivery is what a consumer gets. Exactly one of Ack and Nack is called on it, once; on a session
// that is gone both do nothing.
type Delivery interface {
	Message() Message
	// Redelivered: the message has been delivered before.
	Redelivered() bool
	// Ack removes the message.
	Ack() error
	// Nack gives the message back: to the head of its queue, or away.
	Nack(requeue bool) error
}

// HintVersion is the version of [Hint] that this program writes.
const HintVersion = 1

// Hint is the body of a message: look at this target. It holds no text, token or media.
type Hint struct {
	Version    int      `json:"v"`
	Target     TargetID `json:"target"`
	Generation int      `json:"generation"`
	Attempt    int      `json:"attempt,omitempty"`
}

// HintMessage is the message for an outbox row.
func HintMessage(r *OutboxRow) Message {
	return Message{
		Exchange: r.Exchange, RoutingKey: r.RoutingKey, At: r.At, Type: "hint", Body: Encode(r.Hint),
		ID:      messageID(r.Hint),
		Headers: map[string]any{"x-hayon-attempt": r.Hint.Attempt},
	}
}

// HintFor is the outbox row that makes a worker look at t.
func HintFor(t *Target, now time.Time) *OutboxRow {
	return &OutboxRow{
		At: now.UTC(), Exchange: PostExchange, RoutingKey: PostCreateKey + t.Platform,
		Hint: Hint{Version: HintVersion, Target: t.ID, Generation: t.Generation, Attempt: t.Attempts + 1},
	}
}

// HintNext writes the hint for the next target of an account, if one is queued. Whoever frees the
// lane of an account calls it in the same transaction.
func HintNext(ctx context.Context, tx Tx, account AccountID, now time.Time) error {
	next, err := tx.NextInLane(ctx, account, now)
	if err != nil || next == nil {
		return err
	}
	return tx.AppendOutbox(ctx, HintFor(next, now))
}

// ParseHint reads the body of a message. A version that is not known, and bytes that are no hint,
// are invalid.
func ParseHint(body []byte) (Hint, error) {
	var h Hint
	if err := json.Unmarshal(body, &h); err != nil {
		return Hint{}, Errorf(CodeInvalid, "the message is no hint: %w", err)
	}
	if h.Version != HintVersion || h.Target.IsZero() {
		return Hint{}, Errorf(CodeInvalid, "the message is a hint of version %d; this hayon reads version %d", h.Version, HintVersion)
	}
	return h, nil
}

// messageID is target:generation:attempt, so that returns and duplicates can be told.
func messageID(h Hint) string {
	return h.Target.String() + ":" + strconv.Itoa(h.Generation) + ":" + strconv.Itoa(h.Attempt)
}

package hayon

import (
	"context"
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

// Headers of messages.
const (
	// HeaderAttempt is which attempt a hint is for.
	HeaderAttempt = "x-hayon-attempt"
	// HeaderCause and HeaderReason say why a message is in the dead letters or the parking lot: a
	// [LetterCause], and a sentence for people.
	HeaderCause  = "x-hayon-cause"
	HeaderReason = "x-hayon-reason"
	// HeaderDelay is how long [PostDelayedExchange] keeps a message, in milliseconds.
	HeaderDelay = "x-delay"
	// HeaderDeath is the broker's own history of a message; see [Message.Deaths].
	HeaderDeath = "x-death"
	// HeaderDeliveryCount is how often a message was given back, as the broker counts.
	HeaderDeliveryCount = "x-delivery-count"
)

// Arguments of queues and exchanges.
const (
	ArgQueueType            = "x-queue-type"
	ArgDeadLetterExchange   = "x-dead-letter-exchange"
	ArgDeadLetterRoutingKey = "x-dead-letter-routing-key"
	ArgDeadLetterStrategy   = "x-dead-letter-strategy"
	ArgDeliveryLimit        = "x-delivery-limit"
	ArgMaxLength            = "x-max-length"
	ArgMessageTTL           = "x-message-ttl"
	ArgOverflow             = "x-overflow"
	ArgDelayedType          = "x-delayed-type"
)

// MaxLetters is how many messages the dead letters and the parking lot hold each.
const MaxLetters = 100_000

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
			ArgQueueType:            "quorum",
			ArgDeadLetterExchange:   DLXExchange,
			ArgDeadLetterRoutingKey: DeadKey,
			ArgDeliveryLimit:        limit,
		}
	}
	bounded := func() map[string]any {
		return map[string]any{ArgQueueType: "quorum", ArgMaxLength: MaxLetters, ArgOverflow: "reject-publish"}
	}
	t := Topology{
		Exchanges: []Exchange{
			{Name: PostExchange, Kind: ExchangeTopic},
			{Name: PostDelayedExchange, Kind: ExchangeDelayed, Arguments: map[string]any{ArgDelayedType: ExchangeTopic}, Optional: true},
			{Name: DLXExchange, Kind: ExchangeDirect},
			{Name: AnalyticsExchange, Kind: ExchangeTopic},
		},
		Queues: []Queue{
			{Name: SocialPostsQueue, Arguments: dead(20)},
			{Name: AnalyticsFetchQueue, Arguments: dead(5)},
			{Name: RetryQueue, Arguments: map[string]any{
				ArgQueueType: "quorum", ArgDeadLetterExchange: PostExchange,
				ArgDeadLetterStrategy: "at-least-once", ArgOverflow: "reject-publish",
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
//
// A broker that is a server connects again by itself, for as long as it is open: what was declared is
// declared again, and consumers go on. While there is no connection, calls answer unavailable at once.
type Broker interface {
	// Declare makes what is missing of t; what is there already in the same form stays. Another form
	// is a conflict that names the object, the argument and both values. Nothing is ever deleted. A
	// broker that is a server and has no connection now answers nil and declares t once it has one;
	// what it cannot have then, its State tells.
	Declare(ctx context.Context, t Topology) error
	// Publish hands a message over and answers at once; the confirmation comes later.
	Publish(ctx context.Context, m Message) (Confirmation, error)
	// Consume starts a consumer that has at most prefetch messages unacknowledged. It ends when ctx
	// does: messages that it holds unacknowledged may still be settled, those not received yet go
	// back to the queue. An unknown queue is not_found. A broker that is a server and has no
	// connection now begins once it has one.
	Consume(ctx context.Context, queue string, prefetch int) (<-chan Delivery, error)
	// Depth is how many messages of a queue wait, are unacknowledged, and how many consumers it has.
	Depth(ctx context.Context, queue string) (QueueDepth, error)
	// Browse shows the messages that wait in a queue to look, oldest first, each once, at most limit
	// (0: no bound). Those for which it answers true are taken off the queue, the others stay in their
	// order, and count as given back once. An error of look ends it and is answered; what was decided
	// before it holds. A queue that has consumers may have little left to look at.
	Browse(ctx context.Context, queue string, limit int, look func(Message) (remove bool, err error)) error
	// State tells how the broker is. It asks nobody.
	State() BrokerState
	// Close ends all consumers. Unacknowledged messages go back to their queues.
	Close() error
}

// Message is a publishing. It is persistent, and mandatory unless it says otherwise.
type Message struct {
	Exchange   string
	RoutingKey string
	ID         string // message_id
	Type       string
	At         time.Time // timestamp
	Headers    map[string]any
	Body       []byte // less than 1 KB
	// Expiration is how long the message may wait at the head of a queue, to the millisecond, before the
	// queue dead-letters or drops it; zero: for ever. One that waits behind others waits with them.
	Expiration time.Duration
	// Optional: it is no error when no queue takes it. What goes to [PostDelayedExchange] is optional,
	// since the plugin routes it only later and would always report it.
	Optional bool
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

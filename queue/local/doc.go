// Package local is a broker in the memory of one process, behind [hayon.Broker]: exchanges, bindings,
// confirms, prefetch, acknowledgement and redelivery, expiry, delivery limits and dead-lettering, with
// the meaning that they have in the quorum queues of RabbitMQ.
//
//	broker, err := local.New(local.Config{})
//	…
//	err = broker.Declare(ctx, hayon.NewTopology(platforms))
//	confirmation, err := broker.Publish(ctx, message)
//	deliveries, err := broker.Consume(ctx, hayon.SocialPostsQueue, 1)
//
// # What it guarantees
//
// A confirmation is decided before Publish returns: nil means that every queue bound to the routing
// key has the message, or that there is none and the message is optional; an error that no queue has
// it. A queue delivers in the order of publishing. A message given back takes its old place, which is
// the head unless older ones were given back too, and is marked as redelivered if anybody received
// it. Several consumers of a queue take turns; one that holds as many messages as its prefetch is
// passed over.
//
// When the context of a consumer ends, its channel is emptied and closed: what was not received
// goes back, what was received stays unacknowledged until it is settled or the broker closes. After
// Close, every channel is closed, nothing of the broker runs any more, and settling does nothing.
//
// # Expiry and dead letters
//
// A message expires at the head of its queue, once it is older than the x-message-ttl of the queue or
// its own expiration, whichever is less; behind one that has not expired it waits. It is never
// delivered after that. Where the queue has an x-dead-letter-exchange, what has expired, was given
// back without requeue, or more often than the x-delivery-limit allows, is routed there, with the
// x-dead-letter-routing-key or the key that it had, without its expiration, and with the header
// x-death. It is there when the call that caused it returns. Without such an exchange it is dropped, as
// is a dead letter that no queue takes, and one that comes back to a queue with no rejection on the way.
//
// # Delayed messages
//
// With [Config.Delayed] there are exchanges of the kind x-delayed-message. They keep a message for as
// many milliseconds as its header x-delay says, confirm it at once, and route it then by their
// x-delayed-type; who has no queue then is told nothing. As the plugin does, they route at once what has
// no delay, a negative one, or one of more than 2^32-1 ms. Without it such an exchange, where it is
// optional, is left out together with its bindings.
//
// # What bounds its memory
//
// A queue takes at most its x-max-length messages, or [Config.MaxLength] where that is less or it
// has none; a full queue refuses, and the confirmation is unavailable. Dead letters are taken up to
// [Config.MaxLength], and dropped beyond it. A delayed exchange keeps as many at most. Beyond that
// there are only the unacknowledged ones, at most the prefetch of each consumer. A body has at most
// [MaxBodyBytes]. A hint takes about 0.6 KB.
//
// # What it is not
//
// It is not durable: a broker that is closed or killed forgets, and the sweep over the store sends
// the hints again. It refuses the arguments of RabbitMQ that it does not know, and x-max-length
// without x-overflow=reject-publish. The x-dead-letter-strategy is accepted and changes nothing.
package local

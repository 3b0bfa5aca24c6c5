// Package local is a broker in the memory of one process: topic and direct exchanges, bindings,
// confirms, prefetch, acknowledgement and redelivery, behind [hayon.Broker].
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
// key has the message, an error that none has. A queue delivers in the order of publishing. A
// message given back takes its old place, which is the head unless older ones were given back too,
// and is marked as redelivered if anybody received it. Several consumers of a queue take turns; one
// that holds as many messages as its prefetch is passed over.
//
// When the context of a consumer ends, its channel is emptied and closed: what was not received
// goes back, what was received stays unacknowledged until it is settled or the broker closes. After
// Close, every channel is closed, nothing of the broker runs any more, and settling does nothing.
//
// # What bounds its memory
//
// A queue holds at most its x-max-length messages, or [Config.MaxLength] where that is less or it
// has none; a full queue refuses, and the confirmation is unavailable. Beyond that there are only
// the unacknowledged ones, at most the prefetch of each consumer. A body has at most
// [MaxBodyBytes]. A hint takes about 0.6 KB.
//
// # What it is not
//
// It is not durable: a broker that is closed or killed forgets, and the sweep over the store sends
// the hints again. It does not know time-to-live, dead-lettering, delivery limits or delayed
// exchanges. Their arguments are kept and compared but have no effect, a message given back without
// requeue is gone, and an optional exchange of an unknown kind is left out together with its bindings.
package local

// Package rabbitmq is the broker on a RabbitMQ server, 3.10 or later, behind [hayon.Broker].
//
//	broker, err := rabbitmq.Open(ctx, rabbitmq.Config{URL: "amqp://hayon@rabbit.example/hayon", Password: password})
//	…
//	err = broker.Declare(ctx, hayon.NewTopology(platforms))
//	confirmation, err := broker.Publish(ctx, message)
//	deliveries, err := broker.Consume(ctx, hayon.SocialPostsQueue, 1)
//
// # What it guarantees
//
// A confirmation of nil means that every queue bound to the routing key has the message on disk. An error
// with the code unavailable means that nobody knows: the message may be there. A message that no queue
// takes is not_found: the server returns it and then confirms it, and the return is seen first.
//
// A session is two connections: one to publish, which an alarm of the server blocks, and one for the rest.
// When either ends, or is silent for two heartbeats, everything of the session is dropped and another one
// is made, for ever: after 0.5 to 3 seconds in the first ten minutes, and up to 30 seconds later. It
// declares what was declared, asks for the plugin, and starts the consumers again, whose channels stay
// open meanwhile. A topology that cannot be declared any more makes the session useless, which State
// tells. The recovery of the library is off: after it, an acknowledgement of an old delivery removes
// another message, and a publisher that was busy never gets a confirmation again.
//
// A delivery belongs to its channel. Settling it after that has ended does nothing, is counted as stale,
// and the message comes again. A consumer never holds more than its prefetch of one session.
//
// During an alarm Publish answers unavailable at once; what was under way is confirmed by itself after it.
// No call waits for ever: for an answer of the server until the context ends, for a server that reads
// nothing at most ten seconds.
//
// A queue or exchange of ours that somebody deletes is declared again when a consumer or a publisher
// finds out. Nothing is ever deleted or changed. Who may not declare uses what is there.
//
// No error, no log and no state tells a user or a password. The cause of an error holds what the server
// said, the name of the user too.
//
// # The URL
//
// It is that of RabbitMQ's URI specification; the vhost is / where none is named. The parameters are:
//
//	heartbeat               seconds; 10 where it is not said, 0: what the server wants
//	connection_timeout      milliseconds, for network, TLS and sign-in together; 10000
//	cacertfile              certificates of authorities, as PEM, in the place of the system's
//	certfile, keyfile       certificate of the client and its key, as PEM
//	server_name_indication  the name in the server's certificate, where it is not the host's
//	verify                  only verify_peer: the server's certificate is always checked
//	auth_mechanism          PLAIN, or EXTERNAL to sign in by the certificate
//
// # What bounds its memory
//
// At most 65,536 messages without a confirmation, each with its ids; the unacknowledged messages of each
// consumer, at most its prefetch; a body has at most [MaxBodyBytes]. Browse holds one message at a time.
//
// # What it is not
//
// It creates no users, vhosts or policies. It speaks AMQP 0-9-1, to one address: a cluster needs a name or
// a proxy that leads to one of its nodes. The exchange for delays needs a plugin that these tests have not
// seen: what happens with it is tested on another type in its place.
package rabbitmq

// Package queue opens brokers by URL. It is the one place that knows every implementation of
// [hayon.Broker]; everything else holds the interface.
//
//	broker, err := queue.Open(ctx, "local:", queue.Config{})
//	if err != nil {
//		return err
//	}
//	defer broker.Close()
//
// The URLs are:
//
//	local:                                   package local, in the memory of this process
//	amqp://USER:PASSWORD@HOST:PORT/VHOST     package rabbitmq, a RabbitMQ server
//	amqps://USER:PASSWORD@HOST:PORT/VHOST    the same over TLS
//
// The vhost is / where none is named, and a / in its name is written %2F. The parameters of a RabbitMQ's
// URL are those that package rabbitmq lists. A password belongs into [Config] rather than into a URL.
//
// What a broker guarantees is written at [hayon.Broker], and package queuetest proves it of each
// implementation. A broker carries hints and decides nothing: what it loses, the store makes good.
package queue

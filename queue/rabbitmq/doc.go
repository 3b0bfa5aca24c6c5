// Package rabbitmq is the broker on a RabbitMQ server, 3.10 or later.
package rabbitmq

package rabbitmq

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	locale      = "en_US"
	frameBytes  = 131_072 // of a frame; what RabbitMQ proposes too
	maxChannels = 2047    // of a connection; what RabbitMQ proposes too
)

// link is one connection to the server.
type link struct {
	*amqp.Connection
	wire *wire
	// closes gets why the connection ended, and is closed then.
	closes <-chan *amqp.Error
}

// dial makes a connection. The error is unavailable where another try may do, and tells what to mend
// otherwise.
func (at endpoint) dial(ctx context.Context, name string) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, at.dialTimeout)
	defer cancel()
	conn, err := at.connect(ctx)
	if err != nil {
		return nil, err
	}
	w := newWire(conn, at.dialTimeout)
	// The library knows no context.
	stop := context.AfterFunc(ctx, func() { _ = w.Close() })
	ac, err := amqp.Open(w, at.config(name))
	inTime := stop()
	switch {
	case !inTime:
		return nil, at.unreachable(context.Cause(ctx))
	case err != nil:
		_ = w.Close()
		return nil, at.refused(ctx, err, w.why())
	}
	// The server sends something at least twice in each interval.
	w.setIdle(2 * ac.Config.Heartbeat)
	return &link{Connection: ac, wire: w, closes: ac.NotifyClose(make(chan *amqp.Error, 1))}, nil
}

// connect makes a connection of the network, encrypted where the URL says so.
func (at endpoint) connect(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.hostport())
	if err != nil {
		return nil, at.unreachable(err)
	}
	if at.tls == nil {
		return conn, nil
	}
	client := tls.Client(conn, at.tls)
	if err := client.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, at.untrusted(err)
	}
	return client, nil
}

// alertWait is how long a server of TLS is listened to for what it has against us.
const alertWait = time.Second

// alerted is what the server has against us after the handshake of TLS; nil for nothing. With TLS 1.3 it
// looks at the client's certificate only then, and what it says is lost when it closes the connection on
// what we sent already. So here it is asked, and we say nothing.
func (at endpoint) alerted(ctx context.Context) error {
	conn, err := at.connect(ctx)
	if err != nil {
		return nil
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(alertWait)); err != nil {
		return nil
	}
	if _, err = conn.Read(make([]byte, 1)); isAlert(err) {
		return err
	}
	return nil
}

// config is for one connection; the library changes it.
func (at endpoint) config(name string) amqp.Config {
	properties := amqp.Table{"product": "hayon", "platform": "Go", "connection_name": name}
	if v := version(); v != "" {
		properties["version"] = v
	}
	return amqp.Config{
		SASL:       []amqp.Authentication{signIn{at.mechanism(), properties}},
		Vhost:      at.vhost,
		Heartbeat:  at.heartbeat,
		FrameSize:  frameBytes,
		ChannelMax: maxChannels,
		Locale:     locale,
		Properties: properties,
	}
}

func (at endpoint) mechanism() amqp.Authentication {
	if at.external {
		return &amqp.ExternalAuth{}
	}
	return &amqp.PlainAuth{Username: at.user, Password: string(at.password.Reveal())}
}

// signIn announces that we understand why a sign-in is refused. Without it the server only closes the
// connection, seconds later, and a wrong password looks like a server that went down. The library does
// not announce it and replaces the capabilities, but it asks for the response after that.
type signIn struct {
	amqp.Authentication
	properties amqp.Table
}

// Response is what the mechanism answers.
func (s signIn) Response() string {
	if c, ok := s.properties["capabilities"].(amqp.Table); ok {
		c["authentication_failure_close"] = true
	}
	return s.Authentication.Response()
}

// end closes the connection, politely until a time has passed.
func (l *link) end(patience time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.Close() // it is closed anyway
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	_ = l.wire.Close()
	<-done
}

package servers

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// RabbitMQQueue is what the management API tells of a queue. The counts are of the last statistics, about
// a second old at most.
type RabbitMQQueue struct {
	Name                   string         `json:"name"`
	Type                   string         `json:"type"` // classic, quorum or stream
	Durable                bool           `json:"durable"`
	AutoDelete             bool           `json:"auto_delete"`
	Exclusive              bool           `json:"exclusive"`
	Arguments              map[string]any `json:"arguments"` // numbers are float64
	Consumers              int            `json:"consumers"`
	Messages               int            `json:"messages"` // the sum of the next two
	MessagesReady          int            `json:"messages_ready"`
	MessagesUnacknowledged int            `json:"messages_unacknowledged"`
}

// RabbitMQExchange is what the management API tells of an exchange.
type RabbitMQExchange struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Durable    bool           `json:"durable"`
	AutoDelete bool           `json:"auto_delete"`
	Internal   bool           `json:"internal"`
	Arguments  map[string]any `json:"arguments"` // numbers are float64
}

// RabbitMQBinding is what the management API tells of a binding.
type RabbitMQBinding struct {
	Source          string         `json:"source"`
	Destination     string         `json:"destination"`
	DestinationType string         `json:"destination_type"` // queue or exchange
	RoutingKey      string         `json:"routing_key"`
	Arguments       map[string]any `json:"arguments"` // numbers are float64
}

// Call asks the management API as guest: path starts with /api, in goes there and out comes back as JSON,
// and either may be nil. The test ends where the answer is no success.
func (r *RabbitMQInstance) Call(t testing.TB, method, path string, in, out any) {
	t.Helper()
	if err := r.CallContext(t.Context(), method, path, in, out); err != nil {
		t.Fatal(err)
	}
}

// CallContext is [RabbitMQInstance.Call] for programs.
func (r *RabbitMQInstance) CallContext(ctx context.Context, method, path string, in, out any) error {
	if err := callJSON(ctx, method, r.Management(), path, rabbitMQGuest, in, out); err != nil {
		return fmt.Errorf("rabbitmq: %w", err)
	}
	return nil
}

// VHost makes a vhost with a random name, which goes with all that is in it when the test ends, and
// answers its URL: amqp://guest:guest@127.0.0.1:PORT/NAME.
func (r *RabbitMQInstance) VHost(t testing.TB) string {
	t.Helper()
	name := "t" + randomHex(6)
	r.Call(t, http.MethodPut, "/api/vhosts/"+name, nil, nil)
	r.deleteAfter(t, "/api/vhosts/"+name)
	return r.URL() + name
}

// AddUser makes a user with permissions on one vhost: regular expressions of the names that it may
// configure, write to and read from, "" for none. It answers the vhost's URL for the user, who goes when
// the test ends. Users belong to the server, not to a vhost: on a shared one a test takes a name that no
// other takes.
func (r *RabbitMQInstance) AddUser(t testing.TB, name, password, vhost, configure, write, read string) string {
	t.Helper()
	r.Call(t, http.MethodPut, "/api/users/"+url.PathEscape(name), map[string]string{"password": password, "tags": ""}, nil)
	r.deleteAfter(t, "/api/users/"+url.PathEscape(name))
	r.SetPermissions(t, name, vhost, configure, write, read)
	u, err := url.Parse(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, password)
	return u.JoinPath(vhostPath(t, vhost)).String()
}

// SetPermissions replaces the permissions of a user on a vhost, see [RabbitMQInstance.AddUser].
func (r *RabbitMQInstance) SetPermissions(t testing.TB, name, vhost, configure, write, read string) {
	t.Helper()
	r.Call(t, http.MethodPut, "/api/permissions/"+vhostPath(t, vhost)+"/"+url.PathEscape(name),
		map[string]string{"configure": configure, "write": write, "read": read}, nil)
}

// Queues are all queues of a vhost, by name.
func (r *RabbitMQInstance) Queues(t testing.TB, vhost string) []RabbitMQQueue {
	t.Helper()
	var all []RabbitMQQueue
	r.Call(t, http.MethodGet, "/api/queues/"+vhostPath(t, vhost)+"?sort=name", nil, &all)
	return all
}

// Exchanges are all exchanges of a vhost, by name, without those that every vhost has.
func (r *RabbitMQInstance) Exchanges(t testing.TB, vhost string) []RabbitMQExchange {
	t.Helper()
	var all, own []RabbitMQExchange
	r.Call(t, http.MethodGet, "/api/exchanges/"+vhostPath(t, vhost)+"?sort=name", nil, &all)
	for _, x := range all {
		if x.Name != "" && !strings.HasPrefix(x.Name, "amq.") {
			own = append(own, x)
		}
	}
	return own
}

// Bindings are all bindings of a vhost, without those to the default exchange, which every queue has.
func (r *RabbitMQInstance) Bindings(t testing.TB, vhost string) []RabbitMQBinding {
	t.Helper()
	var all, own []RabbitMQBinding
	r.Call(t, http.MethodGet, "/api/bindings/"+vhostPath(t, vhost), nil, &all)
	for _, b := range all {
		if b.Source != "" {
			own = append(own, b)
		}
	}
	return own
}

// PublishRaw publishes past the code that is tested and tells whether a queue got it. The exchange "" is
// the default one; props have their names in AMQP, such as message_id, delivery_mode, headers.
func (r *RabbitMQInstance) PublishRaw(t testing.TB, vhost, exchange, key string, body []byte, props map[string]any) (routed bool) {
	t.Helper()
	if exchange == "" {
		exchange = "amq.default"
	}
	if props == nil {
		props = map[string]any{}
	}
	var answer struct {
		Routed bool `json:"routed"`
	}
	r.Call(t, http.MethodPost, "/api/exchanges/"+vhostPath(t, vhost)+"/"+url.PathEscape(exchange)+"/publish", map[string]any{
		"routing_key": key, "payload": base64.StdEncoding.EncodeToString(body), "payload_encoding": "base64", "properties": props,
	}, &answer)
	return answer.Routed
}

// PurgeQueue drops the messages that are ready.
func (r *RabbitMQInstance) PurgeQueue(t testing.TB, vhost, queue string) {
	t.Helper()
	r.Call(t, http.MethodDelete, "/api/queues/"+vhostPath(t, vhost)+"/"+url.PathEscape(queue)+"/contents", nil, nil)
}

// DeleteQueue deletes a queue with its messages, under its consumers too.
func (r *RabbitMQInstance) DeleteQueue(t testing.TB, vhost, queue string) {
	t.Helper()
	r.Call(t, http.MethodDelete, "/api/queues/"+vhostPath(t, vhost)+"/"+url.PathEscape(queue), nil, nil)
}

// CloseConnections closes all connections to a vhost: their clients are told 320 CONNECTION_FORCED.
func (r *RabbitMQInstance) CloseConnections(t testing.TB, vhost string) {
	t.Helper()
	// The API learns of a new connection later than its client.
	name, err := url.PathUnescape(vhostPath(t, vhost))
	if err != nil {
		t.Fatal(err)
	}
	r.Ctl(t, "close_all_connections", "--vhost", name, "closed by a test")
}

// deleteAfter deletes at the end of the test, unless the server is down then.
func (r *RabbitMQInstance) deleteAfter(t testing.TB, path string) {
	t.Helper()
	t.Cleanup(func() {
		if !r.running() {
			return
		}
		if err := r.CallContext(context.WithoutCancel(t.Context()), http.MethodDelete, path, nil, nil); err != nil {
			t.Error(err)
		}
	})
}

// vhostPath is the name of a vhost as one element of a path, where vhost is the name or a URL.
func vhostPath(t testing.TB, vhost string) string {
	t.Helper()
	if !strings.Contains(vhost, "://") {
		return url.PathEscape(vhost)
	}
	u, err := url.Parse(vhost)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.EscapedPath(), "/")
	if name == "" {
		return url.PathEscape("/") // what amqp://HOST/ means to our clients
	}
	return name
}

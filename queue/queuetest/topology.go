package queuetest

import (
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func topologyCases() []testCase {
	dead := []Feature{FeatureDeadLetter}
	return []testCase{
		{name: "declared twice", run: topologyDeclare},
		{name: "hint to dead letters", needs: dead, run: topologyHint},
		{name: "retry", needs: []Feature{FeatureExpiration, FeatureDeadLetter}, run: topologyRetry},
		{name: "retry of an unknown platform", run: topologyRetryUnknown},
		{name: "analytics to dead letters", needs: []Feature{FeatureDeliveryLimit, FeatureDeadLetter}, run: topologyAnalytics},
	}
}

// hayon declares Hayon's own topology, as every process does at its start.
func (f *fixture) hayon(t *testing.T) {
	t.Helper()
	f.declare(t, hayon.NewTopology([]string{"demo", "site"}))
	f.declare(t, hayon.NewTopology([]string{"site", "demo", "later"}))
}

// at is a message with a route of its own.
func (f *fixture) at(exchange, key, body string) hayon.Message {
	m := f.to(key, body)
	m.Exchange = exchange
	return m
}

const demoKey = hayon.PostCreateKey + "demo"

func topologyDeclare(t *testing.T, f *fixture) {
	f.hayon(t)
	for _, hop := range []struct{ exchange, key, queue string }{
		{hayon.PostExchange, demoKey, hayon.SocialPostsQueue},
		{hayon.AnalyticsExchange, "analytics.fetch.demo", hayon.AnalyticsFetchQueue},
		{hayon.DLXExchange, hayon.PostCreateKey + "later", hayon.RetryQueue},
		{hayon.DLXExchange, hayon.DeadKey, hayon.DeadLettersQueue},
		{hayon.DLXExchange, hayon.ParkedKey, hayon.ParkingLotQueue},
	} {
		m := f.at(hop.exchange, hop.key, hop.key)
		f.take(t, m)
		f.depth(t, hop.queue, 1, 0)
		d := receiveBody(t, f.consume(t, hop.queue, 1), hop.key)
		if got := d.Message(); got.Exchange != hop.exchange || got.RoutingKey != hop.key {
			t.Errorf("route: got %s with key %s, want %s with key %s", got.Exchange, got.RoutingKey, hop.exchange, hop.key)
		}
		ack(t, d)
	}
	wantCode(t, f.send(t, f.at(hayon.PostExchange, "post.create", "lost")), hayon.CodeNotFound)
}

// topologyHint follows one that no worker can read.
func topologyHint(t *testing.T, f *fixture) {
	f.hayon(t)
	m := f.at(hayon.PostExchange, demoKey, "not a hint")
	f.take(t, m)
	d := receiveBody(t, f.consume(t, hayon.SocialPostsQueue, 1), "not a hint")
	nack(t, d, false)
	d = receiveBody(t, f.consume(t, hayon.DeadLettersQueue, 1), "not a hint")
	wantSame(t, d.Message(), m, hayon.DLXExchange, hayon.DeadKey)
	wantDeaths(t, d.Message(), hayon.Death{
		Queue: hayon.SocialPostsQueue, Reason: rejected, Exchange: hayon.PostExchange, Keys: []string{demoKey}, Count: 1,
	})
	ack(t, d)
	f.depth(t, hayon.SocialPostsQueue, 0, 0)
	f.depth(t, hayon.DeadLettersQueue, 0, 0)
}

// topologyRetry: a hint waits in the retry queue and comes back by way of the post exchange with the key
// that it had.
func topologyRetry(t *testing.T, f *fixture) {
	f.hayon(t)
	ch := f.consume(t, hayon.SocialPostsQueue, 1)
	m := f.at(hayon.DLXExchange, demoKey, "retry")
	m.Expiration = brief
	for range 2 { // the second wait is a new message
		start := time.Now()
		f.take(t, m)
		d := receiveBody(t, ch, "retry")
		notBefore(t, start, brief)
		wantSame(t, d.Message(), m, hayon.PostExchange, demoKey)
		wantDeaths(t, d.Message(), hayon.Death{
			Queue: hayon.RetryQueue, Reason: expired, Exchange: hayon.DLXExchange, Keys: []string{demoKey}, Count: 1,
		})
		if d.Redelivered() {
			t.Error("the retry says that it is redelivered")
		}
		ack(t, d)
	}
	f.depth(t, hayon.RetryQueue, 0, 0)
	f.depth(t, hayon.SocialPostsQueue, 0, 0)
}

// topologyRetryUnknown: a platform that was not declared has no way back.
func topologyRetryUnknown(t *testing.T, f *fixture) {
	f.hayon(t)
	m := f.at(hayon.DLXExchange, hayon.PostCreateKey+"nobody", "retry")
	m.Expiration = brief
	wantCode(t, f.send(t, m), hayon.CodeNotFound)
	f.depth(t, hayon.RetryQueue, 0, 0)
}

func topologyAnalytics(t *testing.T, f *fixture) {
	f.hayon(t)
	m := f.at(hayon.AnalyticsExchange, "analytics.fetch.demo", "poison")
	f.take(t, m)
	f.poison(t, f.consume(t, hayon.AnalyticsFetchQueue, 1), "poison", 5)
	d := receiveBody(t, f.consume(t, hayon.DeadLettersQueue, 1), "poison")
	wantSame(t, d.Message(), m, hayon.DLXExchange, hayon.DeadKey)
	wantDeaths(t, d.Message(), hayon.Death{
		Queue: hayon.AnalyticsFetchQueue, Reason: limited, Exchange: hayon.AnalyticsExchange, Keys: []string{"analytics.fetch.demo"}, Count: 1,
	})
	ack(t, d)
}

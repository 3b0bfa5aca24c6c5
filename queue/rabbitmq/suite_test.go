package rabbitmq_test

import (
	"sync"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/queuetest"
)

// features are what RabbitMQ 3.10 can do without plugins.
func features(more ...queuetest.Feature) []queuetest.Feature {
	return append([]queuetest.Feature{
		queuetest.FeatureTTL, queuetest.FeatureExpiration, queuetest.FeatureDeadLetter, queuetest.FeatureDeliveryLimit, queuetest.FeatureMaxLength,
	}, more...)
}

// TestBroker has a server of its own, which the suite restarts.
func TestBroker(t *testing.T) {
	t.Parallel()
	server := servers.NewRabbitMQ(t)
	var urls sync.Map // of the vhosts, by broker
	queuetest.Test(t, queuetest.Harness{
		Open: func(tb testing.TB) hayon.Broker {
			tb.Helper()
			url := server.VHost(tb)
			b := open(tb, config(tb, url))
			urls.Store(b, url)
			return b
		},
		Restart: func(tb testing.TB, b hayon.Broker) hayon.Broker {
			tb.Helper()
			server.Stop(tb)
			server.Start(tb)
			url, _ := urls.Load(b)
			return open(tb, config(tb, url.(string))) //nolint:forcetypeassert // Open stores strings
		},
		Features: features(queuetest.FeatureDurable),
	})
}

func TestBrokerWithPrefix(t *testing.T) {
	t.Parallel()
	queuetest.Test(t, prefixed(t))
}

func prefixed(tb testing.TB) queuetest.Harness {
	tb.Helper()
	server := servers.RabbitMQ(tb)
	return queuetest.Harness{
		Open: func(tb testing.TB) hayon.Broker {
			tb.Helper()
			cfg := config(tb, server.VHost(tb))
			cfg.Prefix = "pre."
			return open(tb, cfg)
		},
		Features: features(),
		Prefix:   "pre.",
	}
}

func BenchmarkBroker(b *testing.B) { queuetest.Benchmark(b, prefixed(b)) }

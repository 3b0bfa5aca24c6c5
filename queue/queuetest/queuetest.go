package queuetest

import (
	"slices"
	"testing"

	"github.com/hayon/hayon"
)

// Feature is what a broker can do beyond the contract of [hayon.Broker].
type Feature string

// The features.
const (
	// FeatureDurable: confirmed messages, unacknowledged ones too, are there after Harness.Restart.
	FeatureDurable Feature = "durable"
	// FeatureTTL: x-message-ttl of a queue, in milliseconds, has its effect.
	FeatureTTL Feature = "ttl"
	// FeatureExpiration: the expiration of a message has its effect at the head of a queue.
	FeatureExpiration Feature = "expiration"
	// FeatureDeadLetter: x-dead-letter-exchange and x-dead-letter-routing-key of a queue have their
	// effect on messages given back without requeue, and on those that other features put aside.
	FeatureDeadLetter Feature = "dead_letter"
	// FeatureDeliveryLimit: x-delivery-limit of a queue has its effect.
	FeatureDeliveryLimit Feature = "delivery_limit"
	// FeatureDelayed: exchanges of the kind x-delayed-message exist and obey the header x-delay, in
	// milliseconds.
	FeatureDelayed Feature = "delayed"
	// FeatureMaxLength: x-max-length with x-overflow=reject-publish has its effect.
	FeatureMaxLength Feature = "max_length"
)

// Features are all features.
func Features() []Feature {
	return []Feature{
		FeatureDurable, FeatureTTL, FeatureExpiration, FeatureDeadLetter, FeatureDeliveryLimit, FeatureDelayed,
		FeatureMaxLength,
	}
}

// Harness is how the suite gets at a broker.
type Harness struct {
	// Open answers a connection to a place of its own on the broker under test, such as a vhost: what one
	// case declares there, Hayon's own topology under its fixed names too, no other case sees. The suite
	// closes the connection.
	Open func(tb testing.TB) hayon.Broker
	// Restart stops the server behind a broker, starts it again, and answers a new connection to the same
	// place on it, which the suite closes. It is called by one case at a time, while no other runs. Nil
	// where there is no server.
	Restart func(tb testing.TB, b hayon.Broker) hayon.Broker
	// Features are what the broker can do.
	Features []Feature
	// Prefix is what stands before the names on the server. Nobody who uses the broker sees it but in
	// its state.
	Prefix string
}

// lacks answers a feature that is needed and that the broker does not declare, "" where there is none.
func (h Harness) lacks(needed []Feature) Feature {
	for _, f := range needed {
		if !slices.Contains(h.Features, f) {
			return f
		}
	}
	return ""
}

// testCase is one property of a broker.
type testCase struct {
	name  string
	needs []Feature // none for what every broker must do
	run   func(t *testing.T, f *fixture)
}

// Test runs the suite.
func Test(t *testing.T, h Harness) {
	t.Helper()
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"declare", declareCases()},
		{"publish", publishCases()},
		{"route", routeCases()},
		{"consume", consumeCases()},
		{"settle", settleCases()},
		{"close", closeCases()},
		{"concurrent", concurrentCases()},
		{"length", lengthCases()},
		{"expire", expireCases()},
		{"dead letter", deadLetterCases()},
		{"topology", topologyCases()},
		{"browse", browseCases()},
		{"state", stateCases()},
		{"delayed", delayedCases()},
	}
	for _, g := range groups {
		for _, c := range g.cases {
			t.Run(g.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				if missing := h.lacks(c.needs); missing != "" {
					t.Skipf("the broker does not declare the feature %q", missing)
				}
				c.run(t, newFixture(t, h))
			})
		}
	}
	// Not parallel: it takes the server away, so it comes before the parallel cases go on.
	t.Run("restart", func(t *testing.T) {
		if h.lacks([]Feature{FeatureDurable}) != "" {
			t.Skipf("the broker does not declare the feature %q", FeatureDurable)
		}
		if h.Restart == nil {
			t.Fatal("a durable broker must have a Restart")
		}
		restartKeepsMessages(t, newFixture(t, h), h)
	})
}

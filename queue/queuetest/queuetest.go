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
	// FeatureDeadLetter: x-dead-letter-exchange and x-dead-letter-routing-key of a queue have their
	// effect on messages given back without requeue.
	FeatureDeadLetter Feature = "dead_letter"
	// FeatureDelayed: exchanges of the kind x-delayed-message exist and obey the header x-delay, in
	// milliseconds.
	FeatureDelayed Feature = "delayed"
	// FeatureMaxLength: x-max-length with x-overflow=reject-publish has its effect.
	FeatureMaxLength Feature = "max_length"
)

// Harness is how the suite gets at a broker.
type Harness struct {
	// Open answers a new connection to the broker under test. The suite closes it.
	Open func(tb testing.TB) hayon.Broker
	// Restart stops the server behind a broker, starts it again, and answers a new connection to it,
	// which the suite closes. It is called by one case at a time, while no other runs. Nil where
	// there is no server.
	Restart func(tb testing.TB, b hayon.Broker) hayon.Broker
	// Features are what the broker can do.
	Features []Feature
}

func (h Harness) has(f Feature) bool { return slices.Contains(h.Features, f) }

// testCase is one property of a broker.
type testCase struct {
	name  string
	needs Feature // "" for what every broker must do
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
		{"feature", featureCases()},
	}
	for _, g := range groups {
		for _, c := range g.cases {
			t.Run(g.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				if c.needs != "" && !h.has(c.needs) {
					t.Skipf("the broker does not declare the feature %q", c.needs)
				}
				c.run(t, newFixture(t, h))
			})
		}
	}
	// Not parallel: it takes the server away, so it comes before the parallel cases go on.
	t.Run("restart", func(t *testing.T) {
		if !h.has(FeatureDurable) {
			t.Skipf("the broker does not declare the feature %q", FeatureDurable)
		}
		if h.Restart == nil {
			t.Fatal("a durable broker must have a Restart")
		}
		restartKeepsMessages(t, newFixture(t, h), h)
	})
}

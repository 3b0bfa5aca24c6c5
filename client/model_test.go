package client_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

var modelSeed = flag.Uint64("model.seed", 0, "seed of the changes that are compared with a model; 0: a new one each time")

// Random changes of posts come to what a plain model of them says, through lost commits and lost answers.
// Package scheduler runs it in process.
func TestModel(t *testing.T) {
	t.Parallel()
	seed := *modelSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-model.seed)", seed)
	for i := range uint64(2) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			hayontest.TestModel(t, seed+i, 150, func(t *testing.T) hayontest.ModelFixture {
				t.Helper()
				faulty := new(hayontest.Faulty)
				svc, _ := localOn(t, func(s hayon.Store) hayon.Store {
					faulty.Store = s
					return faulty
				})
				return hayontest.ModelFixture{Service: remote(t, svc, nil), Actor: hayontest.Local(), Store: faulty}
			})
		})
	}
}

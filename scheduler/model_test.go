package scheduler_test

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
// Package client runs it over a socket.
func TestModel(t *testing.T) {
	t.Parallel()
	seed := *modelSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-model.seed)", seed)
	for i := range uint64(3) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			hayontest.TestModel(t, seed+i, 200, func(t *testing.T) hayontest.ModelFixture {
				t.Helper()
				faulty := new(hayontest.Faulty)
				svc, _ := inProcessOn(t, func(s hayon.Store) hayon.Store {
					faulty.Store = s
					return faulty
				})
				return hayontest.ModelFixture{Service: svc, Actor: hayontest.Local(), Store: faulty}
			})
		})
	}
}

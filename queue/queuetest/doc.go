// Package queuetest is the contract of [hayon.Broker] as tests. Every implementation runs it:
//
//	func TestBroker(t *testing.T) {
//		queuetest.Test(t, queuetest.Harness{
//			Open:     func(tb testing.TB) hayon.Broker { … },
//			Features: []queuetest.Feature{queuetest.FeatureDurable},
//		})
//	}
//
//	func BenchmarkBroker(b *testing.B) { queuetest.Benchmark(b, harness) }
//
// An implementation says as data what else it can do; the suite skips the cases of features that are
// not declared and never asks who it tests. Every case uses names of its own, so that all of them
// may run at the same time on one server; none deletes what it declared.
//
// The suite is not a measure of durability against a crash of the machine, and the benchmarks only
// compare implementations and their changes.
package queuetest

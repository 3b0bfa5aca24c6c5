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
// not declared and never asks who it tests. Each case opens a place of its own on the broker, such as a
// vhost, for there are cases that declare Hayon's own topology under its fixed names; so all of them may
// run at the same time on one server. None deletes what it declared.
//
// The meaning of arguments is that of RabbitMQ's quorum queues, 3.10 and later, and the suite asks for
// nothing that these do not do: a message that is given back returns to the head of its queue where the
// queue has a delivery limit, and elsewhere it may go to the tail.
//
// What must happen after a time is waited for with patience, and may come as late as it likes; what must
// not happen before a time is held against the clock.
//
// The suite is not a measure of durability against a crash of the machine, and the benchmarks only
// compare implementations and their changes.
package queuetest

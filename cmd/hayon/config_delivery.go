package main

import (
	"time"

	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/worker"
)

// schedulerConfig is what the configuration says to the scheduler.
func (d deliveryConfig) schedulerConfig() scheduler.Config {
	c := scheduler.Config{IfLate: d.IfLate.LatePolicy, Lease: d.Lease.Duration}
	if d.Grace != nil {
		c.Grace = &d.Grace.Duration
	}
	return c
}

// workerConfig is what the configuration says to the worker.
func (d deliveryConfig) workerConfig() worker.Config {
	c := worker.Config{
		Waits: durations(d.Waits), Settle: durations(d.Settle), Lease: d.Lease.Duration, LeaseReserve: d.LeaseReserve.Duration,
		PublishTimeout: d.PublishTimeout.Duration, CatchUpAfter: d.CatchUpAfter.Duration, ProbeEvery: d.ProbeEvery.Duration,
	}
	if d.CatchUpEvery != nil {
		if c.CatchUpEvery = d.CatchUpEvery.Duration; c.CatchUpEvery == 0 {
			c.CatchUpEvery = -1 // no distance; 0 is the default there
		}
	}
	return c
}

// durations are the times of a list; nil where the list was not given, which an empty one was.
func durations(list []span) []time.Duration {
	if list == nil {
		return nil
	}
	out := make([]time.Duration, len(list))
	for i, s := range list {
		out[i] = s.Duration
	}
	return out
}

package worker

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Config adjusts a worker; its zero value works, and a zero field is its default.
type Config struct {
	// Concurrency bounds how many targets run at a time. Default 32.
	Concurrency int
	// Lease is how long a claim lasts without a heartbeat. Default 90 s.
	Lease time.Duration
	// LeaseReserve is what a lease must have left beyond the deadline of a call. Default 10 s.
	LeaseReserve time.Duration
	// Grace is used in the place of each target's own grace window, where set.
	Grace *time.Duration
	// Waits are the waits before the retries; their number is the number of retries. Default 5 s,
	// 30 s, 120 s, each varied by a fifth.
	Waits []time.Duration
	// PublishTimeout is the longest time that an irreversible call may take; zero: as long as its
	// platform allows.
	PublishTimeout time.Duration
	// PrepareTimeout is the longest time that uploads and containers for one part may take. An attempt
	// that is not ready then is one that failed. For each MiB of media it has 8 s more. Default 10 min.
	PrepareTimeout time.Duration
	// RateWait is the wait after a rate limit that does not say how long. Default 1 min.
	RateWait time.Duration
	// Settle is used in the place of each platform's own times to look after an unknown outcome.
	Settle []time.Duration
	// CatchUpAfter is how late a target must be to be one that is caught up, and CatchUpEvery how far
	// apart those of an account are. Default 5 min and 10 s; a CatchUpEvery below zero means no
	// distance.
	CatchUpAfter, CatchUpEvery time.Duration
	// BreakerFailures are how many failures to connect to a host within BreakerWindow open its
	// breaker. Default 5 and 30 s. While it is open one target every ProbeEvery tries; default 15 s.
	BreakerFailures           int
	BreakerWindow, ProbeEvery time.Duration
	// Drain is how long running attempts may go on once the context has ended. Default 25 s.
	Drain time.Duration
	// WaitLocal makes targets wait where this machine cannot send them, as while the keyring is locked or
	// the disk is full: nobody is there to read why they failed. Their accounts are held back for
	// RateWait, and no attempt counts. Without it they fail at once, for the person who waits.
	WaitLocal bool
	// MayPublish is asked before each claim; while it answers false, as because the clock cannot be
	// trusted, nothing is claimed. nil: always.
	MayPublish func() bool
	// Recover ends the leases of dead processes. Deliver calls it while it waits for a lane; nil: never.
	Recover func(context.Context) error
	// Rand varies the waits; tests give a seeded one. Default: the runtime's.
	Rand   func() float64
	Logger *slog.Logger
}

const (
	defaultConcurrency     = 32
	defaultLease           = 90 * time.Second
	defaultLeaseReserve    = 10 * time.Second
	defaultPrepareTimeout  = 10 * time.Minute
	defaultRateWait        = time.Minute
	defaultCatchUpAfter    = 5 * time.Minute
	defaultCatchUpEvery    = 10 * time.Second
	defaultBreakerFailures = 5
	defaultBreakerWindow   = 30 * time.Second
	defaultProbeEvery      = 15 * time.Second
	defaultDrain           = 25 * time.Second
)

// filled is c with its defaults.
func (c Config) filled() Config {
	if c.Concurrency <= 0 {
		c.Concurrency = defaultConcurrency
	}
	if c.Waits == nil {
		c.Waits = []time.Duration{5 * time.Second, 30 * time.Second, 120 * time.Second}
	}
	if c.BreakerFailures <= 0 {
		c.BreakerFailures = defaultBreakerFailures
	}
	if c.CatchUpEvery == 0 {
		c.CatchUpEvery = defaultCatchUpEvery
	}
	c.CatchUpEvery = max(c.CatchUpEvery, 0)
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Lease, defaultLease},
		{&c.LeaseReserve, defaultLeaseReserve},
		{&c.PrepareTimeout, defaultPrepareTimeout},
		{&c.RateWait, defaultRateWait},
		{&c.CatchUpAfter, defaultCatchUpAfter},
		{&c.BreakerWindow, defaultBreakerWindow},
		{&c.ProbeEvery, defaultProbeEvery},
		{&c.Drain, defaultDrain},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

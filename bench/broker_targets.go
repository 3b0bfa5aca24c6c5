package main

import (
	"context"
	"errors"
	"strconv"
)

const (
	// targetRounds is how often targets go out from end to end over each broker, and brokerTargets how many.
	targetRounds  = 3
	brokerTargets = 3000
)

// The brokers of a core.
const (
	overLocal  = "in this process"
	overRabbit = "RabbitMQ"
)

// measureTargets lets the core publish with the broker in this process and with RabbitMQ: as many targets
// as it can, and one post at a time.
func (r *rig) measureTargets(ctx context.Context) ([]row, error) {
	homes := 0
	fresh := func(name string) home { homes++; return r.b.home(name + strconv.Itoa(homes)) }
	n := max(r.b.count(brokerTargets), 10*lanes) // with fewer the last one is out before all lanes work
	finishing := func(name string, v via) contestant {
		return contestant{name: name, run: func(ctx context.Context) (pace, error) {
			out, err := r.b.finish(ctx, fresh("broker-finish"), n, v)
			return pace{rate: out.rate()}, err
		}}
	}
	single := func(name string, v via) contestant {
		return contestant{name: name, run: func(ctx context.Context) (pace, error) {
			_, out, err := through(ctx, fresh("broker-alone"), alonePosts, v, oneAtATime)
			return pace{took: out.late}, err
		}}
	}
	rabbit := via{url: r.server.URL()}
	many, err := r.b.duel(ctx, targetRounds, finishing(overLocal, local), finishing(overRabbit, rabbit))
	if err != nil {
		return nil, err
	}
	alone, err := r.b.duel(ctx, targetRounds, single(overLocal, local), single(overRabbit, rabbit))
	if err != nil {
		return nil, errors.Join(err, r.raw.purge())
	}
	p99 := func(name string) string { return "p99 " + number(alone.late(name, 0.99)) + " ms" }
	return []row{
		fact("targets-local", "targets finished, 64 lanes: broker "+overLocal, many.rate(overLocal), "/s", ""),
		fact("targets-rabbitmq", "  "+overRabbit, many.rate(overRabbit), "/s",
			number(100*many.share(overRabbit, overLocal, pace.perSecond))+" % of that, round by round"),
		fact("alone-local", "create → published, one post at a time, p50: broker "+overLocal, alone.late(overLocal, 0.5), "ms", p99(overLocal)),
		fact("alone-rabbitmq", "  "+overRabbit, alone.late(overRabbit, 0.5), "ms", p99(overRabbit)),
	}, r.raw.purge()
}

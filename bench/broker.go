package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon/hayontest/servers"
)

const (
	// brokerRounds is how often all have their turn, and carryTime how long it is.
	brokerRounds = 7
	carryTime    = 300 * time.Millisecond
	// inFlight is how many messages the relay has with the broker unconfirmed, and so what it is compared
	// with; relayRows are as many as it hands over in a turn.
	inFlight  = 100
	relayRows = 3000
	// consumeEach and consumeMany are how many messages are consumed in a turn, by who takes one at a
	// time and by who has 50.
	consumeEach, consumeMany = 400, 6000
	manyPrefetch             = 50
	// deliverEach is how many messages are on the way alone in a turn.
	deliverEach = 150
)

// The names of those who carry messages.
const (
	byRaw     = "amqp091-go"
	byOurs    = "hayon's broker"
	byHints   = "amqp091-go, hints"
	byRelay   = "hayon's outbox relay, hints"
	byAmqplib = "amqplib"
	byBullMQ  = "BullMQ"
)

// measureBroker measures what stands between a post and RabbitMQ: beside the client library that it is
// made of, and beside what programs in Node have, all in turn on one server of this run alone.
func measureBroker(ctx context.Context, b *bench) (rows []row, err error) {
	r, err := b.newRig(ctx)
	if errors.Is(err, servers.ErrUnavailable) {
		return []row{{Name: "broker", What: "with RabbitMQ", Note: "not measured: " + firstLine(err)}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	var failed []error
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]row, error)
	}{
		{"publishing with 100 in flight", r.measureFlight},
		{"publishing one by one", r.measureOneByOne},
		{"consuming at prefetch 1", func(ctx context.Context) ([]row, error) { return r.measureConsume(ctx, 1, consumeEach) }},
		{"consuming at prefetch 50", func(ctx context.Context) ([]row, error) { return r.measureConsume(ctx, manyPrefetch, consumeMany) }},
		{"messages on their way alone", r.measureDelivered},
		{"targets from end to end", r.measureTargets},
		{"restarts of the broker", r.measureRestarts},
	} {
		b.say("  " + part.name)
		more, err := part.measure(ctx)
		rows = append(rows, more...)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", part.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return rows, errors.Join(failed...)
}

// rig is a RabbitMQ with all who carry messages over it, and BullMQ with its Redis.
type rig struct {
	b       *bench
	server  *servers.RabbitMQInstance
	raw     *raw
	hints   *raw // on the same connections
	ours    *ours
	relay   *relay
	amqplib carrier
	bullmq  filler
	// about tells of a peer what it is, with versions.
	about map[string]string
	// ends end who is connected, the server apart.
	ends []func() error
}

// filler is a carrier with a queue of its own.
type filler interface {
	carrier
	fill(ctx context.Context, n int) error
}

// newRig starts all of it. A peer that cannot be had is absent.
func (b *bench) newRig(ctx context.Context) (r *rig, err error) {
	r = &rig{b: b, about: map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.server, err = servers.RunRabbitMQ(ctx); err != nil {
		return r, err
	}
	if r.ours, err = openOurs(ctx, r.server.URL()); err != nil {
		return r, err
	}
	r.ends = append(r.ends, r.ours.Close)
	r.relay = &relay{b: b, broker: r.ours}
	if r.raw, err = dialRaw(r.server.URL()); err != nil {
		return r, err
	}
	r.ends = append(r.ends, r.raw.close)
	r.hints = r.raw.with(hints())
	r.startPeers(ctx)
	return r, ctx.Err()
}

// startPeers starts what can be had.
func (r *rig) startPeers(ctx context.Context) {
	dir, err := installPeers(ctx)
	if err != nil {
		r.amqplib, r.bullmq = absent{err}, absent{err}
		return
	}
	if p, err := r.startPeer(ctx, byAmqplib, dir, "amqplib.mjs", r.server.URL()); err != nil {
		r.amqplib = absent{err}
	} else {
		r.amqplib = p
	}
	if r.bullmq, err = r.startBullMQ(ctx, dir); err != nil {
		r.bullmq = absent{err}
	}
}

// startBullMQ starts it with a Redis.
func (r *rig) startBullMQ(ctx context.Context, dir string) (filler, error) {
	redis, err := servers.RunRedis(ctx)
	if err != nil {
		return nil, err
	}
	r.ends = append(r.ends, redis.Close)
	p, err := r.startPeer(ctx, byBullMQ, dir, "bullmq.mjs", redis.URL())
	return ownQueue{p}, err
}

func (r *rig) startPeer(ctx context.Context, name, dir, script, url string) (*peer, error) {
	p, err := startPeer(ctx, dir, script, url)
	if err != nil {
		return nil, err
	}
	r.ends = append(r.ends, p.stop)
	r.about[name] = p.name
	return p, nil
}

// disconnect ends all who are connected, the last first.
func (r *rig) disconnect() error {
	var errs []error
	for _, end := range slices.Backward(r.ends) {
		errs = append(errs, end())
	}
	r.ends = nil
	return errors.Join(errs...)
}

// close ends all of it.
func (r *rig) close() error {
	err := r.disconnect()
	if r.server != nil {
		err = errors.Join(err, r.server.Close())
	}
	return err
}

// absent is a peer that this machine does not have.
type absent struct{ why error }

func (a absent) publish(context.Context, int, time.Duration) (pace, error) { return pace{}, a.why }
func (a absent) consume(context.Context, int, int) (pace, error)           { return pace{}, a.why }
func (a absent) deliver(context.Context, int) (pace, error)                { return pace{}, a.why }
func (a absent) fill(context.Context, int) error                           { return a.why }

// measureFlight compares what is published with 100 unconfirmed.
func (r *rig) measureFlight(ctx context.Context) ([]row, error) {
	all := append(r.publishers(inFlight),
		r.then(byHints, func(ctx context.Context) (pace, error) { return r.hints.publish(ctx, inFlight, r.b.span(carryTime)) }),
		r.then(byRelay, func(ctx context.Context) (pace, error) { return r.relay.rows(ctx, r.b.count(relayRows)) }),
	)
	d, err := r.b.duel(ctx, brokerRounds, all...)
	if err != nil {
		return nil, err
	}
	rows := r.rates(d, "flight", fmt.Sprintf("publish, confirmed, %d bytes, 100 in flight", kilobyteBytes), byRaw, byOurs, byAmqplib, byBullMQ)
	rows = append(rows, r.rates(d, "flight", fmt.Sprintf("publish, confirmed, %d bytes, 100 in flight", hintBytes()), byHints, byRelay)...)
	return append(rows, r.b.figure("relay", 100*d.share(byRelay, byHints, pace.perSecond), "with the commits that delete the rows")), nil
}

// measureOneByOne compares what is published with one unconfirmed.
func (r *rig) measureOneByOne(ctx context.Context) ([]row, error) {
	d, err := r.b.duel(ctx, brokerRounds, append(r.publishers(1),
		r.then(byRelay, func(ctx context.Context) (pace, error) { return r.relay.rowByRow(ctx, r.b.span(carryTime)) }))...)
	if err != nil {
		return nil, err
	}
	rows := r.rates(d, "single", fmt.Sprintf("publish, confirmed, %d bytes, one by one", kilobyteBytes), byRaw, byOurs, byAmqplib, byBullMQ)
	return append(rows, r.row(d, "single", "  "+byRelay+", row by row", byRelay, pace.perSecond, "/s",
		"of each, two commits of the database: the row in, the row out")), nil
}

// publishers publish for a turn.
func (r *rig) publishers(window int) []contestant {
	all := r.each(func(ctx context.Context, c carrier) (pace, error) { return c.publish(ctx, window, r.b.span(carryTime)) })
	for i, c := range all {
		all[i].run = r.then(c.name, c.run).run
	}
	return all
}

// then is a contestant after whom the queue of hints is emptied.
func (r *rig) then(name string, run func(context.Context) (pace, error)) contestant {
	return contestant{name: name, run: func(ctx context.Context) (pace, error) {
		p, err := run(ctx)
		return p, errors.Join(err, r.raw.purge())
	}}
}

func isPeer(name string) bool { return name == byAmqplib || name == byBullMQ }

// measureConsume compares how fast messages that are there are consumed.
func (r *rig) measureConsume(ctx context.Context, prefetch, n int) ([]row, error) {
	n = r.b.count(n)
	d, err := r.b.duel(ctx, brokerRounds, r.each(func(ctx context.Context, c carrier) (pace, error) {
		if err := r.raw.purge(); err != nil {
			return pace{}, err
		}
		fill := r.raw.fill
		if own, ok := c.(filler); ok {
			fill = own.fill
		}
		if err := fill(ctx, n); err != nil {
			return pace{}, err
		}
		return c.consume(ctx, prefetch, n)
	})...)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("consume-%d", prefetch)
	rows := r.rates(d, name, fmt.Sprintf("consume, %d bytes, with ack, prefetch %d", kilobyteBytes, prefetch), byRaw, byOurs, byAmqplib, byBullMQ)
	return append(rows, r.b.figure(name, 100*d.share(byOurs, byRaw, pace.perSecond), "")), nil
}

// each has everybody who publishes and consumes do the same.
func (r *rig) each(do func(context.Context, carrier) (pace, error)) (all []contestant) {
	for _, who := range []struct {
		name string
		carrier
	}{{byRaw, r.raw}, {byOurs, r.ours}, {byAmqplib, r.amqplib}, {byBullMQ, r.bullmq}} {
		all = append(all, contestant{name: who.name, peer: isPeer(who.name), run: func(ctx context.Context) (pace, error) {
			return do(ctx, who.carrier)
		}})
	}
	return all
}

// measureDelivered compares how long a message is on its way that has no other beside it.
func (r *rig) measureDelivered(ctx context.Context) ([]row, error) {
	if err := r.raw.purge(); err != nil {
		return nil, err
	}
	n := r.b.count(deliverEach)
	d, err := r.b.duel(ctx, brokerRounds, r.each(func(ctx context.Context, c carrier) (pace, error) { return c.deliver(ctx, n) })...)
	if err != nil {
		return nil, err
	}
	rows := r.rows(d, "delivered", "publish → delivered, one at a time, p50", took(0.5), "ms", byRaw, byOurs, byAmqplib, byBullMQ)
	return append(rows,
		r.b.figure("delivered-p50", d.share(byOurs, byRaw, took(0.5)), ""),
		r.b.figure("delivered-p99", d.share(byOurs, byRaw, took(0.99)), ""),
	), nil
}

// rates is a row for each with what it does a second, beside the first of them.
func (r *rig) rates(d *duel, prefix, what string, names ...string) []row {
	return r.rows(d, prefix, what, pace.perSecond, "/s", names...)
}

// rows is a row for each with a figure, beside that of the first.
func (r *rig) rows(d *duel, prefix, what string, figure func(pace) float64, unit string, names ...string) []row {
	var rows []row
	for i, name := range names {
		label, note := what+": "+name, ""
		if i > 0 {
			label, note = "  "+name, number(100*d.share(name, names[0], figure))+" % of that, round by round"
		}
		rows = append(rows, r.row(d, prefix, label, name, figure, unit, note))
	}
	return rows
}

// row is what a contestant did, or why it did not.
func (r *rig) row(d *duel, prefix, what, who string, figure func(pace) float64, unit, note string) row {
	name := prefix + "-" + slug(who)
	if err := d.failed[who]; err != nil {
		return row{Name: name, What: what, Unit: unit, Note: "not measured: " + firstLine(err)}
	}
	notes := []string{note}
	if late := d.late(who, 0.99); late > 0 {
		notes = append(notes, "p99 "+number(late)+" ms")
	}
	notes = append(notes, r.about[who])
	if who == byBullMQ {
		notes = append(notes, "on a Redis that keeps nothing on the disk")
	}
	notes = slices.DeleteFunc(notes, func(s string) bool { return s == "" })
	return fact(name, what, middle(d.each(who, figure)), unit, strings.Join(notes, "; "))
}

// hintBytes is how long the body of a hint is.
func hintBytes() int { return len(hints()(1).Body) }

// slug is a name as a part of another one.
func slug(name string) string {
	return strings.ToLower(strings.NewReplacer(", ", "-", " ", "-", "'", "").Replace(name))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

var (
	_ carrier = (*raw)(nil)
	_ carrier = (*ours)(nil)
	_ carrier = (*peer)(nil)
	_ filler  = ownQueue{}
)

package main

import (
	"context"
	"fmt"
	"slices"
)

// contestant is one way to do what others do, too.
type contestant struct {
	name string
	run  func(context.Context) (pace, error)
	// peer: a program of others, whose failure is told and stops nobody.
	peer bool
}

// duel is what contestants did in turn, each in the same rounds.
type duel struct {
	paces  map[string][]pace // by name, in the order of the rounds
	failed map[string]error  // of peers
}

// duel has all contestants run in turn, in one order and then in the other, so that a moment in which
// the machine is busy meets all. A first round, which is not counted, warms them up.
func (b *bench) duel(ctx context.Context, rounds int, all ...contestant) (*duel, error) {
	d := &duel{paces: map[string][]pace{}, failed: map[string]error{}}
	all = slices.Clone(all)
	for round := range rounds + 1 {
		for _, c := range all {
			if d.failed[c.name] != nil {
				continue
			}
			p, err := c.run(ctx)
			switch {
			case err != nil && (!c.peer || ctx.Err() != nil):
				return d, fmt.Errorf("%s: %w", c.name, err)
			case err != nil:
				d.failed[c.name] = err
			case round > 0 || b.short:
				d.paces[c.name] = append(d.paces[c.name], p)
			}
		}
		if b.short {
			break // one round, and nothing is judged
		}
		slices.Reverse(all)
	}
	return d, nil
}

// rate is the median of what a contestant did a second.
func (d *duel) rate(name string) float64 { return middle(d.each(name, pace.perSecond)) }

// late is the median over the rounds of a quantile of what a contestant took.
func (d *duel) late(name string, q float64) float64 { return middle(d.each(name, took(q))) }

// share is the median over the rounds of a contestant's figure divided by another's in the same round.
func (d *duel) share(name, of string, figure func(pace) float64) float64 {
	mine, theirs := d.each(name, figure), d.each(of, figure)
	var shares []float64
	for i := range min(len(mine), len(theirs)) {
		shares = append(shares, mine[i]/theirs[i])
	}
	return middle(shares)
}

func (d *duel) each(name string, figure func(pace) float64) (out []float64) {
	for _, p := range d.paces[name] {
		out = append(out, figure(p))
	}
	return out
}

// perSecond is the rate.
func (p pace) perSecond() float64 { return p.rate }

// took is a quantile of what each took, in ms.
func took(q float64) func(pace) float64 {
	return func(p pace) float64 { return millis(quantile(p.took, q)) }
}

// middle is the median of figures; 0 of none.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

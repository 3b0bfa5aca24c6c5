package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// startups is how often each program is started, in turn with the others so that a busy moment
	// of the machine meets all.
	startups = 61
	// traces is how often the init trace is taken; each package counts with its median.
	traces = 9
	// costliest is how many packages of the init trace are shown.
	costliest = 3
)

// measureStartup times version and help beside a program that does nothing.
func measureStartup(ctx context.Context, b *bench) ([]row, error) {
	minimal, err := buildMinimal(ctx, b.dir)
	if err != nil {
		return nil, err
	}
	h := b.home("startup")
	programs := [][]string{{minimal}, {b.hayon, "version"}, {b.hayon, "--help"}}
	took := make([][]time.Duration, len(programs))
	for round := range startups + 1 {
		for i, argv := range programs {
			d, _, err := h.run(ctx, argv...)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first round reads the files from the disk
				took[i] = append(took[i], d)
			}
		}
	}
	peer := median(took[0])
	rows := []row{fact("minimal", "a Go program that does nothing, the same, median", millis(peer), "ms", "p99 "+number(millis(quantile(took[0], 0.99)))+" ms")}
	for i, name := range []string{"version", "help"} {
		mid := median(took[i+1])
		rows = append(rows, b.figure(name, millis(mid), fmt.Sprintf("%s times the minimal program, p99 %s ms",
			number(float64(mid)/float64(peer)), number(millis(quantile(took[i+1], 0.99))))))
	}
	init, err := initRows(ctx, b, h)
	return append(rows, init...), err
}

// initRows are the packages whose initialisation costs most, before main begins.
func initRows(ctx context.Context, b *bench, h home) ([]row, error) {
	h.env = append(slices.Clone(h.env), "GODEBUG=inittrace=1")
	clocks := map[string][]time.Duration{}
	var sums []time.Duration
	for range traces {
		_, trace, err := h.run(ctx, b.hayon, "version")
		if err != nil {
			return nil, err
		}
		var sum time.Duration
		for pkg, clock := range parseInitTrace(trace) {
			clocks[pkg] = append(clocks[pkg], clock)
			sum += clock
		}
		sums = append(sums, sum)
	}
	type cost struct {
		pkg   string
		clock time.Duration
	}
	var costs []cost
	for pkg, c := range clocks {
		costs = append(costs, cost{pkg, median(c)})
	}
	slices.SortFunc(costs, func(a, b cost) int {
		return cmp.Or(cmp.Compare(b.clock, a.clock), strings.Compare(a.pkg, b.pkg))
	})
	var most []string
	for _, c := range costs[:min(costliest, len(costs))] {
		most = append(most, fmt.Sprintf("%s %s", c.pkg, number(millis(c.clock))))
	}
	return []row{fact("init", "initialisation of packages, median", millis(median(sums)), "ms", "most: "+strings.Join(most, ", "))}, nil
}

// parseInitTrace reads lines such as
//
//	init net/http @0.53 ms, 0.042 ms clock, 4712 bytes, 23 allocs
//
// and passes over all others. The form is described in https://pkg.go.dev/runtime, read 2026-11-20.
func parseInitTrace(trace string) map[string]time.Duration {
	out := map[string]time.Duration{}
	for line := range strings.Lines(trace) {
		f := strings.Fields(line)
		if len(f) < 7 || f[0] != "init" || f[6] != "clock," {
			continue
		}
		ms, err := strconv.ParseFloat(f[4], 64)
		if err == nil {
			out[f[1]] = time.Duration(ms * float64(time.Millisecond))
		}
	}
	return out
}

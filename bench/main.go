package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
)

const (
	exitOK    = 0
	exitOver  = 1
	exitError = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// bench is one run.
type bench struct {
	budget budget
	// dir is the folder of this run; everything that it makes stands below it.
	dir string
	// hayon is the binary that is measured.
	hayon string
	// short makes all loads small: it shows that everything works, and nothing else.
	short bool
	// progress gets one line for each thing that takes long.
	progress io.Writer
	// late and scale serve several measurements; nil until the first one needs them.
	late  *delays
	scale *scale
}

// measurement is a group of rows that -only selects.
type measurement struct {
	name    string
	measure func(context.Context, *bench) ([]row, error)
}

// measurements are in the order of the report: quiet ones first, so that heavy ones do not warm or
// heat the machine for them.
func measurements() []measurement {
	return []measurement{
		{"fsync", measureFsync},
		{"size", measureSize},
		{"startup", measureStartup},
		{"list", measureList},
		{"find", measureFind},
		{"compose", measureCompose},
		{"idle", measureIdle},
		{"lateness", measureLateness},
		{"trouble", measureTrouble},
		{"commits", measureCommits},
		{"finished", measureFinished},
		{"through", measureThrough},
		{"broker", measureBroker},
		{"burst", measureBurst},
		{"scale", measureScale},
		{"million", measureMillion},
	}
}

// options are the flags.
type options struct {
	only, dir, hayon, profile string
	json, strict, short       bool
	chosen                    []measurement
}

// parse reads the flags. Its error was told already.
func parse(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.only, "only", "", "measure only these, by comma: "+strings.Join(names(), ", "))
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.strict, "strict", false, "exit with 1 when a figure misses its target")
	f.BoolVar(&o.short, "short", false, "small loads, no verdicts: only see that everything works")
	f.StringVar(&o.dir, "dir", "", "folder on the disk to measure; default: the one for temporary files")
	f.StringVar(&o.hayon, "hayon", "", "measure this binary; default: build it")
	f.StringVar(&o.profile, "cpuprofile", "", "write where this process spends its time to this file")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.chosen, err = choose(o.only); err == nil && f.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", f.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	return o, err
}

// run is the program; it answers the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		return exitError
	}
	b := &bench{hayon: o.hayon, short: o.short, progress: stderr}
	machine := machineLine(ctx, quietLook)
	b.say(machine)
	rows, err := b.profiled(ctx, o)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	write := writeTable
	if o.json {
		write = writeJSON
	}
	if werr := write(stdout, machine+b.shortNote(), rows); err != nil || werr != nil {
		return exitError
	}
	if o.strict && over(rows) {
		return exitOver
	}
	return exitOK
}

// shortNote keeps people from taking a short run for a long one.
func (b *bench) shortNote() string {
	if b.short {
		return ". A SHORT RUN: loads are smaller than their names say"
	}
	return ""
}

// profiled measures what was chosen, with a profile of this process where one is asked for.
func (b *bench) profiled(ctx context.Context, o options) (rows []row, err error) {
	if o.profile == "" {
		return b.all(ctx, o.dir, o.chosen)
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	defer pprof.StopCPUProfile()
	return b.all(ctx, o.dir, o.chosen)
}

// all measures what was chosen. A measurement that fails does not stop the others; only the end of
// ctx does.
func (b *bench) all(ctx context.Context, parent string, chosen []measurement) (rows []row, err error) {
	if b.budget, err = readBudget(budgetFile); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp(parent, "hayon-bench-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.hayon == "" {
		b.say("building the binary")
		if b.hayon, err = buildHayon(ctx, b.dir); err != nil {
			return nil, err
		}
	}
	var failed []error
	for _, m := range chosen {
		b.say("measuring " + m.name)
		got, err := m.measure(ctx, b)
		rows = append(rows, got...)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return rows, errors.Join(failed...)
}

func (b *bench) say(what string) { fmt.Fprintln(b.progress, what) }

func names() []string {
	var out []string
	for _, m := range measurements() {
		out = append(out, m.name)
	}
	return out
}

// choose picks measurements by their names. The disk's own latency is always among them.
func choose(only string) ([]measurement, error) {
	all := measurements()
	if only == "" {
		return all, nil
	}
	wanted := map[string]bool{"fsync": true}
	for name := range strings.SplitSeq(only, ",") {
		if !strings.Contains(","+strings.Join(names(), ",")+",", ","+name+",") {
			return nil, fmt.Errorf("-only does not know %q; there are: %s", name, strings.Join(names(), ", "))
		}
		wanted[name] = true
	}
	var chosen []measurement
	for _, m := range all {
		if wanted[m.name] {
			chosen = append(chosen, m)
		}
	}
	return chosen, nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
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
	// progress gets one line for each thing that takes long.
	progress io.Writer
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
		{"idle", measureIdle},
		{"lateness", measureLateness},
		{"finished", measureFinished},
	}
}

// run is the program; it answers the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	only := f.String("only", "", "measure only these, by comma: "+strings.Join(names(), ", "))
	asJSON := f.Bool("json", false, "print JSON")
	strict := f.Bool("strict", false, "exit with 1 when a figure misses its target")
	dir := f.String("dir", "", "folder on the disk to measure; default: the one for temporary files")
	hayon := f.String("hayon", "", "measure this binary; default: build it")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitError
	}
	chosen, err := choose(*only)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", f.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitError
	}
	b := &bench{hayon: *hayon, progress: stderr}
	machine := machineLine()
	rows, err := b.all(ctx, *dir, chosen)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	write := writeTable
	if *asJSON {
		write = writeJSON
	}
	if werr := write(stdout, machine, rows); err != nil || werr != nil {
		return exitError
	}
	if *strict && over(rows) {
		return exitOver
	}
	return exitOK
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

// machineLine says where the figures come from.
func machineLine() string {
	line := fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	if load := loadAverage(); load != "" {
		line += ", load before the run " + load
	}
	return line
}

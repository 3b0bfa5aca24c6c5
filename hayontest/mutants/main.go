package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	only := flag.String("only", "", "try these `mutants` alone, with commas between")
	jobs := flag.Int("j", min(2, runtime.NumCPU()), "try this `many` at a time")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := try(ctx, os.Stdout, *only, *jobs)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// try tries the mutants with these names, all where there is none, and prints a line for each.
func try(ctx context.Context, out io.Writer, only string, jobs int) error {
	list, err := chosen(only)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "hayon-mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }() // nothing of value is in it

	start := time.Now()
	l := &lab{root: root, temp: temp, healthy: make(map[check]*trial)}
	r := newReport(out, list)
	for _, res := range l.tryAll(ctx, list, max(jobs, 1)) {
		r.line(<-res)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return r.end(time.Since(start))
}

// chosen are the mutants with these names; all for "".
func chosen(only string) ([]mutant, error) {
	all := mutants()
	if only == "" {
		return all, nil
	}
	var list []mutant
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(m mutant) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no mutant %q", name)
		}
		list = append(list, all[i])
	}
	return list, nil
}

// moduleRoot is the folder of go.mod, from the working folder upwards.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("run it in the repository: no go.mod in this folder or above it")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

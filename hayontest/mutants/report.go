package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// report is the table of what became of the mutants.
type report struct {
	out    io.Writer
	width  int // of the longest name
	total  int
	failed []string
}

func newReport(out io.Writer, list []mutant) *report {
	r := &report{out: out, width: len("MUTANT"), total: len(list)}
	for _, m := range list {
		r.width = max(r.width, len(m.name))
	}
	_, _ = fmt.Fprintf(out, "%-*s  %7s  %s\n", r.width, "MUTANT", "SECONDS", "CAUGHT BY")
	return r
}

// line prints what became of a mutant.
func (r *report) line(res result) {
	said := strings.Join(res.caught, ", ")
	if res.err != nil {
		r.failed = append(r.failed, res.mutant.name)
		said = res.err.Error()
	}
	_, _ = fmt.Fprintf(r.out, "%-*s  %7.1f  %s\n", r.width, res.mutant.name, res.took.Seconds(), strings.TrimSpace(said))
}

// end prints the sum, and is an error unless all were caught.
func (r *report) end(took time.Duration) error {
	_, _ = fmt.Fprintf(r.out, "\n%d of %d mutants caught in %s\n", r.total-len(r.failed), r.total, took.Round(time.Second))
	if len(r.failed) > 0 {
		return errors.New("not caught: " + strings.Join(r.failed, ", "))
	}
	return nil
}

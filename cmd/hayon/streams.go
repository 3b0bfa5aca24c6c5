package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/term"
)

// streams are where a command reads and writes: results go to out, talk and errors to err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	// inTTY, outTTY and errTTY say which of them are terminals.
	inTTY, outTTY, errTTY bool
	// width and height are those of the terminal in cells, 0 where out is none.
	width, height int
	// readPassword reads a line without echo; nil where in is no terminal. When ctx ends first, the
	// echo is back on.
	readPassword func(ctx context.Context) ([]byte, error)
}

func systemStreams() *streams {
	s := &streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY: isTerminal(os.Stdin), outTTY: isTerminal(os.Stdout), errTTY: isTerminal(os.Stderr),
	}
	if s.outTTY {
		if w, h, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.width, s.height = w, h
		}
	}
	if s.inTTY {
		s.readPassword = readPassword
	}
	return s
}

// result is where results are written. It keeps the first error, which no line of a command looks at.
type result struct {
	io.Writer
	err error
}

func (r *result) Write(b []byte) (int, error) {
	n, err := r.Writer.Write(b)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n, err
}

// brokenPipe reports whether the reader of a pipe has gone.
func brokenPipe(err error) bool {
	const windowsBrokenPipe, windowsNoData = syscall.Errno(109), syscall.Errno(232)
	return errors.Is(err, syscall.EPIPE) ||
		runtime.GOOS == "windows" && (errors.Is(err, windowsBrokenPipe) || errors.Is(err, windowsNoData))
}

func readPassword(ctx context.Context) ([]byte, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	b, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), term.Restore(fd, before))
	}
	return b, err
}

// await is what read answers, or the cause of the end of ctx where that comes first. Nobody can call
// back a read from a terminal or a pipe: it is left alone then, and ends with the process.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	got := make(chan answer, 1)
	go func() {
		v, err := read()
		got <- answer{v, err}
	}()
	select {
	case a := <-got:
		return a.v, a.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// columns is how wide a table may be: COLUMNS, else the terminal, else 0 for no bound.
func (a *app) columns() int {
	if v, ok := a.getenv("COLUMNS"); ok {
		if n, err := strconv.Atoi(v); err == nil && n > 0 {
			return n
		}
	}
	if a.io.outTTY {
		return max(a.io.width, 20)
	}
	return 0
}

// accessible reports whether nothing may move on the terminal, because a screen reader reads it.
func (a *app) accessible() bool {
	if v, ok := a.getenv("ACCESSIBLE"); ok && v != "" {
		return v != "0" && v != "false"
	}
	return a.cfg.Accessible
}

// colour decides whether a stream gets ANSI colours.
func (a *app) colour(tty bool) bool {
	switch a.flags.color {
	case "always":
		return true
	case "never":
		return false
	}
	if v, ok := a.getenv("NO_COLOR"); ok && v != "" {
		return false
	}
	if v, ok := a.getenv("CLICOLOR_FORCE"); ok && v != "" && v != "0" {
		return true
	}
	if v, _ := a.getenv("TERM"); v == "dumb" {
		return false
	}
	return tty
}

// The colours, by what they mean. The word beside them says the same.
const (
	colourGood = "\x1b[32m"
	colourBad  = "\x1b[31m"
	colourWarn = "\x1b[33m"
	colourDim  = "\x1b[2m"
	colourBold = "\x1b[1m"
	colourOff  = "\x1b[0m"
)

func paint(on bool, colour, s string) string {
	if !on || s == "" {
		return s
	}
	return colour + s + colourOff
}

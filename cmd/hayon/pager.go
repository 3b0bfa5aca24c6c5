package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// pager shows on a terminal what is longer than its screen. Until then nothing is shown: what fits is
// written at the end, without a program. It is the writer below the result.
type pager struct {
	terminal io.Writer
	words    []string
	env      []string
	// rows is how many rows fit, and columns how wide they are.
	rows, columns int
	// held is what was written before the pager runs, and used the rows that it takes.
	held bytes.Buffer
	used int
	// plain: there is no pager after all.
	plain bool
	// after is the talk that stands below the result.
	after bytes.Buffer

	cmd *exec.Cmd
	in  io.WriteCloser
}

// errPagerLeft ends a command whose reader has seen enough. It is no failure.
var errPagerLeft = errors.New("the pager was left")

// page sets a pager before the terminal for a command whose result may be long, where its user wants
// one.
func (a *app) page(cmd *cobra.Command) {
	for _, endless := range []string{"follow", "watch"} {
		if f := cmd.Flags().Lookup(endless); f != nil && f.Value.String() == "true" {
			return
		}
	}
	if isList(cmd) || cmd.CommandPath() == "hayon show" {
		a.setPager()
	}
}

func (a *app) setPager() {
	out, ok := a.io.out.(*result)
	if !ok || !a.io.outTTY || a.pager != nil || a.flags.noPager || a.flags.verbose > 0 || a.accessible() {
		return
	}
	if v, ok := a.getenv("HAYON_NO_PAGER"); ok && v != "" && v != "0" && v != "false" {
		return // help is printed before variables are read
	}
	if v, _ := a.getenv("TERM"); v == "dumb" {
		return
	}
	words := a.pagerWords()
	if len(words) == 0 {
		return
	}
	env := os.Environ()
	if _, set := a.getenv("LESS"); !set {
		env = append(env, "LESS=FRX")
	}
	if _, set := a.getenv("LV"); !set {
		env = append(env, "LV=-c")
	}
	rows := a.io.height
	if rows <= 0 {
		rows = 24
	}
	a.pager = &pager{terminal: out.Writer, words: words, env: env, rows: rows - 1, columns: max(a.columns(), 1)}
	out.Writer = a.pager
}

// pagerWords is the command of the pager: HAYON_PAGER, else PAGER, else less where it is there. It is
// none where one of them is empty or cat, or names what is not there.
func (a *app) pagerWords() []string {
	line, set := a.getenv("HAYON_PAGER")
	if !set {
		line, set = a.getenv("PAGER")
	}
	if !set && runtime.GOOS != "windows" {
		line = "less"
	}
	words := quotedFields(line)
	if len(words) == 0 || slices.Equal(words, []string{"cat"}) {
		return nil
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil
	}
	if runtime.GOOS != "windows" && strings.ContainsAny(line, "|&;<>()$`\\'*?[#~=%") {
		return []string{"/bin/sh", "-c", line}
	}
	return words
}

func (p *pager) Write(b []byte) (int, error) {
	switch {
	case p.plain:
		return p.terminal.Write(b)
	case p.in != nil:
		if _, err := p.in.Write(b); err != nil {
			return 0, errPagerLeft
		}
		return len(b), nil
	}
	p.held.Write(b)
	for line := range bytes.Lines(b) {
		p.used += 1 + max(visible(string(bytes.TrimRight(line, "\n")))-1, 0)/p.columns
	}
	if p.used <= p.rows {
		return len(b), nil
	}
	if err := p.start(); err != nil {
		p.plain = true
		_, err = p.terminal.Write(p.held.Bytes())
		return len(b), err
	}
	if _, err := p.in.Write(p.held.Bytes()); err != nil {
		return 0, errPagerLeft
	}
	return len(b), nil
}

func (p *pager) start() error {
	cmd := exec.Command(p.words[0], p.words[1:]...) //nolint:gosec,noctx // the pager that its user has named; it ends when they say so
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, p.terminal, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.in = cmd, in
	signal.Ignore(os.Interrupt) // it is the pager's: it stops searching, and its user goes on reading
	return nil
}

// finish shows what is left, waits for the reader, and then says what stands below the result.
func (p *pager) finish(ctx context.Context, talk io.Writer) {
	switch {
	case p.in != nil:
		_ = p.in.Close()
		ended := make(chan struct{})
		go func() {
			_ = p.cmd.Wait() // how it ended is between it and its user
			close(ended)
		}()
		select {
		case <-ended:
		case <-ctx.Done():
			_ = askToEnd(p.cmd.Process)
			<-ended
		}
	case !p.plain:
		_, _ = p.terminal.Write(p.held.Bytes())
	}
	_, _ = talk.Write(p.after.Bytes())
}

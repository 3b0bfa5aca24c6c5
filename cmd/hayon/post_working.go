package main

import (
	"fmt"
	"sync"
	"time"
)

// quietFor is how long nothing is said of what takes its time.
const quietFor = 300 * time.Millisecond

// working says on a terminal what is being done where it takes longer than a moment, until done is called,
// which takes the words away.
func (a *app) working(what string) (done func()) {
	if !a.io.errTTY || a.forProgram() || a.flags.verbose > 0 {
		return func() {}
	}
	term, _ := a.getenv("TERM")
	live := term != "dumb" && !a.accessible()
	var mu sync.Mutex // guards shown and over, and the terminal
	shown, over := false, false
	timer := time.AfterFunc(quietFor, func() {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case over:
		case live:
			shown = true
			_, _ = fmt.Fprintf(a.io.err, "\r\x1b[K%s…", what)
		default:
			_, _ = fmt.Fprintf(a.io.err, "%s…\n", what)
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		if over = true; shown {
			shown = false
			_, _ = fmt.Fprint(a.io.err, "\r\x1b[K")
		}
	}
}

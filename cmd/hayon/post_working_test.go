package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWorking: what takes its time is told on a terminal alone, and taken away again.
func TestWorking(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		tty   bool
		env   []string
		takes time.Duration
		want  string
	}{
		{"a moment", true, nil, quietFor / 2, ""},
		{"longer", true, nil, 2 * quietFor, "\r\x1b[KLooking…\r\x1b[K"},
		{"no terminal", false, nil, 2 * quietFor, ""},
		{"nothing may move", true, []string{"ACCESSIBLE=1"}, 2 * quietFor, "Looking…\n"},
		{"a dumb terminal", true, []string{"TERM=dumb"}, 2 * quietFor, "Looking…\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var said bytes.Buffer
				a := newApp(&streams{err: &said, errTTY: tt.tty}, env(tt.env...))
				done := a.working("Looking")
				<-time.After(tt.takes)
				synctest.Wait()
				done()
				done()
				<-time.After(2 * quietFor)
				if got := said.String(); got != tt.want || strings.Count(got, "\r") == 1 {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

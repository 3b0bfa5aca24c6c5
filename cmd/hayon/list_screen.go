package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/hayon/hayon/server/api"
)

// lookAtSize is how often it is looked whether a terminal has another size.
const lookAtSize = 250 * time.Millisecond

// listScreen keeps a list on a terminal up to date, in its place.
type listScreen struct {
	list *listOptions
	// drawn is how many lines there are on the screen, and last what they show.
	drawn int
	last  string
}

func (s *listScreen) session(ctx context.Context, b *backend) (heard bool, err error) {
	a := s.list.app
	ctx, cancel := context.WithCancel(ctx)
	resized, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		watchSize(ctx, resized)
	}()
	defer func() { cancel(); <-ended }()
	return a.eachLook(ctx, b, resized, func(ctx context.Context) error { return s.look(ctx, b) })
}

// watchSize tells of each change of the terminal's size until ctx ends.
func watchSize(ctx context.Context, resized chan<- struct{}) {
	tick := time.NewTicker(lookAtSize)
	defer tick.Stop()
	w, h, _ := term.GetSize(int(os.Stdout.Fd()))
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		nw, nh, err := term.GetSize(int(os.Stdout.Fd()))
		if err != nil || nw == w && nh == h {
			continue
		}
		w, h = nw, nh
		select {
		case resized <- struct{}{}:
		default: // it is not taken yet
		}
	}
}

// look reads the list and draws it.
func (s *listScreen) look(ctx context.Context, b *backend) error {
	o := s.list
	s.measure()
	f, err := o.filter(ctx, b)
	if err != nil {
		return err
	}
	total, err := b.CountPosts(ctx, f)
	if err != nil {
		return err
	}
	if o.count {
		s.draw([]string{fmt.Sprint(total)})
		return o.app.written()
	}
	if room := max(o.app.io.height-3, 1); f.Limit == 0 || f.Limit > room { // beside the head, the foot and the cursor
		f.Limit = room
	}
	posts, err := o.find(ctx, b, f)
	if err != nil {
		return err
	}
	lines, err := s.lines(posts, total)
	if err != nil {
		return err
	}
	s.draw(lines)
	return o.app.written()
}

// measure reads the size of the terminal. What was drawn for another size cannot be found again: the
// screen begins anew.
func (s *listScreen) measure() {
	a := s.list.app
	w, h, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || w == a.io.width && h == a.io.height {
		return
	}
	a.io.width, a.io.height = w, h
	if s.drawn > 0 {
		_, _ = fmt.Fprint(a.io.out, "\x1b[2J\x1b[H")
		s.drawn, s.last = 0, ""
	}
}

// lines are the table and a line below it.
func (s *listScreen) lines(posts []api.Post, total int) ([]string, error) {
	a := s.list.app
	l, err := s.list.listing(posts)
	if err != nil {
		return nil, err
	}
	rows := make([][]string, len(posts))
	for i := range posts {
		rows[i] = l.row(&posts[i])
	}
	var lines []string
	if len(posts) > 0 {
		lines = a.tableLines(l.columns, rows)
	}
	foot := countPosts(total) + "; Ctrl-C ends"
	if total > len(posts) {
		foot = fmt.Sprintf("%d of %s; Ctrl-C ends", len(posts), countPosts(total))
	}
	return append(lines, paint(a.colour(true), colourDim, clip(foot, a.columns()))), nil
}

// draw replaces what was drawn before in one write. Lines that are too many now are left empty, and the
// cursor stands below the last one that is not.
func (s *listScreen) draw(lines []string) {
	text := strings.Join(lines, "\n")
	if text == s.last {
		return
	}
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	for _, line := range lines {
		b.WriteString("\r" + line + "\x1b[K\n")
	}
	if extra := s.drawn - len(lines); extra > 0 {
		b.WriteString(strings.Repeat("\r\x1b[K\n", extra))
		fmt.Fprintf(&b, "\x1b[%dA", extra)
	}
	_, _ = s.list.app.io.out.Write([]byte(b.String()))
	s.drawn, s.last = len(lines), text
}

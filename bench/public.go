package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

// publicPoll is how often it is looked whether all posts are out.
const publicPoll = 50 * time.Millisecond

// delays are how long after their due time targets were claimed, or public.
type delays struct {
	late  []time.Duration
	early int // how many came before their time; they are below zero in late
	// use is what the daemon took, with its peaks of memory; nil where this system does not tell.
	use *usage
}

func (d delays) p50() float64   { return millis(median(d.late)) }
func (d delays) p99() float64   { return millis(quantile(d.late, 0.99)) }
func (d delays) worst() float64 { return millis(quantile(d.late, 1)) }

// work tells how long a processor was busy with that.
func (d delays) work() string {
	if d.use == nil {
		return ""
	}
	return "; " + number(d.use.cpu.Seconds()) + " s of a core"
}

// String tells the three of them.
func (d delays) String() string {
	return "p50 " + number(d.p50()) + ", p99 " + number(d.p99()) + ", max " + number(d.worst()) + " ms"
}

// readPublic reads the platform's files. A target that is public twice is an error: then nothing else
// counts.
func readPublic(h home) (delays, error) {
	files, err := filepath.Glob(filepath.Join(h.demo(), "*.ndjson"))
	if err != nil {
		return delays{}, err
	}
	var out delays
	seen := map[hayon.TargetID]bool{}
	for _, f := range files {
		posts, err := demo.ReadFile(f)
		if err != nil {
			return delays{}, err
		}
		for _, p := range posts {
			if seen[p.Target] {
				return delays{}, fmt.Errorf("target %s is public twice", p.Target)
			}
			seen[p.Target] = true
			late := p.PublishedAt.Sub(p.Due)
			if late < 0 {
				out.early++
			}
			out.late = append(out.late, late)
		}
	}
	return out, nil
}

// awaitPublic waits up to a limit until n posts are public, and answers them.
func awaitPublic(ctx context.Context, h home, n int, limit time.Duration) (delays, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	lines := lineCount{}
	for {
		out, err := lines.below(h.demo())
		if err != nil {
			return delays{}, err
		}
		if out >= n {
			return readPublic(h)
		}
		if err := pause(ctx, publicPoll); err != nil {
			return delays{}, fmt.Errorf("only %d of %d posts came out: %w", out, n, err)
		}
	}
}

// lineCount counts the lines of files that grow. It reads nothing twice, so that looking costs the
// program that writes them next to nothing.
type lineCount map[string]struct {
	read  int64
	lines int
}

// below is how many lines the platform's files in a folder have by now.
func (c lineCount) below(dir string) (lines int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		f := c[name]
		more, err := readFrom(name, f.read)
		if err != nil {
			return 0, err
		}
		f.read += int64(len(more))
		f.lines += bytes.Count(more, []byte{'\n'})
		c[name] = f
		lines += f.lines
	}
	return lines, nil
}

func readFrom(name string, offset int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

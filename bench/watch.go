package main

import (
	"context"
	"time"
)

// watchEvery is how often the memory of a busy process is looked at. What lives shorter is not seen.
const watchEvery = 50 * time.Millisecond

// loadWatch looks at what a process takes while it is busy.
type loadWatch struct {
	stop  context.CancelFunc
	ended chan struct{} // closed after peak and err are set
	peak  usage
	err   error
}

// watchLoad begins. The caller must call end.
func watchLoad(ctx context.Context, pid int) *loadWatch {
	ctx, stop := context.WithCancel(ctx)
	w := &loadWatch{stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		w.err = w.run(ctx, pid)
	}()
	return w
}

func (w *loadWatch) run(ctx context.Context, pid int) error {
	before, err := cpuTime(pid)
	if err != nil {
		return err
	}
	for begin := time.Now(); ; {
		now, err := memoryNow(pid)
		if err != nil {
			return err
		}
		cpu, err := cpuTime(pid)
		if err != nil {
			return err
		}
		w.peak.rss, w.peak.private = max(w.peak.rss, now.rss), max(w.peak.private, now.private)
		w.peak.cpu, w.peak.over = cpu-before, time.Since(begin)
		if pause(ctx, watchEvery) != nil {
			return nil //nolint:nilerr // that is how it ends
		}
	}
}

// end answers the peaks of memory, and the processor time since the beginning.
func (w *loadWatch) end() (usage, error) {
	w.stop()
	<-w.ended
	return w.peak, w.err
}

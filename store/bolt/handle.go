package bolt

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"
)

const (
	// lockRetry is the shortest wait before the next try for the lock; the longest is twice that.
	lockRetry = 4 * time.Millisecond
	// courtesy is how long a reader lets the waiting committer of its own process go first.
	courtesy = 50 * time.Millisecond
)

// handle is an open file with its lock.
type handle struct {
	db       *bbolt.DB
	file     *os.File
	readOnly bool
	// broken is set when bbolt panicked: its own locks may be left behind, so nothing may call it.
	broken atomic.Bool
}

// close gives the lock back. It waits for running transactions.
func (h *handle) close() error {
	if h.broken.Load() {
		return h.file.Close() // the mapping stays until the process ends
	}
	return guard(h.db.Close)
}

// openHandle opens and locks the file, and answers bbolt's ErrTimeout at once where it is locked.
func openHandle(path string, readOnly, keep bool) (*handle, error) {
	h := &handle{readOnly: readOnly}
	opts := &bbolt.Options{
		Timeout:      1, // one try: the waiting is done by the caller, which knows its context
		ReadOnly:     readOnly,
		NoStatistics: true,
		FreelistType: bbolt.FreelistArrayType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode) //nolint:gosec // the caller's own path
			h.file = f
			return f, err
		},
	}
	if keep {
		opts.FreelistType = bbolt.FreelistMapType
	}
	err := guard(func() (err error) {
		h.db, err = bbolt.Open(path, 0o600, opts)
		return err
	})
	if err == nil {
		err = guard(h.checkSize)
	}
	if err != nil {
		h.abandon(err)
		return nil, err
	}
	return h, nil
}

// abandon gives back what a failed opening has taken.
func (h *handle) abandon(err error) {
	if h.db != nil && !isPanic(err) {
		_ = h.db.Close()
	}
	if h.file != nil {
		_ = h.file.Close() // closed already in most cases, which is harmless
	}
}

// checkSize refuses a file that is shorter than what its meta page speaks of: reading it would
// fault.
func (h *handle) checkSize() error {
	info, err := h.file.Stat()
	if err != nil {
		return err
	}
	return h.db.View(func(tx *bbolt.Tx) error {
		if missing := tx.Size() - info.Size(); missing > 0 {
			return &damage{detail: "its end is missing", cause: bberrors.ErrInvalid}
		}
		return nil
	})
}

// openShort opens the file for one transaction, or for good where write is set and nobody closes
// it, and sees to the schema. It waits for other holders; abandon, where set, ends the wait.
func (d *DB) openShort(ctx context.Context, write bool, abandon func() bool) (*handle, error) {
	if !write && d.readable() {
		h, err := d.openLocked(ctx, true, abandon)
		if err != nil {
			return nil, err
		}
		current, err := d.schemaIsCurrent(h)
		if err != nil || current {
			if err != nil {
				h.abandon(err)
			}
			return h, d.explain(err)
		}
		_ = h.close()
	}
	h, err := d.openLocked(ctx, false, abandon)
	if err != nil {
		return nil, err
	}
	if err := d.prepare(h); err != nil {
		h.abandon(err)
		return nil, d.explain(err)
	}
	return h, nil
}

// readable reports whether there is something that can be opened for reading alone.
func (d *DB) readable() bool {
	info, err := os.Stat(d.path)
	return err == nil && info.Size() > 0
}

// openLocked tries until it has the lock, LockTimeout is over, ctx ends or abandon says so.
func (d *DB) openLocked(ctx context.Context, readOnly bool, abandon func() bool) (*handle, error) {
	deadline := time.Now().Add(d.cfg.LockTimeout)
	_, statErr := os.Stat(d.path)
	for {
		h, err := openHandle(d.path, readOnly, !readOnly && d.cfg.Hold)
		if err == nil {
			if statErr != nil {
				err = syncDir(filepath.Dir(d.path))
			}
			if err != nil {
				h.abandon(err)
			}
			return h, d.explain(err)
		}
		if !errors.Is(err, bberrors.ErrTimeout) {
			return nil, d.explain(err)
		}
		if !time.Now().Before(deadline) || abandon != nil && abandon() {
			return nil, d.heldError()
		}
		timer := time.NewTimer(lockRetry + rand.N(lockRetry)) //nolint:gosec // jitter
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctxError(ctx)
		case <-d.closing:
			timer.Stop()
			return nil, closedError(d.path)
		}
	}
}

// acquire answers a handle for one transaction and what gives it back.
func (d *DB) acquire(ctx context.Context, write bool, abandon func() bool) (*handle, func(), error) {
	h, err := d.heldHandle()
	if err != nil {
		return nil, nil, err
	}
	if h != nil {
		return h, func() {}, nil
	}
	if write {
		defer d.want()()
	} else {
		d.letWriterGo(ctx)
	}
	h, err = d.openShort(ctx, write, abandon)
	if err != nil {
		return nil, nil, err
	}
	return h, func() {
		if err := h.close(); err != nil {
			d.cfg.Logger.Warn("database not closed cleanly", "path", d.path, "err", err)
		}
	}, nil
}

// want tells readers of this process that the committer waits for the file, until the answered
// function is called: readers that overlap would keep it out for ever.
func (d *DB) want() func() {
	c := make(chan struct{})
	d.mu.Lock()
	d.wanted = c
	d.mu.Unlock()
	return func() {
		d.mu.Lock()
		d.wanted = nil
		d.mu.Unlock()
		close(c)
	}
}

func (d *DB) letWriterGo(ctx context.Context) {
	d.mu.Lock()
	c := d.wanted
	d.mu.Unlock()
	if c == nil {
		return
	}
	timer := time.NewTimer(courtesy)
	defer timer.Stop()
	select {
	case <-c:
	case <-ctx.Done():
	case <-timer.C:
	}
}

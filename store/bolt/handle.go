package bolt

import (
	"context"
	"errors"
	"fmt"
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

// errHeldHere ends the wait for a file that this very DB has begun to hold for good.
var errHeldHere = errors.New("held for good by now")

// access is what a file is opened for.
type access int

const (
	forReading access = iota // a shared lock
	forWriting               // one transaction
	forGood
)

// handle is an open file with its lock.
type handle struct {
	db   *bbolt.DB
	file *os.File
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

// errMoved is for a file that has lost its name to another between its opening and its locking.
var errMoved = errors.New("the file was replaced meanwhile")

// openHandle opens and locks the file, and answers bbolt's ErrTimeout at once where it is locked, and
// errMoved where another has its name by now. opened, where set, is called in between.
func openHandle(path string, a access, opened func()) (*handle, error) {
	h := &handle{}
	opts := &bbolt.Options{
		Timeout:      1, // one try: the waiting is done by the caller, which knows its context
		ReadOnly:     a == forReading,
		NoStatistics: true,
		FreelistType: bbolt.FreelistArrayType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			h.file = f
			if opened != nil && err == nil {
				opened()
			}
			return f, err
		},
	}
	if a == forGood {
		opts.FreelistType = bbolt.FreelistMapType
	}
	err := guard(func() (err error) {
		h.db, err = bbolt.Open(path, 0o600, opts)
		return err
	})
	if err == nil {
		err = guard(func() error { return errors.Join(h.checkName(path), h.checkSize(), h.checkRoot()) })
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

// checkName refuses a file that is not, or not any more, the one at path. Who replaces it has it locked,
// so that nothing changes that from here on.
func (h *handle) checkName(path string) error {
	have, err := h.file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(path); err != nil || !os.SameFile(have, there) {
		return errMoved
	}
	return nil
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

// checkRoot looks at the pages that name the buckets, which every transaction reads first. The walk that
// Check begins with looks at all others.
func (h *handle) checkRoot() error {
	problem := ""
	w := &pageWalk{r: h.file, size: h.pageSize(), add: func(format string, args ...any) {
		problem = fmt.Sprintf(format, args...)
	}}
	root, _, err := w.metas()
	if err != nil {
		return err
	}
	problem = "" // of one meta page: the other is whole, or bbolt had refused both
	if err := w.tree(root, true, 0); err != nil {
		return err
	}
	if problem != "" {
		return &damage{detail: problem}
	}
	return nil
}

// openFor opens the file and sees to the schema. It waits for other holders; abandon, where set,
// ends the wait. Who wants to read a file without the schema gets it writable.
func (d *DB) openFor(ctx context.Context, a access, abandon func() bool) (*handle, error) {
	if a == forReading && d.readable() {
		h, err := d.openLocked(ctx, a, abandon)
		if err != nil {
			return nil, err
		}
		current, err := d.schemaIsCurrent(h)
		if err != nil {
			h.abandon(err)
			return nil, d.explain(err)
		}
		if current {
			return h, nil
		}
		_ = h.close()
	}
	h, err := d.openLocked(ctx, max(a, forWriting), abandon)
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
func (d *DB) openLocked(ctx context.Context, a access, abandon func() bool) (*handle, error) {
	deadline := time.Now().Add(d.cfg.LockTimeout)
	_, statErr := os.Stat(d.path)
	for {
		h, err := openHandle(d.path, a, d.opened)
		if err == nil && statErr != nil {
			if err = syncDir(filepath.Dir(d.path)); err != nil {
				h.abandon(err)
			}
		}
		if err == nil {
			return h, nil
		}
		if !errors.Is(err, bberrors.ErrTimeout) && !errors.Is(err, errMoved) {
			return nil, d.explain(err)
		}
		if d.Holding() {
			return nil, errHeldHere
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
	var h *handle
	err := errHeldHere
	for errors.Is(err, errHeldHere) {
		if h, err = d.heldHandle(); err != nil {
			return nil, nil, err
		}
		if h != nil {
			return h, func() {}, nil
		}
		h, err = d.openForTx(ctx, write, abandon)
	}
	if err != nil {
		return nil, nil, err
	}
	return h, func() {
		if err := h.close(); err != nil {
			d.cfg.Logger.Warn("database not closed cleanly", "path", d.path, "err", err)
		}
	}, nil
}

func (d *DB) openForTx(ctx context.Context, write bool, abandon func() bool) (*handle, error) {
	if write {
		defer d.want()()
		return d.openFor(ctx, forWriting, abandon)
	}
	if err := d.waitRest(ctx); err != nil {
		return nil, err
	}
	d.letWriterGo(ctx)
	return d.openFor(ctx, forReading, abandon)
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

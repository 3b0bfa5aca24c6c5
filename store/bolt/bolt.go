package bolt

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// defaultLockTimeout is how long a transaction waits for a file that somebody else holds.
const defaultLockTimeout = 5 * time.Second

// Config is how a database is opened. The zero value works.
type Config struct {
	// Owner is the process that opens the file; it is named to others while it holds the file.
	Owner hayon.Owner
	// Version is the version of the program, stored with the schema and named to others.
	Version string
	// Socket is where the process listens, for the owner file.
	Socket string
	// Hold keeps the file from the start, as [DB.Hold] does.
	Hold bool
	// LockTimeout bounds the wait for a file that somebody else holds; 0 means 5 s.
	LockTimeout time.Duration
	// OnCommit is told of every commit: how long it took from when its Update functions were taken
	// until it was on the disk, and how many of them changed something. It is called by the one
	// goroutine that writes, after they were answered, and must not block. Nil means nobody.
	OnCommit func(d time.Duration, changes int)
	// Logger gets what is worth a line, such as a migration; nil means nobody.
	Logger *slog.Logger
}

// DB is a database in one file. It implements [hayon.Store], [hayon.Changes] and [hayon.Maintainer] and
// is safe for concurrent use.
type DB struct {
	path   string
	cfg    Config
	schema schema

	queue chan *request // Update functions that wait for the committer
	// opened is told of every file that was opened and is not locked yet. It is for tests.
	opened func()
	// read is told of every row that a view reads by its key. It is for tests.
	read    func(bucket []byte)
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the committer has ended

	// writing is held while a batch is committed, while the way of holding changes, and while pages
	// are checked or compacted. It is taken before mu.
	writing sync.Mutex

	// mu guards the fields below. No other lock is taken while it is held.
	mu      sync.Mutex
	closed  bool
	held    *handle       // set while the file is held for good
	wanted  chan struct{} // open while the committer waits for the file; nil otherwise
	resting chan struct{} // open while the file is compacted; nil otherwise
	changed chan struct{} // closed at the next commit with journal or outbox rows
}

var (
	_ hayon.Store   = (*DB)(nil)
	_ hayon.Changes = (*DB)(nil)
)

// Open opens the database at path, an absolute path, and makes it and its folder where they are
// missing. A file that another process holds for good is a conflict that names the process, one
// that a newer Hayon wrote is a conflict, a damaged one is a local error.
func Open(ctx context.Context, path string, cfg Config) (*DB, error) {
	return open(ctx, path, cfg, currentSchema())
}

func open(ctx context.Context, path string, cfg Config, s schema) (*DB, error) {
	if !filepath.IsAbs(path) {
		return nil, hayon.Errorf(hayon.CodeUsage, "the path %q of the database is not absolute", path)
	}
	if cfg.LockTimeout <= 0 {
		cfg.LockTimeout = defaultLockTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	d := &DB{
		path: path, cfg: cfg, schema: s,
		queue: make(chan *request, maxBatch), closing: make(chan struct{}), stopped: make(chan struct{}),
		changed: make(chan struct{}),
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, d.explain(err)
	}
	if err := d.openFirst(ctx); err != nil {
		return nil, err
	}
	go d.commitLoop() //nolint:contextcheck // it lives until Close, not as long as the context of Open
	return d, nil
}

// openFirst meets whatever is wrong with the file before the first transaction does.
func (d *DB) openFirst(ctx context.Context) error {
	if d.cfg.Hold {
		if err := d.Hold(ctx); err != nil {
			return err
		}
		d.removeLeftover()
		return nil
	}
	h, err := d.openFor(ctx, forReading, nil)
	if err != nil {
		return err
	}
	d.removeLeftover()
	return d.explain(h.close())
}

// Path is the path of the file.
func (d *DB) Path() string { return d.path }

// Hold keeps the file until [DB.Release] or [DB.Close], so that no other process can open it, and
// writes the owner file. It waits as a transaction does. Holding twice is no error.
func (d *DB) Hold(ctx context.Context) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if h, err := d.heldHandle(); h != nil || err != nil {
		return err
	}
	h, err := d.openFor(ctx, forGood, nil)
	if err != nil {
		return err
	}
	f := OwnerFile{Owner: d.cfg.Owner, Version: d.cfg.Version, Socket: d.cfg.Socket, Since: time.Now().UTC()}
	if err := writeOwnerFile(d.path, f); err != nil {
		_ = h.close()
		return d.explain(err)
	}
	d.mu.Lock()
	closed := d.closed
	if !closed {
		d.held = h
	}
	d.mu.Unlock()
	if closed {
		removeOwnerFile(d.path, d.cfg.Owner)
		_ = h.close()
		return closedError(d.path)
	}
	return nil
}

// Release goes back to opening the file for each transaction, once the running ones have ended,
// and removes the owner file. Releasing what is not held is no error.
func (d *DB) Release() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	h := d.held
	d.held = nil
	d.mu.Unlock()
	if h == nil {
		return nil
	}
	removeOwnerFile(d.path, d.cfg.Owner)
	return d.explain(h.close())
}

// Holding reports whether the file is held for good.
func (d *DB) Holding() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held != nil
}

// Changed answers a channel that is closed at the next commit that wrote journal or outbox rows.
func (d *DB) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

func (d *DB) tellChanged() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.changed)
	d.changed = make(chan struct{})
}

// Close ends the committer after what it works on, waits for running transactions and releases the
// file. Functions that have not started do not run.
func (d *DB) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return closedError(d.path)
	}
	d.closed = true
	d.mu.Unlock()
	close(d.closing)
	<-d.stopped
	return d.Release()
}

// heldHandle is the handle that is kept for good, nil in short holding.
func (d *DB) heldHandle() (*handle, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, closedError(d.path)
	}
	return d.held, nil
}

// syncDir makes a new name in a folder survive a crash. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

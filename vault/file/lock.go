package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Waiting for another process polls, because no platform has a lock that ends with a context.
const (
	minPoll = 10 * time.Millisecond
	maxPoll = 50 * time.Millisecond
)

// Lock runs fn while no other holder, of this or another process, has the lock of the same name. It
// ends with a timeout error, whose cause is ctx's, when ctx ends before it has the lock. The lock is
// not re-entrant. Order: who holds a named lock may call Update; fn of Update takes no named lock.
func (v *Vault) Lock(ctx context.Context, name string, fn func(ctx context.Context) error) error {
	sum := sha256.Sum256([]byte(name))
	return v.lock(ctx, hex.EncodeToString(sum[:12])+".lock", "the lock of "+name, fn)
}

// underLock runs fn under the lock that guards the files of the vault.
func (v *Vault) underLock(ctx context.Context, fn func(ctx context.Context) error) error {
	return v.lock(ctx, "vault.lock", "the lock of the vault in "+v.dir, fn)
}

// lock takes the lock with that file name: first among the goroutines of this vault, where waiting is
// fair and free, then among processes.
func (v *Vault) lock(ctx context.Context, file, what string, fn func(ctx context.Context) error) error {
	release, ok := v.locks.acquire(ctx, file)
	if !ok {
		return gaveUp(ctx, what)
	}
	defer release()
	f, err := v.openLock(file)
	if err != nil {
		return unwritable(v.dir, filepath.Join("locks", file), err)
	}
	// Closing the file frees the lock, and so does the end of the process.
	defer func() { _ = f.Close() }()
	if err := v.flock(ctx, f, file, what); err != nil {
		return err
	}
	return fn(ctx)
}

// openLock opens the lock file. It is never removed: two processes could then hold locks on two files
// of one name.
func (v *Vault) openLock(file string) (*os.File, error) {
	dir := filepath.Join(v.dir, "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(dir, file), os.O_RDWR|os.O_CREATE, 0o600)
}

func (v *Vault) flock(ctx context.Context, f *os.File, file, what string) error {
	for pause := minPoll; ; pause = min(2*pause, maxPoll) {
		if ctx.Err() != nil {
			return gaveUp(ctx, what)
		}
		got, err := tryLock(f)
		if err != nil {
			return unwritable(v.dir, filepath.Join("locks", file), err)
		}
		if got {
			return nil
		}
		if !wait(ctx, pause) {
			return gaveUp(ctx, what)
		}
	}
}

// wait answers true after d, false when ctx ends before.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// locks are the locks among the goroutines of one vault. The zero value is ready.
type locks struct {
	mu     sync.Mutex // guards byName and the users of its entries
	byName map[string]*turn
}

// turn is one lock: who has put its token into the channel holds it.
type turn struct {
	token chan struct{}
	users int
}

// acquire answers false when ctx ended first. An entry lives as long as someone holds it or waits.
func (l *locks) acquire(ctx context.Context, name string) (release func(), ok bool) {
	l.mu.Lock()
	if l.byName == nil {
		l.byName = make(map[string]*turn)
	}
	t := l.byName[name]
	if t == nil {
		t = &turn{token: make(chan struct{}, 1)}
		l.byName[name] = t
	}
	t.users++
	l.mu.Unlock()

	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(l.byName, name)
		}
	}
	select {
	case t.token <- struct{}{}:
		return func() { <-t.token; leave() }, true
	case <-ctx.Done():
		leave()
		return nil, false
	}
}

// gaveUp is the error of who stopped waiting.
func gaveUp(ctx context.Context, what string) error {
	return hayon.Errorf(hayon.CodeTimeout, "stopped waiting for %s", what).
		WithHint("see whether another hayon hangs, then run the command again").WithCause(ctx.Err())
}

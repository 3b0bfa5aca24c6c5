//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package servers

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes an exclusive lock on path without waiting; ok is false while
// another process has it. The kernel frees it when the holder dies.
func tryLock(path string) (unlock func(), ok bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, false, nil
		}
		return nil, false, err
	}
	return func() { _ = f.Close() }, true, nil
}

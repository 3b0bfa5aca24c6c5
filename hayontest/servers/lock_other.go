//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package servers

import (
	"errors"
	"io/fs"
	"os"
)

// tryLock takes an exclusive lock by creating path; ok is false while it is
// there. A holder that was killed leaves the file, which a person must delete.
func tryLock(path string) (unlock func(), ok bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return func() { _ = f.Close(); _ = os.Remove(path) }, true, nil
}

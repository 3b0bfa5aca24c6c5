package servers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	tempPrefix = "hayon-test-"
	sweepAge   = time.Minute // younger folders may not have their lock yet
)

// tempDir makes a folder for the data of one server and holds its lock until
// release is called, which deletes it, or this process ends.
//
// Servers that a whole test binary shares leave theirs behind, because nothing
// of ours runs when a binary ends: so each start deletes the folders that
// nobody holds.
func tempDir() (dir string, release func() error, err error) {
	sweep(os.TempDir())
	dir, err = os.MkdirTemp("", tempPrefix)
	if err != nil {
		return "", nil, err
	}
	unlock, _, err := tryLock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() error {
		if unlock != nil {
			unlock()
		}
		return os.RemoveAll(dir)
	}, nil
}

func sweep(root string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), tempPrefix) {
			continue
		}
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < sweepAge {
			continue
		}
		dir := filepath.Join(root, e.Name())
		lock := filepath.Join(dir, "lock")
		if !exists(lock) {
			continue // not one of ours
		}
		if unlock, ok, err := tryLock(lock); err == nil && ok {
			_ = os.RemoveAll(dir)
			unlock()
		}
	}
}

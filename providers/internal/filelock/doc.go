// Package filelock lets one process at a time, and in it one goroutine, work on something
// that an open file stands for. The system frees the lock when the file is closed, also by
// the death of the process, so that no lock is ever left behind.
//
//	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
//	…
//	defer f.Close() // frees the lock
//	if err := filelock.Acquire(ctx, f); err != nil {
//		return err
//	}
//
// It is advisory: who does not ask is not kept out. On network file systems it is as good as
// the system's flock (LockFileEx on Windows).
package filelock

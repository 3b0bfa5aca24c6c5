package bolt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"syscall"
)

// accessDelete is the right to delete or rename a file.
// Source: https://learn.microsoft.com/windows/win32/fileio/file-security-and-access-rights, read 2026-11-20.
const accessDelete = 0x00010000

// replace gives the new file the name of the old one. A file that is mapped cannot be replaced here, so
// the old one is closed, and opened again in a way that keeps everybody else out. Another process may
// have written between these two: the new file is dropped then. It has not been run on Windows so far.
func (c *compaction) replace(ctx context.Context) error {
	was, err := metaPages(c.old.file, c.old.pageSize())
	if err != nil {
		return err
	}
	size := c.old.pageSize()
	c.d.mu.Lock()
	c.d.held = nil // readers wait for the end of the compaction
	c.d.mu.Unlock()
	if err = c.old.close(); err == nil {
		err = c.swap(was, size)
	}
	if !c.held {
		return err
	}
	next, openErr := c.d.openFor(ctx, forGood, nil)
	if openErr != nil {
		removeOwnerFile(c.d.path, c.d.cfg.Owner)
		return errors.Join(err, openErr)
	}
	c.d.mu.Lock()
	c.d.held = next
	c.d.mu.Unlock()
	return err
}

// swap renames the new file while nobody can open the old one.
func (c *compaction) swap(was []byte, pageSize int) error {
	old, err := openAlone(c.path)
	if err != nil {
		return err
	}
	defer func() { _ = old.Close() }() // it was only read
	is, err := metaPages(old, pageSize)
	if err != nil {
		return err
	}
	if !bytes.Equal(is, was) {
		return held(c.d.path, "another process, which has changed it meanwhile", "try again")
	}
	return os.Rename(c.tmp, c.path)
}

// metaPages are the pages that every commit changes.
func metaPages(r io.ReaderAt, pageSize int) ([]byte, error) {
	b := make([]byte, 2*pageSize)
	_, err := r.ReadAt(b, 0)
	return b, err
}

// openAlone opens a file that nobody has open, and lets nobody open it, but lets it be replaced.
func openAlone(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|accessDelete, syscall.FILE_SHARE_DELETE, nil,
		syscall.OPEN_EXISTING, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

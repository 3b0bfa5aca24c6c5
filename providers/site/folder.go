package site

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/filelock"
)

// What lies in the folder beside the posts.
const (
	postExt  = ".md"
	jsonFeed = "feed.json"
	atomFeed = "feed.xml"
	stateDir = ".hayon"
	lockFile = stateDir + "/lock"
	stageDir = stateDir + "/media"
)

// Modes. What is published is for everyone to read, what waits is not.
const (
	publicFile = 0o644
	publicDir  = 0o755
	privateDir = 0o700
)

// folder is an open folder. All its names are relative, and the root lets none of them lead
// outside, neither by ".." nor by a link.
type folder struct {
	dir  string
	root *os.Root
	lock *os.File // open while the folder is locked by us
}

// openFolder opens the folder, which it makes where it is not there.
func openFolder(dir string) (*folder, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, publicDir); err != nil {
			return nil, localError("make", dir, err)
		}
		// The umask of a daemon is often stricter than what is public needs.
		if err := os.Chmod(dir, publicDir); err != nil {
			return nil, localError("make", dir, err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, localError("open", dir, err)
	}
	f := &folder{dir: dir, root: root}
	if err := root.MkdirAll(stageDir, privateDir); err != nil {
		f.close()
		return nil, localError("write to", dir, err)
	}
	return f, nil
}

// acquire locks the folder against every other process and goroutine, until close.
func (f *folder) acquire(ctx context.Context) error {
	lock, err := f.root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return localError("lock", f.dir, err)
	}
	if err := filelock.Acquire(ctx, lock); err != nil {
		_ = lock.Close()
		if ctx.Err() != nil {
			return hayon.Errorf(hayon.CodeUnavailable, "site: another process kept %s locked; nothing is published, it is tried again", f.dir).WithCause(err)
		}
		return localError("lock", f.dir, err)
	}
	f.lock = lock
	return nil
}

func (f *folder) close() {
	if f.lock != nil {
		_ = f.lock.Close()
	}
	_ = f.root.Close()
}

// read is the content of a regular file; fs.ErrNotExist where there is none, and errIrregular
// for a folder, a link or a device of that name.
func (f *folder) read(name string) ([]byte, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errIrregular
	}
	return f.root.ReadFile(name)
}

var errIrregular = errors.New("is no regular file")

// write puts a file in place whole: a reader sees what was there before, or all of data. Nothing
// is in place where it answers an error.
func (f *folder) write(name string, data []byte) error {
	tmp := "." + name + ".tmp" // ours alone: the folder is locked
	if err := f.writeNew(tmp, bytes.NewReader(data)); err != nil {
		return err
	}
	if err := f.root.Rename(tmp, name); err != nil {
		_ = f.root.Remove(tmp)
		return err
	}
	return nil
}

// writeNew writes a file and forces it to the disk. What was there under that name is replaced;
// nothing is left where it answers an error.
func (f *folder) writeNew(name string, r io.Reader) (err error) {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, publicFile)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			_ = f.root.Remove(name)
		}
	}()
	if _, err := io.Copy(file, r); err != nil {
		return err
	}
	if err := file.Chmod(publicFile); err != nil && runtime.GOOS != "windows" {
		return err
	}
	return file.Sync()
}

// sync forces the names in the folder to the disk.
func (f *folder) sync() error {
	if runtime.GOOS == "windows" { // it has no such call, and journals names by itself
		return nil
	}
	d, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// holds reports whether the file is there with that hash.
func (f *folder) holds(name, sum string) bool {
	file, err := f.root.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == sum
}

func (f *folder) exists(name string) bool {
	_, err := f.root.Lstat(name)
	return err == nil
}

// localError says what this machine did not let us do.
func localError(verb, path string, err error) *hayon.Error {
	why, hint := "the system refuses it", "look at the folder, or choose another: hayon login site --dir DIR"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		why, hint = "there is no room left", "free some space, then: hayon retry ID"
	case errors.Is(err, fs.ErrPermission):
		why = "permission is denied"
	case errors.Is(err, syscall.EROFS):
		why = "it is read-only"
	case errors.Is(err, syscall.ENOTDIR):
		why = "it is no folder"
	case errors.Is(err, fs.ErrNotExist):
		why = "it is not there"
	}
	return hayon.Errorf(hayon.CodeLocal, "site: cannot %s %s: %s", verb, filepath.Clean(path), why).
		WithHint(hint).WithCause(err)
}

package dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/hayon/hayon"
)

var _ hayon.BlobKeeper = (*Blobs)(nil)

const (
	// blobPrefix begins the name of a half-written file, and removedPrefix that of a blob that is about
	// to be removed.
	blobPrefix, removedPrefix = "blob-", "removed-"
	// staleAfter is longer than anybody writes one blob.
	staleAfter = 24 * time.Hour
)

// List calls fn with every blob; see [hayon.BlobKeeper]. What is no blob is left out. A blob that is
// removed meanwhile may be missing.
func (b *Blobs) List(ctx context.Context, fn func(sha256 string, bytes int64, written time.Time) error) error {
	var own error // fn's
	err := filepath.WalkDir(b.root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			own = hayon.Errorf(hayon.CodeTimeout, "the media were not listed in time").WithCause(context.Cause(ctx))
			return own
		case e.IsDir():
			if path == filepath.Join(b.root, tmpName) {
				return fs.SkipDir
			}
			return nil
		case !isHash(e.Name()) || path != b.path(e.Name()):
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			own = fn(e.Name(), info.Size(), info.ModTime())
			err = own
		}
		return err
	})
	if own != nil || err == nil {
		return own
	}
	return b.explain(err)
}

// Remove deletes a blob; see [hayon.BlobKeeper]. It is moved out of its place first and looked at there,
// so that one that was written at the same moment is found out, and put back.
func (b *Blobs) Remove(_ context.Context, hash string, before time.Time) (bool, error) {
	hash = strings.ToLower(hash)
	if !isHash(hash) {
		return false, nil
	}
	path, aside := b.path(hash), b.aside(hash)
	old, err := writtenBefore(path, before)
	if err != nil || !old {
		return false, b.missing(err)
	}
	if err := os.Rename(path, aside); err != nil {
		return false, b.missing(err)
	}
	old, err = writtenBefore(aside, before)
	if err == nil && !old {
		return false, b.missing(os.Rename(aside, path))
	}
	if err == nil {
		err = os.Remove(aside)
	}
	return err == nil, b.missing(err)
}

// aside is where a blob lies that is about to be removed.
func (b *Blobs) aside(hash string) string { return filepath.Join(b.root, tmpName, removedPrefix+hash) }

// missing explains an error, save that of a file that is not there, since somebody else has removed it,
// and on Windows that of one that somebody reads, which stays.
func (b *Blobs) missing(err error) error {
	const sharingViolation = syscall.Errno(32)
	if err == nil || errors.Is(err, fs.ErrNotExist) || runtime.GOOS == "windows" && errors.Is(err, sharingViolation) {
		return nil
	}
	return b.explain(err)
}

func writtenBefore(path string, before time.Time) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	return info.ModTime().Before(before), nil
}

func isHash(name string) bool {
	raw, err := hex.DecodeString(name)
	return err == nil && len(raw) == sha256.Size && name == strings.ToLower(name)
}

// Tidy sees to what processes left that were killed: files that were half-written more than a day before
// now are removed, and blobs that were about to be removed get their place again, since nobody can tell
// any more whether they should. It answers how many files it removed and their size.
func (b *Blobs) Tidy(now time.Time) (files int, bytes int64, err error) {
	entries, err := os.ReadDir(filepath.Join(b.root, tmpName))
	if err != nil {
		return 0, 0, b.missing(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			if err = b.missing(err); err != nil {
				return files, bytes, err
			}
			continue
		}
		path := filepath.Join(b.root, tmpName, e.Name())
		hash, removed := strings.CutPrefix(e.Name(), removedPrefix)
		switch {
		case removed && isHash(hash):
			err = b.putBack(path, hash)
		case strings.HasPrefix(e.Name(), blobPrefix) && now.Sub(info.ModTime()) > staleAfter:
			if err = os.Remove(path); err == nil {
				files, bytes = files+1, bytes+info.Size()
			}
		}
		if err = b.missing(err); err != nil {
			return files, bytes, err
		}
	}
	return files, bytes, nil
}

// putBack gives a blob its place again. It counts as written now: it may take the place of one that is.
func (b *Blobs) putBack(aside, hash string) error {
	now := time.Now()
	if err := os.Chtimes(aside, now, now); err != nil {
		return err
	}
	return b.place(aside, hash)
}
